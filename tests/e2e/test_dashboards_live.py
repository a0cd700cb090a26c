"""Every dashboard over what two real daemons said in half a minute: one circuit of theirs breaks.

tests/e2e/test_dashboards.py asks every query of two made-up hours in which everything happens. Here
nothing is made up: Prometheus scrapes the daemons, they push to InfluxDB, and whatever stays silent is
named with its reason. Two hosts measure each circuit, and no figure may be there twice for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.collector.dashboards.grafana import (
    Json,
    chosen,
    dashboards,
    influxql,
    panels,
    promql,
    read,
    text_of,
)
from tests.e2e.daemon import Daemon, circuit, icmp, site
from tests.e2e.test_contract_money import GOLD
from tests.e2e.test_dashboards import answered
from tests.e2e.test_derived_sent import Service
from tests.servers.influxdb import InfluxDB
from tests.servers.processes import http_json
from tests.servers.prometheus import Prometheus
from tests.servers.snmpd import COMMUNITY, Snmpd

pytestmark = [
    pytest.mark.slow,
    pytest.mark.root,
    pytest.mark.server("prometheus"),
    pytest.mark.server("influxdb"),
    pytest.mark.server("snmpd"),
]

SHOWN_SECONDS = 60
CHOSEN = {"circuit": "lon-acme"}
NOT_IN_THE_CONTRACT = ("RTT", "Loss", "Jitter", "MOS", "Time to repair", "Utilisation")
SILENT = {
    "Certificate": "nothing here speaks TLS",
    "Certificate: time left": "nothing here speaks TLS",
    "Certificate: days left": "nothing here speaks TLS",
    "Unknown rounds by host": "every round says something",
    "? Unknown": "every round says something",
    **{f"{what} so far": "not in the contract" for what in NOT_IN_THE_CONTRACT},
}
"""Panels, and why they have nothing to say of this half minute."""
FIRING = 'count(linkledger_sla_violation{circuit="lon-acme"} == 1) == 2'


@dataclass
class Filled:
    """Two stores of one half minute, which ended at `end_seconds`."""

    prometheus: str
    influxdb: InfluxDB
    end_seconds: float

    def asked(self, text: str, *, instant: bool) -> list[Any]:
        """What Prometheus answers."""
        if instant:
            found = http_json(
                f"{self.prometheus}/api/v1/query", {"query": text, "time": str(self.end_seconds)}
            )
        else:
            begin = self.end_seconds - SHOWN_SECONDS
            span = {"start": str(begin), "end": str(self.end_seconds), "step": "1"}
            found = http_json(f"{self.prometheus}/api/v1/query_range", {"query": text, **span})
        result: list[Any] = found["data"]["result"]
        return result


class Both(Prometheus):
    """Scrapes two hosts."""

    def __init__(self, *ports: int) -> None:
        super().__init__("http://127.0.0.1/metrics", interval="500ms")
        hosts = {
            "job_name": "linkledger",
            "static_configs": [{"targets": [f"127.0.0.1:{port}" for port in ports]}],
        }
        self._config["scrape_configs"] = [hosts]


def estate(service: int, agent: int, store: str) -> Json:
    """A circuit with every kind of probe that loopback answers, and one beside it."""
    broken = {
        "far": {"tcp": f"127.0.0.1:{service}", "every": "1s", "timeout": "500ms", "proves": "service"},
        "pe": icmp("127.0.0.1"),
        "web": {"http": f"{store}/ping", "every": "1s", "timeout": "500ms"},
        "cpe": {"snmp": f"127.0.0.1:{agent}", "credentials": "core", "interface": "lo", "every": "1s"},
    }
    return {
        **site(),
        "credentials": {"core": {"version": "2c", "community": COMMUNITY}},
        "outputs": {"influxdb": {"central": {"url": store, "api": "v1"}}},
        "contracts": {"gold": GOLD},
        "circuits": {
            "lon-acme": {
                **circuit(broken["far"], contract="gold", monthly_charge="1200.00 EUR", service="dia"),
                "probes": broken,
                "judged_by": {"availability": ["far"], "rtt": ["pe"], "loss": ["pe"], "jitter": ["pe"]},
                "carrier_id": "IZXX/123456/LON",
            },
            "lon-beta": circuit(icmp("127.0.0.1"), "beta"),
        },
    }


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A circuit breaks and comes back, and breaks again."""
    service, folders = Service(), [tmp_path_factory.mktemp("edge") for _ in range(2)]
    with InfluxDB() as influxdb, Snmpd() as agent:
        influxdb.create_database("linkledger")
        config = estate(service.port, agent.port, influxdb.url)
        one, other = (Daemon(folder, config, module="tests.e2e.restless") for folder in folders)
        service.open()
        with one, other, Both(one.port, other.port) as prometheus:
            for each in (0, 1):
                prometheus.wait_for('count(linkledger_circuit_up{circuit="lon-acme"} == 1) == 2')
                service.close()
                prometheus.wait_for('count(linkledger_circuit_up{circuit="lon-acme"} == 0) == 2')
                if not each:
                    service.open()
            prometheus.wait_for(FIRING)
            prometheus.wait_for("count(linkledger_claim_deadline_timestamp_seconds) >= 2")
            prometheus.wait_for("count(linkledger_interface_receive_utilisation_ratio) == 2")
            for wanted in ('"linkledger_outage"', '"linkledger_sla" WHERE "violations" > 0'):
                rows = f"SELECT * FROM {wanted}"
                one.until(lambda rows=rows: bool(influxdb.rows("linkledger", rows)), rows)  # type: ignore[misc]
            (now,) = prometheus.query("vector(time())")
            yield Filled(prometheus.url, influxdb, float(now["value"][0]))


def quick(text: str) -> str:
    """A query with macros for a scrape of half a second."""
    values = [("[240s]", "[10s]"), (":60s]", ":1s]"), ("60000", "1000"), ("time(60s)", "time(2s)")]
    for slow, fast in values:
        text = text.replace(slow, fast)
    return text


def test_every_panel_answers_of_what_prometheus_scraped(filled: Filled) -> None:
    silent = set()
    for path in dashboards("promql"):
        board = read(path)
        values = chosen(board, CHOSEN)
        for panel in panels(board):
            texts = [(quick(promql(text_of(one), values, SHOWN_SECONDS)), one) for one in panel["targets"]]
            if not any(filled.asked(text, instant=one["instant"]) for text, one in texts):
                silent.add(panel["title"])
    assert silent - SILENT.keys() == set()


def test_every_panel_answers_of_what_influxdb_got(filled: Filled) -> None:
    silent, end_ms = set(), round(filled.end_seconds * 1000)
    for path in dashboards("influxql"):
        board = read(path)
        values = chosen(board, CHOSEN)
        for panel in panels(board):
            texts = [
                quick(influxql(text_of(one), values, end_ms - SHOWN_SECONDS * 1000, end_ms))
                for one in panel["targets"]
            ]
            if not any(answered(filled.influxdb.rows("linkledger", text)) for text in texts):
                silent.add(panel["title"])
    assert silent - SILENT.keys() == set()


@pytest.mark.parametrize(
    ("board", "title", "value"),
    [
        ("estate", "▼ Down", 1),
        ("estate", "? Unknown", 0),
        ("estate", "▲ Up", 1),
        ("estate", "Outages without a ticket", 1),
        ("estate", "Broken promises", 1),
        ("claims", "Credits so far", 120),
        ("carrier", "Broken promises", 1),
    ],
)
def test_what_two_hosts_see_is_counted_once(board: str, title: str, value: float, filled: Filled) -> None:
    (path,) = [one for one in dashboards("promql") if one.stem == board]
    shown = read(path)
    panel = next(one for one in panels(shown) if one["title"] == title)
    text = quick(promql(text_of(panel["targets"][0]), chosen(shown, CHOSEN), SHOWN_SECONDS))
    (series,) = filled.asked(text, instant=True)
    assert float(series["value"][1]) == value
