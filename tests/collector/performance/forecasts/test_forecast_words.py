"""Forecasts as people read them: the date with its range, the error beside it, and no made-up certainty."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from collector.analysis.credits_ahead import NO_MORE, OF_A_MEAN, Ahead
from collector.analysis.forecast import Backtest, BudgetForecast, Crossing, TierAhead
from collector.analysis.readings import NotEnough
from collector.performance.forecasts.as_json import as_json, of_json
from collector.performance.forecasts.words import length, owed, said_of, sentence, tier

TRIED = Backtest(33, 31, 2.14, "days", 30, 0.1, 12)
BUDGET = BudgetForecast(
    circuit="lon-acme",
    contract="gold",
    objective="availability",
    period="2026-11",
    budget_seconds=2592,
    left_seconds=1200,
    chance=0.63,
    likely=date(2026, 11, 24),
    earliest=date(2026, 11, 21),
    latest=None,
    tiers=(TierAhead(1201, Fraction(475, 8), "EUR", "below 99.95%"),),
    backtest=TRIED,
    today=date(2026, 11, 12),
)
LINE = Crossing(
    circuit="lon-acme",
    metric="utilisation",
    threshold=0.4,
    threshold_name="commit",
    level=0.312,
    a_month=0.021,
    likely=date(2027, 3, 14),
    earliest=date(2027, 2, 1),
    latest=date(2027, 5, 2),
    days=180,
    backtest=Backtest(10, 60, 0.012, "ratio", 9),
)
RTT = replace(LINE, metric="rtt", threshold=0.045, threshold_name="contract", level=0.0412, a_month=0.0004)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (BUDGET, "20 min of 43 min left; budget ends 24 Nov (between 21 Nov and never), chance 63%"),
        (
            replace(BUDGET, left_seconds=2592, likely=None, chance=0.2),
            "all of 43 min left; most likely it lasts, but it may end from 21 Nov on, chance 20%",
        ),
        (
            replace(BUDGET, likely=None, earliest=None, chance=0.004),
            "20 min of 43 min left; at this pace it lasts the period (chance that it ends before: under 1%)",
        ),
        (replace(BUDGET, left_seconds=0, chance=1.0), "the period's budget of 43 min is spent"),
        (
            replace(BUDGET, latest=date(2026, 11, 28), chance=0.998),
            "20 min of 43 min left; budget ends 24 Nov (between 21 Nov and 28 Nov), chance over 99%",
        ),
        (
            LINE,
            "utilisation is at 31% and grows by 2.1 points a month: it reaches the commit (40%) on "
            "14 Mar 2027 (between 1 Feb 2027 and 2 May 2027)",
        ),
        (
            replace(LINE, threshold=1.0, threshold_name="line rate", likely=None, latest=None),
            "utilisation is at 31% and grows by 2.1 points a month: it reaches the line rate in more than "
            "two years (between 1 Feb 2027 and more than two years from now)",
        ),
        (
            replace(LINE, likely=None, earliest=None, latest=None),
            "utilisation is at 31% and grows by 2.1 points a month: the commit (40%) is more than two years "
            "away",
        ),
        (
            replace(LINE, growing=False),
            "utilisation is at 31%: no date for the commit (40%), it isn't growing beyond noise",
        ),
        (replace(LINE, reached=True, level=0.43), "utilisation is at 43%: it has reached the commit (40%)"),
        (
            RTT,
            "RTT is at 41.2 ms and grows by 0.4 ms a month: it reaches the contract's 45 ms on 14 Mar 2027 "
            "(between 1 Feb 2027 and 2 May 2027)",
        ),
        (
            NotEnough(1, 3, "outages", "downtime of lon-acme"),
            "only 1 outage counted of late: too few to tell a pace (it takes 3)",
        ),
        (NotEnough(12, 28, about="rtt of lon-acme"), "not enough data, 12 of 28 days"),
    ],
)
def test_a_forecast_is_one_sentence(one: Crossing | BudgetForecast | NotEnough, said: str) -> None:
    assert sentence(one) == said


@pytest.mark.parametrize(
    ("tried", "metric", "said"),
    [
        (
            TRIED,
            "",
            "tried 33 times on past periods, 12 of them at risk: off by 2.1 days on average there, 30 of 33 "
            "inside its range, Brier score 0.10 (0 is best, 0.25 a coin)",
        ),
        (
            replace(TRIED, error=0.0, hits=33, brier=0.0, at_risk=0),
            "",
            "tried 33 times on past periods, never at risk, 33 of 33 inside its range, Brier score 0.00 "
            "(0 is best, 0.25 a coin)",
        ),
        (
            LINE.backtest,
            "utilisation",
            "tried 10 times on the past, 60 days ahead: off by 1.2 points on average, 9 of 10 inside its "
            "range",
        ),
        (
            Backtest(1, 30, 2e-6, "seconds", 1),
            "rtt",
            "tried 1 time on the past, 30 days ahead: off by less than 0.01 ms on average, 1 of 1 inside its "
            "range",
        ),
        (None, "rtt", "not tried on the past yet: too little of it"),
    ],
)
def test_its_error_stands_beside_it(tried: Backtest | None, metric: str, said: str) -> None:
    assert said_of(tried, metric) == said


def test_a_tier_is_told_with_its_money_and_no_sooner_than_it_comes() -> None:
    assert tier(BUDGET.tiers[0]) == "21 min more: 59.38 EUR (below 99.95%)"


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Ahead(Fraction(0), "EUR"), "nothing owed so far"),
        (Ahead(Fraction(100), "EUR", note=NO_MORE), f"100.00 EUR owed so far; {NO_MORE}"),
        (Ahead(None, "EUR", note=OF_A_MEAN), OF_A_MEAN),
    ],
)
def test_what_is_owed_so_far_stands_before_it(one: Ahead, said: str) -> None:
    assert owed(one) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(45, "45 s"), (599, "9 min 59 s"), (1339, "22 min"), (13392, "3 h 43 min"), (187_200, "2 d 4 h")],
)
def test_a_length_is_no_finer_than_anybody_plans_by(seconds: int, said: str) -> None:
    assert length(seconds) == said


@pytest.mark.parametrize(
    "one", [LINE, replace(RTT, likely=None, backtest=None), NotEnough(3, 28, "days", "rtt of a")]
)
def test_what_a_night_keeps_is_read_again_as_it_was(one: Crossing | NotEnough) -> None:
    assert of_json(json.loads(json.dumps(as_json(one)))) == one


def test_a_budget_as_json_has_money_as_text_and_dates_that_are_none_as_null() -> None:
    told = as_json(BUDGET)
    assert told["tiers"] == [
        {"more_seconds": 1201, "amount": "59.38", "currency": "EUR", "reason": "below 99.95%"}
    ]
    assert (told["kind"], told["likely"], told["latest"], told["spent"]) == (
        "budget",
        "2026-11-24",
        None,
        False,
    )
    json.dumps(told, allow_nan=False)
