"""Errors: a page for people, a problem document (RFC 9457) for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from collector.web.html import render

SERVER = "linkledger"
"""The Server header: without it aiohttp would name its own and Python's version."""
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")
_FOR_PROGRAMS = ("/api/", "/-/", "/metrics", "/static/")


class Problem(web.HTTPException):
    """An error with members of its own, such as `errors: [{parameter, problem}]`."""

    def __init__(self, status: int, detail: str, **members: Any) -> None:  # noqa: ANN401 - JSON
        self.status_code = status
        self.members = members
        super().__init__(text=detail)


def problem(
    status: int, detail: str = "", headers: Mapping[str, str] | None = None, **members: Any  # noqa: ANN401
) -> web.Response:  # fmt: skip
    """A response whose body says what happened and what to do about it."""
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        document["detail"] = detail
    return web.Response(
        status=status,
        body=json.dumps(document | members).encode(),
        content_type="application/problem+json",
        headers={"Server": SERVER, **(headers or {})},
    )


def of(error: web.HTTPException, request: web.Request) -> web.Response:
    """The answer for what a handler, or the router, raised as an exception."""
    said = "" if error.text == f"{error.status}: {error.reason}" else error.text or ""
    headers = {name: error.headers[name] for name in _KEPT if name in error.headers}
    if error.status < HTTPStatus.BAD_REQUEST:
        return web.Response(status=error.status, headers={"Location": error.headers["Location"]})
    if reads_pages(request):
        return page(error.status, said, headers)
    return problem(error.status, said, headers, **getattr(error, "members", {}))


def page(status: int, detail: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """The same as a page."""
    body = render("error.html", status=status, title=HTTPStatus(status).phrase, detail=detail)
    named = {"Server": SERVER, "Vary": "Accept", **(headers or {})}
    return web.Response(status=status, body=body, content_type="text/html", charset="utf-8", headers=named)


def reads_pages(request: web.BaseRequest) -> bool:
    """Whether a person with a browser asks: it says that it takes HTML, and asks for a page."""
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith(_FOR_PROGRAMS)
