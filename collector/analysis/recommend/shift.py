"""A level that rose and stayed: the carrier knows what it changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from collector.analysis.finding import Finding
from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import moment, percent
from collector.analysis.recommendation import Recommendation

RECENT_DAYS = 30
_WORDS = {"rtt": "round-trip time", "jitter": "delay variation", "loss": "loss"}
LEAST = {"rtt": 0.002, "jitter": 0.001, "loss": 0.001}
"""A smaller rise is nobody's business: seconds, and a ratio."""


@dataclass(frozen=True, slots=True)
class Risen:
    """A shift that was found, and whose it is."""

    finding: Finding
    carrier: str
    name: str
    zone: str
    link: str
    ticketed: bool = False
    """A ticket of about that time is about the circuit."""
    told: str = ""
    """The finding in a sentence, with what lay near it; empty: the rule says it itself."""


def rule(risen: Iterable[Risen], today: date, since: date | None = None) -> Iterator[Recommendation]:
    """One a circuit and metric: the last rise of the last 30 days (or since a day) without a ticket."""
    since = since or today - timedelta(days=RECENT_DAYS)
    last: dict[tuple[str, str], Risen] = {}
    for one in sorted(risen, key=lambda one: one.finding.at_ms):
        last[one.finding.circuit, one.finding.metric] = one
    for one in last.values():
        if _matters(one, since):
            yield _one(one, today)


def _matters(one: Risen, since: date) -> bool:
    found, least = one.finding, LEAST.get(one.finding.metric)
    return (
        least is not None
        and found.kind == "shift"
        and found.worse
        and not one.ticketed
        and _day(one) >= since
        and found.after - found.before >= least
    )


def _one(one: Risen, today: date) -> Recommendation:
    found = one.finding
    said = f"{_level(found.metric, found.before)} to {_level(found.metric, found.after)}"
    when = moment(found.at_ms, one.zone)
    return recommend(
        *("shift", f"{found.circuit}/{found.metric}", _day(one).isoformat()),
        text=f"Ask {one.name} what changed at {found.circuit}: "
        f"its {_WORDS[found.metric]} rose from {said} on {when}",
        today=today,
        carrier=one.carrier,
        circuits=(found.circuit,),
        evidence=[
            one.told or f"It went from {said} and stayed there.",
            f"That is {found.score:.1f} standard deviations of what is usual.",
            "No ticket about it is recorded.",
        ],
        link=one.link,
    )


def _day(one: Risen) -> date:
    at = datetime.fromtimestamp(one.finding.at_ms // 1000, UTC)
    return at.astimezone(ZoneInfo(one.zone)).date()


def _level(metric: str, value: float) -> str:
    return percent(value, 2) if metric == "loss" else f"{value * 1000:.3g} ms"
