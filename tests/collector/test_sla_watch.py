"""The watch over the running period: what it shows, keeps, and hands to the outputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from structlog.testing import capture_logs

from collector.board import Board
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE, SlaFigures
from collector.sla_watch import SlaWatch
from collector.web.sources import FigureNow
from config.load import load
from config.settings import Settings
from tests.clock import FakeClock
from tests.collector.test_statements import CONFIG, HOUR, JANUARY_MS, MINUTE_MS, fill, keys


@pytest.fixture
def read(tmp_path: Path) -> Settings:
    path = tmp_path / "linkledger.yaml"
    path.write_text(CONFIG)
    return load(path).settings


@pytest.fixture
def ledger(read: Settings) -> Iterator[Ledger]:
    clock = FakeClock()
    clock.step_wall(12 * 3600)
    with Ledger.open(read.ledger.path, clock=clock, commit_every_ms=10, reserve_bytes=0) as opened:
        series = keys(read)
        fill(opened, series[REFERENCE], range(12 * HOUR))
        fill(opened, series["lon-acme"], range(12 * HOUR), range(100, 130))
        fill(opened, series["lon-beta"], range(12 * HOUR))
        assert opened.flush(10)
        yield opened


class Shown:
    """A board that only remembers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = lambda: settings
        self.newest_figures: list[FigureNow] = []


@pytest.mark.slow
async def test_each_sweep_hands_the_figures_of_every_circuit_with_a_contract_to_the_outputs(
    ledger: Ledger, read: Settings
) -> None:
    clock = FakeClock()
    clock.step_wall(12 * 3600)
    board = Shown(read)
    watch = SlaWatch(ledger, clock, cast(Board, board))
    for _ in range(2):
        await watch.sweep()
    assert ledger.flush(10)
    with ledger.reader() as reader:
        sent = [row.derived for row in reader.scan(0, 10_000) if row.derived is not None]
        kept = {row.circuit: row.computed_ms for row in reader.figures()}
    at_ms = JANUARY_MS + 12 * HOUR * MINUTE_MS
    (shown,) = [one for one in board.newest_figures if one.objective == "availability" and one.violated]
    acme = SlaFigures(
        *(at_ms, read.host, "lon", "acme", "lon-acme", "gold", "2026-01"),
        availability_ratio=(12 * HOUR - 30) / (12 * HOUR),
        budget_remaining_seconds=shown.budget_remaining_seconds,
        violations=1,
    )
    assert kept == {"lon-acme": at_ms, "lon-beta": at_ms}
    assert [one.circuit for one in sent if isinstance(one, SlaFigures)] == ["lon-acme", "lon-beta"] * 2
    assert sent[0] == sent[2] == acme


@pytest.mark.slow
async def test_figures_that_the_ledger_refuses_are_not_lost_silently(
    read: Settings, clock: FakeClock
) -> None:
    with Ledger.open(read.ledger.path, clock=clock, commit_every_ms=10, reserve_bytes=0) as ledger:
        watch = SlaWatch(ledger, clock, cast(Board, SimpleNamespace(settings=lambda: read)))
        ledger.close()
        with capture_logs() as logs:
            await watch.sweep()
    assert "sla.figures_not_kept" in [entry["event"] for entry in logs]
