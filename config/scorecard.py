"""How carriers are rated: what each figure counts, and which tier they are in, by rules that all can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from config.fields import Slug
from config.model import Model
from config.terms import Promise, Target
from probes.values import Duration

FIGURES: Mapping[str, str] = {
    "availability": "ratio",
    "outages": "a month",
    "repeats": "a month",
    "mttr": "seconds",
    "rtt_distance": "times",
    "rtt_baseline": "times",
    "loss": "ratio",
    "jitter": "seconds",
    "breaches": "ratio",
    "notice": "ratio",
    "days_to_credit": "days",
}
"""The figures of a scorecard and their units; what each is stands in collector/analysis/figures.py."""
RULED: Mapping[str, str] = {**FIGURES, "score": "points"}
"""What a tier's rule may be about."""
_UNITS = {"ratio": {"%"}, "seconds": {"us", "ms", "s", "m", "h", "d"}, "days": {"d"}}
_WRITTEN = {"ratio": "in %", "seconds": "a time such as 4h or 3ms", "days": "in days such as 60d"}
_DIVISORS = {"ratio": 100, "seconds": 1000, "days": Duration.parse("1d").ms}


class Tier(Model):
    """A carrier is in it where every rule holds; a figure that isn't known holds no rule."""

    where: Mapping[str, Promise] = Field(
        description="figures of the scorecard and what they must be: {availability: '>= 99.95%'}; "
        "empty: everybody"
    )
    means: str = Field("", description="what it means for the carrier, in a sentence")


class ScorecardSettings(Model):
    """Weights and tiers of the carriers' scorecards."""

    weights: Mapping[str, Annotated[int, Field(ge=0, le=100)]] = Field(
        {},
        description="how much each figure counts in the score; one that is left out counts 1, 0 takes it out",
    )
    tiers: Mapping[Slug, Tier] = Field(
        {}, description="tiers by name, the best first: a carrier is in the first whose rules it keeps"
    )


def misfit(figure: str, rule: Target) -> str:
    """What is wrong with the unit of a rule, as a sentence; empty where it fits its figure."""
    unit = RULED[figure]
    if rule.unit in _UNITS.get(unit, {""}):
        return ""
    return f"{rule}: {figure} is {_WRITTEN.get(unit, 'a plain number')}"


def bound(figure: str, rule: Target) -> Fraction:
    """A rule's value in the figure's own unit: 99.95% of a ratio is 0.9995."""
    return rule.value / _DIVISORS.get(RULED[figure], 1)


def unreachable(tiers: Mapping[str, Tier]) -> Iterator[tuple[str, str]]:
    """Each tier that nobody can be in, and the earlier one that takes all who keep its rules."""
    earlier: dict[str, Tier] = {}
    for name, tier in tiers.items():
        if taker := next((other for other, one in earlier.items() if _implies(tier, one)), None):
            yield name, taker
        earlier[name] = tier


def _implies(tier: Tier, other: Tier) -> bool:
    """Whether who keeps the rules of `tier` keeps those of `other` too."""
    return all(
        name in tier.where and _stricter(tier.where[name], rule, name) for name, rule in other.where.items()
    )


def _stricter(one: Target, other: Target, figure: str) -> bool:
    """Whether all that keeps `one` keeps `other`."""
    if one.wants_more is not other.wants_more:
        return False
    mine, theirs = bound(figure, one), bound(figure, other)
    if mine == theirs:
        return "=" in other.operator or "=" not in one.operator
    return (mine > theirs) is one.wants_more
