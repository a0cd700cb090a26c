"""Server-sent events: what is told, to whom, and how often; by a clock that a test moves."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from collector.circuits import Status
from collector.web.api.events import CLIENTS, END, WAITING, Events, Queue
from tests.clock import FakeClock
from tests.collector.web.client import asked
from tests.collector.web.estate import AVAILABILITY, Estate, FakeSources


def told(event: bytes) -> tuple[str, Any]:
    """An event's name and its data."""
    name, data, *rest = event.decode().split("\n")
    assert rest == ["", ""]
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def came(queue: Queue) -> list[bytes]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


async def test_who_joins_is_told_everything_and_then_what_changes(clock: FakeClock) -> None:
    sources = FakeSources()
    events = Events(sources, clock)
    queue = await events.join()
    (first, circuits), (second, figures) = map(told, came(queue))
    assert (first, second) == ("circuits", "figures")
    assert [one["circuit"] for one in circuits] == ["lon-acme", "lon-bolt", "lon-wave"]
    assert [one["objective"] for one in figures] == ["availability", "rtt", "jitter"]
    await clock.advance(1)
    assert came(queue) == []
    sources.shown = (replace(sources.shown[0], status=Status.DOWN, cause="timeout"), *sources.shown[1:])
    sources.judged = (replace(AVAILABILITY, measured=0.5), *sources.judged[1:])
    await clock.advance(1)
    (first, [circuit]), (second, [figure]) = map(told, came(queue))
    assert (first, circuit["circuit"], circuit["status"], circuit["cause"]) == (
        "circuits",
        "lon-acme",
        "down",
        "timeout",
    )
    assert (second, figure["measured"]) == ("figures", 0.5)
    await events.close()


async def test_a_circuit_that_is_no_longer_measured_is_gone(clock: FakeClock) -> None:
    sources = FakeSources()
    events = Events(sources, clock)
    queue = await events.join()
    came(queue)
    sources.shown = sources.shown[1:]
    await clock.advance(1)
    assert [told(one) for one in came(queue)] == [("gone", ["lon-acme"])]
    await events.close()


async def test_something_comes_every_fifteen_seconds(clock: FakeClock) -> None:
    events = Events(FakeSources(), clock)
    queue = await events.join()
    came(queue)
    await clock.advance(14)
    assert came(queue) == []
    await clock.advance(2)
    assert came(queue) == [b": still here\n\n"]
    await events.close()


async def test_all_listeners_are_given_the_very_same_bytes(clock: FakeClock) -> None:
    sources = FakeSources()
    events = Events(sources, clock)
    queues = [await events.join() for _ in range(50)]
    for queue in queues:
        came(queue)
    sources.shown = (replace(sources.shown[0], cause="x"), *sources.shown[1:])
    await clock.advance(1)
    assert len({id(came(queue)[0]) for queue in queues}) == 1
    await events.close()


async def test_who_does_not_keep_up_is_let_go_and_the_others_go_on(clock: FakeClock) -> None:
    sources = FakeSources()
    events = Events(sources, clock)
    slow, quick = await events.join(), await events.join()
    came(quick)
    heard = []
    for number in range(WAITING + 2):
        sources.shown = (replace(sources.shown[0], cause=str(number)), *sources.shown[1:])
        await clock.advance(1)
        heard += came(quick)
    assert len(heard) == WAITING + 2
    assert came(slow) == [END]
    await events.close()
    assert came(quick) == [END]


async def test_only_so_many_may_listen(clock: FakeClock) -> None:
    events = Events(FakeSources(), clock)
    queues = [await events.join() for _ in range(CLIENTS)]
    full = [events.is_full]
    events.leave(queues[0])
    full.append(events.is_full)
    await events.close()
    assert [*full, events.is_full] == [True, False, True]


async def test_over_http_the_stream_begins_at_once_and_ends_with_the_server(estate: Estate) -> None:
    server = estate.server()
    await server.start()
    async with asked(f"{server.url}/api/v1/events") as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        assert response.headers["Cache-Control"] == "no-store"
        first = await response.content.readuntil(b"\n\n")
        assert told(first)[0] == "circuits"
        stopping = asyncio.create_task(server.stop())
        assert b"event: figures" in await response.content.read()
        await stopping
