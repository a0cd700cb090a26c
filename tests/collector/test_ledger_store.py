"""What is derived from the log, as it is kept and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from sqlite3 import Connection
from typing import Concatenate, ParamSpec, TypeVar

import pytest

from collector.ledger import store
from collector.ledger.ledger import Ledger
from collector.ledger.model import Cursor, Outage
from collector.ledger.reader import SqliteReader
from collector.ledger.records import CircuitNow, Figures, Heartbeat, Note, Transition
from tests.collector.ledgers import PATIENCE, ledger_at

P = ParamSpec("P")
T = TypeVar("T")


def done(
    ledger: Ledger, write: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """What `write` returns, once it is durable."""
    return ledger.write(lambda connection: write(connection, *args, **kwargs)).result(PATIENCE)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_at(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture
def reader(ledger: Ledger) -> Iterator[SqliteReader]:
    with ledger.reader() as opened:
        yield opened


def test_an_outage_is_one_record_from_its_start_to_its_end(ledger: Ledger, reader: SqliteReader) -> None:
    begun = Outage("lon", "acme", "lon-acme", 1_000, None, "timeout")
    over = Outage("lon", "acme", "lon-acme", 1_000, 5_000, "unreachable", common_cause=True)
    done(ledger, store.record_outage, begun)
    assert reader.outages() == [begun]
    done(ledger, store.record_outage, over)
    assert reader.outages() == [over]


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "starts"),
    [(0, 2**62, [10, 30, 50]), (20, 50, [30]), (19, 50, [10, 30]), (0, 10, []), (90, 91, [50]), (40, 40, [])],
)
def test_outages_are_those_that_touch_the_time(
    ledger: Ledger, reader: SqliteReader, from_ms: int, to_ms: int, starts: list[int]
) -> None:
    for start, end in ((10, 20), (30, 40), (50, None)):
        one = Outage("lon", "acme", "c", start, end, "timeout")
        done(ledger, store.record_outage, one)
    found = reader.outages(circuit="c", from_ms=from_ms, to_ms=to_ms)
    assert [one.start_ms for one in found] == starts
    assert reader.outages(circuit="other") == []


def test_a_timeline_begins_with_the_status_that_held_at_its_start(
    ledger: Ledger, reader: SqliteReader
) -> None:
    changes = [
        Transition("lon", "c", 10, "up", ""),
        Transition("lon", "c", 20, "down", "timeout"),
        Transition("lon", "c", 30, "up", ""),
        Transition("lon", "other", 25, "down", "timeout"),
    ]
    for one in [*changes, changes[0]]:
        done(ledger, store.put_transition, one)
    assert reader.transitions("c") == changes[:3]
    assert reader.transitions("c", 25, 31) == changes[1:3]
    assert reader.transitions("c", 20, 30) == changes[1:2]
    assert reader.transitions("c", 5, 10) == []


def test_the_newest_status_and_figures_replace_the_older(ledger: Ledger, reader: SqliteReader) -> None:
    older = CircuitNow("c", "lon", "up", 1, "", provisional=True, at_ms=2)
    newer = CircuitNow("c", "lon", "down", 3, "timeout", provisional=False, at_ms=4)
    other = CircuitNow("a", "lon", "up", 1, "", provisional=False, at_ms=4)
    for row in (older, newer, other):
        done(ledger, store.put_circuit_now, [row])
    assert reader.circuit_now() == [other, newer]
    done(ledger, store.keep_circuits, "lon", {"c"})
    assert reader.circuit_now() == [newer]
    for text in ("{}", '{"a": 1}'):
        newest = Figures("c", 5, text)
        done(ledger, store.put_figures, [newest])
    assert reader.figures() == [Figures("c", 5, '{"a": 1}')]


def test_a_configuration_is_kept_by_digest_as_it_was_first_loaded(
    ledger: Ledger, reader: SqliteReader
) -> None:
    for text in ("site: lon", "site: par"):
        done(ledger, store.put_config, "d1", text, 1)
    assert (reader.config_of("d1"), reader.config_of("d2")) == ("site: lon", None)


def test_the_last_sign_of_life_is_the_one_that_is_read(ledger: Ledger, reader: SqliteReader) -> None:
    assert reader.heartbeat() is None
    for at_ms in (1, 2):
        beat = Heartbeat(at_ms, 4711, "1.0", "d1", "{}")
        done(ledger, store.put_heartbeat, beat)
    assert reader.heartbeat() == Heartbeat(2, 4711, "1.0", "d1", "{}")


def test_notes_are_appended_and_withdrawn_by_another_note(ledger: Ledger, reader: SqliteReader) -> None:
    first = done(ledger, store.put_note, at_ms=1, author="ann", kind="ticket", body="{}")
    second = done(ledger, store.put_note, at_ms=2, author="bob", kind="withdraw", body="{}", withdraws=first)
    assert reader.notes() == [
        Note(first, 1, "ann", "ticket", "{}"),
        Note(second, 2, "bob", "withdraw", "{}", first),
    ]
    assert reader.notes("ticket") == [Note(first, 1, "ann", "ticket", "{}")]


def test_a_cursor_moves_both_ways_and_can_be_dropped(ledger: Ledger, reader: SqliteReader) -> None:
    for seq in (5, 3):
        done(ledger, store.move_cursor, "influx", seq)
        assert reader.cursor("influx") == Cursor("influx", seq)
    done(ledger, store.drop_cursor, "influx")
    assert reader.cursor("influx") is None
