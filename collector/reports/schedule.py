"""Which report is due when: a pure function of the clock. A report is of the last period that is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from collector.periods import label_of
from collector.sla.calendar import at_wall_ms, local_day

Every = Literal["daily", "weekly", "monthly", "quarterly", "yearly"]
LONGEST_BACK_OFF_MS = 3_600_000
FIRST_BACK_OFF_MS = 60_000
FOR_GOOD_MS = 6 * LONGEST_BACK_OFF_MS


@dataclass(frozen=True, slots=True)
class Due:
    """A period, and since when its report is due."""

    label: str
    since_ms: int


def newest_due(every: Every, at: str, days_after: int, zone: str, now_ms: int) -> Due:
    """The newest period whose report is due: over, and `days_after` days later it was `at` o'clock.

    `at` is a clock's on the wall in `zone`: one that is skipped is the moment of the skip, one that comes
    twice is its first. `days_after` 1 is the day on which the next period begins.
    """
    hours, _, minutes = at.partition(":")
    clock_ms = (int(hours) * 60 + int(minutes)) * 60_000
    after = _begin(every, local_day(now_ms, zone))
    while True:
        since_ms = at_wall_ms(after + timedelta(days=days_after - 1), clock_ms, zone)
        last = after - timedelta(days=1)
        if since_ms <= now_ms:
            return Due(label_of(every, last), since_ms)
        after = _begin(every, last)


def newest_over(every: Every, zone: str, now_ms: int) -> str:
    """The label of the newest period that is over, whatever the time of day."""
    return newest_due(every, "00:00", 1, zone, now_ms).label


def back_off_ms(failures: int, *, for_good: bool = False) -> int:
    """How long to wait after so many failures in a row: a minute, doubled up to an hour.

    Six hours where a person has to change something first: a server that is asked the same again and
    again takes us for somebody who guesses passwords or addresses.
    """
    if for_good:
        return FOR_GOOD_MS
    return int(min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** min(failures - 1, 20)))


def is_newer(label: str, than: str) -> bool:
    """Whether a period comes after another of the same length; of different ones nothing is said."""
    return _shape(label) == _shape(than) and label > than


def _shape(label: str) -> str:
    return "".join("0" if one.isdigit() else one for one in label)


def _begin(every: Every, day: date) -> date:
    """The first day of the period that holds a day."""
    if every == "weekly":
        return day - timedelta(days=day.weekday())
    if every == "daily":
        return day
    month = {"monthly": day.month, "quarterly": (day.month - 1) // 3 * 3 + 1, "yearly": 1}[every]
    return day.replace(month=month, day=1)
