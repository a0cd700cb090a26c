"""Errors as problem documents (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

SERVER = "linkledger"
"""The Server header: without it aiohttp would name its own and Python's version."""
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")


def problem(status: int, detail: str = "", headers: Mapping[str, str] | None = None) -> web.Response:
    """A response whose body says what happened and what to do about it."""
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        document["detail"] = detail
    return web.Response(
        status=status,
        body=json.dumps(document, ensure_ascii=False).encode(),
        content_type="application/problem+json",
        headers={"Server": SERVER, **(headers or {})},
    )


def of(error: web.HTTPException) -> web.Response:
    """The problem that a handler, or the router, raised as an exception."""
    said = "" if error.text == f"{error.status}: {error.reason}" else error.text or ""
    return problem(error.status, said, {name: error.headers[name] for name in _KEPT if name in error.headers})
