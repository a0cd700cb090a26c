"""`linkledger ledger` and `linkledger output`, and what every command says of a ledger that is not well."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli
from collector.ledger.aside import DAMAGED, asides
from collector.ledger.errors import LedgerError
from collector.ledger.migrate import schemas
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.ledger.records import Heartbeat
from collector.ledger.store import move_cursor, put_heartbeat
from collector.notebook.bodies import made
from probes.clock import SystemClock
from tests.collector.ledgers import ledger_at
from tests.collector.test_ledger_backup import fill, foreign, newer, older, slots


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "linkledger.yaml").write_text("ledger: {path: ledger.db}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "ledger.db"


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def alive(**outputs: dict[str, object]) -> None:
    """A daemon that gives a sign of life just now, and feeds these outputs."""
    now_ms = SystemClock().now().wall_ms
    state = {"reasons": [], "synchronised": True, "stopped": False, "outputs": outputs}
    with editing(Path("ledger.db")) as connection:
        put_heartbeat(connection, Heartbeat(now_ms, 1, "9.9.9", "sha256:abc", json.dumps(state)))


def place(name: str, seq: int = 0) -> None:
    with editing(Path("ledger.db")) as connection:
        for suffix in ("", "/filled", "/head"):
            move_cursor(connection, name + suffix, seq)


# --- ledger


def test_backup_says_what_it_made_and_writes_over_nothing_unless_told(path: Path) -> None:
    fill(path)
    made = run("ledger", "backup", "copy.db", "--json")
    assert made.exit_code == 0
    told = json.loads(made.stdout)
    assert (told["rounds"], told["newest"], told["schema"]) == (720, "2026-01-01T01:59:50Z", len(schemas()))
    assert told["file_bytes"] == Path("copy.db").stat().st_size
    refused = run("ledger", "backup", "copy.db")
    assert refused.exit_code == 2
    assert "--force to write over it" in refused.stderr
    again = run("ledger", "backup", "copy.db", "--force")
    assert again.exit_code == 0
    assert "720 rounds of 1 series up to 2026-01-01T01:59:50Z; checked" in again.stdout


def test_restore_says_what_came_back_what_is_missing_and_where_the_rest_lies(path: Path) -> None:
    fill(path)
    run("ledger", "backup", "copy.db")
    fill(path, first=2)
    done = run("ledger", "restore", "copy.db")
    assert done.exit_code == 0
    first, second, third = done.stdout.splitlines()
    assert first.endswith("720 rounds of 1 series up to 2026-01-01T01:59:50Z")
    assert "ledger.db.replaced-" in second
    assert third.startswith("from 2026-01-01T01:01:00Z on: restored from a backup: 720 rounds measured after")
    told = json.loads(run("ledger", "restore", "copy.db", "--json").stdout)
    assert (told["rounds"], told["gap"]) == (720, None)


def test_restore_says_how_many_notes_it_brought_over_that_the_backup_lacks(path: Path) -> None:
    fill(path)
    run("ledger", "backup", "copy.db")
    with editing(path) as connection:
        for place in ("a", "b"):
            body = made("exclude", {"circuits": (place,), "kind": "k", "from": 0, "to": 1, "reason": "r"})
            record(connection, body, at_ms=1, author="ann")
    said = "notes and statements' revisions that the backup lacks, brought over: 2"
    assert said in run("ledger", "restore", "copy.db").stdout.splitlines()
    assert json.loads(run("ledger", "restore", "copy.db", "--json").stdout)["carried"] == 2


def test_restore_beside_a_running_daemon_is_exit_3_with_its_pid(path: Path) -> None:
    fill(path)
    run("ledger", "backup", "copy.db")
    with ledger_at(path):
        refused = run("ledger", "restore", "copy.db")
    assert refused.exit_code == 3
    assert f"process {os.getpid()} writes this ledger" in refused.stderr


def test_info_says_what_a_ledger_holds_and_what_lies_beside_it(path: Path) -> None:
    fill(path, hours=3)
    place("central", 100)
    path.with_name("ledger.db.damaged-20260101T000000Z").write_bytes(b"x" * 5_000)
    told = json.loads(run("ledger", "info", "--json").stdout)
    assert (told["rounds"], told["oldest"], told["sites"]) == (1_080, "2026-01-01T00:00:00Z", ["lon"])
    assert [one["name"] for one in told["outputs"]] == ["central"]
    assert list(told["beside"].values()) == [5_000]
    text = run("ledger", "info", "-v").stdout
    assert "1,080 rounds of 1 series, 2026-01-01T00:00:00Z to 2026-01-01T02:59:50Z" in text
    assert "cursor central/head at 100" in text
    assert "damaged-20260101T000000Z, 5 kB" in text
    assert max(map(len, text.splitlines())) <= 100 + len(str(path))


def test_an_older_ledger_is_looked_into_checked_backed_up_and_upgraded(path: Path) -> None:
    older(path)
    assert json.loads(run("ledger", "info", "--json").stdout)["schema"] == 1
    assert run("ledger", "check").exit_code == 0
    assert run("ledger", "backup", "copy.db").exit_code == 0
    assert run("status").exit_code == 3
    done = run("ledger", "upgrade")
    assert done.exit_code == 0
    assert f"schema {len(schemas())}" in done.stdout
    assert "ledger.db.schema-1" in done.stdout
    assert run("status").exit_code == 0
    assert len(slots(path)) == 100


def test_an_upgrade_without_a_copy_keeps_none(path: Path) -> None:
    older(path)
    assert run("ledger", "upgrade", "--no-copy").exit_code == 0
    assert asides(path) == []


def test_an_upgrade_on_a_full_disk_is_one_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: bytes, offset: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    older(path)
    monkeypatch.setattr(os, "pwrite", full)
    done = run("ledger", "upgrade")
    assert done.exit_code == 3
    assert "the disk is full" in done.stderr
    assert done.stderr.count("\n") == 1


# --- a ledger that is not well: what the daemon does with it, and what the commands say


def header(path: Path) -> None:
    fill(path)
    data = path.read_bytes()
    path.write_bytes(b"\0" * 100 + data[100:])


def table_page(path: Path) -> None:
    """The root of the table `chunk`."""
    fill(path)
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'chunk'").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)


def chunk(path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE chunk SET data = x'00'")
        connection.commit()


def write_ahead_log(path: Path) -> None:
    fill(path)
    path.with_name("ledger.db-wal").write_bytes(b"\xa5" * 10_000)


SET_ASIDE, KEPT, REFUSED = "set aside", "kept", "refused"


@pytest.mark.parametrize(
    ("harm", "daemon", "status", "export", "check", "words"),
    [
        pytest.param(header, SET_ASIDE, 3, 3, 3, "is damaged or no ledger at all", id="header"),
        pytest.param(table_page, SET_ASIDE, 0, 3, 1, "", id="table page"),
        pytest.param(chunk, KEPT, 0, 1, 1, "", id="chunk"),
        pytest.param(write_ahead_log, KEPT, 0, 0, 0, "", id="write-ahead log"),
        pytest.param(lambda path: path.touch(), KEPT, 3, 3, 3, "is empty", id="empty file"),
        pytest.param(lambda path: path.mkdir(), REFUSED, 3, 3, 3, "is a directory", id="directory"),
        pytest.param(foreign, REFUSED, 3, 3, 3, "is a SQLite database, but not a ledger", id="foreign"),
        pytest.param(newer, REFUSED, 3, 3, 3, "install the newer version again", id="newer"),
        pytest.param(lambda path: None, KEPT, 3, 3, 3, "there is no ledger", id="none"),
    ],
)
def test_each_damage_has_its_answer(
    path: Path,
    harm: Callable[[Path], None],
    daemon: str,
    status: int,
    export: int,
    check: int,
    words: str,
) -> None:
    harm(path)
    for command, code in ((["status"], status), (["export"], export), (["ledger", "check"], check)):
        done = run(*command)
        assert done.exit_code == code, (command, done.output)
        assert words in done.stderr or code != 3
        assert "Traceback" not in done.output
    assert run("ledger", "info").exit_code in (0, 3)
    assert run("output", "list").exit_code == (3 if words else 0)
    assert what_the_daemon_does(path) == daemon
    told = run("ledger", "info", "--json")
    if daemon == SET_ASIDE:
        (aside,) = json.loads(told.stdout)["beside"]
        assert aside in run("status").stderr
        assert "linkledger export --ledger" in run("status").stderr
    assert run("status").exit_code == (3 if daemon == REFUSED else 0)


def what_the_daemon_does(path: Path) -> str:
    try:
        with ledger_at(path) as ledger:
            return SET_ASIDE if ledger.set_aside else KEPT
    except LedgerError:
        return REFUSED


def test_what_can_be_read_of_a_file_that_was_set_aside_is_exported_from_there(path: Path) -> None:
    table_page(path)
    with ledger_at(path):
        pass
    (aside,) = asides(path, DAMAGED)
    assert run("export", "--ledger", str(aside)).exit_code == 3
    told = json.loads(run("ledger", "info", str(aside), "--json").stdout)
    assert told["rounds"] == 720


def test_an_export_with_a_damaged_chunk_writes_the_rest_and_says_what_it_left_out(path: Path) -> None:
    fill(path, hours=3)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE chunk SET data = x'00' WHERE hour = (SELECT min(hour) FROM chunk)")
        connection.commit()
    done = run("export")
    assert done.exit_code == 1
    assert "1 hours of a series are damaged and left out" in done.stderr
    assert len(done.stdout.splitlines()) == 1 + 720


# --- output


def test_list_tells_how_far_behind_each_output_is_and_why(path: Path) -> None:
    fill(path, hours=3)
    place("central", 1_000)
    assert "not fed by a daemon, 80 rows behind" in run("output", "list").stdout
    alive(central={"state": "held", "failure": "401: wrong token", "last_success_ms": None, "lag": 80})
    assert run("output", "list").stdout.endswith(": 401: wrong token\n")
    (told,) = json.loads(run("output", "list", "--json").stdout)
    assert (told["output"], told["lag_rounds"], told["state"]) == ("central", 80, "held")
    assert told["lag_seconds"] > 0


def test_who_is_notified_stands_in_the_list_though_it_has_no_place_in_the_log(path: Path) -> None:
    fill(path, hours=1)
    alive(desk={"state": "idle", "failure": "", "last_success_ms": 5_000, "lag": 2})
    told = "desk\tidle, 2 notices behind, last success 1970-01-01T00:00:05Z\n"
    assert run("output", "list").stdout == told


def test_a_rewind_says_what_will_be_sent_and_by_whom(path: Path) -> None:
    fill(path, hours=3)
    place("central", 1_080)
    done = run("output", "rewind", "central", "--to", "2026-01-01T01:00:00Z")
    assert done.exit_code == 0
    assert done.stdout == (
        "central goes back to 2026-01-01T01:00:00Z: 360 packed rounds and 360 rows of the log are sent; "
        "it begins when a daemon feeds it\n"
    )
    alive(central={"state": "idle", "failure": ""})
    earlier = run("output", "rewind", "central", "--to", "2025-12-31")
    assert "the daemon begins with its next batch" in earlier.stdout
    assert "the ledger begins at 2026-01-01T00:00:00Z" in earlier.stderr
    assert "a rewind to 2025-12-31T00:00:00Z is asked for" in run("output", "list").stdout
    later = run("output", "rewind", "central", "--to", "2026-01-01")
    assert later.stdout.startswith("central goes back to 2025-12-31T00:00:00Z: 720 packed rounds")


@pytest.mark.parametrize("words", [["rewind", "desk", "--to", "2h"], ["drop", "desk"]])
def test_who_is_notified_has_no_place_to_rewind_or_to_drop(path: Path, words: list[str]) -> None:
    fill(path, hours=1)
    with editing(path) as connection:
        connection.execute("INSERT INTO told VALUES ('desk', 3, NULL)")
    done = run("output", *words)
    assert done.exit_code == 2
    assert "desk is told of outages and breaches as they come" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rewind", "nope", "--to", "2h"], "no output 'nope' has a place in the ledger; these have: central"),
        (["rewind", "central", "--to", "soon"], "'soon' is not a time such as 2026-10-03"),
        (["rewind", "central", "--to", "2999-01-01"], "lies in the future"),
        (["drop", "nope"], "these have: central"),
        (["drop", "central"], "take it out of `outputs` and reload the daemon first"),
    ],
)
def test_what_makes_no_sense_is_exit_2_and_changes_nothing(path: Path, words: list[str], said: str) -> None:
    fill(path, hours=1)
    place("central")
    alive(central={"state": "idle", "failure": ""})
    done = run("output", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    (told,) = json.loads(run("output", "list", "--json").stdout)
    assert told["rewind_to"] is None


def test_a_dropped_output_is_gone(path: Path) -> None:
    fill(path, hours=1)
    place("former")
    assert run("output", "drop", "former").stdout == "former is dropped; it had 360 rows still to take\n"
    assert json.loads(run("output", "list", "--json").stdout) == []
