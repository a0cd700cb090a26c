"""A review's pack as the API and `review --json` give it.

What the API has by itself (scorecards, key figures, advice, anomalies, forecasts) reads the same here.
Amounts are text, times RFC 3339, days ISO 8601, what is unknown null. Seconds and ratios are numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import BaseModel

from collector.performance.advice import recommendations, returned
from collector.performance.forecasts import as_json as forecasts_json
from collector.performance.kpis.as_json import kpi_json, year_json
from collector.performance.nightly import anomalies
from collector.performance.review.pack import Pack
from collector.performance.scorecards.as_json import card_json
from collector.sla.calendar import rfc3339
from collector.sla.statement import money

FORMAT, VERSION = "linkledger review", 1


def as_json(pack: Pack) -> dict[str, Any]:
    """The whole pack; its lists stand also where they are empty."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_up": pack.made_up,
        "site": pack.site,
        "carrier": pack.carrier or None,
        "rhythm": pack.rhythm,
        "period": _period(pack),
        "headline": list(pack.headline),
        "scorecard": [card_json(one) for one in pack.scorecards],
        "gaps": [told(one) for one in pack.gaps],
        "goals": [told(one) for one in pack.goals],
        "actions": [told(one) for one in pack.actions],
        "recommendations": [
            {**recommendations.as_json(one), "over": one.key in pack.over} for one in pack.recommendations
        ],
        "anomalies": [anomalies.as_json(one.anomaly) for one in pack.anomalies],
        "kpis": [kpi_json(one) for one in pack.kpis],
        "kpi_years": [year_json(one) for one in pack.kpi_years],
        "forecasts": [
            *map(forecasts_json.as_json, pack.budgets),
            *map(forecasts_json.as_json, pack.crossings),
        ],
        "downtime": told(pack.downtime),
        "breaches": [{**told(one), "sentence": one.sentence} for one in pack.breaches],
        "still_down": list(pack.still_down),
        "changed": list(pack.changed),
        "claims": told(pack.claims),
        "returned": returned.as_json(pack.returned) if pack.returned else None,
        "terms": told(pack.terms),
        "process": told(pack.process),
        "feedback": told(pack.feedback),
        "satisfaction": told(pack.satisfaction),
        "practices": told(pack.practices),
        "thanks": list(pack.thanks),
        "held": told(pack.said),
        "missing": list(pack.missing),
    }


def _period(pack: Pack) -> dict[str, Any]:
    one = pack.period
    return {
        "label": one.label,
        "from": rfc3339(one.start_ms),
        "to": rfc3339(one.end_ms),
        "timezone": one.zone,
        "closed": pack.closed,
        "as_of": rfc3339(pack.as_of_ms),
        "before": pack.before.label,
        "before_known": pack.before_known,
    }


def told(value: Any) -> Any:  # noqa: ANN401 - whatever a part is made of
    """A part's values, its dataclasses as objects; `at_ms` becomes `at`."""
    if is_dataclass(value) and not isinstance(value, type):
        return dict(_named(one.name, getattr(value, one.name)) for one in fields(value))
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, Mapping):
        return {str(key): told(one) for key, one in value.items()}
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, Fraction):
        return money(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence | AbstractSet) and not isinstance(value, str):
        return [told(one) for one in value]
    return value


def _named(name: str, value: object) -> tuple[str, Any]:
    """A field as it is called and told outside: an instant in ms is one in RFC 3339."""
    stem = name.removesuffix("_ms")
    if stem == name or not isinstance(value, int | None):
        return name, told(value)
    if stem in _LENGTHS:
        return f"{stem}_seconds", None if value is None else value / 1000
    return stem, None if value is None else rfc3339(value)


_LENGTHS = frozenset({"down", "worst", "before"})
"""Fields in ms that are no instants."""
