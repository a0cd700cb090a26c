"""The full daemon with a thousand targets, beside a packet capture and beside fping.

Two namespaces joined by a veth pair; the far one answers for 198.18.0.0/15. The daemon in the near
one sends one packet a second to each of a thousand addresses, keeps them in its ledger, and is
scraped every five seconds; tcpdump sees what crosses. Then fping does the same work.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from collector.times import parse_rfc3339
from probes.clock import SystemClock
from tests.bench.table import Row
from tests.lab import Host, Lab

CLOCK = SystemClock()
TARGETS = 1_000
WARM_SECONDS = 8
SECONDS = 40
SCRAPE_SECONDS = 5
PORT = 19_850
NETWORK = "198.18.0.0/15"
TICKS = os.sysconf("SC_CLK_TCK")
ECHO, REPLY = 8, 0
PCAP_HEADER, RECORD = 24, struct.Struct("<IIII")


class Usage(NamedTuple):
    """CPU seconds so far and resident bytes, of a process and its children."""

    cpu_seconds: float
    resident_bytes: int


def address(number: int) -> str:
    """The `number`-th target."""
    return f"198.18.{number // 250}.{number % 250 + 1}"


def configuration(folder: Path) -> Path:
    """A configuration of a thousand circuits, one packet a second each."""
    probe = {"every": "1s", "packets": 1, "timeout": "900ms"}
    path = folder / "linkledger.yaml"
    path.write_text(
        json.dumps(
            {
                "site": "bench",
                "ledger": {"path": str(folder / "ledger.db")},
                "web": {"listen": f"127.0.0.1:{PORT}"},
                "sites": {
                    "bench": {"timezone": "UTC", "reference": [{"icmp": address(TARGETS), "owner": "ours"}]}
                },
                "carriers": {"acme": {"name": "Acme"}},
                "circuits": {
                    f"c{n:04}": {
                        "carrier": "acme",
                        "site": "bench",
                        "probes": {"far": {"icmp": address(n), **probe}},
                    }
                    for n in range(TARGETS)
                },
            }
        )
    )
    return path


def usage(pid: int) -> Usage:
    """What the process has used; its children's CPU counts once they have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Usage(sum(map(int, fields[11:15])) / TICKS, pages * os.sysconf("SC_PAGE_SIZE"))


def captured(pcap: Path) -> Iterator[tuple[int, int, str, bytes]]:
    """(ICMP type, ns, the far address, id and sequence) of each packet of a nanosecond pcap of Ethernet."""
    data = pcap.read_bytes()
    place = PCAP_HEADER
    while place + RECORD.size <= len(data):
        seconds, nanoseconds, length, _ = RECORD.unpack_from(data, place)
        ip = data[place + RECORD.size + 14 : place + RECORD.size + length]
        place += RECORD.size + length
        icmp = ip[(ip[0] & 15) * 4 :]
        far = ip[16:20] if icmp[0] == ECHO else ip[12:16]
        if icmp[0] in (ECHO, REPLY):
            yield icmp[0], seconds * 10**9 + nanoseconds, ".".join(map(str, far)), icmp[4:8]


def true_rtts(pcap: Path) -> dict[tuple[str, int], int]:
    """The RTT in ns on the wire by (address, slot in s), and the time of the first request under ("", 0)."""
    asked: dict[tuple[str, bytes], int] = {}
    rtts: dict[tuple[str, int], int] = {}
    for kind, at_ns, far, key in captured(pcap):
        if kind == ECHO:
            asked[far, key] = at_ns
            rtts.setdefault(("", 0), at_ns)
        elif (far, key) in asked:
            sent_ns = asked.pop((far, key))
            rtts[far, sent_ns // 10**9] = at_ns - sent_ns
    return rtts


def measured(folder: Path, config: Path) -> tuple[int, int, dict[tuple[str, int], float]]:
    """Packets sent and received by the ledger's account, and RTTs in ns by (address, slot in s)."""
    out = folder / "rounds.csv"
    words = [sys.executable, "-m", "collector", "export", "-c", str(config), "--out", str(out)]
    subprocess.run(words, check=True)
    sent = received = 0
    rtts = {}
    with out.open(newline="") as file:
        for row in csv.DictReader(file):
            if not row["circuit"].startswith("c"):
                continue
            sent, received = sent + int(row["sent"]), received + int(row["received"])
            if row["rtt_seconds"]:
                slot = parse_rfc3339(row["at"]) // 1000
                rtts[address(int(row["circuit"][1:])), slot] = float(row["rtt_seconds"]) * 1e9
    return sent, received, rtts


def scrape(near: Host) -> None:
    """One GET of /metrics, as Prometheus would."""
    with near.enter(), urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=10) as answer:
        answer.read()


def daemon(near: Host, device: str, folder: Path) -> Mapping[str, float]:
    """Run the daemon for a while beside tcpdump; figures by name."""
    config, pcap = configuration(folder), folder / "wire.pcap"
    words = ["tcpdump", "-i", device, "-w", str(pcap), "--time-stamp-precision=nano"]
    capture = near.popen([*words, "-s", "64", "-B", "65536", "-U", "icmp"], stderr=subprocess.DEVNULL)
    time.sleep(1)
    begun_ns = CLOCK.now().wall_ns
    process = near.popen(
        [sys.executable, "-m", "collector", "run", "-c", str(config)], stderr=subprocess.DEVNULL
    )
    time.sleep(WARM_SECONDS)
    before, at = usage(process.pid), CLOCK.now()
    for _ in range(SECONDS // SCRAPE_SECONDS):
        time.sleep(SCRAPE_SECONDS)
        scrape(near)
    after, elapsed = usage(process.pid), (CLOCK.now() - at) / 1e9
    for one in (process, capture):
        one.send_signal(signal.SIGTERM)
        one.wait(10)
    wire = true_rtts(pcap)
    sent, received, rtts = measured(folder, config)
    errors = sorted(abs(rtts[key] - wire[key]) for key in rtts.keys() & wire.keys())
    return {
        "cpu": 100 * (after.cpu_seconds - before.cpu_seconds) / elapsed,
        "bytes": after.resident_bytes,
        "lost": sent - received,
        "sent": sent,
        "compared": len(errors),
        "p99": statistics.quantiles(errors, n=100)[98] / 1000,
        "start": (wire["", 0] - begun_ns) / 1e9,
    }


def fping(near: Host, folder: Path) -> float:
    """Percent of a core that fping takes for the same packets."""
    targets = folder / "targets"
    targets.write_text("".join(f"{address(n)}\n" for n in range(TARGETS)))
    words = ["fping", "-q", "-C", str(SECONDS // 2), "-p", "1000", "-i", "1", "-t", "900", "-f", str(targets)]
    at = CLOCK.now()
    process = near.popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return 100 * (used.ru_utime + used.ru_stime) / ((CLOCK.now() - at) / 1e9)


def rows() -> Iterator[Row]:
    """The daemon's figures, with fping's where it does the same."""
    with Lab() as lab, tempfile.TemporaryDirectory() as name:
        near, far = lab.host("near"), lab.host("far")
        link = lab.link(near, far)
        far.answer(NETWORK)
        near.route(NETWORK, link)
        found = daemon(near, link.devices[0], Path(name))
        peer = fping(near, Path(name))
    what = f"{TARGETS} targets, a packet a second"
    yield Row(f"daemon, {what}: CPU", found["cpu"], "% of a core", at_most=25, peer="fping", peer_figure=peer)
    yield Row(f"daemon, {what}: memory", found["bytes"] / 2**20, "MiB", at_most=150)
    yield Row(
        f"daemon, {what}: packets not answered of {found['sent']:,}", found["lost"], "packets", at_most=0
    )
    yield Row(
        f"RTT against tcpdump meanwhile, {found['compared']:,} packets: error p99",
        found["p99"],
        "us",
        at_most=20,
    )
    yield Row(f"start to first packet, {TARGETS} targets", found["start"], "s", at_most=1.5)
