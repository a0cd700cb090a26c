"""Alertmanager (Debian's `prometheus-alertmanager`), which notifies nobody unless it is told to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from tests.servers.processes import Server, http, http_json

CONFIG = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}


class Alertmanager(Server):
    """One of its own, without a cluster."""

    program = "prometheus-alertmanager"

    def __init__(
        self, config: Mapping[str, Any] = CONFIG, templates: Mapping[str, str] | None = None
    ) -> None:
        """`templates` are files beside the configuration, by name."""
        super().__init__()
        self._config, self._templates = config, templates or {}

    def arguments(self) -> list[str]:
        """Flags and the configuration file."""
        path = self.folder / "alertmanager.yml"
        path.write_text(yaml.safe_dump(dict(self._config)))
        for name, text in self._templates.items():
            (self.folder / name).write_text(text)
        return [
            f"--config.file={path}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
            f"--storage.path={self.folder / 'data'}",
            "--log.level=warn",
        ]

    def is_ready(self) -> bool:
        """It answers `/-/ready`."""
        return bool(http(f"{self.url}/-/ready"))

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that fire, by circuit: labels, annotations, startsAt, endsAt ..."""
        found: list[dict[str, Any]] = http_json(f"{self.url}/api/v2/alerts")
        return sorted(found, key=lambda one: one["labels"].get("circuit", ""))

    def post(self, alerts: list[dict[str, Any]]) -> None:
        """Send it alerts; raises urllib's HTTPError where it refuses one."""
        body = json.dumps(alerts).encode()
        http(f"{self.url}/api/v2/alerts", data=body, headers={"Content-Type": "application/json"})
