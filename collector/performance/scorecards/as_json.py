"""A scorecard as JSON: for the API, `scorecard --json` and the review packs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from collector.analysis.money import Money
from collector.analysis.scorecard import Card, Figure

Json = dict[str, Any]
PLACES = 9


def card_json(card: Card) -> Json:
    """One card; shares are ratios, lengths seconds, money is text."""
    days = card.days_to_credit
    return {
        "carrier": card.carrier,
        "service": card.service or None,
        "period": card.period,
        "circuits": list(card.all_circuits or card.circuits),
        "compared": list(card.circuits),
        "score": _number(card.score),
        "score_interval": _interval(card.score_low, card.score_high),
        "score_trend": _trend(card.score_trend),
        "rank": card.rank,
        "rank_shared": card.shared,
        "of": card.of,
        "tier": card.tier or None,
        "tier_reason": card.tier_reason,
        "figures": [figure_json(one) for one in card.figures],
        "due": money_json(card.due),
        "claimed": money_json(card.claimed),
        "received": money_json(card.received),
        "days_to_credit": None if days is None else round(float(days), 3),
        "fairness": list(card.fairness),
    }


def figure_json(one: Figure) -> Json:
    """One figure beside its peers'."""
    return {
        "name": one.name,
        "unit": one.unit,
        "value": _number(one.value),
        "interval": _interval(one.low, one.high),
        "peers_median": _number(one.peers),
        "best": _number(one.best),
        "circuits": one.circuits,
        "higher_is_better": one.higher_is_better,
        "points": _number(one.points),
        "weight": one.weight,
        "trend": _trend(one.trend),
    }


def money_json(amounts: Money) -> dict[str, str]:
    """Amounts by currency, as text."""
    return {currency: f"{Decimal(amount):.2f}" for currency, amount in sorted(amounts.items())}


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, PLACES)


def _interval(low: float | None, high: float | None) -> list[float] | None:
    return None if low is None or high is None else [round(low, PLACES), round(high, PLACES)]


def _trend(points: tuple[tuple[str, float | None], ...]) -> list[Json]:
    return [{"quarter": label, "value": _number(value)} for label, value in points]
