"""Prometheus (Debian's `prometheus`): a server that scrapes us, and promtool that judges us."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.servers.processes import Server, http, http_json


class Prometheus(Server):
    """Scrapes one URL every `interval`, with a CA file and basic auth where the target asks for them."""

    program = "prometheus"

    def __init__(
        self,
        target: str,
        *,
        interval: str = "200ms",
        ca_file: Path | None = None,
        basic_auth: tuple[str, str] | None = None,
        rule_files: Sequence[Path] = (),
        job: str = "linkledger",
        alertmanager: str = "",
    ) -> None:
        super().__init__()
        parts = urlsplit(target)
        scrape: dict[str, Any] = {
            "job_name": job,
            "scheme": parts.scheme,
            "metrics_path": parts.path or "/metrics",
            "static_configs": [{"targets": [parts.netloc]}],
        }
        if ca_file is not None:
            scrape["tls_config"] = {"ca_file": str(ca_file)}
        if basic_auth is not None:
            scrape["basic_auth"] = {"username": basic_auth[0], "password": basic_auth[1]}
        self._config = {
            "global": {
                "scrape_interval": interval,
                "scrape_timeout": interval,
                "evaluation_interval": interval,
            },
            "rule_files": [str(path) for path in rule_files],
            "scrape_configs": [scrape],
        }
        if alertmanager:
            told = [{"targets": [urlsplit(alertmanager).netloc]}]
            self._config["alerting"] = {"alertmanagers": [{"static_configs": told}]}

    def arguments(self) -> list[str]:
        """Flags and the configuration file."""
        path = self.folder / "prometheus.yml"
        path.write_text(yaml.safe_dump(self._config))
        return [
            f"--config.file={path}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            "--log.level=warn",
        ]

    def is_ready(self) -> bool:
        """It answers `/-/ready`."""
        return bool(http(f"{self.url}/-/ready"))

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The result of an instant query: `{"metric": labels, "value": [time, text]}` each."""
        answer = http_json(f"{self.url}/api/v1/query", {"query": expression})
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def wait_for(self, expression: str) -> list[dict[str, Any]]:
        """The first result of `expression` that is not empty; raises TimeoutError."""
        return self.wait_until(lambda: self.query(expression))

    def targets(self) -> list[dict[str, Any]]:
        """How the scrapes go: `health` and `lastError` of each target."""
        answer = http_json(f"{self.url}/api/v1/targets")
        active: list[dict[str, Any]] = answer["data"]["activeTargets"]
        return active


def check_metrics(text: str) -> list[str]:
    """What `promtool check metrics` has to say about a /metrics page; nothing when it is good."""
    return _promtool(["check", "metrics"], text)


def check_rules(path: Path) -> list[str]:
    """What `promtool check rules` has to say about a rule file."""
    return _promtool(["check", "rules", str(path)])


def run_rule_tests(paths: Sequence[Path]) -> list[str]:
    """What `promtool test rules` has to say about files of rule tests."""
    return _promtool(["test", "rules", *map(str, paths)])


def _promtool(arguments: list[str], text: str = "") -> list[str]:
    done = subprocess.run(
        ["promtool", *arguments], input=text, capture_output=True, text=True, check=False, timeout=60
    )
    said = [line for line in done.stderr.splitlines() if line]
    return said or ([] if done.returncode == 0 else done.stdout.splitlines())
