"""How a time is cut into points."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.curves.grid import DAY_MS, FEWEST, MOST, grid

HOUR_MS = 3_600_000
BEGIN_MS = 1_767_225_600_000


@pytest.mark.parametrize(
    ("span_ms", "points", "least_ms", "step_ms"),
    [
        (HOUR_MS, 800, 1_000, 5_000),
        (HOUR_MS, 800, 10_000, 10_000),
        (HOUR_MS, 50, 1_000, 120_000),
        (DAY_MS, 800, 10_000, 120_000),
        (2 * DAY_MS, 800, 60_000, 300_000),
        (7 * DAY_MS, 800, 300_000, 900_000),
        (30 * DAY_MS, 800, 300_000, HOUR_MS),
        (730 * DAY_MS, 800, 300_000, DAY_MS),
        (730 * DAY_MS, 100, 300_000, 8 * DAY_MS),
        (HOUR_MS, 800, 90_000, 120_000),
    ],
)
def test_steps_are_the_finest_round_ones(span_ms: int, points: int, least_ms: int, step_ms: int) -> None:
    assert grid(BEGIN_MS, BEGIN_MS + span_ms, points, least_ms).step_ms == step_ms


@settings(max_examples=200)
@given(
    st.integers(0, 2**42),
    st.integers(1, 3_000 * DAY_MS),
    st.integers(FEWEST, MOST),
    st.sampled_from([1_000, 7_000, 60_000, 300_000, 90 * 60_000, 3 * DAY_MS]),
)
def test_points_cover_the_time_and_are_as_many_as_asked_for_at_most(
    from_ms: int, span_ms: int, points: int, least_ms: int
) -> None:
    cut = grid(from_ms, from_ms + span_ms, points, least_ms)
    assert cut.start_ms % cut.step_ms == 0
    assert cut.start_ms <= from_ms < cut.start_ms + cut.step_ms
    assert cut.at_ms[-1] < from_ms + span_ms <= cut.at_ms[-1] + cut.step_ms
    assert 1 <= cut.n <= points
    assert cut.step_ms >= least_ms


@pytest.mark.parametrize(
    ("span_ms", "points", "said"),
    [
        (0, 800, "later than"),
        (-5, 800, "later than"),
        (HOUR_MS, 49, "49 points"),
        (HOUR_MS, 2_001, "50 to 2000"),
    ],
)
def test_nonsense_is_refused(span_ms: int, points: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        grid(BEGIN_MS, BEGIN_MS + span_ms, points, 1_000)


def test_a_moment_is_one_point() -> None:
    cut = grid(BEGIN_MS + 1, BEGIN_MS + 2, 800, 60_000)
    assert (cut.n, cut.start_ms, cut.step_ms) == (1, BEGIN_MS, 60_000)
