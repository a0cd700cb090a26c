"""A stranger who asks the web server things."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

import aiohttp


@asynccontextmanager
async def asked(
    url: str, method: str = "GET", headers: dict[str, str] | None = None, tls: ssl.SSLContext | bool = True
) -> AsyncIterator[aiohttp.ClientResponse]:
    """One answer, on a connection of its own."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        aiohttp.ClientSession(connector=connector, auto_decompress=False) as session,
        session.request(method, url, headers=headers, ssl=tls) as response,
    ):
        yield response


async def status(url: str, method: str = "GET", headers: dict[str, str] | None = None) -> int:
    async with asked(url, method, headers) as response:
        return response.status


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(url: str, say: bytes = b"", *, stalled: bool = False) -> AsyncIterator[Ends]:
    """A connection over which `say` went; a stalled one takes as little as a socket can."""
    raw = socket.socket()
    if stalled:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    host, _, port = url.removeprefix("http://").partition(":")
    await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=raw, limit=1 if stalled else 2**20)
    try:
        writer.write(say)
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def get(path: str) -> bytes:
    """A request that keeps the connection."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """All that still comes, until the other side hangs up in whatever way."""
    came = b""
    with suppress(ConnectionError):
        while piece := await reader.read(1 << 20):
            came += piece
    return came


async def problem(url: str, method: str = "GET", headers: dict[str, str] | None = None) -> dict[str, object]:
    """The problem document that a request gets."""
    async with asked(url, method, headers) as response:
        assert response.content_type == "application/problem+json"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        document: dict[str, object] = await response.json(content_type="application/problem+json")
        assert document["status"] == response.status
        assert document["title"] == HTTPStatus(response.status).phrase
        return document
