"""Business days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.business import BusinessDays
from collector.sla.calendar import rfc3339, wall_ms
from tests.collector.sla.build import ms

GOOD_FRIDAY, EASTER_MONDAY = date(2026, 4, 3), date(2026, 4, 6)
EASTER = BusinessDays.of((GOOD_FRIDAY, EASTER_MONDAY), "UTC")
PLAIN = BusinessDays.of(None, "UTC")
DAYS = st.dates(date(2025, 12, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("days", "day", "opened"),
    [
        (PLAIN, date(2026, 4, 2), True),
        (PLAIN, GOOD_FRIDAY, True),
        (PLAIN, date(2026, 4, 4), False),
        (PLAIN, date(2026, 4, 5), False),
        (PLAIN, date(2026, 4, 6), True),
        (EASTER, GOOD_FRIDAY, False),
        (EASTER, EASTER_MONDAY, False),
        (EASTER, date(2026, 4, 7), True),
        (BusinessDays.of("GB", "UTC"), GOOD_FRIDAY, False),
        (BusinessDays.of("GB", "UTC"), EASTER_MONDAY, True),
        (BusinessDays.of("GB-ENG", "UTC"), EASTER_MONDAY, False),
        (BusinessDays.of((), "UTC"), GOOD_FRIDAY, True),
    ],
)
def test_weekends_and_the_contracts_holidays_are_no_business_days(
    days: BusinessDays, day: date, opened: bool
) -> None:
    assert days.is_open(day) is opened


def test_an_unknown_country_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="'XX': no public holidays are known"):
        BusinessDays.of("XX", "UTC")


@pytest.mark.parametrize(
    ("day", "n", "after"),
    [
        (date(2026, 4, 2), 0, date(2026, 4, 2)),
        (date(2026, 4, 4), 0, date(2026, 4, 4)),
        (date(2026, 4, 1), 1, date(2026, 4, 2)),
        (date(2026, 4, 2), 1, date(2026, 4, 7)),
        (date(2026, 4, 4), 1, date(2026, 4, 7)),
        (date(2026, 4, 6), 1, date(2026, 4, 7)),
        (date(2026, 4, 2), 5, date(2026, 4, 13)),
    ],
)
def test_the_nth_business_day_comes_after_a_day(day: date, n: int, after: date) -> None:
    assert EASTER.after(day, n) == after


@pytest.mark.parametrize(
    ("due", "delivered", "late"),
    [
        (date(2026, 4, 2), date(2026, 4, 1), 0),
        (date(2026, 4, 2), date(2026, 4, 2), 0),
        (date(2026, 4, 2), date(2026, 4, 6), 0),
        (date(2026, 4, 2), date(2026, 4, 7), 1),
        (date(2026, 4, 4), date(2026, 4, 7), 1),
        (date(2026, 4, 1), date(2026, 4, 8), 3),
    ],
)
def test_a_delivery_is_so_many_business_days_late(due: date, delivered: date, late: int) -> None:
    assert EASTER.late(due, delivered) == late


@given(st.frozensets(DAYS, max_size=20), DAYS, st.integers(0, 30))
def test_business_days_are_those_that_a_plain_count_finds(
    holidays: frozenset[date], day: date, n: int
) -> None:
    business = BusinessDays.of(tuple(holidays), "UTC")
    calendar = [day + timedelta(days=step) for step in range(1, 120)]
    working = [one for one in calendar if one.isoweekday() not in {6, 7} and one not in holidays]
    found = business.after(day, n)
    assert found == (working[n - 1] if n else day)
    assert business.late(day, found) == n
    assert business.late(found, day) == 0


@pytest.mark.parametrize(
    ("at", "n", "zone", "later"),
    [
        ("2026-04-02T09:30:00Z", 1, "UTC", "2026-04-07T09:30:00Z"),
        ("2026-04-04T09:30:00Z", 0, "UTC", "2026-04-04T09:30:00Z"),
        ("2026-04-04T09:30:00Z", 1, "UTC", "2026-04-07T09:30:00Z"),
        # a Thursday in London that is a Friday in Kathmandu
        ("2026-04-09T20:00:00.001Z", 1, "Europe/London", "2026-04-10T20:00:00.001Z"),
        ("2026-04-09T20:00:00.001Z", 1, "Asia/Kathmandu", "2026-04-12T20:00:00.001Z"),
        # the clocks of New York change on Sunday, 8 March and 1 November
        ("2026-03-06T15:00:00Z", 1, "America/New_York", "2026-03-09T14:00:00Z"),
        ("2026-10-30T14:00:00Z", 1, "America/New_York", "2026-11-02T15:00:00Z"),
        # in Cairo 00:30 of Friday, 24 April is skipped
        ("2026-04-22T22:30:00Z", 1, "Africa/Cairo", "2026-04-23T22:00:00Z"),
    ],
)
def test_so_many_business_days_later_the_clock_shows_the_same(at: str, n: int, zone: str, later: str) -> None:
    business = BusinessDays.of((GOOD_FRIDAY, EASTER_MONDAY), zone)
    assert rfc3339(business.later_ms(ms(at), n)) == later


@settings(max_examples=60)
@given(
    st.integers(ms("2026-01-01T00:00:00Z"), ms("2027-01-01T00:00:00Z")),
    st.integers(1, 30),
    st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Africa/Cairo"]),
)
def test_the_clock_time_stays_but_where_it_is_skipped(at_ms: int, n: int, zone: str) -> None:
    later = BusinessDays.of(None, zone).later_ms(at_ms, n)
    moved = (wall_ms(later, zone) - wall_ms(at_ms, zone)) % 86_400_000
    assert moved == 0 or later == BusinessDays.of(None, zone).later_ms(at_ms + 1, n)
    assert BusinessDays.of(None, zone).later_ms(at_ms, n + 1) > later
