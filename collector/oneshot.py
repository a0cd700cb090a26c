"""Measures one target a few times, outside the daemon: what `linkledger probe` does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeGuard, cast
from urllib.parse import unquote, urlsplit

from probes import probe_kind
from probes.clock import NS_PER_MS, Clock
from probes.model import (
    NO_VIA,
    RTT_UNIT_NS,
    Engine,
    Failure,
    Outcome,
    Probe,
    ProbeOptions,
    Resolver,
    Round,
    Shot,
    Slot,
    Target,
    Via,
)
from probes.values import Duration


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure: `count` rounds of one packet, one `every`; `beside` are the kind's own options."""

    kind: str
    address: str
    count: int
    every: Duration
    timeout: Duration
    beside: Mapping[str, object] = field(default_factory=dict)
    via: Via = NO_VIA

    def __post_init__(self) -> None:
        for name, duration in (("every", self.every), ("timeout", self.timeout)):
            if duration.ms < 1:
                raise ValueError(f"{name} is {duration}: at least 1ms")


class UnresolvedError(Exception):
    """The target's name has no address; the text says why."""


async def measure(request: Request, clock: Clock, resolver: Resolver) -> AsyncIterator[Outcome]:
    """Outcomes as they end, in the order in which they end.

    Raises ValueError for a target that the kind can't take, UnresolvedError, and OSError when the kind
    can't be opened here (with what to do about it).
    """
    probe = probe_kind(request.kind)
    address = probe.check_address(request.address)
    options = _options(probe.options, request)
    found = await resolver.resolve(_host(address), request.via)
    if isinstance(found, Failure):
        raise UnresolvedError(found.detail)
    opened = cast(Engine | Probe, probe(clock, resolver))
    outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
    target = Target(0, address, options, request.via)
    sender = asyncio.create_task(_send(opened, target, request, clock, outcomes))
    try:
        for _ in range(request.count):
            yield await _next(outcomes, sender)
    finally:
        sender.cancel()
        await opened.aclose()
        await asyncio.gather(sender, return_exceptions=True)


async def _next(outcomes: asyncio.Queue[Outcome], sender: asyncio.Task[None]) -> Outcome:
    """The next outcome, or what ended the sending before there was one."""
    outcome = asyncio.create_task(outcomes.get())
    await asyncio.wait({outcome, sender}, return_when=asyncio.FIRST_COMPLETED)
    if not outcome.done() and sender.done() and sender.exception():
        outcome.cancel()
        await sender
    return await outcome


def _options(model: type[ProbeOptions], request: Request) -> ProbeOptions:
    given = {**request.beside, "every": request.every, "timeout": request.timeout}
    if "packets" in model.model_fields:
        given["packets"] = 1
    return model.model_validate(given)


def _host(address: str) -> str:
    """The part of a target that can be a name: `[::1]:443`, `name:443` and URLs hold more."""
    if "://" in address:
        return unquote(urlsplit(address).hostname or "")  # a zone is escaped in a URL
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.rpartition(":")[0] if address.count(":") == 1 else address


async def _send(
    opened: Engine | Probe, target: Target, request: Request, clock: Clock, outcomes: asyncio.Queue[Outcome]
) -> None:
    """Send on time, and collect; a probe's rounds run beside each other."""
    tasks = [asyncio.create_task(_collect(opened, outcomes))] if _is_engine(opened) else []
    begin = clock.now()
    try:
        for i in range(request.count):
            await clock.sleep_until(begin.mono_ns + i * request.every.ms * NS_PER_MS)
            slot = Slot(begin.wall_ms + i * request.every.ms, request.every.ms)
            tasks.append(asyncio.create_task(_one(opened, target, slot, clock, outcomes)))
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _is_engine(opened: Engine | Probe) -> TypeGuard[Engine]:
    return hasattr(opened, "batches")


async def _collect(engine: Engine, outcomes: asyncio.Queue[Outcome]) -> None:
    async for batch in engine.batches():
        for outcome in batch:
            outcomes.put_nowait(outcome)


async def _one(
    opened: Engine | Probe, target: Target, slot: Slot, clock: Clock, outcomes: asyncio.Queue[Outcome]
) -> None:
    if _is_engine(opened):
        await opened.send([Shot(target, slot, 0)])
        return
    probe = cast(Probe, opened)
    outcomes.put_nowait(
        await probe.run(target, slot, clock.now().plus(target.options.timeout.ms * NS_PER_MS))
    )


@dataclass
class Tally:
    """Sums over the rounds so far. RTTs in units of 100 ns, in the order of the rounds."""

    sent: int = 0
    received: int = 0
    rtts: list[int] = field(default_factory=list)

    def add(self, one: Round) -> None:
        """Count one more round."""
        self.sent += one.sent
        self.received += one.received
        self.rtts += (rtt for rtt in one.rtts if rtt is not None)

    @property
    def loss_percent(self) -> float | None:
        """Lost of sent; None when nothing was sent."""
        return 100 * (self.sent - self.received) / self.sent if self.sent else None

    def seconds(self) -> dict[str, float]:
        """Minimum, mean, median, maximum and mean difference of neighbours; empty without an RTT."""
        rtts = self.rtts
        if not rtts:
            return {}
        steps = [abs(b - a) for a, b in pairwise(rtts)]
        figures = {
            "min": min(rtts),
            "mean": sum(rtts) / len(rtts),
            "median": sorted(rtts)[(len(rtts) - 1) // 2],
            "max": max(rtts),
        }
        if steps:
            figures["jitter"] = sum(steps) / len(steps)
        return {name: value * RTT_UNIT_NS / 1e9 for name, value in figures.items()}
