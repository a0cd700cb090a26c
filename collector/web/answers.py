"""From what was drawn to a response, and from what went wrong to the error that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

from aiohttp import ETag, web

from collector.clerk import Clerk, ClerkBusyError, Desk
from collector.ledger.errors import LedgerError
from collector.web.api.endpoint import BadParameter, Endpoint, Given, read
from collector.web.packing import Packed
from collector.web.problems import Problem
from collector.web.views.view import BadRequest, NotFound

P = ParamSpec("P")
T = TypeVar("T")

AGAIN = {"Retry-After": "2"}


async def asked_of(
    clerk: Clerk, work: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """The clerk's answer; raises the HTTP error that says why there is none."""
    try:
        return await clerk.ask(work, *args, **kwargs)
    except (BadRequest, NotFound) as error:
        raise problem_of(error) from error
    except ClerkBusyError as error:
        said = "many others have asked at the same moment: ask again in some seconds"
        raise web.HTTPServiceUnavailable(text=said, headers=AGAIN) from error
    except TimeoutError as error:
        said = "that takes too long to be answered at once: ask for a shorter time, or for fewer circuits"
        raise web.HTTPServiceUnavailable(text=said, headers=AGAIN) from error
    except (LedgerError, ChildProcessError) as error:
        raise web.HTTPServiceUnavailable(text=str(error), headers=AGAIN) from error


def problem_of(error: Exception) -> web.HTTPException:
    """The HTTP error for what a view, or an endpoint, refused."""
    if isinstance(error, BadParameter):
        wrong = [{"parameter": one.parameter, "problem": one.problem} for one in error.wrong]
        return Problem(400, str(error), errors=wrong)
    if isinstance(error, LookupError):
        return web.HTTPNotFound(text=str(error.args[0]) if error.args else "")
    return web.HTTPBadRequest(text=str(error))


def given_of(endpoint: Endpoint, request: web.Request) -> Given:
    """A request's parameters as values; raises the HTTP error that names those that are wrong."""
    try:
        return read(endpoint, dict(request.match_info), list(request.query.items()))
    except BadParameter as error:
        raise problem_of(error) from error


def takes_gzip(request: web.Request) -> bool:
    """Whether who asks can unpack it."""
    return "gzip" in request.headers.get("Accept-Encoding", "")


def response(request: web.Request, answer: Packed) -> web.Response:
    """The answer to a request; 304 where the one who asks has it already (RFC 9110 15.4.5)."""
    headers = {"Vary": "Accept-Encoding, Accept"}
    if answer.etag:
        headers |= {"ETag": f'W/"{answer.etag}"', "Cache-Control": "private, no-cache"}
    if answer.etag and _has(request, answer.etag):
        return web.Response(status=304, headers=headers)
    if answer.gzip:
        headers["Content-Encoding"] = "gzip"
    if answer.file_name:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(answer.file_name, safe='')}"
    text = answer.content_type.startswith("text/")
    charset = "utf-8" if text else None
    return web.Response(
        status=answer.status,
        body=answer.body,
        content_type=answer.content_type,
        charset=charset,
        headers=headers,
    )


def _has(request: web.Request, etag: str) -> bool:
    held = request.if_none_match or ()
    return any(one == ETag("*") or one.value in (etag, "*") for one in held)
