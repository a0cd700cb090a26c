"""Five-minute bins: what pictures and the analysis read instead of every packet. Pure.

A bin adds up: the bin of two sets of rounds is the sum of their bins, its RTT histogram too. The
histogram's buckets grow by the factor 1.01/0.99, so a quantile read from it is within 1% of the
packet's own RTT (DDSketch, Masson et al. 2019, section 2). Time that no round covers, and time of a
round without a verdict, is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from collector.ledger.chunks import HOUR_MS
from collector.ledger.packing import Unpacker, pack_ints
from collector.ledger.rounds import Rounds

BIN_MS = 300_000
RELATIVE_ERROR = 0.01

UP, DOWN, UNKNOWN = 1, 0, -1
"""Verdicts of a round."""

_GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_EDGES = np.power(_GROWTH, np.arange(2200))
"""Bucket i holds the RTTs in (edge i-1, edge i]; the last edge is beyond every int64."""
HIGHEST = len(_EDGES) - 1
"""The last bucket."""
_ZERO = -1
"""The bucket of an RTT of 0, of which no relative error can be spoken."""
_FIELDS = 9
"""Numbers of a bin before its histogram, in the order of `_row`."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Five minutes of one series from `at_ms` on; RTTs in units of 100 ns, bucket number -> packets."""

    at_ms: int
    sent: int = 0
    received: int = 0
    rtt_count: int = 0
    rtt_sum: int = 0
    rtt_min: int | None = None
    rtt_max: int | None = None
    up_ms: int = 0
    down_ms: int = 0
    histogram: Mapping[int, int] = field(default_factory=dict)

    @property
    def unknown_ms(self) -> int:
        """What is neither up nor down of the five minutes."""
        return BIN_MS - self.up_ms - self.down_ms

    def plus(self, other: Bin) -> Bin:
        """Both together; `other` is of the same five minutes."""
        histogram = dict(self.histogram)
        for bucket, packets in other.histogram.items():
            histogram[bucket] = histogram.get(bucket, 0) + packets
        return Bin(
            at_ms=self.at_ms,
            sent=self.sent + other.sent,
            received=self.received + other.received,
            rtt_count=self.rtt_count + other.rtt_count,
            rtt_sum=self.rtt_sum + other.rtt_sum,
            rtt_min=min((r for r in (self.rtt_min, other.rtt_min) if r is not None), default=None),
            rtt_max=max((r for r in (self.rtt_max, other.rtt_max) if r is not None), default=None),
            up_ms=self.up_ms + other.up_ms,
            down_ms=self.down_ms + other.down_ms,
            histogram=histogram,
        )

    def quantile(self, q: Fraction) -> float | None:
        """The nearest-rank quantile in units of 100 ns, within 1%; None when nothing was answered."""
        rank = max(1, ceil(q * self.rtt_count))
        for bucket in sorted(self.histogram):
            rank -= self.histogram[bucket]
            if rank <= 0:
                return 0.0 if bucket == _ZERO else float(2 * _EDGES[bucket] / (_GROWTH + 1))
        return None


def make_bins(rounds: Rounds, verdicts: NDArray[np.int8]) -> list[Bin]:
    """The bins of some rounds, one round a slot; `verdicts` has one of UP, DOWN, UNKNOWN a round.

    A round counts where its slot begins and covers time until `every` later, in the bins beyond too.
    """
    if len(verdicts) != len(rounds):
        raise ValueError(f"{len(verdicts)} verdicts for {len(rounds)} rounds")
    numbers = rounds.at_ms // BIN_MS
    bins: dict[int, Bin] = {}
    for number, (up_ms, down_ms) in _covered(rounds, verdicts).items():
        bins[number] = Bin(number * BIN_MS, up_ms=up_ms, down_ms=down_ms)
    rtt_numbers = np.repeat(numbers, np.diff(rounds.first))[rounds.answered]
    buckets = buckets_of(rounds.rtts)
    for number in np.unique(numbers).tolist():
        inside, rtts = numbers == number, rounds.rtts[rtt_numbers == number]
        found, packets = np.unique(buckets[rtt_numbers == number], return_counts=True)
        counted = Bin(
            at_ms=number * BIN_MS,
            sent=int(rounds.sent[inside].sum()),
            received=int(rounds.received[inside].sum()),
            rtt_count=len(rtts),
            rtt_sum=int(rtts.sum()),
            rtt_min=int(rtts.min()) if len(rtts) else None,
            rtt_max=int(rtts.max()) if len(rtts) else None,
            histogram=dict(zip(found.tolist(), packets.tolist(), strict=True)),
        )
        bins[number] = bins[number].plus(counted) if number in bins else counted
    return [bins[number] for number in sorted(bins)]


def buckets_of(rtts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The histogram's bucket of each RTT (100 ns)."""
    return np.where(rtts > 0, np.searchsorted(_EDGES, rtts), _ZERO)


def rtts_of(buckets: NDArray[np.int64], share: NDArray[np.float64] | float = 0.5) -> NDArray[np.float64]:
    """The RTT in units of 100 ns that lies a `share` of the way through a bucket, from 0 to 1."""
    upper = _EDGES[np.maximum(buckets, 0)]
    return np.where(buckets == _ZERO, 0.0, upper * (share + (1 - share) / _GROWTH))


def merge_bins(bins: Iterable[Bin]) -> list[Bin]:
    """One bin each five minutes, in order of time."""
    merged: dict[int, Bin] = {}
    for one in bins:
        merged[one.at_ms] = merged[one.at_ms].plus(one) if one.at_ms in merged else one
    return [merged[at_ms] for at_ms in sorted(merged)]


def encode_bins(bins: Sequence[Bin]) -> bytes:
    """The bins of one hour of one series as bytes."""
    rows = np.array([_row(one) for one in bins], np.int64).reshape(-1, _FIELDS + 1)
    pairs = np.array([pair for one in bins for pair in sorted(one.histogram.items())], np.int64).reshape(
        -1, 2
    )
    return assembled(len(bins), len(pairs), [pack_ints(column) for column in (*rows.T, *pairs.T)])


def assembled(n: int, pairs: int, packed: Sequence[bytes]) -> bytes:
    """`n` bins from their packed columns, in the order of `_row`, then buckets and packets of the `pairs`."""
    return b"".join([np.array([n, pairs], "<u4").tobytes(), *packed])


def decode_bins(data: bytes) -> list[Bin]:
    """The bins that `encode_bins` was given."""
    unpacker = Unpacker(data)
    n, pairs = np.frombuffer(unpacker.take(8), "<u4").tolist()
    rows = np.stack([unpacker.ints(n) for _ in range(_FIELDS + 1)], axis=1).tolist()
    buckets = iter(zip(unpacker.ints(pairs).tolist(), unpacker.ints(pairs).tolist(), strict=True))
    return [_bin(row, dict(next(buckets) for _ in range(row[_FIELDS]))) for row in rows]


def hours_before(every_ms: int) -> int:
    """How many hours before a bin a round may have begun that covers it."""
    return -(-every_ms // HOUR_MS)


def _covered(rounds: Rounds, verdicts: NDArray[np.int8]) -> dict[int, tuple[int, int]]:
    """Bin number -> milliseconds up and down."""
    judged = verdicts != UNKNOWN
    start, up = rounds.at_ms[judged], verdicts[judged] == UP
    end = start + rounds.every_ms
    spans = (end - 1) // BIN_MS - start // BIN_MS + 1
    which = np.repeat(np.arange(len(start)), spans)
    number = start[which] // BIN_MS + np.arange(len(which)) - np.repeat(np.cumsum(spans) - spans, spans)
    length = np.minimum(end[which], (number + 1) * BIN_MS) - np.maximum(start[which], number * BIN_MS)
    numbers, place = np.unique(number, return_inverse=True)
    totals = np.zeros((len(numbers), 2), np.int64)
    np.add.at(totals, (place, np.where(up[which], 0, 1)), length)
    return {key: (pair[0], pair[1]) for key, pair in zip(numbers.tolist(), totals.tolist(), strict=True)}


def _row(one: Bin) -> tuple[int, ...]:
    return (
        one.at_ms // BIN_MS,
        one.sent,
        one.received,
        one.rtt_count,
        one.rtt_sum,
        one.rtt_min or 0,
        one.rtt_max or 0,
        one.up_ms,
        one.down_ms,
        len(one.histogram),
    )


def _bin(row: Sequence[int], histogram: Mapping[int, int]) -> Bin:
    number, sent, received, rtt_count, rtt_sum, rtt_min, rtt_max, up_ms, down_ms, _ = row
    return Bin(
        at_ms=number * BIN_MS,
        sent=sent,
        received=received,
        rtt_count=rtt_count,
        rtt_sum=rtt_sum,
        rtt_min=rtt_min if rtt_count else None,
        rtt_max=rtt_max if rtt_count else None,
        up_ms=up_ms,
        down_ms=down_ms,
        histogram=histogram,
    )
