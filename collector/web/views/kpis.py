"""Key figures: what each is now, what it should be, who answers for it; and what a year of them told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from collector.analysis.kpis import limit, shown
from collector.analysis.ratings import Rated, Rating
from collector.charts.spark import spark
from collector.clerk import Desk
from collector.performance.kpis.kpis import kpis_now
from collector.performance.kpis.look import KpiNow
from collector.performance.kpis.times import Over
from collector.performance.kpis.year import KpiMonth, KpiYear, yearly
from collector.sla.calendar import local_day
from collector.sla.rounding import counted
from collector.web.views.page import link, render
from collector.web.views.query import choice
from collector.web.views.view import Asked, Drawn
from config.bounds import Kind
from config.kpis import LEVELS, Definition

ICONS: Mapping[Rating, str] = {
    "critical": "✗",
    "warning": "!",
    "off target": "○",
    "unknown": "?",
    "good": "✓",
}
"""Beside the word and the colour, so that neither is needed alone (WCAG 1.4.1)."""
LOOKS: Mapping[Rating, str] = {"critical": "bad", "warning": "soon", "off target": "open", "good": "good"}
MOST_WORST = 4
_TITLES = {"business": "Business", "service": "Service", "operational": "Operations", "": "No level is said"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A rating as it is shown."""

    word: Rating
    icon: str
    look: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One circuit that isn't good."""

    circuit: str
    mark: Mark
    value: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Version:
    """A definition, in words."""

    since: str
    bounds: tuple[tuple[str, str], ...]
    approved: str
    because: str


@dataclass(frozen=True, slots=True)
class Card:
    """One key figure."""

    key: str
    name: str
    definition: str
    serves: str
    value: str
    mark: Mark
    told: str
    """What its value is worth, and for how long."""
    counts: tuple[Mark, ...]
    """How its circuits are rated, the worst first."""
    circuits: int
    bounds: tuple[tuple[str, str], ...]
    benchmark: str
    benchmark_words: str
    facts: tuple[tuple[str, str], ...]
    line: str
    width: int
    history: str
    worst: tuple[Row, ...]
    more: int
    formula: str
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """One key figure's year."""

    name: str
    owner: str
    verdict: str
    look: str
    sentence: str
    lacking: str
    months: tuple[tuple[str, str, Mark], ...]
    """Each with its letter, and what it was in words; the mark counts the circuits beyond a bound."""


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, LedgerError."""
    today = local_day(desk.now.wall_ms, desk.settings.zone)
    offered = ("", str(today.year), str(today.year - 1))
    year = choice(asked.query, "year", offered)
    found = [] if year else kpis_now(desk)
    cards = [_card(one) for one in found]
    return render(
        "kpis.html",
        asked,
        desk.settings,
        desk.now.wall_ms,
        title="KPIs",
        groups=list(_groups(found, cards)),
        summed=[total for rating in ICONS if (total := _counted(cards, rating)).count],
        signs_of=[mark(rating) for rating in ICONS],
        amiss=sum(bool(card.worst) for card in cards),
        year=year,
        years=[_year(one, desk) for one in yearly(desk, int(year))] if year else [],
        times=[(one or "now", link("/performance/kpis", {}, year=one), one == year) for one in offered],
        configured=len(desk.settings.kpis),
        left_out=[key for key in desk.settings.kpis if not year and key not in {one.key for one in found}],
    )


def mark(rating: Rating, count: int = 1) -> Mark:
    """A rating with its sign and colour."""
    return Mark(rating, ICONS[rating], LOOKS.get(rating, ""), count)


def _counted(cards: Sequence[Card], rating: Rating) -> Mark:
    return mark(rating, sum(one.mark.word == rating for one in cards))


def _groups(found: Sequence[KpiNow], cards: Sequence[Card]) -> Iterator[tuple[str, list[Card]]]:
    """The cards of each level; those that serve one aim stand together."""
    for level in (*LEVELS, ""):
        some = [card for one, card in zip(found, cards, strict=True) if (one.kpi.level or "") == level]
        aims = list(dict.fromkeys(card.serves for card in some))
        if some:
            yield _TITLES[level], sorted(some, key=lambda card: aims.index(card.serves))


def _card(one: KpiNow) -> Card:
    definition, kpi = one.definition, one.kpi
    points = spark(_spread(one.values, definition.kind), ())
    amiss = [row for row in one.each if row.rating in ("critical", "warning", "off target")]
    facts = (
        ("owner", kpi.owner or "nobody"),
        ("looked at", kpi.review or "whenever"),
        ("period", _period(one.over)),
    )
    return Card(
        key=one.key,
        name=one.name,
        definition=definition.definition,
        serves=kpi.serves or "",
        value=_value(one.whole, definition.kind),
        mark=mark(one.whole.rating),
        told=_told(one.whole, one.name),
        counts=tuple(mark(rating, count) for rating, count in one.counted.items()),
        circuits=len(one.each),
        bounds=tuple(_bounds(definition)),
        benchmark=one.beside.told if one.beside else "",
        benchmark_words=one.beside.words if one.beside else "",
        facts=facts,
        line=points.line,
        width=max(1, len(one.values) - 1),
        history=_history(one),
        worst=tuple(_row(row, definition.kind) for row in amiss[:MOST_WORST]),
        more=max(0, len(amiss) - MOST_WORST),
        formula=definition.kind.formula,
        versions=tuple(_version(held) for held in reversed(kpi.definitions())),
    )


def _value(one: Rated, kind: Kind) -> str:
    return "" if one.value is None else shown(one.value, kind)


def _told(one: Rated, name: str) -> str:
    """The sentence without what stands above it already."""
    said = one.sentence.removeprefix(name)
    return said.lstrip(": ") if one.value is None else said.partition(", ")[2]


def _row(one: Rated, kind: Kind) -> Row:
    return Row(one.of, mark(one.rating), _value(one, kind), one.sentence.partition(", ")[2])


def _bounds(definition: Definition) -> Iterator[tuple[str, str]]:
    for key in ("target", "warning", "critical"):
        bound = getattr(definition, key)
        if bound is not None:
            yield key, f"{bound.operator} {limit(bound, definition)}"


def _version(held: Definition) -> Version:
    approved = f"{held.approved.by}, {_day(held.approved.on)}" if held.approved else "nobody"
    since = f"from {_day(held.start)}" if held.start else "from the beginning"
    return Version(since, tuple(_bounds(held)), approved, held.because)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _period(over: Over) -> str:
    return over.told.removeprefix("of ")


def _history(one: KpiNow) -> str:
    """What the sparkline shows, for whoever can't see it."""
    known = [value for value in one.values if value is not None]
    if len(known) < 2:
        return ""
    kind = one.definition.kind
    many = "6 hours" if one.over.step_ms else f"{len(one.values)} {_unit(one.over)}"
    return f"{many}: {shown(min(known), kind)} to {shown(max(known), kind)}"


def _unit(over: Over) -> str:
    return f"{over.text}s" if isinstance(over.text, str) else f"times {over.text}"


def _spread(values: Sequence[float | None], kind: Kind) -> list[float | None]:
    """Over the whole height, as availability differs in its last digits; less than is shown is flat."""
    known = [one for one in values if one is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span = max(high - low, 4 * 10.0**-kind.places)
    return [None if one is None else (one - low) / span for one in values]


def _month(one: KpiMonth, kind: Kind) -> str:
    """`2025-03: 99.93%, good; 2 circuits beyond a bound`."""
    value = "–" if one.value is None else shown(one.value, kind)
    beyond = f"; {counted(one.warned, 'circuit')} beyond a bound" if one.warned else ""
    return f"{one.label}: {value}, {one.rating}{beyond}"


def _year(one: KpiYear, desk: Desk) -> Year:
    held = desk.settings.kpis[one.kpi].definitions()[-1]
    return Year(
        name=one.name,
        owner=one.owner or "nobody",
        verdict=one.verdict,
        look={"useful": "good", "not enough data": ""}.get(one.verdict, "soon"),
        sentence=one.sentence,
        lacking=", ".join(one.lacking),
        months=tuple(
            (
                f"{date.fromisoformat(f'{month.label}-01'):%b}"[0],
                _month(month, held.kind),
                mark(month.rating, month.warned),
            )
            for month in one.months
        ),
    )
