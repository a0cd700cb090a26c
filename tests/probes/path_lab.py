"""Chains of routers, one trace through them, and routers made of Python that say what a test likes."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any

from probes.clock import NS_PER_MS, SystemClock
from probes.icmp.wire import checksum
from probes.model import NO_VIA, Outcome, Slot, Target, Via
from probes.path.options import PathOptions
from probes.path.probe import PathProbe
from tests.lab import Host, Lab
from tests.probes.icmp_lab import Names, Request, error, reply

SLOT = Slot(at_ms=1_767_225_600_000, every_ms=300_000, epoch=3)
TARGET = "127.0.0.9"


async def trace(
    address: str,
    via: Via = NO_VIA,
    series: int = 7,
    names: Names | None = None,
    **options: Any,  # noqa: ANN401
) -> Outcome:
    """One trace on the system's clock."""
    clock = SystemClock()
    probe = PathProbe(clock, names or Names())
    given = PathOptions(**options)
    target = Target(series, probe.check_address(address), given, via)
    try:
        return await probe.run(target, SLOT, clock.now().plus(given.timeout.ms * NS_PER_MS))
    finally:
        await probe.aclose()


def path_of(outcome: Outcome) -> dict[str, Any]:
    """The sample `path`."""
    (text,) = [sample.value for sample in outcome.samples if sample.name == "path"]
    found: dict[str, Any] = json.loads(str(text))
    return found


def routers_of(outcome: Outcome) -> list[list[str]]:
    """Who answered at each hop."""
    return [[router["address"] for router in hop["routers"]] for hop in path_of(outcome)["hops"]]


def chain(lab: Lab, *names: str) -> list[Host]:
    """Hosts in a row, those between the ends routers, each with routes to all networks of the row.

    The n-th cable is 10.64.n.0/30 and fd00:n::/64, its ends .1 and .2.
    """
    hosts = [lab.router(name) for name in names]
    for number, (one, other) in enumerate(pairwise(hosts)):
        cable(lab, number, one, other)
    for place, host in enumerate(hosts):
        talk_freely(host)
        for number in range(len(hosts) - 1):
            if number < place - 1:
                route(host, number, place - 1, 1)
            elif number > place:
                route(host, number, place, 2)
    return hosts


def cable(lab: Lab, number: int, one: Host, other: Host) -> None:
    """A cable with IPv6 addresses too; a router asks for its neighbours with a link-local one."""
    link = lab.link(one, other)
    for end, (host, device) in enumerate(zip((one, other), link.devices, strict=True), 1):
        for address in (f"fd00:{number}::{end}/64", f"fe80::{end}/64"):
            host.ip("addr", "add", address, "dev", device, "nodad")


def route(host: Host, network: int, over: int, end: int) -> None:
    """Reach the network of one cable over the far end of another."""
    host.ip("route", "add", f"10.64.{network}.0/30", "via", f"10.64.{over}.{end}")
    host.ip("route", "add", f"fd00:{network}::/64", "via", f"fd00:{over}::{end}")


def talk_freely(host: Host) -> None:
    """No limit on how many ICMP errors a second the host sends."""
    limits = ("net.ipv4.icmp_ratemask=0", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
    host.run(["sysctl", "-q", "-w", *limits])


def away(hops: int, otherwise: Callable[[Request], Sequence[tuple[bytes, str]]]) -> Any:  # noqa: ANN401
    """A peer's behaviour: honest routers 10.0.0.1, 10.0.0.2 ... and `otherwise` behind so many hops."""

    def behave(request: Request) -> Sequence[tuple[bytes, str]]:
        ttl = request.packet[8]
        return [(exceeded(request), f"10.0.0.{ttl}")] if ttl <= hops else otherwise(request)

    return behave


def exceeded(request: Request, length: int | None = None) -> bytes:
    """What a router says whose quote has `length` bytes."""
    return error(11, 0, request.packet[:length])


def answer(request: Request) -> list[tuple[bytes, str]]:
    """What the target does."""
    return [(reply(request), request.destination)]


@asynccontextmanager
async def udp_routers(
    behaviour: Callable[[bytes], Sequence[tuple[bytes, str]]],
) -> AsyncIterator[list[bytes]]:
    """Takes every UDP datagram to `TARGET`, as IP packets with the checksum of a wire; gives the list.

    On loopback the kernel leaves the checksum to a network card that isn't there.
    """
    seen: list[bytes] = []
    swallow = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def take() -> None:
        packet = wire.recv(65_535)
        if packet[16:20] != socket.inet_aton(TARGET):
            return
        seen.append(summed(packet))
        for message, source in behaviour(seen[-1]):
            addresses = socket.inet_aton(source) + socket.inet_aton("127.0.0.1")
            header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(message), 0, 0, 64, 1, 0) + addresses
            out.sendto(header + message, ("127.0.0.1", 0))

    with swallow, wire, out:
        swallow.bind((TARGET, 33_434))  # or the kernel would say that the port is closed
        wire.setblocking(False)
        asyncio.get_running_loop().add_reader(wire, take)
        try:
            yield seen
        finally:
            with suppress(OSError):
                asyncio.get_running_loop().remove_reader(wire)


def summed(packet: bytes) -> bytes:
    """The packet with its UDP checksum computed."""
    udp = packet[20:26] + b"\0\0" + packet[28:]
    pseudo = packet[12:20] + struct.pack("!HH", 17, len(udp))
    return packet[:26] + struct.pack("!H", checksum(pseudo + udp)) + packet[28:]
