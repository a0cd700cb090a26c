"""The HTTP server: routes, limits, TLS, start and stop."""

from __future__ import annotations

import asyncio
import errno
import ssl
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from collector.web import listen, problems
from collector.web.api.routes import Api
from collector.web.forms import Forms
from collector.web.front import Front
from collector.web.guard import Guard
from collector.web.live import LiveConfig
from collector.web.operations import Operations
from collector.web.parts import Parts
from collector.web.tls import NewestContext
from config.settings import WebSettings
from probes.clock import Clock

_log = structlog.get_logger()

CONNECTIONS = 512
BODY_BYTES = 64 * 1024
IDLE_SECONDS = 30.0
"""How long a connection may keep us waiting for a whole request."""
STOP_SECONDS = 0.3
"""How long a request under way may still take at a stop; aiohttp waits for it twice."""


class WebUnavailable(Exception):  # noqa: N818 - a state of the daemon, in which it goes on
    """Nothing listens; the text says where it should have, why not and what to do."""


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
        feedback, name = self._settings.feedback_key is not None, _host(self._settings.url)
        Guard(self._live, self._clock, self._login, name=name, feedback=feedback).attach(app)
        front = Front(self._parts, self._live, self._reasons, self._drawer, lambda: self.url)
        forms = Forms(self._parts, front)
        api = Api(self._parts, front, forms, self._drawer)
        operations = Operations(self._parts, self._reasons, may_reload=self._settings.reload)
        for part in (operations, api, front, forms):
            part.attach(app)
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

    def _reasons(self) -> tuple[str, ...]:
        """Everything that is wrong, the web-config file included."""
        problem = self._live.problem
        return (*self._parts.health.reasons(), *([f"web config: {problem}"] if problem else ()))


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
        said = "" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else message or ""
        make = problems.page if problems.reads_pages(request) else problems.problem
        response = make(status, said)
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


def _host(url: object) -> str:
    """The name in an address; empty without one."""
    return urlsplit(str(url or "")).hostname or ""


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
