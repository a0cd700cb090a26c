"""Carriers side by side for the same service: what each delivered, broke, owes and paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.claiming.book import claims_now
from collector.clerk import Desk
from collector.comparison import Compared, compared
from collector.notebook.book import Notebook
from collector.sla.evidence import Ticket
from collector.standing_statements import stood
from collector.web.views.board import Line, fairness, parts
from collector.web.views.page import link, render
from collector.web.views.query import choice
from collector.web.views.view import Asked, BadRequest, Drawn
from config.settings import Settings

MOST_COMPUTED = 60
"""Of a period without statements so many circuits are computed: each takes a tenth of a second and more."""


@dataclass(frozen=True, slots=True)
class Service:
    """The carriers of one service word."""

    name: str
    carriers: tuple[tuple[str, str], ...]
    """Key and name."""
    parts: tuple[tuple[str, tuple[Line, ...]], ...]
    notes: tuple[str, ...]
    """What makes the comparison less than fair."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    services: tuple[Service, ...]
    words: tuple[str, ...]
    service: str
    period: str
    periods: tuple[tuple[str, str, bool], ...]
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
    issued = _labels(desk)
    label = query.get("period") or (issued[0] if issued else "current")
    circuits = [name for name, one in settings.circuits.items() if service in {"", one.service}]
    told, missing = stated(desk, label, circuits)
    claims = [one for one in claims_now(settings, desk.reader, desk.now.wall_ms) if one.period == label]
    found = compared(settings, told, claims, _tickets(desk, told))
    by_service: dict[str, list[Compared]] = {}
    for one in found:
        by_service.setdefault(one.card.service, []).append(one)
    return Page(
        services=tuple(
            _service(settings, name, some) for name, some in sorted(by_service.items(), key=_last)
        ),
        words=words,
        service=service,
        period=label,
        periods=tuple(_choices(issued, label, service)),
        missing=missing,
    )


def stated(desk: Desk, label: str, circuits: Sequence[str]) -> tuple[list[dict[str, Any]], int]:
    """The period's statements as JSON: the issued ones, else computed; and how many are left out.

    Raises BadRequest for a period that can't be read.
    """
    try:
        found = stood(desk, label, circuits, MOST_COMPUTED)
    except ValueError as error:
        raise BadRequest(f"`period`: {error}") from None
    return [one.told for one in found.statements], found.missing


def _labels(desk: Desk) -> list[str]:
    """The periods that have statements, the newest first."""
    found = {one.label: one.key.to_ms for one in desk.reader.revisions(brief=True)}
    return sorted(found, key=lambda label: -found[label])


def _choices(issued: Sequence[str], label: str, service: str) -> Iterator[tuple[str, str, bool]]:
    for one, text in [("current", "this month so far"), *((name, name) for name in issued[:6])]:
        yield text, link("/carriers", {"service": service}, period=one), one == label


def _tickets(desk: Desk, told: Sequence[Mapping[str, Any]]) -> dict[str, list[Ticket]]:
    """Each circuit's tickets that were opened in its statement's period."""
    notebook = Notebook(desk.reader.notes("ticket"))
    found: dict[str, list[Ticket]] = {}
    for one in told:
        ends = [datetime.fromisoformat(one["period"][end]).timestamp() * 1000 for end in ("from", "to")]
        for name in one["circuits"]:
            found[name] = [
                ticket for ticket in notebook.tickets_of(name) if ends[0] <= ticket.opened_ms < ends[1]
            ]
    return found


def _last(item: tuple[str, list[Compared]]) -> tuple[bool, int, str]:
    """Where there is most to compare first; circuits without a service word last."""
    return not item[0], -len(item[1]), item[0]


def _service(settings: Settings, name: str, found: Sequence[Compared]) -> Service:
    keys = [one.card.carrier for one in found]
    return Service(
        name=name,
        carriers=tuple((key, known.name if (known := settings.carriers.get(key)) else key) for key in keys),
        parts=tuple(parts(found)),
        notes=tuple(fairness(found)),
    )
