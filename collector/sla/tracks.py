"""What the probes measured, as columns that every rule reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from collector.blame import Verdict
from collector.ledger.rounds import REASONS, Rounds
from collector.sla.spans import Spans
from probes.model import Reason

T = TypeVar("T", bound=np.generic)
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One series' rounds and the verdict on each (1 up, 0 down, -1 unknown); shape (n,).

    A probe whose options changed has several series: give one of these for each.
    """

    probe: str
    rounds: Rounds
    verdict: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """All n rounds of one probe in time order, whatever series they came from.

    A round covers [at, end): its interval, or up to the next round when that begins earlier. It is
    `known` when packets were sent and it is evidence; `lost` packets brought nothing back, `failed`
    ones count for the status (all of them where the service was asked for and said no). `fresh`
    marks the first round of each stretch of one series. Packets are laid out as in `Rounds`.
    """

    probe: str
    at_ms: Ints
    end_ms: Ints
    sent: Ints
    lost: Ints
    failed: Ints
    known: Flags
    fresh: Flags
    reason: NDArray[np.uint8]
    first: Ints
    answered: Flags
    rtts: Ints

    @classmethod
    def of(cls, probe: str, series: Sequence[Measured]) -> Track:
        """Join a probe's series in time order; series may take turns."""
        parts = [one.rounds for one in series]
        at = _joined([one.at_ms for one in parts], np.int64)
        every = _joined([np.full(len(one), one.every_ms) for one in parts], np.int64)
        whose = _joined([np.full(len(one), i) for i, one in enumerate(parts)], np.int64)
        verdict = _joined([one.verdict for one in series], np.int8)
        sent = _joined([one.sent for one in parts], np.int64)
        received = _joined([one.received for one in parts], np.int64)
        carried = (verdict == Verdict.UP) & (received == 0)
        lost = np.where(carried, 0, sent - received)
        order = np.argsort(at, kind="stable")
        at, whose = at[order], whose[order]
        return cls(
            probe,
            at,
            _cut_short(at + every[order], at),
            sent[order],
            lost[order],
            np.where(verdict == Verdict.DOWN, sent, lost)[order],
            ((verdict != Verdict.UNKNOWN) & (sent > 0))[order],
            np.diff(whose, prepend=-1) != 0,
            _joined([one.reason for one in parts], np.uint8)[order],
            *_packets(parts, order),
        )

    def __len__(self) -> int:
        return len(self.at_ms)

    def inside(self, start_ms: int, end_ms: int) -> Flags:
        """Which known rounds begin in [start, end)."""
        return self.known & (self.at_ms >= start_ms) & (self.at_ms < end_ms)

    def known_time(self) -> Spans:
        """The time that known rounds cover."""
        first, last = runs(self.known, self.at_ms, self.end_ms)
        known = self.known[first]
        pairs = zip(self.at_ms[first[known]].tolist(), self.end_ms[last[known]].tolist(), strict=True)
        return Spans.of(pairs)

    def cause(self, start_ms: int, end_ms: int) -> str:
        """The most frequent reason of the failed rounds in [start, end); empty when there is none."""
        here = slice(*np.searchsorted(self.at_ms, [start_ms, end_ms]))
        failed = self.known[here] & (self.failed[here] > 0)
        counts = np.bincount(self.reason[here][failed], minlength=len(REASONS))
        counts[REASONS.index(Reason.NONE)] = 0
        return str(REASONS[int(counts.argmax())]) if counts.any() else ""


def runs(label: NDArray[np.generic], at_ms: Ints, end_ms: Ints) -> tuple[Ints, Ints]:
    """The first and last places of runs of rounds with one label and no gap in time between them."""
    if not len(label):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    breaks = np.flatnonzero((label[1:] != label[:-1]) | (at_ms[1:] != end_ms[:-1])) + 1
    return np.concatenate([[0], breaks]), np.concatenate([breaks, [len(label)]]) - 1


def _joined(arrays: Sequence[NDArray[T]], dtype: type[T]) -> NDArray[T]:
    return np.concatenate([np.empty(0, dtype), *arrays])


def _cut_short(end_ms: Ints, at_ms: Ints) -> Ints:
    end_ms[:-1] = np.minimum(end_ms[:-1], at_ms[1:])
    return end_ms


def _packets(parts: Sequence[Rounds], order: Ints) -> tuple[Ints, Flags, Ints]:
    """The packet places of all rounds, in the rounds' new order."""
    if len(parts) == 1 and bool((np.diff(order) == 1).all()):
        return parts[0].first, parts[0].answered, parts[0].rtts
    answered = _joined([one.answered for one in parts], np.bool_)
    lengths = _joined([np.diff(one.first) for one in parts], np.int64)
    begin = (np.cumsum(lengths) - lengths)[order]
    lengths = lengths[order]
    first = np.concatenate([[0], np.cumsum(lengths)])
    places = np.repeat(begin - first[:-1], lengths) + np.arange(first[-1])
    delays = np.zeros(len(answered), np.int64)
    delays[answered] = _joined([one.rtts for one in parts], np.int64)
    return first, answered[places], delays[places][answered[places]]
