"""Ten thousand echo requests at once to ten thousand addresses of this host; fping does the same."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from probes.clock import SystemClock
from probes.icmp.engine import IcmpEngine
from probes.icmp.options import IcmpOptions
from probes.model import NO_VIA, Failure, Round, Shot, Slot, Target, Via
from probes.values import Duration
from tests.bench.table import Row

TARGETS = 10_000
TIMES = 3


class Literal:
    """Every target is an address already."""

    def current(self, address: str, via: Via) -> str | Failure:
        """The address itself."""
        return address

    async def resolve(self, address: str, via: Via = NO_VIA) -> str | Failure:
        """The address itself."""
        return address


def address(number: int) -> str:
    """The `number`-th loopback address."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


async def burst() -> tuple[float, list[Round]]:
    """Seconds from the first request to the last answer, and the rounds."""
    clock = SystemClock()
    engine = IcmpEngine(clock, Literal())
    options = IcmpOptions(every=Duration(1_000), timeout=Duration(1_000), packets=1)
    slot = Slot(clock.now().wall_ms, 1_000)
    shots = [Shot(Target(number, address(number), options), slot, 0) for number in range(TARGETS)]
    begun, rounds = clock.now(), list[Round]()
    sending = asyncio.create_task(engine.send(shots))
    async for batch in engine.batches():
        rounds += [one.round for one in batch if one.round is not None]
        if len(rounds) == TARGETS:
            break
    seconds = (clock.now() - begun) / 1e9
    await sending
    await engine.aclose()
    return seconds, rounds


def fping(folder: Path) -> tuple[float, float]:
    """Seconds and the mean RTT in us, as fping says them."""
    targets = folder / "targets"
    targets.write_text("".join(f"{address(number)}\n" for number in range(TARGETS)))
    clock = SystemClock()
    begun = clock.now()
    words = ["fping", "-q", "-c", "1", "-i", "0", "-t", "1000", "-f", str(targets)]
    done = subprocess.run(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, check=True, text=True)
    seconds = (clock.now() - begun) / 1e9
    averages = [float(line.rsplit("/", 2)[1]) for line in done.stderr.splitlines() if "avg" in line]
    return seconds, 1000 * statistics.mean(averages)


def rows() -> Iterator[Row]:
    """The best of a few, in turn."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as name:
        for _ in range(TIMES):
            before = os.times()
            seconds, rounds = asyncio.run(burst())
            after = os.times()
            cpu = (after.user + after.system - before.user - before.system) / TARGETS * 1e6
            ours.append((seconds, cpu, rounds))
            theirs.append(fping(Path(name)))
    seconds, cpu, rounds = min(ours, key=lambda one: one[0])
    rtts = sorted(rtt / 10 for one in rounds for rtt in one.rtts if rtt is not None)
    peer_seconds, peer_rtt = min(theirs)
    what = f"{TARGETS:,} echo requests at once"
    yield Row(f"{what}: all answered after", seconds, "s", peer="fping", peer_figure=peer_seconds)
    yield Row(f"{what}: not answered", TARGETS - len(rtts), "packets", at_most=0)
    yield Row(f"{what}: CPU a packet", cpu, "us")
    yield Row(f"{what}: RTT mean", statistics.mean(rtts), "us", peer="fping", peer_figure=peer_rtt)
    yield Row(f"{what}: RTT p99", rtts[len(rtts) * 99 // 100], "us")
