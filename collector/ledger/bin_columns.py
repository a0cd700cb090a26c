"""Five-minute bins as columns: two years of a series are read in a fraction of a second. Pure.

`decode_bins` makes an object a bin, which is right for an hour and slow for 17,520 of them. Here all
blobs are parsed side by side: what they say at the same place is taken out of all of them at once.
The format is that of `bins.py`, and the result is the same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import zstandard
from numpy.typing import NDArray

from collector.ledger.bins import BIN_MS, Bin, buckets_of
from collector.ledger.rounds import Rounds

Ints = NDArray[np.int64]
_ZERO = -1
"""The lowest bucket, that of an RTT of 0."""
_BUCKETS = 1 << 12
"""More than there are."""
_FAR = np.int64(2**63 - 1)
_CONSTANT, _DELTA = 0, 2
"""Kinds of columns of `packing.py`; the third is counted from its median."""
_HEAD_BYTES, _LENGTH_BYTES = 10, 4
_NAMES = ("number", "sent", "received", "rtt_count", "rtt_sum", "rtt_min", "rtt_max", "up_ms", "down_ms")
_BYTES = (1, 1, 2, 4, 4, 8, 8, 8, 8)
"""How wide the narrowest integers are that hold so many planes."""
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
    bucket: Ints
    packets: Ints

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
        first = _starts(np.array([len(one.histogram) for one in bins], np.int64))
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
        return BinColumns(*(*columns, _starts(counts[inside]), self.bucket[filled], self.packets[filled]))


def joined(parts: Sequence[BinColumns]) -> BinColumns:
    """One after the other, as they are; `parts` are not empty."""
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in _NAMES]
    first = _starts(np.concatenate([np.diff(part.first) for part in parts]))
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
        first=_starts(np.bincount(filled // _BUCKETS, minlength=n)),
        bucket=filled % _BUCKETS + _ZERO,
        packets=packets,
    )


def decode_columns(blobs: Iterable[bytes]) -> Iterator[BinColumns]:
    """The bins of many hours in their order, some weeks at a time; raises ValueError where one is damaged."""
    waiting = iter(blobs)
    while some := list(islice(waiting, _AT_ONCE)):
        yield decode_hours(some)[0]


def decode_hours(blobs: Sequence[bytes]) -> tuple[BinColumns, Ints]:
    """The bins of some hours, at least one, and how many each blob holds; raises ValueError on damage."""
    try:
        return _Blobs(blobs).decode()
    except (IndexError, zstandard.ZstdError) as error:
        raise ValueError(f"bins of {len(blobs)} hours are damaged: {error}") from error


class _Unpack(threading.local):
    """A decompressor for each thread: it may not be shared."""

    def __init__(self) -> None:
        self.one = zstandard.ZstdDecompressor().decompress


_unpack = _Unpack()


class _Blobs:
    """Many blobs laid end to end, and the place in each up to which it is read."""

    def __init__(self, blobs: Sequence[bytes]) -> None:
        self._all = b"".join(blobs)
        self._data = np.frombuffer(self._all, np.uint8)
        lengths = np.fromiter(map(len, blobs), np.int64, len(blobs))
        if int(lengths.min()) < 2 * _LENGTH_BYTES:
            raise ValueError("bins of an hour are damaged: their size is missing")
        self._ends = np.cumsum(lengths)
        self._at = self._ends - lengths

    def decode(self) -> tuple[BinColumns, Ints]:
        """All bins, and how many each blob holds."""
        bins, pairs = self._sizes(), self._sizes()
        if int(bins.max()) > _MOST_BINS or int(pairs.max()) > _MOST_PAIRS:
            raise ValueError("bins of an hour are damaged: more of them than an hour has")
        columns = [self._ints(bins) for _ in _NAMES]
        first = _starts(self._ints(bins))
        bucket, packets = self._ints(pairs), self._ints(pairs)
        if bool((self._at != self._ends).any()) or first[-1] != len(bucket):
            raise ValueError("bins of an hour are damaged: they end elsewhere")
        return BinColumns(*(*columns, first, bucket, packets)), bins

    def _sizes(self) -> Ints:
        found = self._fields(self._at, np.dtype("<u4")).astype(np.int64)
        self._at += _LENGTH_BYTES
        return found

    def _fields(self, at: Ints, form: np.dtype[np.generic]) -> Ints:
        taken = self._data[at[:, None] + np.arange(form.itemsize)]
        found: Ints = np.ascontiguousarray(taken).view(form)[:, 0]
        return found

    def _ints(self, counts: Ints) -> Ints:
        """The next column of every blob, one after the other; `counts` are how long they are."""
        how, width = self._data[self._at], self._data[self._at + 1]
        base = self._fields(self._at + 2, np.dtype("<i8"))
        self._at += _HEAD_BYTES
        first = _starts(counts)
        there = how != _CONSTANT
        widest = int(width.max(initial=0, where=there))
        values = np.repeat(base, counts)
        if widest == 0:
            return values
        unsigned = np.zeros(int(first[-1]), np.dtype(f"<u{_BYTES[widest]}"))
        planes = unsigned.view(np.uint8).reshape(len(unsigned), -1)
        for place in range(widest):
            self._plane(planes[:, place], there & (width > place), counts)
        signed = np.right_shift(unsigned, 1).astype(np.int64) ^ -np.bitwise_and(unsigned, 1).astype(np.int64)
        delta = how == _DELTA
        if bool(delta.any()):
            signed = np.where(np.repeat(delta, counts), _sums(signed, first, counts), signed)
        values += signed
        return values

    def _bytes(self, at: Ints, ends: Ints, sizes: Ints) -> NDArray[np.uint8]:
        """What is packed in each of the stretches, one after the other."""
        if bool((ends - at == sizes).all()):
            return self._data[np.repeat(at - _starts(sizes)[:-1], sizes) + np.arange(int(sizes.sum()))]
        parts = [
            self._all[begin:end] if end - begin == size else _unpack.one(self._all[begin:end])
            for begin, end, size in zip(at.tolist(), ends.tolist(), sizes.tolist(), strict=True)
        ]
        return np.frombuffer(b"".join(parts), np.uint8)

    def _plane(self, plane: NDArray[np.uint8], having: NDArray[np.bool_], counts: Ints) -> None:
        """Fill in one byte of each number of the blobs that have it."""
        at = self._at[having] + _LENGTH_BYTES
        lengths = self._fields(self._at[having], np.dtype("<u4")).astype(np.int64)
        ends = at + lengths
        self._at[having] = ends
        found = self._bytes(at, ends, counts[having])
        if len(found) != counts[having].sum():
            raise ValueError("bins of an hour are damaged: a plane of another size")
        if bool(having.all()):
            plane[:] = found
        else:
            plane[np.repeat(having, counts)] = found


def _summed(place: Ints, values: Ints, n: int) -> Ints:
    """The sums of the values at each place, shape (n,)."""
    total = np.zeros(n, np.int64)
    np.add.at(total, place, values)
    return total


def _sums(values: Ints, first: Ints, counts: Ints) -> Ints:
    """Running sums that begin anew in each blob."""
    total = np.concatenate([[0], np.cumsum(values)])
    found: Ints = total[1:] - np.repeat(total[first[:-1]], counts)
    return found


def _starts(counts: Ints) -> Ints:
    """Where each one's numbers begin, and the end of the last, shape (n + 1,)."""
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts
