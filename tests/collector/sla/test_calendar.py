"""Periods in a contract's zone."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sla.calendar import (
    MONTH,
    QUARTER,
    YEAR,
    Cycle,
    Period,
    at_wall_ms,
    day_start_ms,
    days_of,
    last_day,
    local_day,
    nominal_ms,
    parse_period,
    single_months,
    spoken,
    wall_ms,
)
from collector.sla.calendar import rfc3339 as said
from tests.collector.sla.build import ms

NOW = ms("2026-10-18T12:00:00Z")
DAY_MS = 86_400_000
TRAILING = Cycle(1, trailing_ms=30 * DAY_MS)
HALF_DAYS = Cycle(1, trailing_ms=DAY_MS * 3 // 2)
MEAN = Cycle(1, mean_of=12)
ZONES = [
    *("UTC", "America/New_York", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia", "Asia/Beirut"),
    *("America/St_Johns", "America/Havana", "America/Sao_Paulo", "Australia/Lord_Howe"),
]
CYCLES = [MONTH, QUARTER, YEAR, Cycle(1, 1, 31), Cycle(12, 2, 29), Cycle(1, 1, 15)]


@pytest.mark.parametrize(
    ("text", "zone", "cycle", "begin", "end", "label"),
    [
        ("2026-10", "UTC", MONTH, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-10"),
        ("current", "UTC", MONTH, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-10"),
        ("current", "UTC", QUARTER, "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-Q4"),
        ("current", "UTC", YEAR, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026"),
        ("current", "UTC", Cycle(1, 1, 20), "2026-09-20T00:00:00Z", "2026-10-20T00:00:00Z", "2026-09"),
        ("current", "UTC", Cycle(12, 11, 10), "2025-11-10T00:00:00Z", "2026-11-10T00:00:00Z", "2025-11"),
        ("2026-10", "UTC", QUARTER, "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-Q4"),
        ("2026-11", "UTC", QUARTER, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "2026-11"),
        ("2026-01", "UTC", Cycle(1, 1, 31), "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-01"),
        ("2026-04", "UTC", Cycle(1, 1, 31), "2026-04-30T00:00:00Z", "2026-05-31T00:00:00Z", "2026-04"),
        ("2028-02", "UTC", Cycle(1, 1, 30), "2028-02-29T00:00:00Z", "2028-03-30T00:00:00Z", "2028-02"),
        ("2027-02", "UTC", Cycle(12, 2, 29), "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z", "2027-02"),
        ("2026-02", "UTC", Cycle(12, 2, 10), "2026-02-10T00:00:00Z", "2027-02-10T00:00:00Z", "2026-02"),
        ("2026-03", "UTC", Cycle(12, 2, 10), "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-03"),
        ("2026", "UTC", Cycle(12, 2, 10), "2026-02-10T00:00:00Z", "2027-02-10T00:00:00Z", "2026-02"),
        ("2027", "UTC", Cycle(12, 2, 29), "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z", "2027-02"),
        ("2026", "UTC", QUARTER, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026"),
        ("2026", "UTC", MEAN, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026"),
        ("2026-04", "UTC", TRAILING, "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-04"),
        ("2026-03", "Europe/London", TRAILING, "2026-03-02T00:00:00Z", "2026-03-31T23:00:00Z", "2026-03"),
        ("2026-03", "UTC", HALF_DAYS, "2026-03-30T12:00:00Z", "2026-04-01T00:00:00Z", "2026-03"),
        ("current", "UTC", TRAILING, "2026-10-02T00:00:00Z", "2026-11-01T00:00:00Z", "2026-10"),
        ("2026-04", "UTC", MEAN, "2025-05-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-04"),
        ("2026-01", "UTC", Cycle(1, mean_of=1), "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-01"),
        ("current", "Europe/London", MEAN, "2025-11-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-10"),
        ("2026-Q3", "UTC", MEAN, "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z", "2026-Q3"),
        ("2026-02", "UTC", Cycle(1, 1, 31), "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z", "2026-02"),
        ("2026-12", "UTC", MONTH, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-12"),
        ("2026-Q3", "Europe/London", MONTH, "2026-06-30T23:00:00Z", "2026-09-30T23:00:00Z", "2026-Q3"),
        ("2026", "Asia/Kathmandu", MONTH, "2025-12-31T18:15:00Z", "2026-12-31T18:15:00Z", "2026"),
        ("2026-03-29", "Europe/London", MONTH, "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z", "2026-03-29"),
        ("2026-10-25", "Europe/London", MONTH, "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z", "2026-10-25"),
        (
            "2026-10-01..2026-10-03", "America/New_York", MONTH,
            "2026-10-01T04:00:00Z", "2026-10-03T04:00:00Z", "2026-10-01..2026-10-03",
        ),
        (
            "2026-10-01T06:30:00Z..2026-10-01T10:00:00+01:00", "America/New_York", MONTH,
            "2026-10-01T06:30:00Z", "2026-10-01T09:00:00Z", "2026-10-01T06:30:00Z..2026-10-01T10:00:00+01:00",
        ),
    ],
)  # fmt: skip
def test_a_period_is_read_in_the_contracts_zone(
    text: str, zone: str, cycle: Cycle, begin: str, end: str, label: str
) -> None:
    assert parse_period(text, zone, NOW, cycle) == Period(label, ms(begin), ms(end), zone)


@pytest.mark.parametrize(
    "text",
    [
        "", "banana", "0001", "0001-Q1", "1969-12", "9999-12", "0001-01-01..9999-12-31",
        "2001-01-01..2025-01-01", "२०२६-१०", "2026-13", "2026-00", "2026-Q5", "0000", "9999", "2026-02-30",
        "2026-10-03..2026-10-01",
        "2026-10-03..2026-10-03", "2026-10-01T00:00:00..2026-10-02", "..", "2026-10..", "26-1",
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        parse_period(text, "UTC", NOW)


@given(st.text(max_size=30))
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    try:
        period = parse_period(text, "Europe/London", NOW)
    except ValueError:
        return
    assert period.start_ms < period.end_ms


@given(st.integers(0, 2**41), st.sampled_from(ZONES), st.sampled_from(CYCLES))
def test_every_instant_lies_in_one_period_and_the_next_begins_where_it_ends(
    at_ms: int, zone: str, cycle: Cycle
) -> None:
    period = cycle.containing(at_ms, zone)
    assert period.start_ms <= at_ms < period.end_ms
    assert cycle.containing(period.end_ms, zone).start_ms == period.end_ms
    assert cycle.containing(period.start_ms, zone) == period
    assert cycle.owns(period)
    assert cycle.after(period, 0) == period
    assert cycle.after(period) == cycle.containing(period.end_ms, zone)
    assert cycle.after(period, 3) == cycle.after(cycle.after(cycle.after(period)))


def test_a_day_begins_where_its_midnight_is_skipped() -> None:
    """In Beirut summer time begins at 00:00, which is then 01:00."""
    begin = day_start_ms(date(2018, 3, 25), "Asia/Beirut")
    assert said(begin) == "2018-03-24T22:00:00Z"
    assert wall_ms(begin, "Asia/Beirut") % 86_400_000 == 3_600_000


def test_a_day_begins_at_the_first_of_two_midnights() -> None:
    """In Havana summer time ends at 01:00, which is then 00:00 again."""
    assert said(day_start_ms(date(2022, 11, 6), "America/Havana")) == "2022-11-06T04:00:00Z"


def test_a_day_whose_end_comes_twice_is_one_piece() -> None:
    """In St John's summer time ended at 00:01, which was then 23:01 of the day before."""
    sunday, zone = date(2009, 11, 1), "America/St_Johns"
    begin = day_start_ms(sunday, zone)
    assert said(begin) == "2009-11-01T02:30:00Z"
    again = begin + 30 * 60_000
    assert wall_ms(again, zone) < wall_ms(begin, zone)
    assert (local_day(begin - 1, zone), local_day(again, zone)) == (date(2009, 10, 31), sunday)
    assert MONTH.containing(again, zone).label == "2009-11"


def test_a_skipped_midnight_inside_a_skip_is_the_moment_of_the_skip() -> None:
    """In Toronto it was 23:30 on 30 March 1919, and then 00:30."""
    begin = day_start_ms(date(1919, 3, 31), "America/Toronto")
    assert said(begin) == "1919-03-31T04:30:00Z"
    assert wall_ms(begin, "America/Toronto") % DAY_MS == 30 * 60_000


def test_a_day_that_never_was_is_empty() -> None:
    """Apia went from 29 to 31 December 2011."""
    start, after = (day_start_ms(date(2011, 12, day), "Pacific/Apia") for day in (30, 31))
    assert start == after
    assert local_day(start, "Pacific/Apia") == date(2011, 12, 31)


@pytest.mark.parametrize(
    ("zone", "day", "minute", "at"),
    [
        ("Europe/London", date(2026, 3, 29), 59, "2026-03-29T00:59:00Z"),
        ("Europe/London", date(2026, 3, 29), 60, "2026-03-29T01:00:00Z"),
        ("Europe/London", date(2026, 3, 29), 90, "2026-03-29T01:00:00Z"),
        ("Europe/London", date(2026, 3, 29), 120, "2026-03-29T01:00:00Z"),
        ("Europe/London", date(2026, 3, 29), 121, "2026-03-29T01:01:00Z"),
        ("Europe/London", date(2026, 10, 25), 60, "2026-10-25T00:00:00Z"),
        ("Europe/London", date(2026, 10, 25), 119, "2026-10-25T00:59:00Z"),
        ("Europe/London", date(2026, 10, 25), 120, "2026-10-25T02:00:00Z"),
        ("Europe/London", date(2026, 3, 28), 1440, "2026-03-29T00:00:00Z"),
        ("Europe/London", date(2026, 3, 28), 1560, "2026-03-29T01:00:00Z"),
        ("Asia/Kathmandu", date(2026, 4, 1), 0, "2026-03-31T18:15:00Z"),
    ],
)
def test_a_clock_time_that_is_skipped_is_the_skip_and_one_that_comes_twice_its_first(
    zone: str, day: date, minute: int, at: str
) -> None:
    assert said(at_wall_ms(day, minute * 60_000, zone)) == at


@given(st.integers(0, 2**41), st.sampled_from(ZONES))
def test_days_lie_side_by_side_and_each_instant_in_one(at_ms: int, zone: str) -> None:
    day = local_day(at_ms, zone)
    assert day_start_ms(day, zone) <= at_ms < day_start_ms(day + timedelta(days=1), zone)


@given(
    st.dates(date(1975, 1, 1), date(2037, 1, 1)),
    st.integers(0, 2 * 1440),
    st.integers(0, 2 * 1440),
    st.sampled_from(ZONES),
)
def test_a_later_clock_time_is_never_earlier(day: date, one: int, other: int, zone: str) -> None:
    first, second = (at_wall_ms(day, 60_000 * minute, zone) for minute in sorted([one, other]))
    assert first <= second


@pytest.mark.parametrize(
    ("at", "zone", "shown"),
    [
        ("2018-03-24T22:00:00Z", "Asia/Beirut", "2018-03-25T00:00:00Z"),
        ("2018-03-24T22:00:01Z", "Asia/Beirut", "2018-03-25T01:00:01Z"),
        ("2026-03-29T12:00:00Z", "Europe/London", "2026-03-29T13:00:00Z"),
        ("2009-11-01T03:00:00Z", "America/St_Johns", "2009-11-01T00:00:00Z"),
    ],
)
def test_the_nominal_clock_begins_every_day_at_midnight(at: str, zone: str, shown: str) -> None:
    assert said(nominal_ms(ms(at), zone)) == shown


@pytest.mark.parametrize(
    ("cycle", "text", "n", "label", "end"),
    [
        (MONTH, "2026-04", 2, "2026-06", "2026-07-01T00:00:00Z"),
        (MONTH, "2026-12", 1, "2027-01", "2027-02-01T00:00:00Z"),
        (QUARTER, "2026-Q4", 1, "2027-Q1", "2027-04-01T00:00:00Z"),
        (Cycle(1, 1, 31), "2026-01", 1, "2026-02", "2026-03-31T00:00:00Z"),
        (Cycle(12, 2, 29), "2027-02", 1, "2028-02", "2029-02-28T00:00:00Z"),
        (TRAILING, "2026-01", 1, "2026-02", "2026-03-01T00:00:00Z"),
        (MEAN, "2026-12", 2, "2027-02", "2027-03-01T00:00:00Z"),
        (MONTH, "2026-04-10..2026-04-12", 1, "2026-05", "2026-06-01T00:00:00Z"),
        (MONTH, "2026-04-10..2026-05-01", 1, "2026-05", "2026-06-01T00:00:00Z"),
        (QUARTER, "2026-05", 1, "2026-Q3", "2026-10-01T00:00:00Z"),
    ],
)
def test_the_next_periods_follow_the_one_in_which_a_period_ends(
    cycle: Cycle, text: str, n: int, label: str, end: str
) -> None:
    after = cycle.after(parse_period(text, "UTC", NOW, cycle), n)
    assert (after.label, said(after.end_ms)) == (label, end)


@pytest.mark.parametrize(
    ("cycle", "text", "own"),
    [
        (MONTH, "2026-04", True),
        (MONTH, "2026-04-01..2026-05-01", True),
        (MONTH, "2026-04-01..2026-04-30", False),
        (MONTH, "2026-04-02..2026-05-01", False),
        (MONTH, "2026-Q1", False),
        (QUARTER, "2026-01", True),
        (QUARTER, "2026-02", False),
        (TRAILING, "2026-03", True),
        (TRAILING, "2026-03-01..2026-04-01", False),
        (MEAN, "2026-03", True),
    ],
)
def test_a_period_is_the_contracts_own_or_stands_in_its_place(cycle: Cycle, text: str, own: bool) -> None:
    assert cycle.owns(parse_period(text, "UTC", NOW, cycle)) is own


@pytest.mark.parametrize(
    ("cycle", "months"),
    [(MONTH, 1), (QUARTER, 3), (YEAR, 12), (Cycle(12, 2, 10), 12), (MEAN, 12), (TRAILING, None)],
)
def test_a_period_has_so_many_months(cycle: Cycle, months: int | None) -> None:
    assert cycle.length_months == months


def test_a_mean_of_months_is_over_its_single_months() -> None:
    period = parse_period("2026-04", "Europe/London", NOW, MEAN)
    months = single_months(period)
    assert [one.label for one in months] == [
        *(f"2025-{n:02}" for n in range(5, 13)),
        *(f"2026-{n:02}" for n in range(1, 5)),
    ]
    assert (months[0].start_ms, months[-1].end_ms) == (period.start_ms, period.end_ms)
    assert all(one.end_ms == after.start_ms for one, after in pairwise(months))


def test_the_days_of_a_period_are_all_that_it_touches() -> None:
    april = parse_period("2026-04", "Asia/Kathmandu", NOW)
    assert (len(days_of(april)), days_of(april)[0], last_day(april)) == (
        30,
        date(2026, 4, 1),
        date(2026, 4, 30),
    )
    begun = parse_period("2026-04-01T12:00:00Z..2026-04-02T00:00:01Z", "UTC", NOW)
    assert days_of(begun) == (date(2026, 4, 1), date(2026, 4, 2))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-04", "April 2026 in UTC"),
        ("2026-Q3", "July to September 2026 in UTC"),
        ("2026", "2026 in UTC"),
        ("2026-10-03", "3 October 2026 in UTC"),
        ("2026-10-03..2026-10-05", "3 October 2026 to 4 October 2026 in UTC"),
        ("2026-12-01..2027-02-01", "1 December 2026 to 31 January 2027 in UTC"),
        (
            "2026-10-03T06:00:00Z..2026-10-05",
            "2026-10-03 06:00:00 +00:00 to 2026-10-05 00:00:00 +00:00 in UTC",
        ),
    ],
)
def test_a_period_is_said_as_a_person_says_it(text: str, words: str) -> None:
    assert spoken(parse_period(text, "UTC", NOW)) == words
