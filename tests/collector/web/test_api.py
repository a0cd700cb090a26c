"""The API over a real ledger, asked as a program asks it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from tests.collector.web.booked import Booked
from tests.collector.web.client import asked, problem

pytestmark = pytest.mark.slow

API = "/api/v1"


async def told(url: str) -> Any:  # noqa: ANN401 - JSON
    async with asked(url, headers={"Accept-Encoding": "identity"}) as response:
        text = await response.text()
        assert response.status == 200, text
        assert response.content_type == "application/json"
        return json.loads(text)


async def whole(url: str, limit: int) -> list[Any]:
    """A list, page by page."""
    found: list[Any] = []
    cursor = ""
    while True:
        page = await told(f"{url}{'&' if '?' in url else '?'}limit={limit}{cursor}")
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


async def test_everything_that_is_listed_answers_what_the_ledger_holds(shared: Booked) -> None:
    async with shared.served() as url:
        status = await told(f"{url}{API}/status")
        assert status["counts"] == {"up": 4, "down": 1, "unknown": 0}
        names = [one["circuit"] for one in (await told(f"{url}{API}/circuits"))["items"]]
        assert names == sorted(shared.settings.circuits)
        [down] = (await told(f"{url}{API}/circuits?status=down&carrier=acme"))["items"]
        assert (down["circuit"], down["outage_open"], down["carrier_id"]) == ("lon-acme", True, "CX/1001")
        one = await told(f"{url}{API}/circuits/lon-acme")
        assert [each["probe"] for each in one["probes"]] == ["pe"]
        [cut] = (await told(f"{url}{API}/outages?period=2026-01"))["items"]
        assert (cut["from"], cut["seconds"]) == ("2026-01-02T09:20:00Z", 36_000)
        [sla] = await told(f"{url}{API}/sla?period=2026-01&circuit=lon-acme")
        assert (sla["circuit"], sla["revision"], sla["credit"]["amount"]) == ("lon-acme", 1, "100.00")
        cards = (await told(f"{url}{API}/carriers?period=2026-01"))["items"]
        assert {card["carrier"]: card["outages"] for card in cards} == {"acme": 3, "beta": 1}
        assert all(card["rank"] == 1 and card["of"] == 2 and card["credits"] == card["due"] for card in cards)
        [own] = (await told(f"{url}{API}/carriers?period=2026-Q1&carrier=acme"))["items"]
        assert (own["period"], own["credits"]) == ("2026-Q1", {"EUR": "100.00", "GBP": "160.00"})
        claims = (await told(f"{url}{API}/claims?carrier=beta"))["items"]
        assert [(one["circuit"], one["period"]) for one in claims] == [("lon-beta", "2026-01")]
        notes = (await told(f"{url}{API}/notes?kind=ticket&circuit=lon-acme"))["items"]
        assert [(one["author"], one["body"]["id"]) for one in notes] == [("ann", "T-1")]


async def test_a_curve_has_as_many_points_as_times_and_null_where_nothing_was_measured(
    shared: Booked,
) -> None:
    query = "from=2026-01-02&to=2026-01-03&points=50"
    async with shared.served() as url:
        for metric in ("rtt", "loss", "jitter", "availability"):
            curve = await told(f"{url}{API}/circuits/lon-acme/series?metric={metric}&{query}")
            assert curve["metric"] == metric
            columns = {"p50", "loss", "jitter", "ratio"} & {*curve}
            assert columns
            assert {len(curve[one]) for one in columns} == {len(curve["at"])}
        curve = await told(f"{url}{API}/circuits/lon-acme/series?{query}")
        assert None in curve["p50"]
        assert any(one == pytest.approx(0.02) for one in curve["p50"] if one is not None)


async def test_raw_rounds_joined_from_pages_are_the_whole(shared: Booked) -> None:
    day = f"{API}/circuits/lon-acme/rounds?from=2026-01-02T08:00:00Z&to=2026-01-02T12:00:00Z"
    async with shared.served() as url:
        everything = (await told(f"{url}{day}&limit=1000"))["items"]
        assert len(everything) == 24
        assert everything[0]["rtt_seconds"] == [0.02]
        assert everything[-1]["rtt_seconds"] == [None]
        assert await whole(f"{url}{day}", 5) == everything
        assert await whole(f"{url}{day}", 1) == everything


@pytest.mark.parametrize("path", ["circuits", "notes", "claims", "outages?period=2026-01"])
async def test_every_list_joined_from_pages_is_the_whole(shared: Booked, path: str) -> None:
    async with shared.served() as url:
        everything = await whole(f"{url}{API}/{path}", 1000)
        assert everything
        assert await whole(f"{url}{API}/{path}", 2) == everything


async def test_what_a_closed_period_holds_is_sent_once(shared: Booked) -> None:
    async with shared.served() as url:
        for path in ("sla?period=2026-01&carrier=acme", "carriers?period=2026-01"):
            async with asked(f"{url}{API}/{path}") as response:
                etag = response.headers["ETag"]
                assert response.headers["Cache-Control"] == "private, no-cache"
            for held, status in ((etag, 304), (etag.removeprefix("W/"), 304), ("*", 304), ('"x"', 200)):
                async with asked(f"{url}{API}/{path}", headers={"If-None-Match": held}) as response:
                    assert (response.status, bool(await response.read())) == (status, status == 200)
        async with asked(f"{url}{API}/sla?period=2026-02&circuit=lon-acme") as response:
            assert "ETag" not in response.headers


@pytest.mark.parametrize(
    ("path", "parameter", "right"),
    [
        ("circuits?limit=0", "limit", "a whole number from 1 to 1000"),
        ("circuits?limit=1001", "limit", "a whole number from 1 to 1000"),
        ("circuits?limit=5&limit=6", "limit", "more than once"),
        ("circuits?cursor=x", "cursor", "`next` of an answer"),
        ("circuits?cursor=WzFd", "cursor", "of another list"),
        ("circuits?stauts=up", "stauts", "status"),
        ("circuits?status=broken", "status", "one of up, down, unknown"),
        ("status?x=1", "x", "takes none"),
        ("circuits/lon-acme/series?metric=mood", "metric", "one of rtt"),
        ("circuits/lon-acme/series?points=1", "points", "50 to 2000"),
        ("circuits/lon-acme/series?from=yesterday", "from", "2026-10-03T14:00:00Z"),
        ("circuits/lon-acme/series?from=2026-01-02&to=2026-01-01", "from", "before `to`"),
        ("circuits/lon-acme/series?probe=moon", "probe", "pe"),
        ("circuits/lon-acme/rounds?cursor=WyJhIl0", "cursor", "of another list"),
        ("sla?period=next", "period", "is not a period"),
        ("sla?circuit=lon-acne", "circuit", "lon-acme"),
        ("outages?period=2026-13", "period", "is not a period"),
        ("outages?site=mars", "site", "lon"),
        ("notes?circuit=lon-acne", "circuit", "lon-acme"),
        ("notes?kind=tickets", "kind", "ticket"),
        ("events?x=1", "x", "takes none"),
        ("openapi.json?x=1", "x", "takes none"),
    ],
)
async def test_a_wrong_parameter_is_named_with_what_would_be_right(
    shared: Booked, path: str, parameter: str, right: str
) -> None:
    async with shared.served() as url:
        document = await problem(f"{url}{API}/{path}")
    assert document["status"] == 400
    errors: Any = document["errors"]
    assert [one["parameter"] for one in errors] == [parameter]
    assert right in errors[0]["problem"]


@pytest.mark.parametrize("path", ["circuits/none", "circuits/none/series", "circuits/none/rounds", "nothing"])
async def test_what_there_is_not_is_a_problem_document(shared: Booked, path: str) -> None:
    async with shared.served() as url:
        assert (await problem(f"{url}{API}/{path}"))["status"] == 404


async def test_a_ledger_that_can_not_be_read_is_said(booked: Booked) -> None:
    async with booked.served() as url:
        async with asked(f"{url}{API}/circuits") as response:
            assert response.status == 200
        booked.settings.ledger.path.unlink()
        document = await problem(f"{url}{API}/notes")
    assert document["status"] == 503
    assert "there is no ledger" in str(document["detail"])


async def test_answers_are_packed_for_who_takes_it(shared: Booked) -> None:
    async with shared.served() as url:
        for path in ("circuits", "openapi.json", "sla?period=2026-01"):
            async with (
                aiohttp.ClientSession(auto_decompress=True) as session,
                session.get(f"{url}{API}/{path}", headers={"Accept-Encoding": "gzip"}) as response,
            ):
                assert response.headers["Content-Encoding"] == "gzip"
                assert json.loads(await response.read())
