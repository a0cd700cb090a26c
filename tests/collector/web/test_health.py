"""Healthy and ready."""

from __future__ import annotations

from collector.web.health import Health
from tests.clock import FakeClock


async def test_a_part_that_no_longer_beats_is_named_with_how_long(clock: FakeClock) -> None:
    health = Health(clock, {"scheduler": 5_000, "ledger writer": 60_000})
    await clock.advance(5)
    assert health.silent() == ()
    await clock.advance(2)
    assert health.silent() == ("scheduler: no answer for 7 s",)
    health.beat("scheduler")
    assert health.silent() == ()


async def test_a_wall_clock_that_steps_silences_nobody(clock: FakeClock) -> None:
    health = Health(clock, {"scheduler": 5_000})
    clock.step_wall(3600)
    assert health.silent() == ()


async def test_ready_says_every_trouble_until_it_ends(clock: FakeClock) -> None:
    health = Health(clock, {"scheduler": 5_000})
    health.trouble("ledger", "no space\nleft on device")
    health.trouble("clock", "not synchronised")
    assert health.reasons() == ("ledger: no space left on device", "clock: not synchronised")
    health.trouble("ledger", "")
    health.trouble("ledger", "")
    await clock.advance(6)
    assert health.reasons() == ("scheduler: no answer for 6 s", "clock: not synchronised")


def test_a_trouble_is_no_reason_for_a_restart(clock: FakeClock) -> None:
    health = Health(clock, {"scheduler": 5_000})
    health.trouble("ledger", "no space left on device")
    assert health.silent() == ()
