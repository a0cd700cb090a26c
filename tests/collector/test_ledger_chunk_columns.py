"""Chunks read side by side say what each says alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.ledger.chunk_columns import decode_all
from collector.ledger.chunks import HOUR_MS, decode, encode
from collector.ledger.columns import empty, join
from collector.ledger.errors import ChunkDamaged
from collector.ledger.rounds import Rounds
from tests.collector.ledgers import BEGIN_MS, same, some_rounds

chunks = st.lists(st.lists(some_rounds(), max_size=12, unique_by=lambda one: one.at_ms), max_size=6)


def plain(hour: int, packets: int, rounds: int = 60) -> Rounds:
    """An hour of a series, all answered but for one packet an hour."""
    places = rounds * packets
    answered = np.arange(places) != hour % places
    return Rounds(
        every_ms=60_000,
        at_ms=BEGIN_MS + hour * HOUR_MS + 60_000 * np.arange(rounds),
        epoch=np.full(rounds, hour + 1),
        sent=np.full(rounds, packets),
        received=answered.reshape(rounds, packets).sum(axis=1),
        reason=np.zeros(rounds, np.uint8),
        timing=np.ones(rounds, np.uint8),
        first=packets * np.arange(rounds + 1),
        answered=answered,
        rtts=200_000 + (np.arange(places)[answered] * (hour + 7)) % 4_099,
        detail=("",) * rounds,
    )


@settings(max_examples=80, deadline=None)
@given(chunks)
def test_any_chunks_together_are_each_of_them_in_turn(some: list[list[object]]) -> None:
    rounds = [Rounds.of(10_000, one) for one in some]  # type: ignore[arg-type] # rounds, by their strategy
    blobs = [encode(one) for one in rounds]
    try:
        found = decode_all(blobs)
    except ChunkDamaged:  # an empty one: no daemon writes it, and the reader takes them one by one then
        assert any(not len(one) for one in rounds)
        return
    assert same(join(found, 10_000), join([decode(one) for one in blobs], 10_000))


@pytest.mark.parametrize("packets", [1, 3, 8, 10])
def test_a_month_of_hours_is_read_in_portions_and_none_is_lost(packets: int) -> None:
    hours = [plain(hour, packets) for hour in range(700)]
    found = decode_all([encode(one) for one in hours])
    assert same(join(found, 60_000), join(hours, 60_000))
    assert 1 < len(found) < 40


def test_a_chunk_of_counts_alone_stands_between_others() -> None:
    bare = replace(
        plain(1, 3),
        first=np.zeros(61, np.int64),
        answered=np.empty(0, np.bool_),
        rtts=np.empty(0, np.int64),
    )
    hours = [plain(0, 3), bare, plain(2, 3)]
    assert same(join(decode_all([encode(one) for one in hours]), 60_000), join(hours, 60_000))


def test_each_chunk_keeps_its_own_interval_and_its_own_details() -> None:
    slow = replace(plain(1, 2, 6), at_ms=BEGIN_MS + HOUR_MS + 600_000 * np.arange(6), every_ms=600_000)
    told = replace(plain(2, 2, 6), detail=("a", "", "a", "b", "", "b"))
    hours = [plain(0, 2), slow, told]
    (found,) = decode_all([encode(one) for one in hours])
    assert found.at_ms.tolist() == [at for one in hours for at in one.at_ms.tolist()]
    assert found.detail[-6:] == ("a", "", "a", "b", "", "b")


def test_no_chunks_are_no_rounds() -> None:
    assert decode_all([]) == []
    with pytest.raises(ChunkDamaged):
        decode_all([encode(empty(10_000)), encode(plain(0, 1))])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2), st.data())
def test_a_damaged_chunk_is_said_to_be_damaged(place: int, data: st.DataObject) -> None:
    blobs = [encode(plain(hour, 3, 5)) for hour in range(3)]
    whole = blobs[place]
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != whole[at]))
    blobs[place] = whole[:at] + bytes([byte]) + whole[at + 1 :]
    with pytest.raises(ChunkDamaged):
        decode_all(blobs)
    with suppress(ChunkDamaged):
        decode_all([blobs[place], blobs[place][: data.draw(st.integers(0, len(whole)))]])
