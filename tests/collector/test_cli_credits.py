"""`linkledger credits` on a real ledger: money that came against money that is owed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collector.ledger.reader import SqliteReader
from tests.collector.claiming.estate import DAY_MS, OVER_MS
from tests.collector.test_cli_claim import ACME, at, claim, folder, run, template, told

__all__ = ["folder", "template"]

CSV = """\
account;carrier_id;period;amount;currency;reference
A-100;CX/1001;2026-01;90.00;GBP;CN-1
A-100;CX/1002;2026-01;100.00;EUR;CN-2
A-100;CX/101;2026-01;10.00;GBP;CN-3
"""
IMPORT = ("credits", "import", "c.csv")


@pytest.fixture
def claimed(folder: Path) -> Path:
    assert claim(*ACME, "--submit").exit_code == 0
    Path("c.csv").write_text(CSV)
    return folder


def notes() -> list[dict[str, Any]]:
    with SqliteReader(Path("ledger.db")) as reader:
        return [json.loads(one.body) for one in reader.notes("credit")]


def test_credit_notes_are_matched_short_and_unmatched_and_written(claimed: Path) -> None:
    done = run(*IMPORT)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "line 2: CN-1: 90.00 GBP for CX/1001, 2026-01: short by 10.00 GBP: 90.00 of 100.00 GBP received for "
        "lon-acme",
        "line 3: CN-2: 100.00 EUR for CX/1002, 2026-01: matched: 100.00 of 100.00 EUR received for par-acme",
        "line 4: CN-3: 10.00 GBP for CX/101, 2026-01: unmatched: no claim of account A-100 has this circuit, "
        "period and currency; nearest: CX/1001 (lon-acme) of acme, account A-100, 2026-01, 100.00 GBP; "
        "CX/1003 (ams-acme) of acme, account A-100, 2026-01, 0.00 GBP; "
        "CX/1004 (ber-acme) of acme, account A-100, 2026-01, 0.00 GBP",
    ]
    assert done.stderr == "3 credit notes written, 0 were there before\n"
    assert [(one["reference"], one["amount"], one["carrier"]) for one in notes()] == [
        ("CN-1", "90.00 GBP", "acme"), ("CN-2", "100.00 EUR", "acme"), ("CN-3", "10.00 GBP", "acme"),
    ]  # fmt: skip
    states = {one["circuit"]: one["state"] for one in told("claim", "list")}
    assert states == {"lon-acme": "credited", "par-acme": "reconciled", "ams-acme": "detected"}


def test_a_second_import_changes_nothing_and_says_the_same(claimed: Path) -> None:
    first = told(*IMPORT)["credits"]
    again = run(*IMPORT)
    assert again.stderr == "0 credit notes written, 3 were there before\n"
    assert len(notes()) == 3
    second = told(*IMPORT)["credits"]
    assert [{**one, "repeated": True} for one in first] == second
    assert [one["repeated"] for one in first] == [False] * 3
    assert [one["note"] for one in first] == [6, 7, 8]


def test_a_dry_run_says_what_would_be_and_writes_nothing(claimed: Path) -> None:
    dry = told(*IMPORT, "--dry-run")
    assert (dry["dry_run"], [one["note"] for one in dry["credits"]]) == (True, [None] * 3)
    assert "3 credit notes would be written" in run(*IMPORT, "--dry-run").stderr
    assert notes() == []
    wet = told(*IMPORT)
    assert [{**one, "note": None} for one in wet["credits"]] == dry["credits"]
    assert [(one["fit"], one["difference"]) for one in wet["credits"]] == [
        ("short", "-10.00"), ("matched", "0.00"), ("unmatched", None),
    ]  # fmt: skip


def test_a_credit_note_that_was_withdrawn_doesnt_come_back(claimed: Path) -> None:
    run(*IMPORT)
    run("note", "withdraw", "6", "--reason", "cancelled")
    line = run(*IMPORT).stdout.splitlines()[0]
    assert line.endswith("note 6 said so and was withdrawn by note 9: it doesn't count")
    assert told(*IMPORT)["credits"][0]["withdrawn_by"] == 9


def test_what_is_owed_and_what_came_by_carrier_currency_and_age(
    claimed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim("lon-beta", "--period", "2026-01")
    run(*IMPORT)
    rows = [
        {"carrier": "acme", "currency": "EUR", "age": "0-30", "claims": 1, "expected": "100.00",
         "received": "100.00", "owed": "0.00"},
        {"carrier": "acme", "currency": "GBP", "age": "0-30", "claims": 1, "expected": "100.00",
         "received": "90.00", "owed": "10.00"},
        {"carrier": "beta", "currency": "USD", "age": "0-30", "claims": 1, "expected": "30.00",
         "received": "0.00", "owed": "30.00"},
    ]  # fmt: skip
    found = told("credits")
    assert found["owed"] == rows
    assert [(one["reference"], one["note"]) for one in found["unmatched"]] == [("CN-3", 8)]
    assert told("credits", "list", "--carrier", "beta") == {"owed": rows[2:], "unmatched": []}
    text = run("credits", "list").stdout
    assert "  acme     GBP       0-30              1    100.00     90.00  10.00\n" in text
    assert "  note 8, CN-3: 10.00 GBP for CX/101, 2026-01, account A-100\n" in text
    at(monkeypatch, OVER_MS + 31 * DAY_MS)
    assert [(one["carrier"], one["age"]) for one in told("credits")["owed"]] == [
        ("acme", "31-60"), ("acme", "31-60"),
    ]  # fmt: skip


def test_where_nothing_is_owed_it_says_so(folder: Path) -> None:
    done = run("credits")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "nothing is owed, and nothing was credited" in done.stderr
    assert told("credits") == {"owed": [], "unmatched": []}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CSV.replace("90.00", "ninety"), "c.csv:2:23: 'ninety' is not an amount such as 1234.56"),
        (CSV.splitlines()[0], "c.csv: has a header and no row below it"),
        ("", "c.csv:1:1: is empty: there is no header"),
        ("a;b\n\udcff\n", "c.csv:"),
    ],
)
def test_with_a_mistake_nothing_is_written(claimed: Path, text: str, said: str) -> None:
    Path("c.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    done = run(*IMPORT)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert notes() == []


def test_a_file_or_a_ledger_that_isnt_there_is_told(claimed: Path) -> None:
    assert "none.csv: there is no such file" in run("credits", "import", "none.csv").stderr
    assert "no carrier 'acm'" in run("credits", "list", "--carrier", "acm").stderr
    Path("ledger.db").unlink()
    assert run(*IMPORT).exit_code == 3
    assert run(*IMPORT, "--dry-run").exit_code == 3
    assert run("credits").exit_code == 3
