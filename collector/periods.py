"""The time that a report or a review is about, and what contracts are asked for to fill it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from collector.sla.calendar import (
    FORMS,
    MONTH,
    Period,
    local_day,
    parse_period,
    rfc3339,
    single_months,
    spoken,
)

Rhythm = Literal["daily", "weekly", "monthly", "quarterly", "yearly", "once"]
"""How often there is such a period; `once` is any other time, such as FROM..TO."""
_WEEK = re.compile(r"(\d{4})-W(\d\d)")
_RHYTHMS: tuple[tuple[str, Rhythm], ...] = (
    (r"\d{4}-\d\d-\d\d", "daily"),
    (r"\d{4}-W\d\d", "weekly"),
    (r"\d{4}-\d\d", "monthly"),
    (r"\d{4}-Q\d", "quarterly"),
    (r"\d{4}", "yearly"),
)
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """[start, end) in UTC milliseconds, cut in `zone`: that of this host's site."""

    label: str
    """As it was asked for: 2026-10, 2026-Q3, 2026, 2026-10-03, 2026-W40, FROM..TO, current."""
    text: str
    """The same as contracts understand it: they know no weeks."""
    start_ms: int
    end_ms: int
    zone: str
    months: tuple[str, ...] = ()
    """The calendar months of a period of several: contracts have periods of their own inside."""

    @property
    def spoken(self) -> str:
        """`October 2026`, without the zone."""
        if _WEEK.fullmatch(self.label):
            days = spoken(Period(self.label, self.start_ms, self.end_ms, self.zone))
            return f"week {self.label[-2:].lstrip('0')}, {days.removesuffix(f' in {self.zone}')}"
        period = Period(self.label, self.start_ms, self.end_ms, self.zone)
        return spoken(period).removesuffix(f" in {self.zone}")


def read_period(text: str, zone: str, now_ms: int) -> ReportPeriod:
    """The period that a person names; raises ValueError.

    A week is ISO 8601's, from Monday; `current` is this month, and of each contract its own running period.
    """
    if found := _WEEK.fullmatch(text):
        try:
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        except ValueError:
            raise ValueError(f"{text!r} is not a period: write 2026-W40, {FORMS}") from None
        days = f"{monday}..{monday + timedelta(days=WEEK_DAYS)}"
        cut = parse_period(days, zone, now_ms)
        return ReportPeriod(text, days, cut.start_ms, cut.end_ms, zone)
    try:
        cut = parse_period(text, zone, now_ms)
    except ValueError as error:
        raise ValueError(str(error).replace("write ", "write 2026-W40, ")) from error
    label = cut.label if text == "current" else text
    return ReportPeriod(label, text, cut.start_ms, cut.end_ms, zone, _months(cut))


def _months(cut: Period) -> tuple[str, ...]:
    """The labels of the calendar months that it consists of, where it is several whole ones."""
    months = single_months(cut)
    whole = (months[0].start_ms, months[-1].end_ms) == (cut.start_ms, cut.end_ms)
    return tuple(one.label for one in months) if whole and len(months) > 1 else ()


def rhythm_of(label: str) -> Rhythm:
    """How often there is a period that is named so."""
    return next((rhythm for form, rhythm in _RHYTHMS if re.fullmatch(form, label)), "once")


def label_of(rhythm: Rhythm, day: date) -> str:
    """The period of a rhythm that holds a day, as it is named everywhere; of `once` there is none."""
    year, week, _ = day.isocalendar()
    return {
        "daily": day.isoformat(),
        "weekly": f"{year:04}-W{week:02}",
        "monthly": f"{day.year:04}-{day.month:02}",
        "quarterly": f"{day.year:04}-Q{(day.month + 2) // 3}",
        "yearly": f"{day.year:04}",
    }.get(rhythm, "")


def before(period: ReportPeriod, now_ms: int) -> ReportPeriod:
    """The period before one; before any other time the same length of it."""
    rhythm = rhythm_of(period.label)
    if rhythm != "once":
        label = label_of(rhythm, local_day(period.start_ms - 1, period.zone))
        return read_period(label, period.zone, now_ms)
    start_ms = 2 * period.start_ms - period.end_ms
    text = f"{rfc3339(start_ms)}..{rfc3339(period.start_ms)}"
    return ReportPeriod(text, text, start_ms, period.start_ms, period.zone)


def after(period: ReportPeriod, now_ms: int) -> ReportPeriod:
    """The period after one; after any other time the same length of it."""
    rhythm = rhythm_of(period.label)
    if rhythm != "once":
        return read_period(label_of(rhythm, local_day(period.end_ms, period.zone)), period.zone, now_ms)
    end_ms = 2 * period.end_ms - period.start_ms
    text = f"{rfc3339(period.end_ms)}..{rfc3339(end_ms)}"
    return ReportPeriod(text, text, period.end_ms, end_ms, period.zone)


def past_periods(zone: str, since_ms: int, now_ms: int, most: int = 24) -> list[ReportPeriod]:
    """The running month, and the months, quarters and years of which anything can be known, newest first."""
    month = MONTH.containing(now_ms, zone)
    labels: list[str] = []
    while month.end_ms > since_ms and len(labels) < most:
        labels.append(month.label)
        year, number = int(month.label[:4]), int(month.label[5:])
        if number == 12 and month.end_ms <= now_ms:
            labels.append(f"{year}")
        if number % 3 == 0 and month.end_ms <= now_ms:
            labels.append(f"{year}-Q{number // 3}")
        month = MONTH.containing(month.start_ms - 1, zone)
    return [read_period(label, zone, now_ms) for label in labels]
