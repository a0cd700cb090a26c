"""What goes when: whole hours, the oldest first, and never unseen.

`next_drop` decides one thing at a time, `trim` does it in bounded batches. In order:

1. Log rows that are in chunks and that every consumer has taken: a copy that nobody needs.
2. Hours older than `keep`.
3. While there is more than `max_bytes`: log rows in chunks that a consumer still wants (it gets a
   gap), then whole hours of chunks (the evidence gets a gap). A copy goes before the evidence.

Rows that are in no chunk yet never go. Bytes are pages in use, not the file's length.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from collector.ledger import store
from collector.ledger.chunks import HOUR_MS
from collector.ledger.model import Gap
from collector.ledger.opening import transaction
from collector.ledger.registry import CHUNKS

EVIDENCE = "evidence"
"""The consumer under whose name a gap stands when raw rounds themselves had to go."""
KEEP_BINS_MS = 26 * 31 * 86_400_000
"""26 months."""

_ROWS_A_STEP = 20_000
_CHUNKS_A_STEP = 500
_PAGES_A_STEP = 2_000
_SLACK_PAGES = 65_536
"""256 MB of free pages, or a quarter of those in use, stay in the file: the next hours fill them."""


class Why(StrEnum):
    """Why something goes."""

    TAKEN = "taken"
    KEEP = "keep"
    MAX_BYTES = "max_bytes"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the configuration allows."""

    keep_ms: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a ledger holds, as far as retention asks."""

    bytes: int
    first_seq: int | None
    """The oldest log row, None in an empty log."""
    taken_seq: int
    """Every cursor is at or past this row."""
    chunked_seq: int
    """Rows up to here are in chunks."""
    log_hour: int | None
    """The hour of the oldest log rows' slots."""
    log_hour_seq: int
    """The last of the rows at the log's beginning whose slots lie in that hour or before."""
    chunk_hour: int | None
    """The oldest hour of chunks."""


@dataclass(frozen=True, slots=True)
class DropLog:
    """The log's rows up to this seq."""

    through_seq: int
    why: Why


@dataclass(frozen=True, slots=True)
class DropHour:
    """All chunks of an hour."""

    hour: int
    why: Why


def next_drop(held: Holdings, policy: Policy, now_ms: int) -> DropLog | DropHour | None:
    """The next thing that goes; None when all may stay. Pure."""
    first = held.first_seq
    if first is not None and first <= held.taken_seq:
        return DropLog(held.taken_seq, Why.TAKEN)
    oldest_hour = (now_ms - policy.keep_ms) // HOUR_MS
    of_hour = DropLog(min(held.log_hour_seq, held.chunked_seq), Why.KEEP)
    in_chunks = first is not None and first <= of_hour.through_seq
    if in_chunks and held.log_hour is not None and held.log_hour < oldest_hour:
        return of_hour
    if held.chunk_hour is not None and held.chunk_hour < oldest_hour:
        return DropHour(held.chunk_hour, Why.KEEP)
    if held.bytes <= policy.max_bytes:
        return None
    if in_chunks:
        return DropLog(of_hour.through_seq, Why.MAX_BYTES)
    return DropHour(held.chunk_hour, Why.MAX_BYTES) if held.chunk_hour is not None else None


def read_holdings(connection: sqlite3.Connection) -> Holdings:
    """What this ledger holds; a few look-ups."""
    cursors = store.cursors(connection)
    first = connection.execute("SELECT seq FROM log ORDER BY seq LIMIT 1").fetchone()
    block = connection.execute("SELECT max_ms, last_seq FROM log_block ORDER BY first_seq LIMIT 1").fetchone()
    chunk = connection.execute("SELECT hour FROM hour ORDER BY hour LIMIT 1").fetchone()
    log_hour, log_hour_seq = None, 0
    if block is not None:
        log_hour, log_hour_seq = block[0] // HOUR_MS, block[1]
        beyond = connection.execute(
            "SELECT first_seq FROM log_block WHERE max_ms >= ? ORDER BY first_seq LIMIT 1",
            ((log_hour + 1) * HOUR_MS,),
        ).fetchone()
        newest = connection.execute("SELECT max(last_seq) FROM log_block").fetchone()
        log_hour_seq = beyond[0] - 1 if beyond else newest[0]
    return Holdings(
        bytes=store.bytes_in_use(connection),
        first_seq=first[0] if first else None,
        taken_seq=min((one.seq for one in cursors), default=0),
        chunked_seq=min((one.seq for one in cursors if one.name.startswith(CHUNKS)), default=0),
        log_hour=log_hour,
        log_hour_seq=log_hour_seq,
        chunk_hour=chunk[0] if chunk else None,
    )


def trim(connection: sqlite3.Connection, policy: Policy, now_ms: int) -> Iterator[None]:
    """Drop what goes, a bounded batch a step; no transaction is open between two."""
    while (drop := next_drop(read_holdings(connection), policy, now_ms)) is not None:
        with transaction(connection):
            if isinstance(drop, DropLog):
                _drop_rows(connection, drop, now_ms)
            else:
                _drop_chunks(connection, drop, policy, now_ms)
        yield
    while _slack_pages(connection) > 0:
        connection.execute(f"PRAGMA incremental_vacuum({_PAGES_A_STEP})").fetchall()
        yield


def _drop_rows(connection: sqlite3.Connection, drop: DropLog, now_ms: int) -> None:
    first, last = connection.execute(
        "SELECT min(seq), max(seq) FROM (SELECT seq FROM log WHERE seq <= ? ORDER BY seq LIMIT ?)",
        (drop.through_seq, _ROWS_A_STEP),
    ).fetchone()
    if drop.why is not Why.TAKEN:
        for cursor in store.cursors(connection):
            _note_loss(connection, cursor.name, max(first, cursor.seq + 1), last, drop.why, now_ms)
    connection.execute("DELETE FROM log WHERE seq <= ?", (last,))
    connection.execute("DELETE FROM log_block WHERE last_seq <= ?", (last,))


def _note_loss(
    connection: sqlite3.Connection, consumer: str, first: int, last: int, why: Why, now_ms: int
) -> None:
    """A gap for what the consumer had not taken of these rows."""
    (rows,) = connection.execute(
        "SELECT count(*) FROM log WHERE seq BETWEEN ? AND ?", (first, last)
    ).fetchone()
    if rows:
        text = f"dropped by ledger.{why} before it was taken"
        store.record_gap(connection, Gap(consumer, first, last, rows, text, now_ms))


def _drop_chunks(connection: sqlite3.Connection, drop: DropHour, policy: Policy, now_ms: int) -> None:
    series, rounds = [], 0
    for number, count in connection.execute(
        "SELECT series, rounds FROM chunk WHERE hour = ? ORDER BY series LIMIT ?",
        (drop.hour, _CHUNKS_A_STEP),
    ):
        series.append(number)
        rounds += count
    connection.executemany(
        "DELETE FROM chunk WHERE hour = ? AND series = ?", [(drop.hour, number) for number in series]
    )
    if len(series) < _CHUNKS_A_STEP:
        connection.execute("DELETE FROM hour WHERE hour = ?", (drop.hour,))
    if drop.why is Why.MAX_BYTES and rounds:
        hour = datetime.fromtimestamp(drop.hour * 3600, UTC).strftime("%Y-%m-%dT%H:00Z")
        text = f"the hour {hour} went: over ledger.max_bytes {policy.max_bytes}"
        begin = drop.hour * HOUR_MS
        gap = Gap(EVIDENCE, 0, -1, rounds, text, now_ms, begin, begin + HOUR_MS)
        store.record_gap(connection, gap)


def _slack_pages(connection: sqlite3.Connection) -> int:
    """Free pages beyond those that the next hours will fill."""
    pages, free = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count")
    )
    return int(free - max(_SLACK_PAGES, (pages - free) // 4))
