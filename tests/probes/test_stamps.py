"""From stamps to a round-trip time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.clock import Instant
from probes.model import Timing
from probes.stamps import STEP_NS, Measured, measure

WALL, MONO = 1_700_000_000_000_000_000, 5_000_000_000
SENT = Instant(WALL, MONO)
READ = SENT.plus(30_000_000)


def at(us: int) -> int:
    """The wall clock so many microseconds after the packet was sent."""
    return WALL + us * 1_000


@pytest.mark.parametrize(
    ("left_ns", "came_ns", "expected"),
    [
        pytest.param(at(10), at(20_010), Measured(200_000, Timing.KERNEL, 0), id="both stamps"),
        pytest.param(at(10), at(10), Measured(0, Timing.KERNEL, 0), id="no time at all"),
        pytest.param(None, at(20_010), Measured(200_100, Timing.MONOTONIC, 0), id="no transmit stamp"),
        pytest.param(at(10), None, Measured(299_900, Timing.MONOTONIC, 0), id="no receive stamp"),
        pytest.param(None, None, Measured(300_000, Timing.MONOTONIC, 0), id="no stamp"),
        pytest.param(at(-1), at(20_010), Measured(200_100, Timing.MONOTONIC, 1), id="left before sent"),
        pytest.param(at(10), at(30_001), Measured(299_900, Timing.MONOTONIC, 1), id="came after it was read"),
        pytest.param(at(20), at(10), Measured(300_000, Timing.MONOTONIC, 2), id="came before it left"),
        pytest.param(at(-9), at(99_999), Measured(300_000, Timing.MONOTONIC, 2), id="neither can be"),
    ],
)
def test_the_rtt_comes_from_the_stamps_that_can_be_true(
    left_ns: int | None, came_ns: int | None, expected: Measured
) -> None:
    assert measure(SENT, left_ns, came_ns, READ) == expected


@pytest.mark.parametrize("step_ns", [-3_600_000_000_000, -STEP_NS - 1, STEP_NS + 1, 86_400_000_000_000])
def test_no_stamp_is_believed_when_the_wall_clock_was_stepped_on_the_way(step_ns: int) -> None:
    read = Instant(READ.wall_ns + step_ns, READ.mono_ns)
    assert measure(SENT, at(10), at(20_010), read) == Measured(300_000, Timing.MONOTONIC, 2)


@settings(max_examples=200, deadline=None)
@given(
    st.none() | st.integers(-(10**10), 10**10),
    st.none() | st.integers(-(10**10), 10**10),
    st.integers(0, 10**10),
    st.integers(-(10**12), 10**12),
)
def test_an_rtt_is_never_negative_nor_longer_than_the_exchange(
    left: int | None, came: int | None, length: int, step: int
) -> None:
    read = Instant(WALL + length + step, MONO + length)
    left_ns = None if left is None else WALL + left
    came_ns = None if came is None else WALL + came
    assert 0 <= measure(SENT, left_ns, came_ns, read).rtt * 100 <= length + STEP_NS + 100


def test_the_unit_is_a_hundred_nanoseconds_rounded_to_the_nearest() -> None:
    assert [measure(SENT, WALL, WALL + ns, READ).rtt for ns in (149, 150, 249)] == [1, 2, 2]
