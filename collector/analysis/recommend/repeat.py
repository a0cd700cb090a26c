"""Circuits that fail again and again: ask for the root cause. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import moment, quarter
from collector.analysis.recommendation import Recommendation
from collector.sla.rounding import counted
from collector.times import span

TIMES, WITHIN_DAYS = 3, 30
LEAST_MS = 300_000
"""A shorter one is no outage to ask about."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An outage that is not excused; `end_ms` is now while it goes on."""

    start_ms: int
    end_ms: int
    cause: str


@dataclass(frozen=True, slots=True)
class Faults:
    """A circuit's outages, by time."""

    circuit: str
    carrier: str
    name: str
    zone: str
    faults: tuple[Fault, ...]
    link: str
    since_ms: int = 0
    """A run whose last outage began before is no news."""


def runs(faults: Iterable[Fault]) -> list[list[Fault]]:
    """Groups of three and more within 30 days; groups that share an outage are one."""
    known = sorted(
        (one for one in faults if one.end_ms - one.start_ms >= LEAST_MS), key=lambda one: one.start_ms
    )
    reach_ms, found = timedelta(days=WITHIN_DAYS) // timedelta(milliseconds=1), list[list[Fault]]()
    for place in range(len(known) - TIMES + 1):
        some = known[place : place + TIMES]
        if some[-1].start_ms - some[0].start_ms > reach_ms:
            continue
        if found and found[-1][-1].start_ms >= some[0].start_ms:
            found[-1] += [one for one in some if one.start_ms > found[-1][-1].start_ms]
        else:
            found.append(some)
    return found


def rule(circuits: Iterable[Faults], today: date) -> Iterator[Recommendation]:
    """The last run of failures of each circuit; one more failure in the same quarter is no new advice."""
    for one in circuits:
        for run in [each for each in runs(one.faults) if each[-1].start_ms >= one.since_ms][-1:]:
            last = datetime.fromtimestamp(run[-1].start_ms // 1000, UTC).astimezone(ZoneInfo(one.zone))
            days = max(1, round((run[-1].start_ms - run[0].start_ms) / 86_400_000))
            yield recommend(
                *("repeat", one.circuit, quarter(last.date())),
                text=f"Ask {one.name} for the root cause at {one.circuit}: "
                f"{len(run)} outages in {counted(days, 'day')}",
                today=today,
                carrier=one.carrier,
                circuits=(one.circuit,),
                evidence=[
                    f"{moment(each.start_ms, one.zone)}: down for "
                    f"{span((each.end_ms - each.start_ms) // 1000)} ({each.cause})."
                    for each in run[-12:]
                ],
                link=one.link,
            )
