"""The page, /metrics and the live events of a large estate, asked over a socket."""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from random import Random
from types import SimpleNamespace
from typing import cast
from urllib.request import Request, urlopen

import structlog

from collector.board import Board
from collector.charts.spark import spark
from collector.circuits import Change, Status
from collector.claims_open import ClaimLine
from collector.clerk import Clerk
from collector.feeding import Feeding
from collector.measuring import Measuring
from collector.web.server import WebServer
from collector.web.sources import CircuitNow, FigureNow
from config.settings import Circuit
from probes.clock import SystemClock
from tests.bench.table import Row
from tests.collector.web import estate as made
from tests.collector.web.estate import Estate, FakeSources

CIRCUITS = 1_000
PAGES = 50
LISTEN_SECONDS = 20
TIMES = 9
COLD_TIMES = 3
MANY = 10_000
DAY_MS = 86_400_000
Seen = tuple[float, float, int, int]
"""Of one reader's page: ms to the first byte and to the last, bytes, rows."""
SERIES = 100_000
LINES_A_TARGET = 21
"""The packets' counters, the histogram, the rounds and the newest one: of one probe."""
CLOCK = SystemClock()


def estate_of(circuits: int, targets: int) -> Estate:
    """So many circuits as a large carrier's are: some down, each with objectives and a claim that is open.

    `targets` probes are counted; those of the circuits have a last round.
    """
    chance = Random(5)
    known: dict[str, Circuit] = {
        f"site-{n:05d}-acme": made.circuit(service="dia", carrier_id=f"IZXX/{n:06d}/LON")
        for n in range(circuits)
    }
    sources = FakeSources(
        made.settings(known),
        shown=[_circuit(name, chance) for name in known],
        judged=[one for name in known for one in _figures(name, chance)],
        due=(),
        paid=(),
        open_claims=[_claim(name, chance) for name in known],
    )
    found = Estate(CLOCK, sources)  # type: ignore[arg-type]  # the system's clock is one too
    names = [*known, *(f"site-{n:05d}-acme" for n in range(circuits, targets))]
    for series, name in enumerate(names[: max(targets, circuits)], 3):
        found.probes.declare(series, made.key(name), 2_000)
    answer_all(found, range(3, 3 + len(names)), chance)
    return found


def answer_all(estate: Estate, series: Iterable[int], chance: Random) -> None:
    """Every one of these has another round."""
    at_ms = CLOCK.now().wall_ms
    estate.probes.observe(
        [
            made.outcome(one, [*(chance.randrange(90_000, 300_000) for _ in range(9)), None], at_ms=at_ms)
            for one in series
        ]
    )


def _circuit(name: str, chance: Random) -> CircuitNow:
    status = chance.choices((Status.UP, Status.DOWN, Status.UNKNOWN), (17, 2, 1))[0]
    now = made.now("lon-acme", status)
    return replace(now, circuit=name, since_ms=CLOCK.now().wall_ms - chance.randrange(90 * DAY_MS))


def _figures(name: str, chance: Random) -> Iterator[FigureNow]:
    left = chance.uniform(-300, 1_300)
    measured = 0.999 + chance.random() / 1_000
    told = replace(made.AVAILABILITY, circuit=name, measured=measured, violated=left < 0)
    yield replace(told, budget_remaining_seconds=left)
    yield replace(made.ROUND_TRIP, circuit=name)


def _claim(name: str, chance: Random) -> ClaimLine:
    due_ms = CLOCK.now().wall_ms + chance.randrange(40 * DAY_MS)
    return ClaimLine(
        scope=name,
        circuits=(name,),
        carrier="acme",
        contract="acme-dia-gold",
        period="2025-12",
        state="eligible",
        currency="USD",
        amount="75.00",
        claimable="75.00",
        owed="0.00",
        submit_deadline_ms=due_ms,
        lapses_ms=due_ms,
    )


class Pictures:
    """Stands for the clerk: everybody's last day, as its process would give it."""

    def __init__(self, names: Iterable[str]) -> None:
        chance = Random(7)
        self._lines = {name: _lines(chance) for name in names}

    async def ask(self, *_: object) -> dict[str, tuple[str, str]]:
        """The lines of each circuit."""
        return self._lines

    async def close(self) -> None:
        """Nothing to end."""


def _lines(chance: Random) -> tuple[str, str]:
    base = chance.uniform(0.005, 0.05)
    rtt = [base * chance.uniform(1, 1.4) for _ in range(48)]
    found = spark(rtt, [chance.random() if chance.random() > 0.97 else 0.0 for _ in range(48)])
    return found.line, found.loss


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


async def latest_turn(stop: asyncio.Event) -> float:
    """The most ms by which the event loop came later than it was asked to, until `stop`."""
    latest = 0
    while not stop.is_set():
        begun = time.perf_counter_ns()
        await asyncio.sleep(0.002)
        latest = max(latest, time.perf_counter_ns() - begun - 2_000_000)
    return latest / 1e6


def reader(connection: Connection, times: int) -> None:
    """A process of its own that reads the page: ms to the first byte and to the last, size, rows."""
    url = connection.recv()
    for _ in range(times):
        asked = Request(url, headers={"Accept-Encoding": "gzip"})
        begun = time.perf_counter_ns()
        with urlopen(asked) as answer:
            first = answer.read1()
            came = time.perf_counter_ns()
            body = first + answer.read()
        done = time.perf_counter_ns()
        rows = gzip.decompress(body).count(b"<tr")
        connection.send(((came - begun) / 1e6, (done - begun) / 1e6, len(body), rows))
        connection.recv()


async def served(estate: Estate, lines: Iterable[str] = ()) -> tuple[WebServer, str]:
    server = estate.server(replace(estate.parts(), clerk=cast(Clerk, Pictures(lines))) if lines else None)
    await server.start()
    return server, server.url


async def page() -> Iterator[Row]:
    """The circuits' page as a reader elsewhere sees it, drawn for the first time and again."""
    cold: list[Seen] = []
    warm: list[Seen] = []
    late: list[float] = []
    for _ in range(COLD_TIMES):
        estate = estate_of(CIRCUITS, CIRCUITS)
        server, url = await served(estate, estate.sources.configuration.circuits)
        here, there = get_context("spawn").Pipe()
        process = get_context("spawn").Process(target=reader, args=(there, TIMES))
        process.start()
        here.send(url)
        for turn in range(TIMES):
            stop = asyncio.Event()
            watch = asyncio.create_task(latest_turn(stop))
            found = await asyncio.to_thread(here.recv)
            stop.set()
            late.append(await watch)
            (warm if turn else cold).append(found)
            answer_all(estate, range(3, 3 + CIRCUITS), Random(turn))
            here.send(None)
        await asyncio.to_thread(process.join)
        await server.stop()
    assert all(rows > CIRCUITS for *_, rows in (*cold, *warm))
    return iter(_told(cold, warm, late))


def _told(cold: Sequence[Seen], warm: Sequence[Seen], late: Sequence[float]) -> Iterator[Row]:
    name = f"the page with {CIRCUITS:,} circuits"
    for how, found in (("drawn for the first time", cold), ("drawn again", warm)):
        first, whole = (statistics.median(one[place] for one in found) for place in (0, 1))
        yield Row(f"{name}, {how}, first byte", first, "ms", at_most=100)
        yield Row(f"{name}, {how}, last byte", whole, "ms")
    yield Row(f"{name}, compressed", max(one[2] for one in (*cold, *warm)) / 1e3, "kB", at_most=150)
    yield Row(f"{name}, lateness of the event loop meanwhile", statistics.median(late), "ms", at_most=10)


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
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
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
    """Fifty open pages while ten circuits change a second, and a tenth of all have another round.

    CPU of the process, clients and all.
    """
    estate = estate_of(CIRCUITS, CIRCUITS)
    server, url = await served(estate, estate.sources.configuration.circuits)
    listening = [asyncio.create_task(_listen(f"{url}/api/v1/events")) for _ in range(PAGES)]
    await asyncio.sleep(3)
    spent = 0.0
    started, chance = CLOCK.now(), Random(3)
    for second in range(LISTEN_SECONDS):
        begun = os.times()
        shown = list(estate.sources.shown)
        for n in range(10):
            shown[n] = replace(shown[n], cause=str(second))
        estate.sources.shown = shown
        made_up = os.times()
        answer_all(estate, range(3 + second % 10, 3 + CIRCUITS, 10), chance)
        spent -= sum(os.times()[:2]) - sum(made_up[:2])  # who measures pays for that
        await asyncio.sleep(1)
        spent += sum(os.times()[:2]) - sum(begun[:2])
    seconds = (CLOCK.now() - started) / 1e9
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    await server.stop()
    name = f"{PAGES} open pages, {CIRCUITS:,} circuits, with their readers"
    return iter((Row(name, 100 * spent / seconds, "% of a core", at_most=5),))


async def _listen(url: str) -> None:
    host, port = url.removeprefix("http://").partition("/")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with suppress(asyncio.CancelledError):
        while await reader.read(1 << 16):
            pass
    writer.close()


def circuits_of_many() -> Iterator[Row]:
    """What the event loop is held for the list of circuits, which every look and every page takes."""
    live = {f"c{n}": Change(n, Status.UP, "answered") for n in range(MANY)}
    standing = dict.fromkeys(live, made.circuit(contract="gold").on(date(2026, 1, 1)))
    board = Board(
        cast(
            Measuring,
            SimpleNamespace(
                settings=made.settings({}),
                judge=SimpleNamespace(open_outages=dict, done_ms=2**62),
                standing=standing,
                live=SimpleNamespace(statuses=lambda: live),
            ),
        ),
        cast(Feeding, None),
    )
    took = []
    for _ in range(TIMES + 1):
        begun = time.thread_time_ns()
        assert len(board.circuits()) == MANY
        took.append((time.thread_time_ns() - begun) / 1e6)
    yield Row(f"the list of {MANY:,} circuits, held by the event loop", min(took[1:]), "ms", at_most=5)


def rows() -> Iterator[Row]:
    """All of it; what the server logs is nobody's."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield from circuits_of_many()
    for measure in (page, metrics, events):
        yield from asyncio.run(measure())
