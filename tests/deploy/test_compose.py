"""The compose file and what it mounts: complete, pinned, closed, and without a password."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.deploy.machine import ROOT

COMPOSE = ROOT / "deploy" / "compose"
LINKLEDGER = COMPOSE / "linkledger.yaml"
PORTS = {"linkledger": 9850, "influxdb": 8086, "prometheus": 9090, "alertmanager": 9093, "grafana": 3000}


def compose() -> dict[str, Any]:
    """The file, parsed."""
    parsed: dict[str, Any] = yaml.safe_load((COMPOSE / "compose.yaml").read_text())
    return parsed


SERVICES: dict[str, dict[str, Any]] = compose()["services"]


@pytest.mark.slow
@pytest.mark.server("docker-compose")
def test_compose_takes_every_line() -> None:
    # Debian's compose is older than the project's name in the file, and knows all the rest.
    parsed = compose()
    assert parsed.pop("name") == "linkledger"
    done = subprocess.run(
        ["docker-compose", "--file", "-", "--project-directory", COMPOSE, "config", "--quiet"],
        input=yaml.safe_dump(parsed), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_every_image_of_others_is_a_version() -> None:
    assert set(SERVICES) == set(PORTS)
    for name, service in SERVICES.items():
        if "build" in service:
            assert (COMPOSE / service["build"] / "Dockerfile").resolve() == ROOT / "Dockerfile"
        else:
            assert re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+", service["image"]), name


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_closed_but_for_loopback_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert service["ports"] == [f"127.0.0.1:{PORTS[name]}:{PORTS[name]}"]
    assert service["restart"] == "unless-stopped"
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "healthcheck" in service or "build" in service  # the image of ours has its own


def test_linkledger_can_write_to_its_ledger_alone() -> None:
    service = SERVICES["linkledger"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == [
        "ledger:/var/lib/linkledger"
    ]


def test_all_that_is_mounted_exists() -> None:
    sources = {volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    named = {source for source in sources if not source.startswith(".")}
    assert named == set(compose()["volumes"])
    assert [source for source in sources - named if not (COMPOSE / source).exists()] == []


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    files = {Path(secret["file"]).name for secret in compose()["secrets"].values()}
    for _ in range(2):
        subprocess.run([COMPOSE / "make-secrets", tmp_path / "secrets"], check=True, capture_output=True)
        made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
        assert set(made) == files
        assert all(re.fullmatch(r"[0-9a-f]{64}", text) for text in made.values())
        assert len(set(made.values())) == len(made)
    done = subprocess.run(
        [COMPOSE / "make-secrets", tmp_path / "secrets"], check=True, capture_output=True, text=True
    )
    assert done.stdout == ""
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_no_secret_stands_in_a_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN", name):
                assert name.endswith("_FILE")
                assert Path(value).name in service["secrets"]
    assert "secrets/" in (COMPOSE / ".gitignore").read_text().splitlines()


def test_every_address_names_a_service_and_its_port() -> None:
    datasources = yaml.safe_load((ROOT / "deploy/grafana/datasources/linkledger.yml").read_text())
    prometheus = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    ours = yaml.safe_load(LINKLEDGER.read_text())
    jobs = [*prometheus["scrape_configs"], *prometheus["alerting"]["alertmanagers"]]
    addresses = [urlsplit(source["url"]).netloc for source in datasources["datasources"]]
    addresses += [target for job in jobs for one in job["static_configs"] for target in one["targets"]]
    addresses += [urlsplit(output["url"]).netloc for output in ours["outputs"]["influxdb"].values()]
    addresses += [probe["tcp"] for one in ours["circuits"].values() for probe in one["probes"].values()]
    known = {f"{name}:{port}" for name, port in PORTS.items()} | {"localhost:9090"}
    assert len(addresses) == 7
    assert set(addresses) <= known


def test_influxdb_is_made_as_linkledger_and_grafana_ask_for_it() -> None:
    made = SERVICES["influxdb"]["environment"]
    (output,) = yaml.safe_load(LINKLEDGER.read_text())["outputs"]["influxdb"].values()
    assert (output["org"], output["bucket"]) == (
        made["DOCKER_INFLUXDB_INIT_ORG"],
        made["DOCKER_INFLUXDB_INIT_BUCKET"],
    )
    assert output["token"] == {"file": made["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN_FILE"]}
    datasources = yaml.safe_load((ROOT / "deploy/grafana/datasources/linkledger.yml").read_text())
    (influxdb,) = [one for one in datasources["datasources"] if one["type"] == "influxdb"]
    assert influxdb["jsonData"]["dbName"] == output["bucket"]
    assert f"$__file{{{output['token']['file']}}}" in influxdb["secureJsonData"]["httpHeaderValue1"]
    assert "influxdb-token" in SERVICES["grafana"]["secrets"]


def test_the_configuration_that_comes_along_is_good(tmp_path: Path) -> None:
    (tmp_path / "influxdb-token").write_text("token")
    config = tmp_path / "linkledger.yaml"
    config.write_text(LINKLEDGER.read_text().replace("/run/secrets/", f"{tmp_path}/"))
    done = subprocess.run(
        [sys.executable, "-m", "collector", "check", config],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "has no contract" in done.stderr
