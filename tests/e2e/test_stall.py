"""A process that stood still calls the time unknown, and loses nothing that came meanwhile."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from probes.clock import SystemClock
from tests.e2e.daemon import Daemon, circuit, icmp, site
from tests.e2e.slots import lost, missing, slots
from tests.lab import Lab

pytestmark = [pytest.mark.slow, pytest.mark.root]

BEHIND = "203.0.113.0/24"
DELAY_MS = 150.0
STALL_MS = 3_000
TARGETS = 8
PORT = 7


def test_slots_of_a_stall_are_skipped_and_counted_and_what_was_answered_in_it_is_no_loss(
    tmp_path: Path,
) -> None:
    clock = SystemClock()
    with Lab() as lab:
        edge, far = lab.host("edge"), lab.host("far")
        line = lab.wan("acme", edge, far, delay_ms=DELAY_MS)
        edge.route(BEHIND, line)
        far.answer(BEHIND)
        far.route("default", line)
        with far.enter():
            server = socket.create_server(("0.0.0.0", PORT), backlog=1_024)
        circuits = {
            **{f"icmp-{n}": circuit(icmp(f"203.0.113.{n}")) for n in range(TARGETS)},
            **{
                f"tcp-{n}": circuit({"tcp": f"203.0.113.{n}:{PORT}", "every": "1s", "timeout": "900ms"})
                for n in range(TARGETS)
            },
        }
        with server, Daemon(tmp_path, {**site(), "circuits": circuits}, edge) as daemon:

            def received() -> float:
                return daemon.total("linkledger_probe_packets_received_total")

            daemon.until(lambda: received() >= 11 * TARGETS, "all answer")
            skipped = daemon.metric("linkledger_scheduler_skipped_total") or 0.0
            daemon.send(signal.SIGSTOP)
            begun = clock.now()
            answered = line.counts()[1].delivered
            daemon.until(lambda: (clock.now() - begun) / 1e6 >= STALL_MS, "it stood still")
            assert line.counts()[1].delivered >= answered + TARGETS  # nobody read these until it went on
            daemon.send(signal.SIGCONT)
            before = received()
            daemon.until(lambda: received() >= before + 11 * TARGETS, "all answer again")
            skipped = (daemon.metric("linkledger_scheduler_skipped_total") or 0.0) - skipped
            healthy = daemon.get("/-/healthy")
            daemon.stop()
    rows = daemon.kept()
    assert healthy
    assert not lost(rows)
    gaps = {name: missing(slots(rows, name)) for name in circuits}
    assert all(STALL_MS // 1_000 - 1 <= len(gap) <= STALL_MS // 1_000 + 1 for gap in gaps.values())
    assert sum(map(len, gaps.values())) == skipped
