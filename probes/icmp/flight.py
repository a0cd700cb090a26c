"""Packets on their way, and the round that they add up to. Pure: no sockets, no timers.

What counts. A packet was *sent* when it was answered, when its time-out passed, or when somebody
beyond this host said that it could not be delivered. A packet that this host itself kept (no route,
no permission, no address for the name, an overrun receive buffer, a refusal by one of our own
addresses) was not sent, and is no loss of the circuit's.

Which reason. A round in which something went wrong carries the reason of most of its failed packets;
between equals the one that blames the circuit least: local, resolve, unreachable, timeout. The
detail names all of them, most frequent first.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum, auto
from typing import TYPE_CHECKING

from probes.clock import NS_PER_MS, Instant
from probes.icmp.route import Route
from probes.model import Failure, Reason, Round, Slot, Target, Timing

if TYPE_CHECKING:
    from probes.icmp.lane import Lane

NEVER = Instant(0, 0)
NOT_SENT = frozenset({Reason.LOCAL, Reason.RESOLVE})
_LEAST_BLAME = (Reason.LOCAL, Reason.RESOLVE, Reason.UNREACHABLE, Reason.TIMEOUT)


class State(Enum):
    """Where a packet is."""

    FLYING = auto()
    ANSWERED = auto()
    FAILED = auto()


class Packet:
    """One echo request. Slots and no properties: thousands of them are made each second."""

    __slots__ = (
        "came_ns",
        "deadline_ns",
        "drops",
        "failure",
        "flight",
        "host",
        "label",
        "lane",
        "left_ns",
        "read",
        "rtt",
        "secret",
        "sent",
        "stamp_id",
        "state",
        "timing",
    )

    def __init__(self, flight: Flight) -> None:
        self.flight = flight
        self.state = State.FLYING
        self.failure: Failure | None = None
        """Why it will have failed, unless its answer comes in time after all."""
        self.lane: Lane | None = None
        """The socket that it left by."""
        self.label = 0
        self.secret = b""
        self.host = ""
        """The address that a reply must come from."""
        self.sent = NEVER
        """Both clocks just before it was handed to the kernel."""
        self.deadline_ns = 0
        self.drops = 0
        """What the socket had dropped when this packet left."""
        self.stamp_id = -1
        self.left_ns: int | None = None
        """The kernel's transmit stamp."""
        self.came_ns: int | None = None
        """The kernel's receive stamp of its reply."""
        self.read: Instant | None = None
        """Both clocks when its reply was in our hands."""
        self.rtt: int | None = None
        self.timing = Timing.KERNEL

    def settle(self, state: State, failure: Failure | None) -> None:
        """Say once and for all what became of the packet."""
        self.state = state
        self.failure = failure
        self.flight.unsettled -= 1


class Flight:
    """One slot's packets of one target, until they are a `Round`."""

    __slots__ = (
        "closed",
        "done",
        "expected",
        "first",
        "id",
        "packets",
        "route",
        "size",
        "slot",
        "target",
        "timeout_ns",
        "unsettled",
    )

    def __init__(self, target: Target, slot: Slot, route: Route | Failure, size: int = 0) -> None:
        self.target = target
        self.slot = slot
        self.route = route
        self.size = size
        """Payload bytes of each packet."""
        self.packets: list[Packet] = []
        self.expected = target.options.packets_a_round
        self.timeout_ns = target.options.timeout.ms * NS_PER_MS
        self.unsettled = 0
        """Packets of which it is not known what became of them."""
        self.id = 0
        self.first = 0
        """The first packet's sequence number."""
        self.closed = False
        """No further packet will be handed over: the slot is over."""
        self.done = False

    def board(self) -> Packet:
        """The next packet; it is to be settled."""
        packet = Packet(self)
        self.packets.append(packet)
        self.unsettled += 1
        return packet

    def finished(self) -> bool:
        """Whether nothing more can change."""
        return not self.unsettled and (self.closed or len(self.packets) >= self.expected)

    def conclude(self) -> Round:
        """The round that the packets add up to."""
        failures = [one.failure for one in self.packets if one.failure]
        reason, detail = explain(failures, len(self.packets))
        counted = [one for one in self.packets if one.failure is None or one.failure.reason not in NOT_SENT]
        answered = [one for one in counted if one.state is State.ANSWERED]
        return Round(
            series=self.target.series,
            at_ms=self.slot.at_ms,
            every_ms=self.slot.every_ms,
            epoch=self.slot.epoch,
            sent=len(counted),
            received=len(answered),
            rtts=tuple(one.rtt for one in counted),
            reason=reason,
            detail=detail,
            timing=max((one.timing for one in answered), default=Timing.KERNEL),
        )


def explain(failures: list[Failure], packets: int) -> tuple[Reason, str]:
    """The reason of a round with these failures among its packets, and what to say of it."""
    if not failures:
        return Reason.NONE, ""
    reasons = Counter(one.reason for one in failures)
    reason = max(reasons, key=lambda one: (reasons[one], -_LEAST_BLAME.index(one)))
    kinds = Counter(failures)
    ranked = sorted(kinds, key=lambda one: (one.reason is not reason, -kinds[one], one.detail))
    return reason, "; ".join(_say(one, kinds[one], packets) for one in ranked)


def _say(failure: Failure, count: int, packets: int) -> str:
    if failure.reason is Reason.TIMEOUT:
        return f"{count} of {packets} {failure.detail}"
    return failure.detail if count == packets else f"{count} of {packets}: {failure.detail}"
