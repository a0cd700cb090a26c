"""Days of a metric by the site's calendar."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.days import summed
from collector.analysis.readings import Readings
from collector.ledger.bins import BIN_MS
from collector.sla.calendar import day_start_ms


def of(first: date, zone: str, values: np.ndarray) -> Readings:
    return Readings("a", "rtt", day_start_ms(first, zone) // BIN_MS * BIN_MS, values)


@pytest.mark.parametrize(
    ("day", "zone", "steps"),
    [
        (date(2026, 3, 29), "Europe/London", 276),
        (date(2026, 10, 25), "Europe/London", 300),
        (date(2026, 6, 1), "Europe/London", 288),
        (date(2026, 6, 1), "Asia/Kathmandu", 288),
        (date(2026, 4, 5), "Australia/Lord_Howe", 294),
    ],
)
def test_a_day_has_as_many_steps_as_its_clock_says(day: date, zone: str, steps: int) -> None:
    (one, other) = summed(of(day, zone, np.arange(steps + 1.0)), zone)
    assert (one.day, one.known, one.steps) == (day, steps, steps)
    assert (other.day, other.known) == (day + timedelta(days=1), 1)
    assert (one.mean, one.highest) == ((steps - 1) / 2, steps - 1)
    assert one.median == (steps - 1) / 2
    assert one.p95 == -(-95 * steps // 100) - 1


def test_what_is_absent_counts_nowhere_and_a_day_of_absences_is_none() -> None:
    values = np.full(3 * 288, np.nan)
    values[[0, 5, 600]] = 1.0, 3.0, 7.0
    found = summed(of(date(2026, 6, 1), "UTC", values), "UTC")
    assert [(one.day.day, one.known, one.median, one.p95, one.highest) for one in found] == [
        (1, 2, 2.0, 3.0, 3.0),
        (3, 1, 7.0, 7.0, 7.0),
    ]


def test_of_a_day_that_is_cut_only_what_is_there_is_known() -> None:
    whole = of(date(2026, 6, 1), "Europe/London", np.ones(288))
    found = summed(whole.between(whole.start_ms + 100 * BIN_MS, whole.end_ms - BIN_MS), "Europe/London")
    assert [(one.known, one.steps) for one in found] == [(187, 288)]


def test_without_readings_there_is_no_day() -> None:
    assert summed(Readings("a", "rtt", 0, np.zeros(0)), "UTC") == []


@given(
    st.lists(st.floats(0, 10) | st.just(float("nan")), min_size=1, max_size=700),
    st.integers(0, 20_000),
    st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kathmandu"]),
)
@settings(max_examples=40, deadline=None)
def test_the_days_together_know_what_is_known(values: list[float], start: int, zone: str) -> None:
    found = summed(Readings("a", "loss", start * BIN_MS, np.array(values)), zone)
    assert sum(one.known for one in found) == int(np.isfinite(values).sum())
    assert all(one.median <= one.p95 + 1e-12 or one.known < 20 for one in found)
    assert all(one.p95 <= one.highest and one.known <= one.steps for one in found)
    assert [one.day for one in found] == sorted({one.day for one in found})
