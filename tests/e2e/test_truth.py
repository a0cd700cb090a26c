"""What the daemon says against what is known to have happened on the lab's lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import median

import pytest

from collector.ledger.reader import SqliteReader
from tests.e2e.daemon import Daemon, circuit, icmp, site
from tests.lab import Lab, Link, Wan

BEHIND = "203.0.113.0/24"
ROUND_MS = 1_000
DELAY_MS = 10.0
LOSS = 0.05
pytestmark = [pytest.mark.slow, pytest.mark.root]


@dataclass(frozen=True)
class Estate:
    """edge --cable-- our gateway --access-- the carrier's box --line-- the far side."""

    lab: Lab
    daemon: Daemon
    cable: Link
    access: Link
    line: Wan


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    """A circuit over the carrier's box, with a reference of ours before and one of the carrier's on it."""
    with Lab() as lab:
        edge, gateway = lab.host("edge"), lab.router("gw")
        box, far = lab.router("cpe"), lab.host("far")
        cable, access = lab.link(edge, gateway), lab.link(gateway, box)
        line = lab.wan("acme", box, far, delay_ms=DELAY_MS)
        edge.route("default", cable)
        gateway.route(BEHIND, access)
        box.route(BEHIND, line)
        box.route(f"{cable.addresses[0]}/32", access)
        far.route("default", line)
        far.answer(BEHIND)
        references = (
            {"icmp": cable.addresses[1], "owner": "ours"},
            {"icmp": access.addresses[1], "owner": "carrier", "carrier": "acme"},
        )
        config = {**site(*references), "circuits": {"lon-acme": circuit(icmp("203.0.113.7"))}}
        with Daemon(tmp_path, config, edge) as daemon:
            daemon.until_status("lon-acme", "up")
            yield Estate(lab, daemon, cable, access, line)


def outages(daemon: Daemon) -> list[tuple[int, int]]:
    """(start, end) in ms of the outages that the ledger keeps, once they have ended."""
    with SqliteReader(daemon.ledger) as reader:
        return [(one.start_ms, one.end_ms) for one in reader.outages() if one.end_ms is not None]


@pytest.mark.parametrize("part", ["line", "access"])
def test_an_outage_beyond_our_gateway_is_the_carriers_and_timed_within_one_round(
    estate: Estate, part: str
) -> None:
    broken: Link | Wan = getattr(estate, part)
    cut_ms = broken.cut()
    estate.daemon.until_status("lon-acme", "down")
    restored_ms = broken.restore()
    estate.daemon.until_status("lon-acme", "up")
    estate.daemon.until(lambda: bool(outages(estate.daemon)), "the outage is stored")
    ((start_ms, end_ms),) = outages(estate.daemon)
    assert abs(start_ms - cut_ms) <= ROUND_MS
    assert abs(end_ms - restored_ms) <= ROUND_MS


def test_a_cut_of_our_own_gateway_is_unknown_and_no_outage(estate: Estate) -> None:
    estate.cable.cut()
    estate.daemon.until_status("lon-acme", "unknown")
    assert estate.daemon.metric("linkledger_circuit_up", circuit="lon-acme") is None
    estate.cable.restore()
    estate.daemon.until_status("lon-acme", "up")
    # An outage that follows is stored after anything that might have been made of the cut.
    estate.line.cut()
    estate.daemon.until_status("lon-acme", "down")
    cut_ms = estate.line.restore()
    estate.daemon.until(lambda: bool(outages(estate.daemon)), "the carrier's outage is stored")
    assert [abs(end_ms - cut_ms) <= ROUND_MS for _, end_ms in outages(estate.daemon)] == [True]


def test_rtt_and_loss_are_those_of_the_line(tmp_path: Path) -> None:
    circuits = {f"far-{n}": circuit(icmp(f"203.0.113.{n}", packets=20)) for n in range(1, 6)}
    with Lab() as lab:
        edge, far = lab.host("edge"), lab.host("far")
        line = lab.wan("acme", edge, far, delay_ms=DELAY_MS, loss=LOSS, seed=11)
        edge.route(BEHIND, line)
        far.answer(BEHIND)
        with Daemon(tmp_path, {**site(), "circuits": circuits}, edge) as daemon:
            daemon.until(lambda: line.counts()[0].entered >= 1_000, "a thousand packets were sent")
            daemon.stop()
            rounds = daemon.export()
        there, back = line.counts()
    sent = sum(int(row["sent"]) for row in rounds)
    lost = sent - sum(int(row["received"]) for row in rounds)
    chance = 1 - (1 - LOSS) ** 2
    assert abs(lost - sent * chance) <= 4 * sqrt(sent * chance * (1 - chance))
    # What is in flight at the stop is not counted: one unfinished round a target at most.
    unfinished = there.entered - sent
    assert 0 <= unfinished <= 2 * 20 * len(circuits)
    assert 0 <= there.lost + back.lost - lost <= unfinished
    rtts = [float(rtt) * 1e3 for row in rounds for rtt in row["rtt_seconds"].split(";") if rtt]
    assert min(rtts) >= 2 * DELAY_MS
    assert median(rtts) == pytest.approx(
        2 * DELAY_MS, abs=0.5
    )  # a busy machine makes some longer, but not half


def test_a_failed_circuit_is_down_though_its_route_moved_to_another(tmp_path: Path) -> None:
    with Lab() as lab:
        edge, gateway, far = lab.host("edge"), lab.host("gw"), lab.host("far")
        cable = lab.link(edge, gateway)
        first, second = (lab.wan(name, edge, far, delay_ms=DELAY_MS) for name in ("acme", "beta"))
        far.answer(BEHIND)
        edge.route(BEHIND, first, metric=10)
        edge.route(BEHIND, second, metric=20)
        circuits = {
            "lon-acme": circuit(icmp("203.0.113.1"), "acme", via={"interface": "acme"}),
            "lon-beta": circuit(icmp("203.0.113.2"), "beta", via={"interface": "beta"}),
            "routed": circuit(icmp("203.0.113.3"), "acme"),
        }
        references = {"icmp": cable.addresses[1], "owner": "ours"}
        with Daemon(tmp_path, {**site(references), "circuits": circuits}, edge) as daemon:
            for name in circuits:
                daemon.until_status(name, "up")
            first.cut()
            edge.unroute(BEHIND, first, metric=10)
            daemon.until_status("lon-acme", "down")
            assert daemon.status_of("lon-beta") == "up"
            # This is what a circuit without `via` would say: it follows the routes.
            assert daemon.status_of("routed") == "up"
