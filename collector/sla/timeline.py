"""The status of a circuit over time, as intervals that never overlap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from collector.circuits import Status
from collector.sla.spans import Spans

_start, _end = itemgetter(0), itemgetter(1)


class Stretch(NamedTuple):
    """[start, end) in UTC milliseconds in which one thing held; tags say what else did."""

    start_ms: int
    end_ms: int
    status: Status
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Sorted, disjoint stretches; neighbours that touch differ in status or tags.

    Where no stretch is, nothing is said. Each history has one form only: cutting a stretch at any
    instant and putting it together again changes nothing.
    """

    stretches: tuple[Stretch, ...] = ()

    @classmethod
    def of(cls, stretches: Iterable[Stretch]) -> Timeline:
        """Stretches in any order as a timeline; raises ValueError when two of them overlap."""
        joined: list[Stretch] = []
        for one in sorted(
            (one for one in stretches if one.start_ms < one.end_ms), key=lambda one: one.start_ms
        ):
            last = joined[-1] if joined else None
            if last and one.start_ms < last.end_ms:
                raise ValueError(f"two statuses at {one.start_ms}: {last.status} and {one.status}")
            if last and one.start_ms == last.end_ms and one[2:] == last[2:]:
                joined[-1] = last._replace(end_ms=one.end_ms)
            else:
                joined.append(one)
        return cls(tuple(joined))

    def where(self, status: Status) -> Spans:
        """The time that has a status."""
        return Spans.of((one.start_ms, one.end_ms) for one in self.stretches if one.status is status)

    def tagged(self, tag: str) -> Spans:
        """The time that carries a tag."""
        return Spans.of((one.start_ms, one.end_ms) for one in self.stretches if tag in one.tags)

    @property
    def said(self) -> Spans:
        """The time of which something is said."""
        return Spans.of((one.start_ms, one.end_ms) for one in self.stretches)

    def clip(self, start_ms: int, end_ms: int) -> Timeline:
        """What lies in [start, end)."""
        if self.stretches and start_ms <= self.stretches[0].start_ms and self.stretches[-1].end_ms <= end_ms:
            return self
        first = bisect_right(self.stretches, start_ms, key=_end)
        last = bisect_left(self.stretches, end_ms, key=_start)
        inside = (
            one._replace(start_ms=max(one.start_ms, start_ms), end_ms=min(one.end_ms, end_ms))
            for one in self.stretches[first:last]
        )
        return Timeline.of(inside)

    def filled(self, start_ms: int, end_ms: int, status: Status = Status.UNKNOWN) -> Timeline:
        """The same, and unknown (or another status) wherever in [start, end) nothing was said."""
        silence = self.said.inverse(start_ms, end_ms)
        if not silence:
            return self
        return Timeline.of((*self.stretches, *(Stretch(*pair, status) for pair in silence)))

    def tag(self, spans: Spans, tag: str) -> Timeline:
        """The same, with a tag on what of it lies in `spans`."""
        return self._changed(spans, lambda one: one._replace(tags=one.tags | {tag}))

    def over(self, spans: Spans, status: Status) -> Timeline:
        """The same, with another status for what of it lies in `spans`."""
        return self._changed(spans, lambda one: one._replace(status=status))

    def carried(self) -> Timeline:
        """The same, where unknown time goes on with the status before it (at the start it stays)."""
        known: list[Stretch] = []
        for one in self.stretches:
            if one.status is Status.UNKNOWN and known and known[-1].end_ms == one.start_ms:
                known.append(one._replace(status=known[-1].status))
            else:
                known.append(one)
        return Timeline.of(known)

    def _changed(self, spans: Spans, change: Callable[[Stretch], Stretch]) -> Timeline:
        pieces: list[Stretch] = []
        for one in self.stretches:
            inside = spans.clip(one.start_ms, one.end_ms)
            outside = inside.inverse(one.start_ms, one.end_ms)
            pieces += [change(one._replace(start_ms=start, end_ms=end)) for start, end in inside]
            pieces += [one._replace(start_ms=start, end_ms=end) for start, end in outside]
        return Timeline.of(pieces)


class Said(NamedTuple):
    """How many of several timelines say what of one time; the others say nothing."""

    up: int
    down: int
    unknown: int


def joined(timelines: Sequence[Timeline], decide: Callable[[Said], Status]) -> Timeline:
    """Several timelines as one, as `decide` says wherever any of them says something. Tags are dropped."""
    steps: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in (one for timeline in timelines for one in timeline.stretches):
        place = _PLACES[one.status]
        steps[one.start_ms][place] += 1
        steps[one.end_ms][place] -= 1
    pieces: list[Stretch] = []
    said = [0, 0, 0]
    for start, end in pairwise(sorted(steps)):
        said = [before + change for before, change in zip(said, steps[start], strict=True)]
        if any(said):
            pieces.append(Stretch(start, end, decide(Said(*said))))
    return Timeline.of(pieces)


_PLACES = {Status.UP: 0, Status.DOWN: 1, Status.UNKNOWN: 2}


def judged_together(timelines: Sequence[Timeline], needed: int) -> Timeline:
    """Several probes' timelines as one: up where `needed` are, down where so many can't be.

    Where too many are unknown, or say nothing, to decide either way it is unknown. Tags are dropped.
    """
    if len(timelines) == 1:
        return timelines[0]

    def decide(said: Said) -> Status:
        if said.up >= needed:
            return Status.UP
        return Status.DOWN if len(timelines) - said.down < needed else Status.UNKNOWN

    return joined(timelines, decide)
