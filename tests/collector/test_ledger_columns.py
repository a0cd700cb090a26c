"""What is done with columns of rounds, against the same done with values."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collector.ledger.columns import Builder, between, empty, join, merge, ordered, settled, take
from collector.ledger.log import Row, rows_of
from collector.ledger.rounds import Rounds
from probes.model import Outcome, Round, Timing
from tests.collector.ledgers import BEGIN_MS, same, some_rounds

FEW_SLOTS = range(4)
BATCH = st.lists(some_rounds(slots=FEW_SLOTS), max_size=10)


def by_key(rounds: list[Round]) -> list[Round]:
    """Each key once, the last of equals, in order."""
    kept = {(one.at_ms, one.epoch): one for one in rounds}
    return [kept[key] for key in sorted(kept)]


def columns(rounds: list[Round]) -> Rounds:
    return Rounds.of(10_000, rounds)


def added(builder: Builder, row: Row) -> None:
    series, at_ms, epoch, sent, received, reason, timing, rtts, detail, _ = row
    assert series == 1
    assert sent is not None
    assert received is not None
    assert reason is not None
    assert timing is not None
    builder.add(at_ms, epoch, sent, received, reason, timing, rtts or b"", detail or "")


@given(BATCH)
def test_log_rows_become_the_columns_of_their_rounds_and_the_last_of_equals_stands(
    batch: list[Round],
) -> None:
    builder = Builder()
    for one in batch:
        for row in rows_of(Outcome(one)):
            added(builder, row)
    assert len(builder) == len(batch)
    assert same(builder.build(10_000), columns(by_key(batch)))


@given(BATCH, BATCH)
def test_a_merge_holds_each_key_once_and_the_new_one_stands(old: list[Round], new: list[Round]) -> None:
    merged = merge(columns(by_key(old)), columns(by_key(new)))
    assert same(merged, columns(by_key(old + new)))


@given(BATCH)
def test_merging_the_same_rounds_again_changes_nothing(batch: list[Round]) -> None:
    once = columns(by_key(batch))
    assert same(merge(once, once), once)


@given(BATCH, st.sets(st.integers(1, 3)))
def test_of_two_epochs_the_synchronised_one_stands_else_the_later(
    batch: list[Round], synchronised: set[int]
) -> None:
    slots: dict[int, Round] = {}
    for one in sorted(by_key(batch), key=lambda one: (one.epoch in synchronised, one.epoch)):
        slots[one.at_ms] = one
    expected = columns([slots[at_ms] for at_ms in sorted(slots)])
    found = settled(columns(by_key(batch)), np.array(sorted(synchronised), np.int64))
    assert same(found, expected)


@given(BATCH, st.integers(-1, 5), st.integers(-1, 5))
def test_a_window_holds_the_slots_from_its_start_until_before_its_end(
    batch: list[Round], start: int, end: int
) -> None:
    whole = by_key(batch)
    low, high = BEGIN_MS + start * 10_000, BEGIN_MS + end * 10_000
    expected = columns([one for one in whole if low <= one.at_ms < high])
    assert same(between(columns(whole), low, high), expected)


@given(BATCH, st.data())
def test_taking_rounds_by_place_takes_their_packets_along(batch: list[Round], data: st.DataObject) -> None:
    whole = columns(by_key(batch))
    places = data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=5)) if len(whole) else []
    found = take(whole, np.array(places, np.int64))
    assert [found.row(1, i) for i in range(len(found))] == [whole.row(1, i) for i in places]


@given(BATCH, BATCH)
def test_joined_rounds_stand_one_after_the_other(first: list[Round], second: list[Round]) -> None:
    parts = [columns(by_key(first)), columns(by_key(second))]
    joined = join(parts, 10_000)
    assert [joined.row(1, i) for i in range(len(joined))] == by_key(first) + by_key(second)


def test_joining_nothing_gives_no_rounds() -> None:
    assert same(join([], 10_000), empty(10_000))


def test_what_is_in_order_is_not_touched() -> None:
    whole = columns([Round(1, BEGIN_MS + i, 10_000, 1, 1, 1, (i,)) for i in range(5)])
    assert ordered(whole) is whole
    assert between(whole, 0, 2**62) is whole


def test_an_rtt_beyond_214_seconds_keeps_its_neighbours_exact() -> None:
    long = Round(1, BEGIN_MS + 1, 10_000, 1, 3, 2, (2**31, None, 7), timing=Timing.MONOTONIC)
    short = [Round(1, BEGIN_MS + i, 10_000, 1, 2, 1, (None, i)) for i in (0, 2)]
    builder = Builder()
    for one in (short[0], long, short[1]):
        added(builder, rows_of(Outcome(one))[0])
    assert same(builder.build(10_000), columns([short[0], long, short[1]]))
