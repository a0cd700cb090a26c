"""What objectives look at: a circuit's rounds, whose they are, and which of them count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from itertools import groupby, pairwise

import numpy as np

from collector.sla.evidence import Load
from collector.sla.rules import CircuitFacts, Window
from collector.sla.spans import Spans
from collector.sla.tracks import Flags, Track, Tracks
from config.settings import JudgedBy
from config.terms import Figure

FOREVER_MS = 2**62
Kept = tuple[Track, Flags]
"""One track and which of its rounds count; shape (n,)."""
Pick = Callable[[Tracks, JudgedBy], Sequence[Track]]
"""Which tracks answer a question, given who judges."""


class Verdict(StrEnum):
    """Whether a promise was kept."""

    MET = "met"
    BREACHED = "breached"
    INSUFFICIENT_DATA = "insufficient_data"


@dataclass(frozen=True, slots=True)
class Finding:
    """A measured figure in the objective's unit, and in words how it came about."""

    figure: Figure | None
    words: str


def whose(track: Track) -> tuple[object, ...]:
    """What tells a track from every other one."""
    return track.probe, track.dscp, track.direction, track.family


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to look at: a circuit's tracks by probe, what is judged, and when it was down."""

    tracks: Tracks
    circuit: CircuitFacts
    window: Window
    down: Spans
    """Status-down time of the window."""
    left_out: Spans = field(default_factory=Spans)
    """What `while: available` leaves out: down time and what takes effect as excluded."""
    loads: Sequence[Load] = ()
    zone: str = "UTC"
    """Whose days and clock time the contract counts in."""
    least: Mapping[tuple[object, ...], int] = field(default_factory=dict)
    """Each track's least delay of the whole period in units of 100 ns, where this is a part of one."""

    def between(self, start_ms: int, end_ms: int) -> Scene:
        """The same in another window."""
        return replace(self, window=Window(start_ms, end_ms, end_ms))

    def sittings(self) -> Iterator[tuple[JudgedBy, int, int]]:
        """Who judges the window, one after the other: [start, end) of each."""
        judges, start = self.circuit.judged_by, self.window.start_ms
        for later in self.circuit.later_judges:
            if later.from_ms >= self.window.end_ms:
                break
            if later.from_ms > start:
                yield judges, start, later.from_ms
                start = later.from_ms
            judges = later.judged_by
        yield judges, start, self.window.end_ms

    def kept(self, pick: Pick, left_out: Spans) -> list[Kept]:
        """Which rounds of each track are judged: known, in the window, its turn, and not left out."""
        window, found = self.window, dict[tuple[object, ...], Kept]()
        for judges, start, end in self.sittings():
            for track in pick(self.tracks, judges):
                cut, before = found.get(whose(track), (None, None))
                if cut is None:
                    cut = within(track, window.start_ms, window.end_ms)
                inside = cut.inside(start, end)
                found[whose(track)] = cut, inside if before is None else before | inside
        if not left_out:
            return list(found.values())
        return [(track, inside & ~left_out.hold(track.at_ms)) for track, inside in found.values()]

    def busy(self, limit_percent: Fraction) -> Spans:
        """The time in which the load in force, of any probe and direction, is at or over the limit."""
        measured = [one for one in self.loads if one.utilisation is not None]
        measured.sort(key=lambda one: (one.probe, one.direction, one.at_ms))
        found = list[tuple[int, int]]()
        for _, group in groupby(measured, key=lambda one: (one.probe, one.direction)):
            for one, after in pairwise([*group, None]):
                if one and one.utilisation is not None and 100 * one.utilisation >= limit_percent:
                    found.append((one.at_ms, after.at_ms if after else FOREVER_MS))
        return Spans.of(found)

    def known(self, pick: Pick) -> Spans:
        """The time of the window that any track whose turn it was knows about."""
        return Spans.of(
            pair
            for judges, start, end in self.sittings()
            for track in pick(self.tracks, judges)
            for pair in track.known_time().clip(start, end)
        )


def within(track: Track, start_ms: int, end_ms: int) -> Track:
    """The rounds that begin in [start, end), as views: nothing is copied but where packets begin."""
    begin, end = track.at_ms.searchsorted([start_ms, end_ms]).tolist()
    if (begin, end) == (0, len(track)):
        return track
    first, last = int(track.first[begin]), int(track.first[end])
    before = int(np.count_nonzero(track.answered[:first]))
    answered = track.answered[first:last]
    return replace(
        track,
        at_ms=track.at_ms[begin:end],
        end_ms=track.end_ms[begin:end],
        sent=track.sent[begin:end],
        lost=track.lost[begin:end],
        failed=track.failed[begin:end],
        known=track.known[begin:end],
        fresh=track.fresh[begin:end],
        reason=track.reason[begin:end],
        first=track.first[begin : end + 1] - first,
        answered=answered,
        rtts=track.rtts[before : before + int(np.count_nonzero(answered))],
    )
