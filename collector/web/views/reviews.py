"""Reviews: the periods by their rhythm, each with its pack, and what was said when they were held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

from collector.clerk import Desk
from collector.ledger.store import oldest_ms
from collector.ledger.watched import Answers
from collector.performance.cycle.held import held
from collector.periods import ReportPeriod, Rhythm, label_of, past_periods, read_period, rhythm_of
from collector.sla.calendar import local_day
from collector.web.views.page import Clocks, Moment, link, render
from collector.web.views.query import choice
from collector.web.views.view import Asked, Drawn
from config.settings import Settings

HERE = "/performance/reviews"
FORMS = ("html", "pdf", "json")
RHYTHMS: tuple[tuple[Rhythm, str, str, int], ...] = (
    ("quarterly", "Quarterly", "business review: scorecard, goals, actions, money, contract terms", 8),
    ("monthly", "Monthly", "the same of a month", 12),
    ("weekly", "Weekly", "analysis: what changed, key figures, what lies ahead, actions", 6),
    ("daily", "Daily", "check: what changed since the day before, what to do", 7),
    ("yearly", "Yearly", "the year as a whole", 3),
)
"""Rhythm, its word, what its pack is, and how many periods stand here."""


@dataclass(frozen=True, slots=True)
class Row:
    """A period."""

    label: str
    spoken: str
    end: Moment
    closed: bool
    held: int
    """So many reviews of it are written down."""
    page: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The periods of a rhythm, the newest first."""

    key: str
    title: str
    means: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    groups: tuple[Group, ...]
    carriers: tuple[tuple[str, str], ...]
    carrier: str
    pdf: bool


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, LedgerError."""
    seen = page(desk, asked)
    return render(
        *("reviews.html", asked, desk.settings, desk.now.wall_ms), title="Reviews", page=seen, here=HERE
    )


def page(desk: Desk, asked: Asked) -> Page:
    """What is shown; raises BadRequest, LedgerError."""
    settings, clocks = desk.settings, Clocks(desk.settings, desk.now.wall_ms)
    carrier = choice(asked.query, "carrier", ("", *settings.carriers))
    pdf = bool(asked.reports and asked.reports.pdf)
    counts = Counter(one.period for one in held(desk, carrier=carrier or None))
    by_rhythm: dict[str, list[Row]] = {}
    for one in periods(desk):
        row = Row(
            label=one.label,
            spoken=one.spoken,
            end=clocks.at(one.end_ms),
            closed=one.end_ms <= desk.now.wall_ms,
            held=counts[one.label],
            page=link(f"{HERE}/{one.label}", {"carrier": carrier}),
            links=files(one.label, carrier, pdf=pdf),
        )
        by_rhythm.setdefault(rhythm_of(one.label), []).append(row)
    return Page(
        groups=tuple(
            Group(key, title, means, tuple(by_rhythm[key][:most]))
            for key, title, means, most in RHYTHMS
            if key in by_rhythm
        ),
        carriers=carriers_of(settings),
        carrier=carrier,
        pdf=pdf,
    )


def carriers_of(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Keys and names, for a list to choose from."""
    return tuple((key, one.name) for key, one in settings.carriers.items())


def files(label: str, carrier: str, *, pdf: bool) -> tuple[tuple[str, str], ...]:
    """A period's pack in each form that can be had."""
    return tuple(
        (form, link(f"{HERE}/{label}.{form}", {"carrier": carrier})) for form in FORMS if pdf or form != "pdf"
    )


def periods(desk: Desk) -> Iterator[ReportPeriod]:
    """Those of which anything can be known, the newest first of each rhythm; raises LedgerError."""
    with closing(Answers(desk.ledger)) as ask:
        since_ms = ask(oldest_ms)
    if since_ms is None:
        return
    zone, now_ms = desk.settings.zone, desk.now.wall_ms
    today = local_day(now_ms, zone)
    running: tuple[Rhythm, ...] = ("quarterly", "yearly")
    yield from (read_period(label_of(rhythm, today), zone, now_ms) for rhythm in running)
    yield from past_periods(zone, since_ms, now_ms, most=48)
    for rhythm, days in (("weekly", 7), ("daily", 1)):
        for number in range(8):
            label = label_of("weekly" if rhythm == "weekly" else "daily", today - timedelta(days * number))
            one = read_period(label, zone, now_ms)
            if one.end_ms > since_ms:
                yield one
