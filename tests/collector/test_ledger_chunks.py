"""The chunk codec."""

from __future__ import annotations

import random
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.ledger.chunks import decode, decode_samples, encode, encode_samples, hour_of
from collector.ledger.columns import empty
from collector.ledger.errors import ChunkDamaged
from collector.ledger.packing import Unpacker, pack_bytes, pack_ints
from collector.ledger.rounds import Rounds
from probes.model import Round, Sample
from tests.collector.ledgers import BEGIN_MS, same, some_rounds

INT64 = st.integers(-(2**63), 2**63 - 1)


def second_by_second(rtts: list[int]) -> Rounds:
    """An hour of one packet a second."""
    return Rounds.of(
        1_000, (Round(1, BEGIN_MS + i * 1_000, 1_000, 1, 1, 1, (rtt,)) for i, rtt in enumerate(rtts))
    )


@given(st.lists(INT64 | st.integers(0, 3), max_size=40))
def test_every_int64_survives_packing(values: list[int]) -> None:
    packed = Unpacker(pack_ints(np.array(values, np.int64)))
    assert packed.ints(len(values)).tolist() == values
    packed.end()


@pytest.mark.parametrize("data", [b"", b"x", b"a" * 10_000, bytes(range(256))])
def test_bytes_survive_whether_they_shrink_or_not(data: bytes) -> None:
    assert Unpacker(pack_bytes(data)).blob(len(data)) == data


@given(st.lists(some_rounds(), max_size=12))
def test_every_field_of_every_kind_of_round_survives_a_chunk(rounds: list[Round]) -> None:
    columns = Rounds.of(10_000, rounds)
    assert same(decode(encode(columns)), columns)


def test_an_hour_without_rounds_is_a_chunk_too() -> None:
    assert same(decode(encode(empty(10_000))), empty(10_000))


def test_slots_off_the_grid_survive() -> None:
    odd = Rounds.of(7, (Round(1, at_ms, 7, 1, 1, 1, (5,)) for at_ms in (-3, 0, 1, 2**50)))
    assert same(decode(encode(odd)), odd)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_garbage_is_damaged_and_nothing_else(data: bytes) -> None:
    with pytest.raises(ChunkDamaged):
        decode(data)
    with pytest.raises(ChunkDamaged):
        decode_samples(data, 1)


@given(st.data())
def test_a_chunk_with_a_flipped_byte_or_a_lost_end_is_damaged(data: st.DataObject) -> None:
    whole = encode(second_by_second([200_000 + i * 7 % 300 for i in range(50)]))
    place = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[place] ^= data.draw(st.integers(1, 255))
    for broken in (bytes(flipped), whole[:place]):
        with pytest.raises(ChunkDamaged):
            decode(broken)


@given(st.binary(max_size=120))
def test_a_body_that_no_encoder_made_is_damaged_although_its_checksum_is_right(body: bytes) -> None:
    for decoder in (decode, lambda data: decode_samples(data, 1)):
        for version in (1, 2):
            framed = struct.pack("<2sBI", b"LK", version, zlib.crc32(body)) + body
            with pytest.raises(ChunkDamaged):
                decoder(framed)


def test_a_chunk_of_a_later_layout_is_refused() -> None:
    whole = bytearray(encode(second_by_second([1, 2, 3])))
    whole[2] = 99
    with pytest.raises(ChunkDamaged, match="version 99"):
        decode(bytes(whole))


@pytest.mark.parametrize(
    ("jitter", "draw"),
    [
        ("normal, sigma 300 us", lambda chance: chance.gauss(0, 3_000)),
        ("uniform, +-300 us", lambda chance: chance.uniform(-3_000, 3_000)),
        ("exponential, mean 300 us", lambda chance: chance.expovariate(1 / 3_000)),
    ],
)
def test_a_packet_a_second_with_300_us_of_jitter_takes_under_two_bytes(jitter: str, draw: object) -> None:
    assert callable(draw)
    chance = random.Random(1)
    chunk = encode(second_by_second([200_000 + round(draw(chance)) for _ in range(3600)]))
    assert len(chunk) / 3600 < 2.0, jitter


def test_a_slow_drift_packs_better_than_its_spread() -> None:
    drift = [200_000 + i * 3 for i in range(3600)]
    assert len(encode(second_by_second(drift))) < 400


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**50),
            st.integers(0, 9),
            st.text(max_size=5),
            st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
        ),
        max_size=8,
    )
)
def test_samples_survive_with_their_type(found: list[tuple[int, int, str, int | float | str]]) -> None:
    samples = [Sample(7, *one) for one in found]
    read = decode_samples(encode_samples(samples), 7)
    assert read == samples
    assert [type(one.value) for one in read] == [type(one.value) for one in samples]


def test_a_slot_belongs_to_the_hour_in_which_it_begins() -> None:
    assert hour_of(BEGIN_MS + 3_599_999) == hour_of(BEGIN_MS)
    assert hour_of(BEGIN_MS + 3_600_000) == hour_of(BEGIN_MS) + 1
