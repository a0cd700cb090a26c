"""A passing ledger, and the way home."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from collector import passing
from collector.ledger.errors import LedgerUnwritable
from collector.ledger.ledger import Ledger
from collector.ledger.reader import SqliteReader
from collector.passing import passing_ledger, take_home
from probes.clock import Clock
from probes.model import Outcome, Sample
from tests.clock import FakeClock
from tests.collector.ledgers import BEGIN_MS, HOUR_MS, PATIENCE, good, key, ledger_at, rows


def epoch(ledger: Ledger, clock: Clock, *, synchronised: bool) -> int:
    return ledger.open_epoch(clock.now(), boot_id="b", synchronised=synchronised, why="start")


def test_everything_comes_home_under_the_numbers_that_it_has_there(tmp_path: Path, clock: FakeClock) -> None:
    with passing_ledger(partial(Ledger.open, clock=clock)) as away:
        other, mine = away.series(key("other")), away.series(key("mine"))
        first, second = epoch(away, clock, synchronised=False), epoch(away, clock, synchronised=True)
        away.append([good(mine, BEGIN_MS, 5, None, epoch=first), good(other, BEGIN_MS, epoch=second)])
        sample = Sample(mine, BEGIN_MS + 10_000, second, "tls_days_left", 88.5)
        away.append([Outcome(good(mine, BEGIN_MS + 10_000, epoch=second).round, (sample,))])
        away.close()
        with ledger_at(tmp_path / "home.db", clock) as home:
            home.series(key("elsewhere"))
            at_home = home.series(key("mine"))
            epoch(home, clock, synchronised=True)
            assert take_home(away.path, home) == 3
    assert not away.path.parent.exists()
    with SqliteReader(tmp_path / "home.db") as reader:
        found = rows(reader.rounds([at_home], BEGIN_MS, BEGIN_MS + HOUR_MS))[at_home]
        assert [(one.at_ms, one.rtts, one.epoch) for one in found] == [
            (BEGIN_MS, (5, None), 2),
            (BEGIN_MS + 10_000, (200_000,), 3),
        ]
        assert [one.synchronised for one in reader.epochs()] == [True, False, True]
        (kept,) = reader.samples([at_home], BEGIN_MS, BEGIN_MS + HOUR_MS)
        assert (kept.series, kept.epoch, kept.value) == (at_home, 3, 88.5)


async def test_rounds_of_hours_that_were_packed_come_home_too(tmp_path: Path, clock: FakeClock) -> None:
    with passing_ledger(partial(Ledger.open, clock=clock, commit_every_ms=10)) as away:
        series = away.series(key(every_ms=60_000))
        number = epoch(away, clock, synchronised=True)
        slots = range(BEGIN_MS, BEGIN_MS + 2 * HOUR_MS, 60_000)
        away.append([good(series, at_ms, every_ms=60_000, epoch=number) for at_ms in slots])
        await clock.advance(4 * HOUR_MS / 1000)
        away.append((), {"lon": BEGIN_MS + 4 * HOUR_MS})
        assert away.settle(PATIENCE)
        with SqliteReader(away.path) as reader:
            assert reader.hours()
        away.close()
        with ledger_at(tmp_path / "home.db", clock) as home:
            assert take_home(away.path, home) == len(slots)


def test_where_nothing_can_be_written_it_says_what_was_tried(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "PLACES", (tmp_path / "gone", tmp_path / "missing"))
    with (
        pytest.raises(LedgerUnwritable, match=r"gone or .*missing either: free some space"),
        passing_ledger(partial(Ledger.open, clock=clock)),
    ):
        pass


def test_a_place_that_takes_nothing_is_passed_over(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "PLACES", (tmp_path / "gone", tmp_path))
    with passing_ledger(partial(Ledger.open, clock=clock)) as away:
        assert away.path.is_relative_to(tmp_path)
        away.close()
