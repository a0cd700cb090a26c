"""A circuit's status as its contract sees it: from intervals, or from what its probes measured.

Each judging probe is followed alone by the contract's rule, then `up_when` joins the probes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

from collector.circuits import Status, UpRule
from collector.sla import down
from collector.sla.rules import CircuitFacts, Judges, Window
from collector.sla.timeline import Said, Timeline, joined, judged_together
from collector.sla.tracks import Track, Tracks
from config.outage import AnyRule, DownRule, LossRule

_EVER_MS = 2**62

Joint = Literal["any_down", "all_down"]


def status_of(
    tracks: Tracks,
    intervals: Timeline | None,
    rule: DownRule | None,
    circuit: CircuitFacts,
    window: Window,
    now_ms: int,
) -> Timeline:
    """The circuit's status by the contract's own rule, unknown wherever nothing is said.

    `intervals`, where there are any, decide instead of the rounds; what none of them names is up, also
    outside the window. It reaches beyond the window as far as anything is known (not past `now_ms`),
    with what is unknown between, since an outage over the period's edge is judged whole.
    """
    if intervals is not None:
        return intervals.clip(-_EVER_MS, now_ms).filled(-_EVER_MS, now_ms, Status.UP)
    found = _by_rounds(tracks, rule, circuit) if rule is not None else Timeline()
    found = found.clip(-_EVER_MS, now_ms)
    first, last = window.start_ms, min(now_ms, window.end_ms)
    if found.stretches:
        first, last = min(first, found.stretches[0].start_ms), max(last, found.stretches[-1].end_ms)
    return found.filled(first, last)


def together(timelines: Sequence[Timeline], joint: Joint) -> Timeline:
    """Several circuits' statuses as one; a circuit that says nothing is unknown there. Tags are dropped.

    any_down: down when one is, up when all are. all_down: down when all are, up when one is.
    """
    return judged_together(timelines, len(timelines) if joint == "any_down" else 1)


def _by_rounds(tracks: Tracks, rule: DownRule, circuit: CircuitFacts) -> Timeline:
    """What each judging probe's rounds say by the rule, joined by those who judge at the time."""
    followed = {probe: _of_probe(those, rule) for probe, those in tracks.items()}
    parts = []
    for judges, until_ms in _terms_of_office(circuit):
        named = judges.judged_by.availability or tuple(followed)
        timelines = [followed.get(probe, Timeline()) for probe in named]
        if timelines:
            whole = judged_together(timelines, needed(judges.up_when, len(timelines)))
            parts.append(whole.clip(judges.from_ms, until_ms))
    return Timeline.of(one for part in parts for one in part.stretches)


def _terms_of_office(circuit: CircuitFacts) -> Iterator[tuple[Judges, int]]:
    """Who judges, and until when, in order of time."""
    first = Judges(-_EVER_MS, circuit.up_when, circuit.judged_by)
    for judges, after in pairwise((first, *circuit.later_judges, None)):
        if judges is not None:
            yield judges, after.from_ms if after is not None else _EVER_MS


def needed(up_when: UpRule, probes: int) -> int:
    """How many of so many probes must be up."""
    return 1 if up_when == "any" else probes if up_when == "all" else up_when


def _of_probe(tracks: Sequence[Track], rule: DownRule) -> Timeline:
    """One probe: up where any of its classes and families is, each judged alone.

    One of which there is no round at the time decides nothing: options change, and the time is covered.
    """
    flows: dict[tuple[int | None, int | None], list[Track]] = {}
    for track in tracks:
        flows.setdefault((track.dscp, track.family), []).append(track)
    return _joined([_of_flow(those, rule) for those in flows.values()], _any_up)


def _of_flow(tracks: Sequence[Track], rule: DownRule) -> Timeline:
    """One class and family of a probe, whose tracks are its directions."""
    if isinstance(rule, AnyRule):
        return _joined([_of_flow(tracks, one) for one in rule.any], _any_down)
    ways = _ways(tracks, rule)
    timelines = [down.judged(track, rule) for track in ways]
    if rule.direction == "both" and any(track.direction for track in ways):
        return joined(timelines, _both_down)
    return _joined(timelines, _any_down)


def _ways(tracks: Sequence[Track], rule: LossRule) -> list[Track]:
    """The directions that a rule looks at; a probe that doesn't split them is judged as it is."""
    split = [track for track in tracks if track.direction]
    if not split or rule.direction in {None, "either"}:
        return list(tracks)
    return [track for track in split if rule.direction in {"both", track.direction}]


def _joined(timelines: Sequence[Timeline], decide: Callable[[Said], Status]) -> Timeline:
    return timelines[0] if len(timelines) == 1 else joined(timelines, decide)


def _any_up(said: Said) -> Status:
    if said.up:
        return Status.UP
    return Status.UNKNOWN if said.unknown else Status.DOWN


def _any_down(said: Said) -> Status:
    if said.down:
        return Status.DOWN
    return Status.UNKNOWN if said.unknown else Status.UP


def _both_down(said: Said) -> Status:
    """Down only where both directions are measured and down; one that is up is enough for up."""
    if said.up:
        return Status.UP
    return Status.DOWN if said.down == 2 else Status.UNKNOWN
