"""Appending, group commits, jobs, and what the ledger says of itself."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.ledger.errors import LedgerClosed
from collector.ledger.model import Gap, Outage
from collector.ledger.store import move_cursor, record_gap, record_outage
from probes.model import Outcome, Reason, Round, Sample
from tests.clock import FakeClock
from tests.collector.ledgers import BEGIN_MS, PATIENCE, good, key, ledger_at, some_rounds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@settings(max_examples=25)
@given(batch=st.lists(some_rounds(), max_size=8))
def test_what_is_appended_is_scanned_in_commit_order_exactly_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, batch: list[Round]
) -> None:
    with ledger_at(tmp_path_factory.mktemp("ledger") / "ledger.db") as ledger:
        ledger.series(key())
        outcomes = [Outcome(one, (Sample(1, one.at_ms, one.epoch, "days", 1.5),)) for one in batch]
        ledger.append(outcomes)
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            assert [row.outcome for row in reader.scan(0, 100)] == outcomes
            assert [row.seq for row in reader.scan(0, 100)] == list(range(1, len(batch) + 1))


def test_samples_without_a_round_and_of_another_slot_are_kept_as_rows_of_their_own(path: Path) -> None:
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        alone = Sample(one, BEGIN_MS, 1, "speed", 10**12)
        late = Sample(one, BEGIN_MS + 5, 1, "phase", "dns")
        ledger.append([Outcome(None, (alone,)), Outcome(good(one, BEGIN_MS).round, (late,)), Outcome(None)])
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            assert [row.outcome for row in reader.scan(0, 9)] == [
                Outcome(None, (alone,)),
                good(one, BEGIN_MS),
                Outcome(None, (late,)),
            ]


def test_half_a_surrogate_pair_from_outside_is_kept_as_its_escape(path: Path) -> None:
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        broken = Round(one, BEGIN_MS, 10_000, 1, 1, 0, (None,), Reason.TLS, "caf\udce9 é")
        ledger.append([Outcome(broken)])
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            (row,) = reader.scan(0, 9)
            assert row.outcome.round is not None
            assert row.outcome.round.detail == "caf\\udce9 é"


def test_a_series_keeps_its_number_over_a_restart_and_a_change_makes_a_new_one(path: Path) -> None:
    with ledger_at(path) as ledger:
        first = ledger.series(key())
        assert ledger.series(key()) == first
        changed = ledger.series(key(every_ms=5_000))
        covering = ledger.series(key(covers=("a", "b"), owner="ours"))
        assert len({first, changed, covering}) == 3
    with ledger_at(path) as ledger:
        assert [ledger.series(key()), ledger.series(key(every_ms=5_000))] == [first, changed]
        with ledger.reader() as reader:
            assert [one.key for one in reader.series()] == [
                key(),
                key(every_ms=5_000),
                key(covers=("a", "b"), owner="ours"),
            ]


def test_many_threads_that_ask_for_one_series_get_one_number(path: Path) -> None:
    with ledger_at(path) as ledger:
        numbers: list[int] = []
        threads = [
            threading.Thread(target=lambda: numbers.extend(ledger.series(key(f"c{i}")) for i in range(50)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(set(numbers)) == list(range(1, 51))
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            assert len(reader.series()) == 50


@pytest.mark.parametrize(
    "stranger",
    [
        Outcome(Round(99, BEGIN_MS, 10_000, 1, 1, 1, (5,))),
        Outcome(Round(1, BEGIN_MS, 20_000, 1, 1, 1, (5,))),
        Outcome(None, (Sample(99, BEGIN_MS, 1, "days", 1),)),
    ],
)
def test_a_round_that_could_not_be_read_back_is_refused(path: Path, stranger: Outcome) -> None:
    with ledger_at(path) as ledger:
        ledger.series(key())
        with pytest.raises(ValueError, match="series"):
            ledger.append([stranger])


def test_epochs_are_numbered_and_kept(path: Path, clock: FakeClock) -> None:
    with ledger_at(path, clock) as ledger:
        first = ledger.open_epoch(clock.now(), boot_id="b1", synchronised=False, why="start")
        second = ledger.open_epoch(clock.now(), boot_id="b1", synchronised=True, why="step")
    with ledger_at(path, clock) as ledger:
        third = ledger.open_epoch(clock.now(), boot_id="b2", synchronised=True, why="start")
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            assert [(one.id, one.boot_id, one.synchronised, one.why) for one in reader.epochs()] == [
                (first, "b1", False, "start"),
                (second, "b1", True, "step"),
                (third, "b2", True, "start"),
            ]


def test_a_cursor_and_what_it_derived_become_durable_together_after_the_rows_before_them(path: Path) -> None:
    outage = Outage("lon", "acme", "lon-acme", BEGIN_MS, None, "timeout")
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        ledger.append([good(one, BEGIN_MS)])

        def derive(connection: sqlite3.Connection) -> int:
            (rows,) = connection.execute("SELECT count(*) FROM log").fetchone()
            record_outage(connection, outage)
            move_cursor(connection, "status", rows)
            return int(rows)

        assert ledger.write(derive).result(PATIENCE) == 1
        with ledger.reader() as reader:
            assert reader.outages() == [outage]
            assert (reader.cursor("status"), reader.cursor("nobody")) == (reader.cursors()[1], None)


def test_a_job_that_fails_is_undone_alone_and_its_caller_is_told(path: Path) -> None:
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        ledger.append([good(one, BEGIN_MS)])

        def half(connection: sqlite3.Connection) -> None:
            move_cursor(connection, "half", 1)
            raise LookupError("the other half")

        def wrong(connection: sqlite3.Connection) -> None:
            connection.execute("SELECT * FROM nowhere")

        jobs = [
            ledger.write(half),
            ledger.write(wrong),
            ledger.write(lambda connection: move_cursor(connection, "whole", 1)),
        ]
        assert isinstance(jobs[0].exception(PATIENCE), LookupError)
        assert isinstance(jobs[1].exception(PATIENCE), sqlite3.OperationalError)
        assert jobs[2].result(PATIENCE) is None
        with ledger.reader() as reader:
            assert [one.name for one in reader.cursors()] == ["chunks:lon", "whole"]
            assert len(reader.scan(0, 9)) == 1
        assert ledger.statistics().failure == ""


def test_a_job_cancelled_before_its_commit_does_not_run(path: Path) -> None:
    with ledger_at(path, commit_every_ms=3_600_000) as ledger:
        assert ledger.settle(PATIENCE)
        job = ledger.write(lambda connection: move_cursor(connection, "never", 1))
        assert job.cancel()
        assert ledger.flush(PATIENCE)
        with pytest.raises(CancelledError):
            job.result(PATIENCE)
        with ledger.reader() as reader:
            assert reader.cursor("never") is None


def test_a_full_group_does_not_wait_for_its_time(path: Path) -> None:
    committed = threading.Event()
    with ledger_at(path, commit_every_ms=3_600_000) as ledger:
        one = ledger.series(key())
        assert ledger.settle(PATIENCE)
        ledger.on_commit(lambda seq: committed.set() if seq == 4_096 else None)
        ledger.append([good(one, BEGIN_MS + i * 10_000) for i in range(4_096)])
        assert committed.wait(PATIENCE)


def test_after_each_commit_the_newest_seq_is_told_even_to_a_closed_loop(path: Path) -> None:
    told: list[int] = []

    def closed(seq: int) -> None:
        raise RuntimeError("Event loop is closed")

    with ledger_at(path) as ledger:
        one = ledger.series(key())
        assert ledger.flush(PATIENCE)
        ledger.on_commit(closed)
        ledger.on_commit(told.append)
        for number in range(3):
            ledger.append([good(one, BEGIN_MS + number * 10_000)])
            assert ledger.flush(PATIENCE)
    assert told[-1] == 3
    assert told == sorted(told)


def test_what_a_full_queue_refuses_is_counted_and_the_rest_is_kept(path: Path) -> None:
    gate = threading.Event()
    with ledger_at(path, queue_rows=10) as ledger:
        one = ledger.series(key())
        assert ledger.flush(PATIENCE)
        held, entered = gate, threading.Event()

        def hold(connection: sqlite3.Connection) -> None:
            entered.set()
            held.wait(PATIENCE)

        job = ledger.write(hold)
        assert entered.wait(PATIENCE)
        ledger.append([good(one, BEGIN_MS + i * 10_000) for i in range(15)], {"lon": BEGIN_MS})
        statistics = ledger.statistics()
        assert (statistics.queued, statistics.queued_peak, statistics.dropped) == (10, 10, 5)
        gate.set()
        job.result(PATIENCE)
        assert ledger.flush(PATIENCE)
        statistics = ledger.statistics()
        assert (statistics.queued, statistics.committed, statistics.last_seq) == (0, 10, 10)
        assert (statistics.failure, statistics.commits > 0, statistics.bytes > 0) == ("", True, True)
        with ledger.reader() as reader:
            assert reader.watermark("lon") == BEGIN_MS


def test_closing_commits_what_waits_and_refuses_what_comes_later(path: Path) -> None:
    with ledger_at(path, commit_every_ms=3_600_000) as ledger:
        one = ledger.series(key())
        ledger.append([good(one, BEGIN_MS)], {"lon": BEGIN_MS + 10_000})
    ledger.append([good(one, BEGIN_MS + 10_000)])
    assert ledger.statistics().dropped == 1
    assert isinstance(ledger.write(lambda connection: None).exception(), LedgerClosed)
    with ledger.reader() as reader:
        assert len(reader.scan(0, 9)) == 1
        assert (reader.watermark("lon"), reader.watermark("par")) == (BEGIN_MS + 10_000, 0)


def test_the_newest_slot_is_known_at_the_next_start_from_log_or_chunks(path: Path) -> None:
    with ledger_at(path) as ledger:
        assert ledger.newest_ms() == 0
        one = ledger.series(key())
        ledger.append([good(one, BEGIN_MS + 50_000), good(one, BEGIN_MS + 40_000)])
    with ledger_at(path) as ledger:
        assert ledger.newest_ms() == BEGIN_MS + 50_000
        ledger.append((), {"lon": BEGIN_MS + 7_200_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert reader.scan(0, 9) == []
    with ledger_at(path) as ledger:
        assert ledger.newest_ms() == BEGIN_MS + 50_000


def test_a_new_row_is_never_given_the_number_of_one_that_has_gone(path: Path) -> None:
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        ledger.append([good(one, BEGIN_MS)], {"lon": BEGIN_MS + 7_200_000})
        assert ledger.settle(PATIENCE)
    with ledger_at(path) as ledger:
        ledger.append([good(one, BEGIN_MS + 8_000_000)])
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            assert [row.seq for row in reader.scan(0, 9)] == [2]
            assert reader.last_seq() == 2


def test_the_file_can_be_read_and_written_by_its_group_and_by_nobody_else(path: Path) -> None:
    with ledger_at(path, reserve_bytes=4096):
        for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock", "ledger.db.reserve"):
            assert path.with_name(name).stat().st_mode & 0o777 == 0o660, name


def test_a_gap_that_goes_on_widens_the_record_before_it(path: Path) -> None:
    with ledger_at(path) as ledger:

        def lose(connection: sqlite3.Connection) -> None:
            record_gap(connection, Gap("influx", 1, 10, 8, "full", 1))
            record_gap(connection, Gap("influx", 11, 12, 2, "full", 2))
            record_gap(connection, Gap("other", 11, 12, 2, "full", 2))
            record_gap(connection, Gap("influx", 13, 13, 1, "another reason", 3))
            record_gap(connection, Gap("influx", 20, 21, 2, "another reason", 4))

        ledger.write(lose).result(PATIENCE)
        with ledger.reader() as reader:
            assert reader.gaps("influx") == [
                Gap("influx", 1, 12, 10, "full", 2),
                Gap("influx", 13, 13, 1, "another reason", 3),
                Gap("influx", 20, 21, 2, "another reason", 4),
            ]
            assert len(reader.gaps()) == 4
