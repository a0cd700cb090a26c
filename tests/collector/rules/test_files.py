"""The files that `linkledger rules` writes: whole, committed, unbroken by any name, and well routed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.cli import cli
from collector.rules.book import document, names
from collector.rules.facts import Facts, facts_of
from collector.rules.files import ROUTES, RULES, TEMPLATES, written
from collector.rules.phrases import CARRIER
from collector.rules.routing import OF_HOSTS
from collector.rules.rule import Recording, duration
from config.load import load, load_text
from config.settings import Settings
from tests.collector.rules.promtool import HERE, problems, series
from tests.deploy.machine import ROOT
from tests.servers.prometheus import check_rules

DEPLOY = ROOT / "deploy"
NASTY = 'O\'Neil & "Söhne" {{ $labels.circuit }} \\ {{ end }}\n- alert: x # <b>'
NASTY_LINE = " ".join(NASTY.split())


def estate(name: str = "Acme Telecom", **web: str) -> Settings:
    """Two circuits of a carrier with that name, which is its account and portal too."""
    config = {
        "site": "lon",
        "web": web,
        "sites": {"lon": {"timezone": "Europe/London", "reference": "none"}},
        "carriers": {"acme": {"name": name, "account": name, "noc": {"portal": name, "phone": name}}},
        "circuits": {
            one: {"carrier": "acme", "site": "lon", "probes": {"pe": {"icmp": "192.0.2.1", "every": "60s"}}}
            for one in ("a", "b")
        },
    }
    return load_text(json.dumps(config), "test.yaml").settings


def full() -> Settings:
    return load(ROOT / "config" / "examples" / "full.yaml", need_secrets=False).settings


@pytest.mark.parametrize(
    ("file", "folder"), [(RULES, "prometheus"), (ROUTES, "alertmanager"), (TEMPLATES, "alertmanager")]
)
def test_what_is_committed_is_what_it_writes_without_a_configuration(file: str, folder: str) -> None:
    assert (DEPLOY / folder / file).read_text() == written(Facts())[file], (
        "run `linkledger rules --generic --out DIR` and put its files there"
    )


def test_the_command_writes_the_files_of_a_configuration(tmp_path: Path) -> None:
    config, out = tmp_path / "linkledger.yaml", tmp_path / "new" / "out"
    text = (ROOT / "config" / "examples" / "full.yaml").read_text()
    config.write_text(text.replace("  public: false\n", "  url: https://ledger.example/\n"))
    words = ["rules", "-c", str(config), "--out", str(out), "--runbook", "https://wiki.example/r"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    assert {one.name for one in out.iterdir()} == {RULES, ROUTES, TEMPLATES}
    rules = (out / RULES).read_text()
    assert "from linkledger.yaml." in rules
    assert "account: '4711'" in rules
    assert "https://ledger.example/outages/{{ $labels.circuit }}/" in rules
    assert "runbook_url: https://wiki.example/r#linkledgercircuitdown" in rules


def test_without_a_page_to_link_to_it_says_so(tmp_path: Path) -> None:
    config = tmp_path / "linkledger.yaml"
    config.write_text((ROOT / "config" / "examples" / "full.yaml").read_text())
    done = CliRunner().invoke(cli, ["rules", "-c", str(config), "--out", str(tmp_path)])
    assert "web.url" in done.stderr
    assert "page:" not in (tmp_path / RULES).read_text()


def test_a_configuration_that_cannot_be_used_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    config, out = tmp_path / "linkledger.yaml", tmp_path / "out"
    config.write_text("sites: 3\n")
    done = CliRunner().invoke(cli, ["rules", "-c", str(config), "--out", str(out)])
    assert (done.exit_code, out.exists()) == (2, False)


@pytest.mark.parametrize("example", ["estate", "full", "minimal", "two-wans"])
def test_a_host_that_is_none_of_the_estate_may_make_them(example: str, tmp_path: Path) -> None:
    config = ROOT / "config" / "examples" / f"{example}.yaml"
    done = CliRunner().invoke(cli, ["rules", "-c", str(config), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(cli, ["rules", "--generic", "--out", str(tmp_path / "file" / "out")])
    assert done.exit_code == 3
    assert "can't be written" in done.stderr


def test_each_alert_has_its_section_in_the_runbook_and_each_section_its_alert() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    sections = re.findall(r"^## (Linkledger\w+)$", runbook, re.MULTILINE)
    assert sorted(sections) == sorted(names())
    parts = re.split(r"^## ", runbook, flags=re.MULTILINE)[1:]
    for part in (one for one in parts if one.startswith("Linkledger")):
        for word in ("**What it means.**", "**What to look at.**", "**What to do.**"):
            assert word in part, part.splitlines()[0]


@pytest.mark.parametrize("rule", [one for group in document(Facts())["groups"] for one in group["rules"]])
def test_an_alert_says_what_is_wrong_how_bad_and_where_to_read_on(rule: dict[str, Any]) -> None:
    if "alert" in rule:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        said = rule["annotations"]
        assert said["summary"]
        assert not said["summary"].endswith(".")
        assert said["description"].rstrip()[-1] in ".?}"
        assert said["runbook_url"] == f"docs/runbook.md#{rule['alert'].lower()}"


def test_a_configurations_carriers_probes_and_sites_are_in_its_rules() -> None:
    facts = facts_of(full())
    assert facts.sites == ("lon-01", "nyc-01")
    assert facts.slowest_every_seconds == 60  # the portal's http probe; the router's snmp judges nothing
    assert {one.labels["carrier"]: one.labels.get("account") for one in facts.carrier_facts} == {
        "acme": "4711",
        "blink": None,
    }


def test_a_test_may_be_in_a_hurry() -> None:
    circuits = document(Facts(), hasten=30)["groups"][0]["rules"]
    assert [one.get("for") for one in circuits if "alert" in one] == [None, "2s", "20s"]


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0s"), (500, "500ms"), (90_000, "1m30s"), (86_400_000, "1d"), (3_661_000, "1h1m1s")]
)
def test_a_time_is_written_as_prometheus_reads_it(ms: int, text: str) -> None:
    assert duration(ms) == text


# --- hostile names


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
@settings(max_examples=50, deadline=None)
def test_no_name_breaks_the_file(name: str) -> None:
    facts = Facts(carrier_facts=(Recording(CARRIER, "vector(1)", {"carrier": "acme", "account": name}),))
    assert yaml.safe_load(written(facts)[RULES])["groups"][0]["rules"][0]["labels"]["account"] == name


def test_a_name_stands_in_no_template() -> None:
    rules = document(facts_of(estate(NASTY)))["groups"][0]["rules"]
    assert [one["labels"]["account"] for one in rules if one.get("record") == CARRIER] == [NASTY_LINE]
    assert not any(NASTY_LINE in json.dumps(one, ensure_ascii=False) for one in rules if "alert" in one)


@pytest.mark.server("prometheus")
def test_a_nasty_name_comes_out_as_it_went_in_and_the_words_are_right(tmp_path: Path) -> None:
    read = estate(NASTY, url="https://ledger.example/{{x}}/")
    cause = "timeout: 10 of 10 {{ `unanswered` }} within 2s"
    outage = {
        "since": "2026-01-01T00:00:00Z",
        "reason": "timeout",
        "cause": cause,
        "common_cause": "false",
        "ruled_out": "our own network: our reference 10.0.0.1 answered",
    }
    number = "IZXX/123456/LON"
    page = "https://ledger.example/{{x}}/outages/a/2026-01-01T00:00:00Z"
    words = {
        "summary": "a (acme) at lon is down",
        "description": f"Down since {outage['since']}. What we see: {cause}. "
        f"Ruled out: {outage['ruled_out']}. "
        "Open a ticket with the carrier and record its number.",
        "carrier_id": number,
        "account": NASTY_LINE,
        "noc_phone": NASTY_LINE,
        "noc_mail": "",
        "portal": NASTY_LINE,
        "since": outage["since"],
        "cause": cause,
        "ruled_out": outage["ruled_out"],
        "common_cause": "false",
        "page": page,
        "ticket": "A circuit of yours is down. Please open a trouble ticket.\n"
        f"Your circuit: {number}\nOur name for it: a\nSite: lon\nOur account: {NASTY_LINE}\n"
        f"Down since (UTC): {outage['since']}\nWhat we see: {cause}\nRuled out here: {outage['ruled_out']}\n"
        "Please tell us the ticket's number, the cause, and when it will be repaired.",
        "record": "curl -fsS https://ledger.example/{{x}}/api/v1/notes "
        "-H 'Content-Type: application/json' -d "
        '\'{"kind": "ticket", "id": "NUMBER", "external_id": "NUMBER", "carrier": "acme", "circuits": ["a"], '
        '"opened": "\'$(date -u +%FT%TZ)\'"}\'',
        "runbook_url": "docs/runbook.md#linkledgercircuitdown",
    }
    test = {
        "interval": "1m",
        "input_series": [
            series("linkledger_circuit_up", "0x5", **HERE),
            series("linkledger_circuit_info", "1x5", **HERE, carrier_id=number),
            series("linkledger_outage_info", "1x5", **HERE, **outage),
        ],
        "alert_rule_test": [
            {
                "eval_time": "4m",
                "alertname": "LinkledgerCircuitDown",
                "exp_alerts": [{"exp_labels": {"severity": "critical", **HERE}, "exp_annotations": words}],
            }
        ],
    }
    assert problems(tmp_path, [test], facts_of(read)) == []
    assert check_rules(tmp_path / RULES) == []


@pytest.mark.server("victoria-metrics")
def test_vmalert_takes_the_rules_too(tmp_path: Path) -> None:
    put(tmp_path, facts_of(full()))
    words = ["vmalert", "-dryRun", f"-rule={tmp_path / RULES}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


# --- Alertmanager


def amtool(*words: str) -> str:
    done = subprocess.run(["amtool", *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def put(folder: Path, facts: Facts) -> Path:
    for name, text in written(facts).items():
        (folder / name).write_text(text)
    return folder / ROUTES


@pytest.mark.server("prometheus-alertmanager")
def test_amtool_takes_the_routes_of_a_configuration(tmp_path: Path) -> None:
    assert "SUCCESS" in amtool("check-config", str(put(tmp_path, facts_of(full()))))


@pytest.mark.server("prometheus-alertmanager")
@pytest.mark.parametrize(
    ("alert", "receiver"),
    [
        ({"alertname": "LinkledgerSiteDown", "severity": "critical", "site": "lon-01"}, "on-call"),
        ({"alertname": "LinkledgerCircuitDown", "severity": "critical", "site": "elsewhere"}, "on-call"),
        ({"alertname": "LinkledgerCircuitUnknown", "severity": "warning", "site": "lon-01"}, "operations"),
        ({"alertname": "LinkledgerOutageWithoutTicket", "severity": "warning", "carrier": "acme"}, "tickets"),
        ({"alertname": "LinkledgerSlaBreach", "severity": "warning", "carrier": "blink"}, "contracts"),
        ({"alertname": "LinkledgerClaimDeadlineNear", "severity": "critical"}, "contracts"),
        ({"alertname": "LinkledgerDown", "severity": "critical", "instance": "edge"}, "on-call"),
        ({"alertname": "LinkledgerOutputLag", "severity": "warning", "instance": "edge"}, "operations"),
        ({"alertname": "SomebodyElses", "severity": "warning"}, "operations"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["alertname"],
)
def test_an_alert_goes_to_whom_it_concerns(alert: Mapping[str, str], receiver: str, tmp_path: Path) -> None:
    config = put(tmp_path, facts_of(full()))
    labels = [f"{key}={value}" for key, value in alert.items()]
    assert amtool("config", "routes", "test", f"--config.file={config}", *labels) == receiver


def silenced(rules: list[dict[str, Any]], source: Mapping[str, str], target: Mapping[str, str]) -> bool:
    """Whether one alert silences another: Alertmanager's own rule, for what we use of it."""

    def matches(matchers: list[str], alert: Mapping[str, str]) -> bool:
        parts = [re.fullmatch(r'(\w+) (=|=~|!~) "(.*)"', one) for one in matchers]
        return all(
            (re.fullmatch(part[3], alert.get(part[1], "")) is not None) == (part[2] != "!~")
            for part in parts
            if part
        )

    return any(
        matches(rule["source_matchers"], source)
        and matches(rule["target_matchers"], target)
        and not (matches(rule["source_matchers"], target) and matches(rule["target_matchers"], source))
        and all(source.get(name, "") == target.get(name, "") for name in rule["equal"])
        for rule in rules
    )


def said(name: str, severity: str = "critical", **labels: str) -> dict[str, str]:
    return {"alertname": f"Linkledger{name}", "severity": severity, **labels}


LON, NYC, EDGE, BOX = {"site": "lon"}, {"site": "nyc"}, {"instance": "edge"}, {"instance": "box"}
A, B = {**LON, "circuit": "a"}, {**LON, "circuit": "b"}


@pytest.mark.parametrize(
    ("source", "target", "is_silent"),
    [
        (said("SiteDown", **LON), said("CircuitDown", **A), True),
        (said("SiteDown", **LON), said("CircuitDown", **NYC, circuit="c"), False),
        (said("SiteDown", **LON), said("OutageWithoutTicket", **A), False),
        (said("CircuitDown", **A), said("ObjectiveAtRisk", **A), True),
        (said("CircuitDown", **A), said("CircuitUnknown", **A), True),
        (said("CircuitDown", **A), said("CircuitUnknown", **B), False),
        (said("CircuitDown", **A), said("CircuitDown", **A), False),
        (said("SlaBreach", **A, objective="rtt"), said("ObjectiveAtRisk", **A, objective="rtt"), True),
        (said("SlaBreach", **A, objective="rtt"), said("ObjectiveAtRisk", **A, objective="loss"), False),
        (said("NoData", **LON), said("CircuitDown", **A), True),
        (said("NoData", **LON), said("NoData", **LON), False),
        (said("NoData", **LON), said("OutputLag", **EDGE), False),
        (said("Down", **EDGE, **LON), said("NoData", **LON), True),
        (said("Down", **EDGE), said("NoData", **LON), False),
        (said("Down", **EDGE), said("LedgerFull", **EDGE), True),
        (said("Down", **EDGE), said("LedgerFull", **BOX), False),
        (said("CertificateEnds", **A), said("CertificateEnds", "warning", **A), True),
        (said("CertificateEnds", "warning", **A), said("CertificateEnds", **A), False),
    ],
)
def test_one_cause_silences_what_follows_from_it(
    source: Mapping[str, str], target: Mapping[str, str], is_silent: bool
) -> None:
    rules = yaml.safe_load(written(Facts())[ROUTES])["inhibit_rules"]
    assert silenced(rules, source, target) is is_silent


def test_each_alert_of_a_host_is_one_that_there_is() -> None:
    assert {*OF_HOSTS} <= {*names()}


@pytest.mark.server("prometheus-alertmanager")
def test_a_message_has_the_facts_that_there_are_and_no_empty_lines_for_others(tmp_path: Path) -> None:
    put(tmp_path, Facts())
    alert = {
        "status": "firing",
        "labels": {"alertname": "x"},
        "annotations": {"summary": "a is down", "ticket": "T"},
    }
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"status": "firing", "alerts": [alert, alert]}))
    words = ("template", "render", f"--template.glob={tmp_path / TEMPLATES}", f"--template.data={data}")
    subject = amtool(*words, '--template.text={{ template "linkledger.subject" . }}')
    assert subject == "[FIRING: 2] a is down, and more"
    text = amtool(*words, '--template.text={{ template "linkledger.text" . }}')
    assert text.count("a is down\n") == 2
    assert "--- ticket text\nT\n---" in text
    assert "our account" not in text
