"""Carriers of the same service: scorecards, and what each delivered, broke, owes and paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.analysis.scorecard import Card
from collector.clerk import Desk
from collector.comparison import Compared, compared
from collector.notebook.book import Notebook
from collector.performance.scorecards.scorecards import scored
from collector.sla.evidence import Ticket
from collector.web.views.board import Line, parts
from collector.web.views.carrier_periods import choices, newest_label
from collector.web.views.page import link, render
from collector.web.views.query import choice
from collector.web.views.scoreboard import Scoreboard, scoreboard
from collector.web.views.view import Asked, BadRequest, Drawn
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """The carriers of one service word."""

    name: str
    scores: Scoreboard
    carriers: tuple[tuple[str, str], ...]
    """Key and name, in the order of the parts' columns: by rank."""
    parts: tuple[tuple[str, tuple[Line, ...]], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    services: tuple[Service, ...]
    words: tuple[str, ...]
    service: str
    period: str
    months: tuple[tuple[str, str, bool], ...]
    longer: tuple[tuple[str, str, bool], ...]
    missing: int
    """Circuits that were too many to be computed now."""

    @property
    def service_links(self) -> list[tuple[str, str, bool]]:
        """A choice of service words, the period kept."""
        named = [("all services", ""), *((one, one) for one in self.words)]
        return [
            (text, link("/carriers", {"period": self.period}, service=word), word == self.service)
            for text, word in named
        ]


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, LedgerError."""
    seen = page(desk, asked.query)
    return render("carriers.html", asked, desk.settings, desk.now.wall_ms, title="Carriers", page=seen)


def page(desk: Desk, query: Mapping[str, str]) -> Page:
    """What is shown; raises BadRequest, LedgerError."""
    settings = desk.settings
    words = tuple(sorted({one.service for one in settings.circuits.values() if one.service}))
    service = choice(query, "service", ("", *words))
    label = query.get("period") or newest_label(desk)
    try:
        found = scored(desk, label, service or None)
    except ValueError as error:
        raise BadRequest(f"`period`: {error}") from None
    told = found.statements.told
    columns = compared(settings, told, found.claims, _tickets(desk, told))
    by_service: dict[str, list[Card]] = {}
    for one in found.cards:
        by_service.setdefault(one.service, []).append(one)
    months, longer = choices(desk, "/carriers", {"service": service}, label)
    return Page(
        services=tuple(
            _service(settings, name, some, columns) for name, some in sorted(by_service.items(), key=_last)
        ),
        words=words,
        service=service,
        period=label,
        months=tuple(months),
        longer=tuple(longer),
        missing=found.statements.missing,
    )


def _tickets(desk: Desk, told: Sequence[Mapping[str, Any]]) -> dict[str, list[Ticket]]:
    """Each circuit's tickets that were opened in its statements' periods."""
    notebook = Notebook(desk.reader.notes("ticket"))
    found: dict[str, list[Ticket]] = {}
    for one in told:
        ends = [datetime.fromisoformat(one["period"][end]).timestamp() * 1000 for end in ("from", "to")]
        for name in one["circuits"]:
            found.setdefault(name, []).extend(
                ticket for ticket in notebook.tickets_of(name) if ends[0] <= ticket.opened_ms < ends[1]
            )
    return found


def _last(item: tuple[str, list[Card]]) -> tuple[bool, int, str]:
    """Where there is most to compare first; circuits without a service word last."""
    return not item[0], -len(item[1]), item[0]


def _service(settings: Settings, name: str, cards: Sequence[Card], columns: Sequence[Compared]) -> Service:
    seen = scoreboard(settings, cards)
    by_carrier = {one.card.carrier: one for one in columns if one.card.service == name}
    ordered = [by_carrier[one.carrier] for one in cards if one.carrier in by_carrier]
    return Service(
        name=name,
        scores=seen,
        carriers=tuple((row.key, row.name) for row in seen.rows if row.key in by_carrier),
        parts=tuple(parts(ordered)),
    )
