"""Many hours of a series at once, as the same chunks and bins that are otherwise made hour by hour. Pure.

For whoever writes a whole history (the demo). What `chunks.encode` and `bins.encode_bins` do for one
hour is done here in columns, and each hour takes its slices. A number is counted from the least of its
hour, which `packing.Unpacker` reads like one counted from the median.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from collector.ledger import bins, chunks
from collector.ledger.bins import BIN_MS, DOWN, UP, buckets_of
from collector.ledger.chunks import HOUR_MS
from collector.ledger.packing import CONSTANT, FROM_MEDIAN, pack_bytes
from collector.ledger.rounds import Rounds

_LENGTH = struct.Struct("<I")
_HEAD = np.dtype([("how", "u1"), ("planes", "u1"), ("least", "<i8")])
_LEAST_OF_WIDTH = np.uint64(1) << (np.uint64(8) * np.arange(8, dtype=np.uint64))
"""Zig-zag numbers from these on need a byte more."""
_SHORT = 48
"""Of so few bytes zstd makes no fewer."""
_SPREAD = 1 << 16
"""More than there are buckets of a histogram."""


def chunks_of(rounds: Rounds) -> Iterator[tuple[int, int, bytes]]:
    """(hour since the Unix epoch, rounds, chunk) of each hour that has rounds, in order.

    All rounds have the same detail; raises ValueError where they don't.
    """
    if len(set(rounds.detail)) > 1:
        raise ValueError("only rounds with one detail can be packed together")
    edges = _edges(rounds.at_ms // HOUR_MS)
    steps, *columns = chunks.columns(rounds)
    before = np.concatenate([[0], np.cumsum(rounds.answered)])
    places = rounds.first[edges]
    answers = before[places]
    packed = [_steps(steps, edges), *(packed_slices(one, edges) for one in columns)]
    rtts = packed_slices(rounds.rtts, answers)
    for i, (begin, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        start_ms = int(rounds.at_ms[begin])
        data = chunks.assembled(
            end - begin,
            rounds.every_ms,
            start_ms,
            [one[i] for one in packed],
            rounds.answered[places[i] : places[i + 1]],
            rtts[i],
            int(answers[i + 1] - answers[i]),
            rounds.detail[:1],
        )
        yield start_ms // HOUR_MS, end - begin, data


def bins_of(rounds: Rounds, verdicts: NDArray[np.int8]) -> Iterator[tuple[int, bytes]]:
    """(hour since the Unix epoch, its bins) of each hour that has rounds, in order.

    `verdicts` has one of UP, DOWN, UNKNOWN a round. No round may reach beyond the five minutes that it
    begins in; raises ValueError where one does.
    """
    if not len(rounds):
        return
    if (rounds.at_ms % BIN_MS + rounds.every_ms > BIN_MS).any():
        raise ValueError("only rounds that lie in five minutes each can be binned together")
    numbers = rounds.at_ms // BIN_MS
    starts = _edges(numbers)
    rows = _rows(rounds, verdicts, numbers, starts)
    pairs, buckets, packets = _histograms(rounds, starts)
    edges = _edges(rows[0] * BIN_MS // HOUR_MS)
    of_pairs = np.concatenate([[0], np.cumsum(pairs)])[edges]
    packed = [packed_slices(one, edges) for one in (*rows, pairs)]
    packed += [packed_slices(one, of_pairs) for one in (buckets, packets)]
    hours = rows[0][edges[:-1]] * BIN_MS // HOUR_MS
    for i, (hour, n, m) in enumerate(zip(hours, np.diff(edges), np.diff(of_pairs), strict=True)):
        yield int(hour), bins.assembled(int(n), int(m), [one[i] for one in packed])


def packed_slices(values: NDArray[np.int64], edges: NDArray[np.int64]) -> list[bytes]:
    """`values[edges[i]:edges[i + 1]]` of each i, as `Unpacker.ints` reads it."""
    sizes = np.diff(edges)
    filled = sizes > 0
    least, most = np.zeros(len(sizes), np.int64), np.zeros(len(sizes), np.int64)
    if filled.any():
        least[filled] = np.minimum.reduceat(values, edges[:-1][filled])
        most[filled] = np.maximum.reduceat(values, edges[:-1][filled])
    widths = np.searchsorted(_LEAST_OF_WIDTH, (most - least).view(np.uint64) << np.uint64(1), side="right")
    heads = _heads(least, widths)
    if not widths.any():
        return _cut(heads, _HEAD.itemsize * np.arange(len(sizes) + 1))
    planes = _planes(values - np.repeat(least, sizes), int(widths.max()))
    if int(sizes.max()) <= _SHORT:
        return _plain(heads, widths, planes, edges)
    bounds = edges.tolist()
    return [
        head if not width else head + b"".join([_blob(one[begin:end]) for one in planes[:width]])
        for head, width, begin, end in zip(
            _cut(heads, _HEAD.itemsize * np.arange(len(sizes) + 1)),
            widths.tolist(),
            bounds[:-1],
            bounds[1:],
            strict=True,
        )
    ]


def _heads(least: NDArray[np.int64], widths: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The head of each slice's column, one after the other."""
    heads = np.empty(len(least), _HEAD)
    heads["how"], heads["planes"], heads["least"] = np.where(widths > 0, FROM_MEDIAN, CONSTANT), widths, least
    return heads.view(np.uint8)


def _plain(
    heads: NDArray[np.uint8],
    widths: NDArray[np.int64],
    planes: NDArray[np.uint8],
    edges: NDArray[np.int64],
) -> list[bytes]:
    """Columns so short that no plane is packed: all that is left is to lay them out."""
    sizes = np.diff(edges)
    bounds = np.concatenate([[0], np.cumsum(_HEAD.itemsize + widths * (_LENGTH.size + sizes))])
    laid = np.empty(int(bounds[-1]), np.uint8)
    laid[bounds[:-1, None] + np.arange(_HEAD.itemsize)] = heads.reshape(-1, _HEAD.itemsize)
    lengths = sizes.astype("<u4").view(np.uint8).reshape(-1, _LENGTH.size)
    for place, plane in enumerate(planes):
        having = widths > place
        at = (bounds[:-1] + _HEAD.itemsize + place * (_LENGTH.size + sizes))[having]
        laid[at[:, None] + np.arange(_LENGTH.size)] = lengths[having]
        inside = np.repeat(having, sizes)
        shift = np.repeat(at + _LENGTH.size - edges[:-1][having], sizes[having])
        laid[shift + np.flatnonzero(inside)] = plane[inside]
    return _cut(laid, bounds)


def _cut(laid: NDArray[np.uint8], bounds: NDArray[np.int64]) -> list[bytes]:
    data, places = laid.tobytes(), bounds.tolist()
    return [data[begin:end] for begin, end in pairwise(places)]


def _edges(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each run of equal numbers begins, and the end."""
    if not len(groups):
        return np.zeros(1, np.int64)
    return np.concatenate([[0], np.flatnonzero(np.diff(groups)) + 1, [len(groups)]])


def _steps(steps: NDArray[np.int64], edges: NDArray[np.int64]) -> list[bytes]:
    """The steps inside each hour: that from one hour to the next belongs to none."""
    if not steps.any():
        return packed_slices(np.zeros(0, np.int64), np.zeros(len(edges), np.int64))
    inside = np.delete(steps, edges[1:-1] - 1)
    return packed_slices(inside, edges - np.arange(len(edges)))


def _planes(above: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """The bytes of zig-zag numbers, the lowest first, each plane in one piece."""
    unsigned = (above << 1).view(np.uint64)
    return np.ascontiguousarray(unsigned.view(np.uint8).reshape(-1, 8)[:, :width].T)


def _blob(plane: NDArray[np.uint8]) -> bytes:
    data = plane.tobytes()
    return pack_bytes(data) if len(data) > _SHORT else _LENGTH.pack(len(data)) + data


def _rows(
    rounds: Rounds, verdicts: NDArray[np.int8], numbers: NDArray[np.int64], starts: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """The columns of bins in the order of the layout, but for the number of pairs."""
    begin = starts[:-1]
    before = np.concatenate([[0], np.cumsum(rounds.answered)])
    answers = before[rounds.first[starts]]
    counts = np.diff(answers)
    sums = np.concatenate([[0], np.cumsum(rounds.rtts)])
    return [
        numbers[begin],
        np.add.reduceat(rounds.sent, begin),
        np.add.reduceat(rounds.received, begin),
        counts,
        np.diff(sums[answers]),
        _extreme(np.minimum, rounds.rtts, answers[:-1], counts),
        _extreme(np.maximum, rounds.rtts, answers[:-1], counts),
        np.add.reduceat((verdicts == UP) * rounds.every_ms, begin),
        np.add.reduceat((verdicts == DOWN) * rounds.every_ms, begin),
    ]


def _extreme(
    of: np.ufunc, rtts: NDArray[np.int64], begin: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The least or greatest of each run; 0 for a run of none, as the layout has it."""
    found = np.zeros(len(counts), np.int64)
    if len(rtts):
        found[counts > 0] = of.reduceat(rtts, begin[counts > 0])
    return found


def _histograms(
    rounds: Rounds, starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of each bin, and of all pairs bucket and packets, by bin and bucket."""
    which = np.repeat(np.arange(len(starts) - 1), np.diff(rounds.first[starts]))[rounds.answered]
    keys, packets = np.unique(which * _SPREAD + buckets_of(rounds.rtts) + 1, return_counts=True)
    pairs = np.bincount(keys // _SPREAD, minlength=len(starts) - 1)
    return pairs, keys % _SPREAD - 1, packets
