"""Carries the schedule out: hands due packets to engines, starts due probes, collects what ends.

The schedule decides; this only executes. One pacing coroutine serves all engines; a probe without
an engine is a task of its own, so that a thousand dead targets hold nobody up.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

import structlog

from collector.schedule import Due, Entry, Schedule
from collector.timekeeping import ClockWatch, Step
from probes import probe_kind
from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock, Instant
from probes.model import Engine, Outcome, Probe, Reason, Resolver, Round, Shot, Slot

log = structlog.get_logger()

TICK_NS = 4 * NS_PER_MS
"""Packets that are due within this leave together: a wake-up costs more than a packet."""
LOOK_NS = 500 * NS_PER_MS
"""How often the clocks are looked at when nothing is due."""
REOPEN_NS = 2_000 * NS_PER_MS
"""How soon an engine that could not be opened is tried again."""

GIVEN_UP_MS = 120_000
"""A round so long after its slot never comes: far over any time-out."""

Deliver = Callable[[Sequence[Outcome]], None]


class Observer(Protocol):
    """Who wants to know how the scheduler does."""

    def late(self, seconds: Sequence[float]) -> None:
        """Packets were handed over so long after they were due."""

    def skipped(self, slots: int) -> None:
        """So many slots could not run."""


@dataclass
class Kind:
    """One kind's engine or probe, or why there is none."""

    name: str
    engine: Engine | None = None
    probe: Probe | None = None
    problem: str = ""
    tried: Instant | None = None
    reader: asyncio.Task[None] | None = None


@dataclass
class Runner:
    """Runs one site's schedule. `step` is told that the clocks parted, and gives the new epoch."""

    clock: Clock
    resolver: Resolver
    schedule: Schedule
    deliver: Deliver
    observer: Observer
    step: Callable[[Instant, Step], int]
    failures: int = 0
    """Exceptions that came out of a probe: a defect each time, and a round with reason local."""
    _kinds: dict[str, Kind] = field(default_factory=dict)
    _kind_of: dict[int, str] = field(default_factory=dict)
    _open: defaultdict[int, list[Slot]] = field(default_factory=lambda: defaultdict(list))
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _alive: Instant | None = None

    def __post_init__(self) -> None:
        """Watch the clocks from now on: they may part before `run` is called."""
        self._watch = ClockWatch(self.clock)

    def add(self, entries: Mapping[int, tuple[str, Entry]], after_ms: int = 0) -> None:
        """Measure more series: number -> (kind, entry). No slot up to `after_ms` is run."""
        for series, (kind, _) in entries.items():
            self._kind_of[series] = kind
            self._kinds.setdefault(kind, Kind(kind))
        self.schedule.add([entry for _, entry in entries.values()], self.clock.now().wall_ns, after_ms)

    def remove(self, series: Iterable[int]) -> None:
        """Measure these no more; their rounds in flight still come back."""
        gone = set(series)
        self.schedule.remove(gone)
        for one in gone:
            kind = self._kinds[self._kind_of.pop(one)]
            if kind.engine is None and kind.probe is None:
                self._open.pop(one, None)  # nobody has a packet of it, so no round of it will come

    def watermark(self) -> int | None:
        """The earliest slot that may still gain a round, in ms; None when nothing is scheduled."""
        given_up_ms = self.clock.now().wall_ms - GIVEN_UP_MS
        for slots in self._open.values():
            slots[:] = [slot for slot in slots if slot.at_ms + slot.every_ms >= given_up_ms]
        scheduled = [entry.slot_ms for entry in self.schedule.entries().values()]
        flying = [slot.at_ms for slots in self._open.values() for slot in slots]
        return min([*scheduled, *flying], default=None)

    def problems(self) -> list[str]:
        """What keeps whole kinds from being measured, a sentence each."""
        used = {self._kind_of[series] for series in self.schedule.entries()}
        return [kind.problem for kind in self._kinds.values() if kind.problem and kind.name in used]

    def last_alive(self) -> Instant | None:
        """When the pacing loop last came round."""
        return self._alive

    def engines(self) -> Mapping[str, Engine]:
        """The engines that are open, by kind."""
        return {name: kind.engine for name, kind in self._kinds.items() if kind.engine is not None}

    async def run(self) -> None:
        """Pace until cancelled; then nothing more is sent and what is in flight is let go."""
        try:
            while True:
                now, step = self._watch.look()
                self._alive = now
                if step:
                    self.observer.skipped(self.schedule.restart(now.wall_ns, self.step(now, step)))
                due = self.schedule.take(now.wall_ns)
                self._report(due)
                self._mind_readers()
                await self._hand_over(due.shots)
                await self._sleep(now)
        finally:
            await self.aclose()

    def _mind_readers(self) -> None:
        """Rounds that nobody reads any more would be lost unsaid: let out what ended a reader."""
        for kind in self._kinds.values():
            if kind.reader is not None and kind.reader.done():
                kind.reader.result()

    def _report(self, due: Due) -> None:
        if due.late_ns:
            self.observer.late([late_ns / NS_PER_SECOND for late_ns in due.late_ns])
        if due.skipped_slots:
            self.observer.skipped(due.skipped_slots)

    async def _sleep(self, now: Instant) -> None:
        next_ns = self.schedule.next_ns()
        ahead = LOOK_NS if next_ns is None else next_ns - now.wall_ns
        await self.clock.sleep_until(now.mono_ns + min(max(ahead, TICK_NS), LOOK_NS))

    async def _hand_over(self, shots: Sequence[Shot]) -> None:
        batches: dict[str, list[Shot]] = {}
        for shot in shots:
            slots = self._open[shot.target.series]
            if not slots or slots[-1] != shot.slot:
                slots.append(shot.slot)
            batches.setdefault(self._kind_of[shot.target.series], []).append(shot)
        for name, batch in batches.items():
            kind = self._kinds[name]
            self._open_kind(kind)
            if kind.engine is not None:
                await kind.engine.send(batch)
            elif kind.probe is not None:
                self._start(kind.probe, batch)
            else:
                self._settle(_refused([shot for shot in batch if _is_last(shot)], kind.problem))

    def _open_kind(self, kind: Kind) -> None:
        """Open a kind when it is first due, and again now and then while it can't be."""
        now = self.clock.now()
        if kind.engine or kind.probe or (kind.tried is not None and now - kind.tried < REOPEN_NS):
            return
        kind.tried = now
        try:
            opened = probe_kind(kind.name)(self.clock, self.resolver)
        except OSError as error:
            problem = error.strerror or str(error)
            if problem != kind.problem:
                log.error("probe_kind_unavailable", kind=kind.name, problem=problem)
            kind.problem = problem
            return
        if kind.problem:
            log.info("probe_kind_available", kind=kind.name)
        kind.problem = ""
        if hasattr(opened, "batches"):
            kind.engine = cast(Engine, opened)
            kind.reader = asyncio.create_task(self._read(kind.engine), name=f"read {kind.name}")
        else:
            kind.probe = cast(Probe, opened)

    async def _read(self, engine: Engine) -> None:
        async for outcomes in engine.batches():
            self._settle(outcomes)

    def _start(self, probe: Probe, shots: Sequence[Shot]) -> None:
        for shot in shots:
            task = asyncio.create_task(self._measure(probe, shot))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _measure(self, probe: Probe, shot: Shot) -> None:
        """One round of a probe. A supervision point: whatever comes out of it is that round's reason."""
        deadline = self.clock.now().plus(shot.target.options.timeout.ms * NS_PER_MS)
        try:
            outcome = await probe.run(shot.target, shot.slot, deadline)
        except Exception as error:
            self.failures += 1
            log.exception(
                "probe_failed", kind=self._kind_of.get(shot.target.series), address=shot.target.address
            )
            outcome = _refused([shot], f"the probe failed: {type(error).__name__}: {error}")[0]
        self._settle([outcome])

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.round is not None:
                self._close(outcome.round)
        self.deliver(outcomes)

    def _close(self, one: Round) -> None:
        """The slot has its round; an earlier one may still be in flight, by its time-out."""
        ended = Slot(one.at_ms, one.every_ms, one.epoch)
        left = [slot for slot in self._open.pop(one.series, ()) if slot != ended]
        if left:
            self._open[one.series] = left

    async def aclose(self) -> None:
        """Let go of what is in flight: it was neither answered nor has its time-out passed."""
        opened = [
            one for kind in self._kinds.values() for one in (kind.engine, kind.probe) if one is not None
        ]
        for one in opened:
            await one.aclose()
        for task in self._tasks:
            task.cancel()
        readers = [kind.reader for kind in self._kinds.values() if kind.reader]  # each ends with its engine
        await asyncio.gather(*self._tasks, *readers, return_exceptions=True)
        self._kinds.clear()


def _is_last(shot: Shot) -> bool:
    return shot.index == shot.target.options.packets_a_round - 1


def _refused(shots: Sequence[Shot], why: str) -> list[Outcome]:
    """A round of nothing for each slot that could not run; the reason is ours."""
    slots = {(shot.target.series, shot.slot) for shot in shots}
    return [
        Outcome(Round(series, slot.at_ms, slot.every_ms, slot.epoch, 0, 0, reason=Reason.LOCAL, detail=why))
        for series, slot in sorted(slots, key=lambda one: (one[1].at_ms, one[0]))
    ]
