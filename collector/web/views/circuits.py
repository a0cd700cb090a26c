"""The page at `/`: a row a circuit, what needs a person first. Pure but for the template.

It is drawn from what the daemon knows at this moment, in a thread of its own: sorting ten thousand
circuits and rendering a thousand rows takes longer than the event loop may be held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache, partial

from collector.charts.spark import SparkPath, spark
from collector.circuits import Status
from collector.claims_open import SOON_MS, ClaimLine
from collector.sla.evaluate import period_of
from collector.sla.rules import CircuitFacts
from collector.times import span
from collector.web.seen import Seen
from collector.web.sources import CircuitNow, FigureNow
from collector.web.views import page
from collector.web.views.page import Clocks, Moment, link, local
from collector.web.views.query import choice, place
from collector.web.views.view import Asked, Drawn
from config.settings import Settings
from probes.model import RTT_UNIT_NS, Round

ROWS = 1000
"""A page's length; an estate no larger than this is one page, and is filtered in the browser at once."""
LITTLE_LEFT = 25
"""A budget of which no more percent are left is at risk."""
AVAILABILITY = "availability_ratio"
FILTERS = ("carrier", "site", "status", "q")
Lapse = tuple[int, str, ClaimLine]
"""A deadline: when in UTC ms, which, and of which claim."""


class Need(IntEnum):
    """How much a circuit needs a person: the first most."""

    DOWN = 0
    UNKNOWN = 1
    DEADLINE = 2
    BREACHED = 3
    AT_RISK = 4
    NOTHING = 5


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of the time that a circuit may be down in this period."""

    text: str
    share: int | None
    """Percent of it that are left; None where the whole isn't known."""
    kind: str
    """`low` or `bad`; empty while there is enough."""


@dataclass(frozen=True, slots=True)
class Due:
    """The next deadline of an open claim."""

    what: str
    at: Moment
    soon: bool
    href: str


@dataclass(frozen=True, slots=True)
class Row:
    """A circuit as the table shows it."""

    now: CircuitNow
    need: Need
    href: str
    ticket: str
    """Where a ticket of its open outage is recorded; empty where none is missing."""
    carrier: str
    known: tuple[str, ...]
    """The carrier's id, and the service."""
    since: Moment
    availability: str
    target: str
    violated: bool
    budget: Budget | None
    broken: tuple[str, ...]
    """Objectives other than availability that are breached this period."""
    spark: SparkPath | None
    rtt: str
    loss: str
    due: Due | None
    shown: bool
    """Whether it passes the filters."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; empty: all."""

    carrier: str = ""
    site: str = ""
    status: str = ""
    q: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is left out."""
        return bool(self.carrier or self.site or self.status or self.q)

    def passes(self, now: CircuitNow, words: str) -> bool:
        """Whether a circuit is asked for; `words` is what a person may look for, in lower case."""
        return (
            self.carrier in ("", now.carrier)
            and self.site in ("", now.site)
            and self.status in ("", now.status)
            and all(word in words for word in self.q.lower().split())
        )


@dataclass(frozen=True, slots=True)
class Table:
    """All that the template is given beside the frame."""

    rows: tuple[Row, ...]
    first: int
    """The place of the first row among those that pass the filters, from 1."""
    passing: int
    total: int
    whole: bool
    """Every circuit has its row here: the browser filters by itself."""
    filters: Filters
    carriers: tuple[tuple[str, str], ...]
    sites: tuple[tuple[str, str], ...]
    counts: Mapping[Status, int]
    earlier: str
    later: str
    """Where the rows before and after are; empty where there are none."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A circuit and what is known of it."""

    now: CircuitNow
    figures: Sequence[FigureNow]
    availability: FigureNow | None
    budget: Budget | None
    claim: Lapse | None
    need: Need = Need.NOTHING


def draw(seen: Seen, asked: Asked) -> Drawn:
    """The page; every value is escaped. Raises BadRequest."""
    shown = table(seen, asked)
    down = shown.counts[Status.DOWN]
    title = f"{down} down, {shown.counts[Status.UP]} up"
    return page.render("circuits.html", asked, seen.settings, seen.now_ms, title=title, table=shown)


def table(seen: Seen, asked: Asked) -> Table:
    """What the template shows of `seen`; raises BadRequest."""
    filters, clocks = _filters(asked.query), Clocks(seen.settings, seen.now_ms)
    cases = sorted(_cases(seen), key=_urgency)
    passing = {one.now.circuit for one in cases if filters.passes(one.now, _words(seen.settings, one.now))}
    whole = len(cases) <= ROWS
    listed = cases if whole else [one for one in cases if one.now.circuit in passing]
    first = place(asked.query, len(listed))
    shown = listed[first - 1 : first - 1 + ROWS]
    to = partial(link, asked.path, {name: asked.query.get(name) for name in FILTERS})
    return Table(
        rows=tuple(_row(seen, clocks, one, one.now.circuit in passing) for one in shown),
        first=first,
        passing=len(passing),
        total=len(cases),
        whole=whole,
        filters=filters,
        carriers=tuple(_named(seen.settings, {one.now.carrier for one in cases})),
        sites=tuple((name, name) for name in sorted({one.now.site for one in cases})),
        counts={status: sum(one.now.status is status for one in cases) for status in Status},
        earlier=to(first=max(first - ROWS, 1)) if first > 1 else "",
        later=to(first=first + ROWS) if first + ROWS <= len(listed) else "",
    )


def _cases(seen: Seen) -> Iterator[_Case]:
    """Each circuit with what is known of it, and how much that needs a person."""
    figures, claims, periods = _by_circuit(seen.figures), _claims(seen.claims, seen.now_ms), _Periods(seen)
    for now in seen.circuits:
        told = figures.get(now.circuit, ())
        availability = next((one for one in told if one.metric == AVAILABILITY), None)
        budget = None if availability is None else periods.budget(availability)
        case = _Case(now, told, availability, budget, claims.get(now.circuit))
        yield replace(case, need=_need(case, seen.now_ms))


def _filters(query: Mapping[str, str]) -> Filters:
    """What is asked for; a carrier or site that was renamed shows nothing, and is no mistake."""
    return Filters(
        carrier=query.get("carrier", ""),
        site=query.get("site", ""),
        status=choice(query, "status", ("", *Status)),
        q=query.get("q", "").strip(),
    )


def _words(settings: Settings, now: CircuitNow) -> str:
    """What a person may look for, in lower case; the browser looks in the same."""
    circuit, carrier = settings.circuits.get(now.circuit), settings.carriers.get(now.carrier)
    told = (now.circuit, carrier.name if carrier else now.carrier, now.site, now.cause)
    known = (circuit.carrier_id, circuit.service) if circuit else ()
    return " ".join(filter(None, (*told, *known))).lower()


def _named(settings: Settings, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in sorted(names):
        carrier = settings.carriers.get(name)
        yield name, carrier.name if carrier else name


def _by_circuit(figures: Sequence[FigureNow]) -> dict[str, list[FigureNow]]:
    grouped: dict[str, list[FigureNow]] = {}
    for figure in figures:
        grouped.setdefault(figure.circuit, []).append(figure)
    return grouped


def _claims(claims: Sequence[ClaimLine], now_ms: int) -> dict[str, Lapse]:
    """The next deadline that is ahead of each circuit: when, which, and of which claim."""
    found: dict[str, Lapse] = {}
    for claim in claims:
        ahead = [(at_ms, name) for name, at_ms in claim.deadlines.items() if at_ms > now_ms]
        for circuit in claim.circuits if ahead else ():
            at_ms, name = min(ahead)
            if circuit not in found or at_ms < found[circuit][0]:
                found[circuit] = (at_ms, name, claim)
    return found


def _urgency(one: _Case) -> tuple[int, int, str, str]:
    """What needs a person first; of what is down or unknown the longest first, of deadlines the nearest."""
    since = one.now.since_ms if one.need in (Need.DOWN, Need.UNKNOWN) else 0
    due_ms = one.claim[0] if one.claim and one.need is Need.DEADLINE else 0
    return one.need, since or due_ms, one.now.site, one.now.circuit


def _need(one: _Case, now_ms: int) -> Need:
    if one.now.status is not Status.UP:
        return Need.DOWN if one.now.status is Status.DOWN else Need.UNKNOWN
    if one.claim is not None and one.claim[0] <= now_ms + SOON_MS:
        return Need.DEADLINE
    if any(figure.violated for figure in one.figures):
        return Need.BREACHED
    return Need.AT_RISK if one.budget and one.budget.kind else Need.NOTHING


class _Periods:
    """How long the running periods are, each reckoned once."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._known: dict[tuple[str, str], int | None] = {}

    def budget(self, one: FigureNow) -> Budget | None:
        """What is left of a figure's budget; None of a figure without one."""
        left = one.budget_remaining_seconds
        if left is None:
            return None
        text = f"{span(round(abs(left)))} {'left' if left >= 0 else 'over'}"
        whole = self._seconds(one.contract, one.site)
        if whole is None or one.target is None or one.target >= 1:
            return Budget(text, None, "bad" if left < 0 else "")
        share = max(0, min(100, round(100 * left / (whole * (1 - one.target)))))
        kind = "bad" if left < 0 else "low" if share <= LITTLE_LEFT else ""
        return Budget(text, share, kind)

    def _seconds(self, contract: str, site: str) -> int | None:
        key = (contract, site)
        if key not in self._known:
            settings = self._seen.settings
            agreed, there = settings.contracts.get(contract), settings.sites.get(site)
            self._known[key] = None
            if agreed is not None and there is not None:
                facts = CircuitFacts(id="", timezone=there.timezone)
                period = period_of(agreed, facts, "current", self._seen.now_ms)
                self._known[key] = (period.end_ms - period.start_ms) // 1000
        return self._known[key]


def _row(seen: Seen, clocks: Clocks, one: _Case, shown: bool) -> Row:
    now, figure, settings = one.now, one.availability, seen.settings
    circuit, carrier = settings.circuits.get(now.circuit), settings.carriers.get(now.carrier)
    keys = [(now.circuit, probe) for probe in now.rtt_probes]
    last = next((seen.rounds[key] for key in keys if key in seen.rounds), None)
    since = clocks.at(now.since_ms, now.site)
    unticketed = now.outage_open and now.outage_ticketed is False
    return Row(
        now=now,
        need=one.need,
        href=local("circuits", now.circuit),
        ticket=local("outages", now.circuit, since.iso) if unticketed else "",
        carrier=carrier.name if carrier else now.carrier,
        known=tuple(filter(None, (circuit.carrier_id, circuit.service))) if circuit else (),
        since=since,
        availability="" if figure is None or figure.measured is None else page.percent(figure.measured),
        target="" if figure is None or figure.target is None else page.promised(figure.target),
        violated=bool(figure and figure.violated),
        budget=one.budget,
        broken=tuple(each.objective for each in one.figures if each.violated and each.metric != AVAILABILITY),
        spark=_spark(seen, now.circuit),
        rtt=_rtt(last),
        loss=_loss(last),
        due=None if one.claim is None else _due(seen, clocks, now.site, one.claim),
        shown=shown,
    )


def _due(seen: Seen, clocks: Clocks, site: str, claim: Lapse) -> Due:
    at_ms, name, one = claim
    soon = at_ms <= seen.now_ms + SOON_MS
    return Due(name, clocks.at(at_ms, site), soon, local("claims", one.scope, one.contract, one.period))


def _spark(seen: Seen, circuit: str) -> SparkPath | None:
    held = seen.sparks.get(circuit)
    return None if held is None else _line(tuple(held.rtt), tuple(held.loss))


@lru_cache(2 * ROWS)
def _line(rtt: tuple[float | None, ...], loss: tuple[float | None, ...]) -> SparkPath:
    """A spark stays the same for minutes, and the page is drawn for everybody who looks."""
    return spark(rtt, loss)


def _rtt(last: Round | None) -> str:
    answered = [rtt for rtt in last.rtts if rtt is not None] if last else []
    return f"{sum(answered) * RTT_UNIT_NS / len(answered) / 1e6:.2f} ms" if answered else ""


def _loss(last: Round | None) -> str:
    return f"{100 * (last.sent - last.received) / last.sent:.0f}%" if last and last.sent else ""
