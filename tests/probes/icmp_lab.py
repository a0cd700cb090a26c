"""Peers that misbehave on purpose, private networks, and a clock that can be moved: for the ICMP tests."""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from probes.clock import NS_PER_MS, Instant, SystemClock
from probes.icmp.engine import IcmpEngine
from probes.icmp.options import IcmpOptions
from probes.icmp.wire import V4, V6, Version, build_request, checksum
from probes.model import NO_VIA, Failure, Round, Shot, Slot, Target, Via
from probes.values import Duration

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


class Names:
    """A resolver that knows what it was told, and every literal."""

    def __init__(self, known: Mapping[str, str | Failure] | None = None) -> None:
        self.known = dict(known or {})

    def current(self, address: str, via: Via) -> str | Failure:
        return self.known.get(address, address)

    async def resolve(self, address: str, via: Via = NO_VIA) -> str | Failure:
        return self.known.get(address, address)


class MovedClock:
    """The system's clocks, with an offset on each that a test may change."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._moved = asyncio.Event()
        self.mono_ns = 0
        self.wall_ns = 0

    def now(self) -> Instant:
        now = self._system.now()
        return Instant(now.wall_ns + self.wall_ns, now.mono_ns + self.mono_ns)

    def jump(self, ms: int) -> None:
        """Let time pass at once, for those who sleep too."""
        self.mono_ns += ms * NS_PER_MS
        self.wall_ns += ms * NS_PER_MS
        self._moved.set()
        self._moved = asyncio.Event()

    def slept_ns(self) -> int:
        return self._system.slept_ns()

    async def sleep_until(self, mono_ns: int) -> None:
        while (left_ns := mono_ns - self.now().mono_ns) > 0:
            moved = asyncio.create_task(self._moved.wait())
            try:
                await asyncio.wait([moved], timeout=left_ns / 1e9)
            finally:
                moved.cancel()


@contextmanager
def private_network(*, up: bool = True) -> Iterator[int]:
    """This thread in a network of its own, which has nothing but a loopback; gives its descriptor."""
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        if _LIBC.unshare(_CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        inside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            if up:
                run("ip link set lo up")
            yield inside
        finally:
            os.close(inside)
    finally:
        enter(outside)
        os.close(outside)


def enter(network: int) -> None:
    """Move this thread to a network."""
    if _LIBC.setns(network, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def run(*commands: str) -> None:
    """Run each command in this thread's network."""
    for command in commands:
        subprocess.run(command.split(), check=True, capture_output=True)


def sysctl(name: str, value: str) -> None:
    Path("/proc/sys", *name.split(".")).write_text(value)


@contextmanager
def unprivileged() -> Iterator[None]:
    """As nobody, without any capability."""
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@dataclass(frozen=True)
class Request:
    """An echo request as its target saw it."""

    id: int
    sequence: int
    payload: bytes
    destination: str
    tos: int
    packet: bytes
    """From the IP header on; for IPv6 from the ICMPv6 header on."""

    @property
    def label(self) -> int:
        return self.id << 16 | self.sequence


def reply(request: Request, **changes: int | bytes) -> bytes:
    """The echo reply to a request, with `id`, `sequence` or `payload` changed."""
    number = int(changes.get("id", request.id))
    sequence = int(changes.get("sequence", request.sequence))
    payload = bytes(changes.get("payload", request.payload))
    body = struct.pack("!HH", number, sequence) + payload
    return struct.pack("!BBH", 0, 0, checksum(struct.pack("!BBH", 0, 0, 0) + body)) + body


def error(kind: int, code: int, quote: bytes, rest: int = 0) -> bytes:
    """An ICMP error that quotes a packet."""
    body = struct.pack("!I", rest) + quote
    return struct.pack("!BBH", kind, code, checksum(struct.pack("!BBH", kind, code, 0) + body)) + body


Answer = tuple[bytes, str]
"""An ICMP packet and the source address that it comes from."""


class Peer:
    """Stands for every address of the private network's loopback: the kernel is told to be silent.

    What it does with a request is a function of the test's: the answers to give, perhaps none.
    """

    def __init__(self, behaviour: Callable[[Request], Sequence[Answer]] = lambda request: ()) -> None:
        self.behaviour = behaviour
        self.requests: list[Request] = []
        self.seen = asyncio.Event()

    async def __aenter__(self) -> Self:
        sysctl("net.ipv4.icmp_echo_ignore_all", "1")
        self._in = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._in.setblocking(False)
        self._out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        asyncio.get_running_loop().add_reader(self._in, self._take)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._in)
        self._in.close()
        self._out.close()

    def say(self, packet: bytes, source: str, destination: str = "127.0.0.1") -> None:
        """Send an ICMP packet from any address."""
        addresses = socket.inet_aton(source) + socket.inet_aton(destination)
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(packet), 0, 0, 64, 1, 0) + addresses
        self._out.sendto(header + packet, (destination, 0))

    async def requested(self, count: int) -> None:
        """Wait until so many requests have come."""
        while len(self.requests) < count:
            self.seen.clear()
            await asyncio.wait_for(self.seen.wait(), 5)

    def _take(self) -> None:
        packet = self._in.recv(65_535)
        if packet[20] != V4.request:
            return
        number, sequence = struct.unpack_from("!HH", packet, 24)
        request = Request(number, sequence, packet[28:], socket.inet_ntoa(packet[16:20]), packet[1], packet)
        self.requests.append(request)
        for answer, source in self.behaviour(request):
            self.say(answer, source)
        self.seen.set()


def honest(request: Request) -> Sequence[Answer]:
    """What a host does."""
    return [(reply(request), request.destination)]


@dataclass
class Bench:
    """An engine with its clock and its rounds."""

    engine: IcmpEngine
    clock: MovedClock
    names: Names
    rounds: list[Round] = field(default_factory=list)
    _epochs: Iterator[int] = field(default_factory=count)
    """So that two rounds in one millisecond differ."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def ping(
        self,
        *addresses: str,
        packets: int = 1,
        sent: int | None = None,
        timeout_ms: int = 2_000,
        every_ms: int = 10_000,
        size: int = 56,
        dscp: int = 0,
        via: Via = NO_VIA,
    ) -> None:
        """Send the packets (the first `sent` of them) of a round to each address, series 1, 2, 3 ..."""
        options = IcmpOptions(
            packets=packets, size=size, dscp=dscp, timeout=Duration(timeout_ms), every=Duration(every_ms)
        )
        slot = Slot(self.clock.now().wall_ms, every_ms, next(self._epochs))
        targets = [Target(i, address, options, via) for i, address in enumerate(addresses, 1)]
        indices = range(packets if sent is None else sent)
        await self.engine.send([Shot(target, slot, index) for index in indices for target in targets])

    async def got(self, count: int) -> list[Round]:
        """The rounds in order of series, once there are `count`."""
        while len(self.rounds) < count:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 5)
        return sorted(self.rounds, key=lambda one: one.series)

    async def only(self) -> Round:
        """The one round."""
        return (await self.got(1))[0]

    def counted(self, name: str) -> int:
        """One of the engine's statistics."""
        value: int = self.engine.statistics()[name]
        return value

    async def collect(self) -> None:
        async for batch in self.engine.batches():
            self.rounds.extend(one.round for one in batch if one.round is not None)
            self._news.set()


@asynccontextmanager
async def bench(mode: str = "auto", names: Mapping[str, str | Failure] | None = None) -> AsyncIterator[Bench]:
    """An engine whose rounds are collected."""
    clock, resolver = MovedClock(), Names(names)
    made = Bench(IcmpEngine(clock, resolver, mode=mode), clock, resolver)
    collector = asyncio.create_task(made.collect())
    try:
        yield made
    finally:
        await made.engine.aclose()
        await collector


def stamped_socket() -> socket.socket:
    """A socket that keeps the kernel's receive stamping on, once it is: that takes it a moment."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(5)
    sock.setsockopt(socket.SOL_SOCKET, 65, struct.pack("=ii", 1 << 3 | 1 << 4, 0))
    while True:
        sock.sendto(b"", sock.getsockname())
        if sock.recvmsg(1, 256)[1]:
            return sock


def request_bytes(version: Version, label: int, secret: bytes, size: int = 56) -> bytes:
    """An IP packet with our echo request, as an ICMP error quotes it; from ::1 or 127.0.0.1, to 9s."""
    echo = build_request(version, label, secret, size)
    if version is V4:
        addresses = socket.inet_aton("127.0.0.1") + socket.inet_aton("9.9.9.9")
        return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(echo), 0, 0, 64, 1, 0) + addresses + echo
    assert version is V6
    addresses = socket.inet_pton(socket.AF_INET6, "::1") + socket.inet_pton(socket.AF_INET6, "2001:db8::9")
    return struct.pack("!IHBB", 6 << 28, len(echo), 58, 64) + addresses + echo
