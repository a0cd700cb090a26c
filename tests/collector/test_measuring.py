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


async def test_facts_that_change_with_the_day_are_taken_at_the_sites_midnight(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "linkledger.yaml"
    dated = "carrier: [{value: acme}, {from: 2026-01-02, value: beta}]\n    site: lon\n    contract: gold"
    text = CONFIG.replace("carrier: acme\n    site: lon\n    contract: gold", dated)
    path.write_text(text.replace("Europe/London", "Asia/Kathmandu"))  # 5:45 ahead of UTC
    settings = load(path).settings
    with Ledger.open(tmp_path / "ledger.db", clock=clock, reserve_bytes=0) as ledger:
        measuring = Measuring(settings, ledger, clock, SystemResolver(clock))
        before = set(measuring.plans)
        midnight = 18 * 3_600 + 15 * 60
        await clock.advance(midnight - 1)
        measuring.pulse()
        assert measuring.standing["lon-acme"].carrier == "acme"
        assert set(measuring.plans) == before
        await clock.advance(1)
        measuring.pulse()
        assert measuring.standing["lon-acme"].carrier == "beta"
        [fresh] = set(measuring.plans) - before
        assert (measuring.plans[fresh].key.circuit, measuring.plans[fresh].key.carrier) == (
            "lon-acme",
            "beta",
        )
        assert len(measuring.plans) == len(before), "what doesn't change keeps its series"
        entries = measuring.runner.schedule.entries()
        await clock.advance(DAY_MS / 1_000)
        measuring.pulse()
        assert measuring.runner.schedule.entries() == entries, "a midnight without a change changes nothing"
