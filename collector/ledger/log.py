"""The log: outcomes (and what is derived) as rows in commit order, and which slots each commit spans."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from collector.ledger.columns import GAP32, GAP64, Builder
from collector.ledger.derived import from_text
from collector.ledger.model import LogRow, SlaFigures
from collector.ledger.rounds import REASON_NUMBER, REASONS
from collector.ledger.store import last_seq as last_seq
from probes.model import Outcome, Round, Sample, Timing

Row = tuple[
    int, int, int, int | None, int | None, int | None, int | None, bytes | None, str | None, str | None
]
"""series, at, epoch, sent, received, reason, timing, RTTs, detail, samples: a log row without its seq."""

SLICE_ROWS = 50_000
"""What is read of the log in one go: some tens of milliseconds, so that nobody waits long for it."""

_INSERT = """
    INSERT INTO log (series, at_ms, epoch, sent, received, reason, timing, rtts, detail, samples)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SCAN = """
    SELECT seq, derived, series, at_ms, epoch, sent, received, reason, timing, rtts, detail, samples
    FROM log WHERE seq > ? ORDER BY seq LIMIT ?
"""
_SCAN_COUNTS = """
    SELECT seq, series, at_ms, epoch, sent, received, reason, detail
    FROM log WHERE seq > ? ORDER BY seq LIMIT ?
"""
_DERIVED = """
    SELECT derived FROM log
    WHERE seq BETWEEN ? AND ? AND at_ms >= ? AND at_ms < ? AND derived IS NOT NULL ORDER BY seq
"""
_ROUNDS = """
    SELECT series, at_ms, epoch, sent, received, reason, timing, coalesce(rtts, x''), coalesce(detail, '')
    FROM log WHERE seq BETWEEN ? AND ? AND at_ms >= ? AND at_ms < ?
    AND series IN (SELECT value FROM json_each(?)) AND sent IS NOT NULL ORDER BY seq
"""
_SAMPLES = """
    SELECT series, at_ms, epoch, samples FROM log
    WHERE seq BETWEEN ? AND ? AND samples IS NOT NULL AND at_ms >= ? AND at_ms < ?
    AND series IN (SELECT value FROM json_each(?)) ORDER BY seq
"""


def rows_of(outcome: Outcome) -> list[Row]:
    """The rows of one outcome: one, and one more for samples that name another slot than its round."""
    if not outcome.samples:
        return [_row(outcome.round, None)] if outcome.round is not None else []
    slots: dict[tuple[int, int, int], list[tuple[str, int | float | str]]] = {}
    if outcome.round is not None:
        slots[outcome.round.series, outcome.round.at_ms, outcome.round.epoch] = []
    for sample in outcome.samples:
        key = (sample.series, sample.at_ms, sample.epoch)
        slots.setdefault(key, []).append((sample.name, sample.value))
    rows: list[Row] = []
    for number, ((series, at_ms, epoch), values) in enumerate(slots.items()):
        text = json.dumps(values) if values else None
        if number == 0 and outcome.round is not None:
            rows.append(_row(outcome.round, text))
        else:
            rows.append((series, at_ms, epoch, None, None, None, None, None, None, text))
    return rows


def insert_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
    """Append rows with the block that says which slots they span; returns the last seq."""
    connection.executemany(_INSERT, rows)
    last: int = connection.execute("SELECT last_insert_rowid()").fetchone()[0]
    slots = [row[1] for row in rows]
    connection.execute(
        "INSERT INTO log_block (first_seq, last_seq, min_ms, max_ms) VALUES (?, ?, ?, ?)",
        (last - len(rows) + 1, last, min(slots), max(slots)),
    )
    return last


def scan(
    connection: sqlite3.Connection, every_ms: Mapping[int, int], after_seq: int, limit: int
) -> list[LogRow]:
    """Rows after `after_seq` in commit order; `every_ms` by series."""
    return [
        LogRow(seq, row[0], _outcome(row, every_ms[row[0]]), from_text(derived) if derived else None)
        for seq, derived, *row in connection.execute(_SCAN, (after_seq, limit))
    ]


def figures(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> Iterator[SlaFigures]:
    """The SLA figures of [from, to) that the log still holds, in commit order."""
    for first, last in slices(connection, 0, last_seq(connection), from_ms, to_ms):
        for (text,) in connection.execute(_DERIVED, (first, last, from_ms, to_ms)):
            found = from_text(text)
            if isinstance(found, SlaFigures):
                yield found


def scan_counts(
    connection: sqlite3.Connection, every_ms: Mapping[int, int], after_seq: int, limit: int
) -> list[tuple[int, Round | None]]:
    """The same rows as (seq, round), of each round the counts alone; None where the row holds none.

    Status is made from counts, and unpacking RTTs would be half of its work.
    """
    return [
        (
            seq,
            None
            if sent is None
            else Round(
                series, at_ms, every_ms[series], epoch, sent, received, (), REASONS[reason], detail or ""
            ),
        )
        for seq, series, at_ms, epoch, sent, received, reason, detail in connection.execute(
            _SCAN_COUNTS, (after_seq, limit)
        )
    ]


def slices(
    connection: sqlite3.Connection, after_seq: int, through_seq: int, from_ms: int, to_ms: int
) -> list[tuple[int, int]]:
    """Ranges of seq, first and last inside, of SLICE_ROWS at most, that hold every row of [from, to)."""
    found: list[tuple[int, int]] = []
    for first, last in connection.execute(
        "SELECT first_seq, last_seq FROM log_block WHERE last_seq > ? AND first_seq <= ? "
        "AND max_ms >= ? AND min_ms < ? ORDER BY first_seq",
        (after_seq, through_seq, from_ms, to_ms),
    ):
        low, high = max(first, after_seq + 1), min(last, through_seq)
        if found and found[-1][1] + 1 == low and high - found[-1][0] < SLICE_ROWS:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def collect(
    connection: sqlite3.Connection,
    builders: Mapping[int, Builder],
    seqs: tuple[int, int],
    from_ms: int,
    to_ms: int,
) -> None:
    """Add the rounds of the builders' series that lie in the slice and in [from, to) to them."""
    for series, *columns in connection.execute(_ROUNDS, (*seqs, from_ms, to_ms, json.dumps(list(builders)))):
        builders[series].add(*columns)


def samples(
    connection: sqlite3.Connection,
    series: Collection[int],
    seqs: tuple[int, int],
    from_ms: int,
    to_ms: int,
) -> Iterator[Sample]:
    """The samples in the slice and in [from, to), in commit order."""
    for number, at_ms, epoch, text in connection.execute(
        _SAMPLES, (*seqs, from_ms, to_ms, json.dumps(list(series)))
    ):
        yield from _samples(number, at_ms, epoch, text)


def _row(one: Round, samples_text: str | None) -> Row:
    return (
        one.series,
        one.at_ms,
        one.epoch,
        one.sent,
        one.received,
        REASON_NUMBER[one.reason],
        int(one.timing),
        _packed(one.rtts),
        _storable(one.detail),
        samples_text,
    )


def _packed(rtts: tuple[int | None, ...]) -> bytes | None:
    """Four bytes a place, or eight each where one RTT is beyond 214 s."""
    if not rtts:
        return None
    try:
        return struct.pack(f"<{len(rtts)}i", *[GAP32 if rtt is None else rtt for rtt in rtts])
    except struct.error:
        return struct.pack(f"<{len(rtts)}q", *[GAP64 if rtt is None else rtt for rtt in rtts])


def _unpacked(packed: bytes | None, sent: int) -> tuple[int | None, ...]:
    if not packed:
        return ()
    form, gap = ("i", GAP32) if len(packed) == 4 * sent else ("q", GAP64)
    return tuple(None if rtt == gap else rtt for rtt in struct.unpack(f"<{sent}{form}", packed))


def _storable(detail: str) -> str | None:
    """Text from outside may hold half a surrogate pair, which no encoding of the file takes."""
    if detail.isascii():
        return detail or None
    return detail.encode("utf-8", "backslashreplace").decode()


def _outcome(row: Sequence[Any], every_ms: int) -> Outcome:
    series, at_ms, epoch, sent, received, reason, timing, rtts, detail, text = row
    found = tuple(_samples(series, at_ms, epoch, text)) if text else ()
    if sent is None:
        return Outcome(None, found)
    return Outcome(
        Round(
            series=series,
            at_ms=at_ms,
            every_ms=every_ms,
            epoch=epoch,
            sent=sent,
            received=received,
            rtts=_unpacked(rtts, sent),
            reason=REASONS[reason],
            detail=detail or "",
            timing=Timing(timing),
        ),
        found,
    )


def _samples(series: int, at_ms: int, epoch: int, text: str) -> Iterator[Sample]:
    for name, value in json.loads(text):
        yield Sample(series, at_ms, epoch, name, value)
