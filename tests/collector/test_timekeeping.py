"""When the clocks part."""

from __future__ import annotations

import pytest

from collector.timekeeping import ClockWatch, Step
from probes.clock import Instant
from tests.clock import FakeClock

SECOND = 1_000_000_000


def test_clocks_that_agree_make_no_step(clock: FakeClock) -> None:
    watch = ClockWatch(clock)
    assert watch.look() == (clock.now(), None)


@pytest.mark.parametrize("seconds", [3_600, 0.501, -0.501, -86_400])
def test_a_wall_clock_that_is_set_is_a_step_told_once(clock: FakeClock, seconds: float) -> None:
    watch = ClockWatch(clock)
    clock.step_wall(seconds)
    assert watch.look()[1] == Step(round(seconds * SECOND), "step")
    assert watch.look()[1] is None


def test_small_steps_add_up_to_one(clock: FakeClock) -> None:
    watch = ClockWatch(clock)
    steps = []
    for _ in range(4):
        clock.step_wall(0.2)
        steps.append(watch.look()[1])
    assert steps == [None, None, Step(600_000_000, "step"), None]


def test_a_machine_that_slept_has_been_suspended_and_its_clock_was_not_set(clock: FakeClock) -> None:
    watch = ClockWatch(clock)
    clock.suspend(300)
    assert watch.look()[1] == Step(300 * SECOND, "suspend")
    clock.step_wall(300)
    assert watch.look()[1] == Step(300 * SECOND, "step")


def test_a_reading_that_a_stall_tore_apart_is_taken_again(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = ClockWatch(clock)
    whole = clock.now()
    readings = iter([Instant(whole.wall_ns - 2 * SECOND, whole.mono_ns), whole])
    monkeypatch.setattr(clock, "now", lambda: next(readings))
    assert watch.look() == (whole, None)
