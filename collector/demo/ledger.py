"""The demo's ledger file: made beside its place, without a journal, and put there when it is whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from collector.demo.estate import HOST
from collector.demo.history import History
from collector.demo.work import Made
from collector.ledger import store
from collector.ledger.model import REFERENCE, Series
from collector.ledger.opening import beside, connect_writer
from collector.ledger.records import Epoch
from collector.ledger.registry import insert_epoch, insert_series
from collector.targets import planned
from config.settings import Settings
from probes.clock import NS_PER_MS

if TYPE_CHECKING:
    from sqlite3 import Connection

_CACHE_KB = 128_000

SeriesNumbers = Mapping[str, Mapping[tuple[str, str], int]]
"""Site -> (circuit, probe) -> series; the site's reference is ("", "")."""


@contextmanager
def making(path: Path) -> Iterator[Connection]:
    """A new ledger's connection, for bulk: it has no journal until it is whole."""
    remove(path)
    with ExitStack() as undo:
        undo.callback(remove, path)
        with closing(connect_writer(path)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = WAL")
        undo.pop_all()


def replace(part: Path, path: Path) -> None:
    """Put a whole ledger, which nobody has open, in the place of another."""
    remove(path)
    part.replace(path)


def remove(path: Path) -> None:
    """A ledger and what SQLite leaves beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        beside(path, suffix).unlink(missing_ok=True)


def put_series(connection: Connection, settings: Settings, from_ms: int) -> SeriesNumbers:
    """Every series of every site, and the one epoch in which all is measured."""
    insert_epoch(connection, Epoch(1, from_ms * NS_PER_MS, 0, HOST, True, "start"))
    numbers: dict[str, dict[tuple[str, str], int]] = {}
    number = 0
    day = settings.demo.clock.date() if settings.demo else None
    for site in settings.sites:
        there = settings.model_copy(update={"site": site, "demo": None})
        numbers[site] = {}
        for plan in planned(there, day) if day else ():
            number += 1
            insert_series(connection, Series(number, plan.key), 0)
            name = ("", "") if plan.key.circuit == REFERENCE else (plan.key.circuit, plan.key.probe)
            numbers[site][name] = number
    return numbers


def put_made(connection: Connection, made: Sequence[Made]) -> None:
    """The chunks, hours and bins of some sites; of a time that nothing of the same sites is in yet."""
    chunks = sorted((row for one in made for row in one.chunks), key=lambda row: row[:2])
    connection.executemany(
        "INSERT INTO chunk (hour, series, rounds, data, samples) VALUES (?, ?, ?, ?, ?)", chunks
    )
    connection.executemany(
        "INSERT INTO bins (series, hour, data) VALUES (?, ?, ?)", (row for one in made for row in one.bins)
    )
    hours: dict[int, tuple[int, int]] = {}
    for hour, _, rounds, data, samples in chunks:
        known = hours.get(hour, (0, 0))
        hours[hour] = known[0] + rounds, known[1] + len(data) + len(samples or b"")
    connection.executemany(
        "INSERT INTO hour (hour, rounds, bytes) VALUES (?, ?, ?)",
        ((hour, *sums) for hour, sums in hours.items()),
    )


def put_history(connection: Connection, settings: Settings, text: str, found: History, now_ms: int) -> None:
    """What a daemon would have derived, and how far it has come."""
    store.put_config(connection, settings.digest, text, now_ms)
    for site in settings.sites:
        store.put_watermark(connection, site, now_ms)
        connection.execute(
            "INSERT INTO compaction (site, until_ms, through_seq) VALUES (?, ?, 0)", (site, now_ms)
        )
    for transition in found.transitions:
        store.put_transition(connection, transition)
    for outage in found.outages:
        store.record_outage(connection, outage)
    store.put_circuit_now(connection, found.now)
