"""The consumer that derives status and outages from the ledger, behind the watermark.

It reads the log in commit order and judges it in the order of slots, so that what it stores doesn't
depend on which round was committed first. Its cursor, its state and what it derived are written in
one transaction: after a kill it goes on where it was and writes the same records again. An outage
that ended is also appended to the log, for the outputs: once, however often its record is written.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from sqlite3 import Connection
from typing import Any, NamedTuple

import structlog

from collector.blame import Verdict, in_the_air, needs_witness, verdict
from collector.carriers import Carriers
from collector.circuits import Follower
from collector.ledger import derived, judged, log, store
from collector.ledger.ledger import Ledger
from collector.ledger.model import EndedOutage, Outage
from collector.ledger.records import Transition
from collector.ledger.registry import load_epochs, load_series
from collector.live import cause_of, witness_logs, witnessed_by
from collector.outages import Outages
from collector.targets import Judging, Planned
from probes.clock import NS_PER_MS
from probes.model import Round

logger = structlog.get_logger(__name__)

BATCH_ROWS = 5_000
"""Rows taken in one transaction: some 100 ms of work, so that commits are not held up."""
BACK_MS = 60_000
"""A clock that is set back by less is waited for: what it measures again was judged already."""
_NEVER_MS = 2**62
CHECKPOINT_MS = 30_000
"""How often the cursor moves when nothing was derived; a restart judges so much again."""


class Held(NamedTuple):
    """A round that waits until all that could witness for it is in. Ordered by that time.

    A tuple, because a heap compares a hundred thousand of them a second; no two have one `seq`.
    """

    ready_ms: int
    series: int
    at_ms: int
    seq: int
    round: Round


class Passed(NamedTuple):
    """How far the judge has come: every round up to `seq` that could be judged by `done_ms`.

    And every round of an epoch before `epoch` from `back_ms` on: the clock took that time back.
    """

    seq: int = 0
    done_ms: int = 0
    epoch: int = 0
    back_ms: int = _NEVER_MS


class Judge:
    """Derives one site's stored history. `go_on` has the ledger's writer do a `step`."""

    def __init__(
        self, site: str, plans: Mapping[int, Planned], judging: Sequence[Judging], *, needed: bool, host: str
    ) -> None:
        self.site = site
        self._host = host
        self.name = f"judge:{site}"
        self._plans = plans
        self._phases = {series: plan.entry(series).phase for series, plan in plans.items()}
        self._circuits = {one.circuit: one for one in judging}
        self._logs = witness_logs(plans, self._circuits, needed)
        self._witnessed_by = witnessed_by(plans, self._logs)
        self._theirs = Carriers(plans, judging)
        self._followers: dict[str, Follower] = {}
        self._carriers = {one.circuit: one.carrier for one in judging}
        self._outages = Outages(site, self._carriers)
        self._held: list[Held] = []
        self._unwitnessed: list[int] = []
        self._read_seq = self._known_seq = self.done_ms = self._checkpoint_ms = 0
        self._epoch = self._newest_ms = 0
        self._back_ms = _NEVER_MS
        self._loaded = False
        self._every_ms: dict[int, int] = {}
        self._passed = Passed()
        self._open: Mapping[str, Outage] = {}
        self._problem = ""

    def go_on(self, ledger: Ledger) -> Future[bool]:
        """Have the ledger do a `step`; what it judged is told to others once it is durable.

        When the disk fails, the ledger undoes what the step wrote and has it done again: it then starts
        over from what is stored.
        """
        again = False

        def job(connection: Connection) -> bool:
            nonlocal again
            if again:
                self._forget()
            again = True
            return self.step(connection)

        stepped = ledger.write(job)
        stepped.add_done_callback(self._told)
        return stepped

    def _forget(self) -> None:
        """Nothing is loaded yet; only witnesses that were seen stay seen."""
        self._loaded = False
        self._followers, self._held, self._unwitnessed = {}, [], []
        self._outages = Outages(self.site, self._carriers)
        self._read_seq = self._known_seq = self.done_ms = self._checkpoint_ms = 0
        self._epoch = self._newest_ms = 0
        self._back_ms = _NEVER_MS

    def _told(self, stepped: Future[bool]) -> None:
        error = stepped.exception()
        if error is None:
            self._passed = Passed(self._read_seq, self.done_ms, self._epoch, self._back_ms)
            self._open = self._outages.open()
        elif str(error) != self._problem:
            logger.error("judge.failed", site=self.site, problem=str(error) or type(error).__name__)
        self._problem = str(error or "")

    def step(self, connection: Connection) -> bool:
        """Judge what the watermark allows; True when there is more to read at once."""
        if not self._loaded:
            self._load(connection)
        rows = self._scan(connection)
        for seq, one in rows:
            if one is not None:
                self._read(connection, seq, one)
            self._read_seq = seq
        more = len(rows) == BATCH_ROWS
        watermark = store.watermarks(connection).get(self.site, 0)
        if not more and watermark > self.done_ms:
            self._judge(connection, watermark)
        judged.put_unwitnessed(connection, self._unwitnessed)
        self._unwitnessed = []
        return more

    def _scan(self, connection: Connection) -> list[tuple[int, Round | None]]:
        try:
            return log.scan_counts(connection, self._every_ms, self._read_seq, BATCH_ROWS)
        except KeyError:  # a series that is newer than what we know
            self._every_ms = {one.id: one.key.every_ms for one in load_series(connection)}
            return log.scan_counts(connection, self._every_ms, self._read_seq, BATCH_ROWS)

    def _read(self, connection: Connection, seq: int, one: Round) -> None:
        plan = self._plans.get(one.series)
        if plan is None:
            return
        if one.epoch > self._epoch:
            self._begin_epoch(connection, one.epoch)
        self._newest_ms = max(self._newest_ms, one.at_ms)
        taken_back = one.epoch < self._epoch and one.at_ms >= self._back_ms
        if one.received and not taken_back:
            for seen in self._witnessed_by.get(one.series, ()):
                seen.add(one.at_ms, one.every_ms)
        if not taken_back:
            self._theirs.add(one)
        if plan.key.circuit in self._logs:
            held = Held(self._ready_ms(plan.key.circuit, one), one.series, one.at_ms, seq, one)
            self._hold(held, taken_back)

    def _ready_ms(self, circuit: str, one: Round) -> int:
        """By when all is in that the judgement of a round may ask for."""
        _, last = in_the_air(one.at_ms, one.every_ms, one.sent, self._phases[one.series])
        witnessed_ms = self._logs[circuit].decided_ms(last)
        return max(witnessed_ms, self._theirs.decided_ms(circuit, one.at_ms), one.at_ms + one.every_ms)

    def _hold(self, held: Held, taken_back: bool) -> None:
        """Keep a round until it is ready. One that comes too late for the status has its verdict at once."""
        if held.ready_ms > self.done_ms and not taken_back:
            heapq.heappush(self._held, held)
        elif held.seq > self._known_seq:
            self._say(held)

    def _begin_epoch(self, connection: Connection, epoch: int) -> None:
        """A new epoch. Where its clock is far behind what was measured, its time is judged anew."""
        begun = [one.wall_ns // NS_PER_MS for one in load_epochs(connection) if one.id == epoch]
        back = bool(begun) and begun[0] < self._newest_ms - BACK_MS
        self._epoch, self._back_ms = epoch, begun[0] if back else _NEVER_MS
        if back:
            self._step_back(connection, begun[0])

    def _step_back(self, connection: Connection, to_ms: int) -> None:
        """What is stored stays; what is down is so until here, for no outage lies in two times."""
        for held in self._held:
            self._say(held)
        for outage in self._outages.open().values():
            self._record(connection, replace(outage, end_ms=max(self.done_ms, outage.start_ms)))
        self._held, self._followers, self._outages = [], {}, Outages(self.site, self._carriers)
        for seen in self._logs.values():
            seen.rewind(to_ms)
        self._theirs.rewind(to_ms)
        self.done_ms = self._checkpoint_ms = self._newest_ms = to_ms

    def _judge(self, connection: Connection, watermark: int) -> None:
        touched = set()
        while self._held and self._held[0].ready_ms <= watermark:
            held = heapq.heappop(self._held)
            touched.add(self._take(held))
        self.done_ms = watermark
        changes = sum(self._settle(connection, circuit) for circuit in sorted(touched - {""}))
        if changes:
            for outage in self._outages.flag():
                self._record(connection, outage)
        if changes or watermark - self._checkpoint_ms >= CHECKPOINT_MS:
            self.save(connection)

    def _take(self, held: Held) -> str:
        """Judge one round; the circuit it belongs to, or an empty text when it judges none."""
        key, one = self._plans[held.series].key, held.round
        said = self._say(held)
        follower = self._follower(key.circuit, one.at_ms)
        if key.probe not in follower.tracks:
            return ""
        follower.take(key.probe, one.at_ms, one.every_ms, said, cause_of(one, said))
        return key.circuit

    def _say(self, held: Held) -> Verdict:
        """A round's verdict; that it found no witness is written down for those who ask later."""
        key, one = self._plans[held.series].key, held.round
        if not needs_witness(one):
            return verdict(one, key.proves, witnessed=False)
        first, last = in_the_air(one.at_ms, one.every_ms, one.sent, self._phases[held.series])
        witnessed = self._logs[key.circuit].saw(first, last)
        if not witnessed:
            self._unwitnessed.append(held.seq)
        return verdict(one, key.proves, witnessed)

    def _follower(self, circuit: str, begin_ms: int) -> Follower:
        if circuit not in self._followers:
            judging = self._circuits[circuit]
            self._followers[circuit] = Follower(judging.probes, judging.up_when, begin_ms)
        return self._followers[circuit]

    def _settle(self, connection: Connection, circuit: str) -> int:
        changes = self._followers[circuit].settled()
        for change in (self._theirs.explain(circuit, one) for one in changes):
            row = Transition(self.site, circuit, change.at_ms, change.status, change.cause)
            store.put_transition(connection, row)
            for outage in self._outages.take(circuit, change):
                self._record(connection, outage)
        return len(changes)

    def _record(self, connection: Connection, outage: Outage) -> None:
        """Keep an outage; its end is for the outputs too, once, without the flag that may still change."""
        if store.record_outage(connection, outage):
            sent = replace(outage, common_cause=False)
            derived.append(connection, [EndedOutage(self._host, sent)])

    def save(self, connection: Connection) -> None:
        """Store the place to go on from: everything before it is judged."""
        if not self._loaded:
            return
        seq = min((held.seq for held in self._held), default=self._read_seq + 1) - 1
        state = {
            "done_ms": self.done_ms,
            "read_seq": self._read_seq,
            "epoch": [self._epoch, self._back_ms, self._newest_ms],
            "followers": {name: follower.state() for name, follower in self._followers.items()},
            "outages": {name: [_plain(one) for one in kept] for name, kept in self._outages.kept.items()},
            "witnesses": {name: log.tail() for name, log in self._logs.items()},
            "carriers": self._theirs.state(),
        }
        judged.keep_place(connection, self.name, seq, json.dumps(state))
        judged.forget_unwitnessed(connection)
        self._checkpoint_ms = self.done_ms

    def _load(self, connection: Connection) -> None:
        self._loaded = True
        self._read_seq, text = judged.place(connection, self.name)
        if not text:
            return
        state: dict[str, Any] = json.loads(text)
        self.done_ms = self._checkpoint_ms = state["done_ms"]
        self._known_seq = state.get("read_seq", 0)
        self._epoch, self._back_ms, self._newest_ms = state.get("epoch", (0, _NEVER_MS, 0))
        for name, kept in state["followers"].items():
            if name in self._circuits:
                self._follower(name, self.done_ms).restore(kept)
        self._outages.kept = {
            name: [_outage(self.site, plain) for plain in kept] for name, kept in state["outages"].items()
        }
        self._retire(connection)
        for name, tail in state["witnesses"].items():
            if name in self._logs:
                self._logs[name].restore(tail)
        self._theirs.restore(state.get("carriers", {}))

    def _retire(self, connection: Connection) -> None:
        """What is no longer measured is no longer known to be down: its outage ends here."""
        still_open = self._outages.open()
        for name in sorted(self._outages.kept.keys() - self._circuits.keys()):
            del self._outages.kept[name]
            if name in still_open:
                self._record(connection, replace(still_open[name], end_ms=self.done_ms))

    def has_passed(self, seq: int, one: Round, ready_ms: int) -> bool:
        """Whether the round that stands at `seq`, and could be judged from `ready_ms` on, durably was."""
        passed = self._passed
        taken_back = one.epoch < passed.epoch and one.at_ms >= passed.back_ms
        return passed.seq >= seq and (taken_back or passed.done_ms >= ready_ms)

    def open_outages(self) -> Mapping[str, Outage]:
        """Outages that have begun and not ended, by circuit."""
        return self._open


def _plain(outage: Outage) -> list[Any]:
    return [outage.carrier, outage.circuit, outage.start_ms, outage.end_ms, outage.cause, outage.common_cause]


def _outage(site: str, plain: list[Any]) -> Outage:
    return Outage(site, *plain)
