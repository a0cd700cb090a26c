"""An output's three places in the ledger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ledger.places import FILLED, HEAD
from collector.outputs.progress import Progress, Span


def test_without_a_back_fill_the_three_places_are_one() -> None:
    progress = Progress.at(10)
    span = progress.ahead(end=100, limit=20)
    assert span == Span(10, 30)
    assert progress.done(span) == Progress.at(30)


def test_a_back_fill_takes_new_rows_first_and_then_what_was_missed_from_the_newest_down() -> None:
    progress = Progress.at(10).back_fill(end=100)
    assert progress.lag(end=100) == 90
    progress = progress.done(progress.ahead(end=105, limit=50))
    assert progress == Progress(10, 100, 105)
    progress = progress.done(progress.behind(limit=50))
    assert progress == Progress(10, 50, 105)
    assert progress.lag(end=110) == 45
    assert progress.done(progress.behind(limit=50)) == Progress.at(105)


def test_a_back_fill_that_is_open_is_not_opened_again() -> None:
    progress = Progress.at(10).back_fill(end=100)
    assert progress.back_fill(end=500) == progress


def test_a_span_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="not next to"):
        Progress(10, 50, 100).done(Span(20, 30))


@pytest.mark.parametrize(("taken", "filled", "head"), [(5, 4, 9), (5, 9, 8), (-1, 0, 0), (5, 5, 9)])
def test_places_out_of_order_are_refused(taken: int, filled: int, head: int) -> None:
    with pytest.raises(ValueError, match="Progress"):
        Progress(taken, filled, head)


@pytest.mark.parametrize(
    ("kept", "progress"),
    [
        ({}, None),
        ({"x": 7}, Progress.at(7)),
        ({"x": 7, f"x{FILLED}": 7, f"x{HEAD}": 7}, Progress.at(7)),
        ({"x": 7, f"x{FILLED}": 20, f"x{HEAD}": 30}, Progress(7, 20, 30)),
        ({"x": 50, f"x{FILLED}": 20, f"x{HEAD}": 30}, Progress.at(50)),
        ({"x": 7, f"x{FILLED}": 30, f"x{HEAD}": 30}, Progress(7, 30, 30)),
    ],
    ids=["new", "main only", "level", "open", "moved on by hand", "moved back by hand"],
)
def test_cursors_say_where_to_go_on(kept: dict[str, int], progress: Progress | None) -> None:
    assert Progress.load("x", kept.get) == progress


@given(
    st.integers(0, 50),
    st.lists(
        st.tuples(st.sampled_from(["ahead", "behind", "restart", "open", "grow"]), st.integers(1, 30)),
        max_size=60,
    ),
)
def test_whatever_the_order_every_row_is_done_once_and_none_is_left(
    start: int, steps: list[tuple[str, int]]
) -> None:
    progress, end = Progress.at(start), start
    done: list[int] = []

    def take(span: Span) -> Progress:
        done.extend(range(span.after + 1, span.upto + 1))
        return progress.done(span)

    for what, size in steps:
        if what == "grow":
            end += size
        elif what == "open":
            progress = progress.back_fill(end)
        elif what == "restart":
            loaded = Progress.load("x", progress.cursors("x").get)
            assert loaded == progress
        elif what == "ahead":
            progress = take(progress.ahead(end, size))
        elif progress.filling:
            progress = take(progress.behind(size))
        assert progress.lag(end) == end - start - len(done)
    while progress.filling:
        progress = take(progress.behind(7))
    progress = take(progress.ahead(end, 10_000))
    assert sorted(done) == list(range(start + 1, end + 1))
    assert progress == Progress.at(end)
