"""What the made-up estate gives to decide on."""

from __future__ import annotations

from collector.clerk import Desk
from collector.demo.estate import NOW_MS
from collector.demo.making import Demo
from collector.performance.advice.recommendations import recommendations
from collector.periods import read_period
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant


def test_the_quarter_that_a_short_demo_has_recommends_something(demo: Demo, settings: Settings) -> None:
    desk = Desk(settings, demo.ledger, Instant(NOW_MS * NS_PER_MS, 0))
    quarter = read_period("2025-Q4", settings.zone, NOW_MS)
    assert recommendations(desk)
    assert recommendations(desk, from_ms=quarter.start_ms, to_ms=NOW_MS)
