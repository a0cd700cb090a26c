"""What the analysis keeps in the ledger: how far it is, and for how long it stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from collector.analysis.finding import Finding
from collector.analysis.readings import Day
from collector.ledger import analysed
from collector.ledger.analysed import Ran
from collector.ledger.backup import back_up
from collector.ledger.opening import connect_writer
from collector.ledger.reader import SqliteReader
from collector.ledger.retention import KEEP_BINS_MS
from tests.clock import FakeClock
from tests.collector.ledgers import BEGIN_MS, HOUR_MS, PATIENCE, hour_of_rounds, key, ledger_at

DAY_MS = 86_400_000
FIRST = date(2026, 1, 1)


def day(number: int, circuit: str = "lon-acme", metric: str = "rtt") -> Day:
    return Day(circuit, metric, FIRST + timedelta(days=number), 288, 288, 0.02, 0.021, 0.03, 0.04)


def found(at_ms: int, until_ms: int | None = None, circuit: str = "lon-acme") -> Finding:
    return Finding(circuit, "rtt", "excursion", at_ms, until_ms, 0.02, 0.04, 7.0, at_ms + HOUR_MS)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect_writer(tmp_path / "l.db")) as opened:
        yield opened


def test_how_far_it_is_is_known_of_each_circuit_and_of_all(connection: sqlite3.Connection) -> None:
    assert (analysed.ran(connection), analysed.untils(connection)) == (None, {})
    one = Ran(BEGIN_MS + 5, BEGIN_MS, 41.5, 1_000)
    analysed.put_ran(connection, one)
    for until_ms in (7, 9):
        analysed.put_until(connection, "a/b", until_ms)
    analysed.put_until(connection, "c", 8)
    assert (analysed.ran(connection), analysed.untils(connection)) == (one, {"a/b": 9, "c": 8})


def test_the_first_bins_are_those_of_the_oldest_series(connection: sqlite3.Connection) -> None:
    assert analysed.first_bins_ms(connection, [1, 2]) is None
    connection.executemany("INSERT INTO bins VALUES (?, ?, x'')", [(1, 50), (1, 40), (2, 45), (3, 1)])
    assert analysed.first_bins_ms(connection, [1, 2]) == 40 * HOUR_MS
    assert analysed.first_bins_ms(connection, []) is None


def test_what_is_old_is_dropped_and_what_reaches_into_the_time_stays(connection: sqlite3.Connection) -> None:
    analysed.put_days(connection, [day(1), day(2), day(1, "other"), day(1, metric="loss")])
    kept = [found(BEGIN_MS, BEGIN_MS + 3 * DAY_MS), found(BEGIN_MS + 2 * DAY_MS)]
    gone = [found(BEGIN_MS + HOUR_MS), found(BEGIN_MS + 5, BEGIN_MS + 2 * DAY_MS - 1)]
    analysed.put_findings(connection, "lon-acme", "rtt", 0, [*kept, *gone])
    analysed.drop(connection, ["lon-acme"], BEGIN_MS + 2 * DAY_MS)
    assert analysed.days(connection, "lon-acme", "rtt", None, None) == [day(2)]
    assert analysed.days(connection, "lon-acme", "loss", None, None) == []
    assert analysed.days(connection, "other", "rtt", None, None) == [day(1, "other")]
    assert analysed.findings(connection, None, 0, 2**62) == kept
    assert analysed.count_findings(connection) == 2


def test_days_and_findings_go_with_the_bins_after_twenty_six_months(tmp_path: Path) -> None:
    clock = FakeClock()
    with ledger_at(tmp_path / "l.db", clock) as ledger:
        one = ledger.series(key())
        ledger.write(lambda it: analysed.put_days(it, [day(0), day(3)])).result(PATIENCE)
        both = [found(BEGIN_MS + HOUR_MS), found(BEGIN_MS + 3 * DAY_MS)]
        ledger.write(lambda it: analysed.put_findings(it, "lon-acme", "rtt", 0, both)).result(PATIENCE)
        clock.step_wall((KEEP_BINS_MS + 2 * DAY_MS) / 1000)
        later = BEGIN_MS + KEEP_BINS_MS + 2 * DAY_MS
        ledger.append(hour_of_rounds(one, later), {"lon": later + HOUR_MS + 10_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert reader.days("lon-acme", "rtt") == [day(3)]
            assert reader.findings() == both[1:]


def test_a_backup_has_them(tmp_path: Path) -> None:
    with ledger_at(tmp_path / "l.db") as ledger:
        ledger.write(lambda it: analysed.put_days(it, [day(0)])).result(PATIENCE)
        one = replace(found(BEGIN_MS), until_ms=None)
        ledger.write(lambda it: analysed.put_findings(it, "lon-acme", "rtt", 0, [one])).result(PATIENCE)
        ledger.write(lambda it: analysed.put_until(it, "lon-acme", 5)).result(PATIENCE)
        back_up(tmp_path / "l.db", tmp_path / "backup.db", lambda done, of: None)
    with SqliteReader(tmp_path / "backup.db") as reader:
        assert (reader.days("lon-acme", "rtt"), reader.findings()) == ([day(0)], [one])
