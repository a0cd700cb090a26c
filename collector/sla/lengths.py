"""How long counted time is: whole units of the contract's own clock, and by its local days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

from collector.sla.calendar import day_start_ms, local_day
from collector.sla.spans import Spans
from config.outage import OutageRound

Pairs = list[tuple[int, int]]


def rounded_ms(time: Spans, rounding: OutageRound | None, zone: str) -> Fraction:
    """How long `time` is, in the contract's units; exactly as long as it is where there is no rule.

    `touched` and `inside` look at where it lies: at the units of the wall clock in `zone`, counted
    from each local midnight (on a day on which the clocks change the last one may be shorter).
    `nearest` rounds a half up.
    """
    total = time.total_ms
    if rounding is None:
        return Fraction(total)
    unit = rounding.to.ms
    if rounding.mode == "touched":
        return Fraction(_touched(time, unit, zone).total_ms)
    if rounding.mode == "inside":
        return Fraction(_inside(time, unit, zone).total_ms)
    more = {"up": unit - 1, "nearest": unit // 2, "down": 0}[rounding.mode]
    return Fraction((total + more) // unit * unit)


def days_of(time: Spans, zone: str) -> Mapping[date, Spans]:
    """What of `time` lies on each local day, in order; days that hold none of it are left out."""
    days = defaultdict[date, Pairs](list)
    day, over = date.min, time.pairs[0][0] if time else 0
    for start, end in time:
        while start < end:
            if start >= over:
                day = local_day(start, zone)
                over = _next_day_ms(day, zone)
            until = min(end, over)
            days[day].append((start, until))
            start = until
    return {day: Spans(tuple(pairs)) for day, pairs in days.items()}


def _touched(time: Spans, unit_ms: int, zone: str) -> Spans:
    # The millisecond before the end is the last one that is down: its unit is the last one touched.
    return Spans.of((_unit(start, unit_ms, zone)[0], _unit(end - 1, unit_ms, zone)[1]) for start, end in time)


def _inside(time: Spans, unit_ms: int, zone: str) -> Spans:
    # A unit that begins a millisecond before the start, or earlier, isn't wholly down.
    return Spans.of((_unit(start - 1, unit_ms, zone)[1], _unit(end, unit_ms, zone)[0]) for start, end in time)


def _unit(at_ms: int, unit_ms: int, zone: str) -> tuple[int, int]:
    """The unit [start, end) of the local day that holds an instant."""
    day = local_day(at_ms, zone)
    midnight = day_start_ms(day, zone)
    start = midnight + (at_ms - midnight) // unit_ms * unit_ms
    return start, min(start + unit_ms, _next_day_ms(day, zone))


def _next_day_ms(day: date, zone: str) -> int:
    return day_start_ms(day + timedelta(days=1), zone)
