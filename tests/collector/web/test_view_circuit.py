"""The pages about one circuit: chart, outages by both clocks, statement, raw rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from collector.clerk import Desk
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.notebook.bodies import made
from collector.web.views import circuit, rounds, statement
from collector.web.views.view import Asked, BadRequest, Banner, Drawn, NotFound
from tests.collector.test_settling import EVERY_MS, OVER_MS
from tests.collector.test_statements import JANUARY_MS
from tests.collector.web.documents import HOSTILE, Document
from tests.collector.web.january import CUT_MS, desk, down

CUT = {"from": "2026-01-02T09:00:00Z", "to": "2026-01-02T10:00:00Z"}


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk(tmp_path_factory.mktemp("january"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk(tmp_path_factory.mktemp("hostile"), hostile=HOSTILE)


def asked(where: str = "", name: str = "lon-acme", author: str = "", **query: str) -> Asked:
    now = (down(),) if name == "lon-acme" else ()
    return Asked(
        f"/circuits/{name}{where}", {"circuit": name}, query, author=author, banner=Banner("lon"), now=now
    )


def text(drawn: Drawn) -> str:
    return Document(drawn.body).text


def test_a_circuit_says_what_it_is_and_how_it_is_now(january: Desk) -> None:
    said = text(circuit.draw(january, asked()))
    for words in (
        "▼ down for 10 min",
        "no ticket yet: record one",
        "carrier's id IZXX/1",
        "bandwidth 100Mbit/s down, 50Mbit/s up",
        "monthly charge 100.00 GBP",
        "ends 2027-01-01, 90 days of notice, renews for 12 months",
    ):
        assert words in said


def test_an_outage_stands_with_both_clocks_its_ticket_and_what_counts(january: Desk) -> None:
    document = Document(circuit.draw(january, asked(period="2026-01")).body)
    outage = document.text.partition("Outages, 2026-01")[2].partition("What it is")[0]
    assert "02 Jan 2026 09:20 GMT" in outage
    assert outage.count("600 min") == 3  # measured, by the contract's clock, counted
    assert "T-1 timeout" in outage
    assert "/outages/lon-acme/2026-01-02T09%3A20%3A00Z" in str(document.of("a"))


def test_a_closed_periods_statement_has_its_number_and_its_arithmetic(january: Desk) -> None:
    [sheet] = statement.sheets(january, "lon-acme", "2026-01")
    promise = sheet.promises[0]
    assert (sheet.revision, sheet.closed, sheet.breached) == ("1", True, True)
    assert (promise.id, promise.target, promise.measured, promise.verdict, promise.credit) == (
        "availability",
        ">= 99.9%",
        "98.655914%",
        "breached",
        "10.00 GBP (10%)",
    )
    assert ("before caps", "10.00 GBP") in sheet.amounts
    assert sheet.claim_href == "/claims/lon-acme/gold/2026-01"
    assert [one.state for one in sheet.revisions] == ["issued"]
    said = text(statement.draw(january, asked("/statement", period="2026-01")))
    assert "✗ breached" in said
    assert sheet.steps[0] in said


def test_the_running_period_is_judged_so_far(january: Desk) -> None:
    [sheet] = statement.sheets(january, "lon-acme", "current")
    assert (sheet.label, sheet.closed, sheet.revision) == ("2026-02", False, "")
    assert "so far judged up to 03 Feb 2026" in text(circuit.draw(january, asked()))


def test_a_statement_is_computed_once_a_minute_and_again_when_a_note_was_written(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    own = desk(tmp_path_factory.mktemp("own"))
    first = statement.standing(own, "lon-acme", "2026-01")
    assert statement.standing(own, "lon-acme", "2026-01") is first
    said = {"kind": "customer", "circuits": ("lon-acme",), "reason": "our own power", "state": "accepted"}
    body = made("exclude", said | {"from": CUT_MS, "to": CUT_MS + 3_600_000})
    with editing(own.ledger) as connection:
        record(connection, body, at_ms=OVER_MS, author="bob")
    again = statement.standing(own, "lon-acme", "2026-01")
    assert again is not first
    own.now = replace(own.now, wall_ns=own.now.wall_ns + 61_000_000_000)
    assert statement.standing(own, "lon-acme", "2026-01") is not again


def test_the_periods_on_offer_are_the_contracts_own_the_newest_first(january: Desk) -> None:
    offered = statement.periods(january.settings, "lon-acme", OVER_MS)
    assert offered[:3] == (("current", "2026-02, so far"), ("2026-01", "2026-01"), ("2025-12", "2025-12"))
    assert len(offered) == statement.PERIODS
    assert statement.periods(january.settings, "lon-free", OVER_MS) == ()


def test_a_circuit_without_a_contract_is_measured_and_not_judged(january: Desk) -> None:
    said = text(circuit.draw(january, asked(name="lon-free")))
    assert "No contract holds for this circuit in this period" in said
    assert "Measured elsewhere" in said


@pytest.mark.parametrize(
    ("query", "window"),
    [
        ({}, (OVER_MS - 86_400_000, OVER_MS, "day")),
        ({"range": "hour"}, (OVER_MS - 3_600_000, OVER_MS, "hour")),
        ({"period": "2026-01"}, (JANUARY_MS, JANUARY_MS + 31 * 86_400_000, "")),
        ({"period": "2026-01", "range": "hour"}, (OVER_MS - 3_600_000, OVER_MS, "hour")),
        ({"period": "2026-01", **CUT}, (1_767_344_400_000, 1_767_348_000_000, "")),
    ],
)
def test_the_chart_shows_what_the_address_says(
    january: Desk, query: dict[str, str], window: tuple[int, int, str]
) -> None:
    document = Document(circuit.draw(january, asked(**query)).body)
    [charts] = [one for one in document.of("div") if one.get("id") == "charts"]
    from_ms, to_ms, name = window
    assert (charts["data-from"], charts["data-to"], charts["data-range"]) == (
        str(from_ms // 1000),
        str(to_ms // 1000),
        name,
    )


def test_without_javascript_there_is_a_picture_of_the_same_time(january: Desk) -> None:
    [source] = [
        one["src"]
        for one in Document(circuit.draw(january, asked(**CUT)).body).of("img")
        if "width" in one and one["width"] == "960"
    ]
    assert source == "/circuits/lon-acme/rtt.svg?from=2026-01-02T09%3A00%3A00Z&to=2026-01-02T10%3A00%3A00Z"
    drawn = circuit.picture(january, asked("/rtt.svg", **CUT))
    assert (drawn.content_type, drawn.body[:4]) == ("image/svg+xml", b"<svg")


def test_who_may_write_gets_forms_and_who_may_not_is_told_how(january: Desk) -> None:
    forms = Document(circuit.draw(january, asked(author="ann")).body).of("form")
    assert sum(one.get("method") == "post" for one in forms) == 3
    reading = Document(circuit.draw(january, asked()).body)
    assert not any(one.get("method") == "post" for one in reading.of("form"))
    assert "basic_auth_users" in reading.text


def test_rounds_are_told_packet_by_packet_the_newest_first(january: Desk) -> None:
    said = text(rounds.draw(january, asked("/rounds", **CUT))).partition("1 to 6 of 6 rounds")[2]
    assert said.index("09:50 GMT") < said.index("09:00 GMT")
    assert "0 of 1" in said
    assert "timeout" in said
    assert "20.00" in said


def test_rounds_are_cut_into_pages(january: Desk) -> None:
    week = {"from": "2026-01-01", "to": "2026-01-08"}
    first = Document(rounds.draw(january, asked("/rounds", **week)).body)
    assert "1 to 360 of 1008 rounds" in first.text
    assert any("first=361" in (one["href"] or "") for one in first.of("a"))
    last = text(rounds.draw(january, asked("/rounds", **week, first="721")))
    assert "721 to 1008 of 1008 rounds" in last


def test_rounds_go_out_as_the_same_csv_that_export_writes(january: Desk) -> None:
    file = rounds.draw(january, asked("/rounds", **CUT, **{"as": "csv"}))
    lines = file.body.decode().splitlines()
    assert (file.content_type, file.file_name) == ("text/csv", "lon-acme-2026-01-02T090000Z.csv")
    assert len(lines) == 1 + 3_600_000 // EVERY_MS
    assert lines[1] == "2026-01-02T09:00:00Z,lon,acme,lon-acme,pe,icmp,600,1,1,0.02,none,"


def test_a_time_without_a_round_says_so(january: Desk) -> None:
    assert "No round of this time" in text(
        rounds.draw(january, asked("/rounds", **{"from": "2020-01-01", "to": "2020-01-02"}))
    )


@pytest.mark.parametrize(
    ("view", "query", "problem"),
    [
        (circuit.draw, {"period": "soon"}, "`period`"),
        (circuit.draw, {"from": "yesterday"}, "`from`"),
        (circuit.draw, {"from": "2026-02-01", "to": "2026-01-01"}, "before `to`"),
        (circuit.draw, {"range": "fortnight"}, "`range`"),
        (circuit.picture, {"to": "99999-01-01"}, "`to`"),
        (statement.draw, {"period": "2026-13"}, "`period`"),
        (rounds.draw, {"from": "2026-01-01", "to": "2026-02-01"}, "8 days"),
        (rounds.draw, {"probe": "none"}, "`probe`"),
        (rounds.draw, {"as": "xls"}, "`as`"),
        (rounds.draw, {"first": "0"}, "`first`"),
    ],
)
def test_a_wrong_parameter_is_refused_and_named(
    january: Desk, view: Callable[[Desk, Asked], Drawn], query: dict[str, str], problem: str
) -> None:
    with pytest.raises(BadRequest, match=problem):
        view(january, asked(**query))


@pytest.mark.parametrize("view", [circuit.draw, circuit.picture, statement.draw, rounds.draw])
def test_an_unknown_circuit_is_not_found_and_the_nearest_is_named(
    january: Desk, view: Callable[[Desk, Asked], Drawn]
) -> None:
    with pytest.raises(NotFound, match="lon-acme"):
        view(january, asked(name="lon-acmee"))


@pytest.mark.parametrize("view", [circuit.draw, statement.draw, rounds.draw])
def test_hostile_words_of_a_person_are_text_and_nothing_else(
    hostile: Desk, view: Callable[[Desk, Asked], Drawn]
) -> None:
    one = replace(asked(author=HOSTILE, period="2026-01", **CUT), now=(down(HOSTILE),), problem=HOSTILE)
    document = Document(view(hostile, one).body)
    assert (document.scripts, document.strange) == ([], [])
    assert all((each["src"] or "").startswith("/") for each in document.of("img"))
    assert HOSTILE in document.words
