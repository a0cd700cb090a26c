"""Statuses over time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.circuits import Status
from collector.sla.spans import Spans
from collector.sla.timeline import Said, Stretch, Timeline, joined, judged_together

UP, DOWN, UNKNOWN = Status.UP, Status.DOWN, Status.UNKNOWN


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Stretches of some statuses, with gaps between some of them."""
    edges = sorted(draw(st.sets(st.integers(0, 60), min_size=2, max_size=10)))
    statuses = st.sampled_from([UP, DOWN, UNKNOWN, None])
    said = [draw(statuses) for _ in edges[1:]]
    return Timeline.of(
        Stretch(start, end, status)
        for start, end, status in zip(edges, edges[1:], said, strict=False)
        if status is not None
    )


def at(timeline: Timeline, instant: int) -> Status | None:
    return next((one.status for one in timeline.stretches if one.start_ms <= instant < one.end_ms), None)


@given(timelines(), st.integers(0, 60))
def test_cutting_at_any_instant_and_joining_again_changes_nothing(timeline: Timeline, cut: int) -> None:
    halves = (*timeline.clip(0, cut).stretches, *timeline.clip(cut, 61).stretches)
    assert Timeline.of(halves) == timeline
    assert Timeline.of(reversed(halves)) == timeline


def test_two_statuses_at_one_time_are_refused() -> None:
    with pytest.raises(ValueError, match="two statuses"):
        Timeline.of([Stretch(0, 10, UP), Stretch(9, 12, DOWN)])


@given(timelines(), st.integers(0, 60), st.integers(0, 60))
def test_filled_says_something_everywhere_and_changes_nothing_else(
    timeline: Timeline, a: int, b: int
) -> None:
    start, end = min(a, b), max(a, b)
    filled = timeline.filled(start, end)
    assert all(at(filled, one) == (at(timeline, one) or UNKNOWN) for one in range(start, end))
    assert sum(filled.clip(start, end).where(status).total_ms for status in Status) == end - start


@given(timelines(), st.integers(0, 60), st.integers(0, 60), st.sampled_from(list(Status)))
def test_silence_may_be_filled_with_any_status(timeline: Timeline, a: int, b: int, status: Status) -> None:
    start, end = min(a, b), max(a, b)
    filled = timeline.filled(start, end, status)
    expected = [at(timeline, one) or (status if start <= one < end else None) for one in range(61)]
    assert [at(filled, one) for one in range(61)] == expected
    assert Timeline.of(filled.stretches) == filled


@given(timelines(), st.integers(-5, 65), st.integers(-5, 65))
def test_what_is_clipped_lies_inside_and_is_as_it_was(timeline: Timeline, a: int, b: int) -> None:
    start, end = min(a, b), max(a, b)
    clipped = timeline.clip(start, end)
    expected = [at(timeline, one) if start <= one < end else None for one in range(61)]
    assert [at(clipped, one) for one in range(61)] == expected
    assert Timeline.of(clipped.stretches) == clipped


@given(timelines(), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4))
def test_another_status_stands_inside_the_spans_and_nowhere_else(
    timeline: Timeline, pairs: list[tuple[int, int]]
) -> None:
    spans = Spans.of(pairs)
    changed = timeline.over(spans, DOWN)
    inside = {instant for start, end in spans for instant in range(start, end)}
    for instant in range(61):
        before = at(timeline, instant)
        assert at(changed, instant) == (DOWN if before and instant in inside else before)


@given(timelines(), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4))
def test_tags_mark_time_and_leave_its_status(timeline: Timeline, pairs: list[tuple[int, int]]) -> None:
    spans = Spans.of(pairs)
    tagged = timeline.tag(spans, "maintenance")
    assert tagged.tagged("maintenance") == timeline.said & spans
    assert all(tagged.where(status) == timeline.where(status) for status in Status)
    assert tagged.tag(spans, "maintenance") == tagged


def test_unknown_time_carries_on_the_status_before_it_and_only_that() -> None:
    timeline = Timeline.of(
        [Stretch(0, 5, UNKNOWN), Stretch(5, 10, DOWN), Stretch(10, 20, UNKNOWN), Stretch(30, 40, UNKNOWN)]
    )
    assert timeline.carried().stretches == (
        Stretch(0, 5, UNKNOWN),
        Stretch(5, 20, DOWN),
        Stretch(30, 40, UNKNOWN),
    )


@given(st.lists(timelines(), min_size=1, max_size=3), st.integers(1, 3))
def test_probes_judge_together_as_one_would_count_them(several: list[Timeline], needed: int) -> None:
    needed = min(needed, len(several))
    together = judged_together(several, needed)
    for instant in range(60):
        said = [at(one, instant) for one in several]
        up, down = said.count(UP), said.count(DOWN)
        expected = UP if up >= needed else DOWN if len(said) - down < needed else UNKNOWN
        assert (at(together, instant) or UNKNOWN) == expected


@given(timelines(), timelines())
def test_the_order_of_probes_does_not_matter(one: Timeline, other: Timeline) -> None:
    assert judged_together([one, other], 1) == judged_together([other, one], 1)


@given(st.lists(timelines(), max_size=3))
def test_timelines_are_joined_as_one_decides_who_is_told_how_many_say_what(several: list[Timeline]) -> None:
    heard: set[Said] = set()

    def decide(said: Said) -> Status:
        heard.add(said)
        return DOWN if said.down else UNKNOWN if said.unknown else UP

    found = joined(several, decide)
    told = [[at(one, instant) for one in several] for instant in range(61)]
    for instant, said in enumerate(told):
        expected = DOWN if DOWN in said else UNKNOWN if UNKNOWN in said else UP if UP in said else None
        assert at(found, instant) == expected
    assert heard == {Said(*(said.count(one) for one in (UP, DOWN, UNKNOWN))) for said in told if any(said)}


def test_tags_are_dropped_where_several_timelines_are_joined() -> None:
    tagged = Timeline.of([Stretch(0, 5, UP, frozenset({"maintenance"})), Stretch(5, 9, UP)])
    assert judged_together([tagged, tagged], 1).stretches == (Stretch(0, 9, UP),)
    assert judged_together([tagged], 1) == tagged
