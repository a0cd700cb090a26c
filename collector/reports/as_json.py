"""A report as JSON; docs/reports.md says what each key is. Money, percentages and ratios are strings."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from typing import Any

from collector.claiming.as_json import claim_json
from collector.reports.report import Chapter, Report, Stated
from collector.reports.summary import Summary, summarised
from collector.sla.calendar import rfc3339
from collector.sla.rounding import shown
from collector.sla.statement import money

FORMAT, VERSION = "linkledger-report", 1


def as_json(report: Report) -> dict[str, Any]:
    """The document."""
    period = report.period
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_up": report.made_up,
        "site": report.site,
        "filters": dict(report.filters),
        "period": {
            "label": period.label,
            "from": rfc3339(period.start_ms),
            "to": rfc3339(period.end_ms),
            "timezone": period.zone,
            "closed": report.closed,
            "as_of": rfc3339(report.as_of_ms),
        },
        "summary": _summary(summarised(report)),
        "carriers": [
            {
                "carrier": part.key,
                "name": part.name,
                "account": part.account or None,
                "circuits": [_chapter(one) for one in part.chapters],
            }
            for part in report.carriers
        ],
    }


def _summary(one: Summary) -> dict[str, Any]:
    return {
        "circuits": one.circuits,
        "kept": one.kept,
        "broken": one.broken,
        "undecided": one.undecided,
        "unjudged": one.unjudged,
        "down_seconds": _seconds(one.down_ms),
        "outages": one.outages,
        "breaches": [
            {
                "circuit": breach.chapter.scope,
                "contract": breach.chapter.contract,
                "period": breach.stated.told["period"]["label"],
                "objective": breach.objective["id"],
                "target": breach.objective["target"],
                "measured": breach.objective["measured"],
                "unit": breach.objective["unit"],
                "clause": breach.objective["clause"],
            }
            for breach in one.breaches
        ],
        "worst": [
            {
                "circuit": bad.chapter.scope,
                "down_seconds": _seconds(bad.down_ms),
                "reasons": list(bad.reasons),
            }
            for bad in one.worst
        ],
        "money": [
            {
                key: money(value) if isinstance(value, Fraction) else value
                for key, value in asdict(sums).items()
            }
            for sums in one.money
        ],
        "lapses": [
            {
                "circuit": lapse.chapter.scope,
                "period": lapse.claim.period,
                "claimable": money(lapse.claim.claimable),
                "currency": lapse.claim.currency,
                "what": lapse.what,
                "before": rfc3339(lapse.before_ms),
            }
            for lapse in one.lapses
        ],
        "known_percent": None if one.known_percent is None else shown(one.known_percent),
        "unknown_seconds": _seconds(one.unknown_ms),
        "excluded_seconds": _seconds(one.excluded_ms),
        "quality": one.quality,
    }


def _chapter(one: Chapter) -> dict[str, Any]:
    return {
        "circuit": one.scope,
        "circuits": [
            {
                "circuit": line.id,
                "site": line.site,
                "carrier_id": line.carrier_id or None,
                "service": line.service or None,
            }
            for line in one.lines
        ],
        "contract": one.contract or None,
        "verdict": one.verdict or None,
        "quality": {
            "unknown": [{"why": why, "seconds": _seconds(Fraction(ms))} for why, ms in one.quality.unknown],
            "gaps": list(one.quality.gaps),
            "clock_synchronised": not one.quality.unsynchronised,
        },
        "statements": [_stated(each) for each in one.statements],
    }


def _stated(one: Stated) -> dict[str, Any]:
    """The statement as `sla --json` prints it, with what is kept of it."""
    kept = {"revision": one.revision, "digest": one.digest, "draft": one.draft, "own_period": one.own}
    claim = None
    if one.claim is not None:
        # how old it is changes from day to day, and a settled report doesn't
        claim = {key: value for key, value in claim_json(one.claim).items() if key != "age_days"}
    return {**one.told, **kept, "claim_now": claim}


def _seconds(ms: Fraction) -> int | float:
    exact = Fraction(ms) / 1000
    return int(exact) if exact.denominator == 1 else float(exact)
