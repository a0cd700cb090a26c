"""The API over HTTP: from the table to handlers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import web

from collector.noting import Given as GivenNote
from collector.web.answers import AGAIN, asked_of, given_of, problem_of, response, takes_gzip
from collector.web.api import working
from collector.web.api.endpoint import BadParameter, Endpoint
from collector.web.api.events import END, Events
from collector.web.api.openapi import BASE, document
from collector.web.api.reports import BEGIN as REPORT
from collector.web.api.reports import REVIEW, Reports
from collector.web.api.table import ENDPOINTS
from collector.web.forms import NOBODY, Forms
from collector.web.front import Front
from collector.web.packing import Packed, packed
from collector.web.parts import Parts
from collector.web.views.view import BadRequest, Drawn

NOTES = "/notes"
STALLED_SECONDS = 20.0
"""A listener that takes nothing for so long is let go."""
_NOT_HERE = {"/events", "/openapi.json", REVIEW}


class Api:
    """Handlers of everything under /api/v1/."""

    def __init__(self, parts: Parts, front: Front, forms: Forms, thread: Executor) -> None:
        self._parts = parts
        self._front = front
        self._forms = forms
        self._thread = thread
        self._events = Events(parts.sources, parts.clock, front.latest, front.sparks.newest)
        self._openapi = b""

    def attach(self, app: web.Application) -> None:
        """Add the routes."""
        for one in ENDPOINTS:
            if one.method == "get" and not one.path.startswith(REPORT) and one.path not in _NOT_HERE:
                app.router.add_get(BASE + one.path, partial(self._get, one))
        app.router.add_post(BASE + NOTES, self._note)
        app.router.add_get(f"{BASE}/openapi.json", self._document)
        app.router.add_get(f"{BASE}/events", self._listen, allow_head=False)
        Reports(self._parts).attach(app)
        app.on_shutdown.append(self._shut)

    async def _get(self, endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
        given, gzip = given_of(endpoint, request), takes_gzip(request)
        if endpoint.live:
            answer = await self._now(partial(working.from_now, work=endpoint.work, given=given, gzip=gzip))
        else:
            answer = await asked_of(self._parts.clerk, working.from_ledger, endpoint.work, given, gzip=gzip)
        return response(request, answer)

    async def _now(self, work: Callable[..., Packed]) -> Packed:
        seen = self._front.seen()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, seen)
        except (BadRequest, LookupError) as error:
            raise problem_of(error) from error

    async def _note(self, request: web.Request) -> web.StreamResponse:
        given_of(_posting(), request)
        author = await self._front.author(request)
        if not author:
            raise web.HTTPForbidden(text=NOBODY)
        told = await _json(request)
        kind = told.pop("kind", None)
        if not isinstance(kind, str):
            raise web.HTTPUnprocessableEntity(text="`kind` says which kind of note it is, such as ticket")
        try:
            done = await self._forms.write(GivenNote(kind, told), author)
        except ValueError as error:
            raise web.HTTPUnprocessableEntity(text=str(error)) from error
        answer = await asked_of(self._parts.clerk, working.note_from_ledger, done.id)
        made = response(request, answer)
        made.set_status(200 if done.repeated else 201)
        return made

    async def _document(self, request: web.Request) -> web.StreamResponse:
        if request.query:
            raise problem_of(BadParameter.one(next(iter(request.query)), "is no parameter: it takes none"))
        if not self._openapi:
            self._openapi = await asyncio.to_thread(lambda: working.encoded(document(ENDPOINTS)))
        drawn = Drawn(self._openapi, working.JSON)
        return response(request, await asyncio.to_thread(packed, drawn, gzip=takes_gzip(request)))

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        if request.query:
            raise problem_of(BadParameter.one(next(iter(request.query)), "is no parameter: it takes none"))
        if self._events.is_full:
            raise web.HTTPServiceUnavailable(text="too many listen already", headers=AGAIN)
        stream = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        queue = await self._events.join()
        try:
            await stream.prepare(request)
            while (event := await queue.get()) != END:
                async with asyncio.timeout(STALLED_SECONDS):
                    await stream.write(event)
        except TimeoutError:
            if request.transport:
                request.transport.abort()
            raise ConnectionResetError("the events were not taken in time") from None
        finally:
            self._events.leave(queue)
        with suppress(ConnectionError):
            await stream.write_eof()
        return stream

    async def _shut(self, _: web.Application) -> None:
        await self._events.close()


def _posting() -> Endpoint:
    return next(one for one in ENDPOINTS if (one.path, one.method) == (NOTES, "post"))


async def _json(request: web.Request) -> dict[str, Any]:
    """The object in a request's body; raises the HTTP error that says what is wrong of it."""
    if request.content_type != working.JSON:
        raise web.HTTPUnsupportedMediaType(text=f"a note comes as {working.JSON}; a form goes to /notes")
    try:
        told = json.loads(
            (await request.read()).decode(), object_pairs_hook=_object, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text=f"the body is no JSON: {error}") from error
    if not isinstance(told, dict):
        raise web.HTTPUnprocessableEntity(text='the body is to be an object, such as {"kind": "ticket"}')
    return told


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; raises ValueError where a name stands twice, since nobody knows which of both is meant."""
    found = dict(members)
    if len(found) < len(members):
        twice = next(name for name in found if [one for one, _ in members].count(name) > 1)
        raise ValueError(f"{twice[:100]!r} stands twice in an object")
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number (RFC 8259 6)")
