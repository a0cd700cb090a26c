"""What a measurement is: targets and slots go in, rounds and samples come out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, ClassVar, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from probes.clock import Clock, Instant
from probes.values import Duration

RTT_UNIT_NS = 100
"""RTTs are integers in units of 100 ns: kernel clocks are no finer."""


class Reason(StrEnum):
    """Why a round is not wholly good; a closed list, the detail is free text beside it."""

    NONE = "none"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    RESOLVE = "resolve"
    TLS = "tls"
    PROTOCOL = "protocol"
    AUTH = "auth"
    MISMATCH = "mismatch"
    LOCAL = "local"
    """The fault is this host's: no route, no permission, no socket, an overrun buffer."""


class Timing(IntEnum):
    """Which clock gave a round its RTTs; a mixed round carries the largest (the coarsest)."""

    KERNEL = 0
    """Kernel transmit and receive stamps."""
    TCP_INFO = 1
    """The kernel's own handshake RTT."""
    MONOTONIC = 2
    """The process's monotonic clock at one end at least."""


class Via(BaseModel):
    """Which way a packet leaves; without one a reroute over another circuit would look up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    interface: str | None = Field(None, description="leave by this interface, whatever the routes say")
    source: str | None = Field(None, description="leave with this source address")
    mark: int | None = Field(
        None, ge=0, lt=2**32, description="leave with this firewall mark, for policy routing"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.interface is None and self.source is None and self.mark is None:
            raise ValueError("via needs interface, source or mark")
        return self


NO_VIA = Via.model_construct(interface=None, source=None, mark=None)


class ProbeOptions(BaseModel):
    """What every probe takes; each kind adds its own fields in a subclass."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: Duration = Field(Duration(10_000), description="one round in this time")
    timeout: Duration = Field(Duration(2_000), description="how long an answer may take")

    @property
    def packets_a_round(self) -> int:
        """How many sends a round is spread over."""
        return 1


@dataclass(frozen=True, slots=True)
class Target:
    """What to measure: `series` is the caller's number for it, `address` a name or a literal."""

    series: int
    address: str
    options: ProbeOptions
    via: Via = NO_VIA


@dataclass(frozen=True, slots=True)
class Slot:
    """When: a multiple of `every_ms` since the Unix epoch, in a stretch of steady clocks."""

    at_ms: int
    every_ms: int
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """One slot's result for one target.

    `rtts` holds one place for each packet in sending order, in units of 100 ns, with None for a
    lost one; or it is empty, and only the counts are known (a TCP handshake that needed a second
    SYN has an answer and no RTT). A loss is a gap, never a number.
    """

    series: int
    at_ms: int
    every_ms: int
    epoch: int
    sent: int
    received: int
    rtts: tuple[int | None, ...] = ()
    reason: Reason = Reason.NONE
    detail: str = ""
    timing: Timing = Timing.KERNEL

    def __post_init__(self) -> None:
        if not 0 <= self.received <= self.sent:
            raise ValueError(f"received {self.received} of {self.sent} sent")
        if self.rtts and (len(self.rtts) != self.sent or self.sent - self.rtts.count(None) != self.received):
            raise ValueError(
                f"{len(self.rtts)} RTT places with {self.rtts.count(None)} gaps do not say "
                f"{self.received} of {self.sent}"
            )


@dataclass(frozen=True, slots=True)
class Sample:
    """One value at one time beside the round: days a certificate has left, a counter, a phase."""

    series: int
    at_ms: int
    epoch: int
    name: str
    value: int | float | str


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one slot of one target gave."""

    round: Round | None
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """One packet that is due now: the `index`-th of the slot's round."""

    target: Target
    slot: Slot
    index: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something could not be had: a reason of the closed list and a sentence for a person."""

    reason: Reason
    detail: str


class Resolver(Protocol):
    """Where a target's name becomes an IP literal, again and again; probes/resolve.py has the policy."""

    def current(self, address: str, via: Via) -> str | Failure:
        """The literal last resolved, or why there is none; starts a background refresh when one is due."""

    async def resolve(self, address: str, via: Via = NO_VIA) -> str | Failure:
        """The same, but the first look-up of a name is waited for."""


class ProbeKind(Protocol):
    """What `PROBES` names: how a configuration reads a kind, before anything is opened."""

    options: ClassVar[type[ProbeOptions]]

    def __init__(self, clock: Clock, resolver: Resolver) -> None:
        """Open what it needs; raises OSError with a sentence that says what to do about it."""

    @classmethod
    def check_address(cls, address: str) -> str:
        """The target as it is kept, or ValueError that says what form is right."""


class Probe(ProbeKind, Protocol):
    """Measures one target once, a coroutine a round. Everything it takes is in its arguments."""

    async def run(self, target: Target, slot: Slot, deadline: Instant) -> Outcome:
        """Measure now, be done by `deadline`; raises only cancellation."""

    async def aclose(self) -> None:
        """Release what was opened."""


class Engine(ProbeKind, Protocol):
    """Measures many targets over shared sockets; rounds come back in batches.

    The caller decides when each packet leaves and hands over those that are due. A round comes back
    when each of its packets was answered or its time-out has passed; a round whose packets were
    not all handed over comes back once its slot and time-out are over, with those that were.
    """

    async def send(self, shots: Sequence[Shot]) -> None:
        """Send what is due, paced; raises only cancellation (a failed send is a round's reason)."""

    def batches(self) -> AsyncIterator[Sequence[Outcome]]:
        """Finished rounds, a batch at a time, until `aclose`."""

    async def aclose(self) -> None:
        """Release the sockets; what is in flight is not counted and never comes back."""

    def statistics(self) -> dict[str, Any]:
        """Counters of the engine's own health, by name."""
