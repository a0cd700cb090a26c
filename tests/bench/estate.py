"""An ordinary estate in one daemon: 250 circuits with everything that a circuit has.

Each circuit: ICMP 10 packets in 10 s, TCP every 30 s, HTTP, DNS and one interface by SNMP every 60 s.
Beside it blackbox_exporter, scraped by Prometheus, does the same but SNMP: one packet a scrape is all
that it can, so an ICMP target is scraped once a second.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from probes.clock import SystemClock
from tests.bench.daemon import usage
from tests.bench.table import Row
from tests.e2e.daemon import Daemon
from tests.lab.estate import Estate, address, estate

CLOCK = SystemClock()
CARRIERS, CIRCUITS_A_CARRIER = 5, 50
WARM_SECONDS, SECONDS = 20, 60
PEER_WARM_SECONDS, PEER_SECONDS = 10, 30
BLACKBOX, PROMETHEUS = "prometheus-blackbox-exporter", "prometheus"
BLACKBOX_PORT, PROMETHEUS_PORT = 19_115, 19_090
MODULES = {
    "icmp": {"prober": "icmp", "timeout": "1s"},
    "tcp": {"prober": "tcp", "timeout": "2s"},
    "http": {"prober": "http", "timeout": "2s"},
    "dns": {"prober": "dns", "timeout": "2s", "dns": {"query_name": "www.example.com", "query_type": "A"}},
}
EVERY = {"icmp": "1s", "tcp": "30s", "http": "60s", "dns": "60s"}
FORMS = {"icmp": "{}", "tcp": "{}:80", "http": "http://{}/", "dns": "{}"}


def ours(found: Estate, folder: Path) -> Mapping[str, float]:
    """The daemon's CPU in % of a core, its memory, and what of its rounds was not good."""
    daemon = Daemon(folder, found.configuration(), found.edge)
    with daemon:
        time.sleep(WARM_SECONDS)
        before, at = usage(daemon.pid), CLOCK.now()
        time.sleep(SECONDS)
        after, elapsed = usage(daemon.pid), (CLOCK.now() - at) / 1e9
        skipped = daemon.total("linkledger_scheduler_skipped_total")
        daemon.stop()
    rows = daemon.kept()
    return {
        "cpu": 100 * (after.cpu_seconds - before.cpu_seconds) / elapsed,
        "bytes": after.resident_bytes,
        "rounds": len(rows),
        "bad": sum(row["reason"] != "none" for row in rows) + skipped,
    }


def peers(found: Estate, folder: Path) -> float | None:
    """The CPU of blackbox_exporter and Prometheus together; None where they aren't installed."""
    if not shutil.which(BLACKBOX) or not shutil.which(PROMETHEUS):
        return None
    blackbox, prometheus = folder / "blackbox.json", folder / "prometheus.json"
    blackbox.write_text(json.dumps({"modules": MODULES}))
    prometheus.write_text(json.dumps({"scrape_configs": [scrape(kind) for kind in MODULES]}))
    commands = (
        [BLACKBOX, f"--config.file={blackbox}", f"--web.listen-address=127.0.0.1:{BLACKBOX_PORT}"],
        [
            *(PROMETHEUS, f"--config.file={prometheus}", f"--storage.tsdb.path={folder / 'tsdb'}"),
            f"--web.listen-address=127.0.0.1:{PROMETHEUS_PORT}",
        ],
    )
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [found.edge.popen(words, **quiet) for words in commands]
    time.sleep(PEER_WARM_SECONDS)
    before, at = [usage(one.pid).cpu_seconds for one in running], CLOCK.now()
    time.sleep(PEER_SECONDS)
    after = [usage(one.pid).cpu_seconds for one in running]
    return 100 * (sum(after) - sum(before)) / ((CLOCK.now() - at) / 1e9)


def scrape(kind: str) -> Mapping[str, object]:
    """Prometheus's job for one kind of probe, as blackbox_exporter's README has it."""
    targets = [address(n, place) for n in range(CARRIERS) for place in range(CIRCUITS_A_CARRIER)]
    return {
        "job_name": kind,
        "metrics_path": "/probe",
        "params": {"module": [kind]},
        "scrape_interval": EVERY[kind],
        "scrape_timeout": "1s",
        "static_configs": [{"targets": [FORMS[kind].format(target) for target in targets]}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": f"127.0.0.1:{BLACKBOX_PORT}"},
        ],
    }


def rows() -> Iterator[Row]:
    """The daemon's figures, with the peers' CPU for the same but SNMP."""
    with estate(CARRIERS, CIRCUITS_A_CARRIER, faults=False) as found, tempfile.TemporaryDirectory() as name:
        figures = ours(found, Path(name))
        peer = peers(found, Path(name))
    what = f"ordinary estate, {CARRIERS * CIRCUITS_A_CARRIER} circuits"
    beside = "blackbox_exporter + Prometheus, without SNMP"
    yield Row(f"{what}: CPU", figures["cpu"], "% of a core", at_most=30, peer=beside, peer_figure=peer)
    yield Row(f"{what}: memory", figures["bytes"] / 2**20, "MiB", at_most=200)
    name = f"{what}: of {figures['rounds']:,} rounds not good, or skipped"
    yield Row(name, figures["bad"], "rounds", at_most=0)
