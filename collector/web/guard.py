"""What every request passes (time, rate limit, login, origin), and what every response gets (headers)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from collector.web import problems
from collector.web.auth import Doorkeeper, TooManyGuessesError
from collector.web.authors import STRANGER, USER, host_asked, is_loopback
from collector.web.live import LiveConfig
from collector.web.webconfig import RateLimit, WebConfig
from probes.clock import NS_PER_MS, Clock

_log = structlog.get_logger()

REQUEST_SECONDS = 30.0
"""From a request's last header to its response's last byte: a client that reads slower is cut off."""
PATIENT = frozenset(
    {"/reports/{period}.{form}", "/api/v1/reports/{period}.{form}"}
    | {"/performance/reviews/{period}.{form}", "/api/v1/review"}
)
REPORT_SECONDS = 300.0
"""The same for a report: one of a large estate takes half a minute, and others may be before it."""
ENDLESS = frozenset({"/api/v1/events"})
"""What goes on for as long as somebody listens; it sees to slow readers itself."""
HEALTH = frozenset({"/-/healthy", "/-/ready"})
"""What answers without a login too: the one who restarts a dead daemon has none."""
FEEDBACK = frozenset({"/feedback/{site}/{token}", "/static/{name}"})
"""What a link for people without a login leads to: the form (its token is looked at there) and its style."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = "Content-Security-Policy"
"""A response may bring one of its own, such as a report, which is one file with its style in it."""
HEADERS = {
    POLICY: "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """The middlewares, outermost first, and the headers."""

    def __init__(
        self, live: LiveConfig, clock: Clock, executor: Executor, *, name: str = "", feedback: bool = False
    ) -> None:
        """`name` is the host of `web.url`, by which a proxy on this host may ask; empty: there is none.

        With `feedback` there are links for people without a login: the pages' style is theirs too.
        """
        self._live = live
        self._name = name
        self._feedback = feedback
        self._clock = clock
        self._doorkeeper = Doorkeeper(executor)
        self._full_ns = 0
        """When every token of the rate limit that was taken will have come back."""

    def attach(self, app: web.Application) -> None:
        """Put the guard before every handler of `app`."""
        app.middlewares.extend(
            (_bounded, _problems, self._limited, self._addressed, self._authenticated, _own_origin)
        )
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
    async def _addressed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse a name that isn't ours where being on this host is all that is asked of anybody.

        Else a stranger's page could read everything in its reader's browser: it only has to let its own
        name point to 127.0.0.1 (DNS rebinding), and then it is of the same origin.
        """
        if not self._is_for_us(request) and _route_of(request) not in HEALTH:
            raise web.HTTPMisdirectedRequest(
                text="this page is for its own host, as localhost or 127.0.0.1; where a proxy brings it to "
                "others, web.url has to say under which name"
            )
        return await handler(request)

    def _is_for_us(self, request: web.Request) -> bool:
        """Whether the name that was asked for may be one of ours; none is a program's."""
        asked, ours = host_asked(request), request.get_extra_info("sockname")
        if self._live.config.authenticates or not ours or not is_loopback(str(ours[0])):
            return True
        return not request.headers.get("Host") or is_loopback(asked) or (bool(asked) and asked == self._name)

    @web.middleware
    async def _authenticated(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        config = self._live.config
        stranger = config.authenticates and self._is_open(request) and "Authorization" not in request.headers
        if stranger:
            request[STRANGER] = True
            return await handler(request)
        if not _certificate_fits(request, config):
            raise web.HTTPForbidden(text="the client certificate's names are not among client_allowed_sans")
        if config.basic_auth_users:
            request[USER] = await self._user(request, config)
        return await handler(request)

    def _is_open(self, request: web.Request) -> bool:
        """Whether a route answers without a login."""
        path = _route_of(request)
        return path in HEALTH or (self._feedback and path in FEEDBACK)

    async def _user(self, request: web.Request, config: WebConfig) -> str:
        """Who has logged in; raises the HTTP error that says why nobody has."""
        login = request.headers.get("Authorization", "")
        try:
            admitted = await self._doorkeeper.admits(config.basic_auth_users, login)
        except TooManyGuessesError as error:
            raise web.HTTPTooManyRequests(
                text="too many passwords wait to be checked", headers={"Retry-After": "1"}
            ) from error
        if admitted is None:
            raise web.HTTPUnauthorized(
                text="a user and password of the web-config file's basic_auth_users are needed",
                headers={"WWW-Authenticate": 'Basic realm="linkledger", charset="UTF-8"'},
            )
        return admitted

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Server"] = problems.SERVER
        response.headers.setdefault("Cache-Control", "no-store")
        own = {name: response.headers[name] for name in (POLICY,) if name in response.headers}
        response.headers.update(HEADERS | own | dict(self._live.config.http_server_config.headers))

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
    if request.path in ENDLESS and request.method == "GET":
        return await handler(request)
    try:
        async with asyncio.timeout(REPORT_SECONDS if _route_of(request) in PATIENT else REQUEST_SECONDS):
            response = await handler(request)
            await response.prepare(request)
            await response.write_eof()
    except TimeoutError:
        _log.info("web.request_timed_out", path=request.path, client=request.remote)
        if not request.writer.output_size:
            return _too_late(request)
        if request.transport:
            request.transport.abort()
        raise ConnectionResetError("the answer was not taken in time") from None
    return response


def _too_late(request: web.Request) -> web.Response:
    """What is said to somebody who could not be answered in time, and then hung up on."""
    if request.can_read_body and not request.content.is_eof():
        late: web.HTTPException = web.HTTPRequestTimeout(text="the body did not come in time")
    else:
        said = "that takes too long at this moment: ask for less, or again in a minute"
        late = web.HTTPServiceUnavailable(text=said, headers={"Retry-After": "60"})
    answer = problems.of(late, request)
    answer.force_close()
    return answer


def _route_of(request: web.Request) -> str:
    """The path of the route that answers, with its variable parts in braces; empty where none does."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return problems.of(error, request)
    except web.RequestPayloadError:
        said = "the body can't be read: send it as it is, without a Content-Encoding"
        answer = problems.of(web.HTTPBadRequest(text=said), request)
        answer.force_close()
        request.content.feed_eof()  # else aiohttp reads on, and meets the same again
        return answer


@web.middleware
async def _own_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site's page sends in its reader's name (cross-site request forgery)."""
    if request.method not in READING and not is_own(request):
        raise web.HTTPForbidden(text="another site's page may change nothing here: use the form on this one")
    return await handler(request)


def is_own(request: web.BaseRequest) -> bool:
    """Whether a request is of our own page or of no browser at all, by what the browser itself says.

    Every browser of today sends Sec-Fetch-Site (W3C Fetch Metadata 2.2); an older one sends Origin with
    every POST (RFC 6454 7.3). What sends neither is a program, and acts for nobody but itself.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return bool(request.host) and urlsplit(origin).netloc.lower() == request.host.lower()
    except ValueError:
        return False


def _certificate_fits(request: web.Request, config: WebConfig) -> bool:
    allowed = config.tls_server_config.client_allowed_sans
    if not allowed:
        return True
    shown = request.get_extra_info("peercert") or {}
    return any(name in allowed for _, name in shown.get("subjectAltName", ()))
