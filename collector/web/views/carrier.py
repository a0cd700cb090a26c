"""One carrier: its scorecards, worst circuits, faults that came back, notice kept, and money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collector.analysis.money import Money
from collector.analysis.scorecard import Card
from collector.analysis.shown_figures import spoken
from collector.clerk import Desk
from collector.performance.cycle.held import Practice, practices
from collector.performance.cycle.terms import terms
from collector.performance.scorecards.carrier_circuits import CircuitOver, worst_circuits
from collector.performance.scorecards.circuit_months import Repeat
from collector.performance.scorecards.scorecards import Scored, scored
from collector.performance.scorecards.works import Work, works
from collector.times import rfc3339, span
from collector.web.views.carrier_periods import choices, newest_label
from collector.web.views.page import Clocks, Moment, local, money, render
from collector.web.views.scoreboard import Row, Trend, figure_lines, scoreboard
from collector.web.views.terms import TermRow, term_row
from collector.web.views.view import Asked, BadRequest, Drawn, NotFound
from config.errors import nearest
from config.settings import Carrier

MOST_CIRCUITS = 12
MOST_LISTED = 40


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure with what there is to hold it against."""

    title: str
    told: str
    value: str
    interval: str
    peers: str
    best: str
    points: str
    trend: Trend


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """A card as the carrier's own page shows it."""

    name: str
    row: Row
    of: int
    circuits: int
    figures: tuple[FigureLine, ...]
    fairness: tuple[str, ...]
    due: str
    claimed: str
    received: str
    days: str


@dataclass(frozen=True, slots=True)
class CircuitLine:
    """One of the worst circuits, as text."""

    circuit: str
    path: str
    site: str
    service: str
    availability: str
    down: str
    outages: int
    repeats: int
    repair: str
    breached: int


@dataclass(frozen=True, slots=True)
class RepeatLine:
    """A fault that came back."""

    circuit: str
    path: str
    began: Moment
    lasted: str
    after: str
    """How long after the repair of the one before."""


@dataclass(frozen=True, slots=True)
class WorkLine:
    """Announced work on some circuits."""

    circuits: tuple[str, ...]
    begins: Moment
    announced: Moment | None
    ahead: str
    """How long before its begin it was announced; empty: nobody knows."""
    owed: str
    kept: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    key: str
    carrier: Carrier
    period: str
    months: tuple[tuple[str, str, bool], ...]
    longer: tuple[tuple[str, str, bool], ...]
    services: tuple[ServiceSeen, ...]
    circuits: tuple[CircuitLine, ...]
    more: int
    """Circuits that aren't listed."""
    repeats: tuple[RepeatLine, ...]
    works: tuple[WorkLine, ...]
    practices: tuple[Practice, ...]
    terms: tuple[TermRow, ...]
    """As of now, whatever the period."""


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, NotFound, LedgerError."""
    seen = page(desk, asked.parts["carrier"], asked.query)
    now_ms = desk.now.wall_ms
    return render("carrier.html", asked, desk.settings, now_ms, title=seen.carrier.name, page=seen)


def page(desk: Desk, key: str, query: Mapping[str, str]) -> Page:
    """What is shown; raises BadRequest, NotFound, LedgerError."""
    carrier = desk.settings.carriers.get(key)
    if carrier is None:
        raise NotFound(f"there is no carrier {key!r}: {nearest(key, desk.settings.carriers)}")
    label = query.get("period") or newest_label(desk)
    try:
        found = scored(desk, label)
    except ValueError as error:
        raise BadRequest(f"`period`: {error}") from None
    months, longer = choices(desk, local("carriers", key), {}, label)
    clocks, circuits = Clocks(desk.settings, desk.now.wall_ms), worst_circuits(found.months, key)
    mine = {one.circuit for one in circuits}
    return Page(
        key=key,
        carrier=carrier,
        period=label,
        months=tuple(months),
        longer=tuple(longer),
        services=tuple(_service(desk, one) for one in found.cards if one.carrier == key),
        circuits=tuple(map(_circuit, circuits[:MOST_CIRCUITS])),
        more=max(0, len(circuits) - MOST_CIRCUITS),
        repeats=tuple(_repeat(desk, clocks, one) for one in found.repeats if one.circuit in mine)[
            -MOST_LISTED:
        ],
        works=_works(desk, clocks, key, found),
        practices=tuple(one for one in practices(desk) if one.carrier == key),
        terms=tuple(term_row(clocks, one) for one in terms(desk) if one.carrier == key),
    )


def _service(desk: Desk, card: Card) -> ServiceSeen:
    board = scoreboard(desk.settings, [card])
    days = card.days_to_credit
    return ServiceSeen(
        name=card.service,
        row=board.rows[0],
        of=card.of,
        circuits=len(card.all_circuits),
        figures=tuple(FigureLine(*line) for line in figure_lines(card)),
        fairness=card.fairness,
        due=_sums(card.due),
        claimed=_sums(card.claimed),
        received=_sums(card.received),
        days="" if days is None else spoken(float(days), "days"),
    )


def _sums(amounts: Money) -> str:
    return ", ".join(money(amounts[one], one) for one in sorted(amounts)) or "–"


def _circuit(one: CircuitOver) -> CircuitLine:
    return CircuitLine(
        circuit=one.circuit,
        path=local("circuits", one.circuit),
        site=one.site,
        service=one.service,
        availability=spoken(one.availability, "ratio", exact=True),
        down=span(round(one.down_seconds)) if one.down_seconds else "–",
        outages=one.outages,
        repeats=one.repeats,
        repair=spoken(one.repair_seconds, "seconds"),
        breached=one.breached_months,
    )


def _repeat(desk: Desk, clocks: Clocks, one: Repeat) -> RepeatLine:
    circuit = desk.settings.circuits.get(one.circuit)
    site, outage = circuit.site if circuit else "", one.outage
    return RepeatLine(
        circuit=one.circuit,
        path=local("outages", one.circuit, rfc3339(outage.start_ms)),
        began=clocks.at(outage.start_ms, site),
        lasted=span((outage.end_ms - outage.start_ms) // 1000),
        after=span((outage.start_ms - one.before.end_ms) // 1000),
    )


def _works(desk: Desk, clocks: Clocks, key: str, found: Scored) -> tuple[WorkLine, ...]:
    """Work that began in the period: what was announced as one stands on one line."""
    grouped: dict[tuple[object, ...], list[Work]] = {}
    for one in works(desk, key):
        if found.period.start_ms <= one.start_ms < found.period.end_ms:
            same = (one.start_ms, one.end_ms, one.announced_ms, one.reason, one.owed, one.kept)
            grouped.setdefault(same, []).append(one)
    return tuple(_work(desk, clocks, some) for some in list(grouped.values())[-MOST_LISTED:])


def _work(desk: Desk, clocks: Clocks, some: list[Work]) -> WorkLine:
    one = some[0]
    site = desk.settings.circuits[one.circuit].site
    ahead = None if one.announced_ms is None else (one.start_ms - one.announced_ms) // 1000
    return WorkLine(
        circuits=tuple(each.circuit for each in some),
        begins=clocks.at(one.start_ms, site),
        announced=clocks.maybe(one.announced_ms, site),
        ahead="" if ahead is None else f"{span(ahead)} ahead" if ahead > 0 else "after it had begun",
        owed=one.owed,
        kept=one.kept,
        reason=one.reason,
    )
