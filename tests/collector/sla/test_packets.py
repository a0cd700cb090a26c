"""Statistics over packets, checked against the plain definition."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sla import packets, variation
from collector.sla.packets import Delays, LostAs
from collector.sla.rounding import rounded, shown, shown_time
from collector.sla.tracks import Track
from config.terms import INFINITE, Figure
from tests.collector.sla.build import measured, rounds

UNITS = st.lists(st.integers(0, 600_000_000), max_size=40)
ROUNDS = st.lists(
    st.lists(st.one_of(st.none(), st.integers(1, 99).map(str)), min_size=1, max_size=4), max_size=8
)


def column(units: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(units, np.int64)


@given(UNITS, st.integers(0, 5), st.fractions(Fraction(1, 100), 100))
def test_a_percentile_is_the_smallest_value_with_so_many_at_or_under_it(
    units: list[int], lost: int, percent: Fraction
) -> None:
    found = packets.percentile(Delays(column(units), lost), percent, LostAs(infinite=True))
    n = len(units) + lost
    reached = [one for one in sorted(units) if 100 * sum(other <= one for other in units) >= percent * n]
    if not n:
        assert found is None
    else:
        assert found == (Fraction(reached[0], 10_000) if reached else "infinite")


@given(UNITS)
def test_the_deviation_is_the_populations(units: list[int]) -> None:
    found = variation.deviation(column(units))
    if not units:
        assert found is None
        return
    mean = Fraction(sum(units), len(units))
    variance = sum((one - mean) ** 2 for one in units) / len(units)
    assert found is not None
    assert math.isclose(found**2, variance / 10_000**2, rel_tol=1e-12, abs_tol=1e-18)


@given(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=60))
def test_rfc3550_is_the_running_estimate(units: list[int]) -> None:
    estimate = Fraction(0)
    for one in units:
        estimate += (one - estimate) / 16
    assert variation.rfc3550(column(units)) == estimate / 10_000


def test_rfc3550_forgets_only_what_no_longer_weighs() -> None:
    long = column([5_000_000] * 3_000)
    found = variation.rfc3550(long)
    assert found is not None
    assert 0 <= 500 - found < Fraction(1, 10**20)


@given(ROUNDS, st.data())
def test_steps_are_between_packets_that_followed_each_other(
    texts: list[list[str | None]], data: st.DataObject
) -> None:
    track = Track.of("pe", [measured(rounds(0, 1000, *texts))])
    keep = np.array([data.draw(st.booleans()) for _ in texts], bool)
    line = [packet if kept else None for row, kept in zip(texts, keep, strict=True) for packet in row]
    expected = [
        abs(int(after) - int(before)) * 10_000
        for before, after in pairwise(line)
        if before is not None and after is not None
    ]
    assert variation.steps(track, keep).tolist() == expected


def test_a_gap_in_time_and_a_round_of_counts_only_break_the_pair() -> None:
    parts = [rounds(0, 1000, ["1", "2"]), rounds(1000, 1000, []), rounds(2000, 1000, ["5"], ["6"])]
    track = Track.of("pe", [measured(part) for part in parts])
    assert variation.steps(track, np.ones(4, bool)).tolist() == [10_000, 10_000]
    apart = Track.of("pe", [measured(rounds(0, 1000, ["1"])), measured(rounds(5000, 1000, ["9"]))])
    assert variation.steps(apart, np.ones(2, bool)).tolist() == []


def test_inside_one_series_a_round_of_counts_only_breaks_the_pair_across_it_and_no_other() -> None:
    across = Track.of("pe", [measured(rounds(0, 1000, ["1", "2"], [], ["5"], ["6"]))])
    assert variation.steps(across, np.ones(4, bool)).tolist() == [10_000, 10_000]
    ahead = Track.of("pe", [measured(rounds(0, 1000, [], ["1"], ["3"], ["6"]))])
    assert variation.steps(ahead, np.ones(4, bool)).tolist() == [20_000, 30_000]


@pytest.mark.parametrize(
    ("lost", "means"),
    [
        (LostAs(), [Fraction(3, 2), Fraction(4)]),
        (LostAs(units=40_000), [Fraction(3, 2), Fraction(4), Fraction(4)]),
        (LostAs(infinite=True), [Fraction(3, 2), "infinite", "infinite"]),
    ],
)
def test_means_of_stretches_count_lost_packets_as_they_are_told(lost: LostAs, means: list[object]) -> None:
    track = Track.of("pe", [measured(rounds(0, 1000, ["1"], ["2"], ["4"], [None], [None], [None]))])
    assert packets.stretch_means([(track, np.ones(6, bool))], column([0, 2000, 4000, 6000]), lost) == means


@pytest.mark.parametrize(
    ("percent", "found"), [(25, Fraction(1)), (50, 1 + Fraction(1, 10**20)), (75, INFINITE), (100, INFINITE)]
)
def test_of_ready_figures_too_an_infinite_one_is_larger_than_any_number(percent: int, found: Figure) -> None:
    # the two numbers are one and the same float
    figures: list[Figure] = [INFINITE, 1 + Fraction(1, 10**20), INFINITE, Fraction(1)]
    assert packets.percentile_of_figures(figures, Fraction(percent)) == found


def test_means_of_stretches_pool_the_packets_of_several_probes() -> None:
    one = Track.of("one", [measured(rounds(0, 1000, ["1"], ["9"]), "one")])
    two = Track.of("two", [measured(rounds(0, 500, ["2"], ["3"]), "two")])
    every = [(one, np.ones(2, bool)), (two, np.ones(2, bool))]
    assert packets.stretch_means(every, column([0, 1000, 2000]), LostAs()) == [2, 9]


@pytest.mark.parametrize(
    ("value", "mode", "text"),
    [
        ("45.005", "half_up", "45.01"), ("45.005", "half_even", "45.00"), ("45.015", "half_even", "45.02"),
        ("45.001", "up", "45.01"), ("45.009", "down", "45.00"),
        ("-1.005", "half_up", "-1.01"), ("0.004", "half_up", "0.00"),
    ],
)  # fmt: skip
def test_rounding_is_exact(value: str, mode: str, text: str) -> None:
    assert shown(rounded(Fraction(value), 2, mode), 2) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 min"),
        (2_592_000_000, "43,200 min"),
        (2_676_000, "44 min 36 s"),
        (86_460_001, "1,441 min 0.001 s"),
        (59_999, "59.999 s"),
        (-90_000, "-1 min 30 s"),
        (1_500, "1.5 s"),
        (Fraction(1, 3), "0 min"),
        (Fraction(119_999_500, 1_000) - Fraction(1, 3), "1 min 59.999 s"),
        (Fraction(239_999, 2), "2 min"),
    ],
)
def test_times_are_shown_in_minutes_where_they_are_whole(ms: int | Fraction, text: str) -> None:
    assert shown_time(ms) == text


def test_a_figure_without_places_has_no_point() -> None:
    assert shown(Fraction(451, 10), 0) == "45"
