"""Every route, by the router itself: a new one can't be forgotten. Who gets in, and what changes nothing."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.web.guard import FEEDBACK, HEALTH
from probes.values import Secret
from tests.collector.web.booked import Shared
from tests.collector.web.client import asked, status
from tests.collector.web.estate import Estate
from tests.collector.web.test_auth import login
from tests.collector.web.test_live import write
from tests.collector.web.test_webconfig import HASH

ALICE = {"Authorization": login("alice", "secret")}
REAL = {
    "circuit": "lon-acme",
    "scope": "lon-acme",
    "contract": "gold",
    "start": "2026-01-02T09:20:00Z",
    "period": "2026-01",
    "year": "2026",
    "site": "lon",
    "token": "0" * 32,
    "name": "style.css",
    "form": "json",
    "carrier": "acme",
}
"""A value for every variable part of a path."""
WRITTEN = ("note", "revision", "claim_now", "said", "event", "notice", "told", "cursor", "config", "outage")
ENDLESS = "/api/v1/events"


def routes(estate: Estate) -> Iterator[tuple[str, str]]:
    """(method, path as it was routed) of all that the server answers."""
    for one in estate.server(reload=True)._application().router.routes():
        assert one.resource is not None
        yield one.method, one.resource.canonical


def address(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda part: REAL[part[1]], path)


async def test_with_auth_on_every_route_but_health_wants_a_login(estate: Estate, tmp_path: Path) -> None:
    write(tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}")
    every = list(routes(estate))
    assert len(every) > 50
    async with estate.served(tmp_path / "web.yml", reload=True) as url:
        found = {(method, path): await status(url + address(path), method) for method, path in every}
        wrong = {"Authorization": login("alice", "guess")}
        guessed = [await status(url + path, headers=wrong) for path in ("/", "/-/healthy")]
    assert found == {one: 200 if one[1] in HEALTH else 401 for one in every}
    assert guessed == [401, 401]
    assert estate.reloads == 0


async def test_a_feedback_key_opens_the_feedback_link_and_its_style_alone(
    estate: Estate, tmp_path: Path
) -> None:
    write(tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}")
    key = Secret("0123456789abcdef")
    async with estate.served(tmp_path / "web.yml", feedback_key=key) as url:
        opened = {path for method, path in routes(estate) if await status(url + address(path), method) != 401}
    assert opened == HEALTH | FEEDBACK


async def test_no_post_takes_another_sites_page(estate: Estate) -> None:
    posts = [address(path) for method, path in routes(estate) if method == "POST"]
    assert len(posts) >= 4
    async with estate.served(reload=True) as url:
        for path in posts:
            assert await status(url + path, "POST", {"Sec-Fetch-Site": "cross-site"}) == 403, path
            assert await status(url + path, "POST", {"Sec-Fetch-Site": "same-site"}) == 403, path
            assert await status(url + path, "POST", {"Origin": "http://evil.example"}) == 403, path
            assert await status(url + path, "POST", {"Origin": "null"}) == 403, path
    assert estate.reloads == 0


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::1", "localhost.evil.example"])
async def test_under_a_strangers_name_nothing_is_read_or_written_on_loopback(
    estate: Estate, host: str
) -> None:
    async with estate.served(reload=True, url="https://ledger.example/") as url:
        for method, path in routes(estate):
            got = await status(url + address(path), method, {"Host": host, "Sec-Fetch-Site": "same-origin"})
            assert got == (200 if path in HEALTH else 421), path
        for name in ("localhost", "127.0.0.2:80", "[::1]:9850", "LEDGER.example"):
            assert await status(f"{url}/api/v1/status", headers={"Host": name}) == 200
    assert estate.reloads == 0


async def test_nobody_elses_script_may_read_what_it_asks_for(estate: Estate) -> None:
    async with (
        estate.served() as url,
        asked(f"{url}/api/v1/status", headers={"Origin": "http://evil.example"}) as response,
    ):
        assert not [name for name in response.headers if name.startswith("Access-Control")]
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert response.headers["Cache-Control"] == "no-store"


def held(path: Path) -> dict[str, str]:
    """A digest of every table that people, contracts and outputs write; rounds are packed meanwhile."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return {
            name: hashlib.sha256(repr(sorted(map(repr, connection.execute(query)))).encode()).hexdigest()
            for name in WRITTEN
            for query in [f'SELECT * FROM "{name}"']
        }


@pytest.mark.slow
async def test_no_get_changes_anything_and_none_fails(shared: Shared, estate: Estate) -> None:
    answers: dict[tuple[str, str], int] = {}
    before = held(shared.settings.ledger.path)
    for method, path in routes(estate):
        if method in ("GET", "HEAD") and path != ENDLESS:
            answers[method, path] = await status(shared.url + address(path), method)
    assert held(shared.settings.ledger.path) == before
    missing = {path for (_, path), code in answers.items() if code == 404}
    assert missing == {"/feedback/{site}/{token}"}, "no key is set"
    reports = {path for (_, path), code in answers.items() if code == 501}
    assert reports == {
        *("/reports/{period}.{form}", "/api/v1/reports/{period}.{form}"),
        *("/performance/reviews/{period}.{form}", "/api/v1/review"),
    }
    assert {*answers.values()} == {200, 404, 501}
