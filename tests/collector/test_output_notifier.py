"""The worker that tells: in order, at least once, not in a storm, whatever the receiver does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.ledger.ledger import Ledger
from collector.ledger.notices import KEEP_MS, NoticeBook, Told
from collector.notices.notice import Notice
from collector.outputs.answers import Action, Do
from collector.outputs.notifier import NoticeWorker
from collector.outputs.worker import FIRST_HOLD_MS, FIRST_RETRY_MS, State
from probes.clock import NS_PER_MS, NS_PER_SECOND
from tests.clock import FakeClock
from tests.collector.fakes import until
from tests.collector.ledgers import ledger_at
from tests.collector.notices import NOW_MS, began, breached, ended

ACCEPT = Action(Do.ACCEPT)
TURNS = 4_000_000


class FakeNotifier:
    """Answers by script, then accepts."""

    name = "desk"

    def __init__(
        self, *script: Action, gather_ms: int = 0, apart_ms: int = 0, resend_ms: int | None = None
    ) -> None:
        self.script = list(script)
        self.gather_ms, self.apart_ms, self.resend_ms = gather_ms, apart_ms, resend_ms
        self.asked = 0
        self.told: list[list[int]] = []
        self.refreshed: list[list[int]] = []
        self.hangs = False
        self.closed = False

    async def tell(self, notices: Sequence[Notice]) -> Action:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        action = self.script.pop(0) if self.script else ACCEPT
        if action.do is Do.ACCEPT:
            self.told.append([one.number for one in notices])
        return action

    async def refresh(self, standing: Sequence[Notice]) -> Action:
        self.refreshed.append([one.number for one in standing])
        return ACCEPT

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> Iterator[Ledger]:
    with ledger_at(tmp_path / "ledger.db", clock) as opened:
        yield opened


async def write(ledger: Ledger, *notices: Notice, at_ms: int = NOW_MS) -> None:
    book = NoticeBook(ledger)
    await book.append(at_ms, [one.to_text() for one in notices], 0)
    book.close()


def place(ledger: Ledger) -> Told | None:
    book = NoticeBook(ledger)
    found = book.told().get("desk")
    book.close()
    return found


@dataclass
class Written:
    """Who writes the notices; all that is in the book is."""

    book: NoticeBook
    still: Sequence[Notice] = ()

    def newest(self) -> int:
        return self.book.newest()

    def standing(self) -> Sequence[Notice]:
        return self.still


@asynccontextmanager
async def telling(
    ledger: Ledger,
    notifier: FakeNotifier,
    clock: FakeClock,
    wants: Callable[[Notice], bool] = lambda notice: True,
    standing: Sequence[Notice] = (),
) -> AsyncIterator[NoticeWorker]:
    book = NoticeBook(ledger)
    worker = NoticeWorker(notifier, book, clock, Written(book, standing), wants, spread=lambda: 0.0)
    task = asyncio.create_task(worker.run())
    await until(lambda: worker.statistics().state is not State.STARTING, TURNS)
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        book.close()


async def asleep(clock: FakeClock) -> int:
    """Wait until the worker rests; for how many ms."""
    await until(lambda: clock.next_wake is not None, TURNS)
    assert clock.next_wake is not None
    return (clock.next_wake - clock.now().mono_ns) // NS_PER_MS


async def test_a_new_one_is_told_what_comes_from_now_on_in_order(ledger: Ledger, clock: FakeClock) -> None:
    await write(ledger, began())
    notifier = FakeNotifier()
    async with telling(ledger, notifier, clock) as worker:
        await write(ledger, began("a"), ended("a"), began("b"))
        worker.wake()
        await until(lambda: notifier.told == [[2, 3, 4]], TURNS)
        statistics = worker.statistics()
        assert (statistics.sent_total, statistics.last_success_ms) == (3, clock.now().wall_ms)
    assert place(ledger) == Told("desk", 4, clock.now().wall_ms)
    assert notifier.closed


async def test_who_comes_back_is_told_what_it_missed_and_nothing_twice(
    ledger: Ledger, clock: FakeClock
) -> None:
    async with telling(ledger, FakeNotifier(), clock):
        pass
    await write(ledger, began("a"), began("b"))
    first, second = FakeNotifier(), FakeNotifier()
    async with telling(ledger, first, clock):
        await until(lambda: first.told == [[1, 2]], TURNS)
    await write(ledger, ended("a"))
    async with telling(ledger, second, clock) as worker:
        await until(lambda: second.told == [[3]], TURNS)
        assert worker.statistics().last_success_ms is not None


async def test_its_last_success_outlives_the_daemon(ledger: Ledger, clock: FakeClock) -> None:
    async with telling(ledger, FakeNotifier(), clock) as worker:
        await write(ledger, began())
        worker.wake()
        await until(lambda: worker.statistics().sent_total, TURNS)
    await clock.advance(3600)
    async with telling(ledger, FakeNotifier(), clock) as worker:
        assert worker.statistics().last_success_ms == NOW_MS


@pytest.mark.parametrize(
    ("action", "pause_ms", "state"),
    [
        (Action(Do.RETRY, "503: busy"), FIRST_RETRY_MS // 2, State.RETRYING),
        (Action(Do.RETRY, "503: busy", retry_after_ms=90_000), 90_000, State.RETRYING),
        (Action(Do.SLOW, "no answer within 10s"), FIRST_RETRY_MS // 2, State.RETRYING),
        (Action(Do.HOLD, "401: who are you"), FIRST_HOLD_MS // 2, State.HELD),
    ],
)
async def test_what_is_not_taken_is_told_again_after_a_pause(
    ledger: Ledger, clock: FakeClock, action: Action, pause_ms: int, state: State
) -> None:
    notifier = FakeNotifier(action)
    async with telling(ledger, notifier, clock) as worker:
        await write(ledger, began())
        worker.wake()
        await until(lambda: worker.statistics().state is state, TURNS)
        statistics = worker.statistics()
        assert (statistics.failure, statistics.lag_rounds) == (action.why, 1)
        await until(lambda: notifier.asked == 1 and clock.next_wake is not None, TURNS)
        assert await asleep(clock) == pause_ms
        await clock.advance(pause_ms / 1000)
        await until(lambda: notifier.told == [[1]], TURNS)
        assert worker.statistics().failure == ""


async def test_what_comes_together_goes_together_and_a_storm_waits(ledger: Ledger, clock: FakeClock) -> None:
    notifier = FakeNotifier(gather_ms=4_000, apart_ms=60_000)
    async with telling(ledger, notifier, clock) as worker:
        await write(ledger, began("a"), at_ms=clock.now().wall_ms)
        worker.wake()
        await until(lambda: worker.statistics().lag_rounds == 1, TURNS)
        assert await asleep(clock) == 4_000
        await write(ledger, began("b"))
        await clock.advance(4)
        await until(lambda: notifier.told == [[1, 2]], TURNS)
        await write(ledger, began("c", at_ms=clock.now().wall_ms), at_ms=clock.now().wall_ms)
        worker.wake()
        await until(lambda: worker.statistics().lag_rounds == 1, TURNS)
        await until(lambda: clock.next_wake == clock.now().mono_ns + 60 * NS_PER_SECOND, TURNS)
        await clock.advance(60)
        await until(lambda: notifier.told == [[1, 2], [3]], TURNS)


async def test_a_clock_that_was_set_back_delays_no_notice(ledger: Ledger, clock: FakeClock) -> None:
    notifier = FakeNotifier(gather_ms=4_000)
    async with telling(ledger, notifier, clock) as worker:
        await write(ledger, began("a", at_ms=NOW_MS + 3_600_000))
        worker.wake()
        await until(lambda: notifier.told == [[1]], TURNS)


async def test_what_is_not_for_it_is_passed_over(ledger: Ledger, clock: FakeClock) -> None:
    notifier = FakeNotifier()
    async with telling(ledger, notifier, clock, wants=lambda one: one.about.circuit == "b") as worker:
        await write(ledger, began("a"), began("b"), began("a"))
        worker.wake()
        await until(lambda: notifier.told == [[2]], TURNS)
        await write(ledger, began("a"))
        worker.wake()
        await until(lambda: (place(ledger) or Told("", 0, None)).notice == 4, TURNS)
    assert notifier.told == [[2]]


async def test_what_stands_is_told_again_at_its_interval(ledger: Ledger, clock: FakeClock) -> None:
    notifier = FakeNotifier(resend_ms=60_000)
    standing = [began("a", number=7), breached("b", number=8)]
    async with telling(
        ledger, notifier, clock, wants=lambda one: one.about.circuit == "a", standing=standing
    ):
        await until(lambda: notifier.refreshed == [[7]], TURNS)
        await until(lambda: clock.next_wake == clock.now().mono_ns + 60 * NS_PER_SECOND, TURNS)
        await clock.advance(59)
        assert notifier.refreshed == [[7]]
        await clock.advance(1)
        await until(lambda: notifier.refreshed == [[7], [7]], TURNS)


async def test_one_that_is_refused_for_good_is_counted_and_in_a_gap_record(
    ledger: Ledger, clock: FakeClock
) -> None:
    notifier = FakeNotifier(Action(Do.ACCEPT, "400: bad", rejected=1))
    async with telling(ledger, notifier, clock) as worker:
        await write(ledger, began("a"), began("b"))
        worker.wake()
        await until(lambda: worker.statistics().rejected_total == 1, TURNS)
        assert worker.statistics().sent_total == 1
    with ledger.reader() as reader:
        assert [(gap.rounds, gap.why) for gap in reader.gaps("desk")] == [
            (1, "refused by the receiver: 400: bad")
        ]


async def test_the_drain_at_a_stop_waits_for_no_others(ledger: Ledger, clock: FakeClock) -> None:
    notifier = FakeNotifier(gather_ms=4_000, apart_ms=60_000)
    async with telling(ledger, notifier, clock) as worker:
        await write(ledger, began("a"))
        await worker.drain(clock.now().plus(3 * NS_PER_SECOND))
        assert notifier.told == [[1]]


async def test_a_receiver_that_hangs_holds_the_stop_no_longer_than_its_deadline(
    ledger: Ledger, clock: FakeClock
) -> None:
    notifier = FakeNotifier()
    notifier.hangs = True
    async with telling(ledger, notifier, clock) as worker:
        await write(ledger, began("a"))
        worker.wake()
        await until(lambda: notifier.asked, TURNS)
        drained = asyncio.create_task(worker.drain(clock.now().plus(3 * NS_PER_SECOND)))
        await clock.advance(3)
        await drained
        assert worker.statistics().lag_rounds == 1


async def test_what_nobody_took_for_a_month_goes_and_is_counted(ledger: Ledger, clock: FakeClock) -> None:
    async with telling(ledger, FakeNotifier(), clock):
        pass
    await write(ledger, began("a"), began("b"), ended("b"))
    book = NoticeBook(ledger)
    later = NOW_MS + KEEP_MS + 1
    assert await book.prune(later, ["desk"], keep=[1]) == {"desk": 2}
    assert [row.id for row in book.after(0, 10)] == [1]
    assert await book.prune(later, ["desk"], keep=[1]) == {}
    with ledger.reader() as reader:
        assert [(gap.first_seq, gap.last_seq, gap.rounds) for gap in reader.gaps("desk")] == [(2, 3, 2)]
    book.close()
