"""Integers to bytes and back: delta or median, zig-zag, byte shuffle, zstd. Pure.

Jitter is noise, and noise can't be packed; but only the low byte of an RTT is noise alone. So each
byte of the numbers is packed apart from the others (a plane): the noisy plane is kept as it is, the
others shrink, and neither spoils the other's statistics. Arithmetic is modulo 2^64, so every int64
survives, whatever its neighbour is.
"""

from __future__ import annotations

import struct
import threading
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

CONSTANT, FROM_MEDIAN, _DELTA = range(3)
_HEAD = struct.Struct("<BBq")
"""How the column is packed, its planes, and the constant or what the first number is counted from."""
_NUMBER = struct.Struct("<q")
_LENGTH = struct.Struct("<I")
_LEVEL = 3
_FRAME_BYTES = 9
"""No frame of zstd's is shorter."""


class _Zstd(threading.local):
    """A compressor and a decompressor for each thread: they may not be shared."""

    def __init__(self) -> None:
        self.pack = zstandard.ZstdCompressor(level=_LEVEL).compress
        self.unpack = zstandard.ZstdDecompressor().decompress


_zstd = _Zstd()


class Unpacker:
    """Reads packed parts one after the other; raises ValueError or struct.error where they end early."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        part = self._data[self._at : self._at + length]
        if len(part) != length:
            raise ValueError(f"{length} bytes wanted, {len(part)} left")
        self._at += length
        return part

    def fields(self, form: struct.Struct) -> tuple[Any, ...]:
        """The next fixed-size fields."""
        found = form.unpack_from(self._data, self._at)
        self._at += form.size
        return found

    def blob(self, size: int) -> bytes:
        """What `pack_bytes` packed; `size` is the length it had."""
        (length,) = self.fields(_LENGTH)
        packed = self.take(length)
        if length == size:
            return packed
        if zstandard.frame_content_size(packed) != size:
            raise ValueError("a plane of another size")
        return _zstd.unpack(packed)

    def ints(self, n: int) -> NDArray[np.int64]:
        """What `pack_ints` packed; `n` is how many they were. To be read only."""
        how, width, base = self.fields(_HEAD)
        if how == CONSTANT:
            # Most columns of most hours: one number, shown n times.
            return np.ndarray((n,), np.int64, _NUMBER.pack(base), strides=(0,))
        if how > _DELTA or not 1 <= width <= 8:
            raise ValueError(f"column of kind {how}, {width} planes")
        planes = np.zeros((n, 8), np.uint8)
        for place in range(width):
            planes[:, place] = np.frombuffer(self.blob(n), np.uint8)
        values = _from_zigzag(planes.view(np.uint64).reshape(n))
        if how == _DELTA:
            np.cumsum(values, out=values)
        values += base
        return values

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._data) - self._at)

    def end(self) -> None:
        """Raise ValueError if anything is left."""
        if self._at != len(self._data):
            raise ValueError(f"{len(self._data) - self._at} bytes too many")


def pack_ints(values: NDArray[np.int64]) -> bytes:
    """Any int64 numbers as bytes; of the two ways to centre them the one that packs smaller."""
    if len(values) == 0 or bool((values == values[0]).all()):
        return _HEAD.pack(CONSTANT, 0, int(values[0]) if len(values) else 0)
    median = int(np.partition(values, len(values) // 2)[len(values) // 2])
    first = int(values[0])
    return min(
        _packed(FROM_MEDIAN, median, values - np.int64(median)),
        _packed(_DELTA, first, np.diff(values, prepend=values[:1])),
        key=len,
    )


def pack_bytes(data: bytes) -> bytes:
    """Bytes with their packed length before them; as they are where zstd gains nothing."""
    if len(data) <= _FRAME_BYTES:
        return _LENGTH.pack(len(data)) + data
    packed = _zstd.pack(data)
    kept = packed if len(packed) < len(data) else data
    return _LENGTH.pack(len(kept)) + kept


def _packed(how: int, base: int, centred: NDArray[np.int64]) -> bytes:
    unsigned = _zigzag(centred)
    width = (int(unsigned.max()).bit_length() + 7) // 8
    planes = unsigned.view(np.uint8).reshape(-1, 8)
    return _HEAD.pack(how, width, base) + b"".join(
        pack_bytes(planes[:, place].tobytes()) for place in range(width)
    )


def _zigzag(signed: NDArray[np.int64]) -> NDArray[np.uint64]:
    return ((signed << 1) ^ (signed >> 63)).view(np.uint64)


def _from_zigzag(unsigned: NDArray[np.uint64]) -> NDArray[np.int64]:
    return (unsigned >> np.uint64(1)).view(np.int64) ^ -(unsigned & np.uint64(1)).view(np.int64)
