"""An HTTP round as tests make one, and web servers that do what they should not."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from probes.clock import NS_PER_MS, SystemClock
from probes.http.options import HttpOptions
from probes.http.probe import HttpProbe
from probes.model import NO_VIA, Outcome, Slot, Target, Via
from probes.resolve import SystemResolver
from probes.values import Duration

SLOT = Slot(at_ms=1_767_225_600_000, every_ms=30_000, epoch=3)
PLENTY = Duration(20_000)
"""Time that no round of a test needs, however busy the machine is."""
Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


def options(**changes: Any) -> HttpOptions:  # noqa: ANN401
    return HttpOptions.model_validate({"timeout": PLENTY} | changes)


def lookup(name: str) -> list[str]:
    return ["127.0.0.1"] if name.endswith("service.test") else []


async def probe(url: str, via: Via = NO_VIA, *, ms: int | None = None, **changes: Any) -> Outcome:  # noqa: ANN401
    """One round against a real peer, on the system's clock; its deadline is `ms` away, else its time-out."""
    clock = SystemClock()
    resolver = SystemResolver(clock, lookup=lookup)
    one, given = HttpProbe(clock, resolver), options(**changes)
    deadline = clock.now().plus((ms or given.timeout.ms) * NS_PER_MS)
    try:
        return await one.run(Target(7, HttpProbe.check_address(url), given, via), SLOT, deadline)
    finally:
        await one.aclose()
        await resolver.aclose()


@dataclass
class Seen:
    """Where a server listens, and what it was sent: head and body of each request."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@asynccontextmanager
async def answering(answer: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[Seen]:
    """A server that reads a request and then does what `answer` does, until the client goes."""
    seen = Seen()
    tasks = set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            seen.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await answer(writer)
        seen.ended.set()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
        await asyncio.sleep(0)


def saying(*parts: bytes) -> Handler:
    """Say this and end in order."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    return answer


def endlessly(begin: bytes, again: bytes) -> Handler:
    """Say `begin`, then `again` until the client goes."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        while True:
            writer.write(again)
            await writer.drain()

    return answer


def stopping(after: bytes) -> Handler:
    """Say this much, and nothing more."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(after)
        await asyncio.Event().wait()

    return answer


Routes = Mapping[str, Callable[[web.Request], Awaitable[web.StreamResponse]]]


@asynccontextmanager
async def website(routes: Routes, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """An aiohttp server of these paths, any method; its port."""
    app = web.Application()
    app.router.add_routes([web.route("*", path, handler) for path, handler in routes.items()])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def text(body: str = "all is well", status: int = 200, **headers: str) -> Routes:
    """A site whose every path says the same."""

    async def say(_: web.Request) -> web.StreamResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(text=body, status=status, headers=given)

    return {"/{any:.*}": say}


def names(found: Iterable[str]) -> set[str]:
    return {name for name in found if name.startswith("http_") and name.endswith("_seconds")}
