"""When weekly windows are open, in real time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from collector.sla.calendar import at_wall_ms, local_day
from collector.sla.spans import Spans
from config.weekly import Hours, Weekly

_MINUTE_MS = 60_000


def weekly(windows: Iterable[Weekly], zone: str, start_ms: int, end_ms: int) -> Spans:
    """What of [start, end) lies in the windows, by the clock on the wall.

    A window runs from its first minute's first instant to its last: where the clocks go forward inside
    it, it is shorter, and where they go back longer.
    """
    if start_ms >= end_ms:
        return Spans()
    return Spans.of(_opened(tuple(windows), zone, start_ms, end_ms)).clip(start_ms, end_ms)


def _opened(windows: tuple[Weekly, ...], zone: str, start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """The windows of every day that may reach into [start, end): also those that began the day before."""
    first, last = local_day(start_ms, zone) - timedelta(days=1), local_day(end_ms, zone)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for one in windows:
            if day.weekday() in one.days:
                yield (
                    at_wall_ms(day, one.start_min * _MINUTE_MS, zone),
                    at_wall_ms(day, one.end_min * _MINUTE_MS, zone),
                )


def off_hours(hours: Hours | None, zone: str, start_ms: int, end_ms: int) -> Spans:
    """What of [start, end) lies outside of the service hours; nothing where there are none."""
    return (
        Spans() if hours is None else weekly(hours.windows, zone, start_ms, end_ms).inverse(start_ms, end_ms)
    )
