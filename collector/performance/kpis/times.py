"""Over which times a key figure is looked at: the calendar's spans, days, five-minute steps. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from collector.sla.calendar import MONTH, QUARTER, YEAR, Cycle, day_start_ms, local_day
from config.bounds import Span
from config.kpis import DAY_MS, STEP_MS
from probes.values import Duration

Spans = list[tuple[int, int]]
_CYCLES: Mapping[str, Cycle] = {"month": MONTH, "quarter": QUARTER, "year": YEAR}
_BACK: Mapping[str, int] = {"day": 31, "week": 13, "month": 13, "quarter": 5, "year": 2}
"""So many spans are looked at, the one that runs included."""
_WINDOWS = 7
LOOK_MS = 6 * 3_600_000
"""How far back steps are read at first."""
FURTHER_MS = 2 * DAY_MS
"""How far where something is amiss all that time."""


@dataclass(frozen=True, slots=True)
class Over:
    """Of how long a time a figure is."""

    text: Span | Duration

    @property
    def step_ms(self) -> int:
        """The length of a window that is read in steps; 0: it is made of days."""
        return self.text.ms if isinstance(self.text, Duration) and self.text.ms < DAY_MS else 0

    def spans(self, at_ms: int, zone: str) -> Spans:
        """The spans until a time, the oldest first; the last one is what of it has passed."""
        if isinstance(self.text, Duration):
            return _windows(self.text.ms // DAY_MS, at_ms, zone)
        if self.text in _CYCLES:
            return _periods(_CYCLES[self.text], _BACK[self.text], at_ms, zone)
        return _days(1 if self.text == "day" else 7, _BACK[self.text], at_ms, zone)

    def lasting(self, spans: int, *, whole: bool, over: bool = False) -> str:
        """How long so many spans in a row are: `this month`, `for 3 months`.

        `whole`: the one before them is known to be otherwise; `over`: the newest of them has ended.
        """
        more = "" if whole else " or more"
        if isinstance(self.text, Duration):
            days = self.text.ms // DAY_MS
            said = "day" if days == 1 else f"{days} days"
            return f"over the last {said}" if spans == 1 else f"for {spans * days} days{more}"
        if spans > 1:
            return f"for {spans} {self.text}s{more}"
        if self.text == "day":
            return "yesterday" if over else "today"
        return f"{'last' if over else 'this'} {self.text}"

    @property
    def told(self) -> str:
        """`of a month`, `of the last 5 minutes`."""
        if isinstance(self.text, Duration):
            return f"of the last {self.text}"
        return f"of a {self.text}"


def steps_end(at_ms: int) -> int:
    """Where the newest five minutes that are over end."""
    return at_ms // STEP_MS * STEP_MS


def months_of(year: int, at_ms: int, zone: str) -> Spans:
    """The months of a year that have begun."""
    months = [MONTH.starting(year, month, zone) for month in range(1, 13)]
    return [(one.start_ms, min(one.end_ms, at_ms)) for one in months if one.start_ms < at_ms]


def _periods(cycle: Cycle, back: int, at_ms: int, zone: str) -> Spans:
    period = cycle.containing(at_ms, zone)
    found = [(period.start_ms, at_ms)]
    for _ in range(back - 1):
        period = cycle.containing(period.start_ms - 1, zone)
        found.append((period.start_ms, period.end_ms))
    return found[::-1]


def _days(length: int, back: int, at_ms: int, zone: str) -> Spans:
    today = local_day(at_ms, zone)
    first = today - timedelta(days=today.weekday() if length > 1 else 0)
    begins = [day_start_ms(first - timedelta(days=length * ago), zone) for ago in range(back - 1, -1, -1)]
    return [(begin, end) for begin, end in zip(begins, [*begins[1:], at_ms], strict=True)]


def _windows(length: int, at_ms: int, zone: str) -> Spans:
    """Windows of whole days that end with the day that holds a time, and those before them."""
    today = local_day(at_ms, zone)
    edges = [day_start_ms(today + timedelta(days=1 - length * ago), zone) for ago in range(_WINDOWS, -1, -1)]
    spans = list(pairwise(edges))
    return [*spans[:-1], (spans[-1][0], at_ms)]
