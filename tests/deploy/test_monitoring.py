"""The files for Prometheus, Alertmanager and Grafana, judged by their own tools and a real Prometheus."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.notices.notice import Notice
from collector.outputs.wording import labels
from tests.collector.notices import began, breached
from tests.deploy.machine import ROOT
from tests.e2e.daemon import Daemon, circuit, icmp, site
from tests.servers.processes import free_port, http_json
from tests.servers.prometheus import Prometheus, check_rules, run_rule_tests

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "linkledger.rules.yml"
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
NAME = re.compile(r"\blinkledger_\w+")


def panels(dashboard: Path) -> Iterator[dict[str, Any]]:
    """The panels of a dashboard."""
    yield from json.loads(dashboard.read_text())["panels"]


def queries(dashboard: Path) -> Iterator[str]:
    """What its panels ask, with Grafana's variables as it would fill them in."""
    for panel in panels(dashboard):
        for target in panel["targets"]:
            filled = re.sub(r'"\$\w+"', '".*"', target["expr"])
            yield filled.replace("$__rate_interval", "5s")


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
def test_every_alert_fires_when_it_should_and_not_before() -> None:
    rules = Path(__file__).parent / "linkledger.rules.test.yml"
    alerts = set(re.findall(r"alert: (\w+)", RULES.read_text()))
    assert alerts == set(re.findall(r"alertname: (\w+)", rules.read_text()))
    assert run_rule_tests(rules) == []


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


@pytest.mark.parametrize("file", [RULES, *DASHBOARDS], ids=lambda path: path.name)
def test_every_metric_that_is_asked_for_is_one_of_ours(file: Path) -> None:
    source = "".join(path.read_text() for path in (ROOT / "collector" / "web").glob("*.py"))
    names = {re.sub("_(bucket|sum|count|total)$", "", name) for name in NAME.findall(file.read_text())}
    unknown = [name for name in sorted(names) if name.removeprefix("linkledger_") not in source]
    assert unknown == []


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.name)
def test_a_dashboard_is_complete(dashboard: Path) -> None:
    board = json.loads(dashboard.read_text())
    assert 39 <= board["schemaVersion"] <= 41
    for panel in panels(dashboard):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert {one["datasource"]["uid"] for one in (panel, *panel["targets"])} == {"${datasource}"}
    ids = [panel["id"] for panel in panels(dashboard)]
    assert len(ids) == len(set(ids))


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("prometheus")
def test_a_real_prometheus_answers_every_panel(tmp_path: Path) -> None:
    store = {"url": f"http://127.0.0.1:{free_port()}", "api": "v1"}
    config = {
        **site(),
        "circuits": {"near": circuit(icmp("127.0.0.1"))},
        "outputs": {"influxdb": {"gone": store}},
    }
    with Daemon(tmp_path, config) as daemon, Ours(daemon.port) as prometheus:
        for dashboard in DASHBOARDS:
            for query in queries(dashboard):
                assert prometheus.wait_for(query), query
        groups = http_json(f"{prometheus.url}/api/v1/rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == RULES.read_text().count("- alert:")
    assert {rule["health"] for rule in rules} <= {"ok", "unknown"}  # unknown: not evaluated yet
