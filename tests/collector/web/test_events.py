"""Server-sent events: what is told, to whom, and how often; by a clock that a test moves."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from collector.circuits import Status
from collector.web.api.events import CLIENTS, END, TURNS, WAITING, Events, Queue
from collector.web.sparks import Lines
from tests.clock import FakeClock
from tests.collector.web.client import asked
from tests.collector.web.estate import AVAILABILITY, Estate, FakeSources, outcome


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


async def test_the_last_rounds_are_told_once_each_within_five_looks(clock: FakeClock) -> None:
    first, second = outcome(1, [200_000, None]).round, outcome(2, [None]).round
    assert first
    assert second
    rounds = {("lon-acme", "pe"): first, ("lon-acme", "other"): second, ("lon-bolt", "pe"): second}
    events = Events(FakeSources(), clock, lambda: rounds)
    queue = await events.join()
    came(queue)
    heard = []
    for _ in range(3 * TURNS):
        await clock.advance(1)
        heard += [told(one) for one in came(queue) if not one.startswith(b":")]
    assert {name for name, _ in heard} == {"rounds"}
    said = sorted((one for _, some in heard for one in some), key=lambda one: one["circuit"])
    assert [(one["circuit"], one["rtt_seconds"], one["loss"]) for one in said] == [
        ("lon-acme", 0.02, 0.5),
        ("lon-bolt", None, 1.0),
    ]
    rounds[("lon-acme", "pe")] = replace(first, at_ms=first.at_ms + 10_000)
    for _ in range(TURNS):
        await clock.advance(1)
    assert [len(told(one)[1]) for one in came(queue) if not one.startswith(b":")] == [1]
    await events.close()


async def test_new_lines_of_the_last_day_are_told_where_they_differ(clock: FakeClock) -> None:
    lines = [{"a": ("M0 1h9", ""), "b": ("M0 2h9", "")}, {"a": ("M0 1h9", ""), "b": ("M0 3h9", "M1 16v-2")}]

    async def newest() -> Lines:
        return lines[0]

    events = Events(FakeSources(), clock, lines=newest)
    queue = await events.join()
    came(queue)
    assert [len(told(one)[1]) for one in await heard_within(clock, queue)] == [2]
    assert await heard_within(clock, queue) == []
    del lines[0]
    assert [told(one) for one in await heard_within(clock, queue)] == [
        ("lines", [{"circuit": "b", "rtt": "M0 3h9", "loss": "M1 16v-2"}])
    ]
    await events.close()


async def heard_within(clock: FakeClock, queue: Queue) -> list[bytes]:
    """What comes after the next look, that a thread encodes."""
    await clock.advance(1)
    for _ in range(100):
        if not queue.empty():
            break
        await asyncio.sleep(0.001)
    return came(queue)


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


async def test_whoever_still_gets_all_that_there_is_has_its_place_already(clock: FakeClock) -> None:
    events = Events(FakeSources(), clock)
    joining = [asyncio.create_task(events.join()) for _ in range(CLIENTS)]
    await asyncio.sleep(0)
    full = events.is_full
    await asyncio.gather(*joining)
    await events.close()
    assert full


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
