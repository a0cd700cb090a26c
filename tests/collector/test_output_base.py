"""The worker: nothing lost unreported, nothing doubled, whatever the store does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from structlog.testing import capture_logs

from collector.ledger.model import LogRow
from collector.ledger.places import FILLED, HEAD
from collector.outputs.answers import Action, Do
from collector.outputs.base import LONE_REFUSALS, OutputWorker
from collector.outputs.worker import (
    FIRST_HOLD_MS,
    FIRST_RETRY_MS,
    LONGEST_RETRY_MS,
    State,
    retry_delay_ms,
)
from probes.clock import NS_PER_MS
from probes.model import Outcome
from tests.clock import FakeClock
from tests.collector.fakes import ACCEPT, FakeJournal, FakeOutput, until
from tests.collector.records import SERIES, outcomes

RETRY = Action(Do.RETRY, "503: busy")
SPLIT = Action(Do.SPLIT, "400: bad line")


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal(SERIES)


def make(
    output: FakeOutput,
    journal: FakeJournal,
    clock: FakeClock,
    *,
    status: Callable[[LogRow], int | None] = lambda row: 1,
    start: Literal["now", "all"] = "all",
    order: Literal["oldest", "newest"] = "oldest",
    batch: int = 10,
) -> OutputWorker:
    return OutputWorker(
        output,
        journal,
        clock,
        status,
        start=start,
        order=order,
        batch_rounds=batch,
        spread=lambda: 0.0,
    )


@asynccontextmanager
async def running(worker: OutputWorker) -> AsyncIterator[OutputWorker]:
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def idle(worker: OutputWorker, clock: FakeClock) -> None:
    await until(lambda: worker.statistics().state is State.IDLE and clock.next_wake is not None)


def wait_ms(clock: FakeClock) -> int:
    assert clock.next_wake is not None
    return (clock.next_wake - clock.now().mono_ns) // NS_PER_MS


def seqs(lines: Sequence[bytes]) -> list[int]:
    return [int(line.split()[0]) for line in lines]


async def test_rows_arrive_in_order_and_the_cursor_follows(journal: FakeJournal, clock: FakeClock) -> None:
    journal.commit(outcomes(25))
    output = FakeOutput()
    async with running(make(output, journal, clock)) as worker:
        await idle(worker, clock)
        assert seqs(output.taken) == list(range(1, 26))
        assert journal.cursors["central"] == 25
        assert [len(lines) for lines in output.requests] == [10, 10, 5]
        statistics = worker.statistics()
        assert (statistics.sent_total, statistics.lag_rounds, statistics.failure) == (25, 0, "")
        assert statistics.last_success_ms == clock.now().wall_ms
    assert output.closed


async def test_a_commit_wakes_an_idle_output(journal: FakeJournal, clock: FakeClock) -> None:
    output = FakeOutput()
    async with running(make(output, journal, clock)) as worker:
        await idle(worker, clock)
        journal.commit(outcomes(3))
        await until(lambda: len(output.taken) == 3)


async def test_a_new_output_from_now_begins_behind_what_is_there_and_leaves_its_cursor(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(25))
    output = FakeOutput()
    async with running(make(output, journal, clock, start="now")) as worker:
        await idle(worker, clock)
        assert journal.cursors["central"] == 25
        journal.commit(outcomes(2))
        await until(lambda: seqs(output.taken) == [26, 27])


async def test_a_new_output_from_all_begins_with_the_oldest_row_of_the_log(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(25))
    journal.drop(20)
    output = FakeOutput()
    async with running(make(output, journal, clock)) as worker:
        await idle(worker, clock)
        assert seqs(output.taken) == [21, 22, 23, 24, 25]
        assert worker.statistics().gap_rounds_total == 0


async def test_after_a_restart_it_goes_on_where_it_was(journal: FakeJournal, clock: FakeClock) -> None:
    journal.commit(outcomes(12))
    first, second = FakeOutput(), FakeOutput()
    async with running(make(first, journal, clock)) as worker:
        await idle(worker, clock)
    journal.commit(outcomes(5))
    async with running(make(second, journal, clock)) as worker:
        await until(lambda: seqs(second.taken) == [13, 14, 15, 16, 17])


async def test_what_was_not_acknowledged_is_sent_again_byte_for_byte(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(10))
    output = FakeOutput(RETRY, RETRY)
    async with running(make(output, journal, clock)):
        await until(lambda: clock.next_wake is not None)
        assert journal.cursors["central"] == 0
        await clock.advance(1)
        await until(lambda: len(output.requests) == 2 and clock.next_wake is not None)
        await clock.advance(2)
        await until(lambda: journal.cursors["central"] == 10)
        assert output.requests[0] == output.requests[1] == output.requests[2]


async def test_pauses_double_and_a_reason_is_said_once(journal: FakeJournal, clock: FakeClock) -> None:
    journal.commit(outcomes(1))
    output = FakeOutput(*[RETRY] * 9)
    waits = []
    with capture_logs() as logs:
        async with running(make(output, journal, clock)) as worker:
            for tried in range(1, 10):
                await until(lambda: len(output.requests) >= tried and clock.next_wake is not None)  # noqa: B023
                waits.append(wait_ms(clock))
                assert worker.statistics().state is State.RETRYING
                assert worker.statistics().failure == "503: busy"
                await clock.advance(waits[-1] / 1000)
            await idle(worker, clock)
    assert waits == [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]
    assert [entry["event"] for entry in logs] == ["output.started", "output.retrying", "output.recovered"]


@pytest.mark.parametrize(
    ("action", "failures", "spread", "delay"),
    [
        (RETRY, 1, 0.0, FIRST_RETRY_MS // 2),
        (RETRY, 1, 1.0, FIRST_RETRY_MS),
        (RETRY, 3, 0.5, 3_000),
        (RETRY, 10_000, 1.0, LONGEST_RETRY_MS),
        (Action(Do.RETRY, "", 120_000), 1, 0.0, 120_000),
        (Action(Do.RETRY, "", 120_000), 5, 1.0, 132_000),
        (Action(Do.RETRY, "", 0), 5, 0.5, 0),
        (Action(Do.HOLD, ""), 1, 1.0, FIRST_HOLD_MS),
        (Action(Do.HOLD, ""), 9, 0.0, LONGEST_RETRY_MS // 2),
    ],
)
def test_how_long_to_wait(action: Action, failures: int, spread: float, delay: int) -> None:
    assert retry_delay_ms(action, failures, spread) == delay


async def test_retry_after_is_kept_to_the_moment(journal: FakeJournal, clock: FakeClock) -> None:
    journal.commit(outcomes(1))
    output = FakeOutput(Action(Do.RETRY, "429: later", 77_000))
    async with running(make(output, journal, clock)):
        await until(lambda: clock.next_wake is not None)
        assert wait_ms(clock) == 77_000


async def test_a_refused_credential_holds_and_says_why_until_it_is_taken(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(5))
    output = FakeOutput(Action(Do.HOLD, "401: unauthorized; check its `token`"))
    async with running(make(output, journal, clock)) as worker:
        await until(lambda: worker.statistics().state is State.HELD)
        assert worker.statistics().failure == "401: unauthorized; check its `token`"
        assert worker.statistics().lag_rounds == 5
        await until(lambda: clock.next_wake is not None)
        await clock.advance(FIRST_HOLD_MS / 1000)
        await idle(worker, clock)
        assert len(output.taken) == 5
        assert worker.statistics().failure == ""


async def test_a_poison_line_is_found_by_halves_put_aside_with_the_stores_words_and_the_rest_goes_through(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(64))
    output = FakeOutput(rule=lambda lines: SPLIT if b"37 1" in lines else ACCEPT)
    async with running(make(output, journal, clock, batch=64)) as worker:
        await idle(worker, clock)
        assert sorted(seqs(output.taken)) == [seq for seq in range(1, 65) if seq != 37]
        assert len(output.requests) == 13
        (gap,) = journal.gaps
        assert (gap.consumer, gap.first_seq, gap.last_seq, gap.rounds) == ("central", 37, 37, 1)
        assert "400: bad line" in gap.why
        assert worker.statistics().rejected_total == 1
        assert worker.statistics().sent_total == 63
        assert journal.cursors["central"] == 64


async def test_a_store_that_counts_what_it_dropped_is_believed(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(10))
    output = FakeOutput(Action(Do.REJECT, "400: partial write dropped=3", rejected=3))
    async with running(make(output, journal, clock)) as worker:
        await idle(worker, clock)
        assert len(output.requests) == 1
        assert (worker.statistics().sent_total, worker.statistics().rejected_total) == (7, 3)
        assert [(gap.first_seq, gap.last_seq, gap.rounds) for gap in journal.gaps] == [(1, 10, 3)]


async def test_a_store_that_refuses_every_line_is_held_and_nothing_is_given_up(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(100))
    output = FakeOutput(rule=lambda lines: SPLIT)
    async with running(make(output, journal, clock, batch=100)) as worker:
        await until(lambda: worker.statistics().state is State.HELD)
        assert len(output.requests) < 3 * LONE_REFUSALS
        assert "every line is refused" in worker.statistics().failure
        output.rule = None
        await until(lambda: clock.next_wake is not None)
        await clock.advance(FIRST_HOLD_MS / 1000)
        await idle(worker, clock)
        assert sorted(seqs(output.taken)) == list(range(1, 101))
        assert worker.statistics().rejected_total == 0
        assert journal.gaps == []


async def test_too_large_a_batch_is_halved_and_later_ones_start_small_and_grow_back(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(400))
    output = FakeOutput(rule=lambda lines: Action(Do.SHRINK, "413: too large") if len(lines) > 20 else ACCEPT)
    async with running(make(output, journal, clock, batch=64)) as worker:
        await idle(worker, clock)
        assert sorted(seqs(output.taken)) == list(range(1, 401))
        sizes = [len(lines) for lines in output.requests]
        assert sizes[:4] == [64, 32, 16, 16]
        assert max(sizes[4:]) < 40
        output.rule = None
        journal.commit(outcomes(2_000))
        await until(lambda: len(output.taken) == 2_400)
        assert max(len(lines) for lines in output.requests[-20:]) == 64


async def test_a_line_too_large_alone_is_put_aside(journal: FakeJournal, clock: FakeClock) -> None:
    journal.commit(outcomes(3))
    too_large = Action(Do.SHRINK, "413: too large")
    output = FakeOutput(rule=lambda lines: too_large if b"2 1" in lines else ACCEPT)
    async with running(make(output, journal, clock)) as worker:
        await idle(worker, clock)
        assert seqs(output.taken) == [1, 3]
        assert [gap.first_seq for gap in journal.gaps] == [2]


async def test_a_time_out_is_tried_again_with_half_as_much(journal: FakeJournal, clock: FakeClock) -> None:
    journal.commit(outcomes(8))
    output = FakeOutput(Action(Do.SLOW, "no answer within 10s"))
    async with running(make(output, journal, clock, batch=8)) as worker:
        await until(lambda: clock.next_wake is not None)
        await clock.advance(1)
        await idle(worker, clock)
        assert [len(lines) for lines in output.requests] == [8, 4, 4]
        assert seqs(output.taken) == list(range(1, 9))


async def test_a_hanging_verdict_ends_the_batch_and_the_row_goes_once_it_is_known(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(10))
    verdicts: dict[int, int | None] = {6: None}
    output = FakeOutput()
    worker = make(output, journal, clock, status=lambda row: verdicts.get(row.seq, 1))
    async with running(worker):
        await idle(worker, clock)
        assert output.taken == [f"{seq} 1".encode() for seq in range(1, 6)]
        assert journal.cursors["central"] == 5
        verdicts[6] = 0
        await clock.advance(5)
        await until(lambda: len(output.taken) == 10)
        assert output.taken[5] == b"6 0"


async def test_rows_without_a_round_move_the_cursor_and_ask_for_no_verdict(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit([Outcome(None)] * 4)
    output = FakeOutput()
    async with running(make(output, journal, clock, status=lambda row: None)):
        await until(lambda: journal.cursors.get("central") == 4)
        assert output.requests == []


async def test_what_retention_dropped_is_counted_and_it_goes_on_behind_it(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.cursors["central"] = 5
    journal.commit(outcomes(50))
    journal.drop(30)
    output = FakeOutput()
    with capture_logs() as logs:
        async with running(make(output, journal, clock)) as worker:
            await idle(worker, clock)
            assert seqs(output.taken) == list(range(31, 51))
            assert worker.statistics().gap_rounds_total == 25
    assert [entry["rounds"] for entry in logs if entry["event"] == "output.gap"] == [25]


async def test_a_log_that_is_wholly_gone_leaves_no_lag(journal: FakeJournal, clock: FakeClock) -> None:
    journal.cursors["central"] = 5
    journal.commit(outcomes(50))
    journal.drop(50)
    async with running(make(FakeOutput(), journal, clock)) as worker:
        await until(lambda: journal.cursors["central"] == 50)
        assert (worker.statistics().gap_rounds_total, worker.statistics().lag_rounds) == (45, 0)


async def test_newest_first_after_a_long_cut_then_the_past_from_its_end_down(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.cursors["central"] = 0
    journal.commit(outcomes(95))
    output = FakeOutput()
    async with running(make(output, journal, clock, order="newest")) as worker:
        await idle(worker, clock)
        assert seqs(output.taken) == list(range(95, 0, -1))
        journal.commit(outcomes(3))
        await until(lambda: len(output.taken) == 98)
        assert seqs(output.taken[95:]) == [96, 97, 98]
        assert journal.cursors == {"central": 98, f"central{FILLED}": 98, f"central{HEAD}": 98}


async def test_new_rows_overtake_a_back_fill(journal: FakeJournal, clock: FakeClock) -> None:
    journal.cursors["central"] = 0
    journal.commit(outcomes(60))

    def rule(lines: Sequence[bytes]) -> Action:
        if len(output.requests) == 2:
            journal.commit(outcomes(2))
        return ACCEPT

    output = FakeOutput(rule=rule)
    async with running(make(output, journal, clock, order="newest")) as worker:
        await idle(worker, clock)
        assert seqs(output.taken) == [*range(60, 40, -1), 61, 62, *range(40, 0, -1)]


async def test_a_short_backlog_goes_in_order_also_with_newest(journal: FakeJournal, clock: FakeClock) -> None:
    journal.commit(outcomes(40))
    output = FakeOutput()
    async with running(make(output, journal, clock, order="newest")) as worker:
        await idle(worker, clock)
        assert seqs(output.taken) == list(range(1, 41))


async def test_a_back_fill_goes_on_after_a_restart_also_with_the_option_off(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.cursors["central"] = 0
    journal.commit(outcomes(95))
    first, second = FakeOutput(ACCEPT, ACCEPT, *[RETRY] * 100), FakeOutput()
    async with running(make(first, journal, clock, order="newest")):
        await until(lambda: len(first.requests) == 3)
    journal.commit(outcomes(5))
    async with running(make(second, journal, clock)) as worker:
        await idle(worker, clock)
    assert seqs(second.taken[:5]) == [96, 97, 98, 99, 100]
    assert sorted(seqs(first.taken + second.taken)) == list(range(1, 101))
    assert journal.cursors["central"] == 100


async def test_a_hanging_verdict_at_the_end_does_not_lose_the_back_fill(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.cursors["central"] = 0
    journal.commit(outcomes(60))
    hangs = {55, 60}
    output = FakeOutput()
    worker = make(output, journal, clock, order="newest", status=lambda row: None if row.seq in hangs else 1)
    async with running(worker):
        await idle(worker, clock)
        assert output.taken == []
        hangs.remove(60)
        await clock.advance(5)
        await until(lambda: seqs(output.taken) == [60, 59, 58, 57, 56])
        hangs.clear()
        await idle(worker, clock)
        await clock.advance(5)
        await until(lambda: len(output.taken) == 60)
        assert seqs(output.taken) == list(range(60, 0, -1))


async def test_sending_never_waits_for_the_ledgers_disk_and_the_last_place_is_saved(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(50))
    output = FakeOutput()
    async with running(make(output, journal, clock)) as worker:
        await until(lambda: output.taken)
        journal.hold_saves = True
        await idle(worker, clock)
        assert len(output.taken) == 50
        saves = journal.saves
        journal.hold_saves = False
        journal.finish_saves()
        await until(lambda: journal.saves == saves + 1)
        assert journal.cursors["central"] == 50
    assert journal.saves < 6


async def test_a_place_that_could_not_be_saved_is_saved_with_the_next_batch_and_no_gap_is_forgotten(
    journal: FakeJournal, clock: FakeClock
) -> None:
    output = FakeOutput(SPLIT)
    async with running(make(output, journal, clock)) as worker:
        await idle(worker, clock)
        journal.hold_saves = True
        journal.commit(outcomes(1))
        await until(lambda: len(journal.waiting) == 1)
        journal.gaps.clear()
        journal.hold_saves = False
        journal.finish_saves(OSError("disk full"))
        journal.commit(outcomes(1))
        await until(lambda: journal.cursors["central"] == 2)
        assert [gap.first_seq for gap in journal.gaps] == [1]


async def test_drain_goes_on_to_the_end_and_ends_the_worker(journal: FakeJournal, clock: FakeClock) -> None:
    journal.commit(outcomes(95))
    output = FakeOutput()
    worker = make(output, journal, clock)
    task = asyncio.create_task(worker.run())
    await worker.drain(clock.now().plus(3_000 * NS_PER_MS))
    await task
    assert len(output.taken) == 95
    assert journal.cursors["central"] == 95
    assert output.closed


async def test_drain_does_not_wait_for_a_store_that_does_not_answer(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(5))
    worker = make(FakeOutput(RETRY, RETRY), journal, clock)
    task = asyncio.create_task(worker.run())
    await until(lambda: clock.next_wake is not None)
    await worker.drain(clock.now().plus(3_000 * NS_PER_MS))
    await task
    assert journal.cursors["central"] == 0


async def test_drain_gives_up_at_its_deadline(journal: FakeJournal, clock: FakeClock) -> None:
    class Stuck(FakeOutput):
        async def send(self, lines: Sequence[bytes]) -> Action:
            await asyncio.Event().wait()
            raise AssertionError

    journal.commit(outcomes(5))
    async with running(make(Stuck(), journal, clock)) as worker:
        draining = asyncio.create_task(worker.drain(clock.now().plus(3_000 * NS_PER_MS)))
        await until(lambda: clock.next_wake is not None)
        await clock.advance(3)
        await draining


async def test_a_fault_of_ours_is_counted_logged_and_tried_again(
    journal: FakeJournal, clock: FakeClock
) -> None:
    faults = [ZeroDivisionError("oops")]

    def status(row: LogRow) -> int:
        if faults:
            raise faults.pop()
        return 1

    journal.commit(outcomes(5))
    output = FakeOutput()
    with capture_logs() as logs:
        async with running(make(output, journal, clock, status=status)) as worker:
            await until(lambda: worker.statistics().state is State.FAULTY and clock.next_wake is not None)
            assert "oops" in worker.statistics().failure
            await clock.advance(1)
            await until(lambda: len(output.taken) == 5)
            assert worker.statistics().faults_total == 1
    assert "output.fault" in [entry["event"] for entry in logs]


async def test_many_outputs_keep_their_own_places(journal: FakeJournal, clock: FakeClock) -> None:
    journal.commit(outcomes(30))
    good, bad = FakeOutput(), FakeOutput(*[RETRY] * 1000)
    bad.name = "other"
    async with running(make(good, journal, clock)), running(make(bad, journal, clock)):
        await until(lambda: journal.cursors.get("central") == 30 and bad.requests)
        assert journal.cursors["other"] == 0


async def test_a_rewind_waits_for_what_is_being_saved_and_then_sends_packed_rows_before_the_log(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(25))
    journal.chunks = [(row, 1) for row in journal.rows[:4]]
    output = FakeOutput()
    async with running(make(output, journal, clock)) as worker:
        await idle(worker, clock)
        journal.hold_saves = True
        journal.commit(outcomes(10))
        await until(lambda: journal.waiting and worker.statistics().state is State.IDLE)
        journal.asked, output.taken = 20, []
        worker.wake()
        await until(lambda: worker.statistics().state is State.SENDING)
        assert (output.taken, journal.asked) == ([], 20)
        journal.hold_saves = False
        journal.finish_saves()
        await until(lambda: len(output.taken) == 19)
        await idle(worker, clock)
    assert seqs(output.taken) == [1, 2, 3, 4, *range(21, 36)]
    assert (journal.cursors["central"], journal.again) == (35, None)


async def test_with_newest_first_what_is_packed_is_sent_again_after_the_log(
    journal: FakeJournal, clock: FakeClock
) -> None:
    journal.commit(outcomes(25))
    journal.chunks = [(row, 1) for row in journal.rows[:4]]
    journal.cursors = dict.fromkeys(("central", f"central{FILLED}", f"central{HEAD}"), 25)
    journal.asked = 20
    output = FakeOutput()
    async with running(make(output, journal, clock, order="newest")) as worker:
        await idle(worker, clock)
    assert seqs(output.taken) == [21, 22, 23, 24, 25, 1, 2, 3, 4]
