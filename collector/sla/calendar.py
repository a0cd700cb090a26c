"""Periods in a contract's own zone, as UTC milliseconds: 23 h and 25 h days, +05:45, and all."""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
LATEST_MS = 253_370_764_799_999
"""The end of 9998: of every time until then a calendar has the local day too, and the day after."""
LONGEST_MS = 10 * 366 * DAY_MS
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
    """Periods of `months` months; one starts in month `month` (1 to 12) on `day`, or on its last day.

    With `trailing_ms` or `mean_of` there is one for each calendar month, and it ends with that month.
    """

    months: int
    month: int = 1
    day: int = 1
    trailing_ms: int = 0
    """How long such a period is; whole days are local days."""
    mean_of: int = 0
    """Of how many calendar months such a period consists."""

    @property
    def length_months(self) -> int | None:
        """How many months a period has; None where it is no number of months."""
        return None if self.trailing_ms else self.mean_of or self.months

    def begins_in(self, month: int) -> bool:
        """Whether a period starts in this month of a year; one that ends with a month is named by it."""
        return (month - self.month) % self.months == 0

    def first_day(self, year: int, month: int) -> date:
        """The first day of the period that starts in a month; `month` may run over 12 or under 1."""
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        return date(year, month, min(self.day, calendar.monthrange(year, month)[1]))

    def starting(self, year: int, month: int, zone: str) -> Period:
        """The period that a month names: it starts in it, or ends with it."""
        first, after = self.first_day(year, month), self.first_day(year, month + self.months)
        period = _days(self._label(first), first, after, zone)
        if self.mean_of:
            begin = self.first_day(year, month + 1 - self.mean_of)
            return replace(period, start_ms=day_start_ms(begin, zone))
        if self.trailing_ms:
            return replace(period, start_ms=self._trails(after, zone))
        return period

    def _trails(self, after: date, zone: str) -> int:
        days, rest = divmod(self.trailing_ms, DAY_MS)
        if rest:
            return day_start_ms(after, zone) - self.trailing_ms
        return day_start_ms(after - timedelta(days=days), zone)

    def containing(self, at_ms: int, zone: str) -> Period:
        """The period that holds an instant; of those that end with a month, the one that ends with its."""
        day = local_day(at_ms, zone)
        month = day.month
        while not self.begins_in(month) or self.first_day(day.year, month) > day:
            month -= 1
        first = self.first_day(day.year, month)
        return self.starting(first.year, first.month, zone)

    def owns(self, period: Period) -> bool:
        """Whether it is one of these periods, and not a time that stands in such a one's place."""
        own = self.containing(period.end_ms - 1, period.zone)
        return (own.start_ms, own.end_ms) == (period.start_ms, period.end_ms)

    def after(self, period: Period, n: int = 1) -> Period:
        """The n-th of these periods after the one in which `period` ends; 0 is that one itself."""
        own = self.containing(period.end_ms - 1, period.zone)
        for _ in range(n):
            own = self.containing(own.end_ms, own.zone)
        return own

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
    `2026` is in the same way the contract's year that starts in 2026, or else the calendar year.
    """
    try:
        period = _parsed(text, zone, now_ms, cycle)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a period: write {FORMS}") from error
    if period.start_ms >= period.end_ms:
        raise ValueError(f"{text!r} is not a period: it ends before it begins")
    if not (period.start_ms >= -DAY_MS and period.end_ms <= LATEST_MS + DAY_MS):
        raise ValueError(f"{text!r} is not a period: it is to lie between 1970 and 9998")
    if period.end_ms - period.start_ms > LONGEST_MS:
        raise ValueError(f"{text!r} is not a period: it is longer than ten years")
    return period


def _parsed(text: str, zone: str, now_ms: int, cycle: Cycle) -> Period:
    if not text.isascii():
        raise ValueError("other digits than these")
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
        yearly = cycle if cycle.months == 12 else YEAR
        return yearly.starting(int(text), yearly.month, zone)
    day = date.fromisoformat(text)
    return _days(day.isoformat(), day, day + timedelta(days=1), zone)


def single_months(period: Period) -> tuple[Period, ...]:
    """The calendar months that a period touches, each whole, in order: a mean of months is over them."""
    months = [MONTH.containing(period.start_ms, period.zone)]
    while months[-1].end_ms < period.end_ms:
        months.append(MONTH.after(months[-1]))
    return tuple(months)


def days_of(period: Period) -> tuple[date, ...]:
    """The local days that a period touches, in order."""
    first, last = local_day(period.start_ms, period.zone), last_day(period)
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def last_day(period: Period) -> date:
    """The last local day of a period: the date of its end."""
    return local_day(period.end_ms - 1, period.zone)


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
    """The first instant of a local day, also where its midnight is skipped or comes twice."""
    return at_wall_ms(day, 0, zone)


def at_wall_ms(day: date, clock_ms: int, zone: str) -> int:
    """The first instant at which the clock on the wall shows so long after a day's 00:00, or is past it.

    A time that is skipped is the moment of the skip, one that comes twice is its first (PEP 495).
    """
    at = datetime.combine(day, time(), ZoneInfo(zone)) + timedelta(milliseconds=clock_ms)
    first, second = ms_of(at), ms_of(at.replace(fold=1))
    if first <= second:
        return first
    # Skipped: by the offset before the skip it comes after it, and by the one after it before.
    shown = (at.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
    return second + bisect_left(range(second, first), shown, key=lambda at_ms: wall_ms(at_ms, zone))


def local_day(at_ms: int, zone: str) -> date:
    """The local day that holds an instant: where a midnight comes twice, the first one begins the day."""
    day = (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone)).date()
    after = day + timedelta(days=1)
    return after if day_start_ms(after, zone) <= at_ms else day


def wall_ms(at_ms: int, zone: str) -> int:
    """What a clock on the wall shows, in milliseconds: differences of it know no change of clocks."""
    offset = (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone)).utcoffset()
    return at_ms + (offset or timedelta()) // timedelta(milliseconds=1)


def nominal_ms(at_ms: int, zone: str) -> int:
    """What a clock would show on which every local day begins at 00:00, and none goes back over it."""
    begin_ms = (local_day(at_ms, zone) - EPOCH.date()).days * DAY_MS
    at_start = day_start_ms(local_day(at_ms, zone), zone) == at_ms
    return begin_ms if at_start else max(begin_ms, wall_ms(at_ms, zone))


def rfc3339(at_ms: int) -> str:
    """`2026-04-01T00:00:00Z`; milliseconds only where there are any."""
    at = (EPOCH + timedelta(milliseconds=at_ms)).replace(tzinfo=None)
    return at.isoformat(timespec="milliseconds" if at_ms % 1000 else "seconds") + "Z"


def moment(at_ms: int, zone: str) -> str:
    """`2026-04-01 02:00:00 +02:00`: what a clock on the wall shows, with its offset from UTC."""
    local = (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone))
    wall = local.replace(tzinfo=None).isoformat(" ", "milliseconds" if at_ms % 1000 else "seconds")
    return f"{wall} {local.isoformat()[-6:]}"


def spoken(period: Period) -> str:
    """A period as a person says it: `April 2026 in UTC`."""
    first, last = local_day(period.start_ms, period.zone), local_day(period.end_ms - 1, period.zone)
    whole = (day_start_ms(first, period.zone), day_start_ms(last + timedelta(days=1), period.zone))
    if whole != (period.start_ms, period.end_ms):
        name = f"{moment(period.start_ms, period.zone)} to {moment(period.end_ms, period.zone)}"
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
