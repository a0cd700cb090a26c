"""The page at `/`: a row a circuit, what needs a person first. Pure but for the template.

It is drawn from what the daemon knows at this moment, in a thread of its own and piece by piece: sorting
ten thousand circuits and rendering a thousand rows takes longer than the event loop may be held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from collector.charts.spark import SparkPath
from collector.circuits import Status
from collector.claims_open import SOON_MS
from collector.times import span
from collector.web import html
from collector.web.seen import Seen
from collector.web.sources import CircuitNow
from collector.web.views import page
from collector.web.views.cases import AVAILABILITY, Budget, Case, Lapse, Need, cases_of, urgency
from collector.web.views.page import Clocks, Moment, link, local
from collector.web.views.query import choice, place
from collector.web.views.view import Asked, Drawn
from config.settings import Settings
from probes.model import RTT_UNIT_NS, Round

ROWS = 1000
"""A page's length; an estate no larger than this is one page, and is filtered in the browser at once."""
MOST_KEPT = 10 * ROWS
FILTERS = ("carrier", "site", "status", "q")


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
    elsewhere: str
    """The site, where it isn't the page's."""
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

    def passes(self, settings: Settings, now: CircuitNow) -> bool:
        """Whether a circuit is asked for."""
        return (
            self.carrier in ("", now.carrier)
            and self.site in ("", now.site)
            and self.status in ("", now.status)
            and (not self.q or _has(_words(settings, now), self.q))
        )


@dataclass(frozen=True, slots=True)
class Table:
    """All that the template is given beside the frame."""

    cases: tuple[Case, ...]
    """A row each."""
    first: int
    """The place of the first row among those that pass the filters, from 1."""
    passing: Collection[str]
    """The circuits that pass the filters, also those of other pages."""
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


def draw(seen: Seen, asked: Asked) -> Drawn:
    """The page; every value is escaped. Raises BadRequest."""
    return Drawn(b"".join(pieces(seen, asked, Kept())))


def pieces(seen: Seen, asked: Asked, kept: Kept) -> Iterator[bytes]:
    """The page piece by piece, so that its first rows are sent before the last are drawn.

    Raises BadRequest before the first piece. `kept` is what was drawn the last time.
    """
    shown = table(seen, asked)
    down = shown.counts[Status.DOWN]
    return page.pieces(
        "circuits.html",
        asked,
        seen.settings,
        seen.now_ms,
        title=f"{down} down, {shown.counts[Status.UP]} up",
        table=shown,
        rows=kept.rows(seen, shown),
    )


class Kept:
    """Rows as they were drawn last: one that shows the same is not drawn again. Not for two threads."""

    def __init__(self) -> None:
        self._digest = ""
        self._drawn: dict[str, tuple[tuple[object, ...], Markup]] = {}

    def rows(self, seen: Seen, shown: Table) -> Iterator[Markup]:
        """The rows of a table, each made when it is asked for."""
        if self._digest != seen.settings.digest or len(self._drawn) > MOST_KEPT:
            self._digest, self._drawn = seen.settings.digest, {}
        clocks, made = Clocks(seen.settings, seen.now_ms), html.template("_circuit.html").module.row  # type: ignore[attr-defined]  # its macro
        for one in shown.cases:
            name = one.now.circuit
            passes = name in shown.passing
            says = (one, passes, *_beside(seen, one))
            drawn = self._drawn.get(name)
            if drawn is None or drawn[0] != says:
                drawn = self._drawn[name] = (says, made(row_of(seen, clocks, one, shown=passes)))
            yield drawn[1]


def _beside(seen: Seen, one: Case) -> tuple[object, ...]:
    """What a row shows beside the case itself: the last round, the spark, and how long ago things were."""
    return (
        last_round(seen, one.now),
        seen.sparks.get(one.now.circuit),
        span(abs(seen.now_ms - one.now.since_ms) // 1000),
        one.claim and (span((one.claim[0] - seen.now_ms) // 1000), one.claim[0] <= seen.now_ms + SOON_MS),
    )


def table(seen: Seen, asked: Asked) -> Table:
    """What the template shows of `seen`; raises BadRequest."""
    filters = _filters(asked.query)
    cases = sorted(cases_of(seen), key=urgency)
    passing = {one.now.circuit for one in cases if filters.passes(seen.settings, one.now)}
    whole = len(cases) <= ROWS
    listed = cases if whole else [one for one in cases if one.now.circuit in passing]
    first = place(asked.query, len(listed))
    to = partial(link, asked.path, {name: asked.query.get(name) for name in FILTERS})
    return Table(
        cases=tuple(listed[first - 1 : first - 1 + ROWS]),
        first=first,
        passing=passing,
        total=len(cases),
        whole=whole,
        filters=filters,
        carriers=tuple(_named(seen.settings, {one.now.carrier for one in cases})),
        sites=tuple((name, name) for name in sorted({one.now.site for one in cases})),
        counts=Counter(one.now.status for one in cases),
        earlier=to(first=max(first - ROWS, 1)) if first > 1 else "",
        later=to(first=first + ROWS) if first + ROWS <= len(listed) else "",
    )


def _filters(query: Mapping[str, str]) -> Filters:
    """What is asked for; a carrier or site that was renamed shows nothing, and is no mistake."""
    return Filters(
        carrier=query.get("carrier", ""),
        site=query.get("site", ""),
        status=choice(query, "status", ("", *Status)),
        q=query.get("q", "").strip(),
    )


def _has(words: str, looked: str) -> bool:
    return all(word in words for word in looked.lower().split())


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


def last_round(seen: Seen, now: CircuitNow) -> Round | None:
    """The last round of the first probe whose RTTs count."""
    keys = ((now.circuit, probe) for probe in now.rtt_probes)
    return next((seen.rounds[key] for key in keys if key in seen.rounds), None)


def row_of(seen: Seen, clocks: Clocks, one: Case, *, shown: bool) -> Row:
    """What a row of the table says; `shown`: whether it passes the filters."""
    now, figure, settings = one.now, one.availability, seen.settings
    circuit, carrier = settings.circuits.get(now.circuit), settings.carriers.get(now.carrier)
    last, spark = last_round(seen, now), seen.sparks.get(now.circuit)
    since = clocks.at(now.since_ms, now.site)
    unticketed = now.outage_open and now.outage_ticketed is False
    return Row(
        now=now,
        need=one.need,
        href=local("circuits", now.circuit),
        ticket=local("outages", now.circuit, since.iso) if unticketed else "",
        carrier=carrier.name if carrier else now.carrier,
        known=tuple(filter(None, (circuit.carrier_id, circuit.service))) if circuit else (),
        elsewhere=now.site if now.site != settings.site else "",
        since=since,
        availability="" if figure is None or figure.measured is None else page.percent(figure.measured),
        target="" if figure is None or figure.target is None else page.promised(figure.target),
        violated=bool(figure and figure.violated),
        budget=one.budget,
        broken=tuple(each.objective for each in one.figures if each.violated and each.metric != AVAILABILITY),
        spark=None if spark is None else SparkPath(*spark),
        rtt=rtt_of(last),
        loss=loss_of(last),
        due=None if one.claim is None else _due(seen, clocks, now.site, one.claim),
        shown=shown,
    )


def _due(seen: Seen, clocks: Clocks, site: str, claim: Lapse) -> Due:
    at_ms, name, one = claim
    soon = at_ms <= seen.now_ms + SOON_MS
    return Due(name, clocks.at(at_ms, site), soon, local("claims", one.scope, one.contract, one.period))


def rtt_of(last: Round | None) -> str:
    """The mean of a round's answers, as it is shown; empty without one."""
    answered = [rtt for rtt in last.rtts if rtt is not None] if last else []
    return f"{sum(answered) * RTT_UNIT_NS / len(answered) / 1e6:.2f} ms" if answered else ""


def loss_of(last: Round | None) -> str:
    """What a round lost, as it is shown; empty without one."""
    return f"{100 * (last.sent - last.received) / last.sent:.0f}%" if last and last.sent else ""
