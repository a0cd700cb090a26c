"""A TCP round as tests make one: options, a probe on the system's clock, what came of it."""

from __future__ import annotations

from typing import Any

from probes.clock import NS_PER_MS, SystemClock
from probes.model import NO_VIA, Outcome, Round, Slot, Target, Via
from probes.resolve import SystemResolver
from probes.tcp import TcpOptions, TcpProbe
from probes.values import Duration

SLOT = Slot(at_ms=1_767_225_600_000, every_ms=10_000, epoch=3)
ESTABLISHED, SYN_SENT, CLOSED = 1, 2, 7
TIMEOUT = Duration(2_000)
OWN, PEER, ROUTER = "10.0.0.2", "192.0.2.1", "198.51.100.7"


def options(**changes: Any) -> TcpOptions:  # noqa: ANN401
    return TcpOptions(**{"timeout": TIMEOUT} | changes)


async def probe(address: str, via: Via = NO_VIA, **changes: Any) -> Outcome:  # noqa: ANN401
    """One round against a real peer, on the system's clock."""
    clock = SystemClock()
    resolver = SystemResolver(clock, lookup=lambda name: ["127.0.0.1"] if "service" in name else [])
    one = TcpProbe(clock, resolver)
    given = options(**changes)
    deadline = clock.now().plus(given.timeout.ms * NS_PER_MS)
    try:
        return await one.run(Target(7, address, given, via), SLOT, deadline)
    finally:
        await one.aclose()
        await resolver.aclose()


def round_of(outcome: Outcome) -> Round:
    assert outcome.round is not None
    return outcome.round


def samples_of(outcome: Outcome) -> dict[str, int | float | str]:
    return {sample.name: sample.value for sample in outcome.samples}
