"""Five-minute bins as columns: two years of a series are read in a fraction of a second. Pure.

`decode_bins` makes an object a bin, which is right for an hour and slow for 17,520 of them. Here all
blobs are parsed side by side: what they say at the same place is taken out of all of them at once.
The format is that of `bins.py`, and the result is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import zstandard
from numpy.typing import NDArray

from collector.ledger.bins import BIN_MS, HIGHEST, Bin, buckets_of
from collector.ledger.rounds import Rounds
from collector.ledger.side_by_side import Narrow, SideBySide, starts

Ints = NDArray[np.int64]
_ZERO = -1
"""The lowest bucket, that of an RTT of 0."""
_BUCKETS = 1 << 12
"""More than there are."""
_FAR = np.int64(2**63 - 1)
_SIZE = np.dtype("<u4")
_NAMES = ("number", "sent", "received", "rtt_count", "rtt_sum", "rtt_min", "rtt_max", "up_ms", "down_ms")
_AT_ONCE = 500
"""Hours parsed together: so few that their numbers stay in the processor's cache."""
_MOST_BINS = 1 << 10
"""More bins than an hour holds: a damaged size must not ask for all memory."""
_MOST_PAIRS = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class BinColumns:
    """n bins with m filled buckets; a bin may stand here more than once, and then its rows add up.

    `number` is the time in bins since the Unix epoch; RTTs are in units of 100 ns, `rtt_min` and
    `rtt_max` mean nothing where `rtt_count` is 0. Bin i's buckets are `bucket[first[i]:first[i + 1]]`
    in rising order, with as many `packets` each.
    """

    number: Ints
    sent: Ints
    received: Ints
    rtt_count: Ints
    rtt_sum: Ints
    rtt_min: Ints
    rtt_max: Ints
    up_ms: Ints
    down_ms: Ints
    first: Ints
    bucket: Narrow
    packets: Narrow

    def __len__(self) -> int:
        return len(self.number)

    @classmethod
    def of(cls, bins: Sequence[Bin]) -> BinColumns:
        """The same of bins as values."""
        pairs = [pair for one in bins for pair in sorted(one.histogram.items())]
        rows = [
            (
                *(one.at_ms // BIN_MS, one.sent, one.received, one.rtt_count, one.rtt_sum),
                *(one.rtt_min or 0, one.rtt_max or 0, one.up_ms, one.down_ms),
            )
            for one in bins
        ]
        table = np.array(rows, np.int64).reshape(-1, len(_NAMES))
        filled = np.array(pairs, np.int64).reshape(-1, 2)
        first = starts(np.array([len(one.histogram) for one in bins], np.int64))
        return cls(*(*table.T, first, *filled.T))

    def between(self, from_ms: int, to_ms: int) -> BinColumns:
        """The bins that begin in [from, to)."""
        inside = (self.number >= -(-from_ms // BIN_MS)) & (self.number < -(-to_ms // BIN_MS))
        return self if bool(inside.all()) else self.only(inside)

    def only(self, inside: NDArray[np.bool_]) -> BinColumns:
        """Some of the bins; `inside` has shape (n,)."""
        counts = np.diff(self.first)
        filled = np.repeat(inside, counts)
        columns = [getattr(self, name)[inside] for name in _NAMES]
        return BinColumns(*(*columns, starts(counts[inside]), self.bucket[filled], self.packets[filled]))


def joined(parts: Sequence[BinColumns]) -> BinColumns:
    """One after the other, as they are; `parts` are not empty."""
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in _NAMES]
    first = starts(np.concatenate([np.diff(part.first) for part in parts]))
    filled = [np.concatenate([getattr(part, name) for part in parts]) for name in ("bucket", "packets")]
    return BinColumns(*(*columns, first, *filled))


def counted(rounds: Rounds) -> BinColumns:
    """What rounds that are not packed yet add up to; up and down need verdicts and are left at 0."""
    at = rounds.at_ms // BIN_MS
    number, place = np.unique(at, return_inverse=True)
    at_rtt = np.repeat(place, np.diff(rounds.first))[rounds.answered]
    n, bucket = len(number), buckets_of(rounds.rtts) - _ZERO
    filled, packets = np.unique(at_rtt * _BUCKETS + bucket, return_counts=True)
    lowest, highest, total = np.full(n, _FAR), np.zeros(n, np.int64), np.zeros(n, np.int64)
    np.minimum.at(lowest, at_rtt, rounds.rtts)
    np.maximum.at(highest, at_rtt, rounds.rtts)
    np.add.at(total, at_rtt, rounds.rtts)
    answers = np.bincount(at_rtt, minlength=n)
    return BinColumns(
        number=number,
        sent=_summed(place, rounds.sent, n),
        received=_summed(place, rounds.received, n),
        rtt_count=answers,
        rtt_sum=total,
        rtt_min=np.where(answers > 0, lowest, 0),
        rtt_max=highest,
        up_ms=np.zeros(n, np.int64),
        down_ms=np.zeros(n, np.int64),
        first=starts(np.bincount(filled // _BUCKETS, minlength=n)),
        bucket=filled % _BUCKETS + _ZERO,
        packets=packets,
    )


def decode_columns(blobs: Iterable[bytes], damaged: list[bytes] | None = None) -> Iterator[BinColumns]:
    """The bins of many hours in their order, some weeks at a time.

    Raises ValueError where one is damaged; with a list to put it into it is left out.
    """
    waiting = iter(blobs)
    while some := list(islice(waiting, _AT_ONCE)):
        yield decode_hours(some, damaged)[0]


def decode_hours(blobs: Sequence[bytes], damaged: list[bytes] | None = None) -> tuple[BinColumns, Ints]:
    """The bins of some hours, at least one, and how many each blob holds; damage as in `decode_columns`."""
    try:
        return _decoded(blobs)
    except (IndexError, ValueError, OverflowError, zstandard.ZstdError) as error:
        if damaged is None:
            raise ValueError(f"bins of {len(blobs)} hours are damaged: {error}") from error
    return _sound(blobs, damaged)


def _sound(blobs: Sequence[bytes], damaged: list[bytes]) -> tuple[BinColumns, Ints]:
    """Each hour for itself, so that a damaged one takes no other with it."""
    parts = []
    for one in blobs:
        try:
            parts.append(decode_hours([one])[0])
        except ValueError:
            damaged.append(one)
            parts.append(BinColumns.of([]))
    return joined(parts), np.array([len(part) for part in parts], np.int64)


def _decoded(blobs: Sequence[bytes]) -> tuple[BinColumns, Ints]:
    columns = SideBySide(blobs)
    bins, pairs = columns.field(_SIZE), columns.field(_SIZE)
    if int(bins.max()) > _MOST_BINS or int(pairs.max()) > _MOST_PAIRS:
        raise ValueError("more of them than an hour has")
    rows = [columns.ints(bins).astype(np.int64, copy=False) for _ in _NAMES]
    first = starts(columns.ints(bins).astype(np.int64, copy=False))
    bucket, packets = columns.ints(pairs), columns.ints(pairs)
    columns.end()
    if (np.diff(first) < 0).any() or (first[starts(bins)] != starts(pairs)).any():
        raise ValueError("their histograms are of another size")
    if len(bucket) and not (_ZERO <= bucket.min() <= bucket.max() <= HIGHEST and packets.min() >= 0):
        raise ValueError("packets of no RTT that there is")
    return BinColumns(*(*rows, first, bucket, packets)), bins


def _summed(place: Ints, values: Ints, n: int) -> Ints:
    """The sums of the values at each place, shape (n,)."""
    total = np.zeros(n, np.int64)
    np.add.at(total, place, values)
    return total
