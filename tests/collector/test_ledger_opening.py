"""Starts that go well, and those that must not."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from collector.ledger import migrate as migrations
from collector.ledger import opening
from collector.ledger.errors import (
    LedgerError,
    LedgerLocked,
    LedgerTooNew,
    LedgerUnreadable,
    LedgerUnwritable,
    NotALedger,
)
from collector.ledger.lock import FileLock
from collector.ledger.migrate import APPLICATION_ID, migrate, schemas
from collector.ledger.opening import connect_writer, why_unreadable, why_unwritable
from collector.ledger.reader import SqliteReader
from tests.collector.ledgers import BEGIN_MS, PATIENCE, good, key, ledger_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def filled(path: Path) -> None:
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        ledger.append([good(one, BEGIN_MS + i * 10_000) for i in range(2_000)])


# --- lock


def test_a_second_daemon_is_refused_and_told_who_has_the_ledger(path: Path) -> None:
    with ledger_at(path):
        with pytest.raises(LedgerLocked, match=f"process {os.getpid()} writes") as refused:
            ledger_at(path).__enter__()
        assert refused.value.pid == os.getpid()


def test_the_lock_file_of_a_dead_process_is_no_lock(path: Path) -> None:
    path.with_name("ledger.db.lock").write_text("1\n")
    filled(path)
    with ledger_at(path):
        pass


def test_a_lock_that_could_not_be_marked_is_not_held(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes, offset: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(OSError, match="No space"):
            FileLock(tmp_path / "lock", path)
    FileLock(tmp_path / "lock", path).release()


def test_a_lock_without_a_readable_pid_still_locks(path: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with FileLock(lock, path):
        lock.write_text("banana")
        with pytest.raises(LedgerLocked, match="another process") as refused:
            FileLock(lock, path)
        assert refused.value.pid == 0


# --- migrations


def test_a_new_file_has_the_newest_schema(path: Path) -> None:
    with closing(connect_writer(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schemas()),)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


OLDER = "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT); -- with; a semicolon\n"
NEWER = "ALTER TABLE thing ADD COLUMN size INTEGER;\nCREATE TABLE other (id INTEGER PRIMARY KEY);\n"


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_holds(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert migrate(connection, path, [OLDER]) == 1
        connection.execute("INSERT INTO thing VALUES (1, 'kept')")
        assert migrate(connection, path, [OLDER, NEWER]) == 2
        assert connection.execute("SELECT * FROM thing").fetchall() == [(1, "kept", None)]
        assert migrate(connection, path, [OLDER, NEWER]) == 2


def test_a_migration_that_fails_half_way_leaves_the_file_as_it_was(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, path, [OLDER])
        before = connection.execute("SELECT * FROM sqlite_schema").fetchall()
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, path, [OLDER, NEWER + "CREATE TABLE thing (id INTEGER);\n"])
        assert connection.execute("SELECT * FROM sqlite_schema").fetchall() == before
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def newer(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(schemas()) + 1}")


def another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (id INTEGER)")


@pytest.mark.parametrize(("make", "error"), [(newer, LedgerTooNew), (another_program, NotALedger)])
def test_what_is_not_ours_to_write_is_refused_and_not_touched(
    path: Path, make: Callable[[Path], None], error: type[LedgerError]
) -> None:
    make(path)
    before = path.read_bytes()
    with pytest.raises(error, match="nothing was changed"):
        ledger_at(path).__enter__()
    assert not path.with_name("ledger.db-wal").exists()
    with pytest.raises(error, match="nothing was changed"):
        SqliteReader(path)
    assert path.read_bytes() == before


def test_a_reader_refuses_a_schema_that_is_older_than_its_own(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    monkeypatch.setattr("collector.ledger.opening.schemas", lambda: (*migrations.schemas(), NEWER))
    with pytest.raises(LedgerUnreadable, match="start this version's daemon on it once"):
        SqliteReader(path)


# --- damage


def torn_header(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(b"\0" * 100 + data[100:])


def torn_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


def garbage(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)


@pytest.mark.parametrize("spoil", [torn_header, torn_middle, cut_short, garbage])
def test_a_damaged_file_is_set_aside_and_a_new_one_started(path: Path, spoil: Callable[[Path], None]) -> None:
    filled(path)
    spoil(path)
    spoiled = path.read_bytes()
    with ledger_at(path) as ledger:
        assert ledger.set_aside == path.with_name("ledger.db.damaged-20260101T000000Z")
        assert ledger.set_aside.read_bytes() == spoiled
        one = ledger.series(key())
        ledger.append([good(one, BEGIN_MS)])
        assert ledger.flush(PATIENCE)
    with ledger_at(path) as ledger:
        assert ledger.set_aside is None
        assert ledger.newest_ms() == BEGIN_MS


def test_two_damaged_files_of_one_second_are_both_kept(path: Path) -> None:
    for _ in range(2):
        garbage(path)
        with ledger_at(path):
            pass
    assert len(list(path.parent.glob("ledger.db.damaged-*"))) == 2


def test_a_suspect_file_is_looked_at_page_by_page(path: Path) -> None:
    filled(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 4096 // 2 * 4096
    data[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(data)
    with ledger_at(path) as ledger:
        assert ledger.set_aside is None, "the quick look at a start reads the ends alone"
    path.with_name("ledger.db.suspect").touch()
    with ledger_at(path) as ledger:
        assert ledger.set_aside is not None
    assert not path.with_name("ledger.db.suspect").exists()


def test_damage_met_while_writing_is_told_and_looked_at_on_the_next_start(path: Path) -> None:
    filled(path)
    with ledger_at(path) as ledger:
        assert ledger.flush(PATIENCE)

        def meet(connection: sqlite3.Connection) -> None:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

        job = ledger.write(meet)
        assert not ledger.flush(0.2)
        assert "damaged" in ledger.statistics().failure
        assert path.with_name("ledger.db.suspect").exists()
    with pytest.raises(LedgerError, match="damaged"):
        job.result(PATIENCE)


def test_an_empty_file_is_a_new_ledger(path: Path) -> None:
    path.touch()
    with ledger_at(path) as ledger:
        assert ledger.set_aside is None


# --- rights


def test_a_directory_that_does_not_exist_is_made(tmp_path: Path) -> None:
    filled(tmp_path / "deep" / "down" / "ledger.db")
    assert (tmp_path / "deep" / "down" / "ledger.db").exists()


def test_a_path_that_can_never_be_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        LedgerUnwritable, match=r"file/ledger.db: can't be written: .*correct the disk or ledger.path"
    ):
        ledger_at(tmp_path / "file" / "ledger.db").__enter__()
    (tmp_path / "dir").mkdir()
    with pytest.raises(LedgerUnwritable, match="can't be written"):
        ledger_at(tmp_path / "dir").__enter__()


def test_no_ledger_to_read_is_one_sentence_and_makes_none(path: Path) -> None:
    with pytest.raises(LedgerUnreadable, match=r"there is no ledger; give the ledger\.path of the daemon"):
        SqliteReader(path)
    assert not path.exists()
    garbage(path)
    with pytest.raises(LedgerUnreadable, match="is damaged or no ledger at all"):
        SqliteReader(path)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full"),
        (sqlite3.SQLITE_BUSY, "another process has held the write lock"),
        (sqlite3.SQLITE_CORRUPT, "restart the daemon"),
        (sqlite3.SQLITE_READONLY, "join their group"),
        (sqlite3.SQLITE_IOERR, "can't be written"),
    ],
)
def test_each_way_to_fail_says_where_it_was_and_what_to_do(path: Path, code: int, words: str) -> None:
    error = sqlite3.OperationalError("it failed")
    error.sqlite_errorcode = code
    sentence = why_unwritable(path, error)
    assert sentence.startswith(str(path))
    assert words in sentence


def test_a_disk_that_is_full_from_the_start_is_said_in_the_same_words(path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert "the disk is full" in why_unwritable(path, full)


READ_AS_NOBODY = """
import os, sys
from pathlib import Path
from collector.ledger.errors import LedgerError
from collector.ledger.migrate import schemas
from collector.ledger.reader import SqliteReader
schemas()
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(65534)
try:
    with SqliteReader(Path(sys.argv[1])) as reader:
        print(len(reader.scan(0, 10**6)))
except LedgerError as error:
    print(error)
"""


def read_as_nobody(path: Path, gid: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", READ_AS_NOBODY, str(path), str(gid)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.root
@pytest.mark.parametrize("mode", [0o2770, 0o2750])
def test_the_group_reads_beside_the_daemon_and_after_a_clean_stop(mode: int) -> None:
    # Not below pytest's own directory, which nobody else may enter.
    directory = Path(tempfile.mkdtemp())
    try:
        os.chown(directory, 0, 65534)
        directory.chmod(mode)
        path = directory / "ledger.db"
        with ledger_at(path) as ledger:
            one = ledger.series(key())
            ledger.append([good(one, BEGIN_MS)])
            assert ledger.flush(PATIENCE)
            assert read_as_nobody(path, 65534) == "1"
        assert read_as_nobody(path, 65534) == "1"
        refused = read_as_nobody(path, 65533)
        assert "can't be read" in refused
        assert "join their group" in refused
    finally:
        shutil.rmtree(directory)


EDIT = """
import sys
from pathlib import Path
from collector.ledger.opening import editing
from collector.ledger.store import move_cursor
with editing(Path(sys.argv[1])) as connection:
    move_cursor(connection, "central", 7)
"""


def test_a_command_that_writes_and_ends_leaves_the_daemons_log_in_place(path: Path) -> None:
    wal = path.with_name("ledger.db-wal")
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        ledger.append([good(one, BEGIN_MS)])
        assert ledger.flush(PATIENCE)
        before = wal.stat().st_ino
        for _ in range(2):
            with ledger.reader() as reader:
                assert reader.last_seq() == 1
            subprocess.run([sys.executable, "-c", EDIT, str(path)], check=True)
            assert wal.stat().st_ino == before
        with ledger.reader() as reader:
            assert {cursor.name: cursor.seq for cursor in reader.cursors()}["central"] == 7


@pytest.mark.parametrize(("room", "said"), [(1 << 19, "the disk is full"), (1 << 20, "disk I/O error")])
def test_a_ledger_that_a_full_disk_keeps_from_being_read_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, said: str
) -> None:
    monkeypatch.setattr(opening, "free_bytes", lambda _: room)
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    assert said in why_unreadable(tmp_path / "ledger.db", error)
