"""What the daemon derives reaches the store: every outage that ended, and the running period's figures."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from collector.ledger.reader import SqliteReader
from tests.e2e.daemon import Daemon, circuit, site
from tests.servers.influxdb import InfluxDB
from tests.servers.processes import free_port

CONTRACT = {
    "carrier": "acme",
    "effective": "2020-01-01",
    "timezone": "UTC",
    "currency": "EUR",
    "period": "calendar_month",
    "denominator": "elapsed",
    "outage": {
        "down": {"loss_at_least": "100%", "for": "2s"},
        "clock": {"start": "measured", "end": "restored"},
        "across_periods": "split",
    },
    "unknown": {"policy": "exclude"},
    "objectives": {"availability": {"target": ">= 99.9%"}},
}
Ended = tuple[str, str, int, int, str]


class Service:
    """A TCP port of loopback that answers while it is open, and refuses else."""

    def __init__(self) -> None:
        self.port = free_port()
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Answer; what connects is left in the queue."""
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=1_024)

    def close(self) -> None:
        """Refuse."""
        if self._socket is not None:
            self._socket.close()


def kept(daemon: Daemon) -> list[Ended]:
    """The ended outages of the ledger, by end."""
    with SqliteReader(daemon.ledger) as reader:
        found = [
            (one.site, one.circuit, one.start_ms, one.end_ms, one.cause)
            for one in reader.outages()
            if one.end_ms is not None
        ]
    return sorted(found, key=lambda one: one[3])


def stored(store: InfluxDB) -> list[Ended]:
    """The outages of the store, by end."""
    return [
        (
            row["site"],
            row["circuit"],
            round(row["start_seconds"] * 1_000),
            round((row["start_seconds"] + row["duration_seconds"]) * 1_000),
            row["cause"],
        )
        for row in store.rows("linkledger", "SELECT * FROM linkledger_outage GROUP BY *")
    ]


def figures(store: InfluxDB) -> set[int]:
    """When the store's SLA figures of the circuit were computed, in ms."""
    rows = store.rows("linkledger", "SELECT violations FROM linkledger_sla GROUP BY *")
    assert all(row["contract"] == "gold" for row in rows)
    return {row["time"] // 1_000_000 for row in rows}


@pytest.mark.slow
@pytest.mark.server("influxdb")
def test_the_store_has_each_ended_outage_once_and_the_figures_over_two_kills(tmp_path: Path) -> None:
    service = Service()
    probe = {"tcp": f"127.0.0.1:{service.port}", "every": "1s", "timeout": "500ms", "proves": "service"}
    with InfluxDB() as store:
        store.create_database("linkledger")
        config = {
            **site(),
            "circuits": {"lon-acme": circuit(probe, contract="gold")},
            "contracts": {"gold": CONTRACT},
            "outputs": {"influxdb": {"central": {"url": store.url, "api": "v1"}}},
        }
        daemon = Daemon(tmp_path, config)
        with daemon:
            service.open()
            daemon.until_status("lon-acme", "up")
            service.close()
            daemon.until_status("lon-acme", "down")
            daemon.kill()  # in the middle of an outage
        with daemon:
            daemon.until_status("lon-acme", "down")
            service.open()
            daemon.until_status("lon-acme", "up")
            service.close()
            daemon.until_status("lon-acme", "down")
            service.open()
            daemon.until(lambda: len(kept(daemon)) >= 2, "the outages are stored")
            daemon.kill()  # perhaps before they were sent
        with daemon:
            daemon.until(lambda: stored(store) == kept(daemon), "the store has every outage")
            daemon.until(lambda: len(figures(store)) > 0, "the store has figures")
            daemon.stop()
        service.close()
        assert len(stored(store)) >= 2
        assert stored(store) == kept(daemon)
        with SqliteReader(daemon.ledger) as reader:
            (newest,) = reader.figures()
        assert newest.computed_ms in figures(store)
