"""What people say of how it went, beside what was measured then; and the open form behind a link."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from collector.clerk import Desk
from collector.ledger.records import Note
from collector.notebook.bodies import FeedbackBody
from collector.notebook.book import Notebook
from collector.performance.cycle.feedback import circuits_of
from collector.sla.calendar import local_day
from collector.web.feedback_link import link as invitation
from collector.web.feedback_link import site_of
from collector.web.views.evidence import Evidence, evidence
from collector.web.views.page import Clocks, local, render
from collector.web.views.query import choice, place
from collector.web.views.sentences import SCORES, recorded
from collector.web.views.view import Asked, Drawn, NotFound
from config.settings import Settings

ROWS = 25
"""A page's length: beside each stands what was measured."""
WEEKS = 8


@dataclass(frozen=True, slots=True)
class Said:
    """One piece of feedback."""

    note: Note
    body: FeedbackBody
    words: str
    evidence: tuple[Evidence, ...]
    chart: str
    """The chart of the hour around it, of its circuit or the site's first."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A site's week: None where nobody said anything."""

    count: int
    text: str
    share: int
    """For a bar: 0 for the worst, 100 for the best."""


@dataclass(frozen=True, slots=True)
class Week:
    """A week of a site: by its Monday, and what was said in it."""

    name: str
    """`this week`, `last week`, `week of 17 Nov`."""
    mean: Mean | None


@dataclass(frozen=True, slots=True)
class SiteWeeks:
    """A site's weeks, the newest first."""

    site: str
    weeks: tuple[Week, ...]
    whole: Mean | None
    """Of all these weeks."""
    link: str
    """The open form's address; empty without `web.feedback_key`."""

    @property
    def newest(self) -> Week | None:
        """The last week in which anybody said anything."""
        return next((one for one in self.weeks if one.mean), None)

    @property
    def told(self) -> str:
        """All of it in words, the oldest first, for who can't see the bars."""
        return "; ".join(
            f"{one.name}: {one.mean.text} of {one.mean.count}" for one in reversed(self.weeks) if one.mean
        )


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    said: tuple[Said, ...]
    since: str
    """The Monday with which the first of the weeks begins."""
    sites: tuple[SiteWeeks, ...]
    site: str
    circuits: tuple[str, ...]
    """Those that the form offers: of the chosen site, else all."""
    circuit: str
    first: int
    total: int
    invites: bool
    """Whether links can be made at all."""

    @property
    def heard(self) -> list[SiteWeeks]:
        """The sites of which anything was heard in these weeks, where it is worst first."""
        return sorted(
            (one for one in self.sites if one.whole), key=lambda one: one.whole.share if one.whole else 0
        )

    @property
    def silent(self) -> list[SiteWeeks]:
        """The others."""
        return [one for one in self.sites if not one.whole]

    @property
    def weeks(self) -> int:
        """How many there are."""
        return WEEKS

    @property
    def circuit_pairs(self) -> list[tuple[str, str]]:
        """The circuits for a list to choose from."""
        return [(one, one) for one in self.circuits]

    @property
    def site_pairs(self) -> list[tuple[str, str]]:
        """The sites for a list to choose from."""
        return [(one.site, one.site) for one in self.sites]


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page for people with a login; raises BadRequest, LedgerError."""
    seen = page(desk, asked.query)
    now = now_there(desk.settings, seen.site or desk.settings.site, desk.now.wall_ms)
    return render(
        *("feedback.html", asked, desk.settings, desk.now.wall_ms),
        title="Feedback", page=seen, scores=tuple(SCORES.items()), now=now, length=ROWS,
        recorded=recorded(desk, asked),
    )  # fmt: skip


def open_form(desk: Desk, asked: Asked) -> Drawn:
    """The form behind a link: it shows nothing of ours but the site's name. Raises NotFound."""
    site = site_of(desk.settings, asked.parts["site"], asked.parts["token"])
    if site is None:
        raise NotFound("this link is not valid: ask whoever gave it to you for a new one")
    return render(
        *("feedback_open.html", asked, desk.settings, desk.now.wall_ms),
        title="How did it go?", site=site, scores=tuple(SCORES.items()), thanks="thanks" in asked.query,
        now=now_there(desk.settings, site, desk.now.wall_ms), here=asked.path,
    )  # fmt: skip


def now_there(settings: Settings, site: str, now_ms: int) -> str:
    """What the clock at a site shows, as a form's time field takes it."""
    known = settings.sites.get(site)
    at = datetime.fromtimestamp(now_ms // 1000, UTC)
    return f"{at.astimezone(ZoneInfo(known.timezone if known else 'UTC')):%Y-%m-%dT%H:%M}"


def page(desk: Desk, query: Mapping[str, str]) -> Page:
    """What is shown; raises BadRequest, LedgerError."""
    settings = desk.settings
    site = choice(query, "site", ("", *settings.sites))
    every = Notebook(desk.reader.notes(FeedbackBody.KIND)).feedback
    found = sorted(
        ((note, body) for note, body in every if site in {"", body.site}), key=lambda one: -one[1].at
    )
    first = place(query, len(found))
    circuit = choice(query, "circuit", ("", *settings.circuits))
    mondays = _mondays(settings, desk.now.wall_ms)
    return Page(
        said=tuple(_said(desk, note, body) for note, body in found[first - 1 : first - 1 + ROWS]),
        since=_day(mondays[-1], mondays[0]),
        sites=tuple(_weeks(settings, [body for _, body in every], desk.now.wall_ms)),
        site=site,
        circuits=tuple(name for name, one in settings.circuits.items() if site in {"", one.site}),
        circuit=circuit,
        first=first,
        total=len(found),
        invites=any(invitation(settings, name) for name in settings.sites),
    )


def _said(desk: Desk, note: Note, body: FeedbackBody) -> Said:
    circuits = circuits_of(desk.settings, body)
    chart = ""
    if circuits:
        clocks = Clocks(desk.settings, desk.now.wall_ms)
        around = [clocks.at(body.at + step).iso for step in (-1_800_000, 1_800_000)]
        chart = f"{local('circuits', circuits[0])}?from={around[0]}&to={around[1]}"
    return Said(note, body, SCORES[body.score], tuple(evidence(desk, circuits, body.at)), chart)


def _mondays(settings: Settings, now_ms: int) -> list[date]:
    """The begins of the last weeks on the calendar of this host's site, the newest first."""
    known = settings.sites.get(settings.site)
    today = local_day(now_ms, known.timezone if known else "UTC")
    this = today - timedelta(days=today.weekday())
    return [this - timedelta(weeks=n) for n in range(WEEKS)]


def _weeks(settings: Settings, bodies: Sequence[FeedbackBody], now_ms: int) -> Iterator[SiteWeeks]:
    mondays = _mondays(settings, now_ms)
    for name, site in settings.sites.items():
        scores: dict[date, list[int]] = {}
        for body in bodies:
            if body.site == name:
                day = local_day(body.at, site.timezone)
                scores.setdefault(day - timedelta(days=day.weekday()), []).append(body.score)
        weeks = tuple(
            Week(_week(place, monday, mondays[0]), mean(scores.get(monday, ())))
            for place, monday in enumerate(mondays)
        )
        heard = [score for monday in mondays for score in scores.get(monday, ())]
        yield SiteWeeks(name, weeks, mean(heard), invitation(settings, name) or "")


def _week(ago: int, monday: date, this: date) -> str:
    return ("this week", "last week")[ago] if ago < 2 else f"week of {_day(monday, this)}"


def _day(day: date, now: date) -> str:
    """`17 Nov`; with its year where that isn't the one of now."""
    return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != now.year else "")


def mean(scores: Iterable[int]) -> Mean | None:
    """The mean of some scores to one place; None without any."""
    some = list(scores)
    if not some:
        return None
    exact = Fraction(sum(some), len(some))
    tenths = round(exact * 10)
    return Mean(len(some), f"{tenths // 10}.{tenths % 10}", round((exact - 1) * 25))
