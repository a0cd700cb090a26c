"""A trend is told with its uncertainty, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.forecast import Crossing
from collector.analysis.readings import Day, NotEnough
from collector.analysis.trend import backtest, crossing, fit, known_days, trend, values_of

FIRST = date(2025, 1, 1)
WEEKEND = np.array([0, 0, 0, 0, 0, -0.15, -0.2])


def made(
    seed: int, n: int = 140, slope: float = 0.001, *, base: float = 0.4, noise: float = 0.02
) -> list[Day]:
    """Days of a line that fills up: a trend, a quiet weekend, noise that lasts from day to day."""
    random = np.random.default_rng(seed)
    rest = np.zeros(n)
    for place in range(1, n):
        rest[place] = 0.3 * rest[place - 1] + random.normal(0, noise)
    dates = [FIRST + timedelta(days=place) for place in range(n)]
    values = base + slope * np.arange(n) + rest + WEEKEND[[one.weekday() for one in dates]]
    return days_of(dates, values.tolist())


def days_of(dates: Sequence[date], values: Sequence[float], metric: str = "utilisation") -> list[Day]:
    return [
        Day("lon-acme", metric, at, 288, 288, value, value, value, value)
        for at, value in zip(dates, values, strict=True)
    ]


def asked(days: Sequence[Day], threshold: float = 0.8) -> Crossing:
    found = crossing(days, threshold, "commit", days[-1].day + timedelta(days=1))
    assert isinstance(found, Crossing)
    return found


@pytest.mark.slow
def test_the_day_of_crossing_lies_within_the_interval_of_nine_in_ten_made_series() -> None:
    """Truth: 0.4 + 0.001 a day reaches 0.6 on the 200th day."""
    truth, hits = FIRST + timedelta(days=200), 0
    for seed in range(200):
        found = asked(made(seed), 0.6)
        assert found.earliest is not None
        hits += found.earliest <= truth and (found.latest is None or truth <= found.latest)
    assert hits >= 180


def test_a_flat_series_has_no_date_in_nineteen_of_twenty() -> None:
    found = [asked(made(seed, 84, 0.0)) for seed in range(60)]
    assert sum(one.growing for one in found) <= 5
    assert all(one.likely is one.earliest is one.latest is None for one in found if not one.growing)


def test_what_shrinks_never_reaches_anything() -> None:
    found = asked(made(1, slope=-0.001, base=0.7))
    assert (found.growing, found.likely, found.a_month < 0) == (False, None, True)


def test_what_is_there_already_is_said_so_without_a_date() -> None:
    found = asked(made(1, base=0.9))
    assert (found.reached, found.likely, found.earliest) == (True, None, None)


def test_beyond_two_years_there_is_no_date() -> None:
    found = asked(made(1, slope=0.0005), 1.0)
    assert found.growing
    assert found.likely is None
    assert found.latest is None


def test_no_date_is_today_or_earlier() -> None:
    days = made(3)
    today = days[-1].day + timedelta(days=40)
    found = crossing(days, 0.575, "commit", today)
    assert isinstance(found, Crossing)
    assert found.reached or (found.earliest is not None and found.earliest > today)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ([], "not enough data, 0 of 28 days"),
        (made(1, 27), "not enough data of utilisation of lon-acme, 27 of 28 days"),
        (
            [replace(one, known=71) for one in made(1, 60)],
            "not enough data of utilisation of lon-acme, 0 of 28 days",
        ),
    ],
)
def test_too_few_days_are_said_as_such(days: Sequence[Day], sentence: str) -> None:
    found = crossing(days, 0.8, "commit", date(2025, 6, 1))
    assert isinstance(found, NotEnough)
    assert str(found) == sentence


def test_a_series_of_one_value_has_no_trend() -> None:
    dates = [FIRST + timedelta(days=one) for one in range(60)]
    found = asked(days_of(dates, [0.5] * 60))
    assert (found.growing, found.a_month, found.level) == (False, 0.0, 0.5)


def test_a_gap_of_a_month_leaves_the_line_as_it_was() -> None:
    days = made(5)
    whole, torn = trend(days), trend(days[:60] + days[90:])
    assert not isinstance(whole, NotEnough)
    assert not isinstance(torn, NotEnough)
    assert torn.slope == pytest.approx(whole.slope, rel=0.2)


def test_a_week_of_outliers_hardly_moves_the_line() -> None:
    days = made(6)
    wild = [replace(one, p95=5.0) if 50 <= place < 57 else one for place, one in enumerate(days)]
    found, before = trend(wild), trend(days)
    assert not isinstance(found, NotEnough)
    assert not isinstance(before, NotEnough)
    assert found.slope == pytest.approx(before.slope, rel=0.2)


def test_utilisation_goes_by_the_busy_hours_and_round_trips_by_the_mean() -> None:
    day = Day("lon-acme", "utilisation", FIRST, 288, 288, median=0.1, mean=0.2, p95=0.7, highest=0.9)
    assert values_of([day]).tolist() == [0.7]
    assert values_of([replace(day, metric="rtt")]).tolist() == [0.2]


def test_more_days_than_all_pairs_are_looked_at_of_give_the_same_line() -> None:
    found = trend(made(7, 500, 0.0005))
    assert not isinstance(found, NotEnough)
    assert found.slope == pytest.approx(0.0005, rel=0.1)


def test_the_same_series_has_the_same_forecast_each_time() -> None:
    assert asked(made(8)) == asked(made(8))


@settings(max_examples=20)
@given(shift=st.floats(-10, 10), seed=st.integers(0, 50))
def test_a_constant_shifts_nothing_in_the_slope(shift: float, seed: int) -> None:
    days = made(seed, 60)
    dates, values = [one.day for one in days], values_of(days)
    found, moved = fit(dates, values), fit(dates, values + shift)
    assert not isinstance(found, NotEnough)
    assert not isinstance(moved, NotEnough)
    assert moved.slope == pytest.approx(found.slope, abs=1e-9)
    assert moved.level == pytest.approx(found.level + shift, abs=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 500), slope=st.floats(0.0002, 0.003), threshold=st.floats(0.7, 1.0))
def test_the_likely_day_lies_in_the_interval_and_a_higher_level_is_never_sooner(
    seed: int, slope: float, threshold: float
) -> None:
    days = made(seed, 90, slope)
    low, high = asked(days, threshold), asked(days, threshold + 0.1)
    if low.likely is not None:
        assert low.earliest is not None
        assert low.earliest <= low.likely
        assert low.latest is None or low.likely <= low.latest
        assert high.likely is None or high.likely >= low.likely


def test_a_backtest_stands_in_the_past_and_sees_nothing_of_what_came() -> None:
    """A line that bends up afterwards: the forecast of before is off by what it couldn't know."""
    days = made(9, 200, 0.0, noise=0.001)
    jumped = [replace(one, p95=one.p95 + 0.3) if place >= 190 else one for place, one in enumerate(days)]
    calm, bent = backtest(days, unit="ratio"), backtest(jumped, unit="ratio")
    assert calm is not None
    assert bent is not None
    assert (calm.tried, calm.horizon_days, calm.unit) == (10, 60, "ratio")
    assert calm.error < 0.005 < bent.error
    assert calm.hits >= bent.hits


def tried(lines: Sequence[Sequence[Day]]) -> float:
    """How often what came lay inside the interval, over some lines."""
    found = [one for days in lines if (one := backtest(days, unit="ratio")) is not None]
    return sum(one.hits for one in found) / sum(one.tried for one in found)


def test_what_came_lies_inside_the_interval_about_as_often_as_it_says() -> None:
    assert tried([made(seed, 200) for seed in range(10)]) >= 0.9


def test_a_level_that_wanders_has_a_wider_interval_and_growth_is_told_seldom() -> None:
    """A walk of 0.4 points a day and no growth at all: most windows of it look like a trend."""
    walks = []
    for seed in range(10):
        steps = np.random.default_rng(seed).normal(0, 0.004, 260).cumsum()
        calm = made(seed, 260, 0.0)
        walks.append([replace(day, p95=day.p95 + float(by)) for day, by in zip(calm, steps, strict=True)])
    assert tried(walks) >= 0.7
    assert sum(asked(days, 5.0).growing for days in walks) <= 3


@pytest.mark.parametrize(("n", "horizon"), [(58, None), (70, 30), (125, 60)])
def test_a_backtest_looks_as_far_ahead_as_there_is_history(n: int, horizon: int | None) -> None:
    found = backtest(made(2, n), unit="ratio")
    assert (found.horizon_days if found else None) == horizon


def test_days_that_are_hardly_known_are_left_out() -> None:
    days = made(1, 30)
    assert len(known_days([*days[:10], replace(days[10], known=71), replace(days[11], known=72)])) == 11
