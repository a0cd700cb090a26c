"""One simulated agent and the probe that polls it, on a clock that a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from probes.clock import NS_PER_SECOND
from probes.model import NO_VIA, Failure, Outcome, Round, Slot, Target, Via
from probes.snmp.credentials import Credentials
from probes.snmp.options import SnmpOptions
from probes.snmp.probe import SnmpProbe
from tests.clock import FakeClock
from tests.servers.snmp_agent import COMMUNITY, Agent, answering

EVERY_SECONDS = 60
FOREVER_SECONDS = 30.0
"""A time-out that no test waits for."""
SOON_SECONDS = 0.05
"""A time-out that a test waits for, because nothing will come."""


class Literal:
    """Every target is an address already."""

    def current(self, address: str, via: Via) -> str | Failure:
        """The address itself."""
        return address

    async def resolve(self, address: str, via: Via = NO_VIA) -> str | Failure:
        """The address itself."""
        return address


@dataclass
class Polls:
    """Polls, a minute apart unless a test says otherwise."""

    clock: FakeClock
    agent: Agent
    probe: SnmpProbe
    port: int
    credentials: Credentials
    ticks: int = 1_000_000

    async def poll(
        self,
        interface: str | None = "eth0",
        *,
        seconds: float = FOREVER_SECONDS,
        series: int = 1,
        **beside: object,
    ) -> Outcome:
        """One poll, now."""
        options = SnmpOptions.model_validate(
            {"credentials": self.credentials, "interface": interface, **beside}
        )
        target = Target(series, f"127.0.0.1:{self.port}", options)
        now = self.clock.now()
        slot = Slot(now.wall_ms, EVERY_SECONDS * 1000)
        return await self.probe.run(target, slot, now.plus(round(seconds * NS_PER_SECOND)))

    async def pass_time(self, seconds: float = EVERY_SECONDS, *, agent_seconds: float | None = None) -> None:
        """Let time pass here and, unless told otherwise, as much at the agent."""
        await self.clock.advance(seconds)
        passed = seconds if agent_seconds is None else agent_seconds
        self.ticks = round(self.ticks + passed * 100) % 2**32
        self.agent.uptime(self.ticks)


def community(word: str = COMMUNITY.decode()) -> Credentials:
    """Credentials of v2c."""
    return Credentials.model_validate({"version": "2c", "community": word})


@asynccontextmanager
async def polling(clock: FakeClock, agent: Agent | None = None) -> AsyncIterator[Polls]:
    """An agent with one interface, eth0 of 100 Mbit/s, at ifIndex 3."""
    agent = agent or Agent()
    probe = SnmpProbe(clock, Literal())
    async with answering([agent]) as port:
        polls = Polls(clock, agent, probe, port, community())
        agent.uptime(polls.ticks)
        agent.port_of(
            3,
            "eth0",
            descr="Ethernet zero",
            alias="to the carrier",
            ifHCInOctets=5_000_000_000,
            ifHCOutOctets=1_000,
            ifInOctets=705_032_704,
            ifOutOctets=1_000,
            ifInErrors=7,
            ifOutErrors=0,
            ifInDiscards=1,
            ifOutDiscards=2,
            ifSpeed=100_000_000,
            ifHighSpeed=100,
            ifAdminStatus=1,
            ifOperStatus=1,
            ifCounterDiscontinuityTime=0,
        )
        try:
            yield polls
        finally:
            await probe.aclose()


def samples(outcome: Outcome) -> dict[str, int | float | str]:
    """The samples by name."""
    return {sample.name: sample.value for sample in outcome.samples}


def round_of(outcome: Outcome) -> Round:
    """The round, which an SNMP probe always gives."""
    assert outcome.round is not None
    return outcome.round
