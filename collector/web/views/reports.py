"""Reports: the periods that there can be one of, in each form and for each carrier, and the deliveries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from collector.clerk import Desk
from collector.web.views.page import Clocks, Moment, link, render
from collector.web.views.query import choice
from collector.web.views.view import Asked, Drawn

FORMS = ("html", "pdf", "csv", "json")
LETTERS = {"sent": "good", "failed": "bad", "waiting": "info"}


@dataclass(frozen=True, slots=True)
class Period:
    """A period, and a link for each form."""

    label: str
    begin: Moment
    end: Moment
    closed: bool
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """A report of the schedule, and what became of its newest."""

    name: str
    every: str
    forms: str
    to: str
    period: str
    state: str
    kind: str
    at: Moment | None
    next: Moment | None
    failures: int
    why: str


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    periods: tuple[Period, ...]
    sendings: tuple[Sending, ...]
    carriers: tuple[tuple[str, str], ...]
    carrier: str
    pdf: bool


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest."""
    seen = page(desk, asked)
    return render("reports.html", asked, desk.settings, desk.now.wall_ms, title="Reports", page=seen)


def page(desk: Desk, asked: Asked) -> Page:
    """What is shown; raises BadRequest."""
    settings, clocks = desk.settings, Clocks(desk.settings, desk.now.wall_ms)
    carrier = choice(asked.query, "carrier", ("", *settings.carriers))
    told = asked.reports
    pdf = told.pdf if told else False
    return Page(
        periods=tuple(_periods(told.offered if told else (), carrier, clocks, pdf=pdf)),
        sendings=tuple(_sendings(told.deliveries if told else (), clocks)),
        carriers=tuple((key, one.name) for key, one in settings.carriers.items()),
        carrier=carrier,
        pdf=pdf,
    )


def _periods(offered: Sequence[Any], carrier: str, clocks: Clocks, *, pdf: bool) -> Iterator[Period]:
    for one in offered:
        yield Period(
            one.label,
            clocks.at(one.from_ms),
            clocks.at(one.to_ms),
            one.closed,
            tuple(
                (form, link(f"/reports/{one.label}.{form}", {"carrier": carrier}))
                for form in FORMS
                if pdf or form != "pdf"
            ),
        )


def _sendings(deliveries: Sequence[Any], clocks: Clocks) -> Iterator[Sending]:
    for one in deliveries:
        yield Sending(
            name=one.name,
            every=one.every,
            forms=", ".join(one.formats),
            to=", ".join(one.to),
            period=one.period or "",
            state=one.state,
            kind=LETTERS.get(one.state, ""),
            at=clocks.maybe(one.at_ms),
            next=clocks.maybe(one.next_ms),
            failures=one.failures,
            why=one.why,
        )
