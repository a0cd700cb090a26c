"""InfluxDB 1, 2, 3 and VictoriaMetrics: one line protocol, four doors.

| api             | door                                                  | credentials                     |
|-----------------|-------------------------------------------------------|---------------------------------|
| v1              | POST /write?db=BUCKET&precision=ns                    | Basic, else `Token`             |
| v2              | POST /api/v2/write?org=&bucket=&precision=ns          | `Token`                         |
| v3              | POST /api/v3/write_lp?db=BUCKET&precision=nanosecond  | `Bearer`                        |
| victoriametrics | POST /api/v2/write?precision=ns                       | Basic, else `Bearer`            |

The api is what the configuration says and never found out by asking: VictoriaMetrics answers
`/write` as InfluxDB 1.8 would. It gets no database (it would make a label of it) and no strings (it
would store 0), and it drops a line that it can't read without a word.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any, Protocol

import aiohttp

from collector.ledger.model import LogRow, Series
from collector.outputs.answers import Action, Do, classify
from collector.outputs.http import Answer, send, tls_context, unanswered, without_secrets
from collector.outputs.line_protocol import RowEncoder
from config.outputs import InfluxdbOutput
from probes.clock import Clock
from probes.values import Secret

_CONTENT = {"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "gzip"}


class Transport(Protocol):
    """Takes a packed body to a store; raises aiohttp.ClientError, OSError or TimeoutError."""

    async def post(self, body: bytes) -> Answer:
        """One request, one answer."""

    async def aclose(self) -> None:
        """Close its connections."""


class HttpTransport:
    """Plain HTTP, for v1, v3 and VictoriaMetrics."""

    def __init__(self, settings: InfluxdbOutput, tls: ssl.SSLContext | bool) -> None:
        path, self._query = _door(settings)
        self._url = settings.url.rstrip("/") + path
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls),
            timeout=aiohttp.ClientTimeout(total=settings.timeout.seconds),
            headers=_CONTENT | _credentials(settings),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def post(self, body: bytes) -> Answer:
        """One request."""
        return await send(self._session, self._url, body, query=self._query)

    async def aclose(self) -> None:
        """Close the session."""
        await self._session.close()


class ClientTransport:
    """influxdb-client's asynchronous write API, for v2, fed with ready bytes.

    It neither compresses off the event loop nor keeps a call's own time-out, so the body comes packed
    and the time-out is the client's.
    """

    def __init__(self, settings: InfluxdbOutput, tls: ssl.SSLContext | bool, library: ModuleType) -> None:
        self._settings = settings
        self._library = library
        self._client: Any = library.client.influxdb_client_async.InfluxDBClientAsync(
            url=settings.url,
            token=settings.token.reveal() if settings.token else None,
            org=settings.org or "",
            timeout=settings.timeout.ms,
            ssl_context=tls if isinstance(tls, ssl.SSLContext) else None,
            allow_redirects=False,
        )
        self._client.api_client.set_default_header("Content-Encoding", "gzip")
        self._write_api: Any = self._client.write_api()

    async def post(self, body: bytes) -> Answer:
        """Write it; the library's own error becomes the answer that it was."""
        try:
            await self._write_api.write(
                bucket=self._settings.bucket, record=body, write_precision=self._library.WritePrecision.NS
            )
        except self._library.rest.ApiException as error:
            return Answer(error.status or 0, dict(error.headers or {}), error.body or b"")
        return Answer(204, {}, b"")

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.close()


class Influxdb:
    """An output (see base.Output) to one configured store."""

    def __init__(self, name: str, settings: InfluxdbOutput, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._clock = clock
        self._encoder = RowEncoder(strings=settings.api != "victoriametrics")
        self._transport: Transport | None = None

    @property
    def name(self) -> str:
        """As it is configured."""
        return self._name

    def encode(self, row: LogRow, series: Series, status: int) -> Sequence[bytes]:
        """The row in line protocol."""
        return self._encoder.lines(row, series, status)

    async def send(self, lines: Sequence[bytes]) -> Action:
        """One write; connections are opened by the first."""
        body = await asyncio.to_thread(_packed, lines)
        try:
            if self._transport is None:
                self._transport = await self._open()
            answer = await self._transport.post(body)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return self._explained(unanswered(error, self._settings.timeout, self._settings.ca_file), 0)
        action = classify(answer.status, answer.headers, answer.body, self._clock.now().wall_ms)
        return self._explained(action, answer.status)

    async def aclose(self) -> None:
        """Close connections."""
        if self._transport is not None:
            await self._transport.aclose()
            self._transport = None

    async def _open(self) -> Transport:
        """Certificates and the v2 library (over a second to import) are loaded off the event loop."""
        tls = await asyncio.to_thread(tls_context, self._settings.url, self._settings.ca_file)
        if self._settings.api != "v2":
            return HttpTransport(self._settings, tls)
        library = await asyncio.to_thread(_library)
        return ClientTransport(self._settings, tls, library)

    def _explained(self, action: Action, status: int) -> Action:
        """With what to do about it, and without our secrets, should the answer have echoed one."""
        if action.do is Do.ACCEPT:
            return action
        why = without_secrets(action.why, (self._settings.token, self._settings.password))
        advice = _advice(self._settings, status) if action.do is Do.HOLD else ""
        return replace(action, why=f"{why}; {advice}" if advice else why)


def _library() -> ModuleType:
    """The v2 client, imported only where it is used: it takes over a second."""
    import influxdb_client.client.influxdb_client_async

    return influxdb_client


def _packed(lines: Sequence[bytes]) -> bytes:
    """One body, the same for the same lines."""
    return gzip.compress(b"\n".join(lines), compresslevel=1, mtime=0)


def _door(settings: InfluxdbOutput) -> tuple[str, dict[str, str]]:
    """Path and query of a write."""
    if settings.api == "v1":
        return "/write", {"db": settings.bucket, "precision": "ns"}
    if settings.api == "v3":
        return "/api/v3/write_lp", {"db": settings.bucket, "precision": "nanosecond"}
    return "/api/v2/write", {"precision": "ns"}


def _credentials(settings: InfluxdbOutput) -> dict[str, str]:
    """The Authorization header, or none."""
    basic = settings.api in ("v1", "victoriametrics") and settings.username is not None
    if basic and settings.username is not None:
        password = (settings.password or Secret("")).reveal()
        return {"Authorization": aiohttp.encode_basic_auth(settings.username, password)}
    if settings.token is None:
        return {}
    scheme = "Token" if settings.api == "v1" else "Bearer"
    return {"Authorization": f"{scheme} {settings.token.reveal()}"}


def _advice(settings: InfluxdbOutput, status: int) -> str:
    """What a person can do about a refusal."""
    bucket = settings.bucket
    if status == 401:
        return "check its `username` and `password`" if settings.api == "v1" else "check its `token`"
    if status == 403:
        return f"give its credentials the right to write to {bucket!r}"
    if status == 404 and settings.api == "v1":
        return f'run `CREATE DATABASE "{bucket}"` on it, or correct `bucket`'
    if status == 404 and settings.api == "v2":
        return f"create the bucket {bucket!r} in the organisation {settings.org or ''!r}, or correct them"
    if 300 <= status < 500 or status == 200:
        return f"check its `url` and that `api: {settings.api}` is what it speaks"
    return ""
