"""Stretches of clock time, and verdicts a window."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.evidence import Load
from collector.sla.reckoning import Excluded
from collector.sla.windows import edges, worse
from tests.collector.sla.build import measured, ms, rounds
from tests.collector.sla.cases import APRIL, DAY, HOUR, a_case, april, at, judged, told

RTT = {"metric": "rtt", "stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"}
SPRING, AUTUMN = "2026-03-08", "2026-11-01"


def lengths(day: str, length_ms: int, hours: int) -> list[int]:
    start = ms(f"{day}T05:00:00Z" if day == SPRING else f"{day}T04:00:00Z")
    cuts = edges(start, start + hours * HOUR, length_ms, "America/New_York")
    return [(after - before) // 60_000 for before, after in pairwise(cuts)]


@pytest.mark.parametrize(
    ("day", "length", "hours", "minutes"),
    [
        (SPRING, HOUR, 23, [60] * 23),
        (AUTUMN, HOUR, 25, [60] * 25),
        (AUTUMN, HOUR // 2, 25, [30] * 50),
        (SPRING, 12 * HOUR, 23, [660, 720]),
        (AUTUMN, 12 * HOUR, 25, [780, 720]),
        (SPRING, 2 * HOUR, 23, [120, 60, *[120] * 10]),
        (SPRING, DAY, 23 + 24, [23 * 60, 24 * 60]),
        (AUTUMN, 2 * DAY, 49 + 24, [49 * 60, 24 * 60]),
        (AUTUMN, 10 * HOUR, 25, [600, 600, 300]),
        (AUTUMN, 7 * 60_000, 1, [7] * 8 + [4]),
    ],
)
def test_windows_are_of_local_clock_time(day: str, length: int, hours: int, minutes: list[int]) -> None:
    assert lengths(day, length, hours) == minutes


def test_a_window_begins_at_local_midnight_also_where_the_period_does_not() -> None:
    cuts = edges(at(5.5), at(30), 12 * HOUR, "UTC")
    assert cuts == [at(5.5), at(12), at(24), at(30)]
    assert edges(at(5.5), at(6.5), HOUR, "UTC") == [at(5.5), at(6), at(6.5)]


@settings(max_examples=60)
@given(
    st.integers(0, 400 * 24 * 60),
    st.integers(1, 5000),
    st.sampled_from([5, 7, 30, 60, 90, 120, 720, 1440, 2880]),
    st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_edges_cut_all_of_it_and_nothing_twice(begin: int, minutes: int, length: int, zone: str) -> None:
    start = APRIL + begin * 60_000
    end = start + minutes * 60_000
    cuts = edges(start, end, length * 60_000, zone)
    assert (cuts[0], cuts[-1]) == (start, end)
    assert all(before < after for before, after in pairwise(cuts))
    assert all(after - before <= (length + 60) * 60_000 for before, after in pairwise(cuts))


def test_the_worse_figure_is_the_larger_or_the_smaller_one() -> None:
    found = {"a": Fraction(1), "b": Fraction(2), "c": Fraction(2)}
    assert (worse(found, wants_more=True), worse(found, wants_more=False)) == ("a", "b")
    assert worse({**found, "d": "infinite"}, wants_more=False) == "d"
    assert worse({**found, "d": "infinite"}, wants_more=True) == "a"


def hours_of(*delays: str | None, start: float = 0) -> Any:  # noqa: ANN401
    return measured(rounds(at(start), HOUR, *([one] for one in delays)))


@pytest.mark.parametrize(
    ("delays", "start", "rule", "verdict"),
    [
        (["46", "46", "46", "46"], 0, {"in_a_row": 4}, "breached"),
        (["46", "46", "46", "45", "46"], 0, {"in_a_row": 4}, "met"),
        (["46", "46", None, "46", "46"], 0, {"in_a_row": 4}, "met"),
        (["46", "46", "20", "46"], 0, {}, "breached"),
        (["45", "45"], 0, {}, "met"),
        (["46", "46", "46", "46"], 22, {"in_a_row": 4}, "breached"),
        (["46", "46", "46", "46"], 22, {"in_a_row": 4, "within": "day"}, "met"),
        (["46", "46", "46", "46"], 22, {"in_a_row": 2, "within": "day"}, "breached"),
        (["46", "46", "46", "46"], 22, {"in_a_row": 3, "within": "period"}, "breached"),
        (["46", "46", "46", "46"], 23, {"in_a_row": 3, "within": "day"}, "breached"),
        ([None, None], 0, {}, "insufficient_data"),
        ([], 0, {}, "insufficient_data"),
    ],
)
def test_a_breach_is_so_many_windows_in_a_row_that_miss(
    delays: list[str | None], start: float, rule: dict[str, Any], verdict: str
) -> None:
    objective = RTT | {"each_window": {"of": "1h"} | rule}
    assert judged(objective, a_case(hours_of(*delays, start=start))).verdict == verdict


def test_the_worst_window_is_what_was_measured() -> None:
    case = a_case(hours_of("10", "50", "20"))
    one = judged(RTT | {"each_window": {"of": "1h", "in_a_row": 2}}, case)
    assert told(one, "measured", "verdict") == (50, "met")
    assert one.words == (
        "the worst of 3 windows of 1 h with data (1 missed, at most 1 in a row; 2 in a row are a breach)"
    )
    whole = judged(RTT | {"each_window": {"of": "2h"}}, case)
    assert whole.measured == 30


def test_a_window_is_rounded_before_it_is_judged() -> None:
    rounding = {"places": 0, "mode": "down"}
    objective = RTT | {"each_window": {"of": "1h"}, "round": rounding}
    one = judged(objective, a_case(hours_of("45.9")))
    assert told(one, "measured", "verdict") == (45, "met")


@pytest.mark.parametrize(("needed", "verdict"), [("1%", "insufficient_data"), ("0.2%", "breached")])
def test_windows_need_their_coverage_too(needed: str, verdict: str) -> None:
    case = a_case(hours_of("46", "46"), unknown={"policy": "exclude", "coverage": needed})
    assert judged(RTT | {"each_window": {"of": "1h"}}, case).verdict == verdict


def test_variation_in_a_window_is_above_the_least_of_the_period() -> None:
    objective = {
        "metric": "jitter",
        "definition": {"pdv": "p100"},
        "target": "<= 15ms",
        "each_window": {"of": "1h"},
    }
    assert judged(objective, a_case(hours_of("10", "30", "30"))).measured == 20
    left_out = objective | {"while": "available"}
    assert judged(left_out, a_case(hours_of("10", "30", "31"), down=april((0, 1)))).measured == 1


def test_a_load_can_be_judged_by_the_window() -> None:
    loads = [Load(at(hour), "cpe", "receive", Fraction(hour, 10)) for hour in range(6)]
    objective = {"metric": "utilisation", "stat": "max", "target": "<= 30%", "each_window": {"of": "2h"}}
    one = judged(objective, a_case(loads=loads))
    assert told(one, "measured", "verdict") == (50, "breached")


@pytest.mark.parametrize(
    ("excluded", "figure"),
    [
        (Excluded(), Fraction(2300, 24)),
        (Excluded(window=april((24, 36))), Fraction(1100, 12)),
        (Excluded(off_hours=april((24.5, 36.5))), Fraction(1100, 12)),
    ],
)
def test_availability_by_the_day_is_of_the_days_own_time(excluded: Excluded, figure: Fraction) -> None:
    objective = {"metric": "availability", "target": ">= 99%", "each_window": {"of": "1d", "in_a_row": 2}}
    case = a_case(down=april((40, 41), (70, 70.25)), excluded=excluded)
    one = judged(objective, case)
    assert told(one, "measured", "verdict") == (figure, "breached")
    assert judged(objective | {"each_window": {"of": "1d", "in_a_row": 3}}, case).verdict == "met"


def test_unknown_time_leaves_a_day_under_the_policy() -> None:
    objective = {"metric": "availability", "target": ">= 99%", "each_window": {"of": "1d"}}
    silence, down = april((0, 12)), april((12, 13))
    assert judged(objective, a_case(down=down, silence=silence)).measured == Fraction(1100, 12)
    up = a_case(down=down, silence=silence, unknown={"policy": "up"})
    assert judged(objective, up).measured == Fraction(2300, 24)


@pytest.mark.parametrize(
    ("objective", "days"),
    [
        (RTT, [2, 3]),
        (RTT | {"target": "<= 46ms"}, [3]),
        (RTT | {"round": {"places": 0, "mode": "down"}}, [2, 3]),
        ({"metric": "loss", "target": "<= 1%"}, []),
    ],
)
def test_each_bad_day_is_named_where_the_credit_pays_by_the_day(
    objective: dict[str, Any], days: list[int]
) -> None:
    seen = measured(rounds(APRIL, DAY, ["44"], ["46"], ["47"], ["45"], ["20"]))
    paid = objective | {"credit": {"each_day": True, "gives": "1 day"}}
    assert [day.day for day in judged(paid, a_case(seen)).missed_days] == days
    assert judged(objective, a_case(seen)).missed_days == ()
