"""`linkledger claim` on a real ledger: rounds, tickets, two carriers, three currencies."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.authors import login
from collector.cli import cli
from collector.ledger.ledger import Ledger
from collector.ledger.model import Outage
from collector.ledger.opening import editing
from collector.ledger.reader import SqliteReader
from collector.ledger.store import record_outage
from collector.sla.calendar import rfc3339
from probes.clock import NS_PER_MS, Instant, SystemClock
from tests.clock import FakeClock
from tests.collector.claiming.estate import (
    DAY_MS,
    FEBRUARY_MS,
    LATE_MS,
    OVER_MS,
    config_text,
    january,
    note,
    written,
)

GOLDEN = Path(__file__).parent / "claiming" / "golden"
ACME = ["--carrier", "acme", "--period", "2026-01"]
NO_TICKET = "nothing of the credit of 60.00 GBP can be claimed: The outage of 2026-01-04"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the configuration and a ledger of January; each test takes a copy."""
    folder = tmp_path_factory.mktemp("claims")
    settings = written(folder)
    with Ledger.open(settings.ledger.path, clock=FakeClock(), reserve_bytes=0) as ledger:
        january(settings, ledger)
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("linkledger.yaml", "ledger.db"):
        shutil.copy(template / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    at(monkeypatch, OVER_MS)
    return tmp_path


def at(monkeypatch: pytest.MonkeyPatch, now_ms: int) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda self: Instant(now_ms * NS_PER_MS, 0))


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def claim(*words: str) -> Result:
    return run("claim", *words)


def told(*words: str) -> Any:  # noqa: ANN401 - JSON
    done = run(*words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def claim_notes() -> list[dict[str, Any]]:
    with SqliteReader(Path("ledger.db")) as reader:
        return [json.loads(one.body) for one in reader.notes("claim")]


def files(path: str) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_letter_is_what_the_carriers_billing_desk_should_read(folder: Path) -> None:
    done = claim(*ACME, "--sender", "Ann Example, Example Ltd")
    assert done.exit_code == 0, done.stderr
    assert letter("claim-acme-2026-01.zip") == (GOLDEN / "acme.txt").read_text()
    assert done.stdout == (
        "claim-acme-2026-01.zip: 100.00 EUR and 100.00 GBP of acme for 2026-01, "
        f"reference {reference('claim-acme-2026-01.zip')}\n"
    )
    blocked, nothing = done.stderr.splitlines()
    assert blocked.startswith(f"left out: ams-acme: {NO_TICKET}")
    assert "has no ticket: one was due by 2026-01-07" in blocked
    assert nothing == "left out: ber-acme: no credit is due for 2026-01"
    assert claim_notes() == []


def letter(path: str) -> str:
    """The letter, without the digests: these change with every key that statements gain."""
    text = files(path)["letter.txt"].decode()
    return re.sub(r"sha256:[0-9a-f]{64}", "sha256:...", text).replace(reference(path), "REFERENCE")


def reference(path: str) -> str:
    return str(json.loads(files(path)["claim.json"])["reference"])


def test_the_pack_holds_statements_outages_arithmetic_and_a_digest_of_each_file(folder: Path) -> None:
    claim(*ACME)
    found = files("claim-acme-2026-01.zip")
    assert [*found] == [
        "letter.txt", "statements/lon-acme.json", "statements/lon-acme.txt", "statements/par-acme.json",
        "statements/par-acme.txt", "outages.csv", "arithmetic.txt", "claim.json", "MANIFEST",
    ]  # fmt: skip
    listed = dict(line.split("  ")[::-1] for line in found["MANIFEST"].decode().splitlines())
    assert listed == {
        name: hashlib.sha256(data).hexdigest() for name, data in found.items() if name != "MANIFEST"
    }
    statement = json.loads(found["statements/lon-acme.json"])
    assert (statement["revision"], statement["credit"]["claimable"]) == (1, "100.00")
    assert "How it was computed" in found["statements/lon-acme.txt"].decode()
    assert "98.655914%, below 99.9%: 10% of 1,000.00 = 100.00" in found["arithmetic.txt"].decode()
    assert (
        found["arithmetic.txt"]
        .decode()
        .endswith("What is claimed\n  100.00 EUR = 100.00 EUR\n  100.00 GBP = 100.00 GBP\n")
    )
    assert found["outages.csv"].decode().splitlines()[1:] == [
        "lon-acme,CX/1001,2026-01-02T09:20:00Z,2026-01-02T19:20:00Z,36000,0,36000,36000,0,T-1,timeout",
        "par-acme,CX/1002,2026-01-03T02:00:00Z,2026-01-03T18:40:00Z,60000,0,60000,60000,0,T-2,timeout",
    ]
    lines = json.loads(found["claim.json"])["lines"]
    assert [(one["circuit"], one["revision"], one["claimed"], one["submit_deadline"]) for one in lines] == [
        ("lon-acme", 1, "100.00", rfc3339(LATE_MS)), ("par-acme", 1, "100.00", rfc3339(LATE_MS)),
    ]  # fmt: skip


def test_the_same_claim_is_the_same_bytes_on_another_day(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(*ACME, "--out", "a.zip")
    at(monkeypatch, OVER_MS + 20 * DAY_MS)
    claim(*ACME, "--out", "b.zip")
    assert Path("a.zip").read_bytes() == Path("b.zip").read_bytes()
    with zipfile.ZipFile("a.zip") as archive:
        assert {one.date_time for one in archive.infolist()} == {(2026, 2, 1, 0, 0, 0)}


def test_a_submitted_claim_is_noted_a_note_a_currency_and_is_not_made_twice(folder: Path) -> None:
    first = told("claim", *ACME, "--submit", "--reason", "sent by mail")
    (one,) = first["claims"]
    assert len(one["notes"]) == 2
    euro, pound = claim_notes()
    for body, name, amount in ((euro, "par-acme", "100.00 EUR"), (pound, "lon-acme", "100.00 GBP")):
        assert (body["state"], body["circuits"], body["amount"]) == ("submitted", [name], amount)
        assert body["reference"] == one["reference"]
        assert body["revisions"] == [{"scope": name, "contract": "gold", "revision": 1}]
        assert body["reason"] == "sent by mail"
    again = claim(*ACME, "--submit")
    assert (again.exit_code, again.stdout) == (1, "")
    why = f"is submitted already, by note {one['notes'][1]}, reference {one['reference']}"
    assert f"left out: lon-acme: {why}" in again.stderr
    assert "there is nothing to claim for 2026-01" in again.stderr
    assert len(claim_notes()) == 2
    with SqliteReader(Path("ledger.db")) as reader:
        assert {one.author for one in reader.notes("claim")} == {login()}


def test_a_claim_that_was_noted_meanwhile_is_not_noted_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from collector.cli import claim as command

    whole = command._chosen

    def meanwhile(asked: command.Request) -> Any:  # noqa: ANN401
        found = whole(asked)
        note(asked.desk.settings, "claim", carrier="acme", period="2026-01", state="submitted")
        return found

    monkeypatch.setattr(command, "_chosen", meanwhile)
    done = claim(*ACME, "--submit")
    assert done.exit_code == 2
    assert "was claimed meanwhile, by note 4: make the claim again" in done.stderr
    assert len(claim_notes()) == 1


@pytest.mark.parametrize(
    ("words", "claimed", "said"),
    [
        (["--min", "100"], ["lon-acme", "par-acme"], ""),
        (["--min", "100.01 GBP"], ["par-acme"], "lon-acme: 100.00 GBP is under --min 100.01"),
        (["--min", "100.01 USD"], ["lon-acme", "par-acme"], ""),
    ],
)
def test_small_credits_are_left_out_in_their_own_currency(
    folder: Path, words: list[str], claimed: list[str], said: str
) -> None:
    done = claim(*ACME, *words, "--json")
    assert [one["circuit"] for one in json.loads(done.stdout)["claims"][0]["lines"]] == claimed
    assert said in done.stderr


def test_circuits_of_two_carriers_are_two_claims_each_in_its_own_file(folder: Path) -> None:
    words = ["lon-acme", "lon-beta", "--period", "2026-01"]
    done = claim(*words, "--out", "one.zip")
    assert done.exit_code == 2
    assert (
        "these are 2 claims (acme for 2026-01, beta for 2026-01): give --out a directory, or" in done.stderr
    )
    found = told("claim", *words, "--out", "packs")["claims"]
    assert [(one["carrier"], one["file"], one["totals"]) for one in found] == [
        ("acme", "packs/claim-acme-2026-01.zip", [{"currency": "GBP", "amount": "100.00"}]),
        ("beta", "packs/claim-beta-2026-01.zip", [{"currency": "USD", "amount": "30.00"}]),
    ]
    assert letter("packs/claim-beta-2026-01.zip") == (GOLDEN / "beta.txt").read_text()


@pytest.mark.parametrize(
    ("now_ms", "period", "said"),
    [
        (FEBRUARY_MS - 1, "2026-01", "lon-acme: the period 2026-01 isn't over until 2026-02-01T00:00:00Z"),
        (FEBRUARY_MS + 1, "current", "lon-acme: the period 2026-02 isn't over until 2026-03-01T00:00:00Z"),
        (LATE_MS, "2026-01", "lon-acme: the time to claim 100.00 GBP is over: it had to be claimed before "),
    ],
)
def test_a_period_that_isnt_over_or_is_too_old_gives_no_claim(
    folder: Path, monkeypatch: pytest.MonkeyPatch, now_ms: int, period: str, said: str
) -> None:
    claim(*ACME)
    Path("claim-acme-2026-01.zip").unlink()
    at(monkeypatch, now_ms)
    done = claim("lon-acme", "--period", period)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr
    assert not Path("claim-acme-2026-01.zip").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lon-acm", "--period", "2026-01"], "no circuit 'lon-acm': did you mean 'lon-acme'?"),
        (["--carrier", "acm", "--period", "2026-01"], "no carrier 'acm': did you mean 'acme'?"),
        (["lon-acme"], "--period is missing: which period is claimed, such as 2026-04?"),
        (["--period", "2026-01"], "give circuits, or a carrier (--carrier)"),
        (["lon-acme", *ACME], "give circuits, or a carrier (--carrier)"),
        (["lon-acme", "--period", "banana"], "'banana' is not a period"),
        (["lon-acme", "--period", "2026-01-03"], "'2026-01-03' is no period of contract gold"),
        ([*ACME, "--min", "five"], "--min: 'five' is not an amount such as 5.00 or '5.00 USD'"),
        ([*ACME, "--min", "5 usd"], "--min: '5 usd' is not an amount"),
        ([*ACME, "--reason", " "], "--reason: say why"),
        ([*ACME, "--state", "eligible"], "--state is for `claim list`"),
        ([*ACME, "--template", "none.txt"], "--template none.txt: there is no such file"),
        ([*ACME, "--template", "bad.txt"], "the letter's template: bad.txt:2: "),
        ([*ACME, "--template", "unknown.txt"], "the letter's template: unknown.txt: 'banana' is undefined"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(folder: Path, words: list[str], said: str) -> None:
    Path("bad.txt").write_text("a\n{% if %}\n")
    Path("unknown.txt").write_text("{{ banana }}")
    done = claim(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert claim_notes() == []
    assert not list(Path().glob("*.zip"))


def test_a_template_of_ones_own_is_used(folder: Path) -> None:
    Path("mine.txt").write_text("{{ carrier.name }}: {% for one in lines %}{{ one.names }};{% endfor %}.\n")
    claim(*ACME, "--template", "mine.txt")
    assert letter("claim-acme-2026-01.zip") == (
        "Acme Networks plc: Circuit CX/1001 (with us: lon-acme);Circuit CX/1002 (with us: par-acme);.\n"
    )


def test_a_ledger_that_isnt_there_is_exit_3(folder: Path) -> None:
    Path("ledger.db").unlink()
    assert claim(*ACME).exit_code == 3
    assert claim("list").exit_code == 3


def test_the_list_shows_each_claim_with_its_money_and_what_lapses_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(*ACME, "--submit")
    claim("lon-beta", "--period", "2026-01")
    done = claim("list")
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    assert [(row[0], row[3]) for row in rows[1:]] == [
        ("ams-acme", "detected"), ("lon-beta", "eligible"),
        ("lon-acme", "submitted"), ("par-acme", "submitted"),
    ]  # fmt: skip
    found = told("claim", "--list", "--carrier", "beta")
    assert [(one["circuit"], one["claimable"], one["currency"], one["lapses"]) for one in found] == [
        ("lon-beta", "30.00", "USD", rfc3339(LATE_MS))
    ]
    assert [one["circuit"] for one in told("claim", "list", "--state", "none")] == ["ber-acme"]
    assert [one["circuit"] for one in told("claim", "list", "par-acme")] == ["par-acme"]
    assert told("claim", "list", "--period", "2026-02") == []
    at(monkeypatch, LATE_MS)
    assert [one["circuit"] for one in told("claim", "list", "--state", "expired")] == ["ams-acme", "lon-beta"]
    assert "there is no such claim" in claim("list", "--state", "rejected").stderr


def test_note_claim_refuses_a_move_that_cant_be_and_writes_nothing(folder: Path) -> None:
    claim(*ACME)
    words = ["note", "claim", "acme", "--period", "2026-01", "--reason", "r", "--state"]
    refused = run(*words, "accepted", "--circuit", "lon-acme")
    assert refused.exit_code == 2
    assert "it can't be accepted; from here it can be submitted, credited or expired" in refused.stderr
    assert claim_notes() == []
    assert run(*words, "submitted", "--circuit", "lon-acme").exit_code == 0
    assert run(*words, "accepted").exit_code == 0
    assert [one["state"] for one in told("claim", "list", "lon-acme")] == ["accepted"]


def test_a_circuit_may_be_called_list(folder: Path) -> None:
    Path("linkledger.yaml").write_text(config_text().replace("  ber-acme:", "  list:"))
    done = claim("list", "--period", "2026-01")
    assert done.exit_code == 1
    assert "left out: list: " in done.stderr
    assert claim("--list").exit_code == 0


PAIR = """\
  both:
    carrier: acme
    effective: 2020-01-01
    timezone: Europe/London
    currency: circuit
    period: calendar_month
    denominator: elapsed
    scope: {pair: [lon-acme, ber-acme]}
    outage:
      down: {loss_at_least: 100%, for: 20m}
      clock: {start: measured, end: restored}
      across_periods: split
    unknown: {policy: exclude}
    objectives:
      availability:
        target: ">= 100%"
        credit: {when: always, flat: 10%}
"""


@pytest.fixture
def pair(folder: Path) -> str:
    """lon-acme and ber-acme are judged as one; the name of that."""
    text = config_text()
    for name in ("lon-acme", "ber-acme"):
        begin = text.index(f"  {name}:")
        text = text[:begin] + text[begin:].replace("contract: gold", "contract: both", 1)
    Path("linkledger.yaml").write_text(text + PAIR)
    found = told("claim", "lon-acme", "--period", "2026-01")
    return str(found["claims"][0]["lines"][0]["circuit"])


def test_circuits_that_are_judged_as_one_are_one_line_with_all_their_names(pair: str) -> None:
    (one,) = told("claim", "ber-acme", "--period", "2026-01", "--submit")["claims"]
    (line,) = one["lines"]
    assert (line["circuit"], line["circuits"], line["claimed"]) == (pair, ["lon-acme", "ber-acme"], "150.00")
    assert line["carrier_ids"] == ["CX/1001", "CX/1004"]
    assert f"CX/1001 (with us: lon-acme), CX/1004 (with us: ber-acme), judged as one: {pair}" in letter(
        one["file"]
    )
    (body,) = claim_notes()
    assert body["circuits"] == []
    assert body["revisions"] == [{"scope": pair, "contract": "both", "revision": 1}]
    (found,) = told("claim", "list", "ber-acme")
    assert (found["circuit"], found["state"], found["claimed_revision"]) == (pair, "submitted", 1)
    assert f"{pair}: is submitted already, by note" in claim("lon-acme", "--period", "2026-01").stderr


def test_a_credit_for_one_of_them_is_for_their_claim(pair: str) -> None:
    Path("c.csv").write_text(
        "carrier,circuit,period,amount,currency,reference\nacme,ber-acme,2026-01,150,GBP,CN-9\n"
    )
    (one,) = told("credits", "import", "c.csv")["credits"]
    assert (one["fit"], one["circuit"], one["carrier_id"]) == ("matched", pair, "CX/1004")


def test_a_rejection_is_followed_to_its_next_step_and_the_dispute_of_it(folder: Path) -> None:
    claim(*ACME, "--submit")
    words = [
        "note",
        "claim",
        "acme",
        "--period",
        "2026-01",
        "--circuit",
        "lon-acme",
        "--reason",
        "their mail",
    ]
    step = ["--next", "send the trace", "--owner", "bob", "--by", "2026-02-20"]
    assert run(*words, "--state", "rejected", "--reason-code", "NO_FAULT", *step).exit_code == 0
    (one,) = told("claim", "list", "lon-acme")
    assert (one["state"], one["reason_code"], one["open"], one["owed"]) == (
        "rejected",
        "NO_FAULT",
        True,
        "0.00",
    )
    assert one["next_step"] == {"what": "send the trace", "owner": "bob", "by": "2026-02-20"}
    shown = claim("list").stdout
    assert "rejected (NO_FAULT)" in shown
    assert "send the trace (bob, by 2026-02-20)" in shown
    assert run(*words, "--state", "submitted").exit_code == 0
    (one,) = told("claim", "list", "lon-acme")
    assert (one["state"], one["next_step"], one["owed"], one["accepted"]) == (
        "submitted",
        None,
        "100.00",
        "0.00",
    )


@pytest.mark.parametrize("out", ["nowhere/claim.zip", "file/packs"])
def test_where_nothing_can_be_written_it_says_so_and_notes_nothing(folder: Path, out: str) -> None:
    Path("file").write_text("")
    done = claim(*ACME, "--out", out, "--submit")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "file" in done.stderr
    assert claim_notes() == []


def test_nothing_to_claim_is_json_too(folder: Path) -> None:
    done = claim("ber-acme", "--period", "2026-01", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "claims": [], "left_out": [{"circuit": "ber-acme", "why": "no credit is due for 2026-01"}],
    }  # fmt: skip


def test_an_outage_of_a_running_period_that_needs_a_ticket_is_in_the_list(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = FEBRUARY_MS + DAY_MS
    with editing(Path("ledger.db")) as connection:
        record_outage(connection, Outage("lon", "acme", "ber-acme", start, None, "timeout"))
    at(monkeypatch, start + DAY_MS)
    (one,) = told("claim", "list")
    assert (one["circuit"], one["period"], one["state"], one["revision"]) == (
        "ber-acme", "2026-02", "detected", None,
    )  # fmt: skip
    assert one["lapses"] == one["ticket_deadline"] == rfc3339(start + 3 * DAY_MS)
