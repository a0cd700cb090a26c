"""Five-minute bins."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ledger.bins import (
    BIN_MS,
    DOWN,
    RELATIVE_ERROR,
    UNKNOWN,
    UP,
    Bin,
    decode_bins,
    encode_bins,
    make_bins,
    merge_bins,
)
from collector.ledger.rounds import Rounds
from probes.model import Round
from tests.collector.ledgers import BEGIN_MS, some_rounds

VERDICT = st.sampled_from([UP, DOWN, UNKNOWN])


def bins_of(rounds: list[Round], verdicts: list[int], every_ms: int = 10_000) -> list[Bin]:
    return make_bins(Rounds.of(every_ms, rounds), np.array(verdicts, np.int8))


def one_a_slot(rounds: list[Round]) -> list[Round]:
    slots = {one.at_ms: one for one in rounds}
    return [slots[at_ms] for at_ms in sorted(slots)]


@given(st.lists(some_rounds(), max_size=20).map(one_a_slot), st.data())
def test_a_bin_counts_its_packets_and_its_time_as_a_careful_reader_would(
    rounds: list[Round], data: st.DataObject
) -> None:
    verdicts = [data.draw(VERDICT) for _ in rounds]
    for one in bins_of(rounds, verdicts):
        mine = [
            (r, v) for r, v in zip(rounds, verdicts, strict=True) if r.at_ms // BIN_MS * BIN_MS == one.at_ms
        ]
        rtts = [rtt for r, _ in mine for rtt in r.rtts if rtt is not None]
        assert one.sent == sum(r.sent for r, _ in mine)
        assert one.received == sum(r.received for r, _ in mine)
        assert (one.rtt_count, one.rtt_min, one.rtt_max) == (
            len(rtts),
            min(rtts, default=None),
            max(rtts, default=None),
        )
        assert one.rtt_sum == (sum(rtts) + 2**63) % 2**64 - 2**63
        assert one.up_ms == 10_000 * sum(v == UP for _, v in mine)
        assert one.down_ms == 10_000 * sum(v == DOWN for _, v in mine)
        assert one.unknown_ms == BIN_MS - one.up_ms - one.down_ms


@given(st.lists(some_rounds(), max_size=20).map(one_a_slot), st.data())
def test_bins_of_parts_add_up_to_the_bins_of_the_whole(rounds: list[Round], data: st.DataObject) -> None:
    verdicts = [data.draw(VERDICT) for _ in rounds]
    cut = data.draw(st.integers(0, len(rounds)))
    parts = bins_of(rounds[:cut], verdicts[:cut]) + bins_of(rounds[cut:], verdicts[cut:])
    assert merge_bins(parts) == bins_of(rounds, verdicts)


@given(st.lists(some_rounds(), max_size=12).map(one_a_slot), st.data())
def test_bins_survive_their_bytes(rounds: list[Round], data: st.DataObject) -> None:
    bins = bins_of(rounds, [data.draw(VERDICT) for _ in rounds])
    assert decode_bins(encode_bins(bins)) == bins


@given(
    st.lists(st.integers(1, 2**40) | st.integers(1, 50), min_size=1, max_size=40),
    st.fractions(0, 1, max_denominator=100),
)
def test_a_quantile_is_within_one_percent_of_the_packet_that_has_that_rank(
    rtts: list[int], q: Fraction
) -> None:
    (one,) = bins_of([Round(1, BEGIN_MS, 10_000, 1, len(rtts), len(rtts), tuple(rtts))], [UP])
    exact = sorted(rtts)[max(1, ceil(q * len(rtts))) - 1]
    found = one.quantile(q)
    assert found is not None
    assert abs(found - exact) <= RELATIVE_ERROR * exact * (1 + 1e-9)


def test_an_rtt_of_zero_is_zero_and_nothing_answered_has_no_quantile() -> None:
    (one,) = bins_of([Round(1, BEGIN_MS, 10_000, 1, 2, 2, (0, 0))], [UP])
    assert one.quantile(Fraction(1, 2)) == 0
    assert Bin(BEGIN_MS).quantile(Fraction(1, 2)) is None


@pytest.mark.parametrize(
    ("every_ms", "at_ms", "up_ms"),
    [
        (300_000, 0, [300_000]),
        (900_000, 0, [300_000] * 3),
        (420_000, 180_000, [120_000, 300_000]),
        (7_200_000, 0, [300_000] * 24),
        (500, 299_500, [500]),
    ],
)
def test_a_round_covers_the_time_until_the_next_across_bins_and_hours(
    every_ms: int, at_ms: int, up_ms: list[int]
) -> None:
    bins = bins_of([Round(1, BEGIN_MS + at_ms, every_ms, 1, 1, 1, (5,))], [UP], every_ms)
    assert [one.up_ms for one in bins] == up_ms
    assert [one.sent for one in bins] == [1] + [0] * (len(up_ms) - 1)


def test_skipped_time_is_unknown() -> None:
    first, second = (Round(1, BEGIN_MS + at_ms, 60_000, 1, 1, 1, (5,)) for at_ms in (0, 240_000))
    (one,) = bins_of([first, second], [UP, DOWN], 60_000)
    assert (one.up_ms, one.down_ms, one.unknown_ms) == (60_000, 60_000, 180_000)


def test_a_verdict_is_needed_for_each_round() -> None:
    with pytest.raises(ValueError, match="0 verdicts for 1 rounds"):
        bins_of([Round(1, BEGIN_MS, 10_000, 1, 1, 1, (5,))], [])
