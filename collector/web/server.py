"""The HTTP server: routes, limits, TLS, start and stop."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

import structlog
from aiohttp import web

from collector.web import listen, pages, problems
from collector.web.exposition import Exposition
from collector.web.guard import Guard
from collector.web.health import Health
from collector.web.live import LiveConfig
from collector.web.metrics import ProbeMetrics
from collector.web.sources import Sources
from collector.web.textformat import gzipped
from collector.web.tls import NewestContext
from config.settings import WebSettings
from probes.clock import Clock

_log = structlog.get_logger()

CONNECTIONS = 512
BODY_BYTES = 64 * 1024
IDLE_SECONDS = 30.0
"""How long a connection may keep us waiting for a whole request."""
REFRESH_SECONDS = 30
STOP_SECONDS = 0.3
"""How long a request under way may still take at a stop; aiohttp waits for it twice."""


class WebUnavailable(Exception):  # noqa: N818 - a state of the daemon, in which it goes on
    """Nothing listens; the text says where it should have, why not and what to do."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the server shows, and what it may set off.

    `reload` reads the configuration again and gives a sentence for every problem: none, it is in force.
    """

    sources: Sources
    probes: ProbeMetrics
    exposition: Exposition
    health: Health
    reload: Callable[[], Awaitable[Sequence[str]]]


class WebServer:
    """Serves `parts` where `settings` says; start it again after WebUnavailable, whenever."""

    def __init__(self, settings: WebSettings, parts: Parts, clock: Clock) -> None:
        """Read the web-config file; raises WebConfigError, also where listening so is not allowed."""
        self._settings = settings
        self._parts = parts
        self._clock = clock
        self._live = LiveConfig(settings.config_file, partial(listen.objection, settings))
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._drawer = ThreadPoolExecutor(1, "web page")
        self._login = ThreadPoolExecutor(1, "web login")

    @property
    def url(self) -> str:
        """Where it can be reached, with the port that the system chose where the setting says 0."""
        scheme = "https" if self._live.config.tls_server_config.enabled else "http"
        host, port = listen.parse(self._settings.listen)
        if self._listener and self._listener.sockets:
            port = self._listener.sockets[0].getsockname()[1]
        return f"{scheme}://{f'[{host}]' if ':' in host else host or 'localhost'}:{port}"

    async def start(self) -> None:
        """Listen; raises WebUnavailable."""
        runner = web.AppRunner(
            self._application(), access_log=None, handle_signals=False, shutdown_timeout=STOP_SECONDS
        )
        await runner.setup()
        try:
            self._listener = await self._listen(runner)
        except OSError as error:
            await runner.cleanup()
            raise WebUnavailable(_sentence(self._settings.listen, error)) from error
        self._runner = runner
        for warning in self._live.config.warnings:
            _log.warning("web.config_warning", warning=warning)
        _log.info("web.listening", url=self.url)

    async def stop(self) -> None:
        """Stop listening, and end every connection within a second."""
        if self._listener and self._runner:
            self._listener.close()
            await self._runner.cleanup()
        for executor in (self._drawer, self._login):
            executor.shutdown(wait=False, cancel_futures=True)

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=BODY_BYTES)
        Guard(self._live, self._clock, self._login).attach(app)
        app.router.add_get("/", self._page)
        app.router.add_get("/static/{name}", _static)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/-/healthy", self._healthy)
        app.router.add_get("/-/ready", self._ready)
        app.router.add_post("/-/reload", self._reload)
        return app

    async def _listen(self, runner: web.AppRunner) -> asyncio.Server:
        host, port = listen.parse(self._settings.listen)
        loop = asyncio.get_running_loop()
        secure = self._live.context is not None
        return await loop.create_server(
            lambda: _admit(runner),
            host or None,
            port,
            ssl=NewestContext.of(self._context) if secure else None,
            ssl_handshake_timeout=5 if secure else None,
            ssl_shutdown_timeout=STOP_SECONDS if secure else None,
        )

    def _context(self) -> ssl.SSLContext:
        context = self._live.context
        if context is None:
            raise RuntimeError("a TLS listener without a TLS context")
        return context

    async def _page(self, request: web.Request) -> web.Response:
        sources, refresh = self._parts.sources, request.query.get("refresh") != "off"
        seen = pages.Seen(
            settings=sources.settings(),
            circuits=tuple(sources.circuits()),
            figures=tuple(sources.figures()),
            rounds=self._parts.probes.latest(),
            outputs=tuple(sources.outputs()),
            reasons=self._reasons(),
            now_ms=self._clock.now().wall_ms,
        )
        draw = partial(pages.draw, seen, _first(request), REFRESH_SECONDS if refresh else 0)
        html = await asyncio.get_running_loop().run_in_executor(self._drawer, draw)
        return web.Response(text=html, content_type="text/html")

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        scrape = self._parts.exposition.scrape(request.headers.get("Accept", ""))
        response = web.StreamResponse(
            headers={"Content-Type": scrape.content_type, "Vary": "Accept, Accept-Encoding"}
        )
        if request.method == "HEAD":
            return response
        pieces = scrape.pieces
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.headers["Content-Encoding"] = "gzip"
            pieces = gzipped(pieces)
        await response.prepare(request)
        for piece in pieces:
            if piece:
                await response.write(piece)
            await asyncio.sleep(0)
        return response

    async def _healthy(self, request: web.Request) -> web.Response:
        return _verdict(self._parts.health.silent(), "healthy")

    async def _ready(self, request: web.Request) -> web.Response:
        return _verdict(self._reasons(), "ready")

    def _reasons(self) -> tuple[str, ...]:
        """Everything that is wrong, the web-config file included."""
        problem = self._live.problem
        return (*self._parts.health.reasons(), *([f"web config: {problem}"] if problem else ()))

    async def _reload(self, request: web.Request) -> web.Response:
        if not self._settings.reload:
            raise web.HTTPForbidden(
                text="reloading over HTTP is off: set web.reload: true, or send the daemon SIGHUP"
            )
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise web.HTTPForbidden(text="another site's page may not set off a reload")
        wrong = await self._parts.reload()
        if wrong:
            raise web.HTTPInternalServerError(
                text="\n".join(("the old configuration stays in force:", *wrong))
            )
        return web.Response(text="reloaded\n")


def _verdict(reasons: Sequence[str], good: str) -> web.Response:
    """200 and a word, or 503 and the reasons, one a line."""
    return web.Response(status=503 if reasons else 200, text="\n".join(reasons or (good,)) + "\n")


def _first(request: web.Request) -> int:
    text = request.query.get("first", "1")
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and int(text) > 0):
        raise web.HTTPBadRequest(text="`first` is the number of the first row to show, from 1")
    return int(text)


async def _static(request: web.Request) -> web.Response:
    if request.match_info["name"] not in pages.STATIC:
        raise web.HTTPNotFound
    content, content_type = pages.STATIC[request.match_info["name"]]
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}  # the address carries its digest
    return web.Response(body=content, content_type=content_type, headers=kept)


class _Connection(web.RequestHandler):
    """aiohttp's, but an error that reaches it is a problem document too, and a scanner's noise no error."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that could not be read (400) or whose handler failed (500), and hang up."""
        if isinstance(exc, ConnectionError):
            raise exc  # the client has gone, or was cut off: nobody is left to answer
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("web.request_failed", path=request.path, exc_info=exc)
        if request.writer.output_size:
            raise ConnectionResetError("half of an answer has been sent")
        response = problems.problem(
            status, "" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else message or ""
        )
        response.force_close()
        return response


class _TurnedAway(asyncio.Protocol):
    """One connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def _admit(runner: web.AppRunner) -> asyncio.Protocol:
    server = runner.server
    if server is None or len(server.connections) >= CONNECTIONS:
        return _TurnedAway()
    return _Connection(
        server,
        loop=asyncio.get_running_loop(),
        access_log=None,  # type: ignore[arg-type]  # aiohttp reads None as none
        keepalive_timeout=IDLE_SECONDS,
        lingering_time=1.0,
    )


def _sentence(where: str, error: OSError) -> str:
    """Why nothing listens, and what to do."""
    port = where.rpartition(":")[2]
    what = {
        errno.EADDRINUSE: "another program listens there already: stop it "
        f"(`ss -ltnp 'sport = :{port}'` names it), or set another port in web.listen",
        errno.EADDRNOTAVAIL: "this host has no such address: set one of its own in web.listen",
        errno.EACCES: "this user may not: set a port above 1023 in web.listen",
    }
    reason = what.get(
        error.errno or 0, f"{error.strerror or error}: set an address of this host in web.listen"
    )
    return f"the web server can't listen on {where}: {reason}"
