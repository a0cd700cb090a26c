"""What is done with `Rounds`: collect them from the log, cut, join, merge, and settle overlaps. Pure."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from collector.ledger.rounds import Rounds

GAP32 = -(1 << 31)
GAP64 = -(1 << 63)
"""A lost packet's place inside a log row's bytes; it never leaves this package as a number."""


def empty(every_ms: int) -> Rounds:
    """No rounds."""
    return Rounds.of(every_ms, ())


_FIXED = struct.Struct("<qiiiBBB")
_FIXED_TYPE = np.dtype(
    [
        *(("at_ms", "<i8"), ("epoch", "<i4"), ("sent", "<i4"), ("received", "<i4")),
        *(("reason", "u1"), ("timing", "u1"), ("has_places", "u1")),
    ]
)


class Builder:
    """Collects the log rows of one series, about 35 bytes each, and makes columns of them."""

    __slots__ = ("_detail", "_fixed", "_rtts", "_wide")

    def __init__(self) -> None:
        self._fixed = bytearray()
        self._rtts = bytearray()
        self._wide = False
        self._detail: list[str] = []

    def __len__(self) -> int:
        return len(self._detail)

    def add(
        self,
        at_ms: int,
        epoch: int,
        sent: int,
        received: int,
        reason: int,
        timing: int,
        rtts: bytes,
        detail: str,
    ) -> None:
        """One row as the log keeps it."""
        self._fixed += _FIXED.pack(at_ms, epoch, sent, received, reason, timing, bool(rtts))
        self._detail.append(detail)
        if len(rtts) == 4 * sent and not self._wide:
            self._rtts += rtts
        elif rtts:
            if not self._wide:
                self._rtts = bytearray(_widened(self._rtts))
                self._wide = True
            self._rtts += _widened(rtts) if len(rtts) == 4 * sent else rtts

    def build(self, every_ms: int) -> Rounds:
        """The columns, in order of (at, epoch); of equal keys the row added last stands."""
        fixed = np.frombuffer(bytes(self._fixed), _FIXED_TYPE)
        places = np.frombuffer(bytes(self._rtts), "<i8" if self._wide else "<i4").astype(np.int64)
        answered = places != (GAP64 if self._wide else GAP32)
        sent = fixed["sent"].astype(np.int64)
        return ordered(
            Rounds(
                every_ms=every_ms,
                at_ms=fixed["at_ms"].copy(),
                epoch=fixed["epoch"].astype(np.int64),
                sent=sent,
                received=fixed["received"].astype(np.int64),
                reason=fixed["reason"].copy(),
                timing=fixed["timing"].copy(),
                first=_starts(sent * fixed["has_places"]),
                answered=answered,
                rtts=places[answered],
                detail=tuple(self._detail),
            )
        )


def join(parts: Sequence[Rounds], every_ms: int) -> Rounds:
    """One after the other, as they are."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return empty(every_ms)
    detail: list[str] = []
    starts: list[int] = []
    places = 0
    for part in parts:
        detail.extend(part.detail)
        starts.append(places)
        places += len(part.answered)
    return Rounds(
        every_ms=every_ms,
        at_ms=np.concatenate([part.at_ms for part in parts]),
        epoch=np.concatenate([part.epoch for part in parts]),
        sent=np.concatenate([part.sent for part in parts]),
        received=np.concatenate([part.received for part in parts]),
        reason=np.concatenate([part.reason for part in parts]),
        timing=np.concatenate([part.timing for part in parts]),
        first=np.concatenate(
            [[0], *(part.first[1:] + start for part, start in zip(parts, starts, strict=True))]
        ),
        answered=np.concatenate([part.answered for part in parts]),
        rtts=np.concatenate([part.rtts for part in parts]),
        detail=tuple(detail),
    )


def merge(old: Rounds, new: Rounds) -> Rounds:
    """Both in order of (at, epoch); where they hold the same key the new one stands."""
    if not len(new) or not len(old):
        return new if len(new) else old
    if old.at_ms[-1] < new.at_ms[0]:
        return join([old, new], new.every_ms)
    return ordered(join([old, new], new.every_ms))


def between(rounds: Rounds, from_ms: int, to_ms: int) -> Rounds:
    """The rounds whose slot lies in [from, to)."""
    low, high = np.searchsorted(rounds.at_ms, (from_ms, to_ms)).tolist()
    if high <= low:
        return empty(rounds.every_ms)
    if low == 0 and high == len(rounds):
        return rounds
    first = rounds.first[low : high + 1]
    before, inside = np.count_nonzero(rounds.answered[: first[0]]), slice(first[0], first[-1])
    answered = rounds.answered[inside]
    return Rounds(
        every_ms=rounds.every_ms,
        at_ms=rounds.at_ms[low:high],
        epoch=rounds.epoch[low:high],
        sent=rounds.sent[low:high],
        received=rounds.received[low:high],
        reason=rounds.reason[low:high],
        timing=rounds.timing[low:high],
        first=first - first[0],
        answered=answered,
        rtts=rounds.rtts[before : before + np.count_nonzero(answered)],
        detail=rounds.detail[low:high],
    )


def ordered(rounds: Rounds) -> Rounds:
    """Sorted by (at, epoch), each key once: the last of equals."""
    steps = np.diff(rounds.at_ms)
    if bool((steps > 0).all()):
        return rounds
    order = np.lexsort((rounds.epoch, rounds.at_ms))
    at_ms, epoch = rounds.at_ms[order], rounds.epoch[order]
    last = np.append((np.diff(at_ms) != 0) | (np.diff(epoch) != 0), True)
    return take(rounds, order[last])


def settled(rounds: Rounds, synchronised: NDArray[np.int64]) -> Rounds:
    """One round a slot: that of a synchronised epoch, else of the later one.

    `synchronised` are the numbers of the epochs whose clock was, shape (any,).
    """
    if bool((np.diff(rounds.at_ms) > 0).all()):
        return rounds
    trusted = np.isin(rounds.epoch, synchronised)
    order = np.lexsort((rounds.epoch, trusted, rounds.at_ms))
    last = np.append(np.diff(rounds.at_ms[order]) != 0, True)
    return take(rounds, order[last])


def take(rounds: Rounds, index: NDArray[np.int64]) -> Rounds:
    """The rounds at `index`, shape (any,), in its order."""
    counts = np.diff(rounds.first)[index]
    first = _starts(counts)
    places = np.repeat(rounds.first[:-1][index] - first[:-1], counts) + np.arange(first[-1])
    answered = rounds.answered[places]
    rank = np.cumsum(rounds.answered) - 1
    return Rounds(
        every_ms=rounds.every_ms,
        at_ms=rounds.at_ms[index],
        epoch=rounds.epoch[index],
        sent=rounds.sent[index],
        received=rounds.received[index],
        reason=rounds.reason[index],
        timing=rounds.timing[index],
        first=first,
        answered=answered,
        rtts=rounds.rtts[rank[places[answered]]],
        detail=tuple(rounds.detail[i] for i in index.tolist()),
    )


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each round's places begin, and the end of the last, shape (n + 1,)."""
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def _widened(narrow: bytes | bytearray) -> bytes:
    places = np.frombuffer(narrow, "<i4").astype("<i8")
    places[places == GAP32] = GAP64
    return places.tobytes()
