"""Each api's door: exact path, query, headers and body; each refusal in a sentence that helps."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from structlog.testing import capture_logs

from collector.outputs.answers import Action, Do
from collector.outputs.base import OutputWorker
from collector.outputs.influxdb import Influxdb
from collector.outputs.worker import State
from config.outputs import InfluxdbOutput
from tests.clock import FakeClock
from tests.collector.fakes import FakeJournal, until
from tests.collector.records import SERIES, outcomes

LINES = [b"linkledger_round,host=a sent=1i 1", b"linkledger_round,host=a sent=2i 2"]
TOKEN = "t0ken-very-secret"
PASSWORD = "pass-very-secret"
APIS = ("v1", "v2", "v3", "victoriametrics")


@dataclass
class Request:
    """What arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Store:
    """A store that notes what arrives and answers what it is told."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    requests: list[Request] = field(default_factory=list)
    silent: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append(
            Request(request.method, request.path, dict(request.query), request.headers, body)
        )
        if self.silent:
            await self.over.wait()
        return web.Response(status=self.status, headers=self.headers, body=self.body)


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Store]:
    store = Store()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", store.answer)
    runner = web.AppRunner(app, auto_decompress=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    store.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield store
    finally:
        store.over.set()
        await runner.cleanup()


def settings(url: str, api: str, **keys: object) -> InfluxdbOutput:
    return InfluxdbOutput.model_validate({"url": url, "api": api, **keys})


@asynccontextmanager
async def opened(configured: InfluxdbOutput) -> AsyncIterator[Influxdb]:
    output = Influxdb("central", configured, FakeClock())
    try:
        yield output
    finally:
        await output.aclose()


@pytest.mark.parametrize(
    ("api", "keys", "path", "query", "authorization"),
    [
        ("v1", {}, "/write", {"db": "linkledger", "precision": "ns"}, None),
        (
            "v1",
            {"username": "ada", "password": "x:y", "bucket": "b c"},
            "/write",
            {"db": "b c", "precision": "ns"},
            "Basic YWRhOng6eQ==",
        ),
        ("v1", {"token": TOKEN}, "/write", {"db": "linkledger", "precision": "ns"}, f"Token {TOKEN}"),
        (
            "v2",
            {"token": TOKEN, "org": "ops & co"},
            "/api/v2/write",
            {"org": "ops & co", "bucket": "linkledger", "precision": "ns"},
            f"Token {TOKEN}",
        ),
        (
            "v3",
            {"token": TOKEN, "org": "ignored"},
            "/api/v3/write_lp",
            {"db": "linkledger", "precision": "nanosecond"},
            f"Bearer {TOKEN}",
        ),
        ("victoriametrics", {"org": "ignored"}, "/api/v2/write", {"precision": "ns"}, None),
        (
            "victoriametrics",
            {"token": TOKEN},
            "/api/v2/write",
            {"precision": "ns"},
            f"Bearer {TOKEN}",
        ),
        (
            "victoriametrics",
            {"username": "ada", "password": "x:y"},
            "/api/v2/write",
            {"precision": "ns"},
            "Basic YWRhOng6eQ==",
        ),
    ],
)
async def test_each_api_has_its_own_door(
    api: str, keys: dict[str, object], path: str, query: dict[str, str], authorization: str | None
) -> None:
    async with serving() as store, opened(settings(store.url, api, **keys)) as output:
        assert await output.send(LINES) == Action(Do.ACCEPT)
        assert await output.send(LINES) == Action(Do.ACCEPT)
    first, second = store.requests
    assert (first.method, first.path, first.query) == ("POST", path, query)
    assert first.headers.get("Authorization") == authorization
    assert first.headers["Content-Type"].startswith("text/plain")
    assert first.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(first.body) == b"\n".join(LINES)
    assert first.body == second.body


@pytest.mark.parametrize("api", APIS)
async def test_a_path_prefix_stays_in_front(api: str) -> None:
    async with serving() as store, opened(settings(store.url + "/influx/", api, org="ops")) as output:
        await output.send(LINES)
    assert store.requests[0].path.startswith(("/influx/write", "/influx/api/v"))


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("status", "headers", "body", "action"),
    [
        (401, {}, b'{"message":"unauthorized"}', Do.HOLD),
        (403, {}, b'{"message":"forbidden"}', Do.HOLD),
        (404, {}, b'{"error":"database not found: \\"linkledger\\""}', Do.HOLD),
        (302, {"Location": "/login"}, b"", Do.HOLD),
        (400, {}, b'{"error":"unable to parse"}', Do.SPLIT),
        (422, {}, b'{"message":"partial write: field type conflict dropped=1"}', Do.REJECT),
        (413, {}, b"", Do.SHRINK),
        (429, {"Retry-After": "7"}, b"", Do.RETRY),
        (500, {}, b"not json \xff", Do.RETRY),
        (503, {"Retry-After": "Thu, 01 Jan 2026 00:00:07 GMT"}, b"", Do.RETRY),
    ],
)
async def test_every_api_passes_the_stores_answer_on(
    api: str, status: int, headers: dict[str, str], body: bytes, action: Do
) -> None:
    async with serving() as store, opened(settings(store.url, api, org="ops", token=TOKEN)) as output:
        store.status, store.headers, store.body = status, headers, body
        decided = await output.send(LINES)
    assert decided.do is action
    assert decided.why.startswith(str(status))
    assert decided.retry_after_ms == (7_000 if headers.get("Retry-After") else None)
    assert len(store.requests) == 1


@pytest.mark.parametrize(
    ("api", "keys", "status", "advice"),
    [
        ("v1", {}, 401, "check its `username` and `password`"),
        ("v2", {"org": "ops"}, 401, "check its `token`"),
        ("v3", {}, 403, "give its credentials the right to write to 'linkledger'"),
        ("v1", {"bucket": "wan"}, 404, 'run `CREATE DATABASE "wan"` on it, or correct `bucket`'),
        (
            "v2",
            {"org": "ops"},
            404,
            "create the bucket 'linkledger' in the organisation 'ops', or correct them",
        ),
        ("v3", {}, 404, "check its `url` and that `api: v3` is what it speaks"),
        ("victoriametrics", {}, 405, "check its `url` and that `api: victoriametrics` is what it speaks"),
    ],
)
async def test_a_refusal_says_what_to_do(api: str, keys: dict[str, object], status: int, advice: str) -> None:
    async with serving() as store, opened(settings(store.url, api, **keys)) as output:
        store.status = status
        assert (await output.send(LINES)).why.endswith(f"; {advice}")


@pytest.mark.parametrize("api", APIS)
async def test_a_store_that_does_not_answer_in_time_is_slow(api: str) -> None:
    async with serving() as store, opened(settings(store.url, api, timeout="50ms", org="o")) as output:
        store.silent = True
        assert await output.send(LINES) == Action(Do.SLOW, "no answer within 50ms")


@pytest.mark.parametrize("api", APIS)
async def test_a_closed_port_is_tried_again(api: str) -> None:
    async with serving() as store:
        url = store.url
    async with opened(settings(url, api, org="o")) as output:
        action = await output.send(LINES)
    assert action.do is Do.RETRY
    assert action.why.startswith("not reached: ")


@pytest.mark.parametrize("url", ["not a url", "http://", "ftp://127.0.0.1:1"])
async def test_a_url_that_is_none_is_held(url: str) -> None:
    configured = settings("http://127.0.0.1:8086", "v1").model_copy(update={"url": url})
    async with opened(configured) as output:
        assert (await output.send(LINES)).do is Do.HOLD


async def test_a_token_that_can_not_stand_in_a_header_is_held_and_not_said() -> None:
    async with serving() as store, opened(settings(store.url, "v3", token=f"{TOKEN}\n")) as output:
        action = await output.send(LINES)
    assert action.do is Do.HOLD
    assert "no line breaks" in action.why
    assert TOKEN not in action.why
    assert store.requests == []


@pytest.mark.parametrize("api", APIS)
async def test_a_private_authority_is_trusted_when_its_file_is_named_and_only_then(
    api: str, tmp_path: Path
) -> None:
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    async with serving(tls) as store:
        async with opened(settings(store.url, api, org="o", ca_file=ca_file)) as output:
            assert (await output.send(LINES)).do is Do.ACCEPT
        async with opened(settings(store.url, api, org="o")) as output:
            action = await output.send(LINES)
            assert action.do is Do.HOLD
            assert "set `ca_file`" in action.why
        async with opened(settings(store.url, api, org="o", ca_file=tmp_path / "none.pem")) as output:
            action = await output.send(LINES)
            assert action.do is Do.HOLD
            assert "none.pem" in action.why


@contextmanager
def everything_that_is_said(capfd: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    said: list[str] = []
    with capture_logs() as logs:
        yield said
    captured = capfd.readouterr()
    said.extend((str(logs), captured.out, captured.err))


@pytest.mark.parametrize("api", APIS)
async def test_no_secret_is_ever_said_even_when_the_store_echoes_it(
    api: str, clock: FakeClock, capfd: pytest.CaptureFixture[str]
) -> None:
    journal = FakeJournal(SERIES)
    journal.commit(outcomes(3))
    with everything_that_is_said(capfd) as said:
        async with serving() as store:
            store.status = 401
            store.body = f'{{"error": "bad credential {TOKEN} {PASSWORD}"}}'.encode()
            configured = settings(store.url, api, org="o", token=TOKEN, username="ada", password=PASSWORD)
            output = Influxdb("central", configured, clock)
            worker = OutputWorker(output, journal, clock, lambda row: 1)
            task = asyncio.create_task(worker.run())
            await until(lambda: worker.statistics().state is State.HELD)
            said.append(repr((configured, worker.statistics(), vars(output), vars(worker))))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert "bad credential *** ***" in "".join(said)
    assert TOKEN not in "".join(said)
    assert PASSWORD not in "".join(said)


@pytest.mark.slow
def test_the_v2_library_is_not_imported_by_the_module() -> None:
    check = "import collector.outputs.influxdb, sys; print('influxdb_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
