"""Chunks as columns: a month of a series is read at once, not hour by hour. Pure.

`chunks.decode` makes arrays of every hour, a tenth of a millisecond each; a statement reads a thousand
hours. Here they are parsed side by side. The format is that of `chunks.py`, and the rounds are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from collector.ledger import chunks
from collector.ledger.errors import ChunkDamaged
from collector.ledger.rounds import REASONS, Rounds
from collector.ledger.side_by_side import Ints, Narrow, SideBySide, starts
from probes.model import Timing

_AT_ONCE = 1 << 17
"""Bytes parsed together: so few that their numbers stay in the processor's cache."""
_SIZE, _NUMBER = np.dtype("<u4"), np.dtype("<i8")


def decode_all(blobs: Sequence[bytes]) -> list[Rounds]:
    """The rounds of a series' chunks in their order, in some parts; raises ChunkDamaged if one is damaged.

    `every_ms` is that of a part's first chunk.
    """
    found = []
    for begin, end in _portions(blobs):
        some = blobs[begin:end]
        try:
            found.append(chunks.decode(some[0]) if len(some) == 1 else _decoded(some))
        except chunks.WRONG as error:
            raise ChunkDamaged(f"one of {len(some)} chunks is damaged: {error}") from error
    return found


def _portions(blobs: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    total = np.cumsum([len(one) for one in blobs])
    if len(blobs):
        yield from pairwise([0, *(np.flatnonzero(np.diff(total // _AT_ONCE)) + 1).tolist(), len(blobs)])


def _decoded(blobs: Sequence[bytes]) -> Rounds:
    columns = SideBySide([chunks.unframed(one) for one in blobs])
    n, m, answers = (columns.field(_SIZE) for _ in range(3))
    every_ms, start_ms = columns.field(_NUMBER), columns.field(_NUMBER)
    if max(int(one.max()) for one in (n, m, answers)) > chunks.MOST or not n.all():
        raise ValueError("sizes that no hour has")
    steps = columns.ints(n - 1)
    epoch, sent, left_out, unseen, reason, timing, detail = (_wide(columns.ints(n)) for _ in range(7))
    answered = _bits(columns.octets((m + 7) // 8), m)
    rtts = _wide(columns.ints(answers))
    texts = [chunks.texts_of(one) for one in columns.rest()]
    first = starts(sent - left_out)
    before = starts(answered.astype(np.int64))
    _agree(n, m, answers, first, before)
    _within(reason, len(REASONS), timing, len(Timing), np.diff(first), chunks.MOST)
    return Rounds(
        every_ms=int(every_ms[0]),
        at_ms=_slots(_wide(steps), every_ms, start_ms, n),
        epoch=epoch,
        sent=sent,
        received=sent - unseen - (np.diff(first) - np.diff(before[first])),
        reason=reason.astype(np.uint8),
        timing=timing.astype(np.uint8),
        first=first,
        answered=answered,
        rtts=rtts,
        detail=_details(texts, detail, n),
    )


def _wide(values: Narrow) -> Ints:
    return values.astype(np.int64, copy=False)


def _bits(octets: NDArray[np.uint8], m: Ints) -> NDArray[np.bool_]:
    """The packet places of all chunks; each begins with a byte of its own."""
    bits = np.unpackbits(octets).view(np.bool_)
    spare = -m % 8
    if not spare.any():
        return bits
    return bits[np.repeat(starts(m + spare)[:-1] - starts(m)[:-1], m) + np.arange(int(m.sum()))]


def _slots(steps: Ints, every_ms: Ints, start_ms: Ints, n: Ints) -> Ints:
    """When each round began: every chunk counts from its own first slot."""
    begin = starts(n)[:-1]
    gaps = np.insert(steps + np.repeat(every_ms, n - 1), begin - np.arange(len(n)), 0)
    sums = np.cumsum(gaps)
    found: Ints = sums + np.repeat(start_ms - sums[begin], n)
    return found


def _agree(n: Ints, m: Ints, answers: Ints, first: Ints, before: Ints) -> None:
    """Raise ValueError unless the places are as many as each chunk's sizes say."""
    places = first[starts(n)]
    if (places != starts(m)).any() or (before[places] != starts(answers)).any():
        raise ValueError("columns contradict one another")


def _within(*checks: Ints | int) -> None:
    """Raise ValueError unless all numbers are from 0 to below the limit that follows them."""
    for values, limit in zip(checks[::2], checks[1::2], strict=True):
        if bool((np.asarray(values) < 0).any() or (np.asarray(values) >= limit).any()):
            raise ValueError("columns contradict one another")


def _details(texts: Sequence[Sequence[str]], numbers: Ints, n: Ints) -> tuple[str, ...]:
    if all(len(one) == 1 and one == texts[0] for one in texts) and not numbers.any():
        return tuple(texts[0]) * len(numbers)
    _within(numbers, 1 << 31)
    found: list[str] = []
    for some, begin, size in zip(texts, starts(n)[:-1].tolist(), n.tolist(), strict=True):
        found += (some[number] for number in numbers[begin : begin + size].tolist())
    return tuple(found)
