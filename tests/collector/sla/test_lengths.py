"""Lengths in the contract's units, and by its local days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sla.calendar import day_start_ms
from collector.sla.lengths import days_of, rounded_ms
from collector.sla.spans import Spans
from config.outage import OutageRound
from tests.collector.sla.counting import MARK, MINUTE, NEVER, minutes, ms

HOUR = 60 * MINUTE
PAIRS = st.lists(st.tuples(st.integers(0, 600_000), st.integers(0, 600_000)), max_size=6)
MODES = ["up", "down", "nearest", "touched", "inside"]


def rounding(to: str, mode: str) -> OutageRound:
    return OutageRound.model_validate({"to": to, "mode": mode})


def at(*pairs: tuple[int, int]) -> Spans:
    return Spans.of((MARK + start, MARK + end) for start, end in pairs)


@pytest.mark.parametrize(
    ("length", "up", "down", "nearest"),
    [
        (0, 0, 0, 0),
        (1, 1, 0, 0),
        (29_999, 1, 0, 0),
        (30_000, 1, 0, 1),
        (59_999, 1, 0, 1),
        (60_000, 1, 1, 1),
        (60_001, 2, 1, 1),
        (89_999, 2, 1, 1),
        (90_000, 2, 1, 2),
        (119_999, 2, 1, 2),
        (120_000, 2, 2, 2),
    ],
)
def test_a_length_is_rounded_to_whole_units_and_a_half_goes_up(
    length: int, up: int, down: int, nearest: int
) -> None:
    found = [rounded_ms(at((7, 7 + length)), rounding("1m", mode), "UTC") for mode in MODES[:3]]
    assert found == [up * MINUTE, down * MINUTE, nearest * MINUTE]


def test_an_odd_unit_has_no_half_in_whole_milliseconds() -> None:
    lengths = [rounded_ms(at((0, length)), rounding("3ms", "nearest"), "UTC") for length in range(7)]
    assert lengths == [0, 0, 3, 3, 3, 6, 6]


@pytest.mark.parametrize(
    ("time", "touched", "inside"),
    [
        (at(), 0, 0),
        (at((0, 60_000)), 1, 1),
        (at((0, 60_001)), 2, 1),
        (at((0, 59_999)), 1, 0),
        (at((1, 60_000)), 1, 0),
        (at((1, 60_001)), 2, 0),
        (at((59_999, 60_001)), 2, 0),
        (at((30_000, 210_000)), 4, 2),
        (at((30_000, 209_999)), 4, 2),
        (at((30_000, 180_000)), 3, 2),
        (at((30_000, 180_001)), 4, 2),
        (at((59_999, 180_000)), 3, 2),
        (at((60_000, 180_000)), 2, 2),
        (at((60_001, 180_000)), 2, 1),
        (at((1_000, 2_000), (58_000, 59_000)), 1, 0),
        (at((1_000, 2_000), (58_000, 61_000)), 2, 0),
        (at((0, 30_000), (30_001, 60_000)), 1, 0),
        (at((0, 60_000), (120_000, 180_000)), 2, 2),
    ],
)
def test_touched_counts_each_begun_clock_minute_once_and_inside_only_whole_ones(
    time: Spans, touched: int, inside: int
) -> None:
    assert rounded_ms(time, rounding("1m", "touched"), "UTC") == touched * MINUTE
    assert rounded_ms(time, rounding("1m", "inside"), "UTC") == inside * MINUTE


@pytest.mark.parametrize(
    ("zone", "touched"), [("UTC", 1), ("Asia/Kathmandu", 2), ("Asia/Kolkata", 1), ("America/New_York", 1)]
)
def test_a_clock_hour_is_one_of_the_contracts_zone(zone: str, touched: int) -> None:
    # 00:10 to 00:20 UTC is 05:55 to 06:05 in Kathmandu.
    assert rounded_ms(minutes((10, 20)), rounding("1h", "touched"), zone) == touched * HOUR


def test_units_are_counted_from_each_local_midnight() -> None:
    # Two clocks of 8 h: one is cut by the day's end where a day has 23 h.
    zone, unit = "America/New_York", rounding("8h", "touched")
    late = Spans.of([(ms("2026-03-08T23:00:00-04:00"), ms("2026-03-08T23:01:00-04:00"))])
    assert rounded_ms(late, unit, zone) == 7 * HOUR
    assert rounded_ms(minutes((959, 961)), unit, "UTC") == 16 * HOUR
    over = Spans.of([(ms("2026-03-08T23:59:00-04:00"), ms("2026-03-09T00:01:00-04:00"))])
    assert rounded_ms(over, unit, zone) == 15 * HOUR
    whole = Spans.of([(ms("2026-03-08T17:00:00-04:00"), ms("2026-03-09T08:00:00-04:00"))])
    assert rounded_ms(whole, rounding("8h", "inside"), zone) == 15 * HOUR


def test_clock_hours_of_a_day_on_which_the_clocks_change_are_real_hours() -> None:
    zone = "America/New_York"
    forward = Spans.of([(ms("2026-03-08T01:30:00-05:00"), ms("2026-03-08T03:30:00-04:00"))])
    back = Spans.of([(ms("2026-11-01T01:30:00-04:00"), ms("2026-11-01T01:30:00-05:00"))])
    assert rounded_ms(forward, rounding("1h", "touched"), zone) == 2 * HOUR
    assert rounded_ms(back, rounding("1h", "touched"), zone) == 2 * HOUR
    assert rounded_ms(back, rounding("1h", "inside"), zone) == 0


def test_without_a_unit_a_length_is_exact() -> None:
    assert rounded_ms(at((1, 12_345)), None, "UTC") == 12_344


@given(PAIRS, st.sampled_from(["1s", "5s", "1m"]))
def test_each_way_of_rounding_is_less_than_its_neighbour(pairs: list[tuple[int, int]], to: str) -> None:
    time = at(*pairs)
    found = {mode: rounded_ms(time, rounding(to, mode), "UTC") for mode in MODES}
    assert found["inside"] <= found["down"] <= time.total_ms <= found["up"] <= found["touched"]
    assert found["down"] <= found["nearest"] <= found["up"]


def test_time_is_laid_on_local_days_and_cut_at_local_midnight() -> None:
    time = minutes((-90, 30), (60, 70), (1440, 1450))
    first = date(2026, 4, 12)
    assert days_of(time, "UTC") == {
        first: minutes((-90, 0)),
        first + timedelta(1): minutes((0, 30), (60, 70)),
        first + timedelta(2): minutes((1440, 1450)),
    }
    # Midnight in Berlin is 22:00 UTC in April.
    assert days_of(minutes((-150, -100)), "Europe/Berlin") == {
        first: minutes((-150, -120)),
        first + timedelta(1): minutes((-120, -100)),
    }
    assert days_of(NEVER, "UTC") == {}


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Asia/Kathmandu", date(2026, 3, 8), 24),
    ],
)
def test_a_local_day_is_as_long_as_it_is(zone: str, day: date, hours: int) -> None:
    start = day_start_ms(day, zone)
    days = days_of(Spans.of([(start - 1, start + hours * HOUR + 1)]), zone)
    assert [time.total_ms for time in days.values()] == [1, hours * HOUR, 1]


def test_a_day_that_a_zone_left_out_holds_nothing() -> None:
    start = ms("2011-12-29T12:00:00-10:00")
    days = days_of(Spans.of([(start, start + 24 * HOUR)]), "Pacific/Apia")
    assert {day.day: time.total_ms for day, time in days.items()} == {29: 12 * HOUR, 31: 12 * HOUR}
