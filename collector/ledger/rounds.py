"""Rounds of one series as columns: what statements, bins and exports are computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probes.model import Reason, Round, Timing

REASONS: tuple[Reason, ...] = tuple(Reason)
"""A reason's number in columns and in the ledger is its place here; the list may only grow."""
REASON_NUMBER = {reason: number for number, reason in enumerate(REASONS)}


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """n rounds of one series in order of (at, epoch), with m packet places.

    `at_ms`, `epoch`, `sent`, `received`, `reason`, `timing` have shape (n,). Round i's packet places
    are `answered[first[i]:first[i + 1]]` (shape (m,), True where an answer came; no places at all
    where only the counts are known). `rtts` holds the RTTs of the answered places alone, in sending
    order and in units of 100 ns, so that no number ever stands for a loss.
    """

    every_ms: int
    at_ms: NDArray[np.int64]
    epoch: NDArray[np.int64]
    sent: NDArray[np.int64]
    received: NDArray[np.int64]
    reason: NDArray[np.uint8]
    timing: NDArray[np.uint8]
    first: NDArray[np.int64]
    answered: NDArray[np.bool_]
    rtts: NDArray[np.int64]
    detail: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.at_ms)

    @classmethod
    def of(cls, every_ms: int, rounds: Iterable[Round]) -> Rounds:
        """Columns of `rounds`, which are sorted by (at, epoch) here."""
        rows = sorted(rounds, key=lambda one: (one.at_ms, one.epoch))
        places = [rtt for one in rows for rtt in one.rtts]
        return cls(
            every_ms=every_ms,
            at_ms=np.array([one.at_ms for one in rows], np.int64),
            epoch=np.array([one.epoch for one in rows], np.int64),
            sent=np.array([one.sent for one in rows], np.int64),
            received=np.array([one.received for one in rows], np.int64),
            reason=np.array([REASON_NUMBER[one.reason] for one in rows], np.uint8),
            timing=np.array([int(one.timing) for one in rows], np.uint8),
            first=np.cumsum([0, *(len(one.rtts) for one in rows)], dtype=np.int64),
            answered=np.array([rtt is not None for rtt in places], np.bool_),
            rtts=np.array([rtt for rtt in places if rtt is not None], np.int64),
            detail=tuple(one.detail for one in rows),
        )

    def row(self, series: int, i: int) -> Round:
        """Round `i` as a value again."""
        begin, end = int(self.first[i]), int(self.first[i + 1])
        before = int(np.count_nonzero(self.answered[:begin]))
        taken = iter(self.rtts[before : before + int(np.count_nonzero(self.answered[begin:end]))].tolist())
        return Round(
            series=series,
            at_ms=int(self.at_ms[i]),
            every_ms=self.every_ms,
            epoch=int(self.epoch[i]),
            sent=int(self.sent[i]),
            received=int(self.received[i]),
            rtts=tuple(next(taken) if came else None for came in self.answered[begin:end].tolist()),
            reason=REASONS[int(self.reason[i])],
            detail=self.detail[i],
            timing=Timing(int(self.timing[i])),
        )
