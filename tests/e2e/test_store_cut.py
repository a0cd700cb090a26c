"""A store that goes away and comes back misses nothing and holds nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.copies import stored, told
from tests.e2e.daemon import Daemon, circuit, icmp, site
from tests.servers.influxdb import InfluxDB

CIRCUITS = 20
ROUNDS_APART = 5
"""Seconds of the cut, in rounds of each circuit."""

Deed = Callable[[InfluxDB], None]


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("influxdb")
@pytest.mark.parametrize(
    ("cut", "restore"),
    [(InfluxDB.stop, InfluxDB.start), (InfluxDB.pause, InfluxDB.resume)],
    ids=["refuses", "hangs"],
)
def test_a_cut_of_the_store_loses_nothing_and_doubles_nothing(
    tmp_path: Path, cut: Deed, restore: Deed
) -> None:
    circuits = {f"c-{n}": circuit(icmp(f"127.1.0.{n}", packets=5)) for n in range(1, CIRCUITS + 1)}
    with InfluxDB() as store:
        store.create_database("linkledger")
        outputs = {"influxdb": {"central": {"url": store.url, "api": "v1", "timeout": "1s"}}}
        with Daemon(tmp_path, {**site(), "circuits": circuits, "outputs": outputs}) as daemon:

            def sent() -> float:
                return daemon.metric("linkledger_output_sent_total") or 0.0

            def lag() -> float:
                return daemon.metric("linkledger_output_lag_rounds") or 0.0

            daemon.until(lambda: sent() >= CIRCUITS, "the store takes rounds")
            cut(store)
            daemon.until(lambda: lag() >= ROUNDS_APART * CIRCUITS, "the lag shows the cut")
            restore(store)
            daemon.until(lambda: lag() < CIRCUITS, "the store caught up")
            assert daemon.metric("linkledger_output_gap_rounds_total") == 0
            daemon.stop()
            assert stored(store) == told(daemon.export())
