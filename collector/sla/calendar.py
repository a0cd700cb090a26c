"""Periods in a contract's own zone, as UTC milliseconds: 23 h and 25 h days, +05:45, and all."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
FORMS = "2026-10, 2026-Q3, 2026, 2026-10-03, current, or FROM..TO in days or RFC 3339 instants"


@dataclass(frozen=True, slots=True)
class Period:
    """What a statement is about: [start, end) in UTC milliseconds, cut in `zone`."""

    label: str
    start_ms: int
    end_ms: int
    zone: str


@dataclass(frozen=True, slots=True)
class Cycle:
    """Periods of `months` months; one starts in month `month` (1 to 12) on `day`, or on its last day."""

    months: int
    month: int = 1
    day: int = 1

    def begins_in(self, month: int) -> bool:
        """Whether a period starts in this month of a year."""
        return (month - self.month) % self.months == 0

    def first_day(self, year: int, month: int) -> date:
        """The first day of the period that starts in a month; `month` may run over 12 or under 1."""
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        return date(year, month, min(self.day, calendar.monthrange(year, month)[1]))

    def starting(self, year: int, month: int, zone: str) -> Period:
        """The period that starts in a month."""
        first, after = self.first_day(year, month), self.first_day(year, month + self.months)
        return _days(self._label(first), first, after, zone)

    def containing(self, at_ms: int, zone: str) -> Period:
        """The period that holds an instant."""
        day = local_day(at_ms, zone)
        month = day.month
        while not self.begins_in(month) or self.first_day(day.year, month) > day:
            month -= 1
        first = self.first_day(day.year, month)
        return self.starting(first.year, first.month, zone)

    def _label(self, first: date) -> str:
        if (self.month, self.day) == (1, 1) and self.months == 3:
            return f"{first.year}-Q{(first.month + 2) // 3}"
        if (self.month, self.day) == (1, 1) and self.months == 12:
            return f"{first.year}"
        return f"{first.year}-{first.month:02}"


MONTH, QUARTER, YEAR = Cycle(1), Cycle(3), Cycle(12)


def parse_period(text: str, zone: str, now_ms: int, cycle: Cycle = MONTH) -> Period:
    """The period that a person names, in the contract's zone; raises ValueError.

    `current` is the contract's own period that holds `now_ms`. `2026-04` is its period that starts
    in April; where none does (a quarter never starts in May) it is the calendar month, which then
    stands in the contract's period's place like FROM..TO and every other form that is not its own.
    """
    try:
        period = _parsed(text, zone, now_ms, cycle)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a period: write {FORMS}") from error
    if period.start_ms >= period.end_ms:
        raise ValueError(f"{text!r} is not a period: it ends before it begins")
    return period


def _parsed(text: str, zone: str, now_ms: int, cycle: Cycle) -> Period:
    if text == "current":
        return cycle.containing(now_ms, zone)
    if ".." in text:
        begin, _, end = text.partition("..")
        return Period(text, _instant(begin, zone), _instant(end, zone), zone)
    if found := re.fullmatch(r"(\d{4})-(\d\d)", text):
        year, month = int(found[1]), date(int(found[1]), int(found[2]), 1).month
        return (cycle if cycle.begins_in(month) else MONTH).starting(year, month, zone)
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        return QUARTER.starting(int(found[1]), 3 * int(found[2]) - 2, zone)
    if re.fullmatch(r"\d{4}", text):
        return YEAR.starting(int(text), 1, zone)
    day = date.fromisoformat(text)
    return _days(text, day, day + timedelta(days=1), zone)


def _days(label: str, first: date, after: date, zone: str) -> Period:
    return Period(label, day_start_ms(first, zone), day_start_ms(after, zone), zone)


def _instant(text: str, zone: str) -> int:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return day_start_ms(date.fromisoformat(text), zone)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset, such as Z or +01:00")
    return ms_of(at)


def ms_of(at: datetime) -> int:
    """An aware time as UTC milliseconds, rounded down."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def day_start_ms(day: date, zone: str) -> int:
    """The first instant of a local day, also where its midnight is skipped or comes twice (PEP 495)."""
    return ms_of(datetime.combine(day, time(), ZoneInfo(zone)))


def local_day(at_ms: int, zone: str) -> date:
    """The local day that holds an instant."""
    return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone)).date()


def wall_ms(at_ms: int, zone: str) -> int:
    """What a clock on the wall shows, in milliseconds: differences of it know no change of clocks."""
    offset = (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone)).utcoffset()
    return at_ms + (offset or timedelta()) // timedelta(milliseconds=1)


def rfc3339(at_ms: int) -> str:
    """`2026-04-01T00:00:00Z`; milliseconds only where there are any."""
    at = (EPOCH + timedelta(milliseconds=at_ms)).replace(tzinfo=None)
    return at.isoformat(timespec="milliseconds" if at_ms % 1000 else "seconds") + "Z"


def spoken(period: Period) -> str:
    """A period as a person says it: `April 2026 in UTC`."""
    first, last = local_day(period.start_ms, period.zone), local_day(period.end_ms - 1, period.zone)
    whole = (day_start_ms(first, period.zone), day_start_ms(last + timedelta(days=1), period.zone))
    if whole != (period.start_ms, period.end_ms):
        name = f"{rfc3339(period.start_ms)} to {rfc3339(period.end_ms)}"
    elif (first.day, (last + timedelta(days=1)).day) != (1, 1) or first.year != last.year:
        name = f"{_spoken_day(first)} to {_spoken_day(last)}" if first != last else _spoken_day(first)
    elif first.month == last.month:
        name = f"{calendar.month_name[first.month]} {first.year}"
    elif last.month - first.month == 11:
        name = f"{first.year}"
    else:
        name = f"{calendar.month_name[first.month]} to {calendar.month_name[last.month]} {first.year}"
    return f"{name} in {period.zone}"


def _spoken_day(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"
