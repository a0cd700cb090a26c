"""The provisional status of every circuit here, kept on the event loop as rounds come in.

What is shown within a second of the round that decides it. The stored status is derived from the
ledger by `judge.py` with the same rules; this one may be corrected by it, never the other way.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from collector.blame import CARRIED, Verdict, in_the_air, needs_witness, unknown_cause, verdict
from collector.circuits import Change, Follower
from collector.ledger.model import SeriesKey
from collector.targets import Judging, Planned
from collector.witness import WitnessLog
from probes.model import Outcome, Round

SLACK_MS = 2_000
"""How long after its time-out a round may take to get here before its probe counts as silent."""

Decided = Callable[[Outcome, Verdict], None]


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A round that is not decided yet, in the order of epochs and slots."""

    epoch: int
    at_ms: int
    outcome: Outcome = field(compare=False)
    round: Round = field(compare=False)


@dataclass(slots=True)
class Judged:
    """What is known of one series: whose it is, who bears witness for it, and rounds that wait.

    Rounds are taken in the order of their slots. They may overlap by the time-out, so that one that
    was answered can end before the lost one ahead of it: it waits for that one, as a silent round
    waits for a witness.
    """

    key: SeriesKey
    timeout_ms: int
    phase: float
    witnesses: WitnessLog
    waiting: list[Waiting] = field(default_factory=list)
    last: Round | None = None
    again_ms: int = 0
    """When the first that waits is decided, whatever comes or doesn't."""
    patience_ms: int = 0
    """Before this time the probe is not silent."""

    def turn_ms(self, one: Round) -> int:
        """From when on no round of an earlier slot can come any more; 0 if none is missing."""
        if self.last is None or self.last.epoch != one.epoch:
            return 0
        due_ms = self.last.at_ms + one.every_ms
        return 0 if one.at_ms <= due_ms else due_ms + one.every_ms + self.timeout_ms + SLACK_MS


def cause_of(one: Round, said: Verdict) -> str:
    """Why a round said what it said, for a person."""
    if said is Verdict.UNKNOWN:
        return unknown_cause(one)
    if said is Verdict.DOWN:
        return f"{one.reason}: {one.detail}" if one.detail else str(one.reason)
    return f"answered ({one.reason})" if one.reason in CARRIED else "answered"


def witness_logs(
    plans: Mapping[int, Planned], circuits: Iterable[str], needed: bool
) -> dict[str, WitnessLog]:
    """Each circuit's witnesses; circuits with the same references share one log."""
    ours = {series: plan.key for series, plan in plans.items() if plan.key.owner == "ours"}
    shared: dict[frozenset[int], WitnessLog] = {}
    logs = {}
    for circuit in circuits:
        covering = frozenset(s for s, key in ours.items() if not key.covers or circuit in key.covers)
        reach = max((ours[series].every_ms for series in covering), default=0)
        logs[circuit] = shared.setdefault(covering, WitnessLog(reach, needed))
    return logs


def witnessed_by(plans: Mapping[int, Planned], logs: Mapping[str, WitnessLog]) -> dict[int, list[WitnessLog]]:
    """The logs in which each reference of ours bears witness, by its series."""
    ours = {series: plan.key.covers for series, plan in plans.items() if plan.key.owner == "ours"}
    return {
        series: list({id(log): log for name, log in logs.items() if not covers or name in covers}.values())
        for series, covers in ours.items()
    }


class Live:
    """Follows all series of this site. `decided` hears each round's verdict as soon as it stands."""

    def __init__(self, decided: Decided) -> None:
        self._decided = decided
        self.logs: dict[str, WitnessLog] = {}
        """Each circuit's witnesses."""
        self._series: dict[int, Judged] = {}
        self._followers: dict[str, Follower] = {}
        self._witnessed_by: dict[int, list[WitnessLog]] = {}
        self._waiting: set[int] = set()
        self._touched: set[str] = set()
        self._now: dict[str, Change] = {}
        self._untold: set[str] = set()
        self._shown: dict[str, Change] = {}

    def configure(
        self, plans: Mapping[int, Planned], judging: Sequence[Judging], *, needed: bool, now_ms: int
    ) -> None:
        """Follow these from now on; what was followed before and is unchanged keeps its status."""
        logs = self.logs = witness_logs(plans, [one.circuit for one in judging], needed)
        old = self._followers
        self._followers = {one.circuit: _follower(one, old.get(one.circuit), now_ms) for one in judging}
        self._series = {
            series: self._judged(series, plan, logs.get(plan.key.circuit, WitnessLog(0, needed=False)))
            for series, plan in plans.items()
        }
        self._waiting &= self._series.keys()
        self._touched = set(self._followers)
        self._untold = set()
        self._now, self._shown = (
            {name: change for name, change in known.items() if name in self._followers}
            for known in (self._now, self._shown)
        )
        self._witnessed_by = witnessed_by(plans, logs)

    def _judged(self, series: int, plan: Planned, log: WitnessLog) -> Judged:
        known = self._series.get(series)
        entry = plan.entry(series)
        judged = Judged(plan.key, plan.timeout_ms, entry.phase, log)
        if known:
            judged.waiting, judged.last = known.waiting, known.last
            if not log.begins and known.witnesses.reach_ms == log.reach_ms:
                log.begins, log.ends = known.witnesses.begins, known.witnesses.ends
        return judged

    def observe(self, outcomes: Sequence[Outcome], now_ms: int) -> None:
        """Take finished rounds as they come: references first, they may decide what waits."""
        rounds = [(outcome, outcome.round) for outcome in outcomes if outcome.round is not None]
        witnessed = False
        for _, one in rounds:
            if one.received and one.series in self._witnessed_by:
                witnessed = True
                for log in self._witnessed_by[one.series]:
                    log.add(one.at_ms, one.every_ms)
        for outcome, one in rounds:
            if one.series in self._series:
                insort(self._series[one.series].waiting, Waiting(one.epoch, one.at_ms, outcome, one))
                self._decide(one.series, now_ms)
        if witnessed:
            for series in tuple(self._waiting):
                self._decide(series, now_ms)

    def step_back(self, now_ms: int) -> None:
        """The clock stepped back to `now_ms`: who answered later than that, by the old time, saw nothing."""
        for log in self.logs.values():
            log.rewind(now_ms)

    def _decide(self, series: int, now_ms: int) -> None:
        """Decide what can be decided of a series, in order."""
        judged = self._series[series]
        while judged.waiting:
            first = judged.waiting[0]
            said = self._verdict(judged, first.round, now_ms)
            if said is None:
                self._waiting.add(series)
                return
            del judged.waiting[0]
            self._say(judged, first.outcome, first.round, said)
        self._waiting.discard(series)

    def _verdict(self, judged: Judged, one: Round, now_ms: int) -> Verdict | None:
        """What the round says; None, and `again_ms` set, while that is open."""
        judged.again_ms = judged.turn_ms(one)
        if now_ms <= judged.again_ms:
            return None
        if not needs_witness(one):
            return verdict(one, judged.key.proves, witnessed=False)
        first, last = in_the_air(one.at_ms, one.every_ms, one.sent, judged.phase)
        if judged.witnesses.saw(first, last):
            return verdict(one, judged.key.proves, witnessed=True)
        judged.again_ms = judged.witnesses.decided_ms(last) + SLACK_MS
        return verdict(one, judged.key.proves, witnessed=False) if now_ms > judged.again_ms else None

    def _say(self, judged: Judged, outcome: Outcome, one: Round, said: Verdict) -> None:
        """A verdict stands. A round of an epoch that is over has no say in the status any more."""
        if judged.last is None or judged.last.epoch <= one.epoch:
            self._follow(judged, one, said)
            judged.last = one
        self._decided(outcome, said)

    def _follow(self, judged: Judged, one: Round, said: Verdict) -> None:
        follower = self._followers.get(judged.key.circuit)
        if follower is None or judged.key.probe not in follower.tracks:
            return
        if judged.last is not None and judged.last.epoch != one.epoch:
            follower.rebase(judged.key.probe, one.at_ms)
            judged.patience_ms = 0
        if follower.take(judged.key.probe, one.at_ms, one.every_ms, said, cause_of(one, said)):
            self._touched.add(judged.key.circuit)

    def tick(self, now_ms: int) -> None:
        """Decide what waited long enough, and turn to unknown what has fallen silent."""
        for series in tuple(self._waiting):
            if now_ms > self._series[series].again_ms:
                self._decide(series, now_ms)
        for judged in self._series.values():
            if now_ms >= judged.patience_ms and not judged.waiting:
                self._mind_silence(judged, now_ms)

    def _mind_silence(self, judged: Judged, now_ms: int) -> None:
        """A probe is silent once a whole slot and its time-out have passed without a round."""
        follower = self._followers.get(judged.key.circuit)
        if follower is None or judged.key.probe not in follower.tracks:
            return
        every, track = judged.key.every_ms, follower.tracks[judged.key.probe]
        begun = (now_ms - judged.timeout_ms - SLACK_MS) // every * every
        if begun > track.until_ms:
            follower.silent(judged.key.probe, begun)
            self._touched.add(judged.key.circuit)
        judged.patience_ms = track.until_ms + every + judged.timeout_ms + SLACK_MS

    def changed(self) -> dict[str, Change]:
        """The circuits whose status or its cause is another than when this was last asked."""
        now = self.statuses()
        changed = {name: now[name] for name in self._untold if not _same(self._shown.get(name), now[name])}
        self._untold.clear()
        self._shown.update(changed)
        return changed

    def statuses(self) -> Mapping[str, Change]:
        """Every circuit's status by the newest word, since when and why."""
        for name in self._touched:
            self._followers[name].settled()  # so that it forgets what is over
            self._now[name] = self._followers[name].now()
        self._untold |= self._touched
        self._touched.clear()
        return self._now


def _same(shown: Change | None, now: Change) -> bool:
    return shown is not None and (shown.status, shown.cause) == (now.status, now.cause)


def _follower(judging: Judging, known: Follower | None, now_ms: int) -> Follower:
    follower = Follower(judging.probes, judging.up_when, now_ms)
    if known:
        follower.restore(known.state())
    return follower
