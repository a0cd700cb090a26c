"""A daemon killed under load, a torn tail, a full disk: what is durable stays, once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.ledger.errors import LedgerClosed
from collector.ledger.reader import SqliteReader
from collector.ledger.reserve import Reserve
from collector.ledger.store import move_cursor
from tests.collector.ledgers import BEGIN_MS, HOUR_MS, PATIENCE, good, key, ledger_at

VICTIM = """
import sqlite3, sys
from pathlib import Path
from collector.ledger.ledger import Ledger
from collector.ledger.log import scan
from collector.ledger.store import cursor, move_cursor
from tests.clock import FakeClock
from tests.collector.ledgers import BEGIN_MS, good, key

path, first = Path(sys.argv[1]), int(sys.argv[2])

def consume(connection):
    # What a consumer derives: each row once, in the same transaction as its cursor.
    connection.execute("CREATE TABLE IF NOT EXISTS taken (series INTEGER, at_ms INTEGER)")
    done = cursor(connection, "consumer")
    rows = scan(connection, {i: 60_000 for i in range(1, 21)}, done.seq if done else 0, 10_000)
    for row in rows:
        connection.execute("INSERT INTO taken VALUES (?, ?)", (row.series, row.outcome.round.at_ms))
    move_cursor(connection, "consumer", rows[-1].seq if rows else done.seq if done else 0)

with Ledger.open(path, clock=FakeClock(), commit_every_ms=5, reserve_bytes=0) as ledger:
    numbers = [ledger.series(key(f"c{i}", every_ms=60_000)) for i in range(20)]
    ledger.on_commit(lambda seq: print(seq, flush=True))
    slot = first
    while True:
        at_ms = BEGIN_MS + slot * 60_000
        ledger.append([good(one, at_ms, slot, every_ms=60_000) for one in numbers], {"lon": at_ms})
        ledger.write(consume)
        ledger.flush(60)
        slot += 1
"""


def run_and_kill(path: Path, first_slot: int, commits: int) -> int:
    """Let the victim commit so often, kill it, and return the last seq that it had told anyone."""
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(path), str(first_slot)], stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    told = 0
    with victim:
        for _ in range(commits):
            told = int(victim.stdout.readline())
        victim.send_signal(signal.SIGKILL)
        for line in victim.stdout:
            told = int(line) if line.endswith("\n") else told
    return told


@pytest.mark.slow
def test_killed_again_and_again_under_load_it_loses_nothing_it_had_told_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    slot = 0
    for round_ in range(6):
        told = run_and_kill(path, slot, commits=40 + 13 * round_)
        with SqliteReader(path) as reader:
            assert reader.last_seq() >= told
            numbers = [one.id for one in reader.series()]
            found = reader.rounds(numbers, 0, 2**62)
            slots = {one: columns.at_ms.tolist() for one, columns in found.items()}
            newest = max(at_ms for some in slots.values() for at_ms in some)
            slot = (newest - BEGIN_MS) // 60_000 + 1
            assert all(some == sorted(set(some)) for some in slots.values()), "nothing doubled"
            cursor = reader.cursor("consumer")
            assert cursor is not None
            assert cursor.seq == reader.last_seq(), "the cursor moved with the rows it rode with"
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            taken = connection.execute("SELECT series, at_ms FROM taken ORDER BY 1, 2").fetchall()
        assert taken == [(one, at_ms) for one in sorted(slots) for at_ms in slots[one]], "consumed once each"
    assert slot > 60, "several hours were packed on the way"
    with ledger_at(path) as ledger:
        ledger.append((), {"lon": BEGIN_MS + slot * 60_000 + 2 * HOUR_MS})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            again = reader.rounds(numbers, 0, 2**62)
            assert {one: columns.at_ms.tolist() for one, columns in again.items()} == slots


def test_a_torn_tail_costs_the_last_commit_at_most(tmp_path: Path) -> None:
    whole, torn = tmp_path / "ledger.db", tmp_path / "torn.db"
    with ledger_at(whole) as ledger:
        one = ledger.series(key())
        for number in range(20):
            ledger.append([good(one, BEGIN_MS + number * 10_000)])
            assert ledger.flush(PATIENCE)
        wal = whole.with_name("ledger.db-wal").read_bytes()
        main = whole.read_bytes()
    kept = []
    for cut in range(len(wal) - 9_000, len(wal), 1_000):
        torn.write_bytes(main)
        torn.with_name("torn.db-wal").write_bytes(wal[:cut])
        with SqliteReader(torn) as reader:
            kept.append(len(reader.scan(0, 100)))
        torn.with_name("torn.db-shm").unlink()
    assert kept == sorted(kept)
    assert set(kept) <= {18, 19, 20}
    assert kept[-1] in (19, 20)


def test_readers_see_whole_commits_while_the_daemon_writes(tmp_path: Path) -> None:
    """Each commit holds a round of each series, so every look must find the same number of each."""
    stop = threading.Event()
    with ledger_at(tmp_path / "ledger.db") as ledger:
        numbers = [ledger.series(key(f"c{i}", every_ms=60_000)) for i in range(5)]
        assert ledger.flush(PATIENCE)

        def write() -> None:
            slot = 0
            while not stop.is_set():
                at_ms = BEGIN_MS + slot * 60_000
                ledger.append([good(one, at_ms, every_ms=60_000) for one in numbers], {"lon": at_ms})
                ledger.flush(PATIENCE)
                slot += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            with ledger.reader() as reader:
                seen = 0
                for _ in range(150):
                    before = reader.last_seq()
                    found = {len(rounds) for rounds in reader.rounds(numbers, 0, 2**62).values()}
                    assert len(found) == 1, "a whole commit or nothing of it"
                    assert min(found) >= before // 5
                    assert min(found) >= seen, "nothing that was shown ever vanishes"
                    seen = min(found)
        finally:
            stop.set()
            writer.join()


# --- a full disk


def test_a_full_file_keeps_rows_waiting_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with ledger_at(path, queue_rows=5_000) as ledger:
        one = ledger.series(key())
        pages = ledger.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
        limit = pages.result(PATIENCE) + 2
        ledger.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {limit}").fetchone())
        assert ledger.flush(PATIENCE)
        ledger.append([good(one, BEGIN_MS + i * 10_000, *[200_000] * 50) for i in range(4_000)])
        moved = ledger.write(lambda connection: move_cursor(connection, "influx", 1))
        assert not ledger.flush(0.3)
        statistics = ledger.statistics()
        assert "the disk is full" in statistics.failure
        assert "free some space or lower ledger.max_bytes" in statistics.failure
        assert (statistics.queued, statistics.committed) == (4_000, 0)
        ledger.append([good(one, BEGIN_MS - i * 10_000) for i in range(1, 2_000)])
        assert ledger.statistics().dropped == 999
        ledger._writer._connection.execute("PRAGMA max_page_count = 100000")
        assert ledger.flush(PATIENCE)
        assert moved.result(PATIENCE) is None
        statistics = ledger.statistics()
        assert (statistics.failure, statistics.queued, statistics.committed) == ("", 0, 5_000)
        with ledger.reader() as reader:
            assert len(reader.scan(0, 10**6)) == 5_000


def test_closing_on_a_full_disk_gives_up_counts_what_is_lost_and_tells_the_jobs(tmp_path: Path) -> None:
    with ledger_at(tmp_path / "ledger.db") as ledger:
        one = ledger.series(key())
        assert ledger.settle(PATIENCE)
        ledger._writer._connection.execute("PRAGMA max_page_count = 1")
        ledger.append([good(one, BEGIN_MS + i * 10_000, *[200_000] * 50) for i in range(500)])
        moved = ledger.write(lambda connection: move_cursor(connection, "influx", 1))
    assert isinstance(moved.exception(PATIENCE), LedgerClosed)
    assert ledger.statistics().dropped == 500
    assert "the disk is full" in ledger.statistics().failure


def test_room_is_kept_back_given_up_once_and_kept_again(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "ledger.db.reserve", 10_000)
    assert reserve.keep()
    assert (tmp_path / "ledger.db.reserve").stat().st_size == 10_000
    assert (reserve.keep(), reserve.free(), reserve.free()) == (True, True, False)
    assert not Reserve(tmp_path / "huge", 2**60).keep()
    assert not (tmp_path / "huge").exists()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 8 MB."""
    directory = Path(tempfile.mkdtemp())
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", directory], check=True)
    yield directory
    subprocess.run(["umount", directory], check=True)
    directory.rmdir()


@pytest.mark.root
@pytest.mark.slow
def test_on_a_disk_that_fills_the_reserve_is_spent_first_and_nothing_committed_is_lost(
    small_disk: Path,
) -> None:
    path, reserve = small_disk / "ledger.db", small_disk / "ledger.db.reserve"
    with ledger_at(path, reserve_bytes=2 << 20) as ledger:
        one = ledger.series(key())
        assert ledger.flush(PATIENCE)
        assert reserve.exists()
        filler = small_disk / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, (4 << 20) + (1 << 19))
        slots = iter(range(10**6))

        def more() -> bool:
            batch = [good(one, BEGIN_MS + next(slots) * 10_000, *[200_000] * 100) for _ in range(500)]
            ledger.append(batch)
            return ledger.flush(0.5)

        while more():
            pass
        assert not reserve.exists(), "freed before anything was refused"
        assert "the disk is full" in ledger.statistics().failure
        committed = ledger.statistics().committed
        with ledger.reader() as reader:
            assert len(reader.scan(0, 10**6)) == committed
        filler.unlink()
        assert ledger.flush(PATIENCE)
        assert (ledger.statistics().failure, ledger.statistics().queued) == ("", 0)
        with ledger.reader() as reader:
            assert len(reader.scan(0, 10**6)) == next(slots) == ledger.statistics().committed
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
