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
from collector.sla.calendar import parse_period
from collector.sla.evidence import Ticket
from collector.statements import statements
from collector.web.views.board import Line, fairness, parts
from collector.web.views.page import link, render
from collector.web.views.query import choice
from collector.web.views.view import Asked, BadRequest, Drawn
from config.settings import Settings

MOST_COMPUTED = 60
"""Of a period without statements so many circuits are computed: each takes a tenth of a second and more."""
FRESH_MS = 300_000
_KEPT = "carriers.statements"


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
    wanted = set(circuits)
    found = [
        told
        for one in desk.reader.revisions(label=label)
        if wanted.issuperset((told := one.statement).get("circuits") or [one.key.scope])
    ]
    done = {name for one in found for name in one["circuits"]}
    rest = [name for name in circuits if name not in done and desk.settings.circuits[name].contract.values]
    if found and rest and not _may_run(desk, label):
        rest = []  # what is over and has no statement was not in service, or isn't settled yet
    return found + _computed(desk, label, rest[:MOST_COMPUTED]), len(rest[MOST_COMPUTED:])


def _may_run(desk: Desk, label: str) -> bool:
    try:
        return parse_period(label, "UTC", desk.now.wall_ms).end_ms + FRESH_MS > desk.now.wall_ms
    except ValueError:
        return True


def _computed(desk: Desk, label: str, circuits: Sequence[str]) -> list[dict[str, Any]]:
    if not circuits:
        return []
    key = (label, tuple(circuits), desk.now.wall_ms // FRESH_MS, len(desk.reader.notes()))
    if desk.kept.get(_KEPT, (None,))[0] != key:
        try:
            made = statements(desk.settings, desk.reader, period=label, circuits=circuits, now=desk.now)
        except ValueError as error:
            raise BadRequest(f"`period`: {error}") from None
        desk.kept[_KEPT] = (key, [one.as_json() for one in made])
    found: list[dict[str, Any]] = desk.kept[_KEPT][1]
    return found


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
