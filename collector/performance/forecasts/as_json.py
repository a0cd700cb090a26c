"""Forecasts as JSON: for the API, `forecast --json` and the review alike. Pure."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from collector.analysis.forecast import Backtest, BudgetForecast, Crossing, TierAhead
from collector.analysis.readings import NotEnough
from collector.sla.statement import money

Json = dict[str, Any]


def as_json(one: Crossing | BudgetForecast | NotEnough) -> Json:
    """One forecast; `kind` says which: crossing, budget or not_enough. Dates that aren't known are null."""
    if isinstance(one, NotEnough):
        return {"kind": "not_enough", **asdict(one), "sentence": str(one)}
    if isinstance(one, Crossing):
        return {
            "kind": "crossing",
            **{name: getattr(one, name) for name in _OF_CROSSING},
            **_dates(one.likely, one.earliest, one.latest),
            "backtest": _backtest(one.backtest),
        }
    return {
        "kind": "budget",
        **{name: getattr(one, name) for name in _OF_BUDGET},
        "chance": round(one.chance, 4),
        **_dates(one.likely, one.earliest, one.latest),
        **{name: _day(getattr(one, name)) for name in ("first", "last", "today")},
        "tiers": [tier_json(tier) for tier in one.tiers],
        "backtest": _backtest(one.backtest),
    }


_OF_CROSSING = (
    *("circuit", "metric", "threshold", "threshold_name", "level", "a_month", "days", "growing", "reached"),
)
_OF_BUDGET = (
    *("circuit", "contract", "objective", "period", "budget_seconds", "left_seconds", "spent", "days"),
    "outages",
)


def tier_json(one: TierAhead) -> Json:
    """A credit ahead; the amount is text."""
    return {
        "more_seconds": one.more_seconds,
        "amount": money(one.amount),
        "currency": one.currency,
        "reason": one.reason,
    }


def of_json(told: Json) -> Crossing | NotEnough:
    """What `as_json` made of a crossing, or of none."""
    if told["kind"] == "not_enough":
        return NotEnough(told["have"], told["need"], told["what"], told["about"])
    tried = told["backtest"]
    values: Json = {name: told[name] for name in _OF_CROSSING}
    values |= {name: _date(told[name]) for name in ("likely", "earliest", "latest")}
    return Crossing(**values, backtest=None if tried is None else Backtest(**tried))


def _dates(likely: date | None, earliest: date | None, latest: date | None) -> Json:
    return {"likely": _day(likely), "earliest": _day(earliest), "latest": _day(latest)}


def _day(one: date | None) -> str | None:
    return None if one is None else one.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _backtest(one: Backtest | None) -> Json | None:
    return None if one is None else asdict(one)
