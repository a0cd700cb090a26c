"""All forecasts of some circuits as one JSON object: the API's answer, and what `forecast --json` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from collector.analysis.credits_ahead import Ahead
from collector.analysis.forecast import BudgetForecast, Crossing
from collector.analysis.readings import NotEnough
from collector.clerk import Desk
from collector.performance.forecasts.as_json import as_json, tier_json
from collector.performance.forecasts.forecasts import AT_RISK, MOST_TIERS, budgets, crossings, tiers_ahead
from collector.performance.forecasts.words import more, said_of, sentence
from collector.sla.calendar import rfc3339
from collector.sla.statement import money

Json = dict[str, Any]


def document(desk: Desk, circuits: Sequence[str] | None = None) -> Json:
    """`{"at", "budgets", "crossings", "credits_ahead"}`; raises LedgerError.

    Credits ahead are told of circuits that are named, of a few at most, else of those most at risk.
    """
    found = budgets(desk, circuits)
    ahead = {name: told for name in _asked(found, circuits) if (told := _ahead(desk, name)) is not None}
    return {
        "at": rfc3339(desk.now.wall_ms),
        "budgets": [told_of(one) for one in found],
        "crossings": [told_of(one) for one in crossings(desk, circuits)],
        "credits_ahead": [_ahead_json(name, one) for name, one in ahead.items()],
    }


def told_of(one: Crossing | BudgetForecast | NotEnough) -> Json:
    """One as JSON, with its sentence and how the same forecast did before."""
    told = {**as_json(one), "sentence": sentence(one)}
    if isinstance(one, NotEnough):
        return told
    metric = one.metric if isinstance(one, Crossing) else ""
    return {**told, "tried": said_of(one.backtest, metric)}


def at_risk(found: Sequence[BudgetForecast | NotEnough]) -> list[str]:
    """The circuits whose budget may well end, the likeliest first; spent ones are no forecast any more."""
    risky = [one for one in found if isinstance(one, BudgetForecast) and not one.spent]
    risky = sorted((one for one in risky if one.chance >= AT_RISK), key=lambda one: -one.chance)
    return list(dict.fromkeys(one.circuit for one in risky))


def _asked(found: Sequence[BudgetForecast | NotEnough], circuits: Sequence[str] | None) -> Sequence[str]:
    return (at_risk(found) if circuits is None else circuits)[:MOST_TIERS]


def _ahead(desk: Desk, circuit: str) -> Ahead | None:
    try:
        return tiers_ahead(desk, circuit)
    except ValueError as error:  # a contract that can't be computed: it says why
        return Ahead(None, "", note=str(error))


def _ahead_json(circuit: str, one: Ahead) -> Json:
    return {
        "circuit": circuit,
        "owed": money(one.owed),
        "currency": one.currency or None,
        "tiers": [{**tier_json(tier), "more": more(tier)} for tier in one.tiers],
        "note": one.note or None,
    }
