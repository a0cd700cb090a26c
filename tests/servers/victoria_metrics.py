"""VictoriaMetrics (Debian's `victoria-metrics`): takes line protocol, answers `/api/v1/export`."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

from tests.servers.processes import Server, http, http_json


class VictoriaMetrics(Server):
    """A single-node store that keeps one of two equal points, as our documentation asks."""

    program = "victoria-metrics"

    def arguments(self) -> list[str]:
        """Flags; a point written twice is one point."""
        return [
            f"-httpListenAddr=127.0.0.1:{self.port}",
            f"-storageDataPath={self.folder / 'data'}",
            "-dedup.minScrapeInterval=1ms",
            "-retentionPeriod=100y",
            "-search.latencyOffset=0s",
            "-memory.allowedBytes=128MB",
            "-loggerLevel=WARN",
        ]

    def is_ready(self) -> bool:
        """It answers `/health`."""
        return http(f"{self.url}/health") == b"OK"

    def export(self, match: str) -> list[dict[str, Any]]:
        """Every series that matches: `{"metric": labels, "values": [...], "timestamps": [ms, ...]}`."""
        http(f"{self.url}/internal/force_flush")
        body = http(f"{self.url}/api/v1/export?{urllib.parse.urlencode({'match[]': match})}")
        return [json.loads(line) for line in body.splitlines()]

    def query(self, expression: str, at_seconds: float) -> list[dict[str, Any]]:
        """The result of an instant PromQL query."""
        answer = http_json(f"{self.url}/api/v1/query", {"query": expression, "time": str(at_seconds)})
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result
