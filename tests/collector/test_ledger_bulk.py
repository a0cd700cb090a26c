"""Many hours packed at once are what each hour packed alone is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.ledger.bins import decode_bins, make_bins
from collector.ledger.bulk import bins_of, chunks_of, packed_slices
from collector.ledger.chunks import HOUR_MS, decode
from collector.ledger.columns import between
from collector.ledger.packing import Unpacker
from collector.ledger.rounds import Rounds

MINUTE_MS = 60_000
BEGIN_MS = 490_000 * HOUR_MS
COLUMNS = ("at_ms", "epoch", "sent", "received", "reason", "timing", "first", "answered", "rtts")


def made(answers: list[list[int | None]], slots: list[int]) -> Rounds:
    """Rounds of a minute in these slots; each place is an RTT or a loss."""
    places = [place for row in answers for place in row]
    counts = [len(row) for row in answers]
    received = [sum(place is not None for place in row) for row in answers]
    return Rounds(
        every_ms=MINUTE_MS,
        at_ms=BEGIN_MS + MINUTE_MS * np.array(slots, np.int64),
        epoch=np.ones(len(slots), np.int64),
        sent=np.array(counts, np.int64),
        received=np.array(received, np.int64),
        reason=np.array([not n for n in received], np.uint8),
        timing=np.zeros(len(slots), np.uint8),
        first=np.cumsum([0, *counts], dtype=np.int64),
        answered=np.array([place is not None for place in places], np.bool_),
        rtts=np.array([place for place in places if place is not None], np.int64),
        detail=("",) * len(slots),
    )


@st.composite
def some_rounds(draw: st.DrawFn) -> Rounds:
    """A few hours with gaps, losses, and RTTs of any size."""
    slots = sorted(draw(st.sets(st.integers(0, 400), min_size=1, max_size=60)))
    place = st.none() | st.integers(0, 2**40) | st.just(123_456)
    rows = st.lists(place, min_size=1, max_size=4)
    return made([draw(rows) for _ in slots], slots)


@settings(max_examples=60, deadline=None)
@given(some_rounds())
def test_each_hours_chunk_says_what_its_rounds_say(rounds: Rounds) -> None:
    found = list(chunks_of(rounds))
    assert [hour for hour, _, _ in found] == sorted(set((rounds.at_ms // HOUR_MS).tolist()))
    for hour, n, data in found:
        alone, read = between(rounds, hour * HOUR_MS, (hour + 1) * HOUR_MS), decode(data)
        assert n == len(alone)
        assert read.detail == alone.detail
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(read, name), getattr(alone, name), name)


@settings(max_examples=60, deadline=None)
@given(some_rounds(), st.data())
def test_each_hours_bins_are_those_of_its_rounds_alone(rounds: Rounds, data: st.DataObject) -> None:
    said = st.lists(st.sampled_from([-1, 0, 1]), min_size=len(rounds), max_size=len(rounds))
    verdicts = np.array(data.draw(said), np.int8)
    for hour, packed in bins_of(rounds, verdicts):
        inside = rounds.at_ms // HOUR_MS == hour
        alone = between(rounds, hour * HOUR_MS, (hour + 1) * HOUR_MS)
        assert decode_bins(packed) == make_bins(alone, verdicts[inside])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(-(2**61), 2**61), max_size=70), max_size=6))
def test_slices_are_read_back_as_they_were(parts: list[list[int]]) -> None:
    values = np.array([value for part in parts for value in part], np.int64)
    edges = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    packed = packed_slices(values, edges)
    assert [
        Unpacker(data).ints(len(part)).tolist() for data, part in zip(packed, parts, strict=True)
    ] == parts


def test_no_rounds_are_no_hours() -> None:
    nothing = made([], [])
    assert list(chunks_of(nothing)) == []
    assert list(bins_of(nothing, np.zeros(0, np.int8))) == []


def test_rounds_that_reach_into_the_next_five_minutes_are_refused() -> None:
    late = made([[1]], [4])
    late.at_ms[0] += 30_000
    with pytest.raises(ValueError, match="five minutes"):
        list(bins_of(late, np.ones(1, np.int8)))
