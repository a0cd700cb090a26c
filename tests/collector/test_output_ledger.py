"""The whole chain: a ledger's file, its cursor, the worker and a real store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collector.feeding import LedgerJournal
from collector.ledger.ledger import Ledger
from collector.outputs.base import OutputWorker
from collector.outputs.influxdb import Influxdb
from config.outputs import InfluxdbOutput
from probes.clock import NS_PER_SECOND, SystemClock
from probes.model import Outcome
from tests.collector.fakes import until
from tests.collector.records import SERIES, expected_rounds, outcomes, status
from tests.collector.test_output_stores import TURNS, held_by_influxdb
from tests.servers.influxdb import InfluxDB

CLOCK = SystemClock()


async def feed(ledger: Ledger, url: str, fresh: list[Outcome]) -> None:
    """Append while the output runs, then drain it as a stop does."""
    journal = LedgerJournal(ledger)
    configured = InfluxdbOutput(url=url, api="v1")
    worker = OutputWorker(Influxdb("central", configured, CLOCK), journal, CLOCK, status, batch_rounds=200)
    task = asyncio.create_task(worker.run())
    before = ledger.statistics().last_seq
    for first in range(0, len(fresh), 300):
        ledger.append(fresh[first : first + 300])
        await until(lambda: ledger.statistics().last_seq == before + min(first + 300, len(fresh)), TURNS)  # noqa: B023
    await worker.drain(CLOCK.now().plus(30 * NS_PER_SECOND))
    await task
    assert worker.statistics().lag_rounds == 0
    journal.reader.close()


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_the_store_holds_what_the_ledger_holds_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with InfluxDB() as server:
        server.create_database("linkledger")
        for begin in (0, 900):
            with Ledger.open(path, clock=CLOCK, commit_every_ms=20, reserve_bytes=0) as ledger:
                assert [ledger.series(series.key) for series in SERIES] == [series.id for series in SERIES]
                ledger.open_epoch(CLOCK.now(), boot_id="boot", synchronised=True, why="start")
                await feed(ledger, server.url, outcomes(1_800)[begin : begin + 900])
                with ledger.reader() as reader:
                    cursor, rows = reader.cursor("central"), reader.scan(0, 10_000)
        assert cursor is not None
        assert cursor.seq == len(rows) == 1_800
        assert held_by_influxdb(server, "linkledger", "linkledger_round") == expected_rounds(rows)
