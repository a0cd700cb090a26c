"""Echo requests to many targets over shared sockets, and the rounds that come of them.

How it measures: one request a shot, never repeated; the round-trip time is the one between the
kernel's transmit and receive stamps (`stamps`). What counts as an answer is said in `exchange`,
what a round's reason is in `flight`.
"""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from probes.clock import NS_PER_MS, Clock
from probes.icmp import causes
from probes.icmp.exchange import Exchange
from probes.icmp.flight import Flight, Packet
from probes.icmp.lane import Lane, Lanes
from probes.icmp.options import IcmpOptions, check_address
from probes.icmp.route import Route, find_route
from probes.icmp.socket import Mode
from probes.icmp.statistics import IcmpStatistics
from probes.icmp.traffic import Traffic, key_of
from probes.icmp.wire import KEY_BYTES, PREFIX_BYTES, build_request
from probes.model import Failure, Outcome, ProbeOptions, Resolver, Shot

SEND_AT_ONCE = 64
"""So many packets leave before others get the event loop, about a millisecond's work."""
COALESCE_NS = 10 * NS_PER_MS
"""Time-outs are looked after so much late, several at once; it does not move what counts as late."""
FULL_WAIT_NS = NS_PER_MS
FULL_TRIES = 50
"""A full send buffer is tried again so often, so long apart."""
UNCLAIMED_ROUNDS = 100_000
"""Finished rounds that may wait for a reader of `batches`."""
_RANDOM_IDS = struct.Struct("=HH")


class IcmpEngine:
    """Measures many targets over one socket an IP version.

    Opening raises PingPermissionError, which names both ways out, when this process may open no ICMP
    socket. An IP version that the host does not have is each such target's own reason. All methods
    belong to the event loop on which the engine is used.
    """

    options: ClassVar[type[ProbeOptions]] = IcmpOptions

    def __init__(self, clock: Clock, resolver: Resolver, *, mode: Mode | str = Mode.AUTO) -> None:
        self._clock = clock
        self._resolver = resolver
        self._prefix = os.urandom(PREFIX_BYTES)
        self._lanes = Lanes(Mode(mode), self._prefix, clock.now().mono_ns)
        self._traffic = Traffic()
        self._count = IcmpStatistics()
        self._exchange = Exchange(clock, self._lanes, self._traffic, self._count, self._publish)
        self._outcomes: list[Outcome] = []
        self._news = asyncio.Event()
        self._closed = False
        self._aim_ns: int | None = None
        self._sleeper: asyncio.Task[None] | None = None

    @classmethod
    def check_address(cls, address: str) -> str:
        """An IP address in its usual spelling, a host name, or `gateway`; else ValueError."""
        return check_address(address)

    async def send(self, shots: Sequence[Shot]) -> None:
        """Send what is due, reading in between so that no buffer runs over.

        Raises only cancellation. What could not be sent is its round's reason.
        """
        self._lanes.rotate(self._clock.now().mono_ns)
        for number, shot in enumerate(shots, 1):
            if number % SEND_AT_ONCE == 0:
                self._exchange.read_all()
                self._lanes.rotate(self._clock.now().mono_ns)
                await asyncio.sleep(0)
            if self._closed:
                return
            packet = self._board(shot)
            route = packet.flight.route
            if isinstance(route, Failure):
                self._exchange.fail(packet, route)
            else:
                await self._dispatch(packet, route)
        if not self._closed:
            self._exchange.read_all()
            self._arm()

    async def batches(self) -> AsyncIterator[Sequence[Outcome]]:
        """Finished rounds, all that finished in one turn of the event loop at once, until `aclose`."""
        while not self._closed or self._outcomes:
            await self._news.wait()
            self._news.clear()
            batch, self._outcomes = self._outcomes, []
            if batch:
                yield batch

    async def aclose(self) -> None:
        """Close the sockets. Rounds in flight never come; finished ones can still be read."""
        self._closed = True
        if self._sleeper is not None:
            self._sleeper.cancel()
            await asyncio.wait([self._sleeper])
        for lane in self._lanes.open():
            self._shut(lane)
        self._lanes.forget()
        self._news.set()

    def statistics(self) -> dict[str, Any]:
        """`IcmpStatistics` by field name."""
        self._exchange.watch_drops()
        self._count.buffer_bytes = sum(lane.socket.buffer_bytes() for lane in self._lanes.open())
        self._count.outstanding = self._traffic.flying
        self._count.outstanding_peak = self._traffic.flying_peak
        return asdict(self._count)

    def _board(self, shot: Shot) -> Packet:
        """A packet of the shot's round, which begins with its first packet."""
        key = key_of(shot.target, shot.slot)
        flight = self._traffic.flights.get(key)
        if flight is None:
            flight = self._depart(shot)
            self._traffic.board(key, flight, self._closes_ns(flight))
        return flight.board()

    def _depart(self, shot: Shot) -> Flight:
        target, options = shot.target, shot.target.options
        if not isinstance(options, IcmpOptions):
            raise TypeError(f"an ICMP target needs IcmpOptions, not {type(options).__name__}")
        literal = self._resolver.current(target.address, target.via)
        route = literal if isinstance(literal, Failure) else find_route(literal, target.via, options.dscp)
        flight = Flight(target, shot.slot, route, options.size)
        flight.id, flight.first = _RANDOM_IDS.unpack(os.urandom(_RANDOM_IDS.size))
        return flight

    def _closes_ns(self, flight: Flight) -> int:
        """When the round is over even if packets were never handed over.

        Its slot, the spacing by which its last packet may leave late, and a time-out.
        """
        now, slot = self._clock.now(), flight.slot
        late_ms = slot.every_ms // max(flight.target.options.packets_a_round, 1)
        left_ns = (slot.at_ms + slot.every_ms + late_ms) * NS_PER_MS - now.wall_ns
        return now.mono_ns + max(0, left_ns) + flight.timeout_ns

    async def _dispatch(self, packet: Packet, route: Route) -> None:
        """Get the packet out; what fails twice, or can't succeed, is its round's reason."""
        attempt = 0
        while True:
            lane = self._lanes.take(route.version)
            if isinstance(lane, Failure):
                self._exchange.fail(packet, lane)
                return
            error = self._transmit(packet, route, lane)
            if error is None:
                return
            self._exchange.read(lane)
            lane.realign()
            attempt += 1
            if not _worth_another(error, lane, attempt):
                self._count.refused += 1
                self._exchange.fail(packet, causes.not_sent(error))
                return
            if isinstance(error, BlockingIOError):
                await self._clock.sleep_until(self._clock.now().mono_ns + FULL_WAIT_NS)
            if self._closed:
                return

    def _transmit(self, packet: Packet, route: Route, lane: Lane) -> OSError | None:
        """Hand the packet to the kernel; the error when that did not take it."""
        flight = packet.flight
        packet.label = self._label(packet, lane)
        packet.secret = self._prefix + os.urandom(KEY_BYTES)
        request = build_request(route.version, packet.label, packet.secret, flight.size)
        packet.sent = self._clock.now()
        try:
            packet.stamp_id = lane.socket.send(request, route)
        except OSError as error:
            return error
        packet.host = route.host
        packet.deadline_ns = packet.sent.mono_ns + flight.timeout_ns
        self._traffic.launch(packet)
        self._count.sent += 1
        if not lane.launch(packet, flight.size):
            self._exchange.read(lane)
        if not lane.listening:
            self._listen(lane)
        return None

    def _label(self, packet: Packet, lane: Lane) -> int:
        """An id and sequence number that no packet out or remembered has."""
        taken, flight = self._traffic.packets, packet.flight
        if lane.socket.id is not None:
            while (label := lane.next_label(lane.socket.id)) in taken:
                pass
            return label
        sequence = (flight.first + len(flight.packets)) & 0xFFFF
        while (label := flight.id << 16 | sequence) in taken:
            flight.id = _RANDOM_IDS.unpack(os.urandom(_RANDOM_IDS.size))[0]
        return label

    def _listen(self, lane: Lane) -> None:
        lane.listening = True
        asyncio.get_running_loop().add_reader(lane.socket.fileno(), self._wake, lane)

    def _wake(self, lane: Lane) -> None:
        """The kernel has something on this socket."""
        self._exchange.read(lane)
        self._arm()

    def _arm(self) -> None:
        """See to it that `_sleep` wakes when something is due."""
        due = self._exchange.next_due()
        if due is None or self._closed or (self._aim_ns is not None and self._aim_ns <= due):
            return
        if self._sleeper is not None:
            self._sleeper.cancel()
        self._aim_ns = due
        self._sleeper = asyncio.create_task(self._sleep(due + COALESCE_NS))

    async def _sleep(self, until_ns: int) -> None:
        await self._clock.sleep_until(until_ns)
        self._aim_ns = self._sleeper = None
        if self._exchange.expire():
            for lane in self._lanes.idle():
                self._shut(lane)
        self._arm()

    def _publish(self, flight: Flight) -> None:
        """A round is finished."""
        if len(self._outcomes) < UNCLAIMED_ROUNDS:
            self._outcomes.append(Outcome(flight.conclude()))
        else:
            self._count.unclaimed += 1
        flight.packets = []  # they point back at it; so no work is left for the garbage collector
        self._news.set()

    def _shut(self, lane: Lane) -> None:
        if lane.listening:
            asyncio.get_running_loop().remove_reader(lane.socket.fileno())
        lane.socket.close()


def _worth_another(error: OSError, lane: Lane, attempt: int) -> bool:
    """Whether a send that failed may succeed yet."""
    if isinstance(error, BlockingIOError):
        return attempt < FULL_TRIES
    # The kernel reports the ICMP errors of a datagram socket to whatever call comes next.
    return attempt == 1 and not lane.socket.raw
