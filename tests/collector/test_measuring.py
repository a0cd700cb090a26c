"""One site being measured, put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.ledger.ledger import Ledger
from collector.measuring import Measuring
from config.load import load
from probes.model import Outcome, Round
from probes.resolve import SystemResolver
from tests.clock import START_WALL_NS, FakeClock
from tests.collector.test_statements import CONFIG

START_MS = START_WALL_NS // 1_000_000
DAY_MS = 86_400_000


@pytest.mark.parametrize(
    "newest_ms",
    [START_MS - 100 * DAY_MS, START_MS + 100 * DAY_MS],  # the second: by a clock that was ahead
)
def test_the_first_slot_comes_soon_whatever_an_earlier_process_left_in_the_ledger(
    tmp_path: Path, clock: FakeClock, newest_ms: int
) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text(CONFIG)
    settings = load(path).settings
    with Ledger.open(tmp_path / "ledger.db", clock=clock, reserve_bytes=0) as ledger:
        first = Measuring(settings, ledger, clock, SystemResolver(clock))
        series, plan = next(iter(first.plans.items()))
        every_ms = plan.key.every_ms
        at_ms = newest_ms // every_ms * every_ms
        ledger.append([Outcome(Round(series, at_ms, every_ms, 1, 1, 1, (1,)))])
    with Ledger.open(tmp_path / "ledger.db", clock=clock, reserve_bytes=0) as ledger:
        assert ledger.newest_ms() == at_ms
        second = Measuring(settings, ledger, clock, SystemResolver(clock))
        longest_ms = max(plan.key.every_ms for plan in second.plans.values())
        slots = [entry.slot_ms for entry in second.runner.schedule.entries().values()]
        assert slots
        assert all(0 <= slot - START_MS <= longest_ms for slot in slots)
