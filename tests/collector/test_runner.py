"""The schedule carried out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from collector import runner as module
from collector.runner import REOPEN_NS, Runner
from collector.schedule import Entry, Schedule
from collector.timekeeping import Step
from probes.clock import Clock, Instant
from probes.model import (
    NO_VIA,
    Failure,
    Outcome,
    ProbeOptions,
    Reason,
    Resolver,
    Round,
    Shot,
    Slot,
    Target,
    Via,
)
from probes.values import Duration
from tests.clock import START_WALL_NS, FakeClock

START_MS = START_WALL_NS // 1_000_000


class NoResolver:
    """Nothing here needs a name."""

    def current(self, address: str, via: Via) -> str | Failure:
        return address

    async def resolve(self, address: str, via: Via = NO_VIA) -> str | Failure:
        return address


class FakeEngine:
    """Answers every packet; `refuse` makes opening fail."""

    options = ProbeOptions
    refuse = ""
    opened: list[FakeEngine] = []  # noqa: RUF012 - tests look here

    def __init__(self, clock: Clock, resolver: Resolver) -> None:
        if FakeEngine.refuse:
            raise OSError(FakeEngine.refuse)
        self.queue: asyncio.Queue[list[Outcome] | None] = asyncio.Queue()
        self.shots: list[Shot] = []
        FakeEngine.opened.append(self)

    async def send(self, shots: Sequence[Shot]) -> None:
        self.shots += shots
        self.queue.put_nowait([Outcome(_answered(shot.target.series, shot.slot)) for shot in shots])

    async def batches(self) -> AsyncIterator[Sequence[Outcome]]:
        while (batch := await self.queue.get()) is not None:
            yield batch

    async def aclose(self) -> None:
        self.queue.put_nowait(None)

    def statistics(self) -> dict[str, Any]:
        return {}


class FakeProbe:
    """Hangs until its deadline for series 1, fails for series 2, answers the others."""

    options = ProbeOptions

    def __init__(self, clock: Clock, resolver: Resolver) -> None:
        self.clock = clock

    async def run(self, target: Target, slot: Slot, deadline: Instant) -> Outcome:
        if target.series == 1:
            await self.clock.sleep_until(deadline.mono_ns)
            return Outcome(Round(1, slot.at_ms, slot.every_ms, slot.epoch, 1, 0, (None,), Reason.TIMEOUT))
        if target.series == 2:
            raise RuntimeError("a defect")
        return Outcome(_answered(target.series, slot))

    async def aclose(self) -> None:
        return


def _answered(series: int, slot: Slot) -> Round:
    return Round(series, slot.at_ms, slot.every_ms, slot.epoch, 1, 1, (100,))


class Watching:
    """A runner over fakes, and what it delivered."""

    def __init__(self, clock: FakeClock) -> None:
        self.rounds: list[Round] = []
        self.late_seconds: list[float] = []
        self.skipped_slots = 0
        self.epochs = [1]
        self.steps: list[str] = []
        self.runner = Runner(clock, NoResolver(), Schedule(epoch=1), self.deliver, self, self.step)

    def deliver(self, outcomes: Sequence[Outcome]) -> None:
        self.rounds += [one.round for one in outcomes if one.round]

    def late(self, seconds: Sequence[float]) -> None:
        self.late_seconds += seconds

    def skipped(self, slots: int) -> None:
        self.skipped_slots += slots

    def step(self, now: Instant, step: Step) -> int:
        self.steps.append(step.why)
        self.epochs.append(self.epochs[-1] + 1)
        return self.epochs[-1]

    def add(self, kind: str, *series: int, phase: float = 0.5) -> None:
        options = ProbeOptions(every=Duration(1_000), timeout=Duration(900))
        self.runner.add({n: (kind, Entry(Target(n, "x", options), phase, 1_000, 1)) for n in series})

    def of(self, series: int) -> list[tuple[int, str]]:
        return [(one.at_ms - START_MS, str(one.reason)) for one in self.rounds if one.series == series]


@pytest.fixture
def watching(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Watching:
    monkeypatch.setattr(module, "probe_kind", {"engine": FakeEngine, "probe": FakeProbe}.__getitem__)
    monkeypatch.setattr(FakeEngine, "refuse", "")
    monkeypatch.setattr(FakeEngine, "opened", [])
    return Watching(clock)


async def run(watching: Watching, clock: FakeClock, seconds: float) -> asyncio.Task[None]:
    task = asyncio.create_task(watching.runner.run())
    await clock.advance(seconds)
    return task


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_each_slot_is_measured_once_and_on_time(watching: Watching, clock: FakeClock) -> None:
    watching.add("engine", 7)
    await stop(await run(watching, clock, 3.2))
    assert watching.of(7) == [(0, "none"), (1_000, "none"), (2_000, "none")]
    assert max(watching.late_seconds) < 0.005


async def test_a_probe_that_hangs_or_fails_holds_up_no_other(watching: Watching, clock: FakeClock) -> None:
    watching.add("probe", 1, 2, 3)
    task = await run(watching, clock, 2.6)
    assert watching.of(3) == [(0, "none"), (1_000, "none"), (2_000, "none")]
    assert watching.of(2) == [(0, "local"), (1_000, "local"), (2_000, "local")]
    assert watching.of(1) == [(0, "timeout"), (1_000, "timeout")]
    assert watching.runner.failures == 3
    await stop(task)


async def test_what_is_in_flight_at_a_stop_is_not_counted(watching: Watching, clock: FakeClock) -> None:
    watching.add("probe", 1)
    await stop(await run(watching, clock, 0.7))
    assert watching.rounds == []


async def test_the_watermark_stands_at_the_earliest_slot_that_may_still_gain_a_round(
    watching: Watching, clock: FakeClock
) -> None:
    watching.add("probe", 1, 3)
    task = await run(watching, clock, 0.7)
    assert watching.runner.watermark() == START_MS  # series 1 is still in flight
    await clock.advance(0.75)
    assert watching.runner.watermark() == START_MS + 1_000
    await stop(task)


async def test_a_kind_that_may_not_be_opened_gives_rounds_that_say_why_and_is_tried_again(
    watching: Watching, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeEngine, "refuse", "no right to open ICMP sockets: grant CAP_NET_RAW")
    watching.add("engine", 7)
    task = await run(watching, clock, 2.7)
    assert watching.of(7) == [(0, "local"), (1_000, "local"), (2_000, "local")]
    assert watching.runner.problems() == ["no right to open ICMP sockets: grant CAP_NET_RAW"]
    monkeypatch.setattr(FakeEngine, "refuse", "")
    await clock.advance(REOPEN_NS / 1e9 + 1)
    assert watching.of(7)[-1][1] == "none"
    assert watching.runner.problems() == []
    await stop(task)


async def test_a_kind_that_nothing_is_measured_with_any_more_is_no_problem(
    watching: Watching, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeEngine, "refuse", "no right to open ICMP sockets")
    watching.add("engine", 7)
    watching.add("probe", 3)
    task = await run(watching, clock, 1.7)
    assert watching.runner.problems() == ["no right to open ICMP sockets"]
    watching.runner.remove([7])
    assert watching.runner.problems() == []
    await stop(task)


async def test_a_clock_step_opens_a_new_epoch_and_counts_what_it_leapt_over(
    watching: Watching, clock: FakeClock
) -> None:
    watching.add("engine", 7)
    task = await run(watching, clock, 1.7)
    clock.step_wall(3_600)
    await clock.advance(1.5)
    assert watching.epochs == [1, 2]
    assert watching.skipped_slots == 3_600
    assert watching.rounds[-1].epoch == 2
    assert watching.rounds[-1].at_ms - START_MS in (3_601_000, 3_602_000)
    await stop(task)


async def test_a_reload_leaves_unchanged_targets_their_slots(watching: Watching, clock: FakeClock) -> None:
    watching.add("engine", 7, 8)
    task = await run(watching, clock, 1.6)
    watching.runner.remove([8])
    watching.add("engine", 9)
    await clock.advance(2)
    assert [at for at, _ in watching.of(7)] == [0, 1_000, 2_000, 3_000]
    assert [at for at, _ in watching.of(8)] == [0, 1_000]
    assert [at for at, _ in watching.of(9)] == [2_000, 3_000]
    assert len(FakeEngine.opened) == 1
    await stop(task)


async def test_a_clock_that_is_set_before_the_first_packet_opens_a_new_epoch(
    watching: Watching, clock: FakeClock
) -> None:
    watching.add("engine", 7)
    clock.step_wall(-86_400)
    await stop(await run(watching, clock, 1.7))
    assert watching.steps == ["step"]
    assert [(one.at_ms - START_MS, one.epoch) for one in watching.rounds] == [
        (-86_400_000, 2),
        (-86_399_000, 2),
    ]


async def test_a_machine_that_slept_opens_an_epoch_that_says_so(watching: Watching, clock: FakeClock) -> None:
    watching.add("engine", 7)
    task = await run(watching, clock, 1.7)
    clock.suspend(60)
    await clock.advance(1)
    await stop(task)
    assert watching.steps == ["suspend"]


async def test_after_a_step_back_a_slot_that_runs_again_is_open_until_its_own_round_comes(
    watching: Watching, clock: FakeClock
) -> None:
    watching.add("probe", 1)  # each round takes 0.9 s
    task = await run(watching, clock, 0.8)
    clock.step_wall(-0.79)
    await clock.advance(0.7)
    assert [one.epoch for one in watching.rounds] == [1]
    assert watching.runner.watermark() == START_MS
    await clock.advance(0.8)
    assert [one.epoch for one in watching.rounds] == [1, 2]
    await stop(task)


async def test_what_ends_a_reader_of_rounds_ends_the_run_with_its_cause(
    watching: Watching, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(outcomes: Sequence[Outcome]) -> None:
        raise ValueError("a defect")

    watching.runner.deliver = fail
    watching.add("engine", 7)
    task = await run(watching, clock, 2)
    with pytest.raises(ValueError, match="a defect"):
        await task


async def test_series_that_come_and_go_leave_nothing_behind(watching: Watching, clock: FakeClock) -> None:
    task = await run(watching, clock, 0.1)
    for series in range(100):
        watching.add("engine", series)
        await clock.advance(1.1)
        watching.runner.remove([series])
    await clock.advance(2)
    assert not watching.runner._open
    assert not watching.runner._kind_of
    await stop(task)
