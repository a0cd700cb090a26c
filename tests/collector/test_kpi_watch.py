"""Key figures for /metrics: where they can't be had there are none, rather than old ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector import kpi_watch
from collector.apart import WorkFailedError
from collector.kpi_watch import KpiWatch
from collector.web.sources import KpiValueNow
from tests.clock import FakeClock
from tests.collector.performance.kpis.measured_kpis import desk

GOOD = KpiValueNow("rtt", "lon", "", "", 0.02, "good")


async def test_what_cannot_be_read_is_told_once_and_leaves_no_old_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[object] = [(GOOD,), WorkFailedError("no"), WorkFailedError("no"), WorkFailedError("odd")]
    told: list[str] = []

    async def tried(*_: object) -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(kpi_watch, "tried", tried)
    monkeypatch.setattr(kpi_watch.log, "warning", lambda event, **_: told.append(event))
    settings = desk(tmp_path / "l.db").settings
    watch = KpiWatch(tmp_path / "l.db", FakeClock(), lambda: settings)
    await watch.look()
    assert watch.values() == (GOOD,)
    await watch.look()
    assert watch.values() == ()
    await watch.look()
    assert told == ["kpis.not_rated"]
    await watch.look()  # whatever is wrong with a key figure: the daemon measures on
    assert told == ["kpis.not_rated"] * 2


async def test_without_key_figures_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(kpi_watch, "tried")
    settings = desk(tmp_path / "l.db", "").settings
    watch = KpiWatch(tmp_path / "l.db", FakeClock(), lambda: settings)
    await watch.look()
    assert watch.values() == ()
