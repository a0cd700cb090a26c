"""The page at `/`: a table of circuits, what needs a person first. Pure but for the template.

Sorting ten thousand circuits and rendering five hundred rows takes longer than the event loop may
be held, so the server gathers what is `Seen` there and calls `draw` in a thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from hashlib import sha256
from importlib.resources import files
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from collector.circuits import Status
from collector.times import span
from collector.web.sources import CircuitNow, FigureNow, OutputStatistics
from config.settings import Settings
from probes.model import RTT_UNIT_NS, Round

ROWS = 500
"""A page's length: nobody reads further, and those that need a person stand on the first."""
SHAPES = {Status.UP: "▲", Status.DOWN: "▼", Status.UNKNOWN: "?"}
"""Beside the word and the colour, so that neither is needed alone (WCAG 1.4.1)."""

STATIC: Mapping[str, tuple[bytes, str]] = {
    name: (files(__package__).joinpath("static", name).read_bytes(), content_type)
    for name, content_type in {"style.css": "text/css", "icon.svg": "image/svg+xml"}.items()
}
_DIGESTS = {name: sha256(content).hexdigest()[:12] for name, (content, _) in STATIC.items()}
_ENVIRONMENT = Environment(
    loader=PackageLoader(__package__),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals["static"] = lambda name: f"/static/{name}?v={_DIGESTS[name]}"
_TEMPLATE = _ENVIRONMENT.get_template("page.html")


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to show at one moment; `rounds` are the last ones by (circuit, probe)."""

    settings: Settings
    circuits: Sequence[CircuitNow]
    figures: Sequence[FigureNow]
    rounds: Mapping[tuple[str, str], Round]
    reasons: Sequence[str]
    now_ms: int
    outputs: Sequence[OutputStatistics] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as a person at the site reads it, and in UTC for everybody else."""

    local: str
    utc: str
    iso: str
    ago: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A percentage of this period, with what is left of the promise."""

    text: str
    target: str
    budget: str
    violated: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A circuit as the table shows it."""

    now: CircuitNow
    shape: str
    carrier: str
    carrier_id: str
    contract: str
    since: Moment
    availability: Figure | None
    broken: tuple[str, ...]
    """Objectives other than availability that are breached this period."""
    rtt: str
    loss: str


@dataclass(frozen=True, slots=True)
class OutputRow:
    """An output as the list shows it."""

    how: OutputStatistics
    success: Moment | None


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template is given."""

    rows: tuple[Row, ...]
    counts: Mapping[Status, int]
    first: int
    """The place of the first row in the whole table, from 1."""
    total: int
    reasons: tuple[str, ...]
    """Why the daemon is not ready; empty when it is."""
    outputs: tuple[OutputRow, ...]
    site: str
    drawn: Moment
    refresh_seconds: int
    """The browser asks again after so long; 0: never, which a reader may choose (WCAG 2.2.1)."""


def draw(seen: Seen, first: int = 1, refresh_seconds: int = 0) -> str:
    """The page as HTML from row `first` (counted from 1) on; every value is escaped."""
    return _TEMPLATE.render(page=page(seen, first, refresh_seconds), Status=Status, length=ROWS)


def page(seen: Seen, first: int, refresh_seconds: int) -> Page:
    """What the template shows of `seen`."""
    figures = _by_circuit(seen.figures)
    ordered = sorted(seen.circuits, key=lambda now: _urgency(now, figures.get(now.circuit, ())))
    shown = ordered[first - 1 : first - 1 + ROWS]
    return Page(
        rows=tuple(_row(now, seen, figures.get(now.circuit, ())) for now in shown),
        counts={status: sum(now.status is status for now in seen.circuits) for status in Status},
        first=first,
        total=len(seen.circuits),
        reasons=tuple(seen.reasons),
        outputs=tuple(_output(one, seen) for one in seen.outputs),
        site=seen.settings.site,
        drawn=_moment(seen, seen.settings.site, seen.now_ms),
        refresh_seconds=refresh_seconds,
    )


def _by_circuit(figures: Sequence[FigureNow]) -> dict[str, list[FigureNow]]:
    grouped: dict[str, list[FigureNow]] = {}
    for figure in figures:
        grouped.setdefault(figure.circuit, []).append(figure)
    return grouped


def _urgency(now: CircuitNow, figures: Sequence[FigureNow]) -> tuple[int, int, str, str]:
    """Down, then unknown, then a broken promise, then the rest; within those the longest first."""
    order = {Status.DOWN: 0, Status.UNKNOWN: 1}
    calm = 2 if any(figure.violated for figure in figures) else 3
    rank = order.get(now.status, calm)
    return rank, now.since_ms if rank < 2 else 0, now.site, now.circuit


def _row(now: CircuitNow, seen: Seen, figures: Sequence[FigureNow]) -> Row:
    circuit, carrier = seen.settings.circuits.get(now.circuit), seen.settings.carriers.get(now.carrier)
    keys = [(now.circuit, probe) for probe in now.rtt_probes]
    last = next((seen.rounds[key] for key in keys if key in seen.rounds), None)
    return Row(
        now=now,
        shape=SHAPES[now.status],
        carrier=carrier.name if carrier else now.carrier,
        carrier_id=(circuit and circuit.carrier_id) or "",
        contract=now.contract,
        since=_moment(seen, now.site, now.since_ms),
        availability=next((_figure(one) for one in figures if one.metric == "availability_ratio"), None),
        broken=tuple(one.objective for one in figures if one.violated and one.metric != "availability_ratio"),
        rtt=_rtt(last),
        loss=_loss(last),
    )


def _output(one: OutputStatistics, seen: Seen) -> OutputRow:
    success_ms = one.last_success_ms
    return OutputRow(one, None if success_ms is None else _moment(seen, seen.settings.site, success_ms))


def _moment(seen: Seen, site: str, at_ms: int) -> Moment:
    """A time on the clock of `site`."""
    known = seen.settings.sites.get(site)
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    return Moment(
        local=f"{at.astimezone(ZoneInfo(known.timezone if known else 'UTC')):%d %b %Y %H:%M:%S %Z}",
        utc=f"{at:%Y-%m-%d %H:%M:%S} UTC",
        iso=f"{at:%Y-%m-%dT%H:%M:%SZ}",
        ago=span(max(seen.now_ms - at_ms, 0) // 1000),
    )


def percent(ratio: float, places: int = 4) -> str:
    """A ratio as a percentage, cut and not rounded: 0.999999 must not read 100%."""
    cut = (Decimal(repr(ratio)) * 100).quantize(Decimal(1).scaleb(-places), ROUND_DOWN)
    return f"{cut} %"


def _figure(one: FigureNow) -> Figure:
    budget = one.budget_remaining_seconds
    left = "" if budget is None else f"{span(round(abs(budget)))} {'left' if budget >= 0 else 'over'}"
    return Figure(
        text="" if one.measured is None else percent(one.measured),
        target="" if one.target is None else f"{(Decimal(repr(one.target)) * 100).normalize():f} %",
        budget=left,
        violated=bool(one.violated),
    )


def _rtt(last: Round | None) -> str:
    answered = [rtt for rtt in last.rtts if rtt is not None] if last else []
    return f"{sum(answered) * RTT_UNIT_NS / len(answered) / 1e6:.2f} ms" if answered else ""


def _loss(last: Round | None) -> str:
    return f"{100 * (last.sent - last.received) / last.sent:.0f} %" if last and last.sent else ""
