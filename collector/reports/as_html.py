"""A report as one HTML file: text, tables and charts; no script, nothing fetched, fit for paper."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from collector.charts.palette import stylesheet
from collector.reports.report import BREACHED, UNDECIDED, Chapter, Json, Report, Stated
from collector.reports.summary import headline, summarised
from collector.reports.words import (
    amount,
    counted,
    day,
    day_and_time,
    in_seconds,
    length,
    ms_of_text,
    percent,
    promised,
)
from collector.sla.calendar import rfc3339
from collector.statement_text import measured
from probes.shown import clean

LONGEST = 4_000
ON_ONE_PAGE = 8
"""So many outages, with charts beside, go onto one page of paper."""
VERDICTS = {
    "met": ("✓", "kept", "good"),
    BREACHED: ("✗", "not kept", "bad"),
    UNDECIDED: ("?", "too little data", "open"),
    "": ("–", "not judged", "none"),
}
"""Sign, word and class: never the colour alone."""
STATES = {
    "detected": "nobody has claimed it yet",
    "ticketed": "a ticket is open, not claimed yet",
    "eligible": "can be claimed",
    "expired": "lapsed: the time to claim is over",
    "submitted": "claimed, no answer yet",
    "accepted": "accepted",
    "partly": "accepted in part",
    "rejected": "rejected",
    "credited": "credited in part",
    "reconciled": "settled",
    "none": "nothing to claim",
}


def as_html(report: Report) -> str:
    """The whole file."""
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            period=report.period,
            summary=summarised(report),
            headline=headline(summarised(report)),
            styles=Markup(_style() + stylesheet()),  # noqa: S704 - our own
        )
    )


@cache
def _style() -> str:
    return files("collector.reports").joinpath("templates", "report.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("collector.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    made.filters.update(
        words=promised,
        lasting=length,
        seconds=in_seconds,
        percent=percent,
        svg=Markup,
        utc=rfc3339,
        at=lambda text, zone: day_and_time(ms_of_text(text), zone),
        at_ms=day_and_time,
        day=day,
        figure=measured,
        flat=lambda text: str(text).replace("_", " "),
    )
    made.globals.update(
        verdict_of=VERDICTS.__getitem__,
        state_of=lambda state: STATES.get(state, state),
        counted=counted,
        amount=amount,
        availability=availability,
        credit_of=credit_of,
        notes_of=lambda one: list(notes_of(one)),
        quality_of=lambda one: list(quality_of(one)),
        total=total,
        any_late=any_late,
        is_short=is_short,
    )
    return made


def _printable(value: object) -> object:
    """Control characters and the like are nothing that a document may hold."""
    return clean(value, LONGEST) if type(value) is str else value


def availability(chapter: Chapter) -> str:
    """The availability by the contract's own counting; several periods give the lowest."""
    found = [
        Fraction(one["measured"])
        for stated in chapter.statements
        for one in stated.objectives
        if one["metric"] == "availability" and one["measured"] is not None and one["unit"] == "%"
    ]
    if not found:
        return "–"
    low = min(found)
    cut = int(low * 10_000)
    return percent(f"{cut // 10_000}.{cut % 10_000:04}", 4)


def total(chapter: Chapter, key: str) -> str:
    """A sum of the statements' seconds, as a length."""
    values = [one.told["seconds"][key] for one in chapter.statements]
    held = [value for value in values if value is not None]
    return length(sum((Fraction(str(value)) for value in held), Fraction(0)) * 1000) if held else "–"


def credit_of(chapter: Chapter) -> str:
    """What the contract's own periods pay, by currency."""
    sums: dict[str, Fraction] = {}
    for one in chapter.statements:
        credit = one.told["credit"]
        if one.own and credit.get("currency") and credit.get("amount") is not None:
            sums[credit["currency"]] = sums.get(credit["currency"], Fraction(0)) + Fraction(credit["amount"])
    paid = [amount(value, currency) for currency, value in sums.items() if value]
    return ", ".join(paid) or "–"


def is_short(chapter: Chapter) -> bool:
    """Whether it goes onto one page of paper, and so needn't be torn."""
    outages = sum(len(one.told["outages"]) for one in chapter.statements)
    return len(chapter.statements) <= 1 and len(chapter.lines) <= 1 and outages <= ON_ONE_PAGE


def any_late(one: Stated) -> bool:
    """Whether a late ticket cost anything."""
    return any(outage["clock"]["lost_to_late_ticket_seconds"] for outage in one.told["outages"])


def notes_of(one: Stated) -> Iterator[str]:
    """What must be known beside a statement's figures, in a sentence each."""
    if not one.own:
        yield "This is no period of the contract's own: judged in its place, it pays no credit."
    elif not one.closed:
        yield "The period still runs: these are the figures so far."
    elif one.revision is None:
        yield "No revision is issued yet: measurements may still come."
    if one.draft is not None:
        yield f"Computed again it would differ: draft revision {one.draft} waits for a person's decision."
    for each in one.objectives:
        yield from _beside(each)


def _beside(one: Json) -> Iterator[str]:
    name, unit = str(one["id"]).replace("_", " "), one["unit"]
    if one["bounds"] and one["bounds"][0] != one["bounds"][1]:
        worst, best = (measured({"measured": end, "unit": unit}) for end in one["bounds"])
        yield f"{name}: from {worst} to {best}, whatever the unknown time was."
    if one["if_disputed_refused"] is not None:
        refused = measured({"measured": one["if_disputed_refused"], "unit": unit})
        yield f"{name}: {refused} if the disputed exclusions stand after all."
    if one["indicative"]:
        yield f"{name}: indicative, as another's measurement decides."


def quality_of(chapter: Chapter) -> Iterator[tuple[str, str]]:
    """How well a circuit's time is known, as (what, how); what is as it should be takes one row."""
    quality = chapter.quality
    well = [
        "" if quality.gaps else "the evidence is whole",
        "" if quality.unsynchronised else "the clock was synchronised",
    ]
    for one in chapter.statements:
        where = f"Known, {one.told['period']['label']}" if len(chapter.statements) > 1 else "Known"
        yield where, "; ".join(filter(None, [f"{percent(one.told['coverage'])} of the judged time", *well]))
        well = []
    if quality.unknown:
        yield "Unknown", "; ".join(f"{length(ms)}: {why}" for why, ms in quality.unknown)
    excluded = total(chapter, "excluded")
    if excluded not in {"0 s", "–"}:
        yield "Excluded", f"{excluded} of maintenance and other exclusions"
    if quality.gaps:
        yield "Gaps", " ".join(f"{gap}." for gap in quality.gaps)
    if quality.unsynchronised:
        yield "Clock", "not always synchronised: times may be off, lengths are not"
