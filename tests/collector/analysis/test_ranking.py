"""Ranks: who is better beyond noise, and who can't be told apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.drawing import EXACT, interval, resampled, shared_out, sums_of
from collector.analysis.figures import MEASURES
from collector.analysis.ranking import beyond_noise, difference, ranks, tellable
from tests.collector.analysis.made_months import faulty, month

WEIGHTS = np.array([float(one.name in {"availability", "outages"}) for one in MEASURES])


def sums(*faults: int) -> object:
    """A carrier with a circuit for each number of faults in a month."""
    circuits = [[faulty(month(str(place)), *range(1, count + 1))] for place, count in enumerate(faults)]
    return sums_of(circuits, [1.0] * len(circuits))


@pytest.mark.parametrize(
    ("scores", "better", "expected"),
    [
        ({"a": 90, "b": 80}, set(), {"a": 1, "b": 1}),
        ({"a": 90, "b": 80}, {("a", "b")}, {"a": 1, "b": 2}),
        ({"a": 90, "b": 80, "c": 70}, {("a", "b"), ("a", "c")}, {"a": 1, "b": 2, "c": 2}),
        ({"a": 90, "b": 80, "c": 70}, {("a", "b"), ("a", "c"), ("b", "c")}, {"a": 1, "b": 2, "c": 3}),
        ({"a": 90, "b": 80, "c": 70}, {("a", "c")}, {"a": 1, "b": 1, "c": 2}),
        ({"a": 90, "b": 80, "c": 70}, {("a", "b")}, {"a": 1, "b": 2, "c": 2}),
        ({"a": 90, "b": 80, "c": 80}, {("a", "b")}, {"a": 1, "b": 2, "c": 2}),
        ({}, set(), {}),
    ],
)
def test_a_rank_counts_who_is_better_and_follows_the_scores(
    scores: dict[str, float], better: set[tuple[str, str]], expected: dict[str, int]
) -> None:
    assert ranks(scores, better) == expected


def test_clear_differences_are_beyond_noise_and_small_ones_are_not() -> None:
    good, bad, alike = sums(0, 0, 1, 0, 0), sums(5, 6, 5, 7, 6), sums(1, 0, 0, 0, 0)
    found = beyond_noise({"good": good, "bad": bad, "alike": alike}, WEIGHTS, 0)  # type: ignore[dict-item]
    assert found == {("good", "bad"), ("alike", "bad")}


def test_two_circuits_against_two_can_never_be_told_apart() -> None:
    gap, chance = difference(sums(0, 0), sums(9, 9), WEIGHTS, 0)  # type: ignore[arg-type]
    assert gap > 0
    assert chance == pytest.approx(2 / 6)
    assert not tellable(2, 2, 2)
    assert tellable(4, 4, 2)
    assert not tellable(4, 4, 5)


def test_a_carrier_and_its_copy_do_not_differ() -> None:
    one = sums(0, 3, 1, 7)
    assert difference(one, one, WEIGHTS, 0) == (0.0, 1.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(("first", "second"), [(2, 3), (1, 4), (20, 30)])
def test_circuits_are_shared_out_in_the_carriers_sizes_and_the_true_way_is_the_first(
    first: int, second: int
) -> None:
    ways = shared_out(first, second, 0)
    assert ways[0].tolist() == [1.0] * first + [0.0] * second
    assert set(ways.sum(axis=1)) == {first}
    assert len(ways) <= EXACT


def test_an_interval_needs_three_circuits_and_a_difference_between_them() -> None:
    draws = np.linspace(0.0, 1.0, 1_000)
    assert interval(0.5, draws, 2) == (None, None)
    assert interval(0.5, np.full(1_000, 0.5), 9) == (None, None)
    low, high = interval(0.5, draws, 9)
    assert low is not None
    assert high is not None
    assert low < 0.05 < 0.95 < high


@settings(max_examples=25)
@given(st.integers(3, 30))
def test_as_many_circuits_are_drawn_as_there_are(circuits: int) -> None:
    drawn = resampled(circuits, 1)
    assert (drawn.sum(axis=1) == circuits).all()
    assert (resampled(circuits, 1) == drawn).all()
