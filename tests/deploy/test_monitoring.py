"""The files for Prometheus and Alertmanager, judged by their own tools; a real Prometheus that scrapes us."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from collector.notices.notice import Notice
from collector.outputs.wording import labels
from tests.clock import FakeClock
from tests.collector.dashboards.grafana import dashboards, panels, promql, read
from tests.collector.notices import began, breached
from tests.collector.web.estate import Estate
from tests.deploy.machine import ROOT
from tests.e2e.daemon import Daemon, circuit, icmp, site
from tests.servers.processes import free_port, http_json
from tests.servers.prometheus import Prometheus, check_rules, run_rule_tests

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "linkledger.rules.yml"
NAME = re.compile(r"\blinkledger_\w+")


def own_queries() -> Iterator[str]:
    """What the dashboard of linkledger itself asks; all are run in tests/e2e/test_dashboards.py."""
    (path,) = [one for one in dashboards("promql") if one.stem == "itself"]
    for panel in panels(read(path)):
        for target in panel["targets"]:
            if "last_success" not in target["expr"]:  # the store of this test is gone
                yield promql(target["expr"], {"job": ".+", "instance": ".+"}, 60).replace("[240s]", "[5s]")


class Ours(Prometheus):
    """Debian's Prometheus with our own file; only addresses and intervals are the test's."""

    def __init__(self, daemon_port: int) -> None:
        super().__init__("http://unused")
        text = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
        for theirs, here in (("linkledger:9850", daemon_port), ("localhost:9090", self.port)):
            text = text.replace(theirs, f"127.0.0.1:{here}")
        self._config = yaml.safe_load(text.replace("15s", "500ms"))
        shutil.copy(RULES, self.folder)


@pytest.mark.server("prometheus")
def test_promtool_finds_nothing_wrong() -> None:
    words = ["promtool", "check", "config", str(DEPLOY / "prometheus" / "prometheus.yml")]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    assert check_rules(RULES) == []


@pytest.mark.server("prometheus")
def test_the_words_of_an_alert_are_right() -> None:
    assert run_rule_tests([Path(__file__).parent / "linkledger.rules.test.yml"]) == []


@pytest.mark.parametrize("notice", [began(), breached()], ids=lambda notice: notice.event)
def test_an_alert_has_the_labels_that_the_direct_output_gives_it(notice: Notice) -> None:
    rules = yaml.safe_load((Path(__file__).parent / "linkledger.rules.test.yml").read_text())
    direct = labels(notice, {})
    name, severity = direct.pop("alertname"), direct.pop("severity")
    expected = [
        alert["exp_labels"]
        for case in rules["tests"]
        for test in case["alert_rule_test"]
        if test["alertname"] == name
        for alert in test["exp_alerts"]
    ]
    assert expected
    assert all(one.keys() == {"severity", *direct} and one["severity"] == severity for one in expected)


@pytest.mark.server("prometheus-alertmanager")
def test_amtool_finds_nothing_wrong() -> None:
    words = ["amtool", "check-config", str(DEPLOY / "alertmanager" / "alertmanager.yml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_metric_that_is_asked_for_is_one_of_ours() -> None:
    ours = set(re.findall(r"^# TYPE (\w+)", Estate(FakeClock()).text(), re.MULTILINE))
    asked = [rule["expr"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    names = {name.removesuffix("_bucket") for expr in asked for name in NAME.findall(expr)}
    assert sorted(names - ours) == []


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("prometheus")
def test_a_real_prometheus_that_scrapes_us_takes_our_rules_and_shows_how_we_are(tmp_path: Path) -> None:
    store = {"url": f"http://127.0.0.1:{free_port()}", "api": "v1"}
    config = {
        **site(),
        "circuits": {"near": circuit(icmp("127.0.0.1"))},
        "outputs": {"influxdb": {"gone": store}},
    }
    with Daemon(tmp_path, config) as daemon, Ours(daemon.port) as prometheus:
        for query in own_queries():
            assert prometheus.wait_for(query), query
        groups = http_json(f"{prometheus.url}/api/v1/rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == len(re.findall("- (?:alert|record):", RULES.read_text()))
    assert {rule["health"] for rule in rules} <= {"ok", "unknown"}  # unknown: not evaluated yet
