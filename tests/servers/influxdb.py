"""InfluxDB 1.x (Debian's `influxdb`, 1.6.7): `/write` and `/query`."""

from __future__ import annotations

import base64
from typing import Any

from tests.servers.processes import Server, free_port, http, http_json

CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = {auth}
  log-enabled = false
  max-body-size = {max_body_size}
"""


class InfluxDB(Server):
    """A store of its own; with `admin` (name, password) it asks for credentials."""

    program = "influxd"

    def __init__(self, *, admin: tuple[str, str] | None = None, max_body_size: int = 25_000_000) -> None:
        super().__init__()
        self._admin = admin
        self._max_body_size = max_body_size

    def arguments(self) -> list[str]:
        """Its configuration file, written anew at each start."""
        path = self.folder / "influxdb.conf"
        path.write_text(
            CONFIG.format(
                rpc=free_port(),
                port=self.port,
                folder=self.folder,
                auth="true" if self._admin else "false",
                max_body_size=self._max_body_size,
            )
        )
        return ["-config", str(path)]

    def is_ready(self) -> bool:
        """It answers `/ping`; a new one that asks for credentials gets its admin here."""
        http(f"{self.url}/ping")
        if self._admin:
            name, password = self._admin
            self._ask(f"CREATE USER \"{name}\" WITH PASSWORD '{password}' WITH ALL PRIVILEGES")
        return True

    def create_database(self, name: str) -> None:
        """CREATE DATABASE."""
        self._ask(f'CREATE DATABASE "{name}"')

    def drop_database(self, name: str) -> None:
        """DROP DATABASE."""
        self._ask(f'DROP DATABASE "{name}"')

    def rows(self, database: str, query: str) -> list[dict[str, Any]]:
        """A SELECT's rows, tags and columns together, times in nanoseconds."""
        answer = http_json(
            f"{self.url}/query", {"db": database, "q": query, "epoch": "ns"}, self._credentials()
        )
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], values, strict=True))}
            for result in answer["results"]
            for series in result.get("series", [])
            for values in series["values"]
        ]

    def _ask(self, query: str) -> None:
        http(
            f"{self.url}/query",
            data=f"q={query}".encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", **self._credentials()},
        )

    def _credentials(self) -> dict[str, str]:
        if not self._admin:
            return {}
        return {"Authorization": "Basic " + base64.b64encode(":".join(self._admin).encode()).decode()}
