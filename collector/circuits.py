"""Rounds become the status of a circuit: up, down or unknown. Pure.

Each judging probe is followed alone: its status changes when two rounds in a row say so, and is
back-dated to the first of them. Unknown needs no second opinion: time that nothing vouches for is
unknown at once. Then `up_when` joins the probes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from collector.blame import Verdict


class Status(StrEnum):
    """What is known of a circuit at a time."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


SAID = {Verdict.UP: Status.UP, Verdict.DOWN: Status.DOWN, Verdict.UNKNOWN: Status.UNKNOWN}
SILENCE = "no round has come back"
NOT_MEASURED = "not measured yet"
_NEVER_MS = 2**62

UpRule = Literal["any", "all"] | int


@dataclass(frozen=True, slots=True)
class Change:
    """From `at_ms` on the status is `status`, for this cause."""

    at_ms: int
    status: Status
    cause: str


@dataclass(slots=True)
class Track:
    """One probe as followed so far: rounds up to `until_ms` were taken.

    `changes` ends with the status now; `hint` is a first round that contradicts it and waits for a
    second.
    """

    until_ms: int
    changes: list[Change]
    hint: Change | None = None

    @property
    def last(self) -> Change:
        """The status now, since when and why."""
        return self.changes[-1]

    @property
    def settled_ms(self) -> int:
        """Up to here no later round can change the status any more."""
        return self.hint.at_ms if self.hint else self.until_ms

    def take(self, at_ms: int, every_ms: int, said: Status, cause: str) -> None:
        """Follow the round of slot `at_ms`; a slot taken before changes nothing."""
        if at_ms < self.until_ms:
            return
        if at_ms == self.until_ms and said is self.last.status is not Status.UNKNOWN and self.hint is None:
            self.until_ms = at_ms + every_ms  # nearly every round of them all, so at once
            return
        if at_ms > self.until_ms:
            self.silent(at_ms)
        self._hear(Change(at_ms, said, cause))
        self.until_ms = at_ms + every_ms

    def silent(self, now_ms: int, cause: str = SILENCE) -> None:
        """Nothing came back between `until_ms` and `now_ms`: that time is unknown."""
        self._turn(Change(self.until_ms, Status.UNKNOWN, cause))
        self.until_ms = max(now_ms, self.until_ms)

    def rebase(self, at_ms: int) -> None:
        """The clock stepped back to `at_ms`: go on from there with the status as it is."""
        self.until_ms, self.hint = at_ms, None
        self.changes = [replace(self.last, at_ms=min(at_ms, self.last.at_ms))]

    def at(self, at_ms: int) -> Change:
        """What held at a time that `changes` still reaches back to."""
        return next((change for change in reversed(self.changes) if change.at_ms <= at_ms), self.changes[0])

    def forget(self, before_ms: int) -> None:
        """Drop what ended before a time."""
        while len(self.changes) > 1 and self.changes[1].at_ms <= before_ms:
            del self.changes[0]

    def _hear(self, heard: Change) -> None:
        if heard.status is Status.UNKNOWN:
            self._turn(heard)
            if self.last.cause == NOT_MEASURED:
                self.changes[-1] = replace(self.last, cause=heard.cause)
        elif heard.status is self.last.status:
            self.hint = None
        elif self.hint and self.hint.status is heard.status:
            self._turn(self.hint)
        else:
            self.hint = heard

    def _turn(self, change: Change) -> None:
        self.hint = None
        if change.status is not self.last.status:
            self.changes.append(change)


def join(statuses: Sequence[Status], up_when: UpRule) -> Status:
    """One status from several probes' by `any`, `all` or the number that must be up.

    Unknown is never up or down: it decides nothing that the known ones leave open.
    """
    needed = {"any": 1, "all": len(statuses)}[up_when] if isinstance(up_when, str) else up_when
    up = sum(status is Status.UP for status in statuses)
    maybe = sum(status is Status.UNKNOWN for status in statuses)
    if up >= needed:
        return Status.UP
    return Status.UNKNOWN if up + maybe >= needed else Status.DOWN


class Follower:
    """A circuit followed through its probes' rounds.

    `settled` tells only what is settled for every probe, in order, so that the stored history never
    has to be taken back; `now` goes on from there by the newest word of each, for display.
    """

    def __init__(self, probes: Mapping[str, int], up_when: UpRule, begin_ms: int) -> None:
        """Follow `probes` (name -> every, in ms) from the slots on that hold `begin_ms`."""
        self.up_when = up_when
        self.tracks = {name: _fresh(begin_ms // every_ms * every_ms) for name, every_ms in probes.items()}
        self._begin_ms = begin_ms
        self._from_ms = 0
        """Nothing is told of the time before: somebody else judged it."""
        self._told: Change | None = None
        self._settled_ms = 0

    def take(self, probe: str, at_ms: int, every_ms: int, verdict: Verdict, cause: str) -> bool:
        """Follow one more round of `probe`; whether that changed its status."""
        track = self.tracks[probe]
        before = track.last
        track.take(at_ms, every_ms, SAID[verdict], cause)
        return track.last is not before

    def silent(self, probe: str, until_ms: int) -> None:
        """Nothing came back of `probe` from its last round to `until_ms`, the begin of a slot."""
        self.tracks[probe].silent(until_ms)

    def rebase(self, probe: str, at_ms: int) -> None:
        """The clock stepped back before rounds of `probe` that were taken."""
        if at_ms < self.tracks[probe].until_ms:
            self.tracks[probe].rebase(at_ms)
            self._settled_ms = 0

    def now(self) -> Change:
        """The status by the newest word of each probe, since when and why."""
        heard = self._heard(_NEVER_MS)
        return heard[-1] if heard else self._told or Change(self._begin_ms, Status.UNKNOWN, NOT_MEASURED)

    def settled(self) -> list[Change]:
        """Changes of the circuit that no later round can alter, each told once."""
        horizon = min(track.settled_ms for track in self.tracks.values())
        quiet, self._settled_ms = self._is_quiet(), horizon
        if quiet:
            return []
        told = self._heard(horizon)
        if told:
            self._told = told[-1]
        for track in self.tracks.values():
            track.forget(horizon - 1)
        return told

    def _is_quiet(self) -> bool:
        """Whether no probe has changed since `settled` was last asked."""
        return all(
            len(track.changes) == 1 and track.last.at_ms < self._settled_ms for track in self.tracks.values()
        )

    def _heard(self, horizon_ms: int) -> list[Change]:
        """Changes of the circuit since the one told last, by what its probes say before a time."""
        tracks = list(self.tracks.values())
        begins = {max(change.at_ms, self._from_ms) for track in tracks for change in track.changes}
        status, heard = self._told and self._told.status, []
        for moment in sorted(begin for begin in begins if begin < horizon_ms):
            held = [track.at(moment) for track in tracks]
            joined = join([change.status for change in held], self.up_when)
            if joined is not status:
                status = joined
                heard.append(Change(moment, joined, _cause(held, joined)))
        return heard

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to go on, as JSON can hold it."""
        return {
            "rule": self._rule(),
            "from_ms": self._from_ms,
            "last": self._told and _plain(self._told),
            "tracks": {
                name: [
                    track.until_ms,
                    [_plain(one) for one in track.changes],
                    track.hint and _plain(track.hint),
                ]
                for name, track in self.tracks.items()
            },
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`; a probe that it doesn't know begins afresh.

        Where others judge now than then, what they say holds from the begin of this follower on.
        """
        changed = state.get("rule") != self._rule()
        self._from_ms = self._begin_ms if changed else state["from_ms"]
        self._told = _change(state["last"]) if state.get("last") else None
        for name, (until_ms, changes, hint) in state["tracks"].items():
            if name in self.tracks:
                self.tracks[name] = Track(
                    until_ms, [_change(one) for one in changes], _change(hint) if hint else None
                )

    def _rule(self) -> list[Any]:
        return [self.up_when, sorted(self.tracks)]


def _fresh(begin_ms: int) -> Track:
    return Track(begin_ms, [Change(begin_ms, Status.UNKNOWN, NOT_MEASURED)])


def _cause(held: Sequence[Change], status: Status) -> str:
    return next((change.cause for change in held if change.status is status), held[0].cause)


def _plain(change: Change) -> list[Any]:
    return [change.at_ms, str(change.status), change.cause]


def _change(plain: Sequence[Any]) -> Change:
    return Change(plain[0], Status(plain[1]), plain[2])
