"""The algebra of sets of instants, checked against sets of integers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sla.spans import Spans

PAIRS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def points(spans: Spans) -> set[int]:
    return {at for start, end in spans for at in range(start, end)}


@given(PAIRS)
def test_a_set_has_one_form_only(pairs: list[tuple[int, int]]) -> None:
    spans = Spans.of(pairs)
    assert all(start < end for start, end in spans)
    assert all(before[1] < after[0] for before, after in zip(spans.pairs, spans.pairs[1:], strict=False))
    assert points(spans) == {at for start, end in pairs for at in range(start, end)}
    assert Spans.of(reversed(pairs)) == spans
    assert spans.total_ms == len(points(spans))


@given(PAIRS, st.integers(0, 60))
def test_cutting_at_any_instant_changes_nothing(pairs: list[tuple[int, int]], cut: int) -> None:
    spans = Spans.of(pairs)
    assert spans.clip(0, cut) | spans.clip(cut, 61) == spans


@given(PAIRS, PAIRS)
def test_union_intersection_and_difference_are_those_of_sets(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    mine, theirs = Spans.of(one), Spans.of(other)
    assert points(mine | theirs) == points(mine) | points(theirs)
    assert mine | theirs == theirs | mine
    assert points(mine & theirs) == points(mine) & points(theirs)
    assert points(mine - theirs) == points(mine) - points(theirs)


@given(PAIRS, st.integers(0, 60), st.integers(0, 60))
def test_the_inverse_of_the_inverse_is_what_was_inside(
    pairs: list[tuple[int, int]], start: int, end: int
) -> None:
    spans, begin, until = Spans.of(pairs), min(start, end), max(start, end)
    inverse = spans.inverse(begin, until)
    assert points(inverse) == set(range(begin, until)) - points(spans)
    assert inverse.inverse(begin, until) == spans.clip(begin, until)


@given(PAIRS)
def test_an_array_of_instants_is_told_apart(pairs: list[tuple[int, int]]) -> None:
    spans = Spans.of(pairs)
    assert set(np.flatnonzero(spans.hold(np.arange(61)))) == points(spans)


@pytest.mark.parametrize(
    ("within", "groups"),
    [
        (0, [[(0, 5)], [(7, 9)], [(20, 21)]]),
        (2, [[(0, 5)], [(7, 9)], [(20, 21)]]),
        (3, [[(0, 5), (7, 9)], [(20, 21)]]),
    ],
)
def test_groups_are_less_than_so_far_apart(within: int, groups: list[list[tuple[int, int]]]) -> None:
    spans = Spans.of([(0, 5), (7, 9), (20, 21)])
    assert [list(group) for group in spans.groups(within)] == groups


@given(PAIRS, st.integers(0, 80))
def test_without_its_first_part_a_set_is_so_much_shorter(pairs: list[tuple[int, int]], ms: int) -> None:
    spans = Spans.of(pairs)
    assert sorted(points(spans.without_first(ms))) == sorted(points(spans))[ms:]
