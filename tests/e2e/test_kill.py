"""kill -9 takes the rounds in flight and the last second's, and nothing that was ever shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.copies import round_key, stored, told
from tests.e2e.daemon import Daemon, circuit, icmp, site
from tests.servers.influxdb import InfluxDB

KILLS = 10
CIRCUITS = 40


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("influxdb")
def test_what_was_shown_survives_ten_kills_and_the_store_equals_the_ledger(tmp_path: Path) -> None:
    circuits = {
        f"c-{n}": circuit(icmp(f"127.1.0.{n}", every="500ms", packets=5, timeout="200ms"))
        for n in range(1, CIRCUITS + 1)
    }
    with InfluxDB() as store:
        store.create_database("linkledger")
        outputs = {"influxdb": {"central": {"url": store.url, "api": "v1"}}}
        daemon = Daemon(tmp_path, {**site(), "circuits": circuits, "outputs": outputs})
        shown: dict[tuple[str, ...], dict[str, str]] = {}
        since: set[tuple[str, str]] = set()
        for _ in range(KILLS):
            with daemon:
                known = len(shown)
                daemon.until(lambda: daemon.total("linkledger_circuit_up") == CIRCUITS, "each is up")
                status = json.loads(daemon.command("status", "--json"))
                since |= {
                    (one["circuit"], one["since"]) for one in status["circuits"] if one["status"] == "up"
                }
                shown |= {round_key(row): row for row in daemon.export()}
                assert len(shown) > known
                daemon.kill()
        with daemon:
            daemon.until(lambda: daemon.metric("linkledger_output_lag_rounds") == 0, "the store caught up")
            daemon.stop()
        kept = {round_key(row): row for row in daemon.export()}
        assert shown.items() <= kept.items()
        assert since
        assert since <= {(row["circuit"], row["at"]) for row in kept.values()}
        assert stored(store) == told(kept.values())
