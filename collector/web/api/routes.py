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

from collector.ledger.errors import LedgerError
from collector.noting import Given as GivenNote
from collector.web.answers import AGAIN, asked_of, problem_of, response, takes_gzip
from collector.web.api import working
from collector.web.api.endpoint import BadParameter, Endpoint, Given, read
from collector.web.api.events import END, Events
from collector.web.api.openapi import BASE, document
from collector.web.api.table import ENDPOINTS, FORMS
from collector.web.forms import NOBODY, Forms
from collector.web.front import Front
from collector.web.packing import Packed, packed
from collector.web.parts import Parts
from collector.web.views.view import BadRequest, Drawn

NOTES = "/notes"
REPORT = "/reports/{period}."
STALLED_SECONDS = 20.0
"""A listener that takes nothing for so long is let go."""
_NOT_HERE = {"/events", "/openapi.json"}


class Api:
    """Handlers of everything under /api/v1/."""

    def __init__(self, parts: Parts, front: Front, forms: Forms, thread: Executor) -> None:
        self._parts = parts
        self._front = front
        self._forms = forms
        self._thread = thread
        self._events = Events(parts.sources, parts.clock)
        self._openapi = b""

    def attach(self, app: web.Application) -> None:
        """Add the routes."""
        for one in ENDPOINTS:
            if one.method == "get" and not one.path.startswith(REPORT) and one.path not in _NOT_HERE:
                app.router.add_get(BASE + one.path, partial(self._get, one))
        app.router.add_post(BASE + NOTES, self._note)
        app.router.add_get(f"{BASE}/openapi.json", self._document)
        app.router.add_get(f"{BASE}/events", self._listen, allow_head=False)
        forms = "|".join(FORMS)
        for begin in (f"{BASE}/reports", "/reports"):
            app.router.add_get(f"{begin}/{{period}}.{{form:{forms}}}", self._report)
        app.on_shutdown.append(self._shut)

    async def _get(self, endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
        given, gzip = _given(endpoint, request), takes_gzip(request)
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
        _given(_posting(), request)
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

    async def _report(self, request: web.Request) -> web.StreamResponse:
        parts = dict(request.match_info)
        endpoint = next(one for one in ENDPOINTS if one.path == f"{REPORT}{parts['form']}")
        given = _given(endpoint, request)
        if self._parts.report is None:
            raise web.HTTPNotImplemented(text="this server makes no reports: use `linkledger report`")
        try:
            made = await self._parts.report(given["period"], parts["form"], given["carrier"], given["site"])
        except LedgerError as error:
            raise web.HTTPServiceUnavailable(text=str(error), headers=AGAIN) from error
        except ValueError as error:
            raise problem_of(BadParameter.one("period", str(error))) from error
        except LookupError as error:
            raise problem_of(error) from error
        except RuntimeError as error:  # an extra that isn't installed; the text names it
            raise web.HTTPNotImplemented(text=str(error)) from error
        drawn = Drawn(
            made.body, made.content_type, made.etag, "" if parts["form"] == "html" else made.file_name
        )
        return response(request, await asyncio.to_thread(packed, drawn, gzip=takes_gzip(request)))

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


def _given(endpoint: Endpoint, request: web.Request) -> Given:
    try:
        return read(endpoint, dict(request.match_info), list(request.query.items()))
    except BadParameter as error:
        raise problem_of(error) from error


async def _json(request: web.Request) -> dict[str, Any]:
    """The object in a request's body; raises the HTTP error that says what is wrong of it."""
    if request.content_type != working.JSON:
        raise web.HTTPUnsupportedMediaType(text=f"a note comes as {working.JSON}; a form goes to /notes")
    try:
        told = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text=f"the body is no JSON: {error}") from error
    if not isinstance(told, dict):
        raise web.HTTPUnprocessableEntity(text='the body is to be an object, such as {"kind": "ticket"}')
    return told
