"""Local days, months, business days and deadlines, one date at a time."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collector.sla.oracle.sets import Pair, Times, joined

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
DAY = 86_400_000


def moment(text: str) -> int:
    """An RFC 3339 text as ms."""
    at = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return round(at / timedelta(milliseconds=1))


def spelled(at: int) -> str:
    """The other way."""
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    text = when.isoformat(timespec="milliseconds" if at % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def duration(text: str) -> int:
    """`90s`, `1h` as ms."""
    match = re.fullmatch(r"(\d+)(ms|s|m|h|d)", str(text))
    assert match, text
    return int(match[1]) * UNITS[match[2]]


def local(at: int, zone: ZoneInfo) -> datetime:
    """The wall clock."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).astimezone(zone)


def instant(day: date, clock: time, zone: ZoneInfo) -> int:
    """When a wall clock shows this on that day, the first time."""
    return moment(datetime.combine(day, clock, zone).astimezone(UTC).isoformat())


def midnight(day: date, zone: ZoneInfo) -> int:
    """When a local day begins."""
    return instant(day, time(0), zone)


def day_of(at: int, zone: ZoneInfo) -> date:
    """The local date."""
    return local(at, zone).date()


def days_between(span: Pair, zone: ZoneInfo) -> Iterator[tuple[date, Pair]]:
    """Every local day that a span touches."""
    day = day_of(span[0], zone)
    while midnight(day, zone) < span[1]:
        following = day + timedelta(days=1)
        yield day, (midnight(day, zone), midnight(following, zone))
        day = following


def is_business(day: date, holidays: set[str]) -> bool:
    """Whether it is a business day."""
    return day.weekday() < 5 and day.isoformat() not in holidays


def nth_day(day: date, count: int, good: Callable[[date], bool]) -> date:
    """The n-th good day after."""
    while count:
        day += timedelta(days=1)
        count -= good(day)
    return day


def later(at: int, text: str, zone: ZoneInfo, holidays: set[str]) -> int:
    """`48h` later, or the same clock time so many business days later."""
    if not text.endswith("bd"):
        return at + duration(text)
    clock = local(at, zone)
    day = nth_day(clock.date(), int(text[:-2]), lambda one: is_business(one, holidays))
    return instant(day, clock.time().replace(fold=clock.fold), zone)


def ticket_by(at: int, text: str, zone: ZoneInfo, holidays: set[str]) -> int:
    """The last moment for a ticket: so long after, or the end of the n-th business day after."""
    if not text.endswith("bd"):
        return at + duration(text)
    day = nth_day(day_of(at, zone), int(text[:-2]), lambda one: is_business(one, holidays))
    return midnight(day + timedelta(days=1), zone)


def month_day(year: int, month: int, day: int) -> date:
    """The day of a month that may be counted from any year, the last one where the month is short."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(day, monthrange(year, month)[1]))


def period_of(kind: Any, label: str, zone: ZoneInfo) -> Pair:  # noqa: ANN401 - as in the YAML
    """From when to when a period runs."""
    year, month = int(label[:4]), int(label[5:])
    first, last = month_day(year, month, 1), month_day(year, month + 1, 1)
    if kind == "calendar_quarter":
        last = month_day(year, month + 3, 1)
    elif isinstance(kind, Mapping) and "billing_month" in kind:
        first = month_day(year, month, kind["billing_month"])
        last = month_day(year, month + 1, kind["billing_month"])
    elif isinstance(kind, Mapping) and "trailing" in kind:
        end = midnight(last, zone)
        days = int(kind["trailing"][:-1])
        return midnight(last - timedelta(days=days), zone), end
    return midnight(first, zone), midnight(last, zone)


def weekly(rules: list[tuple[str, str]], span: Pair, zone: ZoneInfo) -> Times:
    """`("Mon-Fri", "07:00-19:00")` over a span, as times."""
    found: Times = []
    for days, clock in rules:
        first, _, last = days.partition("-")
        names = range(DAYS.index(first), DAYS.index(last or first) + 1)
        begin, _, end = clock.partition("-")
        for day, _ in days_between((span[0] - DAY, span[1] + DAY), zone):
            if day.weekday() in names:
                over = end == "24:00"
                until = midnight(day + timedelta(days=1), zone) if over else at_clock(day, end, zone)
                found.append((at_clock(day, begin, zone), until))
    return joined(found)


def at_clock(day: date, text: str, zone: ZoneInfo) -> int:
    """When the wall clock shows `07:00` on a day."""
    return instant(day, time.fromisoformat(text), zone)
