"""Notes from forms and from programs, over a real ledger: who may write, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from collector.authors import login as unix_login
from collector.ledger.reader import SqliteReader
from collector.web.feedback_link import token
from config.settings import WebSettings
from probes.values import Secret
from tests.collector.web.booked import Booked
from tests.collector.web.test_auth import login
from tests.collector.web.test_live import write
from tests.collector.web.test_webconfig import HASH

pytestmark = pytest.mark.slow

KEY = "0123456789abcdef"
CUT = "2026-01-02T09:20:00Z"
TICKET = {"kind": "ticket", "circuits": ["ams-acme"], "id": "T-9", "outage": "2026-01-04T11:20:00Z"}
ALICE = {"Authorization": login("alice", "secret")}


async def sent(
    url: str, *, form: Any = None, body: Any = None, headers: dict[str, str] | None = None  # noqa: ANN401
) -> tuple[int, Any]:  # fmt: skip
    """Status and answer; of a form's redirect its Location."""
    asked_as = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=form, json=body, headers=asked_as, allow_redirects=False) as response,
    ):
        if response.status == 303:
            return 303, response.headers["Location"]
        text = await response.text()
        return response.status, json.loads(text) if "json" in response.content_type else text


def notes(booked: Booked, kind: str) -> list[tuple[str, dict[str, Any]]]:
    with SqliteReader(booked.settings.ledger.path) as reader:
        return [(one.author, json.loads(one.body)) for one in reader.notes(kind)]


async def test_a_ticket_takes_a_number_alone_and_bears_the_login_of_who_sits_here(booked: Booked) -> None:
    async with booked.served() as url:
        status, told = await sent(f"{url}/api/v1/notes", body=TICKET)
    assert (status, told["kind"], told["author"]) == (201, "ticket", unix_login())
    author, body = notes(booked, "ticket")[-1]
    assert author == unix_login()
    assert (body["carrier"], body["opened"], body["outage"]) == (
        "acme",
        "2026-02-03T00:00:00Z",
        "2026-01-04T11:20:00Z",
    )


async def test_a_repeat_of_an_external_id_is_the_same_note(booked: Booked) -> None:
    async with booked.served() as url:
        answers = [
            await sent(f"{url}/api/v1/notes", body=TICKET | {"external_id": "pager-7"}) for _ in range(3)
        ]
    assert [status for status, _ in answers] == [201, 200, 200]
    assert len({told["note"] for _, told in answers}) == 1


async def test_a_form_goes_back_to_where_it_came_from_with_the_notes_number(booked: Booked) -> None:
    form = {
        "kind": "ticket",
        "back": "/outages/ams-acme/2026-01-04T11:20:00Z?x=1",
        "circuits": "ams-acme",
        "id": "T-9",
        "opened": "now",
        "outage": "2026-01-04T11:20:00Z",
        "reason": "",
    }
    async with booked.served() as url:
        status, where = await sent(f"{url}/notes", form=form)
    assert status == 303
    assert urlsplit(where).path == "/outages/ams-acme/2026-01-04T11:20:00Z"
    assert set(parse_qs(urlsplit(where).query)) == {"x", "noted"}


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/a\nb"]
)
async def test_nobody_is_sent_elsewhere(booked: Booked, back: str) -> None:
    async with booked.served() as url:
        form = {"kind": "ticket", "back": back, "circuits": "ams-acme", "id": "T-9"}
        status, where = await sent(f"{url}/notes", form=form)
    assert status == 303
    assert where.startswith("/?noted=")


async def test_a_refused_form_is_drawn_again_with_what_was_typed_and_why(shared: Booked) -> None:
    form = {"kind": "ticket", "back": "/notes", "circuits": "lon-acne", "id": "<script>"}
    async with shared.served() as url:
        status, html = await sent(f"{url}/notes", form=form, headers={"Accept": "text/html"})
    assert status == 422
    assert "lon-acne" in html
    assert "<script>" not in html
    assert len(notes(shared, "ticket")) == 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"kind": "tickets"}, "there is no kind"),
        ({"kind": "ticket", "id": "T", "circuits": ["mars"]}, "has no circuit 'mars'"),
        ({"kind": "ticket", "id": "T", "carrier": "mars"}, "has no carrier 'mars'"),
        ({"kind": "ticket", "id": "T", "circuits": ["lon-acme", "lon-beta"]}, "of acme and beta"),
        ({"kind": "ticket", "circuits": ["lon-acme"]}, "id"),
        ({"kind": "ticket", "id": "T", "circuits": ["lon-acme"], "closed": "later"}, "closed"),
        ({"kind": "ticket", "id": "a\u202eb", "circuits": ["lon-acme"]}, "U+202E"),
        ({"kind": "exclude", "circuits": ["lon-acme"]}, "excuse"),
        (
            {"kind": "claim", "carrier": "acme", "period": "2026-01", "state": "reconciled", "reason": "x"},
            "can be",
        ),
        ({"kind": "withdraw", "reason": "x"}, "number of the note"),
        ({"kind": "withdraw", "reason": "x", "note": 999}, "there is no note 999"),
        ({"kind": "feedback", "site": "lon", "at": "2027-01-01T00:00:00Z", "score": 3}, "yet to come"),
        ({"kind": ["ticket"]}, "`kind`"),
        ({"kind": "ticket", "id": {"a": 1}, "circuits": 7}, "id"),
        ([], "an object"),
    ],
)
async def test_a_note_that_can_not_be_taken_is_refused_with_the_reason(
    shared: Booked, body: object, said: str
) -> None:
    async with shared.served() as url:
        status, told = await sent(f"{url}/api/v1/notes", body=body)
    assert status == 422
    assert said in told["detail"]
    assert told["title"] == "Unprocessable Entity" or told["title"] == "Unprocessable Content"


async def test_a_claim_moves_as_the_command_lets_it(booked: Booked) -> None:
    submitted = {
        "kind": "claim",
        "carrier": "acme",
        "period": "2026-01",
        "state": "submitted",
        "reason": "by mail",
    }
    async with booked.served() as url:
        first = await sent(f"{url}/api/v1/notes", body=submitted | {"circuits": ["lon-acme"]})
        wrong = await sent(
            f"{url}/api/v1/notes", body=submitted | {"circuits": ["lon-acme"], "state": "expired"}
        )
        withdrawn = await sent(
            f"{url}/api/v1/notes", body={"kind": "withdraw", "note": first[1]["note"], "reason": "too early"}
        )
    assert [first[0], wrong[0], withdrawn[0]] == [201, 422, 201]
    assert "it can't be expired" in wrong[1]["detail"]


@pytest.mark.parametrize(
    ("content_type", "data", "status"),
    [
        ("text/plain", b"{}", 415),
        ("application/json", b"{", 400),
        ("application/json", b"\xff", 400),
        ("application/json", b"[" * 60_000, 400),
        ("application/json", b'{"kind": "ticket", "kind": "claim"}', 400),
        ("application/json", b'{"kind": "ticket", "id": NaN}', 400),
        ("application/json", '{"kind": "ticket"}'.encode("utf-16"), 400),
        ("application/json", b"", 400),
        ("application/json", b"x" * 70_000, 413),
        ("application/x-www-form-urlencoded", b"kind=ticket", 415),
    ],
)
async def test_a_body_that_is_no_note_is_refused(
    shared: Booked, content_type: str, data: bytes, status: int
) -> None:
    async with (
        shared.served() as url,
        aiohttp.ClientSession() as session,
        session.post(f"{url}/api/v1/notes", data=data, headers={"Content-Type": content_type}) as response,
    ):
        assert response.status == status
        assert response.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "192.0.2.1"}, {"Via": "1.1 proxy"}, {"Host": "ledger.example"}],
)
async def test_whom_nobody_can_name_writes_nothing_and_is_told_why(
    booked: Booked, headers: dict[str, str]
) -> None:
    async with booked.served(url="https://ledger.example/") as url:
        status, told = await sent(f"{url}/api/v1/notes", body=TICKET, headers=headers)
    assert status == 403
    assert "basic_auth_users" in told["detail"]


async def test_a_note_bears_the_name_of_who_logged_in(booked: Booked, tmp_path: Path) -> None:
    write(tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}")
    async with booked.served(tmp_path / "web.yml") as url:
        assert (await sent(f"{url}/api/v1/notes", body=TICKET))[0] == 401
        status, told = await sent(f"{url}/api/v1/notes", body=TICKET, headers=ALICE)
    assert (status, told["author"]) == (201, "alice")


async def test_feedback_by_a_link_needs_no_login_and_opens_nothing_else(
    booked: Booked, tmp_path: Path
) -> None:
    write(tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}")
    booked.settings = booked.settings.model_copy(update={"web": WebSettings(feedback_key=Secret(KEY))})
    link = f"/feedback/lon/{token(booked.settings, 'lon')}"
    form = {"at": "2026-02-01T10:00", "score": "2", "text": "calls broke\r\nat ten", "site": "elsewhere"}
    async with booked.served(tmp_path / "web.yml", feedback_key=Secret(KEY)) as url:
        assert (await sent(url + link, form=form))[1] == f"{link}?thanks=1"
        assert (await sent(f"{url}/feedback/lon/{'0' * 32}", form=form))[0] == 404
        assert (await sent(f"{url}/notes", form=form))[0] == 401
        assert (await sent(url + link, form=form, headers={"Sec-Fetch-Site": "cross-site"}))[0] == 403
        assert (await sent(url + link, form=form | {"text": "x" * 30_000}))[0] == 413
        tries = [(await sent(url + link, form=form))[0] for _ in range(10)]
        guesses = [(await sent(f"{url}/feedback/lon/{n:032x}", form=form))[0] for n in range(11)]
    assert tries[-1] == 429
    assert guesses[-1] == 429
    author, body = notes(booked, "feedback")[0]
    assert author == "feedback link (lon)"
    assert (body["site"], body["score"], body["text"]) == ("lon", 2, "calls broke\nat ten")
