"""Marks of axes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.charts.axes import milliseconds, percent, round_ticks, span_words, time_ticks

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("begin", "span_ms", "zone", "labels"),
    [
        ("2026-01-01T00:00Z", 40_000, "UTC", ["00:00:00", "00:00:15", "00:00:30"]),
        ("2026-01-01T00:07Z", HOUR_MS // 2, "UTC", ["00:10", "00:20", "00:30"]),
        ("2026-01-01T20:00Z", 8 * HOUR_MS, "UTC", ["20:00", "22:00", "Fri 2 Jan", "02:00"]),
        ("2026-01-01T00:00Z", HOUR_MS, "Asia/Kathmandu", ["05:45", "06:00", "06:15", "06:30"]),
        ("2026-01-01T00:00Z", 3 * DAY_MS, "UTC", ["Thu 1 Jan", "Fri 2 Jan", "Sat 3 Jan"]),
        ("2026-01-01T00:00Z", 28 * DAY_MS, "UTC", ["5 Jan", "12 Jan", "19 Jan", "26 Jan"]),
        ("2025-12-20T00:00Z", 100 * DAY_MS, "UTC", ["2026", "Feb", "Mar"]),
        ("2024-12-20T00:00Z", 730 * DAY_MS, "UTC", ["2025", "2026"]),
    ],
)
def test_times_are_round_by_the_clock_of_the_site(
    begin: str, span_ms: int, zone: str, labels: list[str]
) -> None:
    most = 4 if span_ms != 3 * DAY_MS else 3
    assert [one.label for one in time_ticks(ms(begin), ms(begin) + span_ms, zone, most)] == labels


def test_the_hour_that_comes_twice_is_marked_twice() -> None:
    begin = ms("2026-10-24T23:00Z")
    ticks = time_ticks(begin, begin + 5 * HOUR_MS, "Europe/London", 6)
    assert [one.label for one in ticks] == ["Sun 25 Oct", "01:00", "01:00", "02:00", "03:00"]
    assert [one.at_ms for one in ticks] == [begin + i * HOUR_MS for i in range(5)]


def test_the_hour_that_is_skipped_is_not_marked() -> None:
    begin = ms("2026-03-29T00:00Z")
    ticks = time_ticks(begin, begin + 4 * HOUR_MS, "Europe/London", 6)
    assert [one.label for one in ticks] == ["Sun 29 Mar", "02:00", "03:00", "04:00"]


def test_days_begin_at_local_midnight_on_both_sides_of_a_change() -> None:
    begin = ms("2026-10-23T12:00Z")
    ticks = time_ticks(begin, begin + 4 * DAY_MS, "Europe/London", 5)
    assert [one.at_ms for one in ticks] == [
        ms(f"2026-10-{day}") for day in ("23T23:00Z", "24T23:00Z", "26T00:00Z", "27T00:00Z")
    ]


@given(
    st.integers(0, 2**41),
    st.integers(1_000, 900 * DAY_MS),
    st.sampled_from(["UTC", "Europe/London", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]),
)
def test_marks_lie_inside_rise_and_are_not_too_many(from_ms: int, span_ms: int, zone: str) -> None:
    ticks = time_ticks(from_ms, from_ms + span_ms, zone)
    times = [one.at_ms for one in ticks]
    assert times == sorted(set(times))
    assert all(from_ms <= at_ms < from_ms + span_ms for at_ms in times)
    assert len(ticks) <= 13
    assert all(datetime.fromtimestamp(at // 1_000, UTC).astimezone(ZoneInfo(zone)) for at in times)


@given(st.floats(0, 1e6), st.floats(1e-6, 1e6))
def test_round_numbers_cover_the_values(low: float, span: float) -> None:
    ticks = round_ticks(low, low + span)
    step = ticks[1] - ticks[0]
    assert ticks[0] <= low + 1e-6 * step
    assert ticks[-1] >= low + span - 1e-6 * step
    assert 2 <= len(ticks) <= 8


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"),
        (0.02, "20 ms"),
        (0.00035, "0.35 ms"),
        (0.0225, "22.5 ms"),
        (1.25, "1.25 s"),
        (0.9, "900 ms"),
    ],
)
def test_times_are_said_in_milliseconds(seconds: float, said: str) -> None:
    assert milliseconds(seconds) == said


def test_ratios_and_spans_are_said_in_words() -> None:
    assert [percent(one) for one in (0, 0.005, 0.2, 1.0)] == ["0%", "0.5%", "20%", "100%"]
    begin = ms("2026-07-01T00:00Z")
    assert span_words(begin, begin + HOUR_MS, "Europe/London") == (
        "2026-07-01 01:00 to 2026-07-01 02:00 (Europe/London)"
    )
