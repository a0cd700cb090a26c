"""The notices: what is to be told, in order, and how far each output has told it.

A log of its own beside the measurements', with a cursor for each output: a place here must not hold
the rounds. A notice is written once and sent as it was written, however often that takes.
"""

from __future__ import annotations

import sqlite3
from asyncio import Future, wrap_future
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from collector.ledger import store
from collector.ledger.ledger import Ledger
from collector.ledger.model import Gap
from collector.ledger.opening import connect_reader

KEEP_MS = 31 * 86_400_000
"""What an output has not taken for so long is dropped, and counted in a gap of the output's."""
_MARK = "notices"
"""Under this name `consumer_state` holds since when outages are to be told."""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as it is kept."""

    id: int
    at_ms: int
    body: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class Told:
    """How far an output is: it has told every notice up to `notice`, last at `told_ms`."""

    output: str
    notice: int
    told_ms: int | None


class NoticeBook:
    """The notices over a connection of its own, for one thread at a time; writes go the ledger's way."""

    def __init__(self, ledger: Ledger) -> None:
        """Raises LedgerError when the file can't be read."""
        self._ledger = ledger
        self._connection = connect_reader(ledger.path)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def after(self, notice: int, limit: int) -> list[NoticeRow]:
        """The next notices, in order."""
        rows = self._connection.execute(
            "SELECT id, at_ms, body FROM notice WHERE id > ? ORDER BY id LIMIT ?", (notice, limit)
        )
        return [NoticeRow(*row) for row in rows]

    def newest(self) -> int:
        """The newest notice's number, 0 where there never was one."""
        row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'notice'").fetchone()
        return int(row[0]) if row else 0

    def count_after(self, notice: int) -> int:
        """How many come after a notice."""
        (count,) = self._connection.execute("SELECT count(*) FROM notice WHERE id > ?", (notice,)).fetchone()
        return int(count)

    def told(self) -> dict[str, Told]:
        """Every output's place, by its name."""
        return {one.output: one for one in told(self._connection)}

    def mark_ms(self) -> int | None:
        """Since when outages are to be told; None when none was ever looked at."""
        row = self._connection.execute("SELECT state FROM consumer_state WHERE name = ?", (_MARK,)).fetchone()
        return int(row[0]) if row else None

    def append(self, at_ms: int, bodies: Sequence[str], mark_ms: int) -> Future[list[int]]:
        """Append notices and move the mark; gives the notices' numbers once they are durable."""

        def job(connection: sqlite3.Connection) -> list[int]:
            connection.execute(
                "INSERT OR REPLACE INTO consumer_state (name, state) VALUES (?, ?)", (_MARK, str(mark_ms))
            )
            return [_append(connection, at_ms, body) for body in bodies]

        return wrap_future(self._ledger.write(job))

    def unmark(self) -> Future[None]:
        """Nobody is told any more: what happens from now on is not kept for later."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM consumer_state WHERE name = ?", (_MARK,))

        return wrap_future(self._ledger.write(job))

    def save(self, place: Told, gaps: Sequence[Gap] = ()) -> Future[None]:
        """Keep an output's place, and what it did not tell."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO told (output, notice, told_ms) VALUES (?, ?, ?)",
                (place.output, place.notice, place.told_ms),
            )
            for gap in gaps:
                store.record_gap(connection, gap)

        return wrap_future(self._ledger.write(job))

    def prune(self, now_ms: int, outputs: Collection[str], keep: Iterable[int]) -> Future[dict[str, int]]:
        """Drop old notices but those in `keep`; gives how many each of `outputs` had not taken yet."""
        return wrap_future(self._ledger.write(lambda connection: _prune(connection, now_ms, outputs, keep)))


def told(connection: sqlite3.Connection) -> list[Told]:
    """Every output's place."""
    rows = connection.execute("SELECT output, notice, told_ms FROM told ORDER BY output")
    return [Told(*row) for row in rows]


def _append(connection: sqlite3.Connection, at_ms: int, body: str) -> int:
    inserted = connection.execute("INSERT INTO notice (at_ms, body) VALUES (?, ?)", (at_ms, body))
    return int(inserted.lastrowid or 0)


def _prune(
    connection: sqlite3.Connection, now_ms: int, outputs: Collection[str], keep: Iterable[int]
) -> dict[str, int]:
    before_ms, kept = now_ms - KEEP_MS, set(keep)
    old = connection.execute("SELECT id FROM notice WHERE at_ms < ? ORDER BY id", (before_ms,))
    gone = [number for (number,) in old if number not in kept]
    lost = {}
    for one in told(connection):
        missed = [number for number in gone if number > one.notice]
        if missed and one.output in outputs:
            why = f"not taken within {KEEP_MS // 86_400_000} days"
            store.record_gap(connection, Gap(one.output, missed[0], missed[-1], len(missed), why, now_ms))
            lost[one.output] = len(missed)
    connection.executemany("DELETE FROM notice WHERE id = ?", ((number,) for number in gone))
    return lost
