"""Ended outages and SLA figures in the log: under its laws, and no evidence."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.ledger import derived
from collector.ledger.ledger import Ledger
from collector.ledger.model import Derived, EndedOutage, Gap, LogRow, Outage, SlaFigures
from collector.ledger.reader import SqliteReader
from collector.ledger.store import move_cursor
from probes.model import Outcome
from tests.clock import FakeClock
from tests.collector.ledgers import BEGIN_MS, HOUR_MS, PATIENCE, hour_of_rounds, key, ledger_at

CIRCUIT = "lon-acme"


def ended(at_ms: int = BEGIN_MS + 60_000, cause: str = "timeout") -> EndedOutage:
    """An outage of a minute."""
    return EndedOutage("edge", Outage("lon", "acme", CIRCUIT, at_ms - 60_000, at_ms, cause))


def figures(at_ms: int = BEGIN_MS, ratio: float | None = 0.9995, circuit: str = CIRCUIT) -> SlaFigures:
    """Figures of January."""
    return SlaFigures(at_ms, "edge", "lon", "acme", circuit, "gold", "2026-01", ratio, None, 1)


def append(ledger: Ledger, *found: Derived) -> None:
    ledger.write(lambda connection: derived.append(connection, found)).result(PATIENCE)


def kept(reader: SqliteReader) -> list[tuple[int, Derived | None]]:
    return [(row.seq, row.derived) for row in reader.scan(0, 10**6)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def test_it_comes_after_the_rounds_it_was_derived_from_and_is_no_round(path: Path) -> None:
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        ledger.append(hour_of_rounds(one, BEGIN_MS)[:2])
        told: list[int] = []
        ledger.on_commit(told.append)
        append(ledger, ended(), figures())
        ledger.append(hour_of_rounds(one, BEGIN_MS)[2:3])
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            assert kept(reader) == [(1, None), (2, None), (3, ended()), (4, figures()), (5, None)]
            assert reader.scan(2, 1) == [LogRow(3, one, Outcome(None), ended())]
            assert len(reader.rounds([one], 0, 2**62)[one]) == 3
        assert told[-1] == ledger.statistics().last_seq == 5
        assert ledger.statistics().committed == 3


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(allow_nan=False, allow_infinity=False) | st.none(), st.text(max_size=20), st.data())
def test_it_is_read_back_to_the_last_bit(
    path: Path, ratio: float | None, cause: str, data: st.DataObject
) -> None:
    found: list[Derived] = data.draw(st.permutations([ended(cause=cause), figures(ratio=ratio)]))
    with ledger_at(path, commit_every_ms=1) as ledger, ledger.reader() as reader:
        ledger.series(key())
        append(ledger, *found)
        assert [one for _, one in kept(reader)[-2:]] == found


def test_it_is_kept_until_every_output_has_it_and_makes_no_chunk(path: Path) -> None:
    with ledger_at(path) as ledger, ledger.reader() as reader:
        one = ledger.series(key())
        ledger.append(hour_of_rounds(one, BEGIN_MS))
        append(ledger, figures(BEGIN_MS + HOUR_MS), ended(BEGIN_MS - 5 * HOUR_MS))
        ledger.write(lambda connection: move_cursor(connection, "central", 361)).result(PATIENCE)
        ledger.append((), {"lon": BEGIN_MS + 2 * HOUR_MS})
        assert ledger.settle(PATIENCE)
        assert kept(reader) == [(362, ended(BEGIN_MS - 5 * HOUR_MS))]
        assert reader.hours() == [BEGIN_MS // HOUR_MS]
        ledger.write(lambda connection: move_cursor(connection, "central", 362)).result(PATIENCE)
        assert ledger.settle(PATIENCE)
        assert kept(reader) == []
        assert reader.gaps() == []
        append(ledger, figures())
        assert kept(reader) == [(363, figures())]


def test_what_retention_drops_before_an_output_took_it_is_in_that_outputs_gap(path: Path) -> None:
    clock = FakeClock()
    with ledger_at(path, clock, keep_ms=2 * HOUR_MS) as ledger, ledger.reader() as reader:
        one = ledger.series(key())
        ledger.write(lambda connection: move_cursor(connection, "central", 0)).result(PATIENCE)
        ledger.append(hour_of_rounds(one, BEGIN_MS))
        append(ledger, ended(), figures())
        clock.step_wall(4 * 3600)
        ledger.append((), {"lon": BEGIN_MS + 4 * HOUR_MS})
        assert ledger.settle(PATIENCE)
        assert kept(reader) == []
        (gap,) = reader.gaps()
        text = "dropped by ledger.keep before it was taken"
        assert gap == Gap("central", 1, 362, 362, text, gap.at_ms)


def test_a_circuit_that_has_no_series_is_refused_and_nothing_is_kept(path: Path) -> None:
    with ledger_at(path) as ledger, ledger.reader() as reader:
        ledger.series(key())
        with pytest.raises(sqlite3.IntegrityError):
            append(ledger, ended(), figures(circuit="lon-none"))
        assert kept(reader) == []
        assert ledger.statistics().last_seq == 0


def test_an_open_outage_is_refused(path: Path) -> None:
    with ledger_at(path) as ledger:
        ledger.series(key())
        still_open = EndedOutage("edge", Outage("lon", "acme", CIRCUIT, BEGIN_MS, None, "timeout"))
        with pytest.raises(ValueError, match="lon-acme is not over"):
            append(ledger, still_open)
