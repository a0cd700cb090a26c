"""Copies of a whole ledger: while it is written, of another schema, damaged, without room."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.ledger import backup, notes, store
from collector.ledger.aside import DAMAGED, REPLACED, asides
from collector.ledger.backup import back_up, keep_older, restore
from collector.ledger.errors import (
    LedgerError,
    LedgerLocked,
    LedgerOlder,
    LedgerTooNew,
    LedgerUnreadable,
    LedgerUnwritable,
    NotALedger,
)
from collector.ledger.inventory import inventory, problems
from collector.ledger.migrate import APPLICATION_ID, schemas
from collector.ledger.opening import connect_any
from collector.ledger.reader import SqliteReader
from collector.ledger.retention import EVIDENCE
from collector.ledger.store import move_cursor
from tests.collector.ledgers import BEGIN_MS, HOUR_MS, PATIENCE, good, hour_of_rounds, key, ledger_at

NOW_MS = BEGIN_MS + 3 * HOUR_MS
ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.collector.ledgers import BEGIN_MS, HOUR_MS, good, key, ledger_at
with ledger_at(Path(sys.argv[1])) as ledger:
    ledger.append([good(ledger.series(key()), BEGIN_MS + 2 * HOUR_MS)])
    assert ledger.flush(30)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def fill(path: Path, first: int = 0, hours: int = 2) -> None:
    """Hours of rounds of one series, packed but for the last."""
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        begin = BEGIN_MS + first * HOUR_MS
        for hour in range(hours):
            ledger.append(hour_of_rounds(one, begin + hour * HOUR_MS))
        ledger.append((), {"lon": begin + (hours - 1) * HOUR_MS + 60_000})
        assert ledger.settle(PATIENCE)


def slots(path: Path) -> list[int]:
    with SqliteReader(path) as reader:
        return [at for _, rounds in reader.iter_rounds() for at in rounds.at_ms.tolist()]


def schema_of(path: Path) -> int:
    connection, schema = connect_any(path)
    connection.close()
    return schema


def older(path: Path, rounds: int = 100) -> None:
    """A ledger as the first version made it, with rounds of one series."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(schemas()[0])
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute(
            "INSERT INTO series VALUES "
            "(1, 'edge', 'lon', 'acme', 'lon-acme', 'pe', 'icmp', 10000, 'd1', '', '[]', 'path')"
        )
        connection.execute("INSERT INTO cursor VALUES ('chunks:lon', 0), ('central', 7)")
        connection.executemany(
            "INSERT INTO log (series, at_ms, epoch, sent, received, reason, timing) "
            "VALUES (1, ?, 1, 1, 1, 0, 0)",
            [(BEGIN_MS + i * 10_000,) for i in range(rounds)],
        )
        end = BEGIN_MS + (rounds - 1) * 10_000
        connection.execute("INSERT INTO log_block VALUES (1, ?, ?, ?)", (rounds, BEGIN_MS, end))


# --- backup


def test_a_backup_is_a_ledger_of_its_own_in_one_file_that_only_its_owner_and_group_can_read(
    path: Path,
) -> None:
    fill(path)
    target = path.with_name("copy.db")
    made = back_up(path, target)
    assert slots(target) == slots(path)
    assert (made.held.rounds, made.held.newest_ms) == (720, BEGIN_MS + 2 * HOUR_MS - 10_000)
    assert made.schema == len(schemas())
    assert made.file_bytes == target.stat().st_size
    assert target.stat().st_mode & 0o007 == 0
    assert sorted(one.name for one in path.parent.iterdir() if one.name.startswith("copy")) == ["copy.db"]


def test_a_backup_of_a_ledger_that_is_written_all_the_while_is_of_one_moment(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PAGES_A_STEP", 1)
    fill(path)
    told: list[tuple[int, int]] = []
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        before = ledger.statistics().last_seq

        def write(done: int, total: int) -> None:
            """The daemon commits between any two pages."""
            told.append((done, total))
            ledger.append([good(one, BEGIN_MS + 2 * HOUR_MS + len(told) * 10_000)])
            assert ledger.flush(PATIENCE)

        back_up(path, path.with_name("copy.db"), write)
        assert ledger.statistics().last_seq == before + len(told)
    assert told == [(page, told[-1][1]) for page in range(1, len(told) + 1)], "never begun again"
    with SqliteReader(path.with_name("copy.db")) as copy:
        assert copy.last_seq() == before


def test_a_backup_that_fails_leaves_what_was_there(path: Path) -> None:
    fill(path)
    target = path.with_name("copy.db")
    target.write_text("the last one")

    def cut(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(path, target, cut)
    assert target.read_text() == "the last one"
    assert not path.with_name("copy.db.partial").exists()


def test_what_a_killed_backup_left_is_in_nobodys_way(path: Path) -> None:
    fill(path)
    path.with_name("copy.db.partial").write_text("half a copy")
    back_up(path, path.with_name("copy.db"))
    assert slots(path.with_name("copy.db")) == slots(path)


def test_without_room_for_it_no_backup_is_begun(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path)
    monkeypatch.setattr(backup, "free_bytes", lambda folder: 1_000_000)
    with pytest.raises(LedgerUnwritable, match=r"no room for a copy.* bytes are needed, 1,000,000 are free"):
        back_up(path, path.with_name("copy.db"))
    assert [one.name for one in path.parent.iterdir()].count("copy.db") == 0


def test_a_damaged_ledger_gives_no_backup(path: Path) -> None:
    fill(path)
    spoil_a_page(path)
    with pytest.raises(LedgerUnreadable, match="`linkledger ledger check` says more"):
        back_up(path, path.with_name("copy.db"))
    assert not path.with_name("copy.db").exists()


def spoil_a_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    middle = len(data) // 4096 // 2 * 4096
    data[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(data)


def test_the_ledger_itself_is_no_place_for_its_backup(path: Path) -> None:
    fill(path, hours=1)
    with pytest.raises(LedgerUnwritable, match="is the ledger itself"):
        back_up(path, path)


# --- restore


def test_a_restore_puts_the_backup_in_place_and_what_was_there_aside(path: Path) -> None:
    fill(path)
    with ledger_at(path) as ledger:
        ledger.write(lambda connection: move_cursor(connection, "central", 9)).result(PATIENCE)
    kept, copy = slots(path), path.with_name("copy.db")
    back_up(path, copy)
    fill(path, first=2)
    later = slots(path)
    done = restore(path, copy, NOW_MS)
    assert done.replaced is not None
    assert (slots(path), slots(done.replaced)) == (kept, later)
    assert path.stat().st_mode & 0o777 == 0o660
    with ledger_at(path) as ledger, ledger.reader() as reader:
        assert ledger.newest_ms() == kept[-1]
        assert {one.name: one.seq for one in reader.cursors()}["central"] == 9
        (gap,) = reader.gaps(EVIDENCE)
    assert gap == done.gap
    open_ms = BEGIN_MS + HOUR_MS + 60_000  # the watermark: before it nothing can be missing
    assert (gap.rounds, gap.from_ms, gap.to_ms) == (len(later) - len(kept), open_ms, NOW_MS)
    assert "restored from a backup: 720 rounds measured after it" in gap.why


def test_a_round_of_a_slot_before_the_backups_newest_is_missed_too(path: Path) -> None:
    """A slow probe's round comes after those of quick probes in later slots."""
    with ledger_at(path) as ledger:
        slow, quick = ledger.series(key("slow")), ledger.series(key("quick"))
        ledger.append([good(quick, BEGIN_MS + i * 10_000) for i in range(6)], {"lon": BEGIN_MS + 20_000})
        assert ledger.flush(PATIENCE)
        back_up(path, path.with_name("copy.db"))
        ledger.append([good(slow, BEGIN_MS + 20_000)])
    gap = restore(path, path.with_name("copy.db"), NOW_MS).gap
    assert gap is not None
    assert (gap.rounds, gap.from_ms) == (1, BEGIN_MS + 20_000)


def test_a_restore_takes_what_waits_in_the_write_ahead_log_of_a_killed_daemon_along(path: Path) -> None:
    fill(path)
    back_up(path, path.with_name("copy.db"))
    killed = [sys.executable, "-c", KILLED, str(path)]
    assert subprocess.run(killed, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert path.with_name("ledger.db-wal").stat().st_size
    done = restore(path, path.with_name("copy.db"), NOW_MS)
    assert done.replaced is not None
    assert not list(path.parent.glob("*-wal"))
    assert len(slots(done.replaced)) == len(slots(path)) + 1
    assert done.gap is not None
    assert done.gap.rounds == 1


def test_at_every_step_of_a_restore_that_is_killed_a_whole_ledger_stands_in_its_place(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path)
    back_up(path, path.with_name("copy.db"))
    fill(path, first=2)
    held: list[int] = []

    def look(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any) -> Any:  # noqa: ANN401
            held.append(len(slots(path)))
            return real(*words)

        return step

    for name in ("rename", "replace", "hardlink_to"):
        monkeypatch.setattr(Path, name, look(getattr(Path, name)))
    restore(path, path.with_name("copy.db"), NOW_MS)
    assert set(held) == {1_440}
    assert len(slots(path)) == 720


def test_without_hard_links_a_restore_renames(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(link: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    fill(path)
    back_up(path, path.with_name("copy.db"))
    monkeypatch.setattr(Path, "hardlink_to", cannot)
    replaced = restore(path, path.with_name("copy.db"), NOW_MS).replaced
    assert replaced is not None
    assert (len(slots(path)), len(slots(replaced))) == (720, 720)


@pytest.mark.root
def test_what_root_restores_belongs_with_its_lock_to_whom_the_directory_belongs(tmp_path: Path) -> None:
    fill(tmp_path / "ledger.db")
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65_534, 65_533)
    restore(home / "ledger.db", tmp_path / "ledger.db", NOW_MS)
    found = {one.name: one.stat() for one in home.iterdir()}
    assert set(found) == {"ledger.db", "ledger.db.lock"}
    assert {(one.st_uid, one.st_gid) for one in found.values()} == {(65_534, 65_533)}


def test_what_was_set_aside_by_a_restore_can_be_brought_back(path: Path) -> None:
    fill(path)
    back_up(path, path.with_name("copy.db"))
    fill(path, first=2)
    later = slots(path)
    first = restore(path, path.with_name("copy.db"), NOW_MS)
    assert first.replaced is not None
    second = restore(path, first.replaced, NOW_MS)
    assert slots(path) == later
    assert second.gap is None
    assert len(asides(path, REPLACED)) == 2
    with SqliteReader(path) as reader:
        assert reader.gaps(EVIDENCE) == []


def test_a_second_restore_does_not_forget_what_the_first_one_lost(path: Path) -> None:
    fill(path)
    back_up(path, path.with_name("copy.db"))
    fill(path, first=2)
    first = restore(path, path.with_name("copy.db"), NOW_MS).gap
    assert first is not None
    assert restore(path, path.with_name("copy.db"), NOW_MS + 60_000).gap is None
    with SqliteReader(path) as reader:
        assert reader.gaps(EVIDENCE) == [first]


def test_a_restore_is_refused_while_a_daemon_writes(path: Path) -> None:
    fill(path, hours=1)
    back_up(path, path.with_name("copy.db"))
    with ledger_at(path), pytest.raises(LedgerLocked) as refused:
        restore(path, path.with_name("copy.db"), NOW_MS)
    assert refused.value.pid == os.getpid()


def newer(path: Path) -> None:
    fill(path, hours=1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (id INTEGER)")


def spoilt(path: Path) -> None:
    fill(path)
    spoil_a_page(path)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (newer, LedgerTooNew, "schema 99"),
        (foreign, NotALedger, "not a ledger"),
        (spoilt, LedgerUnreadable, "is damaged: it was not restored, and nothing was changed"),
        (lambda path: path.write_text("not a database" * 99), LedgerUnreadable, "damaged or no ledger"),
        (lambda path: path.touch(), LedgerUnreadable, "is empty"),
        (lambda path: None, LedgerUnreadable, "there is no ledger"),
    ],
)
def test_what_is_no_good_backup_is_refused_and_the_ledger_stays(
    path: Path, make: Callable[[Path], None], error: type[LedgerError], words: str
) -> None:
    fill(path)
    make(path.with_name("bad.db"))
    with pytest.raises(error, match=words):
        restore(path, path.with_name("bad.db"), NOW_MS)
    assert len(slots(path)) == 720
    assert asides(path) == []


def test_a_restore_over_a_damaged_ledger_or_over_none_knows_no_number_of_what_is_lost(path: Path) -> None:
    fill(path)
    back_up(path, path.with_name("copy.db"))
    for spoil in (lambda: path.write_text("broken"), path.unlink):
        spoil()
        done = restore(path, path.with_name("copy.db"), NOW_MS)
        assert done.gap is not None
        assert "an unknown number of rounds" in done.gap.why
        assert len(slots(path)) == 720


def test_an_older_backup_is_brought_up_to_date_by_its_restore(path: Path) -> None:
    older(path.with_name("old.db"))
    done = restore(path, path.with_name("old.db"), NOW_MS)
    assert (len(slots(path)), done.held.rounds) == (100, 100)
    assert schema_of(path) == len(schemas())
    assert schema_of(path.with_name("old.db")) == 1


# --- upgrade


def test_an_upgrade_keeps_a_copy_of_the_ledger_as_it_was(path: Path) -> None:
    older(path)
    with ledger_at(path) as ledger:
        assert ledger.kept_as == path.with_name("ledger.db.schema-1")
        with ledger.reader() as reader:
            assert len(reader.scan(0, 1_000)) == 100
            assert reader.cursor("central") is not None
        assert len(slots(path)) == 100
    assert schema_of(path) == len(schemas())
    connection, schema = connect_any(path.with_name("ledger.db.schema-1"))
    with closing(connection):
        assert schema == 1
        assert inventory(connection).rounds == 100
    with ledger_at(path) as ledger:
        assert ledger.kept_as is None


def test_a_start_that_failed_after_the_copy_makes_no_second_one_but_a_later_upgrade_does(path: Path) -> None:
    older(path)
    first = keep_older(path, 2**62)
    assert keep_older(path, 2**62) == first
    path.unlink()
    older(path, rounds=101)
    assert keep_older(path, 2**62) == path.with_name("ledger.db.schema-1-2")


def test_half_a_copy_that_a_kill_left_is_not_taken_for_the_copy(path: Path) -> None:
    older(path)
    half = path.with_name("ledger.db.schema-1.partial")
    half.write_bytes(path.read_bytes())  # as far as its newest row's number, which is all that is compared
    assert keep_older(path, 2**62) == path.with_name("ledger.db.schema-1")
    assert not half.exists()


def test_without_room_for_the_copy_the_upgrade_is_refused_with_the_way_out(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(path)
    monkeypatch.setattr(backup, "free_bytes", lambda folder: 0)
    with pytest.raises(LedgerUnwritable, match="linkledger ledger upgrade --no-copy"):
        ledger_at(path).__enter__()
    assert schema_of(path) == 1


def test_a_large_copy_is_not_made_where_the_start_may_not_wait(path: Path) -> None:
    older(path)
    with pytest.raises(LedgerOlder, match=r"schema 1; a copy \(.* bytes\) is made before it is upgraded"):
        ledger_at(path, copy_at_most=4_096).__enter__()
    assert schema_of(path) == 1
    with ledger_at(path) as ledger:
        assert ledger.kept_as is not None


# --- what it holds


def test_the_inventory_counts_each_round_once_whether_packed_or_not(path: Path) -> None:
    fill(path, hours=3)
    with ledger_at(path) as ledger:
        held = ledger.write(inventory).result(PATIENCE)
    assert (held.rounds, held.series) == (3 * 360, 1)
    assert (held.oldest_ms, held.newest_ms) == (BEGIN_MS, BEGIN_MS + 3 * HOUR_MS - 10_000)
    assert held.bytes > 0


def test_an_empty_ledger_has_neither_oldest_nor_newest(path: Path) -> None:
    with ledger_at(path) as ledger:
        held = ledger.write(inventory).result(PATIENCE)
    assert (held.rounds, held.oldest_ms, held.newest_ms) == (0, None, None)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("UPDATE chunk SET data = x'00'", "is damaged"),
        ("UPDATE chunk SET samples = x'00'", "are damaged"),
        ("UPDATE chunk SET rounds = 7", "holds 360 rounds, not 7"),
        ("UPDATE chunk SET series = 9", "there is no such series"),
    ],
)
def test_the_check_names_every_chunk_that_is_wrong(path: Path, harm: str, words: str) -> None:
    fill(path, hours=3)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert list(problems(connection, backup.unheard)) == []
        connection.execute(harm)
        found = list(problems(connection, backup.unheard))
    assert len(found) == 2
    assert all(words in one for one in found)


def test_damaged_files_beside_a_ledger_are_found_without_their_logs(path: Path) -> None:
    for name in (
        "ledger.db.damaged-1",
        "ledger.db.damaged-1-wal",
        "other.db.damaged-2",
        "ledger.db.schema-1",
    ):
        path.with_name(name).touch()
    assert [one.name for one in asides(path, DAMAGED)] == ["ledger.db.damaged-1"]
    assert len(asides(path)) == 2
    assert asides(path / "nowhere" / "ledger.db") == []


def test_a_disk_that_fills_while_notes_are_brought_over_restores_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path)
    back_up(path, tmp_path / "copy.db")
    before = path.read_bytes()

    def full(source: sqlite3.Connection, target: sqlite3.Connection) -> int:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(notes, "carry_over", full)
    with pytest.raises(LedgerUnwritable, match="disk is full"):
        restore(path, tmp_path / "copy.db", NOW_MS)
    assert path.read_bytes() == before
    assert not asides(path, REPLACED)


def test_a_damaged_revision_stops_neither_the_restore_nor_the_notes(path: Path, tmp_path: Path) -> None:
    fill(path)
    back_up(path, tmp_path / "copy.db")
    with closing(sqlite3.connect(path)) as connection:
        store.put_note(connection, at_ms=1, author="ann", kind="withdraw", body="{}")
        connection.execute(
            "INSERT INTO revision (scope, contract, label, from_ms, to_ms, number, digest, json, because, "
            "basis, made_ms, made_by, state) "
            "VALUES ('a', 'g', 'x', 0, 1, 1, 'd', '{', '{', '{', 1, 'p', 'issued')"
        )
        connection.commit()
    assert restore(path, tmp_path / "copy.db", NOW_MS).carried == 1
