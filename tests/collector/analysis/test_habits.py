"""What a line does again and again is no news; what goes beyond it is."""

from __future__ import annotations

import numpy as np

from collector.analysis.alarms import USUAL, crowding
from collector.analysis.habits import Habits
from collector.analysis.readings import BINS_A_DAY, Floats

NONE = np.zeros(BINS_A_DAY), np.zeros(BINS_A_DAY)


def day(peak: float = 0.0, level: float = 0.0) -> Floats:
    """Figures of a day that lie at a level, and at a peak for an hour."""
    scores = np.full(BINS_A_DAY, level)
    scores[100:112] = peak
    return scores


def learnt(*days: Floats, judged: bool = True) -> Habits:
    habits = Habits()
    for one in days:
        habits.learn(one, NONE, judged=judged)
    return habits


def test_what_four_of_five_points_reached_is_the_second_smallest() -> None:
    scores = np.array([9, 8, 7, 6, 5, np.nan, 4])
    assert crowding(scores, 1).tolist() == [-np.inf, -np.inf, -np.inf, 6, 6, 5, 4]
    assert crowding(-scores, -1).tolist() == crowding(scores, 1).tolist()


def test_a_peak_on_three_days_is_a_habit_and_on_two_it_is_not() -> None:
    assert learnt(day(10), day(), day(12)).bounds(counts=False) == USUAL
    assert learnt(day(10), day(), day(12), day(20)).bounds(counts=False).far == (15.0, 5.0)
    assert learnt(*[day(-10)] * 3).bounds(counts=False).far == (5.0, 15.0)


def test_small_peaks_leave_the_bounds_where_they_are() -> None:
    assert learnt(*[day(3)] * 28).bounds(counts=False) == USUAL


def test_a_habit_is_forgotten_after_four_weeks() -> None:
    assert learnt(*[day(10)] * 28, *[day()] * 26).bounds(counts=False) == USUAL


def test_days_off_that_nobody_judged_are_another_level_and_no_habit() -> None:
    moved = [day(9, level=9)] * 5
    assert learnt(*moved, judged=False).bounds(counts=False) == USUAL
    assert learnt(*moved).bounds(counts=False).far[0] == 13.5


def test_only_of_counts_cusum_has_a_habit() -> None:
    habits = Habits()
    for _ in range(3):
        habits.learn(day(), (np.where(day(1) > 0, 4.0, -1.0), NONE[1]))
    assert habits.bounds(counts=True).limit == (72.0, 15.0)
    assert habits.bounds(counts=False) == USUAL
