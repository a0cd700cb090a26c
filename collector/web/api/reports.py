"""Reports over HTTP: made one at a time, for one of a large estate takes a core for half a minute."""

from __future__ import annotations

import asyncio

from aiohttp import web

from collector.ledger.errors import LedgerError
from collector.web.answers import AGAIN, given_of, problem_of, response, takes_gzip
from collector.web.api.asking import known
from collector.web.api.endpoint import BadParameter, Given
from collector.web.api.openapi import BASE
from collector.web.api.table import ENDPOINTS, FORMS
from collector.web.packing import packed
from collector.web.parts import Parts, Rendered, Report
from collector.web.views.view import Drawn

BEGIN = "/reports/{period}."
WAITING = 4
"""So many may wait for their turn; one more is told to come again."""
LOOK_SECONDS = 1.0
"""How often it is looked whether somebody still waits for the report that is being made."""
_LATER = {"Retry-After": "60"}


class Reports:
    """Handlers of `/reports/PERIOD.FORM`, which is the same under /api/v1/."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._turn = asyncio.Lock()
        self._asked = 0

    def attach(self, app: web.Application) -> None:
        """Add the routes."""
        forms = "|".join(FORMS)
        for begin in (f"{BASE}/reports", "/reports"):
            app.router.add_get(f"{begin}/{{period}}.{{form:{forms}}}", self._report)

    async def _report(self, request: web.Request) -> web.StreamResponse:
        form = request.match_info["form"]
        endpoint = next(one for one in ENDPOINTS if one.path == f"{BEGIN}{form}")
        given, settings = given_of(endpoint, request), self._parts.sources.settings()
        if self._parts.report is None:
            raise web.HTTPNotImplemented(text="this server makes no reports: use `linkledger report`")
        try:
            known(given, "carrier", settings.carriers)
            known(given, "site", settings.sites)
            made = await self._in_turn(request, self._parts.report, given)
        except (LedgerError, ChildProcessError) as error:
            raise web.HTTPServiceUnavailable(text=str(error), headers=AGAIN) from error
        except BadParameter as error:
            raise problem_of(error) from error
        except ValueError as error:
            raise problem_of(BadParameter.one("period", str(error))) from error
        except LookupError as error:
            raise problem_of(error) from error
        except RuntimeError as error:  # an extra that isn't installed; the text names it
            raise web.HTTPNotImplemented(text=str(error)) from error
        name = "" if form == "html" else made.file_name
        drawn = Drawn(made.body, made.content_type, made.etag, name)
        return response(request, await asyncio.to_thread(packed, drawn, gzip=takes_gzip(request)))

    async def _in_turn(self, request: web.Request, report: Report, given: Given) -> Rendered:
        """The report when its turn comes; raises what making it raises, and the HTTP error of a queue."""
        if self._asked > WAITING:
            said = f"{self._asked} reports are being made, one after the other: ask again in a minute or two"
            raise web.HTTPServiceUnavailable(text=said, headers=_LATER)
        self._asked += 1
        try:
            async with self._turn:
                return await _while_wanted(request, report, given)
        finally:
            self._asked -= 1


async def _while_wanted(request: web.Request, report: Report, given: Given) -> Rendered:
    """The report; it is given up when the one who asked has gone away: others wait."""
    form = request.match_info["form"]
    making = asyncio.ensure_future(report(given["period"], form, given["carrier"], given["site"]))
    try:
        while request.transport is not None:
            done, _ = await asyncio.wait([making], timeout=LOOK_SECONDS)
            if done:
                return making.result()
        raise ConnectionResetError("nobody waits for the report any more")
    finally:
        making.cancel()
