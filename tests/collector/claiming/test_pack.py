"""A claim's letter and files, of statements with everything odd in them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from collector.claiming.choosing import Claim, Line, Minimum
from collector.claiming.letter import LetterError, default_template, letter, wall
from collector.claiming.pack import WRITERS, Pack, files_of, zipped
from config.settings import Settings
from tests.collector.claiming.estate import FEBRUARY_MS, LATE_MS
from tests.collector.test_statements import JANUARY_MS

OUTAGE = {
    "from": "2026-01-02T09:00:00Z", "to": "2026-01-02T10:00:00Z", "down_seconds": 3600, "excluded_seconds": 0,
    "counted_seconds": 3600, "cause": "timeout", "tickets": ["T-1"],
    "clock": {"measured_seconds": 3600, "contractual_seconds": 3600, "lost_to_late_ticket_seconds": 0},
}  # fmt: skip
OBJECTIVE = {
    "id": "availability", "target": ">= 99.9%", "measured": "98.000000", "unit": "%", "verdict": "breached",
    "clause": "4.1", "credit": {"percent": "10", "amount": "100.00", "reason": "below 99.9%"},
}  # fmt: skip


def line(scope: str = "lon-acme", **more: Any) -> Line:  # noqa: ANN401
    """A line of a claim; `credit` is laid over what is usual."""
    credit = {"currency": "GBP", "before_caps": "100.00", "cut_by_caps": "0.00", "amount": "100.00",
              "claimable": "100.00", "blocked_by": []}  # fmt: skip
    about = {name: more.pop(name) for name in ("circuits", "deadline_ms", "notice_ms") if name in more}
    told = {
        "circuit": scope, "contract": "gold", "carrier": "acme", "effective": "2020-01-01",
        "document": {"title": "Acme DIA SLA v3", "clause": "4"},
        "period": {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z", "timezone": "UTC"},
        "objectives": [OBJECTIVE], "outages": [OUTAGE], "steps": ["one", "two"],
        **more, "credit": credit | more.get("credit", {}),
    }  # fmt: skip
    return Line(
        scope,
        about.get("circuits", (scope,)),
        "gold",
        1,
        "sha256:d",
        told,
        about.get("deadline_ms", LATE_MS),
        about.get("notice_ms"),
    )


def claim(*lines: Line) -> Claim:
    return Claim("acme", "2026-01", JANUARY_MS, FEBRUARY_MS, "UTC", lines or (line(),))


def text(settings: Settings, *lines: Line, template: str | None = None, sender: str | None = None) -> str:
    return letter(
        settings,
        claim(*lines),
        "REF",
        template=template or default_template(),
        name="mine.txt",
        sender=sender,
    )


def pack(settings: Settings, *lines: Line) -> Pack:
    return Pack(settings, claim(*lines), default_template(), "letter.txt")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"credit": {"before_caps": "250.00", "cut_by_caps": "150.00"}},
         "Credits together 250.00 GBP, of which the contract's limits take 150.00 GBP"),
        ({"credit": {"claimable": "60.00", "blocked_by": [{"text": "The outage of X has no ticket"}]}},
         "Claimed: 60.00 GBP of a credit of 100.00 GBP\n   Not claimed: The outage of X has no ticket\n"),
        ({"document": None, "effective": None}, "   Contract: gold\n"),
        ({"document": {"file": "sla.pdf"}}, "Contract: sla.pdf, in force from 2020-01-01 (with us: gold)\n"),
        ({"outages": [{**OUTAGE, "tickets": []}]}, "60 min counted, no ticket\n"),
        ({"outages": [OUTAGE] * 20}, "60 min counted, your ticket T-1\n   Claimed:"),
        ({"outages": [OUTAGE] * 21}, "and 1 outage more: see outages.csv\n"),
        ({"outages": [OUTAGE] * 22}, "and 2 outages more: see outages.csv\n"),
        ({"objectives": [{**OBJECTIVE, "credit": None}]},
         "availability, clause 4.1: promised >= 99.9%, measured 98.000000%\n"),
        ({"objectives": [{**OBJECTIVE, "verdict": "met", "clause": None, "target": None}]},
         "   availability: measured 98.000000%: credit 100.00 GBP, 10% of the charge (below 99.9%)\n"),
        ({"circuits": ("lon-acme", "ber-acme"), "scope": "pair"},
         "1. Circuits CX/1001 (with us: lon-acme), CX/1004 (with us: ber-acme), judged as one: pair\n"),
        ({"scope": "elsewhere"}, "1. Circuit elsewhere\n"),
        ({"notice_ms": LATE_MS, "chronic": {"remedy": "terminate"}},
         "lon-acme failed chronically by the contract: until 2026-03-03 00:00:00 +00:00 we may use our "
         "right to terminate, and reserve it."),
    ],
)  # fmt: skip
def test_the_letter_says_what_a_billing_desk_asks(
    settings: Settings, more: dict[str, Any], said: str
) -> None:
    assert said in text(settings, line(**{"scope": "lon-acme", **more}))


def test_without_a_deadline_the_letter_speaks_of_none(settings: Settings) -> None:
    assert "In time" in text(settings)
    assert "In time" not in text(settings, line(deadline_ms=None))


def test_what_was_kept_is_not_in_the_letter_and_nothing_that_counts_nothing(settings: Settings) -> None:
    met = {**OBJECTIVE, "id": "rtt", "verdict": "met", "credit": {"amount": "0.00"}}
    found = text(settings, line(objectives=[OBJECTIVE, met], outages=[{**OUTAGE, "counted_seconds": 0}]))
    assert "rtt" not in found
    assert "Outage" not in found


def test_several_deadlines_name_the_first(settings: Settings) -> None:
    found = text(settings, line(), line("ber-acme", deadline_ms=LATE_MS - 86_400_000))
    assert "the first of these lines must be claimed before 2026-03-02 00:00:00 +00:00 (UTC)" in found


def test_words_from_outside_cant_act_on_a_terminal_or_begin_a_line(settings: Settings) -> None:
    told = line(outages=[{**OUTAGE, "tickets": ["\x1b[31mred\nTotal claimed: 9"]}])
    found = text(settings, told, sender="Ann\x07")
    assert "your ticket ?[31mred?Total claimed: 9" in found
    assert "Ann?" in found
    assert found.isprintable() is False
    assert {one for one in found if not one.isprintable()} == {"\n"}
    assert "{{ 7 * 7 }}" in text(settings, line(contract="{{ 7 * 7 }}", document=None))


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("a\n{% if %}", "mine.txt:2: "),
        ("{{ nobody }}", "mine.txt: 'nobody' is undefined"),
        ("{{ lines[0].nothing }}", "has no attribute 'nothing'"),
        ("{{ ''.__class__.__mro__ }}", "mine.txt: "),
        ("{{ 1 / 0 }}", "mine.txt: division by zero"),
        ("{% include '/etc/passwd' %}", "mine.txt: "),
    ],
)
def test_a_template_that_cant_be_used_is_refused_with_its_place(
    settings: Settings, template: str, said: str
) -> None:
    with pytest.raises(LetterError) as error:
        text(settings, template=template)
    assert said in str(error.value)


def test_sums_are_by_currency(settings: Settings) -> None:
    euro = line("par-acme", credit={"currency": "EUR", "claimable": "0.10"})
    both = claim(line(), euro, line("ber-acme", credit={"claimable": "0.20"}))
    assert both.totals == {"EUR": Decimal("0.10"), "GBP": Decimal("100.20")}
    made = files_of(pack(settings, *both.lines))
    assert "  0.10 EUR = 0.10 EUR\n  100.00 + 0.20 GBP = 100.20 GBP\n" in made["arithmetic.txt"].decode()
    assert "Credit 0.10 EUR and 100.20 GBP to account A-100." in made["letter.txt"].decode()


def test_every_line_has_files_of_its_own_whatever_its_scope_is_called(settings: Settings) -> None:
    names = ["a/b", "a b", "A_B", "../x", ".."]
    made = files_of(pack(settings, *(line(name) for name in names)))
    found = [one for one in made if one.endswith(".json") and one.startswith("statements/")]
    assert found == [
        "statements/a_b.json", "statements/a_b-2.json", "statements/A_B-3.json", "statements/x.json",
        "statements/_.json",
    ]  # fmt: skip


def test_a_spreadsheet_finds_no_formula_in_the_outages(settings: Settings) -> None:
    made = files_of(pack(settings, line(outages=[{**OUTAGE, "tickets": ["=1+1"], "cause": "@x"}])))
    (row,) = list(csv.DictReader(io.StringIO(made["outages.csv"].decode())))
    assert (row["tickets"], row["cause"], row["counted_seconds"]) == ("'=1+1", "'@x", "3600")
    assert row["carrier_id"] == "CX/1001"


def test_the_reference_is_another_for_another_revision_or_amount(settings: Settings) -> None:
    first = pack(settings).reference
    assert first.startswith("acme-2026-01-")
    assert pack(settings).reference == first
    assert pack(settings, line(credit={"claimable": "99.00"})).reference != first
    assert pack(settings, line("ber-acme")).reference != first


def test_another_writer_adds_to_the_pack_and_to_its_manifest(settings: Settings) -> None:
    def rounds(pack: Pack) -> Iterator[tuple[str, str]]:
        yield "rounds.csv", "at\n"

    data = zipped(pack(settings), [*WRITERS, rounds])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[-2:] == ["rounds.csv", "MANIFEST"]
        assert "  rounds.csv\n" in archive.read("MANIFEST").decode()
        assert json.loads(archive.read("claim.json"))["totals"] == [{"currency": "GBP", "amount": "100.00"}]


@pytest.mark.parametrize(
    ("at", "zone", "shown"),
    [
        ("2026-07-01T00:00:00Z", "Europe/London", "2026-07-01 01:00:00 +01:00"),
        ("2026-07-01T00:00:00.250Z", "UTC", "2026-07-01 00:00:00.250 +00:00"),
    ],
)
def test_times_are_those_of_the_contracts_zone(at: str, zone: str, shown: str) -> None:
    assert wall(at, zone) == shown


@pytest.mark.parametrize(
    ("given", "amount", "currency"), [("5", 5, None), ("5.25", "21/4", None), ("0.10 USD", "1/10", "USD")]
)
def test_a_minimum_is_an_amount_with_or_without_a_currency(
    given: str, amount: str | int, currency: str | None
) -> None:
    assert Minimum.parse(given) == Minimum(Fraction(amount), currency)


@pytest.mark.parametrize("given", ["", "five", "-5", "5.", ".5", "1e3", "5 usd", "5 USDX", "5  USD", "٥"])
def test_what_is_no_amount_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        Minimum.parse(given)
