"""What a ledger holds, and whether all of it can be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from collector.ledger.chunks import HOUR_MS, decode, decode_samples
from collector.ledger.errors import ChunkDamaged
from collector.ledger.store import bytes_in_use, oldest_ms

_ROUNDS = """
    SELECT (SELECT coalesce(sum(rounds), 0) FROM hour) + count(*) FROM log
    JOIN series ON series.id = log.series LEFT JOIN compaction USING (site)
    WHERE sent IS NOT NULL AND (seq > coalesce(through_seq, 0) OR at_ms >= coalesce(until_ms, 0))
"""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a ledger holds; times in UTC milliseconds, None in an empty one."""

    bytes: int
    """Pages in use."""
    free_bytes: int
    """Pages of the file that wait to be used again."""
    rounds: int
    series: int
    oldest_ms: int | None
    """The begin of its oldest hour."""
    newest_ms: int | None
    """The newest slot."""


def inventory(connection: sqlite3.Connection) -> Inventory:
    """Look it up; counts the log's rows, so that a week of them takes a moment. Any schema."""
    (rounds,) = connection.execute(_ROUNDS).fetchone()
    (series,) = connection.execute("SELECT count(*) FROM series").fetchone()
    free, size = (connection.execute(f"PRAGMA {n}").fetchone()[0] for n in ("freelist_count", "page_size"))
    return Inventory(
        bytes=bytes_in_use(connection),
        free_bytes=free * size,
        rounds=rounds,
        series=series,
        oldest_ms=oldest_ms(connection),
        newest_ms=newest_ms(connection) or None,
    )


def newest_ms(connection: sqlite3.Connection) -> int:
    """The newest slot of the log, or of the chunks where the log holds none of their last hour; else 0."""
    newest: int = connection.execute("SELECT coalesce(max(max_ms), 0) FROM log_block").fetchone()[0]
    hour: int = connection.execute("SELECT coalesce(max(hour), -1) FROM hour").fetchone()[0]
    if (hour + 1) * HOUR_MS <= newest:
        return newest
    with closing(connection.execute("SELECT data FROM chunk WHERE hour = ?", (hour,))) as rows:
        for (data,) in rows:
            newest = max(newest, _last_slot_ms(data))
    return newest


def _last_slot_ms(data: bytes) -> int:
    try:
        return int(decode(data).at_ms.max(initial=0))
    except ChunkDamaged:
        return 0


def problems(connection: sqlite3.Connection, told: Callable[[int, int], None]) -> Iterator[str]:
    """Everything that is wrong, a sentence each: SQLite's own full check, then every chunk decoded.

    `told` hears how many chunks are done, and of how many.
    """
    try:
        for (line,) in connection.execute("PRAGMA integrity_check"):
            if line != "ok":
                yield str(line)
        yield from _chunk_problems(connection, told)
    except sqlite3.DatabaseError as error:
        yield f"the check came no further: {error}"


def _chunk_problems(connection: sqlite3.Connection, told: Callable[[int, int], None]) -> Iterator[str]:
    (total,) = connection.execute("SELECT count(*) FROM chunk").fetchone()
    known = {number for (number,) in connection.execute("SELECT id FROM series")}
    chunks = connection.execute("SELECT hour, series, rounds, data, samples FROM chunk ORDER BY hour, series")
    for done, (hour, series, rounds, data, samples) in enumerate(chunks, 1):
        for problem in _of_chunk(series in known, series, rounds, data, samples):
            yield f"the hour {hour} of series {series}: {problem}"
        told(done, total)


def _of_chunk(known: bool, series: int, rounds: int, data: bytes, samples: bytes | None) -> Iterator[str]:
    if not known:
        yield "there is no such series"
    try:
        found = len(decode(data))
        if found != rounds:
            yield f"holds {found} rounds, not {rounds}"
        if samples is not None:
            decode_samples(samples, series)
    except ChunkDamaged as error:
        yield str(error)
