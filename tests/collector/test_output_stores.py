"""Real stores: what they hold is what the ledger holds, record for record, whatever happens between."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest

from collector.ledger.model import LogRow
from collector.outputs.answers import Do
from collector.outputs.base import OutputWorker
from collector.outputs.influxdb import Influxdb
from collector.outputs.worker import State
from config.outputs import InfluxdbOutput
from probes.clock import SystemClock
from tests.collector.fakes import FakeJournal, until
from tests.collector.records import SERIES, Record, expected_rounds, expected_tls, outcomes, status
from tests.servers.influxdb import InfluxDB
from tests.servers.victoria_metrics import VictoriaMetrics

TAGS = ("host", "site", "carrier", "circuit", "probe", "kind")
TURNS = 20_000_000
"""A real store takes its time: the loop may turn so often while a test waits for it."""

Found = dict[tuple[object, ...], Record]


@pytest.fixture(scope="module")
def influxdb() -> Iterator[InfluxDB]:
    with InfluxDB() as server:
        yield server


@pytest.fixture(scope="module")
def victoria_metrics() -> Iterator[VictoriaMetrics]:
    with VictoriaMetrics() as server:
        yield server


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal(SERIES)


def settings(url: str, api: str, **keys: object) -> InfluxdbOutput:
    return InfluxdbOutput.model_validate({"url": url, "api": api, **keys})


@asynccontextmanager
async def feeding(
    configured: InfluxdbOutput, journal: FakeJournal, *, batch: int = 500
) -> AsyncIterator[OutputWorker]:
    clock = SystemClock()
    worker = OutputWorker(
        Influxdb("central", configured, clock),
        journal,
        clock,
        status,
        order=configured.order,
        batch_rounds=batch,
        spread=lambda: 0.0,
    )
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def done(worker: OutputWorker) -> None:
    def at_the_end() -> bool:
        statistics = worker.statistics()
        return statistics.state is State.IDLE and statistics.lag_rounds == 0

    await until(at_the_end, TURNS)


def held_by_influxdb(server: InfluxDB, database: str, measurement: str, tags: Sequence[str] = TAGS) -> Found:
    """What InfluxQL answers, by (tags, ms); a record that stands twice fails."""
    found: Found = {}
    for row in server.rows(database, f'SELECT * FROM "{measurement}" GROUP BY *'):
        key = (*(row.pop(tag) for tag in tags), row.pop("time") // 1_000_000)
        assert key not in found
        found[key] = {name: value for name, value in row.items() if value is not None}
    return found


def held_by_victoria_metrics(server: VictoriaMetrics, measurement: str, tags: Sequence[str] = TAGS) -> Found:
    """What the export holds, by (tags, ms); a value that stands twice fails."""
    found: Found = {}
    for series in server.export(f'{{__name__=~"{measurement}_.*"}}'):
        labels = series["metric"]
        field = labels.pop("__name__").removeprefix(f"{measurement}_")
        assert set(labels) == set(tags)
        for at_ms, value in zip(series["timestamps"], series["values"], strict=True):
            record = found.setdefault((*(labels[tag] for tag in tags), at_ms), {})
            assert field not in record
            record[field] = value
    return found


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_influxdb_1_holds_every_record_as_it_was_and_none_twice_after_all_is_sent_again(
    influxdb: InfluxDB, journal: FakeJournal
) -> None:
    influxdb.create_database("every")
    journal.commit(outcomes(3_000))
    for _ in range(2):
        journal.cursors.clear()
        async with feeding(settings(influxdb.url, "v1", bucket="every"), journal) as worker:
            await done(worker)
            assert worker.statistics().rejected_total == 0
        assert held_by_influxdb(influxdb, "every", "linkledger_round") == expected_rounds(journal.rows)
        assert held_by_influxdb(influxdb, "every", "linkledger_tls") == expected_tls(journal.rows)


@pytest.mark.slow
@pytest.mark.server("victoria-metrics")
@pytest.mark.parametrize("api", ["victoriametrics", "v2"])
async def test_victoria_metrics_holds_every_record_and_none_twice_after_all_is_sent_again(
    victoria_metrics: VictoriaMetrics, journal: FakeJournal, api: str
) -> None:
    # each api writes rounds of its own time, so that neither sees the other's
    start_ms = 1_767_225_600_000 if api == "v2" else 1_768_000_000_000
    journal.commit(outcomes(3_000, start_ms=start_ms))
    for _ in range(2):
        journal.cursors.clear()
        async with feeding(settings(victoria_metrics.url, api, org="any"), journal) as worker:
            await done(worker)
            assert worker.statistics().rejected_total == 0
    for measurement, expected in (
        ("linkledger_round", expected_rounds(journal.rows, strings=False)),
        ("linkledger_tls", expected_tls(journal.rows)),
    ):
        held = held_by_victoria_metrics(victoria_metrics, measurement)
        ours = {key: record for key, record in held.items() if key in expected}
        for record in ours.values():
            record.pop("reason", None)  # api v2 sends it, and VictoriaMetrics makes a number of it
        assert flat(ours, QUOTIENTS) == pytest.approx(flat(expected, QUOTIENTS), rel=1e-11, abs=0)
        assert flat(ours) == flat(expected)


QUOTIENTS = ("rtt_mean_seconds", "jitter_seconds")
"""Fields with more digits than VictoriaMetrics keeps: it stores decimals, 12 digits at least, not doubles."""


def flat(found: Found, only: Sequence[str] = ()) -> dict[tuple[object, ...], object]:
    """Value by (tags, ms, field), of the fields `only`, or of all but the quotients."""
    return {
        (*key, field): value
        for key, record in found.items()
        for field, value in record.items()
        if (field in only if only else field not in QUOTIENTS)
    }


@pytest.mark.slow
@pytest.mark.server("influxdb")
@pytest.mark.parametrize("order", ["oldest", "newest"])
async def test_a_store_killed_in_mid_stream_and_brought_back_misses_nothing_and_doubles_nothing(
    journal: FakeJournal, order: str
) -> None:
    with InfluxDB() as server:
        server.create_database("linkledger")
        journal.cursors["central"] = 0
        journal.commit(outcomes(4_000))
        async with feeding(settings(server.url, "v1", order=order), journal, batch=100) as worker:
            await until(lambda: worker.statistics().sent_total > 1_000, TURNS)
            server.stop(signal.SIGKILL)
            journal.commit(outcomes(500, seed=8, start_ms=1_768_000_000_000))
            await until(lambda: worker.statistics().state is State.RETRYING, TURNS)
            assert worker.statistics().failure.startswith("not reached: ")
            await asyncio.to_thread(server.start)
            await done(worker)
        assert held_by_influxdb(server, "linkledger", "linkledger_round") == expected_rounds(journal.rows)


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_a_store_that_freezes_is_timed_out_and_fed_again_when_it_thaws(journal: FakeJournal) -> None:
    with InfluxDB() as server:
        server.create_database("linkledger")
        journal.commit(outcomes(1_000))
        configured = settings(server.url, "v1", timeout="250ms")
        async with feeding(configured, journal, batch=100) as worker:
            await until(lambda: worker.statistics().sent_total > 200, TURNS)
            server.pause()
            await until(lambda: worker.statistics().state is State.RETRYING, TURNS)
            assert worker.statistics().failure == "no answer within 250ms"
            server.resume()
            await done(worker)
        assert held_by_influxdb(server, "linkledger", "linkledger_round") == expected_rounds(journal.rows)


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_a_daemon_cut_off_between_two_places_sends_again_and_doubles_nothing(
    influxdb: InfluxDB, journal: FakeJournal
) -> None:
    influxdb.create_database("cut")
    configured = settings(influxdb.url, "v1", bucket="cut")
    journal.commit(outcomes(2_000))
    async with feeding(configured, journal, batch=100) as worker:
        await until(lambda: worker.statistics().sent_total > 500, TURNS)
    journal.cursors["central"] //= 2
    journal.cursors["central/filled"] = journal.cursors["central/head"] = journal.cursors["central"]
    async with feeding(configured, journal, batch=100) as worker:
        await done(worker)
    assert held_by_influxdb(influxdb, "cut", "linkledger_round") == expected_rounds(journal.rows)


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_a_missing_database_holds_until_it_is_created(influxdb: InfluxDB, journal: FakeJournal) -> None:
    configured = settings(influxdb.url, "v1", bucket="later")
    journal.commit(outcomes(10))
    async with feeding(configured, journal) as worker:
        await until(lambda: worker.statistics().state is State.HELD, TURNS)
        assert 'run `CREATE DATABASE "later"`' in worker.statistics().failure
        assert journal.cursors["central"] == 0
    influxdb.create_database("later")
    async with feeding(configured, journal) as worker:
        await done(worker)
    assert held_by_influxdb(influxdb, "later", "linkledger_round") == expected_rounds(journal.rows)


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_credentials_are_asked_for_taken_and_refused(journal: FakeJournal) -> None:
    journal.commit(outcomes(10))
    with InfluxDB(admin=("ada", "right")) as server:
        server.create_database("linkledger")
        wrong = settings(server.url, "v1", username="ada", password="wrong")
        async with feeding(wrong, journal) as worker:
            await until(lambda: worker.statistics().state is State.HELD, TURNS)
            assert "check its `username` and `password`" in worker.statistics().failure
        async with feeding(settings(server.url, "v1", username="ada", password="right"), journal) as worker:
            await done(worker)
        assert held_by_influxdb(server, "linkledger", "linkledger_round") == expected_rounds(journal.rows)


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_a_field_of_another_type_in_the_store_is_counted_as_the_store_counts_it(
    influxdb: InfluxDB, journal: FakeJournal
) -> None:
    influxdb.create_database("conflict")
    rows = [LogRow(seq, SERIES[0].id, outcome) for seq, outcome in enumerate(outcomes(5), 1)]
    clash = b"linkledger_round,host=other sent=1.5 %d" % (1_767_225_600_000 * 10**6)
    output = Influxdb("central", settings(influxdb.url, "v1", bucket="conflict"), SystemClock())
    try:
        assert (await output.send([clash])).do is Do.ACCEPT
        lines = [line for row in rows for line in output.encode(row, SERIES[0], 1)]
        good = b"linkledger_other value=1i 1"
        action = await output.send([*lines, good])
    finally:
        await output.aclose()
    assert action.do is Do.REJECT
    assert action.rejected == sum(line.startswith(b"linkledger_round") for line in lines)
    # The store answers as soon as one of its shards refuses; the others may still be writing.
    kept = influxdb.wait_until(lambda: influxdb.rows("conflict", "SELECT * FROM linkledger_other"))
    assert kept == [{"time": 1, "value": 1}]


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_a_poison_line_stands_alone_in_the_end_and_all_others_are_there(
    influxdb: InfluxDB, journal: FakeJournal
) -> None:
    class Spoilt(Influxdb):
        def encode(self, row: LogRow, series: object, status: int) -> list[bytes]:
            lines = list(super().encode(row, SERIES[row.series - 1], status))
            return [b"linkledger_round sent=", *lines[1:]] if row.seq == 333 else lines

    influxdb.create_database("poison")
    journal.commit(outcomes(1_000))
    clock = SystemClock()
    output = Spoilt("central", settings(influxdb.url, "v1", bucket="poison"), clock)
    worker = OutputWorker(output, journal, clock, status, batch_rounds=1_000)
    task = asyncio.create_task(worker.run())
    await done(worker)
    await worker.drain(clock.now().plus(3 * 10**9))
    await task
    good = [row for row in journal.rows if row.seq != 333]
    assert held_by_influxdb(influxdb, "poison", "linkledger_round") == expected_rounds(good)
    assert [(gap.first_seq, gap.last_seq, gap.rounds) for gap in journal.gaps] == [(333, 333, 1)]
    assert "unable to parse" in journal.gaps[0].why
    assert worker.statistics().rejected_total == 1
