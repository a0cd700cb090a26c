"""Bins as columns say what bins as values say."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.ledger.bin_columns import BinColumns, counted, decode_columns, decode_hours, joined
from collector.ledger.bins import BIN_MS, UNKNOWN, Bin, decode_bins, encode_bins, make_bins
from collector.ledger.rounds import Rounds
from tests.collector.ledgers import BEGIN_MS, some_rounds

FIELDS = (
    *("number", "sent", "received", "rtt_count", "rtt_sum", "rtt_min", "rtt_max", "up_ms", "down_ms"),
    *("first", "bucket", "packets"),
)
counts = st.integers(0, 300) | st.integers(0, 2**40)
histograms = st.dictionaries(st.integers(-1, 2_180), st.integers(1, 2**33), max_size=40)


@st.composite
def bins(draw: st.DrawFn) -> Bin:
    answers = draw(counts)
    low, high = sorted((draw(st.integers(0, 2**62)), draw(st.integers(0, 2**62))))
    return Bin(
        at_ms=draw(st.integers(0, 6_000_000)) * BIN_MS,
        sent=draw(counts),
        received=draw(counts),
        rtt_count=answers,
        rtt_sum=draw(st.integers(0, 2**62)),
        rtt_min=low if answers else None,
        rtt_max=high if answers else None,
        up_ms=draw(st.integers(0, BIN_MS)),
        down_ms=draw(st.integers(0, BIN_MS)),
        histogram=draw(histograms),
    )


hours = st.lists(st.lists(bins(), max_size=14), min_size=1, max_size=8)


def same(one: BinColumns, other: BinColumns) -> bool:
    return all(getattr(one, name).tolist() == getattr(other, name).tolist() for name in FIELDS)


@settings(max_examples=80, deadline=None)
@given(hours)
def test_columns_hold_what_the_decoder_of_values_gives(some: list[list[Bin]]) -> None:
    blobs = [encode_bins(hour) for hour in some]
    columns, held = decode_hours(blobs)
    assert same(columns, BinColumns.of([one for blob in blobs for one in decode_bins(blob)]))
    assert held.tolist() == [len(hour) for hour in some]


def test_hours_beyond_those_parsed_together_are_there_too() -> None:
    blobs = [encode_bins([Bin(hour * BIN_MS, sent=hour, histogram={hour % 7: 1})]) for hour in range(1_203)]
    found = list(decode_columns(iter(blobs)))
    assert len(found) == 3
    assert joined(found).number.tolist() == list(range(1_203))
    assert joined(found).bucket.tolist() == [hour % 7 for hour in range(1_203)]


def test_no_hours_give_nothing() -> None:
    assert list(decode_columns([])) == []
    assert len(BinColumns.of([])) == 0


@settings(max_examples=200, deadline=None)
@given(hours, st.data())
def test_damage_is_a_value_error_or_other_numbers_and_nothing_else(
    some: list[list[Bin]], data: st.DataObject
) -> None:
    blobs = [encode_bins(hour) for hour in some]
    place = data.draw(st.integers(0, len(blobs) - 1))
    cut = data.draw(st.integers(0, len(blobs[place])))
    blobs[place] = blobs[place][:cut] + data.draw(st.binary(max_size=12))
    with suppress(ValueError):
        decode_hours(blobs)


@settings(max_examples=60, deadline=None)
@given(st.lists(some_rounds(), max_size=30, unique_by=lambda one: one.at_ms))
def test_what_is_counted_is_what_bins_count(some: list[object]) -> None:
    rounds = Rounds.of(10_000, some)  # type: ignore[arg-type] # rounds, as the strategy makes them
    if sum(rounds.rtts.tolist()) >= 2**62:
        return
    made = BinColumns.of(make_bins(rounds, np.full(len(rounds), UNKNOWN, np.int8)))
    assert same(counted(rounds), made)


def test_only_bins_that_begin_in_a_time_are_taken() -> None:
    made = BinColumns.of(
        [Bin(BEGIN_MS + i * BIN_MS, sent=i, histogram=dict.fromkeys(range(i), 1)) for i in range(6)]
    )
    part = made.between(BEGIN_MS + 1, BEGIN_MS + 3 * BIN_MS)
    assert part.sent.tolist() == [1, 2]
    assert part.bucket.tolist() == [0, 0, 1]
    assert part.first.tolist() == [0, 1, 3]
    assert made.between(0, 2**62) is made


@pytest.mark.parametrize("blob", [b"", b"\0" * 7, b"\xff" * 8])
def test_a_blob_without_a_size_is_damaged(blob: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        decode_hours([encode_bins([]), blob])


def test_a_damaged_hour_takes_no_other_with_it() -> None:
    blobs = [encode_bins([Bin(hour * 12 * BIN_MS, sent=hour + 1, histogram={hour: 2})]) for hour in range(9)]
    blobs[3], blobs[8] = blobs[3][:-1], b""
    damaged: list[bytes] = []
    columns, held = decode_hours(blobs, damaged)
    assert columns.sent.tolist() == [1, 2, 3, 5, 6, 7, 8]
    assert columns.bucket.tolist() == [0, 1, 2, 4, 5, 6, 7]
    assert held.tolist() == [1, 1, 1, 0, 1, 1, 1, 1, 0]
    assert damaged == [blobs[3], b""]
    (found,) = decode_columns([b"", blobs[0]], damaged)
    assert (found.sent.tolist(), len(damaged)) == ([1], 3)


@pytest.mark.parametrize("bucket", [-2, 2_200, 4_096, 2**31])
def test_packets_of_no_bucket_are_damage_and_no_rtt(bucket: int) -> None:
    with pytest.raises(ValueError, match="no RTT that there is"):
        decode_hours([encode_bins([Bin(0, histogram={bucket: 1})])])


@pytest.mark.parametrize("bucket", [-1, 0, 2_199])
def test_the_first_and_the_last_bucket_are_kept(bucket: int) -> None:
    columns, _ = decode_hours([encode_bins([Bin(0, histogram={bucket: 7})])])
    assert (columns.bucket.tolist(), columns.packets.tolist()) == ([bucket], [7])
