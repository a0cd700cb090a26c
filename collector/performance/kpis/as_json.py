"""Key figures as `kpi --json`, the API and the review pack tell them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from collector.analysis.ratings import Rated
from collector.performance.kpis.look import KpiNow
from collector.performance.kpis.year import KpiYear
from collector.times import rfc3339
from config.kpis import BOUNDS, Definition, Kpi

Json = dict[str, Any]


def kpi_json(found: KpiNow) -> Json:
    """One key figure: what it is, its value over all of its circuits, and that of each, the worst first."""
    kpi, paper = found.kpi, found.beside
    return {
        "kpi": found.key,
        "name": found.name,
        "owner": kpi.owner,
        "level": kpi.level,
        "serves": kpi.serves,
        "review": kpi.review,
        **_definition(found.definition),
        "over": str(found.over.text),
        **{key: one for key, one in rated_json(found.whole).items() if key not in ("kpi", "of")},
        "ratings": dict(found.counted),
        "circuits_unmeasured": found.unmeasured,
        "benchmark": None
        if paper is None
        else {
            "key": paper.key,
            "bound": paper.text,
            "source": paper.source,
            "words": paper.words,
        },
        "history": [
            {"at": rfc3339(at_ms), "value": value}
            for at_ms, value in zip(found.begins_ms, found.values, strict=True)
        ],
        "each": [rated_json(one) for one in found.each],
        "versions": list(_versions(kpi)),
    }


def rated_json(one: Rated) -> Json:
    """One value; `of` is a circuit's id, empty over all of them."""
    return {
        "kpi": one.kpi,
        "of": one.of,
        "value": one.value,
        "unit": one.unit,
        "rating": one.rating,
        "threshold": one.threshold,
        "target_value": one.target,
        "since": None if one.since_ms is None else rfc3339(one.since_ms),
        "circuits": one.circuits,
        "sentence": one.sentence,
        "beside": one.benchmark or None,
    }


def year_json(one: KpiYear) -> Json:
    """What a year of a key figure was like."""
    return {
        "kpi": one.kpi,
        "name": one.name,
        "year": one.year,
        "owner": one.owner or None,
        "level": one.level or None,
        "verdict": one.verdict,
        "sentence": one.sentence,
        "lacking": list(one.lacking),
        "months": [
            {
                "month": month.label,
                "value": month.value,
                "rating": month.rating,
                "circuits_warned": month.warned,
            }
            for month in one.months
        ],
    }


def _definition(one: Definition) -> Json:
    return {
        "definition": one.definition,
        "measure": one.measure,
        "formula": one.kind.formula,
        "statistic": one.statistic or one.kind.statistic,
        **{key: None if (bound := getattr(one, key)) is None else str(bound) for key in BOUNDS},
    }


def _versions(kpi: Kpi) -> Iterator[Json]:
    for one in kpi.definitions():
        yield {
            "from": _day(one.start),
            **_definition(one),
            "because": one.because or None,
            "approved_by": one.approved.by if one.approved else None,
            "approved_on": _day(one.approved.on if one.approved else None),
        }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
