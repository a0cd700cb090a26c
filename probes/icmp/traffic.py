"""All that is out: rounds by slot, packets by label, and when something is due. No I/O, no clock.

Packets with the same time-out fall due in the order they were sent, so each time-out has one queue
and a packet costs an append and a pop, not a timer.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator

from probes.icmp.flight import Flight, Packet, State
from probes.model import Slot, Target

REMEMBERED = 16_384
"""So many settled packets are kept, to tell a doubled or late answer from a stray."""

Key = tuple[int, int, int]


def key_of(target: Target, slot: Slot) -> Key:
    """What makes a round: series, slot and epoch."""
    return target.series, slot.at_ms, slot.epoch


class Traffic:
    """Rounds in the making and packets, flying or remembered."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.flights: dict[Key, Flight] = {}
        self.packets: dict[int, Packet] = {}
        """By label (id << 16 | sequence)."""
        self.flying = 0
        self.flying_peak = 0
        self._remembered = remembered
        self._queues: dict[int, deque[Packet]] = {}
        self._settled: deque[Packet] = deque()
        self._closings: list[tuple[int, int, Flight]] = []
        self._boarded = 0

    def board(self, key: Key, flight: Flight, closes_ns: int) -> None:
        """Take a round in; at `closes_ns` it has all the packets that it will ever have."""
        self.flights[key] = flight
        self._boarded += 1
        heapq.heappush(self._closings, (closes_ns, self._boarded, flight))

    def leave(self, flight: Flight) -> None:
        """A round is finished: a packet of its slot would begin a new one."""
        flight.done = True
        del self.flights[key_of(flight.target, flight.slot)]

    def launch(self, packet: Packet) -> None:
        """Take a packet in that has just left; its label and deadline are set."""
        self.packets[packet.label] = packet
        timeout_ns = packet.flight.timeout_ns
        queue = self._queues.get(timeout_ns)
        if queue is None:
            queue = self._queues[timeout_ns] = deque()
        queue.append(packet)
        self.flying += 1
        if self.flying > self.flying_peak:
            self.flying_peak = self.flying

    def overdue(self, now_ns: int) -> Iterator[Packet]:
        """Flying packets whose time-out has passed."""
        for queue in self._queues.values():
            self._tidy(queue)
            while queue and queue[0].deadline_ns <= now_ns:
                packet = queue.popleft()
                self._remember(packet)
                yield packet
                self._tidy(queue)

    def closing(self, now_ns: int) -> Iterator[Flight]:
        """Unfinished rounds whose slot is over."""
        while self._closings and (self._closings[0][2].done or self._closings[0][0] <= now_ns):
            flight = heapq.heappop(self._closings)[2]
            if not flight.done:
                yield flight

    def next_due(self) -> int | None:
        """When `overdue` or `closing` will next have something, None when nothing is out."""
        due = [self._closings[0][0]] if self._closings else []
        for timeout_ns, queue in list(self._queues.items()):
            self._tidy(queue)
            if queue:
                due.append(queue[0].deadline_ns)
            else:
                del self._queues[timeout_ns]
        return min(due, default=None)

    def _tidy(self, queue: deque[Packet]) -> None:
        """Move settled packets from the queue's head to memory."""
        while queue and queue[0].state is not State.FLYING:
            self._remember(queue.popleft())

    def _remember(self, packet: Packet) -> None:
        self._settled.append(packet)
        if len(self._settled) > self._remembered:
            del self.packets[self._settled.popleft().label]
