"""Who may do what: every route with and without a login, other sites' forms, methods that change nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from collector.web.api.table import ENDPOINTS
from collector.web.guard import is_own
from collector.web.routes import PAGES
from probes.values import Secret
from tests.collector.web.client import asked, status
from tests.collector.web.estate import Estate
from tests.collector.web.test_auth import login
from tests.collector.web.test_live import write
from tests.collector.web.test_webconfig import HASH

ALICE = {"Authorization": login("alice", "secret")}
OTHERS = (
    *("/", "/metrics", "/static/style.css", "/nowhere"),
    *("/reports/2026-10.html", "/performance/reviews/2026-Q3.html"),
)
PATHS = (
    *OTHERS,
    *(re.sub(r"{\w+}", "x", one.path) for one in PAGES),
    *("/api/v1" + re.sub(r"{\w+}", "2026", one.path) for one in ENDPOINTS if one.method == "get"),
)
OPEN = ("/-/healthy", "/-/ready")


async def test_with_auth_on_every_route_but_health_wants_a_login(estate: Estate, tmp_path: Path) -> None:
    write(tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}")
    async with estate.served(tmp_path / "web.yml", reload=True) as url:
        assert {path: await status(url + path) for path in PATHS} == dict.fromkeys(PATHS, 401)
        posts = ("/notes", "/api/v1/notes", "/-/reload", "/feedback/x/y")
        assert {path: await status(url + path, "POST") for path in posts} == dict.fromkeys(posts, 401)
        assert {path: await status(url + path) for path in OPEN} == dict.fromkeys(OPEN, 200)
    assert estate.reloads == 0


async def test_a_stranger_is_told_that_something_is_wrong_and_not_what(
    estate: Estate, tmp_path: Path
) -> None:
    write(tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}")
    estate.health.trouble("ledger", "no space left on device")
    async with estate.served(tmp_path / "web.yml") as url:
        async with asked(f"{url}/-/ready") as response:
            assert (response.status, await response.text()) == (503, "not ready; log in to be told why\n")
        async with asked(f"{url}/-/ready", headers=ALICE) as response:
            assert (response.status, await response.text()) == (503, "ledger: no space left on device\n")


async def test_a_feedback_link_brings_its_style_along_and_nothing_more(
    estate: Estate, tmp_path: Path
) -> None:
    write(tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}")
    async with estate.served(tmp_path / "web.yml", feedback_key=Secret("0123456789abcdef")) as url:
        assert await status(f"{url}/static/style.css") == 200
        assert await status(f"{url}/feedback") == 401
        assert await status(f"{url}/feedback/lon-01/{'0' * 32}", "POST") in {404, 415}


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://lon.example:9850"}, False),
        ({"Origin": "http://lon.example:9850"}, True),
        ({"Origin": "https://LON.example:9850"}, True),
        ({"Origin": "http://lon.example"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://[::1"}, False),
    ],
)
def test_a_post_is_our_own_pages_or_no_browsers(headers: dict[str, str], own: bool) -> None:
    request = make_mocked_request("POST", "/notes", headers={"Host": "lon.example:9850", **headers})
    assert is_own(request) is own


async def test_another_sites_form_changes_nothing(estate: Estate) -> None:
    async with estate.served(reload=True) as url:
        for path in ("/notes", "/api/v1/notes", "/-/reload"):
            assert await status(url + path, "POST", {"Sec-Fetch-Site": "cross-site"}) == 403
            assert await status(url + path, "POST", {"Origin": "http://evil.example"}) == 403
    assert estate.reloads == 0


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
async def test_what_is_only_read_has_no_other_method(estate: Estate, method: str) -> None:
    async with estate.served() as url:
        for path in ("/", "/metrics", "/api/v1/status", "/api/v1/events", "/claims", "/static/style.css"):
            async with asked(url + path, method) as response:
                assert response.status == 405
                assert "GET" in response.headers["Allow"]


async def test_no_get_writes(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(job: object) -> None:
        raise AssertionError("a GET wrote")

    monkeypatch.setattr(estate, "write", written)
    async with estate.served(reload=True) as url:
        for path in ("/", "/api/v1/status", "/api/v1/circuits", "/-/ready", "/metrics"):
            for method in ("GET", "HEAD"):
                assert await status(url + path, method) == 200
    assert estate.reloads == 0


async def test_an_error_is_a_page_for_people_and_a_document_for_programs(estate: Estate) -> None:
    people = {"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "identity"}
    async with estate.served() as url:
        async with asked(f"{url}/nowhere", headers=people) as response:
            assert (response.status, response.content_type) == (404, "text/html")
            assert "Not Found" in await response.text()
        for path in ("/api/v1/nowhere", "/-/nowhere"):
            async with asked(url + path, headers=people) as response:
                assert (response.status, response.content_type) == (404, "application/problem+json")
