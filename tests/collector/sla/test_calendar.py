"""Periods in a contract's zone."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sla.calendar import (
    MONTH,
    QUARTER,
    YEAR,
    Cycle,
    Period,
    day_start_ms,
    parse_period,
    spoken,
    wall_ms,
)
from collector.sla.calendar import rfc3339 as said
from tests.collector.sla.build import ms

NOW = ms("2026-10-18T12:00:00Z")


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
        "", "banana", "2026-13", "2026-00", "2026-Q5", "0000", "9999", "2026-02-30", "2026-10-03..2026-10-01",
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


@given(
    st.integers(0, 2**41),
    st.sampled_from(
        ["UTC", "America/New_York", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia", "Asia/Beirut"]
    ),
    st.sampled_from([MONTH, QUARTER, YEAR, Cycle(1, 1, 31), Cycle(12, 2, 29)]),
)
def test_every_instant_lies_in_one_period_and_the_next_begins_where_it_ends(
    at_ms: int, zone: str, cycle: Cycle
) -> None:
    period = cycle.containing(at_ms, zone)
    assert period.start_ms <= at_ms < period.end_ms
    assert cycle.containing(period.end_ms, zone).start_ms == period.end_ms
    assert cycle.containing(period.start_ms, zone) == period


def test_a_day_begins_where_its_midnight_is_skipped() -> None:
    """In Beirut summer time begins at 00:00, which is then 01:00."""
    begin = day_start_ms(date(2018, 3, 25), "Asia/Beirut")
    assert said(begin) == "2018-03-24T22:00:00Z"
    assert wall_ms(begin, "Asia/Beirut") % 86_400_000 == 3_600_000


def test_a_day_begins_at_the_first_of_two_midnights() -> None:
    """In Havana summer time ends at 01:00, which is then 00:00 again."""
    assert said(day_start_ms(date(2022, 11, 6), "America/Havana")) == "2022-11-06T04:00:00Z"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-04", "April 2026 in UTC"),
        ("2026-Q3", "July to September 2026 in UTC"),
        ("2026", "2026 in UTC"),
        ("2026-10-03", "3 October 2026 in UTC"),
        ("2026-10-03..2026-10-05", "3 October 2026 to 4 October 2026 in UTC"),
        ("2026-12-01..2027-02-01", "1 December 2026 to 31 January 2027 in UTC"),
        ("2026-10-03T06:00:00Z..2026-10-05", "2026-10-03T06:00:00Z to 2026-10-05T00:00:00Z in UTC"),
    ],
)
def test_a_period_is_said_as_a_person_says_it(text: str, words: str) -> None:
    assert spoken(parse_period(text, "UTC", NOW)) == words
