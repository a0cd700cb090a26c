"""The nightly analysis beside the daemon: when it runs, what it keeps, what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from collector.analysis.finding import Finding
from collector.analysis.readings import Day
from collector.analysis.state import AnalysisNow, AnomalyNow
from collector.apart import WorkFailedError
from collector.ledger import analysed
from collector.ledger.analysed import Ran
from collector.ledger.ledger import Ledger
from collector.performance.nightly import watch
from collector.performance.nightly.watch import AnalysisWatch, is_due, shown
from collector.performance.nightly.work import Analysed, Changed, slice_of
from config.settings import Settings
from probes.clock import NS_PER_SECOND
from tests.clock import FakeClock
from tests.collector.ledgers import BEGIN_MS, ledger_at
from tests.collector.performance.filled import CONFIG, DAY_MS, settings

HOUR = 3_600_000
NIGHT = BEGIN_MS + 10 * DAY_MS + 2 * HOUR + HOUR // 2
"""02:30 of a winter's day in London."""


def rise(circuit: str = "a", metric: str = "rtt", at_ms: int = BEGIN_MS - HOUR) -> Finding:
    return Finding(circuit, metric, "shift", at_ms, None, 0.02, 0.035, 9.0, at_ms + HOUR)


@pytest.mark.parametrize(
    ("ran_ms", "now_ms", "due"),
    [
        (None, NIGHT + 1, True),
        (NIGHT - 1, NIGHT - 1, False),
        (NIGHT - 1, NIGHT, True),
        (NIGHT + HOUR, NIGHT + 23 * HOUR, False),
        (NIGHT + HOUR, NIGHT + 24 * HOUR, True),
        (NIGHT - 40 * HOUR, NIGHT + 9 * HOUR, True),
        (NIGHT + 900 * DAY_MS, NIGHT, True),
        (NIGHT + HOUR // 2, NIGHT, False),
    ],
)
def test_it_is_due_once_a_night(tmp_path: Path, ran_ms: int | None, now_ms: int, due: bool) -> None:
    assert is_due(settings(tmp_path / "l.db"), ran_ms, now_ms) is due


@pytest.mark.parametrize(
    ("at", "begun", "due"),
    [
        # London's clocks go from 01:00 to 02:00 on 29 March 2026 (at 01:00Z), and back on 25 October
        ("01:30", "2026-03-29T00:59:00Z", False),
        ("01:30", "2026-03-29T01:00:00Z", True),
        ("01:30", "2026-10-25T00:29:00Z", False),
        ("01:30", "2026-10-25T00:30:00Z", True),
    ],
)
def test_an_hour_that_is_skipped_is_when_it_is_skipped_and_one_that_comes_twice_counts_once(
    tmp_path: Path, at: str, begun: str, due: bool
) -> None:
    read = settings(tmp_path / "l.db", f"analysis: {{at: '{at}'}}\n{CONFIG}")
    now_ms = round(datetime.fromisoformat(begun).timestamp() * 1000)
    assert is_due(read, now_ms - 20 * HOUR, now_ms) is due
    if due:
        assert not is_due(read, now_ms, now_ms + 2 * HOUR)


def test_a_run_that_takes_beyond_the_hour_leaves_the_night_due(tmp_path: Path) -> None:
    begun_ms = NIGHT - 6 * HOUR
    now = shown(settings(tmp_path / "l.db"), Ran(NIGHT + HOUR, begun_ms, 7 * 3600.0, 2), [], NIGHT + HOUR)
    assert is_due(settings(tmp_path / "l.db"), now.looked_ms, NIGHT + HOUR)


@pytest.mark.parametrize(
    "text", ["analysis: {enabled: false}\n" + CONFIG, "demo: {clock: 2026-01-11T12:00:00Z}\n" + CONFIG]
)
def test_it_is_never_due_where_it_is_off_or_nothing_is_measured(tmp_path: Path, text: str) -> None:
    assert not is_due(settings(tmp_path / "l.db", text), None, NIGHT)


def test_open_are_each_metric_of_circuits_here_once(tmp_path: Path) -> None:
    found = [
        rise(),
        replace(rise(), at_ms=BEGIN_MS),
        rise("b", "loss"),
        rise("gone"),
        replace(rise("b"), after=0.0),
    ]
    now = shown(settings(tmp_path / "l.db"), Ran(BEGIN_MS, BEGIN_MS, 2.5, 2), found, BEGIN_MS + HOUR)
    assert now == AnalysisNow(
        enabled=True,
        last_success_ms=BEGIN_MS,
        looked_ms=BEGIN_MS,
        seconds=2.5,
        open=(AnomalyNow("lon", "acme", "a", "rtt"), AnomalyNow("lon", "acme", "b", "loss")),
    )


class Estate:
    """A watch over a ledger whose processes are functions."""

    def __init__(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.ledger = FakeClock(), ledger
        self.settings = settings(ledger.path)
        self.asked: list[list[str]] = []
        self.answers: Callable[[list[str]], list[Analysed]] = lambda names: [Analysed(names[0], BEGIN_MS)]
        self.troubles: dict[str, str] = {}
        self.watch = AnalysisWatch(ledger, self.clock, lambda: self.settings, self.troubles.__setitem__)
        monkeypatch.setattr(watch, "tried", self._tried)

    async def _tried(
        self, work: object, _bare: Settings, _ledger: Path, _now: object, *names: list[str]
    ) -> object:
        if work is not slice_of:
            return date(2026, 1, 1), []
        self.asked.append(list(names[0]))
        return self.answers(list(names[0]))

    def read(self, question: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401
        return self.ledger.write(lambda connection: question(connection, *args)).result(60)


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Estate]:
    with ledger_at(tmp_path / "l.db") as ledger:
        yield Estate(ledger, monkeypatch)


async def test_a_night_keeps_what_each_process_gave_back_and_tells_what_is_new(estate: Estate) -> None:
    day = Day("a", "rtt", date(2025, 12, 31), 288, 288, 0.02, 0.02, 0.03, 0.04)
    estate.answers = lambda names: [
        Analysed(
            names[0], BEGIN_MS, (replace(day, circuit=names[0]),),
            (Changed("rtt", 0, (rise(names[0]),)),), (rise(names[0]),) if names[0] == "a" else (),
        )
    ]  # fmt: skip
    with capture_logs() as logs:
        assert await estate.watch.night()
    assert estate.asked == [["a", "b"], ["b"]]
    assert [one["event"] for one in logs] == ["analysis.found", "analysis.done"]
    assert logs[0]["circuit"] == "a"
    assert "RTT rose from 20 to 35 ms" in logs[0]["told"]
    assert {key: logs[1][key] for key in ("circuits", "findings")} == {"circuits": 2, "findings": 1}
    assert estate.read(analysed.untils) == {"a": BEGIN_MS, "b": BEGIN_MS}
    assert estate.read(analysed.ran) == Ran(BEGIN_MS, BEGIN_MS, 0.0, 2)
    assert estate.read(analysed.days, "b", "rtt", None, None) == [replace(day, circuit="b")]
    assert {one.circuit for one in estate.watch.statistics().open} == {"a", "b"}
    assert (estate.watch.statistics().last_success_ms, estate.troubles) == (BEGIN_MS, {"analysis": ""})


async def test_what_goes_wrong_is_told_and_nothing_is_said_to_be_done(estate: Estate) -> None:
    def die(names: list[str]) -> list[Analysed]:
        if names == ["b"]:
            raise WorkFailedError("the process ended with code -9")
        return [Analysed(names[0], BEGIN_MS)]

    estate.answers = die
    with capture_logs() as logs:
        assert not await estate.watch.night()
    assert [(one["event"], one["log_level"]) for one in logs] == [("analysis.failed", "error")]
    assert "code -9" in estate.troubles["analysis"]
    assert estate.read(analysed.ran) is None
    assert estate.read(analysed.untils) == {"a": BEGIN_MS}  # and goes on from there


async def test_a_circuits_trouble_is_told_once(estate: Estate) -> None:
    estate.answers = lambda names: [Analysed(one, None, problem="odd") for one in names]
    with capture_logs() as logs:
        assert await estate.watch.night()
        assert await estate.watch.night()
    assert [one["circuit"] for one in logs if one["event"] == "analysis.circuit_failed"] == ["a", "b"]


async def test_after_a_start_it_waits_some_minutes_and_after_a_failure_an_hour(estate: Estate) -> None:
    fail = True

    def answer(names: list[str]) -> list[Analysed]:
        if fail:
            raise WorkFailedError("no process")
        return [Analysed(one, BEGIN_MS) for one in names]

    estate.answers = answer
    task = asyncio.create_task(estate.watch.run())
    while estate.clock.next_wake is None:
        await asyncio.sleep(0.001)
    await estate.clock.advance(watch.FIRST_NS / NS_PER_SECOND - 1)
    assert estate.asked == []
    await estate.clock.advance(1)
    await until(lambda: bool(estate.troubles.get("analysis")))
    assert len(estate.asked) == 1
    fail = False
    await estate.clock.advance(watch.REST_NS / NS_PER_SECOND - 10)
    assert len(estate.asked) == 1
    await estate.clock.advance(10)
    await until(lambda: estate.watch.statistics().last_success_ms is not None)
    assert len(estate.asked) == 2
    await estate.clock.advance(120)
    assert len(estate.asked) == 2
    task.cancel()


async def until(done: Callable[[], bool]) -> None:
    """Let threads and tasks go on until it is so."""
    for _ in range(10_000):
        if done():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came")


async def test_a_reload_in_the_night_takes_a_circuit_out_and_ends_it_where_it_is_turned_off(
    estate: Estate,
) -> None:
    def reload(names: list[str]) -> list[Analysed]:
        estate.settings = settings(estate.ledger.path, text)
        return [Analysed(names[0], BEGIN_MS)]

    estate.answers, text = reload, CONFIG.replace("circuits: {a: {}, b: {}}", "circuits: {a: {}}")
    assert await estate.watch.night()
    assert estate.asked == [["a", "b"]]
    assert estate.read(analysed.ran).circuits == 1
    estate.settings, text = settings(estate.ledger.path), "analysis: {enabled: false}\n" + CONFIG
    estate.clock.step_wall(86_400)
    assert await estate.watch.night()
    assert estate.asked[1:] == [["a", "b"]]
    assert estate.read(analysed.ran).at_ms == BEGIN_MS


async def test_whatever_is_wrong_with_the_analysis_the_daemon_goes_on(estate: Estate) -> None:
    def fail(_: list[str]) -> list[Analysed]:
        raise WorkFailedError("odd")

    estate.answers = fail
    assert not await estate.watch.night()
    assert estate.troubles["analysis"] == "it failed: odd"


async def test_whether_it_is_on_follows_the_configuration_at_once(estate: Estate) -> None:
    assert estate.watch.statistics().enabled
    estate.settings = settings(estate.ledger.path, "analysis: {enabled: false}\n" + CONFIG)
    assert not estate.watch.statistics().enabled
