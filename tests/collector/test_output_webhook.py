"""A webhook: what it gets, what its answers ask, and a server that behaves as badly as real ones do."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from collector.outputs.answers import Action, Do
from collector.outputs.webhook import Webhook
from config.outputs import WebhookOutput
from probes.clock import SystemClock
from tests.collector.notices import began, breached, ended

SECRET = "correct-horse"


@dataclass
class Hook:
    """A server that notes what arrives; `answer` gives its response."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[list[dict[str, Any]]], web.Response] = lambda notices: web.Response(status=204)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    behaviour: str = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        if self.behaviour == "hangs":
            await self.over.wait()
        if self.behaviour == "dies":
            assert request.transport is not None
            request.transport.write(b"HTTP/1.1 20")
            request.transport.abort()
        return self.answer(json.loads(body)["notices"])


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    hook.url = f"{'https' if tls else 'http'}://localhost:{runner.addresses[0][1]}/hook"
    try:
        yield hook
    finally:
        hook.over.set()
        await runner.cleanup()


@asynccontextmanager
async def webhook(url: str, **more: Any) -> AsyncIterator[Webhook]:  # noqa: ANN401
    settings = WebhookOutput.model_validate({"url": url, **more})
    made = Webhook("tickets", settings, "edge-lon-01", SystemClock())
    try:
        yield made
    finally:
        await made.aclose()


async def test_it_gets_each_notice_with_all_that_is_known() -> None:
    async with serving() as hook, webhook(hook.url) as made:
        action = await made.tell([began(number=7), ended(number=8), breached(number=9)])
    assert action == Action(Do.ACCEPT)
    document = json.loads(hook.bodies[0])
    assert (document["version"], document["host"]) == (1, "edge-lon-01")
    start, end, breach = document["notices"]
    assert (start["id"], start["event"], start["at"]) == (7, "outage_start", "2026-01-01T00:00:00Z")
    assert start["about"]["carrier_id"] == "IZXX/123456/LON"
    assert start["about"]["ruled_out"] == "our own network: our reference 10.0.0.1 answered"
    assert start["outage"]["start"] == "2025-12-31T23:59:30Z"
    assert (start["outage"]["end"], start["breach"]) == (None, None)
    assert (end["outage"]["end"], end["outage"]["down_seconds"]) == ("2026-01-01T00:00:50Z", 80.0)
    assert breach["breach"]["target"] == ">= 99.95%"
    assert hook.headers[0]["Content-Type"] == "application/json"


async def test_a_body_is_signed_and_the_same_when_it_is_sent_again() -> None:
    async with serving() as hook, webhook(hook.url, hmac=SECRET) as made:
        for _ in range(2):
            await made.tell([began(number=7)])
    assert hook.bodies[0] == hook.bodies[1]
    expected = hmac.new(SECRET.encode(), hook.bodies[0], hashlib.sha256).hexdigest()
    assert hook.headers[0]["X-Linkledger-Signature"] == f"sha256={expected}"


@pytest.mark.parametrize(
    ("more", "header"),
    [
        ({}, None),
        ({"bearer": SECRET}, f"Bearer {SECRET}"),
        ({"username": "edge", "password": SECRET}, "Basic ZWRnZTpjb3JyZWN0LWhvcnNl"),
    ],
)
async def test_it_shows_who_it_is(more: dict[str, str], header: str | None) -> None:
    async with serving() as hook, webhook(hook.url, **more) as made:
        await made.tell([began()])
    assert hook.headers[0].get("Authorization") == header


@pytest.mark.parametrize(
    ("response", "do", "why"),
    [
        (web.Response(status=200, text="<html>", content_type="text/html"), Do.ACCEPT, ""),
        (web.Response(status=503, text="busy"), Do.RETRY, "503: busy"),
        (web.Response(status=429, text="slow down"), Do.RETRY, "429: slow down"),
        (web.Response(status=401, text=f"not {SECRET}"), Do.HOLD, "401: not ***; check its credentials"),
        (web.Response(status=404, text="nothing"), Do.HOLD, "404: nothing; check its `url`"),
        (web.Response(status=400, text="no"), Do.HOLD, "it refuses what we send, 400: no"),
        (
            web.Response(status=302, headers={"Location": "http://elsewhere/"}),
            Do.HOLD,
            "302: redirected to http://elsewhere/; check its `url`",
        ),
    ],
)
async def test_each_answer_asks_for_something(response: web.Response, do: Do, why: str) -> None:
    async with serving() as hook, webhook(hook.url, bearer=SECRET) as made:
        hook.answer = lambda notices: response
        assert await made.tell([began()]) == Action(do, why)


async def test_retry_after_is_honoured() -> None:
    async with serving() as hook, webhook(hook.url) as made:
        hook.answer = lambda notices: web.Response(status=503, headers={"Retry-After": "120"})
        assert (await made.tell([began()])).retry_after_ms == 120_000


async def test_one_that_it_refuses_is_found_and_the_others_are_taken() -> None:
    def picky(notices: list[dict[str, Any]]) -> web.Response:
        bad = any(one["about"]["circuit"] == "bad" for one in notices)
        return web.Response(status=422 if bad else 200, text="a bad circuit" if bad else "")

    async with serving() as hook, webhook(hook.url) as made:
        hook.answer = picky
        action = await made.tell([began("a"), began("bad"), began("b")])
    assert action == Action(Do.ACCEPT, "422: a bad circuit", rejected=1)
    assert len(hook.bodies) == 4


@pytest.mark.parametrize(
    ("behaviour", "do", "why"),
    [("hangs", Do.SLOW, "no answer within 200ms"), ("dies", Do.RETRY, "not reached: ")],
)
async def test_one_that_does_not_answer_is_tried_again(behaviour: str, do: Do, why: str) -> None:
    async with serving() as hook, webhook(hook.url, timeout="200ms") as made:
        hook.behaviour = behaviour
        action = await made.tell([began()])
    assert action.do is do
    assert action.why.startswith(why)


async def test_one_that_is_not_there_is_tried_again(free_port: Callable[[], int]) -> None:
    async with webhook(f"http://127.0.0.1:{free_port()}/") as made:
        assert (await made.tell([began()])).do is Do.RETRY


async def test_a_certificate_counts_only_with_its_authority(tmp_path: Path) -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    async with serving(server) as hook:
        async with webhook(hook.url) as made:
            action = await made.tell([began()])
            assert (action.do, "set `ca_file`" in action.why) == (Do.HOLD, True)
        async with webhook(hook.url, ca_file=ca_file) as made:
            assert (await made.tell([began()])).do is Do.ACCEPT
