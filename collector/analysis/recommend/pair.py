"""Circuits that were bought so that one stands when the other falls, and fall together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import exp
from zoneinfo import ZoneInfo

from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import day, listed, moment, quarter
from collector.analysis.recommendation import Recommendation
from collector.sla.calendar import DAY_MS
from collector.sla.rounding import counted
from collector.times import rfc3339, span

CHANCE = 0.05
"""Less likely than this by chance alone is no chance."""
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Down:
    """An outage, in UTC milliseconds; one that goes on ends at the time that is looked at."""

    start_ms: int
    end_ms: int
    common_cause: bool = False
    """All circuits of the site were down while our own reference answered."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two circuits and their outages in [from, to)."""

    first: str
    second: str
    why: str
    """Who says that they are diverse: `diverse_from`, or the contract whose scope pairs them."""
    carriers: tuple[str, ...]
    """Keys, the first's first."""
    names: tuple[str, ...]
    zone: str
    first_down: tuple[Down, ...]
    second_down: tuple[Down, ...]
    from_ms: int
    to_ms: int
    link: str = ""
    """The last outage together; `{start}` is replaced by its begin."""


@dataclass(frozen=True, slots=True)
class Together:
    """A time in which both were down."""

    start_ms: int
    end_ms: int
    begins: int
    """The first one's outage began then."""
    common_cause: bool


def together(pair: Pair) -> list[Together]:
    """When both were down, by time."""
    return [
        Together(start, end, one.start_ms, one.common_cause or other.common_cause)
        for one in pair.first_down
        for other in pair.second_down
        if (start := max(one.start_ms, other.start_ms)) < (end := min(one.end_ms, other.end_ms))
    ]


def by_chance(pair: Pair) -> float:
    """How many overlaps independent failures would have made.

    An outage of length a meets one of length b where their begins lie less than a (or b) apart: a share
    (a + b) / T of a time T.
    """
    whole_ms = max(1, pair.to_ms - pair.from_ms)
    lengths = [[one.end_ms - one.start_ms for one in each] for each in (pair.first_down, pair.second_down)]
    return sum(min(1.0, (one + other) / whole_ms) for one in lengths[0] for other in lengths[1])


def at_least(count: int, expected: float) -> float:
    """How likely so many or more are where `expected` are (Poisson)."""
    below, term = 0.0, exp(-expected)
    for number in range(count):
        below += term
        term *= expected / (number + 1)
    return max(0.0, 1.0 - below)


def rule(pairs: Iterable[Pair], today: date) -> Iterator[Recommendation]:
    """One a pair that failed together more often than chance explains."""
    for pair in pairs:
        found = together(pair)
        expected = by_chance(pair)
        if found and at_least(len(found), expected) < CHANCE:
            yield _one(pair, found, expected, today)


def _one(pair: Pair, found: Sequence[Together], expected: float, today: date) -> Recommendation:
    last = found[-1]
    when = datetime.fromtimestamp(last.start_ms // 1000, UTC).astimezone(ZoneInfo(pair.zone)).date()
    whom = listed(list(dict.fromkeys(pair.names)))
    times = f"on {day(when)}" if len(found) == 1 else f"{len(found)} times, last on {day(when)}"
    return recommend(
        *("pair", f"{pair.first}+{pair.second}", quarter(when)),
        text=f"Ask {whom} which way {pair.first} and {pair.second} run: they failed together {times}",
        today=today,
        carrier=pair.carriers[0] if len(set(pair.carriers)) == 1 else "",
        circuits=(pair.first, pair.second),
        evidence=[*_evidence(pair, found, expected)],
        link=pair.link.replace("{start}", rfc3339(last.begins)),
    )


def _evidence(pair: Pair, found: Sequence[Together], expected: float) -> Iterator[str]:
    yield f"{pair.why}."
    for one in found[-MOST_SHOWN:]:
        common = (
            ", with every circuit of the site while our own reference answered" if one.common_cause else ""
        )
        length = span((one.end_ms - one.start_ms) // 1000)
        yield f"{moment(one.start_ms, pair.zone)}: both down for {length}{common}."
    if len(found) > MOST_SHOWN:
        yield f"{len(found) - MOST_SHOWN} earlier ones are not listed."
    days = (pair.to_ms - pair.from_ms) // DAY_MS
    yield (
        f"Of {len(pair.first_down)} and {counted(len(pair.second_down), 'outage')} in "
        f"{days} days, {len(found)} met; chance alone lets {expected:.2g} meet."
    )
