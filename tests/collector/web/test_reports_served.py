"""Reports over HTTP, by a maker that takes as long as a test says: in turn, bounded, given up, refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from collector.ledger.errors import LedgerError
from collector.web import guard
from collector.web.api import turns
from tests.collector.web.client import asked, connected, get, problem, status
from tests.collector.web.estate import Estate


@dataclass(frozen=True)
class Made:
    body: bytes = b"%PDF-"
    content_type: str = "application/pdf"
    file_name: str = "report-2025-12.pdf"
    etag: str = "closed"


@dataclass
class Maker:
    """Makes a report when it is told to; fails with `wrong` where that is set."""

    wrong: Exception | None = None
    asked: list[tuple[str, str, str | None, str | None]] = field(default_factory=list)
    at_once: int = 0
    ended: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, period: str, form: str, carrier: str | None, site: str | None) -> Made:
        self.asked.append((period, form, carrier, site))
        self.at_once += 1
        assert self.at_once == 1, "one at a time"
        self.begun.set()
        try:
            await self.go.wait()
            if self.wrong:
                raise self.wrong
            return Made()
        finally:
            self.at_once -= 1
            self.ended += 1


@asynccontextmanager
async def served(estate: Estate, maker: Maker) -> AsyncIterator[str]:
    parts = replace(estate.parts(), report=maker)
    server = estate.server(parts)
    await server.start()
    try:
        yield server.url
    finally:
        await server.stop()
        await parts.clerk.close()


async def test_a_report_is_a_file_that_is_sent_once(estate: Estate) -> None:
    maker = Maker()
    maker.go.set()
    async with served(estate, maker) as url:
        for path in ("/reports/2025-12.pdf", "/api/v1/reports/2025-12.pdf"):
            async with asked(f"{url}{path}?carrier=acme&site=lon-01") as response:
                assert (response.status, response.content_type) == (200, "application/pdf")
                assert "report-2025-12.pdf" in response.headers["Content-Disposition"]
                assert await response.read() == b"%PDF-"
            assert await status(url + path, headers={"If-None-Match": 'W/"closed"'}) == 304
        assert await status(f"{url}/reports/2025-W40.pdf") == 200
    assert maker.asked[0] == ("2025-12", "pdf", "acme", "lon-01")
    assert maker.asked[-1] == ("2025-W40", "pdf", None, None)


async def test_a_slow_report_has_longer_than_other_requests_and_is_then_answered(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guard.REPORT_SECONDS >= 300
    monkeypatch.setattr(guard, "REQUEST_SECONDS", 0.01)
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.01)
    maker = Maker()
    async with served(estate, maker) as url:
        waiting = asyncio.create_task(status(f"{url}/reports/2025-12.pdf"))
        await maker.begun.wait()
        await asyncio.wait([waiting], timeout=0.1)
        assert not waiting.done()
        maker.go.set()
        assert await waiting == 200
        monkeypatch.setattr(guard, "REPORT_SECONDS", 0.05)
        maker.go.clear()
        late = await problem(f"{url}/api/v1/reports/2025-12.pdf")
    assert late["status"] == 503
    assert "takes too long" in str(late["detail"])
    assert maker.ended == 2, "what nobody waits for any more is given up"


async def test_reports_are_made_in_turn_and_a_queue_has_an_end(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAITING", 2)
    maker = Maker()
    async with served(estate, maker) as url:
        first = asyncio.create_task(status(f"{url}/reports/2025-12.pdf"))
        await maker.begun.wait()
        others = [asyncio.create_task(status(f"{url}/reports/2025-11.pdf")) for _ in range(3)]
        done, _ = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
        assert [one.result() for one in done] == [503]
        async with asked(f"{url}/reports/2025-10.pdf") as response:
            assert (response.status, response.headers["Retry-After"]) == (503, "60")
            assert "one after the other" in await response.text()
        maker.go.set()
        assert sorted(await asyncio.gather(first, *others)) == [200, 200, 200, 503]
    assert len(maker.asked) == 3


async def test_a_report_that_nobody_waits_for_is_given_up_for_the_next(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.01)
    maker = Maker()
    async with served(estate, maker) as url:
        async with connected(url, get("/reports/2025-12.pdf")):
            await maker.begun.wait()
        waiting = asyncio.create_task(status(f"{url}/reports/2025-11.pdf"))
        maker.begun.clear()
        await maker.begun.wait()
        maker.go.set()
        assert await waiting == 200
    assert [one[0] for one in maker.asked] == ["2025-12", "2025-11"]
    assert maker.ended == 2


@pytest.mark.parametrize(
    ("path", "parameter", "right"),
    [
        ("2025-12.json?carrier=acne", "carrier", "acme"),
        ("2025-12.json?site=mars", "site", "lon-01"),
        ("2025-13.json", "period", "is not a period"),
        ("2025-12.json?sites=lon-01", "sites", "did you mean 'site'"),
        ("1900-01..2100-01.csv", "period", "is not a period"),
        ("2001-01-01..2025-01-01.csv", "period", "longer than ten years"),
    ],
)
async def test_a_wrong_parameter_is_named_before_anything_is_made(
    estate: Estate, path: str, parameter: str, right: str
) -> None:
    maker = Maker()
    async with served(estate, maker) as url:
        document: Any = await problem(f"{url}/api/v1/reports/{path}")
    assert document["status"] == 400
    assert [one["parameter"] for one in document["errors"]] == [parameter]
    assert right in document["errors"][0]["problem"]
    assert maker.asked == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (RuntimeError("a PDF needs linkledger[pdf]"), 501),
        (LedgerError("there is no ledger"), 503),
        (ChildProcessError("the process ended with code -9"), 503),
        (ValueError("'2025-W54' is not a period"), 400),
    ],
)
async def test_what_went_wrong_is_said(estate: Estate, wrong: Exception, code: int) -> None:
    maker = Maker(wrong)
    maker.go.set()
    async with served(estate, maker) as url:
        document = await problem(f"{url}/api/v1/reports/2025-12.pdf")
    assert document["status"] == code
    assert str(wrong) in str(document["detail"])
