"""Chunks, their hours and their bins: the tables behind the log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from collector.ledger.bins import Bin, decode_bins, encode_bins, hours_before, merge_bins
from collector.ledger.chunks import hour_of


@dataclass(frozen=True, slots=True)
class Chunk:
    """One row: an hour of a series, still packed."""

    hour: int
    series: int
    rounds: int
    data: bytes
    samples: bytes | None


def put_chunk(connection: sqlite3.Connection, chunk: Chunk) -> None:
    """Write an hour of a series, over what stood there."""
    old = connection.execute(
        "SELECT rounds, length(data) + coalesce(length(samples), 0) FROM chunk WHERE hour = ? AND series = ?",
        (chunk.hour, chunk.series),
    ).fetchone() or (0, 0)
    size = len(chunk.data) + len(chunk.samples or b"")
    connection.execute(
        "INSERT OR REPLACE INTO chunk (hour, series, rounds, data, samples) VALUES (?, ?, ?, ?, ?)",
        (chunk.hour, chunk.series, chunk.rounds, chunk.data, chunk.samples),
    )
    connection.execute(
        "INSERT INTO hour (hour, rounds, bytes) VALUES (?, ?, ?) ON CONFLICT (hour) DO UPDATE "
        "SET rounds = rounds + excluded.rounds, bytes = bytes + excluded.bytes",
        (chunk.hour, chunk.rounds - old[0], size - old[1]),
    )


def get_chunk(connection: sqlite3.Connection, hour: int, series: int) -> Chunk | None:
    """One hour of one series; None when there is none."""
    row = connection.execute(
        "SELECT hour, series, rounds, data, samples FROM chunk WHERE hour = ? AND series = ?",
        (hour, series),
    ).fetchone()
    return Chunk(*row) if row else None


def hours(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> list[int]:
    """The hours that have chunks and touch [from, to), in order."""
    return [
        hour
        for (hour,) in connection.execute(
            "SELECT hour FROM hour WHERE hour BETWEEN ? AND ? ORDER BY hour",
            (hour_of(from_ms), hour_of(to_ms - 1)),
        )
    ]


def series_of(connection: sqlite3.Connection, hour: int, after: int) -> list[int]:
    """The series with a number beyond `after` that have a chunk in an hour, in order."""
    return [
        number
        for (number,) in connection.execute(
            "SELECT series FROM chunk WHERE hour = ? AND series > ? ORDER BY series", (hour, after)
        )
    ]


def chunks(
    connection: sqlite3.Connection, some_hours: Sequence[int], series: Sequence[int]
) -> Iterator[Chunk]:
    """The chunks of some series in some hours, by (hour, series); reads no other row."""
    for row in connection.execute(
        "SELECT c.hour, c.series, c.rounds, c.data, NULL FROM json_each(?) AS h "
        "CROSS JOIN json_each(?) AS s CROSS JOIN chunk AS c ON c.hour = h.value AND c.series = s.value",
        (json.dumps(list(some_hours)), json.dumps(sorted(series))),
    ):
        yield Chunk(*row)


def packed_samples(
    connection: sqlite3.Connection, some_hours: Sequence[int], series: Sequence[int]
) -> Iterator[tuple[int, int, bytes]]:
    """Hour, series and packed samples of some series in some hours, by (hour, series)."""
    yield from connection.execute(
        "SELECT c.hour, c.series, c.samples FROM json_each(?) AS h "
        "CROSS JOIN json_each(?) AS s CROSS JOIN chunk AS c ON c.hour = h.value AND c.series = s.value "
        "WHERE c.samples IS NOT NULL",
        (json.dumps(list(some_hours)), json.dumps(sorted(series))),
    )


def put_bins(connection: sqlite3.Connection, series: int, hour: int, made: Sequence[Bin]) -> None:
    """Write the bins made of one hour's rounds, over what stood there."""
    connection.execute(
        "INSERT OR REPLACE INTO bins (series, hour, data) VALUES (?, ?, ?)",
        (series, hour, encode_bins(made)),
    )


def get_bins(
    connection: sqlite3.Connection, series: int, every_ms: int, from_ms: int, to_ms: int
) -> list[Bin]:
    """The bins of a series that begin in [from, to)."""
    found = [
        one
        for (data,) in connection.execute(
            "SELECT data FROM bins WHERE series = ? AND hour BETWEEN ? AND ? ORDER BY hour",
            (series, hour_of(from_ms) - hours_before(every_ms), hour_of(to_ms)),
        )
        for one in decode_bins(data)
        if from_ms <= one.at_ms < to_ms
    ]
    return merge_bins(found)


def packed_bins(
    connection: sqlite3.Connection, series: int, every_ms: int, from_ms: int, to_ms: int
) -> Iterator[bytes]:
    """The bins of a series in [from, to) as they are packed, an hour each; some may begin outside."""
    for (data,) in connection.execute(
        "SELECT data FROM bins WHERE series = ? AND hour BETWEEN ? AND ? ORDER BY hour",
        (series, hour_of(from_ms) - hours_before(every_ms), hour_of(to_ms)),
    ):
        yield data


def packed_bins_of(
    connection: sqlite3.Connection, series: Iterable[int], from_hour: int, to_hour: int
) -> Iterator[tuple[int, bytes]]:
    """Series and packed bins of the hours from `from_hour` to before `to_hour`, by (series, hour)."""
    yield from connection.execute(
        "SELECT b.series, b.data FROM json_each(?) AS s CROSS JOIN bins AS b "
        "ON b.series = s.value AND b.hour >= ? AND b.hour < ?",
        (json.dumps(sorted(series)), from_hour, to_hour),
    )


def last_bins(connection: sqlite3.Connection, series: Iterable[int]) -> dict[int, int]:
    """Series -> the newest hour of which it has bins; a series without any is left out."""
    found = connection.execute(
        "SELECT s.value, (SELECT max(hour) FROM bins WHERE series = s.value) FROM json_each(?) AS s",
        (json.dumps(list(series)),),
    )
    return {number: hour for number, hour in found if hour is not None}


def drop_bins(connection: sqlite3.Connection, series: int, before_hour: int) -> None:
    """Forget a series' bins made of rounds before an hour."""
    connection.execute("DELETE FROM bins WHERE series = ? AND hour < ?", (series, before_hour))
