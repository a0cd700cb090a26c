"""Before and after: what moved is found, what didn't is called noise, and too little is said to be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest

from collector.analysis.effect import LEAST_DAYS, effect, permuted, rate_effect, split
from collector.analysis.readings import Day

FIRST = date(2026, 3, 2)


def days(values: Iterable[float], first: date = FIRST) -> list[Day]:
    """One known day for each value."""
    return [
        Day("lon-acme", "rtt", first + timedelta(days=n), 288, 288, one, one, one, one)
        for n, one in enumerate(map(float, values))
    ]


def made(n: int, seed: int, *, depends: float = 0.0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Days around 20 ms that are slower at weekends, each a little like the one before."""
    noise = np.random.default_rng(seed).normal(0, 0.001, n)
    for at in range(1, n):
        noise[at] += depends * noise[at - 1]
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = 0.02 + noise + 0.002 * (np.arange(n) % 7 > 4)
    return found


def test_a_level_that_fell_is_better_and_says_so_in_numbers() -> None:
    found = effect(days([0.034] * 28), days([0.022] * 30), metric="rtt", about="lon-acme")
    assert (found.verdict, found.before, found.after) == ("better", 34.0, 22.0)
    assert found.sentence == (
        "RTT of lon-acme: median 34 ms before, 22 ms after (28 and 30 days): better, p 0.029"
    )
    assert effect(days([0.02] * 40), days([0.03] * 40), metric="rtt", about="").verdict == "worse"
    up = effect(days([0.4] * 40), days([0.9] * 40), metric="utilisation", about="a", higher_is_better=True)
    assert (up.verdict, up.before) == ("better", 40.0)


@pytest.mark.parametrize(
    ("before", "after", "depends"), [(14, 14, 0.3), (20, 25, 0.3), (28, 28, 0.5), (56, 56, 0.0)]
)
def test_where_nothing_changed_one_in_twenty_is_told_at_most(before: int, after: int, depends: float) -> None:
    told = 0
    for seed in range(200):
        values = made(before + after, seed, depends=depends)
        found = effect(days(values[:before]), days(values[before:], FIRST + timedelta(days=before)),
                       metric="rtt", about="a", seed=seed)  # fmt: skip
        told += found.verdict != "no more than noise"
    assert told <= 14  # 5% of 200 are 10; 14 is the 90th percentile of chance


def test_what_moved_by_four_times_its_noise_is_found_every_time() -> None:
    for seed in range(40):
        values = made(42, seed)
        values[14:] += 0.004
        found = effect(
            days(values[:14]), days(values[14:], FIRST + timedelta(days=14)), metric="rtt", about="a"
        )
        assert found.verdict == "worse", seed


def test_fewer_than_two_weeks_on_a_side_are_not_enough_and_it_is_said_which() -> None:
    found = effect(days([0.02] * 30), days([0.01] * 9), metric="loss", about="lon-acme")
    assert (found.verdict, found.p) == ("not enough data", None)
    assert found.sentence == f"Loss of lon-acme: not enough data, 9 of {LEAST_DAYS} days after"
    none = effect([], [], metric="rtt", about="a")
    assert (none.before, none.after, none.verdict) == (None, None, "not enough data")


def test_days_that_are_scattered_too_thin_are_not_enough() -> None:
    thin = [one for n, one in enumerate(days([0.02] * 100)) if n % 7 == 0]
    assert effect(thin, thin, metric="rtt", about="a").verdict == "not enough data"


def test_one_value_all_the_time_is_noise() -> None:
    found = effect(days([0.02] * 28), days([0.02] * 28), metric="rtt", about="a")
    assert (found.verdict, found.p) == ("no more than noise", 1.0)


def test_few_ways_are_all_tried_and_many_are_drawn_alike_for_one_seed() -> None:
    assert permuted(np.array([1.0, 2, 3, 4]), np.array([5.0, 6, 7, 8])) == pytest.approx(2 / 70)
    old, new = np.arange(12.0), np.arange(12.0) + 3
    assert permuted(old, new, seed=7) == permuted(old, new, seed=7)
    assert 0 < permuted(old, new + 100, seed=7) <= 0.0002


def test_outages_are_counted_and_split_by_the_days() -> None:
    found = rate_effect(42, 1, days_before=14, days_after=56, about="man-acme")
    assert (found.verdict, found.before, found.after) == ("better", 21.0, 0.125)
    assert found.sentence.startswith(
        "Outages of man-acme: 42 before, 1 after (14 and 56 days): better, p < 0.001"
    )
    assert rate_effect(2, 1, days_before=56, days_after=56, about="a").verdict == "no more than noise"
    assert rate_effect(0, 0, days_before=56, days_after=56, about="a").p == 1.0
    assert rate_effect(9, 0, days_before=56, days_after=5, about="a").verdict == "not enough data"
    assert split(0, 3, Fraction(1, 2)) == pytest.approx(0.25)
