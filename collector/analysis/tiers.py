"""Which tier a carrier is in: the first whose rules all hold, and why not the one before. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from collector.analysis.shown_figures import spoken
from config.scorecard import RULED, Tier, bound
from config.terms import Target

Values = Mapping[str, float | None]
_DIGITS = 10**9
"""A float is read to nine places: 0.9995 is 99.95% and not a hair less."""


def tier_of(tiers: Mapping[str, Tier], values: Values) -> tuple[str, str]:
    """The tier (empty: no rule says), and the reason in a sentence; `values` are in the figures' units."""
    missed = ""
    for name, tier in tiers.items():
        broken = list(_broken(tier, values))
        if not broken:
            return name, missed or _kept(name, tier, values)
        missed = missed or f"{name} needs {'; '.join(broken)}"
    return "", missed


def _broken(tier: Tier, values: Values) -> Iterator[str]:
    for figure, rule in tier.where.items():
        value = values.get(figure)
        if value is None:
            yield f"{_named(figure)} {rule}: it isn't known"
        elif not _holds(figure, rule, value):
            yield f"{_named(figure)} {rule}: it is {spoken(value, RULED[figure], exact=True)}"


def _holds(figure: str, rule: Target, value: float) -> bool:
    exact, least = Fraction(round(value * _DIGITS), _DIGITS), bound(figure, rule)
    if exact == least:
        return "=" in rule.operator
    return (exact > least) is rule.wants_more


def _kept(name: str, tier: Tier, values: Values) -> str:
    if not tier.where:
        return f"{name} asks for nothing"
    told = (
        f"{_named(figure)} {rule} ({spoken(values[figure] or 0.0, RULED[figure], exact=True)})"
        for figure, rule in tier.where.items()
    )
    return f"{name}: {', '.join(told)}"


def _named(figure: str) -> str:
    return figure.replace("_", " ")
