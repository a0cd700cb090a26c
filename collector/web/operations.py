"""What programs ask for by name: /metrics, the health checks, a reload."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from aiohttp import web

from collector.web.authors import STRANGER
from collector.web.parts import Parts
from collector.web.textformat import gzipped


class Operations:
    """Handlers of `/metrics` and `/-/`."""

    def __init__(self, parts: Parts, reasons: Callable[[], Sequence[str]], *, may_reload: bool) -> None:
        """`reasons` says everything that is wrong, the web-config file included."""
        self._parts = parts
        self._reasons = reasons
        self._may_reload = may_reload

    def attach(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/-/healthy", self._healthy)
        app.router.add_get("/-/ready", self._ready)
        app.router.add_post("/-/reload", self._reload)

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
        return _verdict(request, self._parts.health.silent(), "healthy")

    async def _ready(self, request: web.Request) -> web.Response:
        return _verdict(request, self._reasons(), "ready")

    async def _reload(self, request: web.Request) -> web.Response:
        if not self._may_reload:
            raise web.HTTPForbidden(
                text="reloading over HTTP is off: set web.reload: true, or send the daemon SIGHUP"
            )
        wrong = await self._parts.reload()
        if wrong:
            raise web.HTTPInternalServerError(
                text="\n".join(("the old configuration stays in force:", *wrong))
            )
        return web.Response(text="reloaded\n")


def _verdict(request: web.Request, reasons: Sequence[str], good: str) -> web.Response:
    """200 and a word, or 503 and the reasons, one a line; those are for who may log in."""
    if reasons and request.get(STRANGER):
        reasons = (f"not {good}; log in to be told why",)
    return web.Response(status=503 if reasons else 200, text="\n".join(reasons or (good,)) + "\n")
