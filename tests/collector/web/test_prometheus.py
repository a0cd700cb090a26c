"""A real Prometheus scrapes us."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.collector.web.estate import Estate
from tests.collector.web.test_exposition import busy
from tests.collector.web.test_live import AUTHORITY, certificate, write
from tests.collector.web.test_webconfig import HASH
from tests.servers.prometheus import Prometheus

pytestmark = [pytest.mark.server("prometheus"), pytest.mark.slow]

Values = dict[tuple[tuple[str, str], ...], float]


def ours(text: str) -> Values:
    """What we said, by name and labels; to Prometheus an empty label is none."""
    return {
        tuple(sorted((k, v) for k, v in {**one.labels, "__name__": one.name}.items() if v)): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name.startswith("linkledger_")
    }


def theirs(url: str, ca_file: Path) -> Values:
    """What a Prometheus that scrapes `url` keeps of it."""
    with Prometheus(url, ca_file=ca_file, basic_auth=("alice", "secret")) as prometheus:
        prometheus.wait_for("linkledger_build_info")
        kept = prometheus.query('{__name__=~"linkledger_.*"}')
    return {
        tuple(sorted((k, v) for k, v in one["metric"].items() if k not in ("job", "instance"))): float(
            one["value"][1]
        )
        for one in kept
    }


async def test_prometheus_scrapes_over_tls_with_a_login_and_keeps_every_value(
    estate: Estate, tmp_path: Path
) -> None:
    AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.crt")
    section = certificate(tmp_path, "127.0.0.1")
    write(tmp_path / "web.yml", f"{section}basic_auth_users: {{alice: {HASH}}}\n")
    busy(estate)
    async with estate.served(tmp_path / "web.yml") as url:
        kept = await asyncio.to_thread(theirs, f"{url}/metrics", tmp_path / "ca.crt")
    assert kept == ours(estate.text())
