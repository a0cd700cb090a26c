"""Where a level became another one, and whether it stayed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.splits import centre, lasting, over, returned, split, spread_of_days

NAN = np.nan


@settings(max_examples=40, deadline=None)
@given(st.integers(5, 90), st.integers(0, 2**32 - 1), st.sampled_from([-6.0, 4.0, 20.0]))
def test_a_split_is_found_within_a_step(at: int, seed: int, size: float) -> None:
    residuals = np.random.default_rng(seed).standard_normal(100) * 0.5
    residuals[at:] += size
    assert abs(split(residuals, np.ones(100), size) - at) <= 1


def test_a_spike_before_it_and_a_gap_at_it_do_not_move_a_split() -> None:
    residuals = np.zeros(60)
    residuals[20] = 500.0
    residuals[30:] = 5.0
    residuals[30:36] = NAN
    assert split(residuals, np.ones(60), 5.0) == 36


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        ([3.0] * 288, True),
        ([3.0] * 200 + [0.0] * 88, False),
        ([3.0] * 230 + [0.0] * 58, False),
        ([0.0] * 60 + [3.0] * 228, True),
        ([3.0] * 72 + [NAN] * 216, False),
        ([3.0] * 40 + [NAN] * 200 + [3.0] * 48, True),
        ([NAN] * 288, False),
    ],
)
def test_a_level_lasts_that_is_there_for_most_of_the_day_and_at_its_end(
    values: list[float], stays: bool
) -> None:
    assert lasting(*over(np.array(values), 1.5, 1)) is stays


@pytest.mark.parametrize(
    ("values", "together", "back"),
    [
        ([3, 3, 0, 0, 0, 0, 0], 1, 2),
        ([3, 0, 3, 3, 0, 0, 3, 0, 0, 0], 1, 4),
        ([3, 3, 3], 1, 3),
        ([3, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0], 3, 1),
        ([3, 3, 3, 3, 0, 0, 0, 0], 3, 4),
        ([3], 3, 1),
        ([3, 3, 3, 3], 3, 4),
    ],
)
def test_it_is_over_when_most_points_are_back(values: list[float], together: int, back: int) -> None:
    assert returned(np.array(values, float), 1.5, together) == back


def test_the_centre_of_counts_is_their_mean_and_of_nothing_nothing() -> None:
    values = np.array([0, 0, 0, 4.0, NAN])
    assert (centre(values, counts=True), centre(values, counts=False)) == (1.0, 0.0)
    assert np.isnan(centre(values[4:], counts=True))


def test_days_differ_by_the_spread_of_their_levels() -> None:
    levels = np.random.default_rng(3).standard_normal(28)
    days = np.repeat(levels, 288).reshape(28, 288)
    assert spread_of_days(days, counts=False) == pytest.approx(1.0, rel=0.4)
    assert spread_of_days(days[:6], counts=False) == 0
