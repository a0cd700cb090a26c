"""Packs of reviews over HTTP, beside reports: looked at, kept as a file, or refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tests.collector.web.client import asked, problem
from tests.collector.web.estate import Estate

TYPES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf", "json": "application/json"}


@dataclass(frozen=True)
class Made:
    body: bytes
    content_type: str
    file_name: str
    etag: str = ""


async def made(period: str, form: str, carrier: str | None, site: str | None = None) -> Made:
    """What the daemon's reporting would make; `soon` is no period, and there is no PDF here."""
    if period == "soon":
        raise ValueError("'soon' is not a period")
    if form == "pdf":
        raise RuntimeError("PDF needs the extra")
    return Made(f"{period} {form} {carrier}".encode(), TYPES[form], f"review-{period}.{form}")


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/performance/reviews/2026-Q3.html", "text/html", "2026-Q3 html None"),
        ("/performance/reviews/2026-10.json", "application/json", "2026-10 json None"),
        ("/api/v1/review?period=2026-W40", "application/json", "2026-W40 json None"),
        ("/api/v1/review", "application/json", "current json None"),
        ("/reports/2026-10.html", "text/html", "2026-10 html None"),
    ],
)
async def test_a_pack_is_given_as_its_type_says(estate: Estate, path: str, kind: str, body: str) -> None:
    server = estate.server(replace(estate.parts(), review=made, report=made))
    await server.start()
    try:
        async with asked(f"{server.url}{path}") as response:
            assert (response.status, response.content_type) == (200, kind)
            assert await response.text() == body
            assert ("Content-Disposition" in response.headers) is (kind != "text/html")
            policy = response.headers["Content-Security-Policy"]
            assert ("style-src 'unsafe-inline'" in policy) is (kind == "text/html")
            assert ("default-src 'none'" in policy and "sandbox" in policy) is (kind == "text/html")
            assert "frame-ancestors 'none'" in policy
    finally:
        await server.stop()


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/performance/reviews/soon.html", 400, "not a period"),
        ("/performance/reviews/2026-10.pdf", 501, "needs the extra"),
        ("/performance/reviews/2026-10.html?carrier=nobody", 400, "none that is configured"),
        ("/api/v1/review?carrier=nobody", 400, "none that is configured"),
        ("/api/v1/review?of=acme", 400, "no parameter"),
    ],
)
async def test_what_cannot_be_made_says_why(estate: Estate, path: str, status: int, said: str) -> None:
    server = estate.server(replace(estate.parts(), review=made))
    await server.start()
    try:
        document = await problem(f"{server.url}{path}")
        assert (document["status"], said in str(document)) == (status, True), document
    finally:
        await server.stop()
