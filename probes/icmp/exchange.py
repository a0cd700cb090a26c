"""What comes back, and what it settles. Reads the sockets; knows neither event loop nor timers.

A reply is a request's when id, sequence number, source address and a random 64-bit key agree. An
answer that took longer than the time-out is a loss, even if it is read in time; one that came in
time is an answer, even if it is read late. An ICMP error does not end a packet, since anyone may
send one: it is the reason if no answer comes before the time-out.
"""

from __future__ import annotations

from collections.abc import Callable

from probes.clock import NS_PER_MS, Clock, Instant
from probes.icmp import causes
from probes.icmp.flight import Flight, Packet, State
from probes.icmp.lane import Lane, Lanes
from probes.icmp.socket import Departure
from probes.icmp.statistics import IcmpStatistics
from probes.icmp.traffic import Traffic
from probes.icmp.wire import Refusal, Reply, Version, parse
from probes.model import RTT_UNIT_NS, Failure
from probes.stamps import measure

READ_AT_ONCE = 256
"""So many datagrams are read before others get the event loop, about a millisecond's work."""
STAMP_GRACE_NS = 20 * NS_PER_MS
"""How long an answered packet waits for its transmit stamp, should that come after the reply."""


class Exchange:
    """Matches what the sockets give to what is out; `finished` is called with each settled round."""

    def __init__(
        self,
        clock: Clock,
        lanes: Lanes,
        traffic: Traffic,
        count: IcmpStatistics,
        finished: Callable[[Flight], None],
    ) -> None:
        self._clock = clock
        self._lanes = lanes
        self._traffic = traffic
        self._count = count
        self._finished = finished
        self._held: list[Packet] = []
        """Answered packets whose transmit stamp has not come yet."""

    def read_all(self) -> bool:
        """Take what has come in on any socket that has packets out; False when there is more."""
        drained = [self.read(lane) for lane in self._lanes.open() if lane.flying]
        return all(drained)

    def read(self, lane: Lane) -> bool:
        """Take what has come in on one socket; False when there is more.

        Replies are read before the error queue: whatever was stamped before they came is then known.
        """
        arrivals = lane.socket.arrivals(READ_AT_ONCE)
        expected = lane.awaiting or not lane.socket.raw
        notices = lane.socket.notices(2 * READ_AT_ONCE) if expected else []
        now = self._clock.now()
        version, framed = lane.socket.version, lane.socket.framed
        for notice in notices:
            if not isinstance(notice, Departure):
                self._refuse(version, notice.refusal, notice.source)
            elif (packet := lane.awaiting.pop(notice.number, None)) is not None:
                packet.left_ns = notice.left_ns
        for data, came_ns, source in arrivals:
            message = parse(version, data, framed=framed)
            if isinstance(message, Reply):
                self._answer(lane, message, source, came_ns, now)
            elif message is not None:
                self._refuse(version, message, source)
        if self._held:
            self._release(now)
        drained = len(arrivals) < READ_AT_ONCE and len(notices) < 2 * READ_AT_ONCE
        if drained:
            lane.unread = 0
        return drained

    def expire(self) -> bool:
        """Settle what is overdue; False, and nothing done, while there is more to read first.

        So a busy event loop never turns an answer that waits in the socket into a loss.
        """
        now_ns = self._clock.now().mono_ns
        if not self.read_all():
            return False
        self.watch_drops()
        for packet in self._traffic.overdue(now_ns):
            if packet.read is not None:
                self._arrive(packet, packet.read)
            elif packet.lane is not None and packet.lane.drops > packet.drops:
                self._lose(packet, causes.overrun(packet.lane.drops - packet.drops))
            else:
                self._lose(packet, packet.failure or _silence(packet))
        for flight in self._traffic.closing(now_ns):
            flight.closed = True
            self._finish(flight)
        return True

    def next_due(self) -> int | None:
        """When `expire` will next have something to do, in monotonic nanoseconds."""
        due = self._traffic.next_due()
        if not self._held:
            return due
        held_ns = self._clock.now().mono_ns + STAMP_GRACE_NS
        return held_ns if due is None else min(due, held_ns)

    def fail(self, packet: Packet, failure: Failure) -> None:
        """Settle a packet that never left."""
        packet.settle(State.FAILED, failure)
        self._finish(packet.flight)

    def watch_drops(self) -> None:
        """Ask each socket what its receive buffer has refused."""
        for lane in self._lanes.open():
            drops = lane.socket.drops()
            self._count.drops += drops - lane.drops
            lane.drops = drops

    def _answer(self, lane: Lane, reply: Reply, source: str, came_ns: int | None, now: Instant) -> None:
        packet = self._traffic.packets.get(reply.label)
        if packet is None or packet.secret != reply.secret or packet.host != source:
            self._count.strays += 1
        elif packet.read is not None:
            self._count.duplicates += 1
        elif packet.state is not State.FLYING:
            packet.read = now
            self._count.late += 1
        else:
            packet.came_ns, packet.read = came_ns, now
            if packet.left_ns is None and packet.stamp_id in lane.awaiting:
                self._held.append(packet)
            else:
                self._arrive(packet, now)

    def _release(self, now: Instant) -> None:
        """Settle held packets whose transmit stamp has come, or will not come any more."""
        held, self._held = self._held, []
        for packet in held:
            if packet.state is not State.FLYING or packet.read is None:
                continue
            if packet.left_ns is None and now - packet.read < STAMP_GRACE_NS:
                self._held.append(packet)
            else:
                self._arrive(packet, packet.read)

    def _arrive(self, packet: Packet, read: Instant) -> None:
        """Settle a packet by the reply that was in our hands at `read`."""
        measured = measure(packet.sent, packet.left_ns, packet.came_ns, read)
        self._count.stamps_missing += (packet.left_ns is None) + (packet.came_ns is None)
        self._count.stamps_discarded += measured.discarded
        if measured.rtt * RTT_UNIT_NS > packet.flight.timeout_ns:
            self._count.late += 1
            self._lose(packet, _silence(packet))
            return
        self._count.received += 1
        packet.rtt, packet.timing = measured.rtt, measured.timing
        packet.settle(State.ANSWERED, None)
        self._land(packet)

    def _refuse(self, version: Version, refusal: Refusal, source: str) -> None:
        """Note an ICMP error on the packet that it quotes."""
        packet = self._traffic.packets.get(refusal.label)
        if (
            packet is None
            or (refusal.destination and refusal.destination != packet.host)
            or (refusal.secret and refusal.secret != packet.secret)
        ):
            self._count.strays += 1
            return
        self._count.errors += 1
        if packet.state is State.FLYING:
            packet.failure = causes.refused(version, refusal, source)

    def _lose(self, packet: Packet, failure: Failure) -> None:
        packet.settle(State.FAILED, failure)
        self._land(packet)

    def _land(self, packet: Packet) -> None:
        """A packet that was out is settled."""
        if packet.lane is not None:
            packet.lane.land(packet)
        self._traffic.flying -= 1
        self._finish(packet.flight)

    def _finish(self, flight: Flight) -> None:
        if flight.finished():
            self._traffic.leave(flight)
            self._finished(flight)


def _silence(packet: Packet) -> Failure:
    return causes.unanswered(packet.flight.target.options.timeout.ms)
