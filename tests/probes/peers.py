"""Real peers of the TCP and TLS probes, each on a free port of this host."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import trustme

from tests.clock import settle

CA = trustme.CA()
"""The authority behind every certificate here."""


@dataclass
class Served:
    """What a server has seen; `port` is where it listens."""

    port: int = 0
    connections: list[asyncio.Transport] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    """Each client's address, in order of arrival."""
    ends: list[Exception | None] = field(default_factory=list)
    """How each connection ended: None in order, else what broke it."""
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class _Connection(asyncio.Protocol):
    served: Served
    greet: Callable[[asyncio.Transport], None]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.served.connections.append(transport)
        self.served.clients.append(transport.get_extra_info("peername")[0])
        self.served.accepted.set()
        self.greet(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.served.ends.append(exc)
        self.served.ended.set()


def say_nothing(_: asyncio.Transport) -> None:
    """Stay silent until the client goes."""


@asynccontextmanager
async def serving(
    greet: Callable[[asyncio.Transport], None] = say_nothing,
    *,
    host: str = "127.0.0.1",
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[Served]:
    """A server that calls `greet` on each connection; nothing of it is open after the block."""
    served = Served()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(served, greet), host, 0, ssl=context)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        await settle()  # what has connected is accepted before it is closed
        server.close()
        for transport in served.connections:
            transport.abort()
        await settle()
        await server.wait_closed()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port of 127.0.0.1 that is taken and where nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


@contextmanager
def full_port() -> Iterator[int]:
    """A port of 127.0.0.1 that answers no SYN, because its queue is full and nobody accepts."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        for _ in range(2):
            stack.enter_context(socket.create_connection(listener.getsockname()))
        yield listener.getsockname()[1]


def server_context(days: float = 20, name: str = "service.test") -> ssl.SSLContext:
    """A server's TLS context whose certificate, for `name`, ends in `days`."""
    today = datetime.now(UTC)  # noqa: TID251 - the handshake itself asks the system's clock
    start, end = timedelta(days=min(days, 0) - 9), timedelta(days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(name, not_before=today + start, not_after=today + end).configure_cert(context)
    return context
