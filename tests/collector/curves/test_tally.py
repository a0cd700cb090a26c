"""Bins added up into points."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.curves.tally import Tally
from collector.ledger.bin_columns import BinColumns, counted
from collector.ledger.rounds import Rounds
from tests.collector.curves.filled import nearest, one_round
from tests.collector.ledgers import BEGIN_MS

QUANTILES = tuple(Fraction(percent, 100) for percent in (5, 25, 50, 75, 95))
rtts = st.integers(0, 5) | st.integers(100_000, 120_000) | st.integers(1, 10**9)
rounds = st.lists(st.lists(st.none() | rtts, min_size=1, max_size=5), min_size=1, max_size=12)


def binned(some: list[list[int | None]], first: int = 0) -> BinColumns:
    """A round a bin."""
    return counted(
        Rounds.of(300_000, [one_round(BEGIN_MS + (first + i) * 300_000, *one) for i, one in enumerate(some)])
    )


def added(parts: list[tuple[BinColumns, list[int]]], n: int = 4) -> Tally:
    tally = Tally(n)
    for bins, place in parts:
        tally.add(bins, np.array(place, np.int64))
    return tally


@settings(max_examples=80, deadline=None)
@given(rounds)
def test_quantiles_lie_within_two_percent_of_the_packets_own(some: list[list[int | None]]) -> None:
    tally = added([(binned(some), [1] * len(some))])
    answers = [rtt for one in some for rtt in one if rtt is not None]
    found = [quantile[1] for quantile in tally.quantiles(*QUANTILES)]
    if not answers:
        assert np.isnan(found).all()
        return
    for value, percent in zip(found, (5, 25, 50, 75, 95), strict=True):
        exact = nearest(answers, percent)
        assert abs(value - exact) <= 0.0205 * exact + 1e-12
    assert (
        min(answers) / 1e7 <= found[0] <= found[1] <= found[2] <= found[3] <= found[4] <= max(answers) / 1e7
    )
    assert abs(tally.mean[1] - sum(answers) / len(answers) / 1e7) <= 1e-9 * tally.mean[1]


@settings(max_examples=60, deadline=None)
@given(st.lists(rounds, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_and_the_portions_make_no_difference(
    parts: list[list[list[int | None]]], chance: object
) -> None:
    pieces = [(binned(part), [i % 3 for i in range(len(part))]) for part in parts]
    shuffled = list(pieces)
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # a random.Random
    one, other = added(pieces), added(shuffled)
    for name in ("sent", "received", "answers", "lowest", "highest"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    for left, right in zip(one.quantiles(*QUANTILES), other.quantiles(*QUANTILES), strict=True):
        np.testing.assert_array_equal(left, right)
    np.testing.assert_allclose(one.jitter, other.jitter)


@settings(max_examples=60, deadline=None)
@given(rounds)
def test_loss_is_what_was_sent_less_what_was_received(some: list[list[int | None]]) -> None:
    tally = added([(binned(some), [0] * len(some))])
    lost = sum(one.count(None) for one in some)
    assert tally.sent[0] - tally.received[0] == lost
    assert tally.sent[1:].tolist() == [0, 0, 0]


def test_jitter_from_a_spread_is_the_mean_distance_of_two_answers() -> None:
    values: list[int | None] = [100_000, 110_000, 150_000, 150_000]
    tally = added([(binned([values, [50_000]]), [0, 1])])
    exact = sum(abs(a - b) for a, b in product(values, values) if a and b) / 16 / 1e7
    assert abs(tally.jitter[0] - exact) < 0.05 * exact
    assert np.isnan(tally.jitter[1:]).all(), "one answer has nothing to be compared with"


def test_nothing_added_is_nothing() -> None:
    tally = Tally(2)
    assert np.isnan(tally.quantiles(Fraction(1, 2))[0]).all()
    assert np.isnan(tally.mean).all()
    assert np.isnan(tally.seconds(tally.lowest)).all()


def test_a_quiet_line_does_not_jump_from_bucket_to_bucket() -> None:
    found = []
    for middle in range(200_000, 206_000, 500):
        spread: list[int | None] = [middle + (i * 37) % 8_001 - 4_000 for i in range(400)]
        found.append(added([(binned([spread]), [0])]).quantiles(Fraction(1, 2))[0][0])
    steps = np.diff(found)
    assert steps.max() < 0.000_2, "a bucket is 0.4 ms wide here"
    assert abs(found[-1] - found[0] - 0.000_55) < 0.000_2
