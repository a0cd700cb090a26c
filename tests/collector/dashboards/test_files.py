"""What `linkledger dashboards` writes, without a configuration and with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from collector.cli import cli
from collector.cli.common import UNREACHABLE, USAGE
from collector.dashboards.as_json import as_json
from collector.dashboards.files import boards, files, names_of, store_of
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row
from collector.dashboards.provisioning import Store, datasources, providers
from config.load import load_text
from config.settings import Settings
from tests.collector.dashboards.grafana import GRAFANA

CONFIG = """
site: lab
sites: {lab: {timezone: UTC, reference: none}}
carriers: {acme: {name: "Acme \\"Telecom\\""}, bolt: {name: Bolt & Sons}}
web: {url: "https://ledger.example.net/wan/", listen: "127.0.0.1:0"}
circuits:
  lon-acme:
    carrier: acme
    site: lab
    judged_by: {availability: [pe], rtt: [pe]}
    probes: {pe: {icmp: 192.0.2.1, every: 5m}, ce: {icmp: 192.0.2.2}}
outputs: {influxdb: {metrics: {url: "http://vm:8428", api: victoriametrics}, central: OUTPUT}}
"""
TOKEN = '{url: "https://influx.example.net", api: v2, org: o, bucket: wan, token: not-to-be-told}'
USER = '{url: "http://old:8086", api: v1, bucket: wan, username: grafana, password: not-to-be-told}'
OPEN = '{url: "http://old:8086", api: v1, bucket: wan}'


def settings(output: str = TOKEN) -> Settings:
    """A configuration with this output."""
    return load_text(CONFIG.replace("OUTPUT", output), "linkledger.yaml", host="edge").settings


def run(*words: str) -> Result:
    """`linkledger dashboards WORDS`, of no configuration that this machine may have unless -c is there."""
    which = [] if "-c" in words else ["--generic"]
    return CliRunner().invoke(cli, ["dashboards", *which, *words])


def written(folder: Path) -> dict[str, str]:
    """All files below a folder."""
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_is_committed_is_what_the_command_writes(tmp_path: Path) -> None:
    assert run("--out", str(tmp_path)).exit_code == 0
    assert written(tmp_path) == written(GRAFANA), "run `linkledger dashboards --generic --out deploy/grafana`"


def test_the_same_is_made_each_time() -> None:
    assert files() == files()


@pytest.mark.parametrize("language", ["promql", "influxql"])
def test_one_language_alone_brings_nothing_of_the_other(tmp_path: Path, language: str) -> None:
    assert run("--out", str(tmp_path), "--datasource", language).exit_code == 0
    found = written(tmp_path)
    assert {name.split("/")[1] for name in found if name.endswith(".json")} == {language}
    (provider,) = yaml.safe_load(found["dashboards.yml"])["providers"]
    assert provider["options"]["path"] == f"/etc/grafana/dashboards/{language}"
    (source,) = yaml.safe_load(found["datasources/linkledger.yml"])["datasources"]
    assert source["type"] == {"promql": "prometheus", "influxql": "influxdb"}[language]


def test_grafana_is_told_where_the_dashboards_lie(tmp_path: Path) -> None:
    run("--out", str(tmp_path), "--path", "/srv/boards")
    found = yaml.safe_load((tmp_path / "dashboards.yml").read_text())["providers"]
    assert [one["options"]["path"] for one in found] == ["/srv/boards/promql", "/srv/boards/influxql"]
    assert all(one["allowUiUpdates"] is False for one in found)
    assert len({one["folder"] for one in found}) == 2


def test_what_was_written_is_said_when_asked(tmp_path: Path) -> None:
    assert run("--out", str(tmp_path)).output == ""
    assert str(tmp_path / "dashboards" / "promql" / "estate.json") in run("--out", str(tmp_path), "-v").output


def test_a_folder_that_can_t_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "dashboards").write_text("a file")
    done = run("--out", str(tmp_path))
    assert done.exit_code == UNREACHABLE
    assert "can't be written" in done.output


def test_a_bad_configuration_writes_nothing(tmp_path: Path) -> None:
    config = tmp_path / "linkledger.yaml"
    config.write_text("sites: 3\n")
    done = run("--out", str(tmp_path / "out"), "-c", str(config))
    assert done.exit_code == USAGE
    assert not (tmp_path / "out").exists()


def test_a_configuration_brings_names_links_and_no_secret(tmp_path: Path) -> None:
    config = tmp_path / "linkledger.yaml"
    config.write_text(CONFIG.replace("OUTPUT", TOKEN))
    assert run("--out", str(tmp_path / "out"), "-c", str(config)).exit_code == 0
    found = written(tmp_path / "out")
    assert "not-to-be-told" not in "".join(found.values())
    estate = found["dashboards/promql/estate.json"]
    assert r"Acme \"Telecom\"" in estate
    assert "https://ledger.example.net/wan/circuits/${__data.fields.Circuit}" in estate
    assert "https://ledger.example.net/wan/circuits/${circuit}" in found["dashboards/promql/circuit.json"]


def test_a_configuration_that_the_environment_names_counts_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "linkledger.yaml"
    config.write_text(CONFIG.replace("OUTPUT", OPEN))
    monkeypatch.setenv("LINKLEDGER_CONFIG", str(config))
    done = CliRunner().invoke(cli, ["dashboards", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert "http://old:8086" in (tmp_path / "out" / "datasources" / "linkledger.yml").read_text()


def test_without_a_configuration_nothing_links_to_a_page() -> None:
    assert all("circuits/$" not in text for text in files().values())


def test_no_step_is_shorter_than_the_slowest_probe_s_interval() -> None:
    names = names_of(settings())
    assert names.interval == "300s"
    for board in boards("influxql", names).values():
        for panel in as_json(board)["panels"]:
            asked = " ".join(one["query"] for one in panel.get("targets", ()))
            if "linkledger_round" in asked and "time($__interval)" in asked:
                assert panel["interval"] == "300s", panel["title"]


@pytest.mark.parametrize(
    ("output", "store", "told"),
    [
        (
            TOKEN,
            Store("https://influx.example.net", "wan", "$__env{INFLUXDB_TOKEN}"),
            {"httpHeaderValue1": "Token $__env{INFLUXDB_TOKEN}"},
        ),
        (
            USER,
            Store("http://old:8086", "wan", "$__env{INFLUXDB_PASSWORD}", "grafana"),
            {"password": "$__env{INFLUXDB_PASSWORD}"},
        ),
        (OPEN, Store("http://old:8086", "wan", ""), None),
    ],
    ids=["token", "user", "open"],
)
def test_a_store_s_secret_stays_where_grafana_finds_it(
    output: str, store: Store, told: dict[str, str] | None
) -> None:
    assert store_of(settings(output)) == store
    (source,) = yaml.safe_load(datasources(["influxql"], store))["datasources"]
    assert (source["url"], source["jsonData"]["dbName"]) == (store.url, "wan")
    assert source.get("secureJsonData") == told
    assert source.get("user") == (store.user or None)


def test_without_an_influxdb_the_generic_one_stands() -> None:
    plain = settings().model_copy(update={"outputs": type(settings().outputs)()})
    assert store_of(plain) == Store()


def test_a_path_of_odd_letters_is_still_yaml() -> None:
    found = yaml.safe_load(providers('/srv/a: b, {c} "d"', ["promql"]))
    assert found["providers"][0]["options"]["path"] == '/srv/a: b, {c} "d"/promql'


def panel(**more: Any) -> Panel:  # noqa: ANN401
    """A panel of width 10 and height 3."""
    given: dict[str, Any] = {"kind": "stat", "width": 10, "height": 3, **more}
    return Panel(title="P", description="D.", queries=(Query("up"),), **given)


def board(*rows: Row) -> Dashboard:
    """A dashboard of these rows."""
    return Dashboard("linkledger-x", "X", "D.", "promql", (), rows)


def test_panels_flow_from_left_to_right_and_the_deepest_makes_the_line() -> None:
    made = as_json(board(Row("A", (panel(), panel(height=5), panel())), Row("B", (panel(width=24),))))
    places = [tuple(one["gridPos"][side] for side in "xywh") for one in made["panels"]]
    assert places == [
        (0, 0, 24, 1), (0, 1, 10, 3), (10, 1, 10, 5), (0, 6, 10, 3), (0, 9, 24, 1), (0, 10, 24, 3),
    ]  # fmt: skip
    assert [one["id"] for one in made["panels"]] == [1, 2, 3, 4, 5, 6]


def test_columns_stand_in_our_order_under_our_titles_and_the_rest_is_hidden() -> None:
    columns = (Column("b", "Bee", unit="s"), Column("a"), Column("Time", hidden=True))
    made = as_json(board(Row("A", (panel(kind="table", columns=columns),))))
    table = made["panels"][1]
    (organised,) = table["transformations"]
    assert organised["options"] == {
        "indexByName": {"b": 0, "a": 1, "Time": 2},
        "renameByName": {"b": "Bee"},
        "excludeByName": {"Time": True},
    }
    (override,) = table["fieldConfig"]["overrides"]
    assert override == {
        "matcher": {"id": "byName", "options": "Bee"},
        "properties": [{"id": "unit", "value": "s"}],
    }


def test_a_hostile_name_stays_a_text() -> None:
    names = Names({"acme": '"}],"x":{"${__cell}\n<b>'})
    for made in boards("promql", names).values():
        assert json.loads(json.dumps(as_json(made))) == as_json(made)
