"""Weekly windows in real time."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.calendar import EPOCH, rfc3339, wall_ms
from collector.sla.hours import off_hours, weekly
from collector.sla.spans import Spans
from config.weekly import Hours, Weekly
from tests.collector.sla.build import HOUR_MS, ms, spans

MINUTE_MS = 60_000
ZONES = ["UTC", "Europe/London", "Asia/Kathmandu", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe"]
WINDOWS = [
    "Sun 00:00-06:00",
    "Sat 22:00-02:00",
    "daily 23:30-00:30",
    "Mon-Fri 07:00-19:00",
    "Sun 00:00-24:00",
]


def opened(text: str, zone: str, start: str, end: str) -> list[tuple[str, str]]:
    found = weekly([Weekly.parse(text)], zone, ms(start), ms(end))
    return [(rfc3339(begin), rfc3339(until)) for begin, until in found]


@pytest.mark.parametrize(
    ("text", "zone", "start", "end", "pairs"),
    [
        (
            "Sun 00:00-06:00", "UTC", "2026-04-01T00:00:00Z", "2026-04-13T00:00:00Z",
            [("2026-04-05T00:00:00Z", "2026-04-05T06:00:00Z"),
             ("2026-04-12T00:00:00Z", "2026-04-12T06:00:00Z")],
        ),
        # 29 March has 23 h in London and 25 October 25 h
        (
            "Sun 00:00-06:00", "Europe/London", "2026-03-28T00:00:00Z", "2026-04-01T00:00:00Z",
            [("2026-03-29T00:00:00Z", "2026-03-29T05:00:00Z")],
        ),
        (
            "Sun 00:00-06:00", "Europe/London", "2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z",
            [("2026-10-24T23:00:00Z", "2026-10-25T06:00:00Z")],
        ),
        ("Sun 01:00-02:00", "Europe/London", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z", []),
        (
            "Sun 01:30-02:30", "Europe/London", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z",
            [("2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z")],
        ),
        (
            "Sun 01:00-02:00", "Europe/London", "2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z",
            [("2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z")],
        ),
        # over midnight, and over both edges
        (
            "Sat 22:00-02:00", "UTC", "2026-04-05T01:00:00Z", "2026-04-11T23:00:00Z",
            [("2026-04-05T01:00:00Z", "2026-04-05T02:00:00Z"),
             ("2026-04-11T22:00:00Z", "2026-04-11T23:00:00Z")],
        ),
        ("Sat 22:00-02:00", "UTC", "2026-04-05T02:00:00Z", "2026-04-11T22:00:00Z", []),
        (
            "Sat 22:00-02:00", "UTC", "2026-04-05T01:59:59.999Z", "2026-04-11T22:00:00.001Z",
            [("2026-04-05T01:59:59.999Z", "2026-04-05T02:00:00Z"),
             ("2026-04-11T22:00:00Z", "2026-04-11T22:00:00.001Z")],
        ),
        # whole days join
        (
            "Sat-Mon 00:00-24:00", "Asia/Kathmandu", "2026-04-01T00:00:00Z", "2026-04-08T00:00:00Z",
            [("2026-04-03T18:15:00Z", "2026-04-06T18:15:00Z")],
        ),
        ("daily 00:00-24:00", "UTC", "2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z", []),
        ("daily 00:00-24:00", "UTC", "2026-04-02T00:00:00Z", "2026-04-01T00:00:00Z", []),
    ],
)  # fmt: skip
def test_a_window_is_open_by_the_clock_on_the_wall(
    text: str, zone: str, start: str, end: str, pairs: list[tuple[str, str]]
) -> None:
    assert opened(text, zone, start, end) == pairs


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(WINDOWS), min_size=1, max_size=3),
    st.sampled_from(ZONES),
    st.integers(ms("2026-03-20T00:00:00Z"), ms("2026-11-10T00:00:00Z")),
    st.lists(st.integers(0, 20 * 24 * HOUR_MS), min_size=2, max_size=4),
)
def test_windows_do_not_depend_on_how_time_is_cut_or_in_what_order_they_stand(
    texts: list[str], zone: str, begin: int, lengths: list[int]
) -> None:
    windows = [Weekly.parse(text) for text in texts]
    cuts = [begin, *(begin + length for length in sorted(lengths))]
    pieces = [pair for start, end in pairwise(cuts) for pair in weekly(windows, zone, start, end)]
    whole = weekly(windows, zone, cuts[0], cuts[-1])
    assert whole == Spans.of(pieces)
    assert whole == weekly(reversed(windows), zone, cuts[0], cuts[-1])


@settings(max_examples=60)
@given(
    st.sampled_from(WINDOWS),
    st.sampled_from(ZONES),
    st.integers(ms("2026-01-01T00:00:00Z") // MINUTE_MS, ms("2027-01-01T00:00:00Z") // MINUTE_MS),
)
def test_a_minute_on_a_day_of_even_clocks_is_open_when_its_clock_time_says_so(
    text: str, zone: str, minute: int
) -> None:
    at_ms, one = minute * MINUTE_MS, Weekly.parse(text)
    around = [wall_ms(at_ms + shift, zone) - at_ms - shift for shift in (-36 * HOUR_MS, 0, 36 * HOUR_MS)]
    if len(set(around)) > 1:
        return
    shown = EPOCH + timedelta(milliseconds=wall_ms(at_ms, zone))
    clock = shown.hour * 60 + shown.minute
    today = shown.weekday() in one.days and one.start_min <= clock < one.end_min
    yesterday = (shown.weekday() - 1) % 7 in one.days and clock + 1440 < one.end_min
    assert bool(weekly([one], zone, at_ms, at_ms + MINUTE_MS)) is (today or yesterday)


def test_off_hours_are_all_else() -> None:
    hours = Hours.parse({"Mon-Fri": "08:00-12:00,13:00-17:00"})
    start, end = ms("2026-04-06T00:00:00Z"), ms("2026-04-07T00:00:00Z")
    assert off_hours(hours, "UTC", start, end) == spans(
        [
            ("2026-04-06T00:00:00Z", "2026-04-06T08:00:00Z"),
            ("2026-04-06T12:00:00Z", "2026-04-06T13:00:00Z"),
            ("2026-04-06T17:00:00Z", "2026-04-07T00:00:00Z"),
        ]
    )
    assert off_hours(None, "UTC", start, end) == Spans()
    assert off_hours(hours, "UTC", end, start) == Spans()
