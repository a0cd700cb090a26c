"""The process that is the WAN: it reads packets from one TUN device and writes them to the other.

    python -m tests.lab.carrier CONTROL_FD SEED NAMESPACE:DEVICE NAMESPACE:DEVICE

Orders come as JSON lines over the control socket, each is answered with one line; its end is the
end of the process. It runs with real-time priority where it may, sleeps until shortly before a
packet is due and polls the rest, so that the delay doesn't depend on what the tests do meanwhile:
what it adds of its own is the kernel's time to wake it.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import heapq
import json
import os
import random
import select
import socket
import struct
import sys
from dataclasses import dataclass, field
from typing import Any

from probes.clock import SystemClock
from tests.lab import netns

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PR_SET_TIMERSLACK = 29
POLL_NS = 250_000
"""A sleep may end so much too late; the rest is polled."""
QUEUE_NS = 1_000_000_000
"""How much a rate-limited direction holds before it drops from the tail."""
LONGEST_PACKET = 65_536


@dataclass
class Direction:
    """One way across: what it does to packets, and what it did so far."""

    out: int
    dice: random.Random
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    rate_bits: float = 0.0
    free_ns: int = 0
    newest_ns: int = 0
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("entered", "lost", "cut", "overflowed", "duplicated", "reordered", "delivered"), 0
        )
    )

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] += number

    def moments(self, now_ns: int, length: int) -> list[int]:
        """When the packet that entered now comes out: never, once or twice."""
        self.count("entered")
        if self.dice.random() < self.loss:
            self.count("lost")
            return []
        due = self._serialised(now_ns, length)
        if due is None:
            self.count("overflowed")
            return []
        due += round((self.delay_ms + self.dice.uniform(-self.jitter_ms, self.jitter_ms)) * 1e6)
        if self.dice.random() < self.reorder:
            self.count("reordered")
            due = now_ns  # overtakes all that is on its way, as netem's reorder does
        else:
            due = self.newest_ns = max(due, self.newest_ns)  # jitter alone keeps the order
        if self.dice.random() < self.duplicate:
            self.count("duplicated")
            return [due, due]
        return [due]

    def _serialised(self, now_ns: int, length: int) -> int | None:
        """When its last bit has left a line of that rate; None when the queue before it is full."""
        if not self.rate_bits:
            return now_ns
        start = max(now_ns, self.free_ns)
        if start - now_ns > QUEUE_NS:
            return None
        self.free_ns = start + round(length * 8 / self.rate_bits * 1e9)
        return self.free_ns


class Carrier:
    """Both directions, what is on its way, and the orders."""

    def __init__(self, tuns: tuple[int, int], control: socket.socket, seed: int) -> None:
        self._clock = SystemClock()
        self._control = control
        self._orders = control.makefile("rb")
        self._ways = {  # by the device where a packet enters
            tuns[0]: Direction(tuns[1], random.Random(f"{seed} there")),
            tuns[1]: Direction(tuns[0], random.Random(f"{seed} back")),
        }
        self._names = dict(zip(("there", "back"), self._ways.values(), strict=True))
        self._queue: list[tuple[int, int, Direction, bytes]] = []
        self._order = 0
        self._cut = False

    def serve(self) -> None:
        """Carry packets and obey until the control socket ends."""
        watched = [self._control.fileno(), *self._ways]
        while True:
            ready, _, _ = select.select(watched, (), (), self._nap())
            for tun in ready:
                if tun in self._ways:
                    self._take(tun)
            self._deliver()
            if self._control.fileno() in ready and not self._obey():
                return

    def _nap(self) -> float | None:
        if not self._queue:
            return None
        return max(0, self._queue[0][0] - self._clock.now().mono_ns - POLL_NS) / 1e9

    def _take(self, tun: int) -> None:
        packet, now_ns, way = os.read(tun, LONGEST_PACKET), self._clock.now().mono_ns, self._ways[tun]
        if self._cut:
            way.count("entered")
            way.count("cut")
            return
        for due in way.moments(now_ns, len(packet)):
            self._order += 1
            heapq.heappush(self._queue, (due, self._order, way, packet))

    def _deliver(self) -> None:
        while self._queue and self._queue[0][0] <= self._clock.now().mono_ns:
            _, _, way, packet = heapq.heappop(self._queue)
            way.count("delivered")
            try:
                os.write(way.out, packet)
            except OSError:  # the device at the far end is down: as good as a cut there
                way.count("delivered", -1)
                way.count("cut")

    def _obey(self) -> bool:
        line = self._orders.readline()
        if not line:
            return False
        answer = self._order_of(json.loads(line))
        self._control.sendall(json.dumps(answer).encode() + b"\n")
        return True

    def _order_of(self, order: dict[str, Any]) -> dict[str, Any]:
        match order.pop("do"):
            case "cut":
                self._cut = True
                for _, _, way, _ in self._queue:  # what is on its way goes down with the line
                    way.count("cut")
                self._queue.clear()
            case "restore":
                self._cut = False
            case "set":
                for name in order.pop("ways"):
                    for key, value in order.items():
                        setattr(self._names[name], key, value)
            case "counts":
                return {name: way.counts for name, way in self._names.items()}
        return {"wall_ns": self._clock.now().wall_ns}


def open_tun(namespace: str, device: str) -> int:
    """A TUN device made in the namespace, as a descriptor; the device goes when it is closed."""
    with netns.entered(namespace):
        tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def be_punctual() -> None:
    """No garbage collection, exact timers, and before all others where the system allows it."""
    gc.disable()
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except PermissionError:
        os.nice(-20)


def main() -> None:
    """Open both devices, say so, and carry."""
    control = socket.socket(fileno=int(sys.argv[1]))
    first, second = (open_tun(*end.rsplit(":", 1)) for end in sys.argv[3:5])
    be_punctual()
    control.sendall(b'{"ready": true}\n')
    Carrier((first, second), control, int(sys.argv[2])).serve()


if __name__ == "__main__":
    main()
