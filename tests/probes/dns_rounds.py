"""A DNS round as tests make one, and servers that answer it with whatever bytes a test likes."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from probes.clock import NS_PER_MS, SystemClock
from probes.dns.options import DnsOptions
from probes.dns.probe import DnsProbe
from probes.dns.wire import RESPONSE
from probes.model import NO_VIA, Outcome, Slot, Target, Via
from probes.resolve import SystemResolver
from probes.values import Duration
from tests.clock import settle

SLOT = Slot(at_ms=1_767_225_600_000, every_ms=60_000, epoch=3)
NAME = b"\3www\7example\4test\0"
BEHIND_QUESTION = 12 + len(NAME) + 4
A, NS, CNAME, TXT = 1, 2, 5, 16

Answers = Callable[[bytes], Sequence[bytes]]
"""A query to the messages that are sent back."""


def options(**changes: Any) -> DnsOptions:  # noqa: ANN401
    return DnsOptions(**{"query": "www.example.test", "timeout": Duration(5_000)} | changes)


async def probe(address: str, via: Via = NO_VIA, *, wait_ms: int = 0, **changes: Any) -> Outcome:  # noqa: ANN401
    """One round on the system's clock; `wait_ms` is until the deadline, else the time-out."""
    clock = SystemClock()
    resolver = SystemResolver(clock, lookup=lambda name: ["127.0.0.1"] if "service" in name else [])
    one, given = DnsProbe(clock, resolver), options(**changes)
    deadline = clock.now().plus((wait_ms or given.timeout.ms) * NS_PER_MS)
    try:
        return await one.run(Target(7, one.check_address(address), given, via), SLOT, deadline)
    finally:
        await one.aclose()
        await resolver.aclose()


def record(rdata: bytes, rtype: int = A, *, owner: bytes = b"\xc0\x0c", ttl: int = 60) -> bytes:
    """A record of class IN; its owner is the question's name."""
    return owner + struct.pack("!HHIH", rtype, 1, ttl, len(rdata)) + rdata


def message(query: bytes, *answers: bytes, flags: int = 0x180, rubbish: bytes = b"") -> bytes:
    """A response to `query` with these records in its answer section."""
    head = query[:2] + struct.pack("!5H", RESPONSE | flags, 1, len(answers), 0, 0)
    return head + query[12 : query.index(b"\0", 12) + 5] + b"".join(answers) + rubbish


def address(last: int = 1) -> bytes:
    """An A record of 192.0.2.`last`."""
    return record(bytes((192, 0, 2, last)))


@asynccontextmanager
async def answering(answers: Answers, *, port: int = 0) -> AsyncIterator[str]:
    """A server over UDP on 127.0.0.1; gives its `host:port`."""
    loop = asyncio.get_running_loop()

    def serve() -> None:
        query, client = server.recvfrom(512)
        for one in answers(query):
            server.sendto(one, client)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", port))
        loop.add_reader(server, serve)
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            loop.remove_reader(server)


@asynccontextmanager
async def streaming(talk: Callable[[bytes], Sequence[bytes]]) -> AsyncIterator[str]:
    """A server over TCP: what `talk` gives for a query is sent in pieces as it is, then nothing more.

    An empty piece hangs up.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            length = int.from_bytes(await reader.readexactly(2), "big")
            for piece in talk(await reader.readexactly(length)):
                if not piece:
                    break
                writer.write(piece)
                await writer.drain()
                await settle()
            else:
                await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await settle()
        await server.wait_closed()


def behind_length(data: bytes) -> bytes:
    """A message as TCP carries it."""
    return len(data).to_bytes(2, "big") + data
