"""The page, /metrics and the live events of a large estate, asked over a socket."""

from __future__ import annotations

import asyncio
import gzip
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import aiohttp

from collector.circuits import Status
from collector.web.server import WebServer
from config.settings import Circuit
from probes.clock import SystemClock
from tests.bench.table import Row
from tests.collector.web import estate as made
from tests.collector.web.estate import Estate, FakeSources

CIRCUITS = 1_000
PAGES = 50
LISTEN_SECONDS = 20
TIMES = 9
SERIES = 100_000
LINES_A_TARGET = 21
"""The packets' counters, the histogram, the rounds and the newest one: of one probe."""
CLOCK = SystemClock()


def estate_of(circuits: int, targets: int) -> Estate:
    """So many circuits that are up, each with an objective; `targets` probes that are counted."""
    known: dict[str, Circuit] = {f"site-{n:05d}-acme": made.circuit(service="dia") for n in range(circuits)}
    sources = FakeSources(
        made.settings(known),
        shown=[replace(made.now("lon-acme", Status.UP), circuit=name) for name in known],
        judged=[replace(made.AVAILABILITY, circuit=name) for name in known],
        due=(),
        paid=(),
    )
    found = Estate(CLOCK, sources)  # type: ignore[arg-type]  # the system's clock is one too
    for number in range(targets):
        series = number + 3
        found.probes.declare(series, made.key(f"site-{number:05d}-acme"), 2_000)
        found.probes.observe([made.outcome(series, [123_400, None], at_ms=CLOCK.now().wall_ms)])
    return found


async def longest_turn(stop: asyncio.Event) -> float:
    """The most CPU in ms that the event loop's thread took at once, until `stop`.

    Not the time that passed: another process may have had the core.
    """
    longest, before = 0, time.thread_time_ns()
    while not stop.is_set():
        await asyncio.sleep(0)
        now = time.thread_time_ns()
        longest, before = max(longest, now - before), now
    return longest / 1e6


async def asked(url: str, **headers: str) -> tuple[float, bytes]:
    """Milliseconds to the first byte of the body, and the body as it came."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        begun = CLOCK.now()
        async with session.get(url, headers=headers) as response:
            first = await response.content.readany()
            took = (CLOCK.now() - begun) / 1e6
            return took, first + await response.read()


async def served(estate: Estate) -> tuple[WebServer, str]:
    server = estate.server()
    await server.start()
    return server, server.url


async def page() -> Iterator[Row]:
    """The circuits' page: first byte and size."""
    server, url = await served(estate_of(CIRCUITS, CIRCUITS))
    took = [await asked(url, **{"Accept-Encoding": "gzip"}) for _ in range(TIMES)]
    await server.stop()
    name = f"the page with {CIRCUITS:,} circuits"
    size = len(took[-1][1])
    assert gzip.decompress(took[-1][1]).count(b"<tr") >= CIRCUITS
    return iter(
        (
            Row(f"{name}, first byte", statistics.median(one for one, _ in took), "ms", at_most=100),
            Row(f"{name}, compressed", size / 1e3, "kB", at_most=150),
        )
    )


async def metrics() -> Iterator[Row]:
    """A scrape: CPU of the whole process less the client's, and the longest turn of the loop."""
    estate = estate_of(0, SERIES // LINES_A_TARGET + 1)
    lines = estate.text().count("\n")
    cpu, turns = [], []
    for _ in range(TIMES):
        begun = os.times()
        pieces = b"".join(estate.exposition.scrape().pieces)
        spent = os.times()
        cpu.append(1000 * (spent.user - begun.user + spent.system - begun.system))
        assert pieces
    server, url = await served(estate)
    for _ in range(3):
        stop = asyncio.Event()
        watch = asyncio.create_task(longest_turn(stop))
        reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while await reader.read(1 << 16):
            pass
        writer.close()
        stop.set()
        turns.append(await watch)
    await server.stop()
    name = f"/metrics of {lines:,} lines"
    return iter(
        (
            Row(f"{name}, CPU", min(cpu), "ms", at_most=150),
            Row(f"{name}, longest turn of the event loop", min(turns), "ms", at_most=5),
        )
    )


async def events() -> Iterator[Row]:
    """Fifty open pages while ten circuits change a second: CPU of the process, clients and all."""
    estate = estate_of(CIRCUITS, 0)
    server, url = await served(estate)
    listening = [asyncio.create_task(_listen(f"{url}/api/v1/events")) for _ in range(PAGES)]
    await asyncio.sleep(3)
    begun, started = os.times(), CLOCK.now()
    for second in range(LISTEN_SECONDS):
        shown = list(estate.sources.shown)
        for n in range(10):
            shown[n] = replace(shown[n], cause=str(second))
        estate.sources.shown = shown
        await asyncio.sleep(1)
    spent, seconds = os.times(), (CLOCK.now() - started) / 1e9
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    await server.stop()
    share = 100 * (spent.user - begun.user + spent.system - begun.system) / seconds
    return iter(
        (
            Row(
                f"{PAGES} open pages, {CIRCUITS:,} circuits, with their readers",
                share,
                "% of a core",
                at_most=5,
            ),
        )
    )


async def _listen(url: str) -> None:
    host, port = url.removeprefix("http://").partition("/")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
    with suppress(asyncio.CancelledError):
        while await reader.read(1 << 16):
            pass
    writer.close()


def rows() -> Iterator[Row]:
    """All of it."""
    with tempfile.TemporaryDirectory() as folder:
        assert Path(folder).is_dir()
        for measure in (page, metrics, events):
            yield from asyncio.run(measure())
