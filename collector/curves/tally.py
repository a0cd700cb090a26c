"""Bins added up into points: sums, extremes, quantiles out of histograms. Pure.

What is added may come in any order and any portions; the sums are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from collector.ledger.bin_columns import BinColumns
from collector.ledger.bins import HIGHEST, rtts_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
UNITS_PER_SECOND = 10_000_000
"""RTTs are kept in units of 100 ns."""
_BUCKETS = 1 << 12
"""More than a histogram has; bucket -1, that of 0, has place 0."""
_NONE = np.int64(2**63 - 1)
_MIDDLES = rtts_of(np.arange(-1, HIGHEST + 1))
"""The RTT in the middle of each bucket, from bucket -1 on."""


@dataclass(slots=True, eq=False)
class Tally:
    """So many points and what was added to each."""

    n: int
    sent: Ints = field(init=False)
    received: Ints = field(init=False)
    answers: Ints = field(init=False)
    """Answers with an RTT."""
    total: Floats = field(init=False)
    lowest: Ints = field(init=False)
    highest: Ints = field(init=False)
    apart: Floats = field(init=False)
    """For each answer the mean distance to the others of its bin, added up."""
    _keys: list[Ints] = field(default_factory=list)
    _packets: list[Ints] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sent, self.received, self.answers = (np.zeros(self.n, np.int64) for _ in range(3))
        self.total, self.apart = np.zeros(self.n), np.zeros(self.n)
        self.lowest, self.highest = np.full(self.n, _NONE), np.zeros(self.n, np.int64)

    def add(self, bins: BinColumns, place: Ints) -> None:
        """Add bins, each to the point that `place` says, shape (len(bins),)."""
        np.add.at(self.sent, place, bins.sent)
        np.add.at(self.received, place, bins.received)
        np.add.at(self.answers, place, bins.rtt_count)
        np.add.at(self.total, place, bins.rtt_sum.astype(np.float64))
        some = bins.rtt_count > 0
        np.minimum.at(self.lowest, place[some], bins.rtt_min[some])
        np.maximum.at(self.highest, place[some], bins.rtt_max[some])
        np.add.at(self.apart, place, _apart(bins))
        if len(bins.bucket):
            self._fill(bins, place)

    def _fill(self, bins: BinColumns, place: Ints) -> None:
        """Count into a table of the points and buckets that occur here, and keep what is in it."""
        first, low = int(place.min()), int(bins.bucket.min())
        width = int(bins.bucket.max()) - low + 1
        cell = np.repeat((place - first) * width - low, np.diff(bins.first))
        cell += bins.bucket
        counts = np.bincount(cell, weights=bins.packets)
        filled = np.flatnonzero(counts)
        self._keys.append((filled // width + first) * _BUCKETS + filled % width + low + 1)
        self._packets.append(counts[filled].astype(np.int64))

    def quantiles(self, *wanted: Fraction) -> list[Floats]:
        """Nearest-rank quantiles in seconds, each shape (n,); NaN where nothing was answered.

        The packets of a bucket are taken as spread over it evenly: what is found lies in the bucket of
        the packet meant, within 2% of it and mostly far nearer, and a quiet line doesn't jump.
        """
        if not self._keys:
            return [np.full(self.n, np.nan) for _ in wanted]
        keys, packets = np.concatenate(self._keys), np.concatenate(self._packets)
        order = np.argsort(keys, kind="stable")
        keys, begins = np.unique(keys[order], return_index=True)
        packets = np.add.reduceat(packets[order], begins)
        reached = np.cumsum(packets)
        held = np.bincount(keys // _BUCKETS, weights=packets, minlength=self.n).astype(np.int64)
        before = np.cumsum(held) - held
        return [self._quantile(keys, reached, before, held, q) for q in wanted]

    def _quantile(self, keys: Ints, reached: Ints, before: Ints, held: Ints, q: Fraction) -> Floats:
        some = held > 0
        found = np.full(self.n, np.nan)
        rank = (before + ranks(held, q))[some]
        at = np.searchsorted(reached, rank)
        below = np.concatenate([[0], reached])[at]
        rtts = rtts_of(keys[at] % _BUCKETS - 1, (rank - below - 0.5) / (reached[at] - below))
        # A bucket may reach beyond what was measured: the extremes are exact.
        found[some] = np.clip(rtts, self.lowest[some], self.highest[some]) / UNITS_PER_SECOND
        return found

    def seconds(self, units: Ints | Floats) -> Floats:
        """A field of RTTs in seconds; NaN where nothing was answered."""
        return np.where(self.answers > 0, units / UNITS_PER_SECOND, np.nan)

    @property
    def mean(self) -> Floats:
        """Mean RTT in seconds, exact; NaN where nothing was answered."""
        return self.seconds(self.total / np.maximum(self.answers, 1))

    @property
    def jitter(self) -> Floats:
        """How far two answers of the same five minutes are apart on average, in seconds.

        That is the jitter of packets whose delays don't depend on each other, as far as buckets of 2%
        can tell. NaN where no two answers are.
        """
        return np.where(self.answers > 1, self.seconds(self.apart / np.maximum(self.answers, 1)), np.nan)


def ranks(counts: Ints, q: Fraction) -> Ints:
    """The nearest rank of a quantile in each of so many numbers, from 1."""
    found: Ints = np.maximum(1, -(-counts * q.numerator // q.denominator))
    return found


def _apart(bins: BinColumns) -> Floats:
    """Packets of each bin times their mean difference: 2/n of the sum of p x (b + b' - n) over its buckets.

    p packets lie in a bucket at the RTT x, b of the bin's n up to it and b' below it. b and b' are counted
    from the first bin on, which spares a pass over all buckets, and what is before a bin is taken off last.
    """
    found = np.zeros(len(bins))
    some = np.flatnonzero(np.diff(bins.first))
    if not len(some):
        return found
    packets = bins.packets.astype(np.float64)
    upto = np.cumsum(packets)
    rtts = _MIDDLES[bins.bucket + 1] * packets
    begin = bins.first[:-1][some]
    held = np.add.reduceat(packets, begin)
    before = upto[begin] - packets[begin]
    upto += upto
    upto -= packets
    sums = np.add.reduceat(rtts * upto, begin) - np.add.reduceat(rtts, begin) * (2 * before + held)
    found[some] = 2 * np.maximum(sums, 0) / np.maximum(held, 1)
    return found
