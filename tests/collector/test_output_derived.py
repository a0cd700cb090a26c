"""Ended outages and SLA figures on their way to the stores: by the laws of rounds."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from collector.feeding import LedgerJournal
from collector.ledger import derived
from collector.ledger.ledger import Ledger
from collector.ledger.model import Derived, EndedOutage, LogRow, Outage, Series, SlaFigures
from collector.ledger.places import FILLED, HEAD
from collector.ledger.store import move_cursor
from collector.outputs.answers import Action, Do
from collector.outputs.base import OutputWorker
from collector.outputs.influxdb import Influxdb
from collector.outputs.line_protocol import RowEncoder, outage_line, sla_line
from collector.outputs.worker import State
from config.outputs import InfluxdbOutput
from probes.clock import NS_PER_SECOND, SystemClock
from tests.clock import FakeClock
from tests.collector.fakes import ACCEPT, FakeJournal, FakeOutput, until
from tests.collector.records import SERIES, START_MS, Record, expected_rounds, outcomes, status
from tests.collector.test_output_stores import (
    TURNS,
    Found,
    flat,
    held_by_influxdb,
    held_by_victoria_metrics,
)
from tests.servers.influxdb import InfluxDB
from tests.servers.victoria_metrics import VictoriaMetrics

HOST = "hôte 1"
OUTAGE_TAGS = ("host", "site", "carrier", "circuit")
SLA_TAGS = (*OUTAGE_TAGS, "contract", "period")
CLOCK = SystemClock()


def outage(number: int) -> EndedOutage:
    """The `number`-th outage of one circuit."""
    begin = START_MS + number * 100_000
    cause = f'timeout: "all" of {number}'
    return EndedOutage(HOST, Outage("lon-01", "acme", "lon-acme", begin, begin + 30_500 + number, cause))


def figures(number: int) -> SlaFigures:
    """The `number`-th figures of one circuit; now and then there is no budget, or nothing but the count."""
    ratio = None if number % 7 == 0 else 1 - number / 3_000
    budget = None if number % 3 == 0 else 600.1 - number
    at_ms = START_MS + number * 60_000
    return SlaFigures(
        at_ms, HOST, "lon-01", "acme", "東京-7", "gold, 2", "2026-01", ratio, budget, number % 4
    )


def some(numbers: range) -> list[Derived]:
    """An outage and figures of each number."""
    return [one for number in numbers for one in (outage(number), figures(number))]


def expected_outages(numbers: range, *, strings: bool = True) -> Found:
    """Fields by (tags, ms) of `linkledger_outage`."""
    found: Found = {}
    for one in (outage(number).outage for number in numbers):
        fields: Record = {"start_seconds": one.start_ms / 1000}
        assert one.end_ms is not None
        fields["duration_seconds"] = (one.end_ms - one.start_ms) / 1000
        found[HOST, one.site, one.carrier, one.circuit, one.end_ms] = fields
        if strings:
            fields["cause"] = one.cause
    return found


def expected_figures(numbers: range) -> Found:
    """Fields by (tags, ms) of `linkledger_sla`."""
    found: Found = {}
    for one in map(figures, numbers):
        fields: Record = {"violations": one.violations}
        if one.availability_ratio is not None:
            fields["availability_ratio"] = one.availability_ratio
        if one.budget_remaining_seconds is not None:
            fields["budget_remaining_seconds"] = one.budget_remaining_seconds
        found[HOST, one.site, one.carrier, one.circuit, one.contract, one.period, one.at_ms] = fields
    return found


class LineOutput(FakeOutput):
    """A store in memory that gets the lines of a real one."""

    def encode(self, row: LogRow, series: Series, status: int) -> Sequence[bytes]:
        return RowEncoder(strings=True).lines(row, series, status)


@asynccontextmanager
async def feeding(output: FakeOutput, journal: FakeJournal, clock: FakeClock) -> AsyncIterator[OutputWorker]:
    worker = OutputWorker(output, journal, clock, status, batch_rounds=10, spread=lambda: 0.0)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def idle(worker: OutputWorker) -> None:
    def at_the_end() -> bool:
        statistics = worker.statistics()
        return statistics.state is State.IDLE and statistics.lag_rounds == 0

    await until(at_the_end, TURNS)


def measurements(lines: Sequence[bytes]) -> list[str]:
    return [line.split(b",")[0].decode().removeprefix("linkledger_") for line in lines]


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal(SERIES)


async def test_they_go_between_the_rounds_in_the_order_of_commits_and_count_as_lines(
    journal: FakeJournal, clock: FakeClock
) -> None:
    output = LineOutput()
    journal.commit(outcomes(2))
    journal.derive([outage(1), figures(1)])
    journal.commit(outcomes(2))
    async with feeding(output, journal, clock) as worker:
        await idle(worker)
        assert [name for name in measurements(output.taken) if name != "tls"] == [
            *("round", "round", "outage", "sla", "round", "round")
        ]
        assert outage_line(outage(1).outage, HOST) in output.taken
        assert sla_line(figures(1)) in output.taken
        assert worker.statistics().sent_total == len(output.taken)


async def test_what_is_derived_while_the_output_waits_wakes_it(
    journal: FakeJournal, clock: FakeClock
) -> None:
    output = LineOutput()
    async with feeding(output, journal, clock) as worker:
        await idle(worker)
        journal.derive([outage(1)])
        await until(lambda: output.taken == [outage_line(outage(1).outage, HOST)])


async def test_what_is_sent_again_is_the_same_to_the_byte(journal: FakeJournal, clock: FakeClock) -> None:
    journal.commit(outcomes(20))
    journal.derive(some(range(20)))
    first, second = LineOutput(), LineOutput(Action(Do.RETRY, "503: busy"))
    async with feeding(first, journal, clock) as worker:
        await idle(worker)
    journal.cursors.clear()
    async with feeding(second, journal, clock) as worker:
        await until(lambda: clock.next_wake is not None)
        await clock.advance(1)
        await idle(worker)
    assert second.taken == first.taken
    assert second.requests[0] == second.requests[1]


async def test_the_drain_at_a_stop_takes_them_along(journal: FakeJournal, clock: FakeClock) -> None:
    output = LineOutput()
    worker = OutputWorker(output, journal, clock, status, batch_rounds=10)
    task = asyncio.create_task(worker.run())
    await idle(worker)
    journal.commit(outcomes(30))
    journal.derive(some(range(20)))
    await worker.drain(clock.now().plus(3 * NS_PER_SECOND))
    await task
    assert measurements(output.taken)[-40:] == ["outage", "sla"] * 20
    assert journal.cursors["central"] == 70


async def test_one_that_is_refused_is_put_aside_with_the_stores_words_and_the_others_go_through(
    journal: FakeJournal, clock: FakeClock
) -> None:
    bad = outage_line(outage(3).outage, HOST)
    output = LineOutput(rule=lambda lines: Action(Do.SPLIT, "400: bad line") if bad in lines else ACCEPT)
    journal.derive(some(range(5)))
    async with feeding(output, journal, clock) as worker:
        await idle(worker)
        assert len(output.taken) == 9
        assert worker.statistics().rejected_total == 1
    assert [(gap.first_seq, gap.why) for gap in journal.gaps] == [(7, "refused by the store: 400: bad line")]


def place(ledger: Ledger, seq: int) -> None:
    """The output's place, as a kill before its last saves leaves it."""
    for name in ("central", f"central{FILLED}", f"central{HEAD}"):
        ledger.write(partial(move_cursor, name=name, seq=seq)).result(10)


@asynccontextmanager
async def sending(ledger: Ledger, url: str, api: str) -> AsyncIterator[OutputWorker]:
    """A real output over a real ledger."""
    settings = InfluxdbOutput.model_validate({"url": url, "api": api})
    journal = LedgerJournal(ledger)
    worker = OutputWorker(
        Influxdb("central", settings, CLOCK), journal, CLOCK, status, batch_rounds=50, spread=lambda: 0.0
    )
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        journal.reader.close()


def open_ledger(path: Path) -> Ledger:
    ledger = Ledger.open(path, clock=CLOCK, commit_every_ms=20, reserve_bytes=0)
    assert [ledger.series(series.key) for series in SERIES] == [series.id for series in SERIES]
    return ledger


def fill(ledger: Ledger, numbers: range) -> None:
    """Rounds, and what is derived of them, by and by."""
    rounds = outcomes(2_000)
    for number in numbers:
        ledger.append(rounds[10 * number : 10 * (number + 1)])
        ledger.write(partial(derived.append, found=some(range(number, number + 1)))).result(10)


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_influxdb_has_each_once_after_both_the_store_and_the_daemon_were_killed(
    tmp_path: Path,
) -> None:
    numbers = range(100)
    with InfluxDB() as server:
        server.create_database("linkledger")
        with open_ledger(tmp_path / "ledger.db") as ledger:
            await asyncio.to_thread(fill, ledger, numbers[:50])
            async with sending(ledger, server.url, "v1") as worker:
                await until(lambda: worker.statistics().sent_total > 200, TURNS)
                server.stop(signal.SIGKILL)
                await asyncio.to_thread(fill, ledger, numbers[50:])
                await until(lambda: worker.statistics().state is State.RETRYING, TURNS)
            await asyncio.to_thread(server.start)
            place(ledger, 100)
        with open_ledger(tmp_path / "ledger.db") as ledger:
            async with sending(ledger, server.url, "v1") as worker:
                await idle(worker)
                assert worker.statistics().rejected_total == 0
            with ledger.reader() as reader:
                rows = reader.scan(0, 10_000)
        rounds = [row for row in rows if row.outcome.round]
        assert len(rounds) == 1_000
        assert held_by_influxdb(server, "linkledger", "linkledger_round") == expected_rounds(rounds)
        held = held_by_influxdb(server, "linkledger", "linkledger_outage", OUTAGE_TAGS)
        assert held == expected_outages(numbers)
        held = held_by_influxdb(server, "linkledger", "linkledger_sla", SLA_TAGS)
        assert held == expected_figures(numbers)


@pytest.mark.slow
@pytest.mark.server("victoria-metrics")
async def test_victoria_metrics_has_each_once_after_all_was_sent_again_and_no_cause(tmp_path: Path) -> None:
    numbers = range(100)
    with VictoriaMetrics() as server, open_ledger(tmp_path / "ledger.db") as ledger:
        await asyncio.to_thread(fill, ledger, numbers)
        for seq in (0, 600):
            place(ledger, seq)
            async with sending(ledger, server.url, "victoriametrics") as worker:
                await idle(worker)
                assert worker.statistics().rejected_total == 0
        held = held_by_victoria_metrics(server, "linkledger_outage", OUTAGE_TAGS)
        assert flat(held) == pytest.approx(flat(expected_outages(numbers, strings=False)), rel=1e-11, abs=0)
        held = held_by_victoria_metrics(server, "linkledger_sla", SLA_TAGS)
        assert flat(held) == pytest.approx(flat(expected_figures(numbers)), rel=1e-11, abs=0)
