"""`linkledger note`: what people type, and what stands in the ledger then."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.authors import login
from collector.cli import cli
from collector.ledger.opening import editing
from collector.ledger.reader import SqliteReader
from collector.ledger.records import Note
from collector.ledger.store import put_note
from tests.collector.ledgers import BEGIN_MS, PATIENCE, good, key, ledger_at
from tests.collector.test_ledger_locks import locks
from tests.collector.test_statements import CONFIG

ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//acme//planned work//EN
BEGIN:VEVENT
UID:work-1@acme.example
DTSTAMP:20260420T080000Z
DTSTART;TZID=Europe/London:20260503T020000
DTEND;TZID=Europe/London:20260503T040000
SUMMARY:Card swap
END:VEVENT
END:VCALENDAR
"""
MAIL = """\
From: noc@acme.example
To: us@example.com
Subject: Planned work
Date: Tue, 28 Apr 2026 09:00:00 +0200
MIME-Version: 1.0
Content-Type: text/calendar; charset=utf-8; method=REQUEST

"""
WINDOW = ["--from", "2026-05-03 02:00", "--to", "2026-05-03 04:00"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    more = "    exclude: {customer: {effect: numerator}}\n    unknown: {policy: exclude}\n"
    (tmp_path / "linkledger.yaml").write_text(CONFIG.replace("    unknown: {policy: exclude}\n", more))
    monkeypatch.chdir(tmp_path)
    with ledger_at(tmp_path / "ledger.db") as ledger:
        ledger.append([good(ledger.series(key()), BEGIN_MS)])
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["note", *words])


def wrote(*words: str) -> dict[str, Any]:
    """What the command wrote, as JSON."""
    done = run(*words)
    assert done.exit_code == 0, done.output
    body: dict[str, Any] = json.loads(notes()[-1].body)
    return body


def notes() -> list[Note]:
    with SqliteReader(Path("ledger.db")) as reader:
        return list(reader.notes())


def test_the_author_is_the_unix_login_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody-else")
    run("ticket", "lon-acme", "--id", "T1", "--opened", "now")
    assert notes()[0].author == login() == pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert login() == "uid 4000000"


def test_a_ticket_takes_times_on_the_clocks_of_the_circuits_site() -> None:
    body = wrote("ticket", "lon-acme", "--id", "T1", "--opened", "2026-07-03 10:15", "--dispatched")
    assert body == {"id": "T1", "carrier": "acme", "circuits": ["lon-acme"], "opened": "2026-07-03T09:15:00Z",
                    "dispatched": True}  # fmt: skip
    hold = "2026-07-03 11:00..2026-07-03 11:30=customer_wait"
    body = wrote("ticket", "--id", "T1", "--closed", "2026-07-03T12:00:00Z", "--hold", hold)
    assert body["holds"] == [
        {"from": "2026-07-03T10:00:00Z", "to": "2026-07-03T10:30:00Z", "reason": "customer_wait"}
    ]
    assert (body["carrier"], "circuits" in body) == ("acme", False)


def test_a_ticket_with_an_id_of_another_system_is_written_once() -> None:
    words = ("ticket", "lon-acme", "--id", "T1", "--opened", "2026-07-03 10:15", "--external-id", "sd-1")
    assert run(*words).stdout.startswith("note 1: id T1, carrier acme")
    again = run(*words)
    assert (again.exit_code, again.stdout) == (0, "note 1 was written before, and stands as it was\n")
    assert json.loads(run(*words, "--json").stdout) == {"note": 1, "repeated": True, "author": login()}
    assert len(notes()) == 1


def test_of_two_carriers_with_the_same_number_it_must_be_said_whose() -> None:
    for name in ("lon-acme", "lon-beta"):
        run("ticket", name, "--id", "7", "--opened", "2026-07-03 10:15")
    refused = run("ticket", "--id", "7", "--closed", "now")
    assert (refused.exit_code, refused.stderr) == (
        2, "linkledger: acme and beta have a ticket '7': say whose it is, --carrier\n",
    )  # fmt: skip
    assert (
        wrote("ticket", "--id", "7", "--carrier", "beta", "--closed", "2026-07-04 10:00")["carrier"] == "beta"
    )


def test_maintenance_and_exclusions_are_written_with_whom_they_concern_and_why() -> None:
    body = wrote("maintenance", "--circuit", "lon-acme", *WINDOW, "--announced", "2026-04-28T09:00:00Z",
                 "--reason", "card swap", "--emergency")  # fmt: skip
    assert body == {"from": "2026-05-03T01:00:00Z", "to": "2026-05-03T03:00:00Z", "reason": "card swap",
                    "announced": "2026-04-28T09:00:00Z", "circuits": ["lon-acme"], "kind": "emergency",
                    "sites": []}  # fmt: skip
    body = wrote("exclude", "--site", "lon", "--carrier", "acme", "--kind", "customer", *WINDOW, "--state",
                 "disputed", "--reason", "they say so")  # fmt: skip
    assert (body["state"], body["sites"], body["carrier"], body["kind"]) == (
        "disputed", ["lon"], "acme", "customer",
    )  # fmt: skip


def test_a_kind_that_no_contract_judges_is_taken_with_a_warning() -> None:
    done = run("exclude", "--circuit", "lon-acme", "--kind", "custmer", *WINDOW, "--reason", "r")
    assert done.exit_code == 0
    assert (
        "no contract has 'custmer' under `exclude`, so it will count as downtime: did you mean 'customer'?"
        in (done.stderr)
    )
    done = run("exclude", "--circuit", "lon-acme", "--kind", "customer", *WINDOW, "--reason", "r")
    assert done.stderr == ""


def test_the_carriers_side_is_written() -> None:
    body = wrote("carrier", "acme", "--circuit", "lon-acme", *WINDOW, "--hold", "5=customer_wait", "--cause",
                 "fibre cut", "--ticket", "T1")  # fmt: skip
    assert body["holds"] == [{"minutes": "5", "reason": "customer_wait"}]
    assert (body["from"], body["cause"], body["ticket"]) == ("2026-05-03T01:00:00Z", "fibre cut", "T1")
    body = wrote("carrier", "acme", "--period", "2026-04", "--figure", "availability=99.950")
    assert (body["period"], body["figures"]) == ("2026-04", {"availability": "99.950"})


def test_a_claim_moves_with_its_amount_its_next_step_and_the_statements_that_it_names() -> None:
    body = wrote("claim", "acme", "--period", "2026-04", "--circuit", "lon-acme", "--state", "rejected",
                 "--amount", "75.00 USD", "--reason-code", "NO_TICKET", "--reason", "their mail", "--next",
                 "send the trace", "--owner", "ann", "--by", "2026-06-10", "--statement",
                 "lon-acme/gold/1")  # fmt: skip
    assert (body["amount"], body["reason_code"]) == ("75.00 USD", "NO_TICKET")
    assert body["next_step"] == {"what": "send the trace", "owner": "ann", "by": "2026-06-10"}
    assert body["revisions"] == [{"scope": "lon-acme", "contract": "gold", "revision": 1}]


TICKET = ["ticket", "lon-acme", "--id", "T1"]
CLAIM = ["claim", "acme", "--period", "p", "--reason", "r", "--state"]
EXCLUDE = ["exclude", "--kind", "customer", "--reason", "r"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ticket", "lon-acm", "--id", "T1", "--opened", "now"],
         "the configuration has no circuit 'lon-acm': did you mean 'lon-acme'?"),
        ([*TICKET, "--carrier", "acmee", "--opened", "now"], "no carrier 'acmee': did you mean 'acme'?"),
        (TICKET, "ticket T1: it isn't said when it was opened; nothing is known of a ticket 'T1' yet"),
        ([*TICKET, "--opened", "banana"], "--opened: 'banana' is not a time: write 2026-04-03T10:15:00Z, "),
        ([*TICKET, "--opened", "2026-10-25 01:30"], "--opened: '2026-10-25 01:30' is twice in Europe/London"),
        ([*TICKET, "--opened", "now", "--hold", "11:00=x"], "--hold '11:00=x': write FROM..TO=WHY"),
        ([*TICKET, "--opened", "now", "--hold", "x"], "'x': write FROM..TO=WHY"),
        (["ticket", "lon-acme", "lon-beta", "--id", "T1"], "these circuits are of acme and beta: say whose"),
        ([*EXCLUDE, *WINDOW], "whom does it concern? Give --circuit, --site or --carrier"),
        ([*EXCLUDE, "--site", "par", *WINDOW], "no site 'par'"),
        ([*EXCLUDE, "--carrier", "acme", *WINDOW], "--from: '2026-05-03 02:00' needs its offset"),
        ([*EXCLUDE, "--circuit", "lon-acme", "--to", "now"], "--from is missing: a time such as"),
        ([*EXCLUDE, "--circuit", "lon-acme", "--from", "now", "--to", "now"], "ends before it begins"),
        (["exclude", "--kind", "customer", "--circuit", "lon-acme", *WINDOW],
         "a note of kind exclude moves money: say why (--reason)"),
        (["carrier", "acme", "--figure", "x"], "'x': write NAME=NUMBER"),
        (["carrier", "acme", "--figure", "x=99,95"], "'99,95' is not a number such as 99.95"),
        ([*CLAIM, "credited"], "a claim that is credited needs its amount, such as 75.00 USD"),
        ([*CLAIM, "submitted", "--next", "call"], "--next, --owner, --by"),
        ([*CLAIM, "submitted", "--statement", "lon-acme"], "write SCOPE/CONTRACT/REVISION"),
        ([*CLAIM, "submitted", "--statement", "a/b/c"], "write SCOPE/CONTRACT/REVISION"),
        (["withdraw", "7", "--reason", "r"], "there is no note 7"),
        (["withdraw", "7", "--reason", " "], "--reason: say why"),
        (["list", "--kind", "tickets"], "there is no kind 'tickets' of notes: did you mean 'ticket'?"),
        (["list", "--circuit", "lon-acm"], "no circuit 'lon-acm': did you mean 'lon-acme'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_would_be_right_and_nothing_is_written(
    words: list[str], said: str
) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert notes() == []


def test_without_a_ledger_it_is_exit_3_and_without_a_configuration_2(folder: Path) -> None:
    (folder / "ledger.db").unlink()
    assert run(*TICKET, "--opened", "now").exit_code == 3
    assert run("list").exit_code == 3
    (folder / "linkledger.yaml").write_text("site: [")
    assert run("list").exit_code == 2
    (folder / "linkledger.yaml").unlink()
    assert "there is no configuration" in run("list").stderr


def test_a_withdrawn_note_stays_to_be_seen() -> None:
    run(*TICKET, "--opened", "2026-07-03 10:15", "--reason", "it was down")
    assert (
        run("withdraw", "1", "--reason", "the wrong circuit", "-v").stdout == "note 2: note 1 is withdrawn\n"
    )
    lines = [line.split("\t") for line in run("list").stdout.splitlines()]
    assert [(line[0], *line[2:]) for line in lines] == [
        ("1", login(), "ticket",
         "id T1, carrier acme, circuits lon-acme, opened 2026-07-03T09:15:00Z: it was down",
         "withdrawn by note 2"),
        ("2", login(), "withdraw", ": the wrong circuit"),
    ]  # fmt: skip


def test_the_list_shows_what_concerns_a_circuit() -> None:
    run(*TICKET, "--opened", "2026-07-03 10:15")
    run("ticket", "lon-beta", "--id", "T2", "--opened", "2026-07-03 10:15")
    run("ticket", "--id", "T1", "--closed", "now")
    run("maintenance", "--site", "lon", *WINDOW, "--reason", "r")
    run("exclude", "--carrier", "beta", "--site", "lon", "--kind", "customer", *WINDOW, "--reason", "r")
    run("withdraw", "5", "--reason", "r")
    run("claim", "acme", "--period", "p", "--circuit", "lon-acme", "--state", "submitted", "--reason", "r")

    def numbers(*words: str) -> list[int]:
        return [one["note"] for one in json.loads(run("list", "--json", *words).stdout)]

    assert numbers("--circuit", "lon-acme") == [1, 3, 4, 7]
    assert numbers("--circuit", "lon-beta") == [2, 4, 5, 6]
    assert numbers("--circuit", "lon-acme", "--kind", "ticket") == [1, 3]
    assert numbers() == [1, 2, 3, 4, 5, 6, 7]
    assert "there is no such note" in run("list", "--kind", "credit").stderr


def test_the_json_of_a_note_holds_all_of_it() -> None:
    run(*TICKET, "--opened", "2026-07-03 10:15")
    (told,) = json.loads(run("list", "--json").stdout)
    assert told | {"at": ""} == {
        "note": 1, "at": "", "author": login(), "kind": "ticket", "withdraws": None, "withdrawn_by": None,
        "body": json.loads(notes()[0].body),
        "says": "id T1, carrier acme, circuits lon-acme, opened 2026-07-03T09:15:00Z",
    }  # fmt: skip


def test_a_calendar_file_is_imported_once_and_says_what_it_does_not_know(folder: Path) -> None:
    (folder / "work.ics").write_text(ICS)
    first = run("maintenance", "--import", "work.ics", "--circuit", "lon-acme")
    assert first.exit_code == 0
    assert "doesn't say when it was announced: give --announced, or it counts as never" in first.stderr
    body = json.loads(notes()[0].body)
    assert (body["from"], body["to"], body["reason"], body["external_id"]) == (
        "2026-05-03T01:00:00Z", "2026-05-03T03:00:00Z", "Card swap", "work-1@acme.example",
    )  # fmt: skip
    assert "was written before" in run("maintenance", "--import", "work.ics", "--circuit", "lon-acme").stdout


def test_a_mails_date_is_when_the_work_was_announced_and_options_override_it(folder: Path) -> None:
    (folder / "work.eml").write_text(MAIL + ICS)
    assert (
        wrote("maintenance", "--import", "work.eml", "--site", "lon")["announced"] == "2026-04-28T07:00:00Z"
    )
    body = wrote("maintenance", "--import", "work.eml", "--site", "lon", "--announced", "2026-04-30 10:00",
                 "--to", "2026-05-03 05:00", "--reason", "longer", "--external-id", "2")  # fmt: skip
    assert (body["announced"], body["to"], body["reason"]) == (
        "2026-04-30T09:00:00Z", "2026-05-03T04:00:00Z", "longer",
    )  # fmt: skip


def test_a_cancelled_announcement_names_the_note_to_withdraw(folder: Path) -> None:
    (folder / "work.ics").write_text(ICS)
    (folder / "off.ics").write_text(ICS.replace("VERSION:2.0", "VERSION:2.0\nMETHOD:CANCEL"))
    assert "no note was written of it" in run("maintenance", "--import", "off.ics", "--site", "lon").stderr
    run("maintenance", "--import", "work.ics", "--site", "lon")
    done = run("maintenance", "--import", "off.ics", "--site", "lon")
    assert (done.exit_code, len(notes())) == (2, 1)
    assert "'Card swap' is cancelled: withdraw note 1" in done.stderr


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "x.eml").write_text("no mail")
    for name, said in (
        ("x.eml", "x.eml: is neither a mail nor a calendar"),
        ("y.ics", "y.ics: can't be read"),
    ):
        done = run("maintenance", "--import", name, "--site", "lon")
        assert (done.exit_code, said in done.stderr) == (2, True)


def test_notes_beside_a_daemon_leave_its_locks_alone(folder: Path) -> None:
    with ledger_at(folder / "ledger.db") as ledger:
        ledger.append([good(ledger.series(key()), BEGIN_MS + 10_000)])
        assert ledger.settle(PATIENCE)
        before = locks(ledger.path)
        for words in ([*TICKET, "--opened", "now"], ["list"], ["withdraw", "1", "--reason", "r"]):
            assert run(*words).exit_code == 0
            assert locks(ledger.path) == before


@pytest.mark.parametrize(
    "command", [[], ["ticket"], ["maintenance"], ["exclude"], ["carrier"], ["claim"], ["withdraw"], ["list"]]
)
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    assert "Examples:\n    linkledger note" in run(*command, "--help").stdout


def test_a_damaged_note_is_shown_as_it_stands_and_stops_no_other(folder: Path) -> None:
    assert run("ticket", "lon-acme", "--id", "T-1", "--opened", "now").exit_code == 0
    with editing(folder / "ledger.db") as connection:
        put_note(connection, at_ms=1, author="ann", kind="ticket", body='{"id": "T-2')
        put_note(connection, at_ms=1, author="ann", kind="moonphase", body='{"full": true}')
    told = run("list")
    assert told.exit_code == 0, told.output
    assert told.output.count("can't be read by this version") == 2
    rows = json.loads(run("list", "--json").output)
    assert [row["body"] for row in rows[1:]] == ['{"id": "T-2', {"full": True}]
    assert run("ticket", "--id", "T-1", "--closed", "now").exit_code == 0, "writing goes on"


def test_a_reason_of_several_lines_is_one_line_of_the_list() -> None:
    forged = "card swap\n99\t2026-05-03T00:00:00Z\troot\texclude\tstate accepted"
    run("maintenance", "--circuit", "lon-acme", *WINDOW, "--reason", forged)
    (line,) = run("list").output.splitlines()
    assert line.count("\t") == 4
    assert "card swap 99" in line
