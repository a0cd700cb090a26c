"""Tiers by rules, with a reason that people can check."""

from __future__ import annotations

import pytest

from collector.analysis.tiers import tier_of
from config.scorecard import Tier

TIERS = {
    "gold": Tier(where={"availability": ">= 99.95%", "mttr": "<= 4h"}),
    "silver": Tier(where={"availability": ">= 99.9%"}),
    "watch": Tier(where={}),
}
HOUR = 3600.0


@pytest.mark.parametrize(
    ("values", "tier", "reason"),
    [
        (
            {"availability": 0.9995, "mttr": 4 * HOUR},
            "gold",
            "gold: availability >= 99.95% (99.95%), mttr <= 4h (4 h)",
        ),
        ({"availability": 0.9991, "mttr": 1.0}, "silver", "gold needs availability >= 99.95%: it is 99.91%"),
        (
            {"availability": 0.99949999, "mttr": 1.0},
            "silver",
            "gold needs availability >= 99.95%: it is 99.9499%",
        ),
        ({"availability": 0.9999, "mttr": None}, "silver", "gold needs mttr <= 4h: it isn't known"),
        (
            {"availability": 0.98, "mttr": 9 * HOUR},
            "watch",
            "gold needs availability >= 99.95%: it is 98%; mttr <= 4h: it is 9 h",
        ),
    ],
)  # fmt: skip
def test_a_carrier_is_in_the_first_tier_whose_rules_all_hold(
    values: dict[str, float | None], tier: str, reason: str
) -> None:
    assert tier_of(TIERS, values) == (tier, reason)


def test_without_a_tier_that_fits_there_is_none() -> None:
    only = {"gold": TIERS["gold"]}
    assert tier_of(only, {"availability": 0.5})[0] == ""
    assert tier_of({}, {}) == ("", "")


def test_a_tier_that_asks_for_nothing_is_said_to() -> None:
    assert tier_of({"all": Tier(where={})}, {}) == ("all", "all asks for nothing")


@pytest.mark.parametrize(
    ("rule", "holds"), [("> 80", False), (">= 80", True), ("<= 80", True), ("< 80", False)]
)
def test_a_bound_counts_only_where_the_rule_says_equal(rule: str, holds: bool) -> None:
    tiers = {"one": Tier(where={"score": rule})}
    assert bool(tier_of(tiers, {"score": 80.0})[0]) is holds
