"""Circuit-months: outages over a month's end, faults that come back, light's way."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.months import Down, joined, light_rtt_seconds, repeated
from collector.sla.calendar import DAY_MS
from tests.collector.analysis.made_months import month


def down(start_days: float, hours: float = 1.0) -> Down:
    start_ms = round(start_days * DAY_MS)
    return Down(start_ms, start_ms + round(hours * 3_600_000), hours * 3600)


def test_an_outage_over_a_months_end_is_one() -> None:
    late, early = down(30 - 1 / 24), down(30, hours=2)
    (one,) = joined([early, late])
    assert (one.start_ms, one.end_ms, one.seconds) == (late.start_ms, early.end_ms, 3 * 3600)


@pytest.mark.parametrize(("gap_days", "comes_back"), [(1, True), (29.9, True), (30, False), (60, False)])
def test_a_fault_within_30_days_of_the_repair_is_a_repeat(gap_days: float, comes_back: bool) -> None:
    first = down(1)
    second = down(first.end_ms / DAY_MS + gap_days)
    assert bool(repeated([first, second])) is comes_back


def test_the_first_of_three_faults_is_no_repeat() -> None:
    some = [down(1), down(5), down(9)]
    assert repeated(some) == [(some[0], some[1]), (some[1], some[2])]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 100)), max_size=12))
def test_joined_outages_are_apart_and_lose_no_second(pieces: list[tuple[int, int]]) -> None:
    given_ones = [Down(at, at + length, float(length)) for at, length in pieces]
    found = joined(given_ones)
    assert all(one.end_ms < after.start_ms for one, after in pairwise(found))
    assert sum(one.seconds for one in found) == sum(one.seconds for one in given_ones)


def test_light_needs_ten_milliseconds_for_a_thousand_kilometres_and_back() -> None:
    assert light_rtt_seconds(1000) == pytest.approx(0.01)


def test_a_month_knows_how_long_it_is_and_how_much_of_it_is_known() -> None:
    one = month(up_seconds=100.0, down_seconds=20.0)
    assert (one.known_seconds, one.whole_seconds) == (120, 30 * 86_400)
