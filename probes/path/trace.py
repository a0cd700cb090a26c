"""What a trace asks next, and what it knows so far. Pure: no sockets, no timers.

Each hop is asked `queries` times, one packet after the other was answered or lost, all hops beside
each other; of those that may be asked the one with the fewest packets goes first, the nearest of
them. A hop may be asked when it lies at most `gap` beyond the farthest that answered: so a path that
breaks is given up after `gap` silent hops, and a target is hardly ever sent more than it has to be.

The trace ends at the nearest hop where the target answered or somebody said that it can't be
delivered. An answer that took longer than `wait` is a loss. A packet that is still out when the trace
is cut off is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from probes.clock import Instant
from probes.failure import IcmpError
from probes.model import RTT_UNIT_NS, Timing
from probes.path.marks import Answer
from probes.stamps import measure


class Ended(StrEnum):
    """Why a trace asks no further."""

    TARGET = "target"
    """It answered."""
    ERROR = "error"
    """A router says that it can't deliver."""
    SILENCE = "silence"
    """`gap` hops in a row said nothing."""
    MAX_HOPS = "max_hops"
    TIMEOUT = "timeout"
    """The trace's own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How far and how often to ask, and how long to wait for one answer."""

    max_hops: int
    queries: int
    gap: int
    wait_ns: int


@dataclass(slots=True, eq=False)
class Packet:
    """One packet; `answer` and `rtt` (units of 100 ns) once it was answered in time."""

    ttl: int
    sent: Instant
    due_ns: int
    left_ns: int | None = None
    answer: Answer | None = None
    rtt: int | None = None
    timing: Timing = Timing.KERNEL
    settled: bool = False


@dataclass(slots=True)
class Hop:
    """What was asked of one hop, in sending order."""

    ttl: int
    packets: list[Packet] = field(default_factory=list)

    @property
    def waiting(self) -> bool:
        """Whether its last packet is still out."""
        return bool(self.packets) and not self.packets[-1].settled

    @property
    def answers(self) -> list[Answer]:
        """What came back in time."""
        return [one.answer for one in self.packets if one.answer]


class Trace:
    """The state of one trace to the address `target`."""

    def __init__(self, target: str, plan: Plan) -> None:
        self.target = target
        self.plan = plan
        self.own_error: IcmpError | None = None
        """Our own host said that it can't send."""
        self._hops = [Hop(ttl) for ttl in range(1, plan.max_hops + 1)]
        self._packets: list[Packet] = []
        self._stamps: dict[int, Packet] = {}
        self._cut = False

    @property
    def next_index(self) -> int:
        """The number of the packet that is sent next."""
        return len(self._packets)

    @property
    def last(self) -> int:
        """The farthest hop that answered, 0 while none has."""
        return max((hop.ttl for hop in self._hops if hop.answers), default=0)

    @property
    def final(self) -> int | None:
        """The nearest hop beyond which nobody needs to be asked."""
        ends = (hop.ttl for hop in self._hops if not all(one.in_transit for one in hop.answers))
        return min(ends, default=None)

    def hops(self) -> Sequence[Hop]:
        """The hops that were asked, none beyond the final one."""
        return [hop for hop in self._hops[: self.final] if hop.packets]

    def due_hop(self) -> int | None:
        """Whom to ask now, None when there is nobody."""
        ready = [hop for hop in self._reachable() if not hop.waiting and len(hop.packets) < self.plan.queries]
        chosen = min(ready, key=lambda hop: len(hop.packets), default=None)
        return None if chosen is None or self.own_error else chosen.ttl

    @property
    def done(self) -> bool:
        """Whether nothing more is to be asked or waited for."""
        if self.own_error:
            return True
        return self.due_hop() is None and not any(hop.waiting for hop in self._reachable())

    def next_due(self) -> int | None:
        """When the next packet's wait will be over, in monotonic nanoseconds."""
        return min((one.due_ns for one in self._packets if not one.settled), default=None)

    def sent(self, ttl: int, now: Instant, stamp: int) -> None:
        """The next packet has left; `stamp` is the number that its transmit stamp will have."""
        packet = Packet(ttl, now, now.mono_ns + self.plan.wait_ns)
        self._packets.append(packet)
        self._hops[ttl - 1].packets.append(packet)
        self._stamps[stamp] = packet

    def forget_stamps(self) -> None:
        """Stamps are numbered afresh: those that haven't come can't be told apart any more."""
        self._stamps.clear()

    def departed(self, stamp: int, left_ns: int) -> None:
        """The kernel says when a packet left."""
        packet = self._stamps.pop(stamp, None)
        if packet:
            packet.left_ns = left_ns

    def answered(self, answer: Answer, read: Instant) -> None:
        """Something came back, and was in our hands at `read`."""
        packet = self._packets[answer.index]
        if packet.settled:
            return
        measured = measure(packet.sent, packet.left_ns, answer.came_ns, read)
        packet.settled = True
        if measured.rtt * RTT_UNIT_NS <= self.plan.wait_ns:
            packet.answer, packet.rtt, packet.timing = answer, measured.rtt, measured.timing

    def refuse(self, answer: Answer) -> None:
        """Our own host says that a packet can't be delivered, so none can."""
        self._packets[answer.index].settled = True
        self.own_error = answer.error

    def expire(self, now_ns: int) -> None:
        """Whose wait is over is lost."""
        for packet in self._packets:
            if packet.due_ns <= now_ns:
                packet.settled = True

    def cut(self) -> None:
        """Time is up: what is still out never was."""
        self._cut = not self.done
        for hop in self._hops:
            hop.packets = [one for one in hop.packets if one.settled]

    @property
    def reached(self) -> bool:
        """Whether the target itself answered, with whatever."""
        return self.final is not None and any(map(self.by_target, self._hops[self.final - 1].answers))

    def by_target(self, answer: Answer) -> bool:
        """Whether it is the target's own answer."""
        return answer.source == self.target and not answer.in_transit

    @property
    def ended(self) -> Ended:
        """Why no more is asked."""
        if self._cut:
            return Ended.TIMEOUT
        if self.final is not None:
            return Ended.TARGET if self.reached else Ended.ERROR
        return Ended.MAX_HOPS if self.last + self.plan.gap >= self.plan.max_hops else Ended.SILENCE

    def _reachable(self) -> Sequence[Hop]:
        """The hops that may be asked."""
        return self._hops[: self.last + self.plan.gap if self.final is None else self.final]
