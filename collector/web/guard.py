"""What every request passes (time, rate limit, login), and what every response gets (headers)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

import structlog
from aiohttp import web

from collector.web import problems
from collector.web.auth import Doorkeeper, TooManyGuessesError
from collector.web.live import LiveConfig
from collector.web.webconfig import RateLimit, WebConfig
from probes.clock import NS_PER_MS, Clock

_log = structlog.get_logger()

REQUEST_SECONDS = 30.0
"""From a request's last header to its response's last byte: a client that reads slower is cut off."""
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """The middlewares, outermost first, and the headers."""

    def __init__(self, live: LiveConfig, clock: Clock, executor: Executor) -> None:
        self._live = live
        self._clock = clock
        self._doorkeeper = Doorkeeper(executor)
        self._full_ns = 0
        """When every token of the rate limit that was taken will have come back."""

    def attach(self, app: web.Application) -> None:
        """Put the guard before every handler of `app`."""
        app.middlewares.extend((_bounded, _problems, self._limited, self._authenticated))
        app.on_response_prepare.append(self._add_headers)

    @web.middleware
    async def _limited(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        limit = self._live.config.rate_limit
        if limit.interval.ms and not self._take_token(limit):
            raise web.HTTPTooManyRequests(
                text="more requests than the web-config file's rate_limit allows",
                headers={"Retry-After": "1"},
            )
        return await handler(request)

    @web.middleware
    async def _authenticated(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        config = self._live.config
        if not _certificate_fits(request, config):
            raise web.HTTPForbidden(text="the client certificate's names are not among client_allowed_sans")
        if config.basic_auth_users:
            try:
                login = request.headers.get("Authorization", "")
                admitted = await self._doorkeeper.admits(config.basic_auth_users, login)
            except TooManyGuessesError as error:
                raise web.HTTPTooManyRequests(
                    text="too many passwords wait to be checked", headers={"Retry-After": "1"}
                ) from error
            if not admitted:
                raise web.HTTPUnauthorized(
                    text="a user and password of the web-config file's basic_auth_users are needed",
                    headers={"WWW-Authenticate": 'Basic realm="linkledger", charset="UTF-8"'},
                )
        return await handler(request)

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Server"] = problems.SERVER
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.update(HEADERS | dict(self._live.config.http_server_config.headers))

    def _take_token(self, limit: RateLimit) -> bool:
        now_ns, interval_ns = self._clock.now().mono_ns, limit.interval.ms * NS_PER_MS
        full_ns = max(self._full_ns, now_ns) + interval_ns
        if full_ns - now_ns > limit.burst * interval_ns:
            return False
        self._full_ns = full_ns
        return True


@web.middleware
async def _bounded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer, and have the answer taken, in time; whoever does not take it is cut off."""
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            response = await handler(request)
            await response.prepare(request)
            await response.write_eof()
    except TimeoutError:
        _log.info("web.request_timed_out", path=request.path, client=request.remote)
        if request.transport:
            request.transport.abort()
        raise ConnectionResetError("the answer was not taken in time") from None
    return response


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return problems.of(error)


def _certificate_fits(request: web.Request, config: WebConfig) -> bool:
    allowed = config.tls_server_config.client_allowed_sans
    if not allowed:
        return True
    shown = request.get_extra_info("peercert") or {}
    return any(name in allowed for _, name in shown.get("subjectAltName", ()))
