"""Names of a hostile configuration, over every view: they are words, wherever they stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.clerk import Desk
from collector.times import rfc3339
from collector.web.seen import Seen as Now
from collector.web.statics import STATICS
from collector.web.views import (
    carriers,
    circuit,
    circuits,
    claim,
    claims,
    feedback,
    host,
    notes,
    outage,
    reports,
    rounds,
    statement,
)
from collector.web.views.view import Asked, Drawn
from config.load import load
from probes.clock import NS_PER_MS, Instant
from tests.collector.claiming.estate import HEAD, OVER_MS, config_text
from tests.collector.web.booked import CUT_MS, copied, shown
from tests.collector.web.desks import Seen, note

SCRIPT = "<script>alert(1)</script>"
QUOTES = "\"'><img src=x onerror=alert(2)>"
OVERRIDE = "gnp\u202eevil\u2066"
LONG = "W" * 300
NAMES = {
    "script": SCRIPT,
    "quotes": SCRIPT + QUOTES,
    "template": SCRIPT + "{{ 7*7 }}{% raw %}",
    "override": SCRIPT + OVERRIDE,
    "long": SCRIPT + LONG,
}
View = tuple[str, dict[str, str], Callable[[Desk, Asked], Drawn]]
CIRCUIT = {"circuit": "lon-acme"}
CLAIM = {"scope": "lon-acme", "contract": "gold", "period": "2026-01"}
VIEWS: tuple[View, ...] = (
    ("/carriers", {}, carriers.draw),
    ("/claims", {}, claims.draw),
    ("/claims/lon-acme/gold/2026-01", CLAIM, claim.draw),
    (f"/outages/lon-acme/{rfc3339(CUT_MS)}", {**CIRCUIT, "start": rfc3339(CUT_MS)}, outage.draw),
    ("/circuits/lon-acme", CIRCUIT, circuit.draw),
    ("/circuits/lon-acme/statement", CIRCUIT, statement.draw),
    ("/circuits/lon-acme/rounds", CIRCUIT, rounds.draw),
    ("/notes", {}, notes.draw),
    ("/feedback", {}, feedback.draw),
    ("/reports", {}, reports.draw),
    ("/host", {}, host.draw),
)


def desk(folder: Path, template: Path, name: str) -> Desk:
    """The clerk's desk where every free text of the configuration says `name`."""
    booked = copied(template, folder)
    quoted = json.dumps(name)
    head = HEAD.replace("Acme Networks plc", quoted).replace("A-100", quoted)
    head = head.replace("credits@acme.example", quoted).replace('"+44 20 7946 0000"', quoted)
    head = head.replace('"https://portal.acme.example"', quoted)
    text = config_text().replace(HEAD, head).replace('"Acme DIA SLA v3"', quoted)
    text = text.replace('clause: "4.1"', f"clause: {quoted}").replace("CX/1001", quoted)
    text = text.replace("    site: lon\n", f"    site: lon\n    service: {quoted}\n", 1)
    (folder / "linkledger.yaml").write_text(text)
    settings = load(folder / "linkledger.yaml").settings
    assert settings.carriers["acme"].name == name
    when: dict[str, Any] = {"from": CUT_MS, "to": CUT_MS + 60_000, "reason": SCRIPT}
    note(booked, "maintenance", circuits=("lon-acme",), **when)
    note(booked, "feedback", site="lon", at=CUT_MS, score=2, text=SCRIPT)
    return Desk(settings, booked.settings.ledger.path, Instant(OVER_MS * NS_PER_MS, 0))


@pytest.fixture(scope="module", params=list(NAMES.values()), ids=list(NAMES))
def hostile(request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk(tmp_path_factory.mktemp("hostile"), template, request.param)


def asked(at: Desk, path: str, parts: dict[str, str], **more: str) -> Asked:
    now = tuple(one for one in shown(at.settings) if one.circuit == parts.get("circuit"))
    return Asked(path, parts=parts, author=SCRIPT, now=now, query={"period": "2026-01"} | more)


def pages(at: Desk) -> Iterator[tuple[str, Drawn]]:
    for path, parts, draw in VIEWS:
        query = {"period": ""} if path in {"/notes", "/reports", "/host"} else {}
        yield path, draw(at, asked(at, path, parts, **query))


def test_in_every_view_a_hostile_name_is_only_words(hostile: Desk) -> None:
    for path, drawn in pages(hostile):
        seen = Seen(drawn)
        assert seen.tags.count("script") <= 6, path
        assert not seen.handlers, (path, seen.handlers)
        assert not [one for one in seen.links if one.lower().startswith(("javascript:", "data:"))], path
        assert "<script>alert" not in drawn.body.decode(), path
        assert "<img src=x" not in drawn.body.decode(), path
        assert "49" not in seen.text or "7*7" not in hostile.settings.carriers["acme"].name, path


def test_in_the_list_of_circuits_too(hostile: Desk) -> None:
    now = Now(hostile.settings, shown(hostile.settings), (), {}, (SCRIPT,), OVER_MS)
    body = circuits.draw(now, Asked("/", author=SCRIPT)).body.decode()
    assert "<script>alert" not in body
    assert "alert(1)" in body


def test_what_is_long_without_a_space_breaks_and_what_turns_the_writing_round_stays_inside() -> None:
    """The sheet says so for every element that can hold a name."""
    sheet = STATICS["style.css"].content.decode()
    assert "overflow-wrap: break-word" in sheet.split("body {")[1].split("}")[0]
    assert "unicode-bidi: isolate" in sheet
