"""The numbers of series and epochs, given at once and written with the next commit."""

from __future__ import annotations

import json
import sqlite3
import threading
from typing import Any

from collector.ledger.model import REFERENCE, Series, SeriesKey
from collector.ledger.records import Epoch
from probes.clock import Instant

_SERIES_COLUMNS = (
    "host, site, carrier, circuit, probe, kind, every_ms, options, owner, covers, proves"  # of SeriesKey
)


class Registry:
    """Every series and epoch of one ledger in memory; thread-safe.

    Only the one writer of a ledger gives numbers, so it need not ask the file for the next one.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._lock = threading.Lock()
        known = load_series(connection)
        self._ids = {one.key: one.id for one in known}
        self._series = {one.id: one for one in known}
        self._longest_every_ms: dict[str, int] = {}
        for one in known:
            self._measure(one)
        self._epoch: int = connection.execute("SELECT coalesce(max(id), 0) FROM epoch").fetchone()[0]
        self._new_series: list[Series] = []
        self._new_epochs: list[Epoch] = []

    def known(self, key: SeriesKey) -> int | None:
        """The series' number; None when it is new."""
        return self._ids.get(key)

    def series(self, key: SeriesKey) -> int:
        """The series' number, a new one if the key is new."""
        with self._lock:
            number = self._ids.get(key)
            if number is None:
                number = len(self._series) + 1
                self._series[number] = Series(number, key)
                self._new_series.append(self._series[number])
                self._measure(self._series[number])
                self._ids[key] = number
            return number

    def _measure(self, one: Series) -> None:
        site = one.key.site
        self._longest_every_ms[site] = max(self._longest_every_ms.get(site, 0), one.key.every_ms)

    def epoch(self, at: Instant, boot_id: str, synchronised: bool, why: str) -> int:
        """The number of a new epoch that begins at `at`."""
        with self._lock:
            self._epoch += 1
            self._new_epochs.append(Epoch(self._epoch, at.wall_ns, at.mono_ns, boot_id, synchronised, why))
            return self._epoch

    def every_ms(self, number: int) -> int:
        """The interval of a series; raises ValueError when there is no such series."""
        return self.get(number).key.every_ms

    def get(self, number: int) -> Series:
        """A series by number; raises ValueError when there is no such series."""
        found = self._series.get(number)
        if found is None:
            raise ValueError(f"there is no series {number}")
        return found

    def references(self) -> list[int]:
        """The numbers of the reference targets of all sites."""
        return [one.id for one in list(self._series.values()) if one.key.circuit == REFERENCE]

    def longest_every_ms(self) -> dict[str, int]:
        """Site -> the longest interval of its series."""
        with self._lock:
            return dict(self._longest_every_ms)

    def numbers(self) -> list[int]:
        """The numbers of all series."""
        return list(range(1, len(self._series) + 1))

    def pending(self) -> tuple[list[Series], list[Epoch]]:
        """What is not in the file yet."""
        with self._lock:
            return list(self._new_series), list(self._new_epochs)

    def written(self, series: int, epochs: int) -> None:
        """The first so many of what was pending are committed."""
        with self._lock:
            del self._new_series[:series]
            del self._new_epochs[:epochs]


def load_series(
    connection: sqlite3.Connection, site: str | None = None, circuit: str | None = None
) -> list[Series]:
    """Every series in the file, or those of a site or a circuit, by number."""
    rows: list[tuple[Any, ...]] = connection.execute(
        f"SELECT {_SERIES_COLUMNS}, id FROM series "  # noqa: S608 - our own constant
        "WHERE (?1 IS NULL OR site = ?1) AND (?2 IS NULL OR circuit = ?2) ORDER BY id",
        (site, circuit),
    ).fetchall()
    return [Series(row[-1], _key(row)) for row in rows]


def _key(row: tuple[Any, ...]) -> SeriesKey:
    *columns, covers, proves, _ = row
    fields = (*columns, tuple(json.loads(covers)), proves)
    return SeriesKey(*fields)


def insert_series(connection: sqlite3.Connection, one: Series, last_seq: int) -> None:
    """Write a series; a new site's rows are held from here on until they are in chunks."""
    key = one.key
    connection.execute(
        f"INSERT INTO series (id, {_SERIES_COLUMNS}) VALUES (?{', ?' * 11})",  # noqa: S608 - as above
        (
            one.id,
            key.host,
            key.site,
            key.carrier,
            key.circuit,
            key.probe,
            key.kind,
            key.every_ms,
            key.options,
            key.owner,
            json.dumps(key.covers),
            key.proves,
        ),
    )
    connection.execute(
        "INSERT INTO cursor (name, seq) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (f"{CHUNKS}{key.site}", last_seq),
    )


def insert_epoch(connection: sqlite3.Connection, one: Epoch) -> None:
    """Write an epoch."""
    connection.execute(
        "INSERT INTO epoch (id, wall_ns, mono_ns, boot_id, synchronised, why) VALUES (?, ?, ?, ?, ?, ?)",
        (one.id, one.wall_ns, one.mono_ns, one.boot_id, one.synchronised, one.why),
    )


def load_epochs(connection: sqlite3.Connection) -> list[Epoch]:
    """Every epoch in the file, by number."""
    return [
        Epoch(number, wall_ns, mono_ns, boot_id, bool(synchronised), why)
        for number, wall_ns, mono_ns, boot_id, synchronised, why in connection.execute(
            "SELECT id, wall_ns, mono_ns, boot_id, synchronised, why FROM epoch ORDER BY id"
        )
    ]


CHUNKS = "chunks:"
"""A site's compactor has its cursor under this and the site's name."""
