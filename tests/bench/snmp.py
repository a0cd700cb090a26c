"""A hundred agents with 48 interfaces each, every interface polled once a minute, by runner and probe.

The agents are simulated, in a process of their own; the runner, the schedule and the probe are those of
the daemon. Each interface is a series: 4,800 questions a minute of 15 variables each.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from unittest.mock import patch

from collector.runner import Runner
from collector.schedule import Entry, Schedule
from collector.timekeeping import Step
from probes.clock import NS_PER_MS, Instant, SystemClock
from probes.model import Outcome, Reason, Round, Target
from probes.snmp.ber import Tag, integer
from probes.snmp.interfaces import COLUMNS
from probes.snmp.options import SnmpOptions
from tests.bench.icmp import Literal
from tests.bench.table import Row
from tests.servers.snmp_agent import COMMUNITY, Agent, Cell, answering

AGENTS, PORTS, EVERY_SECONDS = 100, 48, 60
SERIES = AGENTS * PORTS
HOLD_SECONDS = 0.005
"""What nothing may hold the event loop for."""
CLOCK = SystemClock()


def address(number: int) -> str:
    """The `number`-th agent's."""
    return f"127.1.1.{number + 1}"


def simulated() -> Agent:
    """An agent whose 48 interfaces count 1 MB a second."""
    agent, begun = Agent(), CLOCK.now()

    def ticks() -> bytes:
        return integer((CLOCK.now() - begun) // (10 * NS_PER_MS) + 100_000, Tag.TIMETICKS)

    def octets() -> bytes:
        return integer((CLOCK.now() - begun) // 1000, Tag.COUNTER64)

    agent.cells[1, 3, 6, 1, 2, 1, 1, 3, 0] = ticks
    columns = dict[str, Cell | int](dict.fromkeys(COLUMNS, 0))
    columns |= {"ifHCInOctets": octets, "ifHCOutOctets": octets, "ifSpeed": 10**9, "ifHighSpeed": 1000}
    for port in range(PORTS):
        agent.port_of(port + 1, f"GigabitEthernet0/{port}")
        agent.count(port + 1, columns)
    return agent


async def serve(ready: Connection) -> None:
    """All agents, until the other end hangs up."""
    addresses = [address(number) for number in range(AGENTS)]
    async with answering([simulated() for _ in addresses], addresses, 20_161) as port:
        ready.send(port)
        await asyncio.to_thread(ready.poll, None)


def agents(ready: Connection) -> None:
    """The agents' process."""
    asyncio.run(serve(ready))


class Observer:
    """How late the scheduler was."""

    def __init__(self) -> None:
        self.lateness: list[float] = []
        self.missed = 0

    def late(self, seconds: Sequence[float]) -> None:
        """Packets were handed over so long after they were due."""
        self.lateness += seconds

    def skipped(self, slots: int) -> None:
        """So many slots could not run."""
        self.missed += slots


def entries(port: int) -> dict[int, tuple[str, Entry]]:
    """Every interface of every agent, spread over the minute."""
    found = {}
    who = {"version": "2c", "community": COMMUNITY.decode()}
    for number in range(SERIES):
        name = f"GigabitEthernet0/{number % PORTS}"
        options = SnmpOptions.model_validate({"credentials": who, "interface": name})
        target = Target(number, f"{address(number // PORTS)}:{port}", options)
        phase = (number * 0.6180339887) % 1.0
        found[number] = ("snmp", Entry(target, phase, EVERY_SECONDS * 1000, 1))
    return found


class Watch:
    """CPU seconds of each turn that something had of the event loop, and of each garbage collection apart."""

    def __init__(self) -> None:
        self.turns: list[float] = []
        self.collections: list[float] = []
        self._begun = 0.0

    def _collecting(self, phase: str, _: object) -> None:
        if phase == "start":
            self._begun = time.thread_time()
        else:
            self.collections.append(time.thread_time() - self._begun)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch in this thread."""
        run = asyncio.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            before, begun = len(self.collections), time.thread_time()
            run(handle)
            self.turns.append(time.thread_time() - begun - sum(self.collections[before:]))

        gc.callbacks.append(self._collecting)
        with patch.object(asyncio.Handle, "_run", timed):
            yield
        gc.callbacks.remove(self._collecting)


async def measure(port: int) -> dict[str, float]:
    """Two minutes: one in which each table is read, and the one that counts."""
    rounds: list[Round] = []
    observer, watch = Observer(), Watch()

    def deliver(outcomes: Sequence[Outcome]) -> None:
        rounds.extend(one.round for one in outcomes if one.round is not None)

    def step(_: Instant, __: Step) -> int:
        return 0

    runner = Runner(CLOCK, Literal(), Schedule(), deliver, observer, step)
    runner.add(entries(port))
    begun = CLOCK.now()
    minute = (begun.wall_ms // 60_000 + 2) * 60_000  # the whole minute after the one that is begun next
    running = asyncio.create_task(runner.run())
    await asyncio.sleep((minute - CLOCK.now().wall_ms) / 1000)
    observer.lateness.clear()
    observer.missed = 0
    cpu = time.process_time()
    with watch.watching():
        await asyncio.sleep(EVERY_SECONDS)
    cpu = time.process_time() - cpu
    await asyncio.sleep(1)  # what was asked last
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    good = [one for one in rounds if one.at_ms == minute and one.reason is Reason.NONE]
    rtts = sorted(rtt / 10_000 for one in good for rtt in one.rtts if rtt is not None)
    return {
        "late": SERIES - len(good) + observer.missed,
        "cpu": 100 * cpu / EVERY_SECONDS,
        "slowest": rtts[-1],
        "start": max(observer.lateness),
        "turn": max(watch.turns) * 1000,
        "collection": max(watch.collections) * 1000,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def rows() -> Iterator[Row]:
    """What the polls of one minute took."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=agents, args=(there,), daemon=True)
    process.start()
    try:
        found = asyncio.run(measure(here.recv()))
    finally:
        here.close()
        process.terminate()
        process.join(10)
    what = f"SNMP, {AGENTS} agents with {PORTS} interfaces a minute"
    yield Row(f"{what}: polls missed or not good of {SERIES:,}", found["late"], "polls", at_most=0)
    yield Row(f"{what}: most behind its time", 1000 * found["start"], "ms")
    yield Row(f"{what}: slowest answer", found["slowest"], "ms")
    yield Row(f"{what}: CPU", found["cpu"], "% of a core")
    limit = 1000 * HOLD_SECONDS
    yield Row(f"{what}: longest turn of the event loop", found["turn"], "ms of CPU", at_most=limit)
    yield Row(f"{what}: longest garbage collection", found["collection"], "ms of CPU")
    yield Row(f"{what}: memory of the process", found["memory"], "MiB")


if __name__ == "__main__":
    for row in rows():
        sys.stdout.write(f"{row.name}: {row.figure:.3g} {row.unit}\n")
