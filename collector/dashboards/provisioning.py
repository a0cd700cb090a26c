"""Grafana's provisioning files: where the dashboards lie, and what the data sources are."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from collector.dashboards.model import Language

FOLDERS = {"promql": "linkledger", "influxql": "linkledger (InfluxQL)"}
"""What Grafana calls the folder of each language."""
PROMETHEUS_URL = "http://prometheus:9090"


@dataclass(frozen=True, slots=True)
class Store:
    """An InfluxDB that is asked by InfluxQL; `secret` is Grafana's own `$__file{...}` or `$__env{...}`."""

    url: str = "http://influxdb:8086"
    database: str = "linkledger"
    secret: str = "$__file{/run/secrets/influxdb-token}"  # noqa: S105 - where it is, not what it is
    """Empty: it asks for none."""
    user: str = ""
    """InfluxDB 1's user, whose password the secret is; empty: the secret is a token."""


def providers(path: str, languages: Sequence[Language]) -> str:
    """dashboards.yml: Grafana reads each language's folder below `path`."""
    lines = ["apiVersion: 1", "providers:"]
    for language in languages:
        lines += [
            f"  - name: linkledger-{language}",
            f"    folder: {FOLDERS[language]}",
            "    type: file",
            "    allowUiUpdates: false",
            f"    options: {{path: {_text(f'{path}/{language}')}}}",
        ]
    return "\n".join(lines) + "\n"


def datasources(languages: Sequence[Language], store: Store = Store()) -> str:
    """datasources/linkledger.yml."""
    lines = ["apiVersion: 1", "datasources:"]
    if "promql" in languages:
        lines += _PROMETHEUS
    if "influxql" in languages:
        lines += _influxdb(store)
    return "\n".join(lines) + "\n"


_PROMETHEUS = [
    "  # VictoriaMetrics answers as well; timeInterval is the scrape interval.",
    "  - name: Prometheus",
    "    uid: prometheus",
    "    type: prometheus",
    f"    url: {PROMETHEUS_URL}",
    "    isDefault: true",
    "    jsonData: {timeInterval: 15s, httpMethod: POST}",
]


def _text(text: str) -> str:
    """A text in YAML, in quotation marks where it needs them (JSON's are YAML's)."""
    return text if re.fullmatch(r"[A-Za-z/][\w./-]*(://[\w.:/-]+)?", text) else json.dumps(text)


def _influxdb(store: Store) -> list[str]:
    header = ", httpHeaderName1: Authorization" if store.secret and not store.user else ""
    lines = [
        "  # InfluxQL, which InfluxDB 1, 2 and 3 all answer; a database is InfluxDB 2's bucket.",
        "  - name: InfluxDB",
        "    uid: influxdb",
        "    type: influxdb",
        f"    url: {_text(store.url)}",
    ]
    if store.user:
        lines.append(f"    user: {_text(store.user)}")
    lines.append(f"    jsonData: {{dbName: {_text(store.database)}, httpMode: GET{header}}}")
    if header:
        lines.append(f'    secureJsonData: {{httpHeaderValue1: "Token {store.secret}"}}')
    elif store.secret:
        lines.append(f'    secureJsonData: {{password: "{store.secret}"}}')
    return lines
