"""Notes in a real ledger: beside a daemon, two at once, killed, withdrawn, carried over."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.ledger.errors import LedgerUnreadable, LedgerUnwritable
from collector.ledger.migrate import migrate
from collector.ledger.notes import NoteError, carry_over, record, withdraw
from collector.ledger.opening import editing
from collector.ledger.reader import SqliteReader
from collector.ledger.records import Note
from collector.ledger.store import notes, put_note
from collector.notebook.bodies import made
from collector.notebook.body import Body
from tests.collector.ledgers import BEGIN_MS, PATIENCE, good, key, ledger_at

ROOT = Path(__file__).parents[2]
WINDOW = {
    "from": "2026-01-03T10:00:00Z",
    "to": "2026-01-03T11:00:00Z",
    "circuits": ("lon-acme",),
    "reason": "r",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with ledger_at(tmp_path / "ledger.db") as ledger:
        ledger.append([good(ledger.series(key()), BEGIN_MS)])
    return tmp_path / "ledger.db"


def ticket(number: str = "T1", **more: Any) -> Body:  # noqa: ANN401
    return made("ticket", {"id": number, "circuits": ("lon-acme",), "opened": "2026-01-03T10:00:00Z"} | more)


def write(path: Path, body: Body, at_ms: int = 1, replaces: int | None = None) -> tuple[int, bool]:
    with editing(path) as connection:
        done = record(connection, body, at_ms=at_ms, author="ann", replaces=replaces)
    return done.id, done.repeated


def take_back(path: Path, number: int) -> int:
    with editing(path) as connection:
        return withdraw(connection, number, at_ms=9, author="bob", reason="wrong")


def held(path: Path) -> list[Note]:
    with SqliteReader(path) as reader:
        return list(reader.notes())


def test_a_note_is_kept_with_its_author_and_time(path: Path) -> None:
    body = ticket()
    assert write(path, body, at_ms=77) == (1, False)
    assert held(path) == [Note(1, 77, "ann", "ticket", body.as_text())]


def test_a_note_is_written_beside_a_daemon_which_goes_on(path: Path) -> None:
    with ledger_at(path) as ledger:
        write(path, ticket())
        ledger.append([good(ledger.series(key()), BEGIN_MS + 10_000)])
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert (len(reader.notes()), reader.last_seq()) == (1, 2)


def test_a_note_with_an_id_of_another_system_is_written_once(path: Path) -> None:
    first = write(path, ticket("T1", external_id="servicedesk:1"))
    assert write(path, ticket("T1", external_id="servicedesk:1", closed="2026-01-03T11:00:00Z")) == (1, True)
    other = made("exclude", WINDOW | {"kind": "customer", "external_id": "servicedesk:1"})
    assert (first, write(path, other)) == ((1, False), (2, False)), "ids are those of a kind"
    assert write(path, ticket("T2")) == (3, False)
    assert write(path, ticket("T2")) == (4, False), "without one nothing is a repeat"


def test_what_a_person_withdrew_does_not_come_back_by_being_sent_again(path: Path) -> None:
    write(path, ticket(external_id="x"))
    take_back(path, 1)
    assert write(path, ticket(external_id="x")) == (1, True)
    assert len(held(path)) == 2


def test_a_withdrawal_names_what_it_withdraws_and_why(path: Path) -> None:
    write(path, ticket())
    assert take_back(path, 1) == 2
    assert held(path)[1] == Note(2, 9, "bob", "withdraw", '{"reason": "wrong"}', 1)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (7, "there is no note 7: `linkledger note list`"),
        (2, "note 2 was withdrawn already, by note 3 of bob"),
        (3, "note 3 withdraws note 2: that can't be taken back; write what note 2 said again"),
    ],
)
def test_what_cannot_be_withdrawn_is_refused_and_nothing_is_written(
    path: Path, number: int, said: str
) -> None:
    write(path, ticket())
    write(path, ticket("T2"))
    take_back(path, 2)
    with pytest.raises(NoteError, match=said):
        take_back(path, number)
    assert len(held(path)) == 3


def test_a_note_replaces_one_of_its_kind(path: Path) -> None:
    exclude = made("exclude", WINDOW | {"kind": "customer"})
    write(path, exclude)
    assert write(path, made("exclude", WINDOW | {"kind": "customer", "state": "disputed"}), replaces=1) == (
        2,
        False,
    )
    assert held(path)[1].withdraws == 1
    with pytest.raises(NoteError, match="note 1 was withdrawn already, by note 2"):
        write(path, exclude, replaces=1)
    with pytest.raises(NoteError, match="note 2 is of kind exclude: a note of kind ticket can't replace it"):
        write(path, ticket(), replaces=2)
    assert take_back(path, 2) == 3, "what replaces another can be withdrawn itself"


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ((), {"opened": None}, "it isn't said when it was opened; nothing is known of a ticket 'T1' yet"),
        ((), {"circuits": ()}, "it isn't said which circuits"),
        ((), {"closed": "2026-01-03T09:59:59Z"}, "it was closed before it was opened; nothing is known"),
        (({},), {"opened": None, "closed": "2026-01-03T09:59:59Z"}, "it was closed before it was opened$"),
        (({},), {"opened": None, "closed": "2026-01-03T10:00:00Z"}, ""),
        (({},), {"opened": None, "circuits": (), "acknowledged": "2026-01-03T10:05:00Z"}, ""),
        (({"carrier": "acme"},), {"carrier": "beta", "opened": None}, "when it was opened; nothing is known"),
    ],
)
def test_with_what_is_known_a_ticket_must_be_one_that_can_count(
    path: Path, before: tuple[dict[str, Any], ...], now: dict[str, Any], said: str
) -> None:
    for one in before:
        write(path, ticket(**one))
    if said:
        with pytest.raises(NoteError, match=said):
            write(path, ticket(**now))
    else:
        write(path, ticket(**now))
    assert len(held(path)) == len(before) + (not said)


def test_an_opening_can_be_replaced_by_one_that_stands_alone(path: Path) -> None:
    write(path, ticket())
    with pytest.raises(NoteError, match="when it was opened"):
        write(path, ticket(opened=None, closed="2026-01-03T12:00:00Z"), replaces=1)
    assert write(path, ticket(opened="2026-01-03T09:00:00Z"), replaces=1) == (2, False)


def test_of_two_who_write_the_same_at_once_one_writes_it(path: Path) -> None:
    def one(_: int) -> bool:
        return write(path, ticket(external_id="x"))[1]

    with ThreadPoolExecutor(8) as pool:
        repeated = list(pool.map(one, range(16)))
    assert sorted(repeated) == [False] + [True] * 15
    assert len(held(path)) == 1


MANY = """
import sys
from pathlib import Path
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.notebook.bodies import made
for number in range(25):
    with editing(Path(sys.argv[1])) as connection:
        name = f"{sys.argv[2]}-{number}"
        body = made("ticket", {"id": name, "circuits": ["a"], "opened": "2026-01-03T10:00:00Z"})
        record(connection, body, at_ms=1, author=sys.argv[2])
"""


def test_two_processes_beside_a_daemon_lose_nothing(path: Path) -> None:
    with ledger_at(path) as ledger:
        writers = [
            subprocess.Popen([sys.executable, "-c", MANY, str(path), who], cwd=ROOT) for who in ("x", "y")
        ]
        for number in range(50):
            ledger.append([good(ledger.series(key()), BEGIN_MS + (number + 1) * 10_000)])
            assert ledger.flush(PATIENCE)
        assert [one.wait(PATIENCE) for one in writers] == [0, 0]
    found = held(path)
    assert [one.id for one in found] == list(range(1, 51))
    assert [one.author for one in found].count("x") == 25


KILLED = """
import os, signal, sys
from pathlib import Path
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.notebook.bodies import made
body = made("ticket", {"id": "T", "circuits": ["a"], "opened": "2026-01-03T10:00:00Z"})
with editing(Path(sys.argv[1])) as connection:
    record(connection, body, at_ms=1, author="ann")
    if sys.argv[2] == "inside":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("moment", "there"), [("inside", 0), ("after", 1)])
def test_after_a_kill_a_note_is_there_whole_or_not_at_all(path: Path, moment: str, there: int) -> None:
    command = [sys.executable, "-c", KILLED, str(path), moment]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert len(held(path)) == there
    assert write(path, ticket()) == (there + 1, False)


def test_without_a_ledger_a_note_is_refused_in_a_sentence_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnreadable, match="there is no ledger"):
        write(tmp_path / "ledger.db", ticket())
    assert list(tmp_path.iterdir()) == []


def test_while_another_holds_the_file_for_too_long_it_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.ledger.opening.BUSY_SECONDS", 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnwritable, match="another process has held the write lock"):
            write(path, ticket())


# --- carried over


def empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, Path("memory"))
    return connection


def put(connection: sqlite3.Connection, text: str, withdraws: int | None = None) -> int:
    return put_note(connection, at_ms=1, author="ann", kind="ticket", body=text, withdraws=withdraws)


def test_notes_of_after_a_backup_come_over_with_their_numbers() -> None:
    with closing(empty()) as now, closing(empty()) as backup:
        for connection in (now, backup):
            put(connection, "1")
        put(now, "2")
        put(now, "3", withdraws=1)
        assert carry_over(now, backup) == 2
        assert notes(backup) == notes(now)
        assert carry_over(now, backup) == 0, "once"
        assert put(backup, "4") == 4


def test_notes_whose_number_was_taken_meanwhile_get_another_and_still_withdraw_what_they_did() -> None:
    with closing(empty()) as one, closing(empty()) as other:
        for connection in (one, other):
            put(connection, "common")
        put(one, "a")
        put(one, "b", withdraws=2)
        put(other, "elsewhere")
        assert carry_over(one, other) == 2
        found = [(note.id, note.body, note.withdraws) for note in notes(other)]
        assert found == [(1, "common", None), (2, "elsewhere", None), (3, "a", None), (4, "b", 3)]
        assert carry_over(one, other) == 0


def test_two_notes_that_say_the_same_are_two_also_over_there() -> None:
    with closing(empty()) as now, closing(empty()) as backup:
        put(now, "same")
        put(now, "same")
        put(backup, "same")
        assert carry_over(now, backup) == 1
        assert len(notes(backup)) == 2
