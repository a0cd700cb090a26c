"""A report as CSV (RFC 4180): a row a circuit, contract period and objective."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from collector.reports.report import CarrierPart, Chapter, Json, Report, Stated
from collector.sla.calendar import rfc3339
from collector.sla.statement import money

HEADER = (
    *("report", "made_up", "period", "from", "to", "timezone", "carrier", "carrier_name", "site", "circuit"),
    *("circuits", "carrier_id", "service", "contract", "revision", "draft", "objective", "metric", "clause"),
    *("target", "measured", "unit", "verdict", "coverage_percent", "credit_percent", "credit_amount"),
    *("currency", "statement_credit", "claimable", "claim_state", "claimed", "received", "down_seconds"),
    *("counted_down_seconds", "unknown_seconds", "excluded_seconds", "outages"),
)
_ACTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes a cell for a formula by."""


def as_csv(report: Report) -> str:
    """The whole file, its header first."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for part in report.carriers:
        for chapter in part.chapters:
            writer.writerows(_rows(report, part, chapter))
    return out.getvalue()


def _rows(report: Report, part: CarrierPart, chapter: Chapter) -> Iterator[list[str]]:
    about = {
        "report": safe(report.period.label),
        "made_up": "true" if report.made_up else "false",
        "carrier": safe(part.key),
        "carrier_name": safe(part.name),
        "site": safe(" ".join(dict.fromkeys(one.site for one in chapter.lines))),
        "circuit": safe(chapter.scope),
        "circuits": safe(" ".join(one.id for one in chapter.lines)),
        "carrier_id": safe(" ".join(one.carrier_id for one in chapter.lines if one.carrier_id)),
        "service": safe(" ".join(dict.fromkeys(one.service for one in chapter.lines if one.service))),
        "contract": safe(chapter.contract),
    }
    if not chapter.statements:
        period = report.period
        cut = {"from": rfc3339(period.start_ms), "to": rfc3339(period.end_ms), "timezone": period.zone}
        yield _row(about | {"period": period.label, "verdict": "not judged", **cut})
    for one in chapter.statements:
        stated = about | _stated(one)
        for objective in one.objectives:
            yield _row(stated | _objective(objective))
        if not one.objectives:
            yield _row(stated)


def _row(cells: dict[str, str]) -> list[str]:
    return [cells.get(name, "") for name in HEADER]


def _stated(one: Stated) -> dict[str, str]:
    told, credit = one.told, one.told["credit"]
    times, cut = told["seconds"], told["period"]
    claim = one.claim
    found = {
        "period": safe(cut["label"]),
        "from": cut["from"],
        "to": cut["to"],
        "timezone": cut["timezone"],
        "revision": _text(one.revision),
        "draft": _text(one.draft),
        "currency": safe(_text(credit.get("currency"))),
        "statement_credit": _text(credit.get("amount")) if one.own else "",
        "down_seconds": _text(times["down"]),
        "counted_down_seconds": _text(times["counted_down"]),
        "unknown_seconds": _text(times["unknown"]),
        "excluded_seconds": _text(times["excluded"]),
        "outages": str(len(told["outages"])),
    }
    if claim is not None:
        found |= {
            "claim_state": claim.state,
            "claimable": _text(money(claim.claimable)),
            "claimed": _text(money(claim.submitted)),
            "received": _text(money(claim.received)),
        }
    return found


def _objective(one: Json) -> dict[str, str]:
    credit = one.get("credit") or {}
    return {
        "objective": safe(one["id"]),
        "metric": one["metric"],
        "clause": safe(_text(one["clause"])),
        "target": safe(_text(one["target"])),
        "measured": _text(one["measured"]),
        "unit": one["unit"],
        "verdict": one["verdict"],
        "coverage_percent": one["coverage"],
        "credit_percent": _text(credit.get("percent")),
        "credit_amount": _text(credit.get("amount")),
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def safe(text: str) -> str:
    """Text from outside, so that no spreadsheet computes it: an apostrophe before what could act."""
    return f"'{text}" if text.lstrip(" ").startswith(_ACTS) else text
