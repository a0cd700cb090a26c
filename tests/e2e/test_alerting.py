"""A cut in the lab, through a real Prometheus and Alertmanager with our rules: one notice, and its end.

The rules are those of `linkledger rules`, made with `hasten`: each condition must hold for a thirtieth of
its time. The routes are as they are written but for how long Alertmanager collects.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from collector.rules import routing
from collector.rules.facts import Facts, facts_of
from collector.rules.files import RULES, TEMPLATES, written
from config.load import load
from tests.e2e.daemon import Daemon, circuit, icmp, site
from tests.lab import Lab
from tests.servers.alertmanager import Alertmanager
from tests.servers.prometheus import Prometheus

HASTEN = 30
PAGE = "https://ledger.example"
BEHIND = {"acme": "203.0.113.0/24", "beta": "198.51.100.0/24"}


@contextmanager
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook's end: its URL, and what Alertmanager posted, in order."""
    posted: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append({"path": self.path, **json.loads(body)})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", posted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def routes(facts: Facts, url: str) -> dict[str, Any]:
    """Our routes in a hurry, to a receiver that is there."""
    document = routing.document(facts)
    for one in document["receivers"]:
        one["webhook_configs"] = [{"url": f"{url}{one['name']}", "send_resolved": True}]
    document["route"] |= {"group_wait": "2s", "group_interval": "4s"}
    return document


def alert(name: str, *, over: bool = False, **labels: str) -> dict[str, Any]:
    """As Prometheus posts it."""
    ends = {"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-01T00:01:00Z"} if over else {}
    named = {"alertname": f"Linkledger{name}", "severity": "critical", **labels}
    return {"labels": named, "annotations": {"summary": name}, **ends}


def site_down(site: str, *, over: bool = False) -> list[dict[str, Any]]:
    """Each of the twenty circuits of a site."""
    return [
        alert("CircuitDown", over=over, site=site, carrier="acme", circuit=f"{site}-{number}")
        for number in range(20)
    ]


@pytest.mark.slow
@pytest.mark.server("prometheus-alertmanager")
def test_a_site_is_one_notice_and_what_nobody_can_see_any_more_is_never_told_as_over() -> None:
    with receiver() as (url, posted):
        document = routes(Facts(), url)
        document["route"] |= {"group_wait": "1s", "group_interval": "1s"}
        with Alertmanager(document, {TEMPLATES: written(Facts())[TEMPLATES]}) as alertmanager:
            alertmanager.post(site_down("lon") + site_down("nyc"))
            alertmanager.wait_until(lambda: len(posted) == 2)
            # a site that goes down as one says so alone, and the host that saw the other is gone
            alertmanager.post([alert("SiteDown", site="lon"), alert("NoData", site="nyc")])
            alertmanager.wait_until(lambda: len(posted) == 4)
            alertmanager.post(site_down("nyc", over=True) + site_down("lon", over=True))
            alertmanager.post([alert("CircuitDown", site="par", carrier="acme", circuit="par-1")])
            alertmanager.wait_until(lambda: any(one["groupLabels"]["site"] == "par" for one in posted))
    told = [
        (one["groupLabels"]["alertname"], one["groupLabels"]["site"], len(one["alerts"])) for one in posted
    ]
    assert sorted(told[:2]) == [("LinkledgerCircuitDown", "lon", 20), ("LinkledgerCircuitDown", "nyc", 20)]
    assert sorted(told[2:4]) == [("LinkledgerNoData", "nyc", 1), ("LinkledgerSiteDown", "lon", 1)]
    assert told[4:] == [("LinkledgerCircuitDown", "par", 1)]
    assert {one["status"] for one in posted} == {"firing"}


def two_carriers(gateway: str) -> dict[str, Any]:
    """A site with a circuit of each, and its own gateway as witness."""
    return {
        **site({"icmp": gateway, "owner": "ours"}),
        "carriers": {
            "acme": {"name": "Acme", "account": "4711", "noc": {"phone": "+44 20 7946 0000"}},
            "beta": {"name": "Beta Net"},
        },
        "web": {"url": PAGE},
        "circuits": {
            "lon-acme": circuit(icmp("203.0.113.7"), carrier_id="IZXX/123456/LON"),
            "lon-beta": circuit(icmp("198.51.100.7"), "beta"),
        },
    }


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("prometheus")
@pytest.mark.server("prometheus-alertmanager")
def test_a_cut_of_all_circuits_of_a_site_is_one_notice_and_its_end_another(tmp_path: Path) -> None:
    with Lab() as lab:
        edge, gateway, far = lab.host("edge"), lab.router("gw"), lab.host("far")
        cable = lab.link(edge, gateway)
        line = lab.wan("duct", gateway, far, delay_ms=1)
        edge.route("default", cable)
        far.route("default", line)
        for network in BEHIND.values():
            gateway.route(network, line)
            far.answer(network)
        config = two_carriers(cable.addresses[1])
        with edge.enter(), receiver() as (url, posted):
            daemon = Daemon(tmp_path, config)
            settings = load(daemon.config).settings
            facts = facts_of(settings)
            files = written(facts, hasten=HASTEN)
            (tmp_path / RULES).write_text(files[RULES])
            with (
                daemon,
                Alertmanager(routes(facts, url), {TEMPLATES: files[TEMPLATES]}) as alertmanager,
                Prometheus(
                    f"http://127.0.0.1:{daemon.port}/metrics",
                    interval="1s",
                    rule_files=[tmp_path / RULES],
                    alertmanager=alertmanager.url,
                ) as prometheus,
            ):
                daemon.until_status("lon-acme", "up")
                daemon.until_status("lon-beta", "up")
                prometheus.wait_for("count(linkledger_circuit_up == 1) == 2")
                line.cut()
                daemon.until(lambda: bool(posted), "the cut is told")
                firing = 'ALERTS{alertname="LinkledgerCircuitDown", alertstate="firing"}'
                prometheus.wait_for(f"count({firing}) == 2")  # each is there, and says nothing
                down = {
                    one["labels"]["circuit"]: one
                    for one in alertmanager.alerts()
                    if "circuit" in one["labels"]
                }
                line.restore()
                daemon.until(lambda: posted[-1]["status"] == "resolved", "its end is told")
                prometheus.wait_for("count(linkledger_circuit_up == 1) == 2")
    assert [one["status"] for one in posted] == ["firing", "resolved"]
    told, over = posted
    assert told["path"] == over["path"] == "/on-call"
    (alert,) = told["alerts"]
    assert alert["labels"] == {"alertname": "LinkledgerSiteDown", "severity": "critical", "site": "lab"}
    assert (
        "lon-acme [IZXX/123456/LON] (acme, call +44 20 7946 0000): timeout"
        in alert["annotations"]["description"]
    )
    assert alert["annotations"]["ticket"].count("Please open a trouble ticket.") == 2
    is_a_circuits_alert(down["lon-acme"])


def is_a_circuits_alert(alert: dict[str, Any]) -> None:
    """It is silenced by its site's, and carries all that the person with the telephone needs."""
    assert alert["status"]["state"] == "suppressed"
    assert alert["labels"].keys() == {"alertname", "severity", "site", "carrier", "circuit"}
    said = alert["annotations"]
    assert (said["carrier_id"], said["account"]) == ("IZXX/123456/LON", "4711")
    assert said["noc_phone"] == "+44 20 7946 0000"
    assert not said["portal"]
    assert said["cause"].startswith("timeout")
    assert said["ruled_out"].endswith("answered")
    assert said["page"] == f"{PAGE}/outages/lon-acme/{said['since']}"
    assert f"Down since (UTC): {said['since']}\n" in said["ticket"]
    assert said["runbook_url"].endswith("#linkledgercircuitdown")
