"""`linkledger output rewind` on a running daemon: a lost database is filled again, packed hours too."""

from __future__ import annotations

import json
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from collector.ledger.ledger import Ledger
from collector.ledger.store import move_cursor
from probes.clock import SystemClock
from tests.collector.ledgers import HOUR_MS, PATIENCE, hour_of_rounds, key
from tests.e2e.copies import stored, told
from tests.e2e.daemon import Daemon, circuit, quick, site
from tests.servers.influxdb import InfluxDB

CIRCUITS = 6


def measured_before(path: Path) -> None:
    """Two packed hours of a former life of the host."""
    clock = SystemClock()
    begin_ms = (clock.now().wall_ms // HOUR_MS - 4) * HOUR_MS
    with Ledger.open(path, clock=clock, commit_every_ms=20) as ledger:
        ledger.open_epoch(clock.now(), boot_id="", synchronised=True, why="start")
        for number in range(CIRCUITS):
            series = ledger.series(key(f"former-{number}", site="lab"))
            for hour in range(2):
                ledger.append(hour_of_rounds(series, begin_ms + hour * HOUR_MS, seed=number))
        ledger.append((), {"lab": begin_ms + 2 * HOUR_MS + 60_000})

        def taken(connection: Connection) -> None:
            """All of it was sent by then."""
            for name in ("central", "central/filled", "central/head"):
                move_cursor(connection, name, CIRCUITS * 720)

        ledger.write(taken).result(PATIENCE)
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert not reader.scan(0, 1), "all is packed"


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("influxdb")
def test_a_rewind_fills_an_empty_store_with_all_that_the_ledger_holds_over_a_kill(tmp_path: Path) -> None:
    measured_before(tmp_path / "ledger.db")
    with InfluxDB() as store:
        store.create_database("linkledger")
        outputs = {"influxdb": {"central": {"url": store.url, "api": "v1", "batch_rounds": 50}}}
        circuits = {"live": circuit(quick("127.1.0.1"))}
        daemon = Daemon(tmp_path, {**site(), "circuits": circuits, "outputs": outputs})

        def sent() -> float:
            return daemon.metric("linkledger_output_sent_total") or 0.0

        def output() -> Any:  # noqa: ANN401 - JSON
            (one,) = json.loads(daemon.command("output", "list", "--json"))
            return one

        with daemon:
            daemon.until(lambda: sent() >= 2, "the present is sent")
            daemon.until(lambda: bool(output()["state"]), "a sign of life tells of the output")
            assert {one.circuit for one in stored(store)} == {"live"}
            said = daemon.command("output", "rewind", "central", "--to", "1d")
            assert f"{CIRCUITS * 720:,} packed rounds" in said
            assert "the daemon begins with its next batch" in said
            daemon.until(lambda: sent() >= 500, "the rewind is on its way")
            daemon.kill()
        with daemon:
            daemon.until(lambda: not (output()["again"] or output()["rewind_to"]), "the rewind is done")
            daemon.until_ready()
            daemon.stop()
        assert stored(store) == told(daemon.export())
        assert len(stored(store)) > CIRCUITS * 720
