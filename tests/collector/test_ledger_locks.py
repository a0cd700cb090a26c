"""SQLite's POSIX locks: a process that opens and closes the ledger's file by itself drops them all.

Without the daemon's, the next command that ends takes the ledger for unused and deletes the write-ahead
log from under the daemon, and with it what was measured since the last checkpoint.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.cli import cli
from collector.feeding import LedgerJournal
from collector.ledger.aside import asides, damage
from collector.ledger.backup import back_up
from collector.ledger.errors import LedgerLocked
from collector.ledger.ledger import Ledger
from collector.ledger.notices import NoticeBook
from collector.ledger.opening import beside, connect_any, editing, untouched
from collector.ledger.store import move_cursor
from tests.collector.ledgers import BEGIN_MS, PATIENCE, good, key, ledger_at

Lock = tuple[str, str, str, str]


def locks(path: Path, pid: int | None = None) -> set[Lock]:
    """What a process (this one) has locked of a ledger and its shared memory: file, kind, from, to."""
    ours = {str(one.stat().st_ino): one.name for one in (path, beside(path, "-shm"))}
    found = set()
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.replace("->", "").split()
        inode = words[5].rsplit(":", 1)[-1]
        if words[1] == "POSIX" and int(words[4]) == (pid or os.getpid()) and inode in ours:
            found.add((ours[inode], words[3], words[6], words[7]))
    return found


def second_daemon(ledger: Ledger) -> None:
    with pytest.raises(LedgerLocked):
        ledger_at(ledger.path).__enter__()


def edit(ledger: Ledger) -> None:
    with editing(ledger.path) as connection:
        move_cursor(connection, "central", 0)


def command(*words: str) -> Callable[[Ledger], None]:
    def called(ledger: Ledger) -> None:
        done = CliRunner().invoke(cli, list(words))
        assert done.exit_code == 0, done.output

    return called


READS: dict[str, Callable[[Ledger], object]] = {
    "reader": lambda ledger: ledger.reader().close(),
    "connection of any schema": lambda ledger: connect_any(ledger.path)[0].close(),
    "untouched": lambda ledger: untouched(ledger.path).close(),
    "edit": edit,
    "journal": lambda ledger: LedgerJournal(ledger).reader.close(),
    "notices": lambda ledger: NoticeBook(ledger).close(),
    "backup": lambda ledger: back_up(ledger.path, ledger.path.with_name("copy.db")),
    "what lies beside it": lambda ledger: (asides(ledger.path), damage(ledger.path)),
    "in its place": lambda ledger: ledger.displaced(),
    "second daemon": second_daemon,
    "status": command("status"),
    "status --json": command("status", "--json"),
    "export": command("export"),
    "ledger info": command("ledger", "info"),
    "ledger check": command("ledger", "check"),
    "ledger backup": command("ledger", "backup", "copy.db"),
    "output list": command("output", "list"),
}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "linkledger.yaml").write_text("ledger: {path: ledger.db}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "ledger.db"


@pytest.mark.parametrize("read", READS)
def test_no_way_to_read_a_ledger_in_its_daemons_process_drops_the_daemons_locks(
    path: Path, read: str
) -> None:
    with ledger_at(path) as ledger:
        ledger.append([good(ledger.series(key()), BEGIN_MS)])
        assert ledger.settle(PATIENCE)
        before = locks(path)
        assert {name for name, *_ in before} == {"ledger.db", "ledger.db-shm"}
        READS[read](ledger)
        assert locks(path) == before


def test_the_locks_would_be_missed(path: Path) -> None:
    with ledger_at(path) as ledger:
        assert ledger.settle(PATIENCE)
        path.open("rb").close()
        assert {name for name, *_ in locks(path)} == {"ledger.db-shm"}
