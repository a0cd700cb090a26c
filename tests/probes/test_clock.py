"""Two clocks in one value."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock, Instant, SystemClock

ns = st.integers(min_value=0, max_value=2**62)


@given(ns, ns, ns, ns)
def test_a_difference_uses_the_monotonic_half_only(wall: int, mono: int, step: int, later: int) -> None:
    assert Instant(wall + step, mono + later) - Instant(wall, mono) == later


@given(ns, ns, ns)
def test_plus_moves_both_halves_and_minus_takes_it_back(wall: int, mono: int, more: int) -> None:
    start = Instant(wall, mono)
    assert start.plus(more) - start == more
    assert start.plus(more).wall_ns - start.wall_ns == more


def test_wall_ms_is_whole_milliseconds_rounded_down() -> None:
    assert Instant(1_999_999, 0).wall_ms == 1


def test_an_instant_has_no_order_because_wall_clocks_step() -> None:
    assert not {"__lt__", "__le__", "__gt__", "__ge__"} & set(vars(Instant))


def test_the_system_clock_never_runs_backwards() -> None:
    clock: Clock = SystemClock()
    earlier = clock.now()
    assert clock.now() - earlier >= 0


async def test_the_system_clock_wakes_at_the_moment_and_not_before() -> None:
    clock = SystemClock()
    due = clock.now().mono_ns + 5 * NS_PER_MS
    await clock.sleep_until(due)
    assert clock.now().mono_ns >= due


async def test_a_moment_that_has_passed_returns_at_once_and_lets_others_run() -> None:
    clock, ran = SystemClock(), asyncio.Event()
    asyncio.get_running_loop().call_soon(ran.set)
    await clock.sleep_until(clock.now().mono_ns - NS_PER_SECOND)
    assert ran.is_set()


async def test_the_event_loop_counts_on_the_same_clock() -> None:
    clock = SystemClock()
    before = clock.now().mono_ns
    loop_ns = asyncio.get_running_loop().time() * NS_PER_SECOND
    assert before - NS_PER_MS <= loop_ns <= clock.now().mono_ns + NS_PER_MS
