"""`output rewind`: what was sent is sent again to the byte, from packed hours too."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from sqlite3 import Connection

import pytest

from collector.feeding import LedgerJournal
from collector.judge import Judge
from collector.ledger import derived, places
from collector.ledger.ledger import Ledger
from collector.ledger.model import Derived, LogRow, Series, SlaFigures
from collector.ledger.opening import editing
from collector.ledger.places import Again, Place
from collector.ledger.store import move_cursor
from collector.live import witness_logs
from collector.outputs.answers import Action, Do
from collector.outputs.base import OutputWorker
from collector.outputs.influxdb import Influxdb
from collector.outputs.line_protocol import RowEncoder
from collector.outputs.worker import State
from collector.targets import Planned
from collector.verdicts import StoredVerdicts, hourly
from config.outputs import InfluxdbOutput
from probes.clock import NS_PER_SECOND, SystemClock
from probes.model import Outcome, Sample
from tests.clock import FakeClock
from tests.collector.fakes import ACCEPT, FakeOutput, until
from tests.collector.ledgers import HOUR_MS, PATIENCE
from tests.collector.made import BEGIN_MS, SITE, judging, outcome, plan, reference
from tests.collector.test_output_derived import OUTAGE_TAGS
from tests.collector.test_output_stores import TAGS, TURNS, Found, held_by_influxdb
from tests.servers.influxdb import InfluxDB

EVERY_MS = 10_000
SLOTS_AN_HOUR = HOUR_MS // EVERY_MS
HALF_MS = BEGIN_MS + HOUR_MS // 2


class Lines(FakeOutput):
    """A store in memory that gets the lines of a real one."""

    def encode(self, row: LogRow, series: Series, status: int) -> Sequence[bytes]:
        return RowEncoder(strings=True).lines(row, series, status)

    def again(self, from_ms: int = 0) -> set[bytes]:
        """The lines from a time on; what came before it is forgotten."""
        taken, self.taken = self.taken, []
        return {line for line in taken if int(line.rsplit(b" ", 1)[1]) >= from_ms * 1_000_000}


class Bench:
    """What a daemon has: a judged ledger whose complete hours are packed, and an output that follows it."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        self.path = path / "ledger.db"
        self.plans: dict[int, Planned] = {}
        self.output: Lines | Influxdb = Lines()
        self.open()

    def open(self) -> None:
        self.ledger = Ledger.open(
            self.path,
            clock=self.clock,
            commit_every_ms=5,
            reserve_bytes=0,
            verdicts=hourly(lambda site: True),
        )
        made = (reference(EVERY_MS), plan("a", every_ms=EVERY_MS), plan("b", every_ms=EVERY_MS))
        self.plans = {self.ledger.series(one.key): one for one in made}
        circuits = [judging("a", far=EVERY_MS), judging("b", far=EVERY_MS)]
        self.judge = Judge(SITE, self.plans, circuits, needed=True, host="edge")
        self.logs = witness_logs(self.plans, ["a", "b"], needed=True)
        self.verdicts = StoredVerdicts()
        self.verdicts.configure(self.plans, self.logs, self.judge)

    def fill(self, half_hours: range) -> None:
        """Measure and judge, as a daemon does, a piece at a time."""
        for half in half_hours:
            self.measure(range(half * SLOTS_AN_HOUR // 2, (half + 1) * SLOTS_AN_HOUR // 2))

    def measure(self, slots: range) -> None:
        """Rounds of every kind: cuts of one circuit, of all, and of our own reference; samples too."""
        for slot in slots:
            ours = "d" if 40 <= slot % 200 < 50 else "u"
            a = "d" if slot % 200 in range(30, 60) else "u"
            b = "?" if slot % 70 == 0 else "d" if slot % 200 in range(45, 48) else "u"
            rows = [
                outcome(number, slot, said, EVERY_MS)
                for number, said in zip((1, 2, 3), (ours, a, b), strict=True)
            ]
            if ours == "u":
                self.logs["a"].add(BEGIN_MS + slot * EVERY_MS, EVERY_MS)
            if slot % 6 == 0:
                rows[1] = Outcome(rows[1].round, found(2, slot))
                rows.append(Outcome(None, found(3, slot)))
            self.ledger.append(rows, {SITE: BEGIN_MS + (slot + 1) * EVERY_MS})
        assert self.ledger.flush(PATIENCE)
        while self.judge.go_on(self.ledger).result(PATIENCE):
            pass
        self.ledger.write(self.judge.save).result(PATIENCE)

    def derive(self, *some: Derived) -> None:
        self.ledger.write(lambda connection: derived.append(connection, some)).result(PATIENCE)

    @asynccontextmanager
    async def feeding(self, order: str = "oldest", batch: int = 500) -> AsyncIterator[OutputWorker]:
        journal = LedgerJournal(self.ledger)
        worker = OutputWorker(
            self.output,
            journal,
            self.clock,
            lambda row: self.verdicts.of(row, journal.reader.is_unwitnessed),
            order="newest" if order == "newest" else "oldest",
            batch_rounds=batch,
            spread=lambda: 0.0,
        )
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            journal.reader.close()

    def taken(self, from_ms: int = 0) -> set[bytes]:
        """What a store in memory took since it was asked last."""
        assert isinstance(self.output, Lines)
        return self.output.again(from_ms)

    async def idle(self, worker: OutputWorker) -> None:
        """It has taken everything, a rewind that is asked for too, and that is kept."""

        def done() -> bool:
            statistics = worker.statistics()
            return (
                statistics.state is State.IDLE and statistics.lag_rounds <= 60 and not self.place().asked_ms
            )

        await until(lambda: done() and self.place().again is None, TURNS)

    def place(self) -> Place:
        with self.ledger.reader() as reader:
            return next(iter(reader.places()), Place("", 0, None, None, 0, None, 0))

    def ask(self, from_ms: int) -> None:
        """As `linkledger output rewind` does, from another process."""
        with editing(self.path) as connection:
            places.ask(connection, "central", from_ms)

    async def woken(self, worker: OutputWorker, times: int = 1) -> None:
        for _ in range(times):
            worker.wake()
            await self.idle(worker)


def found(series: int, slot: int) -> tuple[Sample, ...]:
    """Samples in another order than that of their names."""
    at_ms = BEGIN_MS + slot * EVERY_MS
    return (
        Sample(series, at_ms, 1, "tls_verified", 1),
        Sample(series, at_ms, 1, "tls_days_left", 80 - slot / 100),
        Sample(series, at_ms, 1, "interface", "ge-0/0/1"),
        Sample(series, at_ms, 1, "if_oper_status", 1),
    )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    made.clock._now = made.clock.now().plus(3 * 3_600 * NS_PER_SECOND)  # the ledger's hours are past
    yield made
    made.ledger.close()


async def sent_and_packed(bench: Bench, worker: OutputWorker) -> set[bytes]:
    """Two hours and a half: all is sent, two are packed and have left the log; gives what was sent."""
    await bench.idle(worker)
    bench.fill(range(5))
    await bench.idle(worker)
    bench.ledger.append((), {SITE: BEGIN_MS + 5 * HOUR_MS // 2})
    await until(lambda: bench.ledger.settle(PATIENCE) and oldest(bench) >= BEGIN_MS + 2 * HOUR_MS)
    return bench.taken()


def oldest(bench: Bench) -> int:
    """The earliest slot of rounds in the log."""
    with bench.ledger.reader() as reader:
        return min((row.outcome.round.at_ms for row in reader.scan(0, 10**6) if row.outcome.round), default=0)


@pytest.mark.parametrize("order", ["oldest", "newest"])
async def test_a_rewind_sends_packed_hours_and_the_log_again_byte_for_byte(bench: Bench, order: str) -> None:
    async with bench.feeding(order) as worker:
        before = await sent_and_packed(bench, worker)
        bench.ask(HALF_MS)
        await bench.woken(worker)
        again = bench.taken()
    wanted = {line for line in before if int(line.rsplit(b" ", 1)[1]) >= HALF_MS * 1_000_000}
    assert again - before == set()
    assert wanted - again == set()
    kinds = Counter(line.split(b",")[0] for line in again)
    assert kinds[b"linkledger_outage"] > 2
    assert kinds[b"linkledger_tls"] == kinds[b"linkledger_interface"] > 200
    assert {b"status=-1i", b"status=0i", b"status=1i"} <= {
        field for line in again for field in line.split(b" ")[1].split(b",") if field.startswith(b"status")
    }


async def test_a_rewind_within_the_log_sends_no_packed_hour(bench: Bench) -> None:
    async with bench.feeding() as worker:
        before = await sent_and_packed(bench, worker)
        since = BEGIN_MS + 2 * HOUR_MS + 600_000
        bench.ask(since)
        await bench.woken(worker)
        again = bench.taken()
    assert again <= before
    assert again >= {line for line in before if int(line.rsplit(b" ", 1)[1]) >= since * 1_000_000}
    assert len(again) < len(before) / 3


async def test_a_rewind_that_is_killed_goes_on_where_it_was(bench: Bench) -> None:
    async with bench.feeding() as worker:
        before = await sent_and_packed(bench, worker)
    bench.ask(BEGIN_MS)
    taken: set[bytes] = set()
    for _ in range(30):
        bench.output = Lines(rule=stop_after(3))
        async with bench.feeding(batch=100) as worker:
            await until(lambda: worker.statistics().state in (State.HELD, State.IDLE), TURNS)
            held = worker.statistics().state is State.HELD
        assert bench.ledger.flush(PATIENCE)
        place = bench.place()
        taken |= bench.taken()
        if not held:
            break
    assert not held
    assert place.again is None
    assert taken == before


def stop_after(requests: int) -> Callable[[Sequence[bytes]], Action]:
    """A store that takes so many requests and then nothing more."""
    left = [requests]

    def rule(lines: Sequence[bytes]) -> Action:
        left[0] -= 1
        return ACCEPT if left[0] >= 0 else Action(Do.HOLD, "cut off")

    return rule


async def test_packed_rounds_that_can_no_longer_be_read_are_counted_and_the_rest_is_sent(
    bench: Bench,
) -> None:
    harm = "UPDATE chunk SET data = x'00' WHERE hour = ? AND series = (SELECT max(id) FROM series)"
    async with bench.feeding() as worker:
        before = await sent_and_packed(bench, worker)
        bench.ledger.write(lambda connection: connection.execute(harm, (BEGIN_MS // HOUR_MS,)).rowcount)
        bench.ask(BEGIN_MS)
        await bench.woken(worker)
        assert worker.statistics().gap_rounds_total == SLOTS_AN_HOUR
        assert len(before - bench.taken()) >= SLOTS_AN_HOUR


async def test_figures_are_sent_again_as_long_as_the_log_has_them(bench: Bench) -> None:
    def figures(at_ms: int) -> SlaFigures:
        return SlaFigures(at_ms, "edge", SITE, "acme", "a", "gold", "2026-01", 0.5, None, 1)

    async with bench.feeding() as worker:
        bench.ledger.write(lambda connection: move_cursor(connection, "held", 0)).result(PATIENCE)
        bench.fill(range(2))
        bench.derive(figures(HALF_MS), figures(HALF_MS - 1))
        bench.fill(range(2, 5))
        await bench.idle(worker)
        assert bench.ledger.settle(PATIENCE)
        bench.taken()
        bench.ask(HALF_MS)
        await bench.woken(worker)
    lines = [line for line in bench.taken() if line.startswith(b"linkledger_sla")]
    assert [int(line.rsplit(b" ", 1)[1]) for line in lines] == [HALF_MS * 1_000_000]


def test_of_two_rewinds_and_an_unfinished_one_all_is_sent_that_any_asks_for(bench: Bench) -> None:
    bench.fill(range(5))
    assert bench.ledger.settle(PATIENCE)

    def twice(connection: Connection) -> list[Again | None]:
        for name in ("central", "central/filled", "central/head"):
            move_cursor(connection, name, 10**6)
        found = []
        for asked in ((HALF_MS + 5, HALF_MS), (BEGIN_MS + HOUR_MS + 7,), (BEGIN_MS,)):
            for from_ms in asked:
                places.ask(connection, "central", from_ms)
            places.rewind(connection, "central")
            found.append(places.load_again(connection, "central"))
        return found

    hour, until_ms = BEGIN_MS // HOUR_MS, BEGIN_MS + 2 * HOUR_MS
    assert bench.ledger.write(twice).result(PATIENCE) == [
        Again(HALF_MS, until_ms, hour),
        Again(HALF_MS, until_ms, hour),
        Again(BEGIN_MS, until_ms, hour),
    ]


def test_dropping_an_output_leaves_nothing_of_it(bench: Bench) -> None:
    def drop(connection: Connection) -> list[Place]:
        for name in ("former", "former/filled", "former/head"):
            move_cursor(connection, name, 3)
        places.ask(connection, "former", 5)
        places.put_again(connection, "former", Again(0, 1, 0))
        assert [one.name for one in places.places(connection)] == ["former"]
        places.drop(connection, "former")
        assert connection.execute("SELECT * FROM consumer_state").fetchall() == []
        return places.places(connection)

    assert bench.ledger.write(drop).result(PATIENCE) == []


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_a_dropped_database_is_filled_again_record_for_record(bench: Bench) -> None:
    with InfluxDB() as store:
        store.create_database("linkledger")
        configured = InfluxdbOutput(url=store.url, api="v1")
        bench.output = Influxdb("central", configured, SystemClock())
        async with bench.feeding() as worker:
            await bench.idle(worker)
            bench.fill(range(5))
            await bench.idle(worker)
            bench.ledger.append((), {SITE: BEGIN_MS + 5 * HOUR_MS // 2})
            await until(lambda: bench.ledger.settle(PATIENCE) and oldest(bench) >= BEGIN_MS + 2 * HOUR_MS)
            before = held(store)
            assert {len(records) > 5 for records in before} == {True}
            store.drop_database("linkledger")
            store.create_database("linkledger")
            bench.ask(BEGIN_MS)
            await bench.woken(worker)
        assert held(store) == before


def held(store: InfluxDB) -> list[Found]:
    tags = {"linkledger_outage": OUTAGE_TAGS, "linkledger_interface": (*TAGS, "interface")}
    names = ("linkledger_round", "linkledger_tls", "linkledger_interface", "linkledger_outage")
    return [held_by_influxdb(store, "linkledger", name, tags.get(name, TAGS)) for name in names]
