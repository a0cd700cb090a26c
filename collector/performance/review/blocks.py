"""A review's pack as blocks of text for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from collector.performance.kpis.look import AMISS
from collector.performance.review.figure_words import name_of, told
from collector.performance.review.headline import rank
from collector.performance.review.kpi_words import told_of
from collector.performance.review.pack import PARTS, Pack
from collector.text_blocks import Block, Facts, Grid, Sentences

MOST = 15
"""Rows of a table; the files have the rest."""
TOLD = ("availability", "outages", "mttr", "breaches")
"""The figures of a scorecard that find room in a line."""


def blocks(pack: Pack) -> Iterator[Block]:
    """The minute first, then what is decided on; a part of which nothing is known is left out."""
    yield Facts(_title(pack), list(_about(pack)))
    for title, lines in (("In a minute", pack.headline), ("What changed", pack.changed)):
        if lines:
            yield Sentences(title, lines)
    wanted = PARTS.get(pack.rhythm)
    for name, part in (*_figures(pack), *_cycle(pack), *_findings(pack)):
        if (wanted is None or name in wanted) and (not isinstance(part, Grid) or part.rows):
            yield part
    yield from _said(pack)


def _title(pack: Pack) -> str:
    whom = f" with {pack.carrier_name}" if pack.carrier else ""
    return f"Review of {pack.period.spoken}{whom}"


def _about(pack: Pack) -> Iterator[tuple[str, str]]:
    yield "period", f"{pack.period.label}, {pack.rhythm}, in {pack.period.zone}"
    yield "compared with", pack.before.spoken
    if not pack.closed:
        yield "state", "the period still runs: so far"
    for one in pack.missing:
        yield "data", one


def _figures(pack: Pack) -> Iterator[tuple[str, Block]]:
    """Each with the part that it belongs to, as do the others."""
    header = ("carrier", "service", "rank", "score", *(name_of(one) for one in TOLD), "tier")
    rows = [
        (
            pack.names.get(card.carrier, card.carrier),
            card.service,
            f"{card.rank} of {card.of}" if card.rank else "",
            "" if card.score is None else f"{card.score:.0f}",
            *(told(one.value, one.unit) if (one := card.figure(name)) else "–" for name in TOLD),
            card.tier,
        )
        for card in pack.scorecards
    ]
    yield "cards", Grid("Scorecard", header, rows, frozenset({"score"}), spare=("tier", "rank"))
    if bad := [told_of(one) for one in pack.kpis if one.worst in AMISS]:
        yield "kpis", Sentences("Key figures that are not as they should be", bad)
    years = [(one.name, one.verdict, one.sentence) for one in pack.kpi_years]
    yield "kpis", Grid("A year of key figures", ("key figure", "verdict", "why"), years, spare=("why",))


def _cycle(pack: Pack) -> Iterator[tuple[str, Block]]:
    goals = [
        (str(one.number), one.what, one.owner, one.by.isoformat(), one.target, one.measured, one.standing)
        for one in pack.goals[:MOST]
    ]
    yield "goals", Grid("Goals", ("goal", "what", "owner", "by", "target", "now", "state"), goals)
    actions = [
        (
            *(str(one.number), one.what, one.owner, one.by.isoformat()),
            "overdue" if one.overdue else one.state,
            one.effect.sentence if one.effect else "",
        )
        for one in pack.acts[:MOST]
    ]
    yield "actions", Grid("Actions", ("action", "what", "owner", "by", "state", "what it moved"), actions)


def _findings(pack: Pack) -> Iterator[tuple[str, Block]]:
    found = sorted(pack.anomalies, key=rank)[:MOST]
    if found:
        sentences = [f"{one.finding.circuit}: {one.sentence}" for one in found]
        yield "changed", Sentences("Changes found", sentences)
    header = ("when", "what", "until", "why")
    for title, some in (("Recommendations", pack.to_do), ("Arose then, and over by now", pack.was_to_do)):
        rows = [
            (one.urgency, one.text, one.until.isoformat() if one.until else "", one.reason)
            for one in some[:MOST]
        ]
        yield "todo", Grid(title, header, rows, spare=("why",))


def _said(pack: Pack) -> Iterator[Block]:
    for title, lines in (
        ("Better, with thanks", () if pack.rhythm in PARTS else pack.thanks),
        ("What was said", [one.said for one in pack.said if one.said]),
        ("The carrier's reply", [one.reply for one in pack.said if one.reply]),
    ):
        if lines:
            yield Sentences(title, lines)
