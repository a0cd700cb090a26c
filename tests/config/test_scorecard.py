"""Weights and tiers of the scorecards."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from config.scorecard import RULED, Tier, bound, misfit, unreachable
from config.terms import Target
from tests.config.estate import GOOD, load_text_at

SECTION = """\
scorecard:
  weights: {availability: 3, jitter: 0}
  tiers:
    gold: {where: {availability: '>= 99.95%', mttr: '<= 4h', score: '>= 80'}, means: preferred}
    silver: {where: {availability: '>= 99.9%'}}
    watch: {where: {}}
"""


def test_a_good_section_is_read_in_its_order(tmp_path: Path) -> None:
    found = load_text_at(tmp_path, GOOD + SECTION).settings.scorecard
    assert found.weights == {"availability": 3, "jitter": 0}
    assert list(found.tiers) == ["gold", "silver", "watch"]
    assert found.tiers["gold"].means == "preferred"


@pytest.mark.parametrize(
    ("figure", "rule", "value"),
    [
        ("availability", ">= 99.95%", Fraction(9995, 10000)),
        ("mttr", "<= 4h", 4 * 3600),
        ("jitter", "<= 3ms", Fraction(3, 1000)),
        ("days_to_credit", "<= 60d", 60),
        ("rtt_distance", "<= 1.8", Fraction(9, 5)),
        ("score", ">= 80", 80),
    ],
)
def test_a_bound_is_in_the_figures_own_unit(figure: str, rule: str, value: Fraction) -> None:
    target = Target.parse(rule)
    assert misfit(figure, target) == ""
    assert bound(figure, target) == value


@pytest.mark.parametrize("figure", RULED)
def test_no_figure_takes_business_days(figure: str) -> None:
    assert misfit(figure, Target.parse("<= 3bd"))


@pytest.mark.parametrize(
    ("first", "second", "within_reach"),
    [
        ({"loss": "<= 0.1%"}, {"loss": "<= 0.2%"}, True),
        ({"loss": "<= 0.1%"}, {"loss": "<= 0.1%"}, False),
        ({"loss": "<= 0.1%"}, {"loss": "< 0.1%"}, False),
        ({"loss": "< 0.1%"}, {"loss": "<= 0.1%"}, True),
        ({"loss": "<= 0.1%"}, {"loss": ">= 0.1%"}, True),
        ({"mttr": "<= 240m"}, {"mttr": "<= 4h"}, False),
        ({"mttr": "<= 4h"}, {"loss": "<= 1%"}, True),
        ({}, {"loss": "<= 1%"}, False),
    ],
)
def test_a_tier_is_out_of_reach_where_an_earlier_one_takes_all_who_keep_its_rules(
    first: dict[str, str], second: dict[str, str], within_reach: bool
) -> None:
    tiers = {"first": Tier(where=first), "second": Tier(where=second)}
    assert list(unreachable(tiers)) == ([] if within_reach else [("second", "first")])
