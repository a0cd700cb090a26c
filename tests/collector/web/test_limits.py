"""What the server bears: noise, slow and many clients, a stop in the midst of it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from collector.web import guard, server
from tests.collector.web.client import connected, get, rest
from tests.collector.web.estate import Estate, key


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    ],
)
async def test_noise_gets_a_400_without_a_banner_or_an_error_in_the_log(estate: Estate, noise: bytes) -> None:
    with capture_logs() as logs:
        async with estate.served() as url, connected(url, noise) as (reader, _):
            logs.clear()
            answer = await reader.read()
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    assert b"application/problem+json" in answer
    assert b"aiohttp" not in answer
    assert b"Python" not in answer
    assert logs == []


def big(estate: Estate, targets: int = 3_000) -> Estate:
    """So much to say that no socket buffer holds it."""
    for series in range(10, 10 + targets):
        estate.probes.declare(series, key(f"c{series}"), 2_000)
    return estate


async def test_a_client_that_does_not_read_is_cut_off(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "REQUEST_SECONDS", 0.1)
    given_up = asyncio.Event()
    log = SimpleNamespace(info=lambda event, **_: given_up.set())
    monkeypatch.setattr(guard, "_log", log)
    async with (
        big(estate).served() as url,
        connected(url, get("/metrics"), stalled=True) as (reader, _),
    ):
        await reader.read(1)
        await asyncio.wait_for(given_up.wait(), 10)
        assert not (await rest(reader)).endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n"])
async def test_a_connection_that_never_asks_is_closed(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(server, "IDLE_SECONDS", 0.05)
    async with estate.served() as url, connected(url, sent) as (reader, _):
        assert await asyncio.wait_for(reader.read(), 10) == b""


async def test_one_connection_too_many_is_turned_away(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 1)
    async with estate.served() as url, connected(url, get("/-/healthy")) as (reader, _):
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        async with connected(url) as (second, _):
            assert await rest(second) == b""


async def test_it_stops_within_a_second_whoever_still_holds_on(estate: Estate) -> None:
    loop = asyncio.get_running_loop()
    web = big(estate).server()
    await web.start()
    async with (
        connected(web.url, get("/-/healthy")) as (idle, _),
        connected(web.url, b"GET / HT") as (half, _),
        connected(web.url, get("/metrics"), stalled=True) as (slow, _),
    ):
        await idle.readline()
        await slow.read(1)
        before = loop.time()
        await web.stop()
        assert loop.time() - before < 1
        for reader in (idle, half, slow):
            await rest(reader)


async def test_a_body_that_nobody_asked_for_is_not_waited_for(estate: Estate) -> None:
    post = b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n"
    async with estate.served(reload=True) as url, connected(url, post) as (reader, _):
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"


async def test_a_body_that_does_not_come_is_told_so(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "REQUEST_SECONDS", 0.1)
    said = b"POST /api/v1/notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    async with estate.served() as url, connected(url, said + b"Content-Length: 9\r\n\r\n{") as (reader, _):
        assert (await rest(reader)).startswith(b"HTTP/1.1 408")


async def test_a_body_that_is_packed_is_refused_without_an_error_in_the_log(estate: Estate) -> None:
    said = b"POST /api/v1/notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with capture_logs() as logs:
        async with (
            estate.served() as url,
            connected(url, said + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}") as (reader, _),
        ):
            logs.clear()
            assert (await rest(reader)).startswith(b"HTTP/1.1 400")
    assert logs == []
