"""When a time that the contract gives is over."""

from __future__ import annotations

from datetime import date

import pytest

from collector.sla.business import BusinessDays
from collector.sla.calendar import DAY_MS, MONTH, QUARTER, Cycle, last_day, parse_period, rfc3339
from collector.sla.deadlines import business_days, ends_ms, later_ms, length_ms, ticket_by_ms
from config.contract import Periods
from tests.collector.sla.build import HOUR_MS, ms

EASTER = (date(2026, 4, 3), date(2026, 4, 6))
APRIL_30 = date(2026, 4, 30)


@pytest.mark.parametrize(
    ("text", "days"), [("5bd", 5), ("0bd", 0), ("12bd", 12), ("5d", None), ("bd", None), ("5bdx", None)]
)
def test_business_days_are_told_from_a_duration(text: str, days: int | None) -> None:
    assert business_days(text) == days


@pytest.mark.parametrize(
    ("event", "within", "zone", "end"),
    [
        (APRIL_30, "30d", "UTC", "2026-05-31T00:00:00Z"),
        (APRIL_30, "720h", "UTC", "2026-05-31T00:00:00Z"),
        (APRIL_30, "0d", "UTC", "2026-05-01T00:00:00Z"),
        (APRIL_30, "1d", "UTC", "2026-05-02T00:00:00Z"),
        (APRIL_30, "1h", "UTC", "2026-05-02T00:00:00Z"),
        (APRIL_30, "36h", "UTC", "2026-05-03T00:00:00Z"),
        (APRIL_30, "48h", "UTC", "2026-05-03T00:00:00Z"),
        (APRIL_30, "48h1ms", "UTC", "2026-05-04T00:00:00Z"),
        (APRIL_30, "30d", "America/New_York", "2026-05-31T04:00:00Z"),
        (date(2026, 3, 31), "30d", "Europe/London", "2026-04-30T23:00:00Z"),
        (date(2026, 3, 1), "30d", "Europe/London", "2026-03-31T23:00:00Z"),
        (date(2026, 4, 1), "2bd", "UTC", "2026-04-08T00:00:00Z"),
        (date(2026, 4, 2), "1bd", "UTC", "2026-04-08T00:00:00Z"),
        (date(2026, 4, 4), "0bd", "UTC", "2026-04-05T00:00:00Z"),
        (date(2026, 4, 1), "1bd", "Asia/Kathmandu", "2026-04-02T18:15:00Z"),
    ],
)
def test_a_deadline_is_the_end_of_the_nth_local_day_after_the_events(
    event: date, within: str, zone: str, end: str
) -> None:
    april = parse_period("2026-04", zone, 0)
    assert rfc3339(ends_ms(event, within, BusinessDays.of(EASTER, zone), april, MONTH)) == end


@pytest.mark.parametrize(
    ("cycle", "text", "n", "end"),
    [
        (MONTH, "2026-04", 1, "2026-06-01T00:00:00Z"),
        (MONTH, "2026-04", 2, "2026-07-01T00:00:00Z"),
        (QUARTER, "2026-Q2", 2, "2027-01-01T00:00:00Z"),
        (Cycle(1, 1, 31), "2026-01", 1, "2026-03-31T00:00:00Z"),
        (Cycle(1, trailing_ms=30 * DAY_MS), "2026-04", 2, "2026-07-01T00:00:00Z"),
    ],
)
def test_a_deadline_in_periods_is_the_end_of_the_nth_after_this_one(
    cycle: Cycle, text: str, n: int, end: str
) -> None:
    period = parse_period(text, "UTC", 0, cycle)
    plain = BusinessDays.of(None, "UTC")
    assert rfc3339(ends_ms(last_day(period), Periods(periods=n), plain, period, cycle)) == end


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_the_end_of_a_period_is_dated_by_its_last_day(zone: str) -> None:
    assert last_day(parse_period("2026-04", zone, 0)) == APRIL_30


@pytest.mark.parametrize(
    ("at", "within", "later"),
    [
        ("2026-03-28T12:00:00Z", "24h", "2026-03-29T12:00:00Z"),
        ("2026-03-28T12:00:00Z", "1h30m", "2026-03-28T13:30:00Z"),
        ("2026-03-27T12:00:00Z", "1bd", "2026-03-30T11:00:00Z"),
        ("2026-04-02T11:00:00Z", "1bd", "2026-04-07T11:00:00Z"),
    ],
)
def test_from_an_instant_a_duration_is_exact_and_business_days_keep_the_clock_time(
    at: str, within: str, later: str
) -> None:
    assert rfc3339(later_ms(ms(at), within, BusinessDays.of(EASTER, "Europe/London"))) == later


@pytest.mark.parametrize(
    ("at", "within", "zone", "until"),
    [
        ("2026-04-01T22:00:00Z", "72h", "UTC", "2026-04-04T22:00:00Z"),
        ("2026-04-01T22:00:00Z", "1bd", "UTC", "2026-04-03T00:00:00Z"),
        ("2026-04-01T22:00:00Z", "0bd", "UTC", "2026-04-02T00:00:00Z"),
        ("2026-04-01T22:00:00Z", "1bd", "Asia/Kathmandu", "2026-04-07T18:15:00Z"),
    ],
)
def test_a_ticket_is_due_after_a_duration_or_by_the_end_of_a_business_day(
    at: str, within: str, zone: str, until: str
) -> None:
    assert rfc3339(ticket_by_ms(ms(at), within, BusinessDays.of(EASTER, zone))) == until


def test_what_is_no_time_is_refused() -> None:
    plain, april = BusinessDays.of(None, "UTC"), parse_period("2026-04", "UTC", 0)
    with pytest.raises(ValueError, match="'soon' is not a duration"):
        later_ms(0, "soon", plain)
    with pytest.raises(ValueError, match="'soon' is not a duration"):
        ends_ms(APRIL_30, "soon", plain, april, MONTH)
    with pytest.raises(ValueError, match="'soon' is not a duration"):
        ticket_by_ms(0, "soon", plain)
    with pytest.raises(ValueError, match="'soon' is not a duration"):
        length_ms("soon")


def test_no_business_days_are_longer_than_the_length_that_is_reckoned_for_them() -> None:
    christmas = BusinessDays.of(tuple(date(2026, 12, day) for day in (24, 25, 28, 31)), "UTC")
    start = ms("2026-12-23T00:00:00Z")
    assert length_ms("36h") == 36 * HOUR_MS
    for n in range(20):
        assert christmas.later_ms(start, n) - start <= length_ms(f"{n}bd")
