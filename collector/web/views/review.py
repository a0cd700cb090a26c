"""One review: its pack to open, for whom it may be, what was said when it was held, and a form to say it."""

from __future__ import annotations

from dataclasses import dataclass

from collector.clerk import Desk
from collector.performance.cycle.held import Said, held
from collector.performance.review.pack import TITLES
from collector.periods import before, read_period, rhythm_of
from collector.web.views.page import Clocks, Moment, link, render
from collector.web.views.query import choice
from collector.web.views.reviews import FORMS, HERE, carriers_of, files
from collector.web.views.sentences import recorded
from collector.web.views.view import Asked, Drawn, NotFound

BEFORE = 4
"""So many reviews of the time before stand here to be read again."""


@dataclass(frozen=True, slots=True)
class Told:
    """A review that was held, with its times as people read them."""

    said: Said
    whom: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    label: str
    title: str
    spoken: str
    closed: bool
    earlier: str
    """The label of the period before."""
    whom: tuple[tuple[str, str, bool], ...]
    """For whom it is: ourselves, or a carrier."""
    carriers: tuple[tuple[str, str], ...]
    carrier: str
    name: str
    links: tuple[tuple[str, str], ...]
    here: tuple[Told, ...]
    past: tuple[Told, ...]


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, NotFound, LedgerError."""
    seen = page(desk, asked)
    return render(
        *("review.html", asked, desk.settings, desk.now.wall_ms),
        title=f"{seen.title}, {seen.spoken}",
        page=seen,
        recorded=recorded(desk, asked),
        here=HERE,
        forms=FORMS,
    )


def page(desk: Desk, asked: Asked) -> Page:
    """What is shown; raises BadRequest, NotFound for what is no period, LedgerError."""
    settings, now_ms = desk.settings, desk.now.wall_ms
    try:
        period = read_period(asked.parts["period"], settings.zone, now_ms)
    except ValueError as error:
        raise NotFound(str(error)) from None
    carrier = choice(asked.query, "carrier", ("", *settings.carriers))
    all_ = held(desk, carrier=carrier or None)
    label = period.label
    return Page(
        label=label,
        title=TITLES[rhythm_of(label)],
        spoken=period.spoken,
        closed=period.end_ms <= now_ms,
        earlier=before(period, now_ms).label if rhythm_of(label) != "once" else "",
        whom=tuple(
            (name, link(f"{HERE}/{label}", {"carrier": key}), key == carrier)
            for key, name in (("", "ourselves"), *carriers_of(settings))
        ),
        carriers=carriers_of(settings),
        carrier=carrier,
        name=settings.carriers[carrier].name if carrier else "",
        links=files(label, carrier, pdf=bool(asked.reports and asked.reports.pdf)),
        here=tuple(_told(desk, one) for one in all_ if one.period == label),
        past=tuple(_told(desk, one) for one in reversed(all_) if one.period != label)[:BEFORE],
    )


def _told(desk: Desk, one: Said) -> Told:
    clocks, known = Clocks(desk.settings, desk.now.wall_ms), desk.settings.carriers.get(one.carrier)
    at_ms = one.at_ms if one.held_ms is None else one.held_ms
    return Told(one, known.name if known else one.carrier, clocks.at(at_ms))
