"""The time that a report is about."""

from __future__ import annotations

from datetime import date

import pytest

from collector.periods import before, label_of, past_periods, read_period, rhythm_of
from collector.reports.words import ms_of_text
from collector.sla.calendar import rfc3339

NOW_MS = ms_of_text("2026-10-15T12:00:00Z")


@pytest.mark.parametrize(
    ("text", "zone", "label", "begin", "end", "months"),
    [
        ("2026-01", "UTC", "2026-01", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", 0),
        ("2026-Q3", "UTC", "2026-Q3", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z", 3),
        ("2026", "Europe/London", "2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 12),
        ("2026-10-03", "UTC", "2026-10-03", "2026-10-03T00:00:00Z", "2026-10-04T00:00:00Z", 0),
        ("2026-W43", "Europe/London", "2026-W43", "2026-10-18T23:00:00Z", "2026-10-26T00:00:00Z", 0),
        ("2026-W01", "UTC", "2026-W01", "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z", 0),
        ("current", "UTC", "2026-10", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", 0),
        ("2026-04-01..2026-06-01", "UTC", "2026-04-01..2026-06-01",
         "2026-04-01T00:00:00Z", "2026-06-01T00:00:00Z", 2),
    ],
)  # fmt: skip
def test_a_period_is_read_as_a_person_names_it(
    text: str, zone: str, label: str, begin: str, end: str, months: int
) -> None:
    found = read_period(text, zone, NOW_MS)
    assert (found.label, rfc3339(found.start_ms), rfc3339(found.end_ms)) == (label, begin, end)
    assert len(found.months) == months


@pytest.mark.parametrize("text", ["2026-W54", "2026-W00", "2025-W53", "yesterday", "2026-13", "", "../etc"])
def test_what_is_no_period_is_refused_with_what_would_be_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a period: write 2026-W40, 2026-10"):
        read_period(text, "UTC", NOW_MS)


@pytest.mark.parametrize(
    ("label", "spoken"),
    [
        ("2026-01", "January 2026"),
        ("2026-Q3", "July to September 2026"),
        ("2026-W40", "week 40, 28 September 2026 to 4 October 2026"),
        ("2026-10-03", "3 October 2026"),
    ],
)
def test_a_period_is_said_as_a_person_says_it(label: str, spoken: str) -> None:
    assert read_period(label, "Europe/London", NOW_MS).spoken == spoken


def test_past_periods_are_those_of_which_anything_is_known_newest_first() -> None:
    found = past_periods("UTC", ms_of_text("2026-05-20T00:00:00Z"), NOW_MS)
    assert [one.label for one in found] == [
        *("2026-10", "2026-09", "2026-Q3", "2026-08", "2026-07", "2026-06", "2026-Q2", "2026-05"),
    ]


@pytest.mark.parametrize(
    ("label", "rhythm", "earlier"),
    [
        ("2026-03-01", "daily", "2026-02-28"),
        ("2026-W01", "weekly", "2025-W52"),
        ("2026-01", "monthly", "2025-12"),
        ("2026-Q1", "quarterly", "2025-Q4"),
        ("2026", "yearly", "2025"),
    ],
)
def test_each_period_has_one_of_its_rhythm_before_it(label: str, rhythm: str, earlier: str) -> None:
    period = read_period(label, "Europe/London", 0)
    found = before(period, 0)
    assert (rhythm_of(label), found.label, found.end_ms) == (rhythm, earlier, period.start_ms)


def test_before_any_other_time_comes_one_as_long() -> None:
    found = before(read_period("2026-01-05..2026-01-08", "UTC", 0), 0)
    assert found.label == "2026-01-02T00:00:00Z..2026-01-05T00:00:00Z"
    assert (rhythm_of(found.label), label_of("once", date(2026, 1, 5))) == ("once", "")
