"""A budget of downtime ends when the outages of the past say, as surely as they say it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.budget import Past, Running, Span, backtest, ends_of, forecast, past_of
from collector.analysis.forecast import BudgetForecast
from collector.analysis.readings import NotEnough

MONTH = Span(date(2025, 7, 1), date(2025, 7, 31))
TODAY = date(2025, 7, 11)
FIRST = date(2025, 1, 1)


def steady(a_day: float, *, days: int = 191, outages: int = 30) -> Past:
    """So many seconds on each day up to TODAY."""
    return Past(TODAY - timedelta(days=days), np.full(days, a_day), outages)


def spiky(seed: int, chance: float, size: float, days: int = 191) -> Past:
    random = np.random.default_rng(seed)
    hit = random.random(days) < chance
    return Past(
        TODAY - timedelta(days=days), np.where(hit, random.exponential(size, days), 0.0), int(hit.sum())
    )


def running(left: float, budget: float = 2678.4) -> Running:
    return Running("lon-acme", "acme-mpls", "availability", "2025-07", MONTH, TODAY, budget, left)


def told(left: float, past: Past, seed: int = 0) -> BudgetForecast:
    found = forecast(running(left), past, seed=seed)
    assert isinstance(found, BudgetForecast)
    return found


@pytest.mark.parametrize(
    ("left", "likely"),
    [
        (99.0, date(2025, 7, 11)),
        (100.0, date(2025, 7, 12)),
        (950.0, date(2025, 7, 20)),
        (2050.0, date(2025, 7, 31)),
        (2100.0, None),
    ],
)
def test_a_steady_pace_ends_on_the_day_that_division_says(left: float, likely: date | None) -> None:
    """100 s a day: the budget is over once more than all of it is spent."""
    found = told(left, steady(100.0))
    assert (found.likely, found.earliest, found.latest) == (likely, likely, likely)
    assert found.chance == (0.0 if likely is None else 1.0)


def test_a_spent_budget_needs_no_pace_and_has_no_date() -> None:
    found = told(-60.0, steady(0.0, outages=0))
    assert (found.spent, found.left_seconds, found.chance, found.likely) == (True, 0, 1.0, None)


def test_rare_outages_give_a_wide_interval_and_never_a_certainty() -> None:
    found = told(600.0, spiky(1, 0.04, 1_800))
    assert 0.05 < found.chance < 0.95
    assert found.earliest is not None
    assert found.latest is None


@pytest.mark.parametrize(
    ("past", "sentence"),
    [
        (steady(1.0, days=27), "not enough data of downtime of lon-acme, 27 of 28 days"),
        (steady(0.0, outages=2), "not enough data of downtime of lon-acme, 2 of 3 outages"),
    ],
)
def test_too_little_history_is_said_as_such(past: Past, sentence: str) -> None:
    found = forecast(running(600.0), past)
    assert isinstance(found, NotEnough)
    assert str(found) == sentence


def test_the_present_pace_weighs_more_than_last_winters() -> None:
    quiet, bad = np.zeros(95), np.full(96, 100.0)
    later = told(1500.0, Past(FIRST, np.concatenate([bad, quiet]), 96))
    now = told(1500.0, Past(FIRST, np.concatenate([quiet, bad]), 96))
    assert now.chance > later.chance


def test_on_the_last_day_only_that_day_is_left() -> None:
    last = Running("a", "b", "availability", "2025-07", MONTH, MONTH.last, 2678.4, 50.0)
    found = forecast(last, steady(100.0))
    assert isinstance(found, BudgetForecast)
    assert found.likely == MONTH.last


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), left=st.floats(1, 20_000), more=st.floats(0, 10_000))
def test_more_downtime_is_never_later_and_the_interval_holds_the_likely_day(
    seed: int, left: float, more: float
) -> None:
    past = spiky(seed, 0.2, 1_200)
    found, worse = told(left + more, past), told(left, past)
    never = date.max
    assert worse.chance >= found.chance
    for one, other in (
        (worse.earliest, found.earliest),
        (worse.likely, found.likely),
        (worse.latest, found.latest),
    ):
        assert (one or never) <= (other or never)
    assert (found.earliest or never) <= (found.likely or never) <= (found.latest or never)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), factor=st.floats(1, 5))
def test_worse_outages_are_never_later(seed: int, factor: float) -> None:
    past = spiky(seed, 0.2, 1_200)
    worse = Past(past.first, past.seconds * factor, past.outages)
    ends, sooner = (ends_of(one.seconds, 3_000, 20, 200, np.random.default_rng(1)) for one in (past, worse))
    assert (sooner <= ends).all()


def test_the_chance_is_what_really_comes() -> None:
    """Of made months with the same pace as their past so many end as was said."""
    said, came = 0.0, 0
    for seed in range(60):
        whole = spiky(seed, 0.15, 900, 212)
        known = Past(whole.first, whole.seconds[:191], 28)
        said += told(2_700.0, known, seed).chance
        came += bool(whole.seconds[191:].sum() > 2_700.0)
    assert said == pytest.approx(came, abs=9)


def months(first: date, n: int) -> list[Span]:
    found = []
    for _ in range(n):
        after = (first + timedelta(days=32)).replace(day=1)
        found.append(Span(first, after - timedelta(days=1)))
        first = after
    return found


def test_a_backtest_of_a_steady_pace_is_never_off() -> None:
    """200 s a day of a budget of 100 a day: it ends on the day after the half of the month."""
    past = past_of(FIRST, TODAY, ((FIRST + timedelta(days=one), 200.0) for one in range(191)), 191)
    found = backtest(past, months(FIRST, 6), 100.0)
    assert found is not None
    assert (found.error, found.hits, found.brier, found.unit) == (0.0, found.tried, 0.0, "days")
    assert found.tried == 12  # of February to June; after the half of the month it is spent


def test_a_backtest_knows_nothing_of_the_days_that_it_foretells() -> None:
    """Quiet until May, and all of it in June: what nobody could foresee is told as an error."""
    seconds = np.zeros(191)
    seconds[5:150:29] = 10.0
    seconds[172:181] = 5_000.0
    found = backtest(Past(FIRST, seconds, 14), months(FIRST, 6), 100.0)
    assert found is not None
    assert found.brier is not None
    assert found.error > 0
    assert found.at_risk is not None
    assert 0 < found.at_risk < found.tried
    assert found.hits < found.tried
    assert found.brier > 0


def test_a_budget_that_nothing_threatens_says_nothing_of_its_error() -> None:
    """Never at risk and never spent: being right of that would make any error look small."""
    found = backtest(steady(1.0), months(FIRST, 6), 1_000.0)
    assert found is not None
    assert (found.at_risk, found.error, found.brier) == (0, 0.0, 0.0)


def test_without_a_month_before_it_no_period_is_tried() -> None:
    assert backtest(steady(10.0, days=40), [Span(date(2025, 6, 1), date(2025, 6, 30))], 100.0) is None


def test_days_out_of_the_history_are_left_out() -> None:
    found = past_of(
        FIRST,
        date(2025, 1, 4),
        [(date(2024, 12, 31), 9.0), (date(2025, 1, 2), 3.0), (date(2025, 1, 4), 9.0)],
        1,
    )
    assert found.seconds.tolist() == [0.0, 3.0, 0.0]
    assert found.today == date(2025, 1, 4)
