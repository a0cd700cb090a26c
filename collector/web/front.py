"""The pages: from a request to what a view is asked, and from what it drew to the answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import web

from collector.circuits import Status
from collector.web import authors
from collector.web.answers import asked_of, response, takes_gzip
from collector.web.live import LiveConfig
from collector.web.packing import packed_pieces
from collector.web.parts import Parts
from collector.web.routes import PAGES, Page, drawn
from collector.web.seen import Seen
from collector.web.sources import CircuitNow
from collector.web.sparks import Sparks
from collector.web.statics import STATICS
from collector.web.views.view import Asked, BadRequest, Banner, HostNow, ReportsNow
from probes.model import Round

if TYPE_CHECKING:
    from collector.web.views.circuits import Kept

_PAGE = {"Content-Type": "text/html; charset=utf-8", "Vary": "Accept-Encoding, Accept"}
KEPT = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
"""A file's address carries its digest."""
_OFFERING = ("/reports", "/performance/reviews")
"""Pages that must know which reports there are, and whether they can be PDFs."""


class Front:
    """Handlers of everything that people read."""

    def __init__(
        self, parts: Parts, live: LiveConfig, reasons: Callable[[], Sequence[str]], drawer: Executor,
        url: Callable[[], str],
    ) -> None:  # fmt: skip
        """`drawer` is where `/` is drawn; `reasons` says everything that is wrong; `url`: where we are."""
        self._parts = parts
        self._live = live
        self._reasons = reasons
        self._drawer = drawer
        self._url = url
        self.sparks = Sparks(parts)
        self._rows: Kept | None = None

    def attach(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self._front)
        app.router.add_get("/static/{name:.+}", _static)
        app.router.add_get("/favicon.ico", _icon)
        for page in PAGES:
            app.router.add_get(page.path, partial(self._page, page))

    def seen(self) -> Seen:
        """What the daemon knows at this moment."""
        sources, now = self._parts.sources, self._parts.clock.now()
        return Seen(
            settings=sources.settings(),
            circuits=tuple(sources.circuits()),
            figures=tuple(sources.figures()),
            rounds=self.latest(),
            reasons=self._reasons(),
            now_ms=now.wall_ms,
            outputs=tuple(sources.outputs()),
            credits=tuple(sources.credits()),
            deadlines=tuple(sources.deadlines()),
            claims=tuple(sources.claims()),
        )

    def latest(self) -> Mapping[tuple[str, str], Round]:
        """The last rounds by (circuit, probe)."""
        return (self._parts.latest or self._parts.probes.latest)()

    async def author(self, request: web.Request) -> str:
        """Whose name a note would bear that came with this request; empty: nobody's."""
        proven = authors.named(request)
        both = None if proven else authors.ends(request, self._live.config)
        if both is None:
            return proven
        return await asyncio.get_running_loop().run_in_executor(self._drawer, authors.login_of, both)

    async def asked(
        self,
        request: web.Request,
        path: str,
        parts: Mapping[str, str],
        known: Sequence[CircuitNow] | None = None,
    ) -> Asked:
        """What the view of `path` needs to know of this request; `known`: the circuits, if asked for."""
        circuits = self._parts.sources.circuits() if known is None else known
        named = parts.get("circuit")
        return Asked(
            path=path,
            parts=parts,
            query=flat(request.query),
            author=await self.author(request),
            banner=self._banner(circuits),
            now=tuple(one for one in circuits if one.circuit == named) if named else (),
            host=self._host() if path == "/host" else None,
            reports=await self._reports() if path.startswith(_OFFERING) else None,
        )

    async def again(self, request: web.Request, page: Page, asked: Asked) -> web.Response:
        """A page whose form was refused, with what was typed and why it was not taken (422)."""
        answer = await asked_of(self._parts.clerk, drawn, page.view, asked, gzip=takes_gzip(request))
        return response(request, replace(answer, status=422, etag=""))

    async def _page(self, page: Page, request: web.Request) -> web.StreamResponse:
        asked = await self.asked(request, request.path, dict(request.match_info))
        answer = await asked_of(self._parts.clerk, drawn, page.view, asked, gzip=takes_gzip(request))
        return response(request, answer)

    async def _front(self, request: web.Request) -> web.StreamResponse:
        """`/`, drawn in slices in the drawer's thread: between two of them the event loop has its turn."""
        seen = replace(self.seen(), sparks=await self.sparks.newest())
        asked = await self.asked(request, "/", {}, seen.circuits)
        gzip, loop = takes_gzip(request), asyncio.get_running_loop()
        try:
            drawing = partial(self._pieces, seen, asked, gzip=gzip)
            slices = await loop.run_in_executor(self._drawer, drawing)
        except BadRequest as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        answer = web.StreamResponse(headers=_PAGE | ({"Content-Encoding": "gzip"} if gzip else {}))
        await answer.prepare(request)
        if request.method == "GET":
            while piece := await loop.run_in_executor(self._drawer, next, slices, b""):
                await answer.write(piece)
        return answer

    def _pieces(self, seen: Seen, asked: Asked, *, gzip: bool) -> Iterator[bytes]:
        """In the drawer's thread; the view is imported when somebody looks first."""
        from collector.web.views import circuits

        if self._rows is None:
            self._rows = circuits.Kept()
        return packed_pieces(circuits.pieces(seen, asked, self._rows), gzip=gzip)

    def _banner(self, circuits: Sequence[CircuitNow]) -> Banner:
        settings, counts = self._parts.sources.settings(), Counter(one.status for one in circuits)
        return Banner(
            settings.site,
            down=counts[Status.DOWN],
            unknown=counts[Status.UNKNOWN],
            up=counts[Status.UP],
            reasons=tuple(self._reasons()),
            made_up=settings.demo is not None,
        )

    async def _reports(self) -> ReportsNow | None:
        return await asked_of(self._parts.clerk, self._parts.reports) if self._parts.reports else None

    def _host(self) -> HostNow | None:
        told = self._parts.host() if self._parts.host else None
        return replace(told, listen=self._url()) if told else None


class Fields(Protocol):
    """What came in a query or a form: a name may have several values."""

    def __iter__(self) -> Iterator[str]:
        """Every name, as often as it came."""

    def getall(self, name: str, /) -> Sequence[Any]:
        """Its values, in the order in which they came."""


def flat(fields: Fields) -> dict[str, str]:
    """A value a field; several are joined by line feeds."""
    return {name: "\n".join(map(str, fields.getall(name))) for name in dict.fromkeys(fields)}


async def _icon(_: web.Request) -> web.Response:
    """Where browsers look for it while they show what is no page, such as /metrics."""
    icon = STATICS["icon.svg"]
    return web.Response(body=icon.content, content_type=icon.content_type)


async def _static(request: web.Request) -> web.Response:
    found = STATICS.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    text = found.content_type.startswith("text/")
    if found.packed and takes_gzip(request):
        body, headers = found.packed, KEPT | {"Content-Encoding": "gzip"}
    else:
        body, headers = found.content, KEPT
    return web.Response(
        body=body, content_type=found.content_type, charset="utf-8" if text else None, headers=headers
    )
