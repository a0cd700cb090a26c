"""What takes long is made one after the other: each request waits for its turn, or is told to come later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from collector.ledger.errors import LedgerError
from collector.web.answers import AGAIN, problem_of, response, takes_gzip
from collector.web.api.endpoint import BadParameter
from collector.web.packing import packed
from collector.web.parts import Rendered
from collector.web.views.view import Drawn

WAITING = 4
"""So many may wait for their turn; one more is told to come again."""
LOOK_SECONDS = 1.0
"""How often it is looked whether somebody still waits for what is being made."""
_LATER = {"Retry-After": "60"}
OF_A_FILE = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
"""What such a file may do: it brings its style, runs and fetches nothing, and is of no origin."""
Making = Callable[[], Awaitable[Rendered]]


class Turns:
    """The queue for reports and reviews: one of a large estate takes a core for half a minute."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._asked = 0

    async def answer(self, request: web.Request, making: Making, *, form: str) -> web.StreamResponse:
        """What was made as a file to keep, HTML to be looked at; raises the HTTP error for what it raises."""
        try:
            made = await self.made(request, making)
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
        kind = made.content_type.partition(";")[0]  # the answer says the charset of a text itself
        drawn = Drawn(made.body, kind, made.etag, "" if form == "html" else made.file_name)
        answer = response(request, await asyncio.to_thread(packed, drawn, gzip=takes_gzip(request)))
        if form == "html":
            answer.headers["Content-Security-Policy"] = OF_A_FILE
        return answer

    async def made(self, request: web.Request, making: Making) -> Rendered:
        """What is made when its turn comes; raises what making it raises, and the HTTP error of a queue."""
        if self._asked > WAITING:
            said = f"{self._asked} reports are being made, one after the other: ask again in a minute or two"
            raise web.HTTPServiceUnavailable(text=said, headers=_LATER)
        self._asked += 1
        try:
            async with self._turn:
                return await _while_wanted(request, making)
        finally:
            self._asked -= 1


async def _while_wanted(request: web.Request, making: Making) -> Rendered:
    """The same; it is given up when the one who asked has gone away: others wait."""
    task = asyncio.ensure_future(making())
    try:
        while request.transport is not None:
            done, _ = await asyncio.wait([task], timeout=LOOK_SECONDS)
            if done:
                return task.result()
        raise ConnectionResetError("nobody waits for the report any more")
    finally:
        task.cancel()
