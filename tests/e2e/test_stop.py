"""A stop ends in time whatever hangs, and takes nothing along that was finished."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from probes.clock import SystemClock
from tests.e2e.daemon import Daemon, circuit, icmp, site
from tests.e2e.slots import lost, missing, slot_of, slots
from tests.lab import Host, Lab
from tests.servers.processes import free_port

pytestmark = [pytest.mark.slow, pytest.mark.root]

DEAD = 250
"""Dead targets of each of two kinds."""
BEHIND = "203.0.113.0/24"
DELAY_MS = 100.0
STARTS = 3
CIRCUITS = 8
ROUNDS = 2 * CIRCUITS
EVERY_MS, PACKETS = 400, 4
OFTEN = {"every": f"{EVERY_MS}ms", "packets": PACKETS, "timeout": f"{EVERY_MS}ms"}


@contextmanager
def silent_server(host: Host) -> Iterator[int]:
    """A port that takes connections and never answers."""
    with ExitStack() as stack:
        with host.enter():
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        yield server.getsockname()[1]


@contextmanager
def slow_clients(daemon: Daemon, host: Host) -> Iterator[None]:
    """A client that never ends its request, and one that never reads the answer."""
    with ExitStack() as stack:
        for request in (
            b"GET /metrics HTTP/1.1\r\nHost: x",
            b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ):
            with host.enter():
                client = stack.enter_context(socket.socket())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
                client.connect(("127.0.0.1", daemon.port))
            client.sendall(request)
        yield


def influxdb(url: str) -> dict[str, str]:
    return {"url": url, "api": "v1"}


def test_it_stops_in_time_with_dead_targets_dead_outputs_a_dead_name_server_and_slow_clients(
    tmp_path: Path,
) -> None:
    with Lab() as lab, ExitStack() as stack:
        edge, far = lab.host("edge"), lab.host("far")
        cable = lab.link(edge, far)
        edge.route("default", cable)  # far is no router: it says nothing to what isn't its own
        edge.run(["nft", "add table inet f; add chain inet f in { type filter hook input priority 0; }"])
        edge.run(["nft", "add rule inet f in meta l4proto { tcp, udp } th dport 53 drop"])
        options = {"every": "5s", "timeout": "5s"}
        circuits = {
            "live": circuit(icmp(cable.addresses[1])),
            **{f"icmp-{n}": circuit({"icmp": f"198.18.1.{n}", **options, "packets": 5}) for n in range(DEAD)},
            **{f"tcp-{n}": circuit({"tcp": f"198.18.2.{n}:80", **options}) for n in range(DEAD)},
        }
        outputs = {
            "refused": influxdb(f"http://127.0.0.1:{free_port()}"),
            "silent": influxdb(f"http://127.0.0.1:{stack.enter_context(silent_server(edge))}"),
            "nameless": influxdb("http://store.example:8086"),
        }
        config = {**site(), "circuits": circuits, "outputs": {"influxdb": outputs}}
        patient = {"RES_OPTIONS": "timeout:30 attempts:5"}
        with Daemon(tmp_path, config, edge, environ=patient) as daemon:
            stack.enter_context(slow_clients(daemon, edge))

            def outstanding() -> float:
                return daemon.metric("linkledger_engine_outstanding_packets", kind="icmp") or 0.0

            daemon.until(lambda: outstanding() > 2 * DEAD, "packets are out")
            daemon.until(lambda: daemon.total("linkledger_probe_packets_received_total") > 20, "some came")
            daemon.until(lambda: daemon.total("linkledger_output_lag_rounds") > 0, "the outputs have work")
            counted = daemon.metric("linkledger_probe_packets_received_total", circuit="live") or 0.0
            daemon.stop()
    rows = [row for row in daemon.kept() if row["circuit"] == "live"]
    assert sum(int(row["received"]) for row in rows) >= counted
    assert not lost(rows)


def test_a_restart_measures_no_slot_twice_loses_no_packet_and_misses_only_the_gap(tmp_path: Path) -> None:
    clock, ran = SystemClock(), []
    with Lab() as lab:
        edge, far = lab.host("edge"), lab.host("far")
        line = lab.wan("acme", edge, far, delay_ms=DELAY_MS)
        edge.route(BEHIND, line)
        far.answer(BEHIND)
        circuits = {f"far-{n}": circuit(icmp(f"203.0.113.{n}", **OFTEN)) for n in range(CIRCUITS)}
        daemon = Daemon(tmp_path, {**site(), "circuits": circuits}, edge)
        for number in range(STARTS):
            with daemon:
                begun = clock.now().wall_ms
                daemon.until(lambda: daemon.total("linkledger_probe_rounds_total") >= ROUNDS, "two of each")
                ran.append((begun, clock.now().wall_ms))
                daemon.stop((signal.SIGTERM, signal.SIGINT)[number % 2])
    rows = daemon.kept()
    assert not lost(rows)
    assert {int(row["sent"]) for row in rows} == {PACKETS}
    for name in circuits:
        gap = missing(slots(rows, name), EVERY_MS)
        for begun, ended in ran:
            whole = (
                ended - EVERY_MS - 2 * DELAY_MS - 50
            )  # the last answer of this slot was in before the stop
            assert not [slot for slot in gap if begun <= slot <= whole]
    assert min(map(slot_of, rows)) <= ran[0][0] + EVERY_MS  # the first slot is the next one after the start
