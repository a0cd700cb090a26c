"""When a time that the contract gives is over: days, business days and periods."""

from __future__ import annotations

import re
from datetime import date, timedelta

from collector.sla.business import BusinessDays
from collector.sla.calendar import DAY_MS, Cycle, Period, day_start_ms, local_day
from config.contract import Periods
from probes.values import Duration


def business_days(within: str) -> int | None:
    """The 5 of `5bd`; None for a duration."""
    match = re.fullmatch(r"(\d+)bd", within)
    return int(match[1]) if match else None


def later_ms(at_ms: int, within: str, business: BusinessDays) -> int:
    """So long after an instant: a duration exactly, business days to the same clock time.

    Raises ValueError for a text that is neither.
    """
    days = business_days(within)
    return at_ms + Duration.parse(within).ms if days is None else business.later_ms(at_ms, days)


def ends_ms(event: date, within: str | Periods, business: BusinessDays, period: Period, cycle: Cycle) -> int:
    """When a time that runs from an event's local day is over: the end of a local day, as UTC milliseconds.

    That is the n-th (business) day after the event's, and for a duration that is no whole days the
    day in which it ends; or the last day of the n-th period after `period`. Raises ValueError.
    """
    if isinstance(within, Periods):
        return cycle.after(period, within.periods).end_ms
    days = business_days(within)
    if days is not None:
        last = business.after(event, days)
    else:
        last = event + timedelta(days=-(-Duration.parse(within).ms // DAY_MS))
    return day_start_ms(last + timedelta(days=1), business.zone)


def ends_with_a_day(within: str) -> bool:
    """Whether a time is told in days or business days (`3d`, `5bd`): it ends with a local day then."""
    return re.fullmatch(r"\d+b?d", within) is not None


def ticket_by_ms(outage_ms: int, within: str, business: BusinessDays) -> int:
    """Until when a ticket for an outage that began at `outage_ms` must be opened; raises ValueError.

    Hours run exactly; days end with the n-th local (business) day after that of the outage's start.
    """
    if not ends_with_a_day(within):
        return outage_ms + Duration.parse(within).ms
    first, days = local_day(outage_ms, business.zone), business_days(within)
    last = first + timedelta(days=int(within[:-1])) if days is None else business.after(first, days)
    return day_start_ms(last + timedelta(days=1), business.zone)


def length_ms(within: str) -> int:
    """How long a time may be at most, roughly: business days with the weekends and holidays between."""
    days = business_days(within)
    return Duration.parse(within).ms if days is None else (2 * days + 7) * DAY_MS
