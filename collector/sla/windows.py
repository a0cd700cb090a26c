"""Stretches of local clock time that a period is cut into, and verdicts on each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from collector.sla.calendar import DAY_MS, day_start_ms, local_day, ms_of
from collector.sla.objectives import Finding
from collector.sla.rounding import counted, in_words
from config.objectives import EachWindow
from config.terms import Figure, Target

Way = TypeVar("Way", bound=str)
HOUR_MS = 3_600_000
_DAY = timedelta(days=1)


def edges(start_ms: int, end_ms: int, length_ms: int, zone: str) -> list[int]:
    """Where stretches of `length_ms` of [start, end) meet, both ends included; UTC milliseconds.

    They begin at the local midnight of the first day. Whole days are local ones, whatever the clocks
    do. What divides a day begins anew with each: longer than an hour by the clock on the wall, shorter
    ones by elapsed time, so that an hour that comes twice is two. All else runs on.
    """
    if length_ms % DAY_MS == 0:
        found = _days(start_ms, end_ms, length_ms // DAY_MS, zone)
    elif DAY_MS % length_ms:
        found = list(range(_days(start_ms, end_ms, 1, zone)[0], end_ms, length_ms))
    elif length_ms > HOUR_MS:
        found = _by_the_wall(start_ms, end_ms, length_ms, zone)
    else:
        days = _days(start_ms, end_ms, 1, zone)
        found = [at for begin, after in pairwise(days) for at in range(begin, after, length_ms)]
    return [start_ms, *(at for at in found if start_ms < at < end_ms), end_ms]


def _days(start_ms: int, end_ms: int, step: int, zone: str) -> list[int]:
    """Local midnights from the one at or before the start to the first one at or after the end."""
    day, found = local_day(start_ms, zone), list[int]()
    while not found or found[-1] < end_ms:
        found.append(day_start_ms(day, zone))
        day += step * _DAY
    return found


def _by_the_wall(start_ms: int, end_ms: int, length_ms: int, zone: str) -> list[int]:
    day, last, found = local_day(start_ms, zone), local_day(end_ms, zone), set[int]()
    while day <= last:
        midnight = datetime.combine(day, time(), ZoneInfo(zone))
        found |= {ms_of(midnight + timedelta(milliseconds=at)) for at in range(0, DAY_MS, length_ms)}
        day += _DAY
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Windows:
    """What each window measured, in order: its start (UTC ms) and figure; None where it has no data."""

    figures: Sequence[tuple[int, Figure | None]]
    misses: Callable[[Figure], bool]

    def missed(self) -> list[bool | None]:
        """Whether each missed; None without data."""
        return [None if figure is None else self.misses(figure) for _, figure in self.figures]

    def longest_run(self, same: Callable[[int], date] | None) -> int:
        """How many windows in a row missed at most; a run ends where `same` of a start changes."""
        longest = run = 0
        before: date | None = None
        for (start, _), missed in zip(self.figures, self.missed(), strict=True):
            day = same(start) if same else None
            run = (run if day == before else 0) + 1 if missed else 0
            longest, before = max(longest, run), day
        return longest


def worst(figures: Sequence[Figure], target: Target) -> Figure | None:
    """The one furthest on the bad side; an infinite one is larger than all."""
    choose = min if target.wants_more else max
    return choose(figures, key=size, default=None)


def worse(found: Mapping[Way, Figure], *, wants_more: bool) -> Way:
    """Which of the named figures is further on the bad side; of equals the first."""
    choose = min if wants_more else max
    return choose(found, key=lambda way: size(found[way]))


def size(figure: Figure) -> tuple[bool, Fraction]:
    """What to compare figures by: an infinite one is larger than all."""
    return (False, figure) if isinstance(figure, Fraction) else (True, Fraction(0))


def each_window(rule: EachWindow, target: Target, windows: Windows, zone: str) -> tuple[Finding, bool]:
    """The worst window's figure, and whether so many in a row missed."""
    having = [figure for _, figure in windows.figures if figure is not None]
    same = (lambda at_ms: local_day(at_ms, zone)) if rule.within == "day" else None
    run = windows.longest_run(same)
    missed = sum(one is True for one in windows.missed())
    words = (
        f"the worst of {counted(len(having), 'window')} of {in_words(rule.of)} with data "
        f"({missed:,} missed, at most {run:,} in a row; {rule.in_a_row:,} in a row are a breach)"
    )
    return Finding(worst(having, target), words), run >= rule.in_a_row
