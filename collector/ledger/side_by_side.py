"""What `packing` made, read from many blobs at once: one column of all of them together. Pure.

An hour of a series is some hundred numbers in a dozen columns: taken one after the other, the columns of
a year cost minutes of Python and hardly any arithmetic. Here a column of a thousand hours is one array.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Narrow = NDArray[np.signedinteger[Any]]
"""Numbers as narrow as they came: of millions, memory is what takes the time."""
_CONSTANT, _DELTA = 0, 2
"""Kinds of columns of `packing.py`; the third is counted from its median."""
_HEAD_BYTES = 10
_LENGTH = np.dtype("<u4")
_BYTES = (1, 1, 2, 4, 4, 8, 8, 8, 8)
"""How wide the narrowest integers are that hold so many planes."""
_NARROW_BASE = 1 << 24
"""With a base below it, numbers of two planes are counted in 32 bits."""


class _Zstd(threading.local):
    """A decompressor for each thread: it may not be shared."""

    def __init__(self) -> None:
        self.unpack = zstandard.ZstdDecompressor().decompress


_zstd = _Zstd()


class SideBySide:
    """Blobs laid end to end, and the place in each up to which it is read.

    Damage raises ValueError, IndexError or ZstdError, at the latest in `end`.
    """

    def __init__(self, blobs: Sequence[bytes]) -> None:
        self._all = b"".join(blobs)
        self._data = np.frombuffer(self._all, np.uint8)
        lengths = np.fromiter(map(len, blobs), np.int64, len(blobs))
        self._ends = np.cumsum(lengths)
        self._at = self._ends - lengths

    def field(self, form: np.dtype[Any]) -> Ints:
        """The next field of every blob, shape (blobs,); it is of eight bytes or fewer."""
        found = self._fields(self._at, form)
        self._at += form.itemsize
        return found

    def ints(self, counts: Ints) -> Narrow:
        """The next column of every blob, one after the other; `counts` are how long they are."""
        how, width = self._data[self._at], self._data[self._at + 1]
        base = self._fields(self._at + 2, np.dtype("<i8"))
        self._at += _HEAD_BYTES
        there = how != _CONSTANT
        widest = int(width.max(initial=0, where=there))
        if widest == 0:
            return np.repeat(base, counts)
        unsigned = np.zeros(int(counts.sum()), np.dtype(f"<u{_BYTES[widest]}"))
        planes = unsigned.view(np.uint8).reshape(len(unsigned), -1)
        for place in range(widest):
            self._plane(planes[:, place], there & (width > place), counts)
        narrow = widest <= 2 and bool((np.abs(base) < _NARROW_BASE).all())
        steps: Narrow = _from_zigzag(unsigned).astype(np.int32 if narrow else np.int64, copy=False)
        return _placed(steps, how == _DELTA, base, counts)

    def octets(self, sizes: Ints) -> NDArray[np.uint8]:
        """What `pack_bytes` packed next in every blob, one after the other; `sizes` are its lengths."""
        return self._blobs(np.ones(len(sizes), np.bool_), sizes)

    def rest(self) -> list[bytes]:
        """What is left of every blob."""
        places = zip(self._at.tolist(), self._ends.tolist(), strict=True)
        return [self._all[begin:end] for begin, end in places]

    def end(self) -> None:
        """Raise ValueError unless every blob is read to its end."""
        if bool((self._at != self._ends).any()):
            raise ValueError("they end elsewhere")

    def _fields(self, at: Ints, form: np.dtype[Any]) -> Ints:
        taken = self._data[at[:, None] + np.arange(form.itemsize)]
        found: Ints = np.ascontiguousarray(taken).view(form)[:, 0].astype(np.int64)
        return found

    def _plane(self, plane: NDArray[np.uint8], having: NDArray[np.bool_], counts: Ints) -> None:
        """Fill in one byte of each number of the blobs that have it."""
        found = self._blobs(having, counts[having])
        if bool(having.all()):
            plane[:] = found
        else:
            plane[np.repeat(having, counts)] = found

    def _blobs(self, having: NDArray[np.bool_], sizes: Ints) -> NDArray[np.uint8]:
        at = self._at[having] + _LENGTH.itemsize
        ends = at + self._fields(self._at[having], _LENGTH)
        self._at[having] = ends
        found = self._unpacked(at, ends, sizes)
        if len(found) != sizes.sum():
            raise ValueError("a plane of another size")
        return found

    def _unpacked(self, at: Ints, ends: Ints, sizes: Ints) -> NDArray[np.uint8]:
        if bool((ends - at == sizes).all()):
            return self._data[np.repeat(at - starts(sizes)[:-1], sizes) + np.arange(int(sizes.sum()))]
        parts = [
            self._all[begin:end] if end - begin == size else _unpacked(self._all[begin:end], size)
            for begin, end, size in zip(at.tolist(), ends.tolist(), sizes.tolist(), strict=True)
        ]
        return np.frombuffer(b"".join(parts), np.uint8)


def starts(counts: Ints) -> Ints:
    """Where each one's numbers begin, and the end of the last, shape (n + 1,)."""
    found = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=found[1:])
    return found


def _unpacked(packed: bytes, size: int) -> bytes:
    if zstandard.frame_content_size(packed) != size:  # it must not ask for all memory
        raise ValueError("a plane of another size")
    return _zstd.unpack(packed)


def _from_zigzag(unsigned: NDArray[np.unsignedinteger[Any]]) -> Narrow:
    """Signed numbers of the same width."""
    signed = np.dtype(f"<i{unsigned.itemsize}")
    one = unsigned.dtype.type(1)
    found: Narrow = (unsigned >> one).view(signed) ^ -(unsigned & one).view(signed)
    return found


def _placed(steps: Narrow, delta: NDArray[np.bool_], base: Ints, counts: Ints) -> Narrow:
    """Numbers from their base: running sums of the blobs that `delta` says, which begin anew in each."""
    form = steps.dtype
    if not bool(delta.any()):
        return steps + np.repeat(base.astype(form), counts)
    sums = np.cumsum(steps, dtype=form)
    before = np.concatenate([np.zeros(1, form), sums])[starts(counts)[:-1]]
    sums += np.repeat(base.astype(form) - before, counts)
    if bool(delta.all()):
        return sums
    return np.where(np.repeat(delta, counts), sums, steps + np.repeat(base.astype(form), counts))
