"""When a report is due: a table over ends of months, weeks and changes of clocks."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.periods import read_period
from collector.reports.schedule import Every, back_off_ms, is_newer, newest_due, newest_over
from collector.reports.words import ms_of_text
from collector.sla.calendar import rfc3339

LONDON, AUCKLAND = "Europe/London", "Pacific/Auckland"


@pytest.mark.parametrize(
    ("every", "at", "after", "zone", "now", "label", "since"),
    [
        ("monthly", "06:00", 1, "UTC", "2026-11-01T06:00:00Z", "2026-10", "2026-11-01T06:00:00Z"),
        ("monthly", "06:00", 1, "UTC", "2026-11-01T05:59:59Z", "2026-09", "2026-10-01T06:00:00Z"),
        ("monthly", "06:00", 3, "UTC", "2026-11-03T05:00:00Z", "2026-09", "2026-10-03T06:00:00Z"),
        ("monthly", "06:00", 3, "UTC", "2026-11-03T06:00:00Z", "2026-10", "2026-11-03T06:00:00Z"),
        ("monthly", "06:00", 28, "UTC", "2026-02-27T00:00:00Z", "2025-12", "2026-01-28T06:00:00Z"),
        ("monthly", "06:00", 1, AUCKLAND, "2026-10-31T17:00:00Z", "2026-10", "2026-10-31T17:00:00Z"),
        ("quarterly", "06:00", 1, "UTC", "2026-10-01T06:00:00Z", "2026-Q3", "2026-10-01T06:00:00Z"),
        ("quarterly", "06:00", 3, "UTC", "2026-10-02T06:00:00Z", "2026-Q2", "2026-07-03T06:00:00Z"),
        ("quarterly", "06:00", 1, AUCKLAND, "2026-12-31T17:00:00Z", "2026-Q4", "2026-12-31T17:00:00Z"),
        ("yearly", "06:00", 5, "UTC", "2026-01-05T06:00:00Z", "2025", "2026-01-05T06:00:00Z"),
        ("yearly", "06:00", 5, "UTC", "2026-01-05T05:59:00Z", "2024", "2025-01-05T06:00:00Z"),
        ("weekly", "06:00", 1, "UTC", "2026-10-05T06:00:00Z", "2026-W40", "2026-10-05T06:00:00Z"),
        ("weekly", "06:00", 1, "UTC", "2026-10-05T05:00:00Z", "2026-W39", "2026-09-28T06:00:00Z"),
        ("weekly", "00:00", 1, "UTC", "2027-01-04T00:00:00Z", "2026-W53", "2027-01-04T00:00:00Z"),
        # British Summer Time ends on 25 October 2026: 06:00 is 05:00Z before it and 06:00Z after
        ("daily", "06:00", 1, LONDON, "2026-10-24T05:00:00Z", "2026-10-23", "2026-10-24T05:00:00Z"),
        ("daily", "06:00", 1, LONDON, "2026-10-25T05:00:00Z", "2026-10-23", "2026-10-24T05:00:00Z"),
        ("daily", "06:00", 1, LONDON, "2026-10-25T06:00:00Z", "2026-10-24", "2026-10-25T06:00:00Z"),
        # 01:30 comes twice that night: the first counts
        ("daily", "01:30", 1, LONDON, "2026-10-25T00:30:00Z", "2026-10-24", "2026-10-25T00:30:00Z"),
        ("daily", "01:30", 1, LONDON, "2026-10-25T01:45:00Z", "2026-10-24", "2026-10-25T00:30:00Z"),
        # and 01:30 doesn't exist on 29 March: it is the moment of the skip
        ("daily", "01:30", 1, LONDON, "2026-03-29T00:59:59Z", "2026-03-27", "2026-03-28T01:30:00Z"),
        ("daily", "01:30", 1, LONDON, "2026-03-29T01:00:00Z", "2026-03-28", "2026-03-29T01:00:00Z"),
    ],
)  # fmt: skip
def test_the_newest_period_whose_report_is_due(
    every: Every, at: str, after: int, zone: str, now: str, label: str, since: str
) -> None:
    due = newest_due(every, at, after, zone, ms_of_text(now))
    assert (due.label, rfc3339(due.since_ms)) == (label, since)


@given(
    st.sampled_from(get_args(Every)),
    st.integers(0, 23),
    st.integers(1, 28),
    st.sampled_from(["UTC", LONDON, "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]),
    st.integers(1_200_000_000, 1_900_000_000),
)
@settings(max_examples=60)
def test_a_report_is_never_of_a_time_that_runs(
    every: Every, hour: int, after: int, zone: str, now: int
) -> None:
    due = newest_due(every, f"{hour:02}:00", after, zone, now * 1000)
    period = read_period(due.label, zone, now * 1000)
    assert period.end_ms <= due.since_ms <= now * 1000


def test_without_a_time_of_day_the_newest_is_the_one_that_ended_last() -> None:
    at_ms = ms_of_text("2026-10-05T00:00:00Z")
    assert newest_over("weekly", "UTC", at_ms) == "2026-W40"
    assert newest_over("weekly", "UTC", at_ms - 1) == "2026-W39"


def test_the_wait_after_failures_grows_to_an_hour() -> None:
    assert [back_off_ms(n) // 60_000 for n in (1, 2, 3, 6, 7, 8, 1_000)] == [1, 2, 4, 32, 60, 60, 60]


def test_what_waits_for_a_person_is_tried_four_times_a_day() -> None:
    assert {back_off_ms(number, for_good=True) for number in (1, 2, 40)} == {6 * 3_600_000}


@pytest.mark.parametrize(
    ("label", "than", "newer"),
    [
        ("2026-02", "2026-01", True),
        ("2026-01", "2026-01", False),
        ("2026-01", "2026-02", False),
        ("2027-W01", "2026-W53", True),
        ("2026-10-10", "2026-10-09", True),
        ("2026-W40", "2026-01", False),  # the schedule was changed
        ("2026-10-10", "2026-09", False),
    ],
)
def test_only_periods_of_one_length_follow_each_other(label: str, than: str, newer: bool) -> None:
    assert is_newer(label, than) is newer
