"""What the probes measured, as columns that every rule reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from collector.blame import Verdict
from collector.ledger.rounds import REASONS, Rounds
from collector.sla.spans import Spans
from probes.model import Reason

T = TypeVar("T", bound=np.generic)
Ints = NDArray[np.int64]
Units = NDArray[np.int32] | NDArray[np.int64]
"""Delays in units of 100 ns; of 32 bits where all are shorter than 214 s: a month has millions of them."""
Flags = NDArray[np.bool_]
Direction = Literal["forward", "reverse"]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One series' rounds and the verdict on each (1 up, 0 down, -1 unknown); shape (n,).

    A probe whose options changed has several series: give one of these for each. `dscp`, `direction`
    and `family` (4 or 6) tell apart what is judged apart; None where nobody tells.
    """

    probe: str
    rounds: Rounds
    verdict: NDArray[np.int8]
    dscp: int | None = None
    direction: Direction | None = None
    family: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """All n rounds of one probe, class, direction and family in time order, whatever series they came from.

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
    rtts: Units
    dscp: int | None = None
    direction: Direction | None = None
    family: int | None = None

    @classmethod
    def of(cls, probe: str, series: Sequence[Measured]) -> Track:
        """Join a probe's series of one class, direction and family in time order; they may take turns."""
        parts = [one.rounds for one in series]
        at = _joined([one.at_ms for one in parts], np.int64)
        order = _order(at)
        end = (at + _joined([np.full(len(one), one.every_ms) for one in parts], np.int64))[order]
        whose = _joined([np.full(len(one), i) for i, one in enumerate(parts)], np.int64)[order]
        verdict = _joined([one.verdict for one in series], np.int8)[order]
        sent = _joined([one.sent for one in parts], np.int64)[order]
        received = _joined([one.received for one in parts], np.int64)[order]
        at = at[order]
        carried = (verdict == Verdict.UP) & (received == 0)
        lost = np.where(carried, 0, sent - received)
        return cls(
            probe,
            at,
            _cut_short(end, at),
            sent,
            lost,
            np.where(verdict == Verdict.DOWN, sent, lost),
            (verdict != Verdict.UNKNOWN) & (sent > 0),
            np.diff(whose, prepend=-1) != 0,
            _joined([one.reason for one in parts], np.uint8)[order],
            *_packets(parts, order),
            *(_flow(series[0]) if series else ()),
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


Tracks = Mapping[str, tuple[Track, ...]]
"""Every track, by probe; a probe has one for each class, direction and family that it told apart."""


def tracks_of(measured: Sequence[Measured]) -> Tracks:
    """The tracks of each probe, both in the order in which they come first."""
    series: dict[str, dict[Flow, list[Measured]]] = {}
    for one in measured:
        series.setdefault(one.probe, {}).setdefault(_flow(one), []).append(one)
    return {
        probe: tuple(Track.of(probe, those) for those in flows.values()) for probe, flows in series.items()
    }


def chosen(
    tracks: Tracks,
    probes: Sequence[str] | None = None,
    *,
    dscp: Sequence[int] | None = None,
    direction: Direction | None = None,
    family: int | None = None,
) -> tuple[Track, ...]:
    """The tracks of the named probes (None: of all), of these classes, this direction and family only.

    None is no such choice. A probe of which nothing is there has none.
    """
    named = tracks if probes is None else probes
    return tuple(
        track
        for probe in named
        for track in tracks.get(probe, ())
        if (dscp is None or track.dscp in dscp)
        and direction in {None, track.direction}
        and family in {None, track.family}
    )


Flow = tuple[int | None, Direction | None, int | None]
"""Class of service, direction and family."""


def _flow(one: Measured) -> Flow:
    return one.dscp, one.direction, one.family


def runs(label: NDArray[np.generic], at_ms: Ints, end_ms: Ints) -> tuple[Ints, Ints]:
    """The first and last places of runs of rounds with one label and no gap in time between them."""
    if not len(label):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    breaks = np.flatnonzero((label[1:] != label[:-1]) | (at_ms[1:] != end_ms[:-1])) + 1
    return np.concatenate([[0], breaks]), np.concatenate([breaks, [len(label)]]) - 1


def _order(at_ms: Ints) -> Ints | slice:
    """The places in order of time; a slice of all where they are: nothing is copied then."""
    if bool((at_ms[1:] >= at_ms[:-1]).all()):
        return slice(None)
    return np.argsort(at_ms, kind="stable")


def _joined(arrays: Sequence[NDArray[T]], dtype: type[T]) -> NDArray[T]:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate([np.empty(0, dtype), *arrays])


def _cut_short(end_ms: Ints, at_ms: Ints) -> Ints:
    end_ms[:-1] = np.minimum(end_ms[:-1], at_ms[1:])
    return end_ms


def _packets(parts: Sequence[Rounds], order: Ints | slice) -> tuple[Ints, Flags, Units]:
    """The packet places of all rounds, in the rounds' new order."""
    if len(parts) == 1 and isinstance(order, slice):
        return parts[0].first, parts[0].answered, _narrowed(parts[0].rtts)
    answered = _joined([one.answered for one in parts], np.bool_)
    lengths = _joined([np.diff(one.first) for one in parts], np.int64)
    begin = (np.cumsum(lengths) - lengths)[order]
    lengths = lengths[order]
    first = np.concatenate([[0], np.cumsum(lengths)])
    places = np.repeat(begin - first[:-1], lengths) + np.arange(first[-1])
    delays = np.zeros(len(answered), np.int64)
    delays[answered] = _joined([one.rtts for one in parts], np.int64)
    return first, answered[places], _narrowed(delays[places][answered[places]])


def _narrowed(units: Ints) -> Units:
    """The same in half the memory where that can hold them and the difference of any two."""
    fits = units.min(initial=0) >= 0 and units.max(initial=0) <= np.iinfo(np.int32).max
    return units.astype(np.int32) if fits else units
