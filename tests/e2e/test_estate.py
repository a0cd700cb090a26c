"""An estate with every kind of probe, under faults: what each probe says, and what is true of the circuit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

import pytest

from collector.ledger.reader import SqliteReader
from tests.e2e.daemon import Daemon
from tests.e2e.estate_run import cut, servers_hang
from tests.lab.estate import Estate, estate
from tests.servers.far_side import UTILISATION

pytestmark = [pytest.mark.slow, pytest.mark.root]

ROUND_MS = 1_000
FAST = {"every": "1s", "timeout": "700ms"}


@dataclass(frozen=True)
class Watched:
    """The networks, and the daemon that measures them."""

    estate: Estate
    daemon: Daemon

    def kept(self, circuit: str, probe: str) -> list[tuple[str, str]]:
        """(reason, detail) of each round of a probe."""
        rows = [row for row in self.daemon.kept() if (row["circuit"], row["probe"]) == (circuit, probe)]
        return [(row["reason"], row["detail"]) for row in rows]

    def until_said(self, circuit: str, probe: str, reason: str, words: str) -> None:
        """Wait until a round of a probe has this reason, with these words in its detail."""
        self.daemon.until(
            lambda: any(reason == said and words in detail for said, detail in self.kept(circuit, probe)),
            f"{circuit}/{probe} has a round with {reason}: {words}",
        )

    def outages(self) -> set[str]:
        """The circuits that had one, as far as it has ended."""
        with SqliteReader(self.daemon.ledger) as reader:
            return {one.circuit for one in reader.outages() if one.end_ms is not None}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with estate(2, 2, faults=True) as found:
        daemon = Daemon(tmp_path_factory.mktemp("estate"), found.configuration(**FAST), found.edge)
        with daemon:
            for circuit in ("carrier0-00", "carrier0-01", "carrier1-00", "carrier1-01"):
                daemon.until_status(circuit, "up")
            yield Watched(found, daemon)


def test_a_cut_line_is_an_outage_of_its_circuits_alone_and_every_probe_says_why(watched: Watched) -> None:
    with cut(watched.estate, "carrier0"):
        for circuit in ("carrier0-00", "carrier0-01"):
            watched.daemon.until_status(circuit, "down")
        for probe in ("web", "portal", "names", "port"):
            watched.until_said("carrier0-00", probe, "timeout", "no answer")
    for circuit in ("carrier0-00", "carrier0-01"):
        watched.daemon.until_status(circuit, "up")
    both = {"carrier0-00", "carrier0-01"}
    watched.daemon.until(lambda: watched.outages() == both, "their outages are stored, and no others")
    reasons = {
        reason for probe in ("pe", "web", "portal") for reason, _ in watched.kept("carrier1-00", probe)
    }
    assert reasons == {"none"}


def test_servers_that_hang_are_no_outage_of_a_circuit_that_carries(watched: Watched) -> None:
    with servers_hang(watched.estate, "carrier1"):
        watched.until_said("carrier1-00", "portal", "protocol", "connected")
        watched.until_said("carrier1-00", "names", "timeout", "no answer")
        watched.until_said("carrier1-00", "port", "timeout", "no answer")
    assert watched.daemon.status_of("carrier1-00") == "up"
    assert "carrier1-00" not in watched.outages()


def test_what_the_probes_found_beside_their_rounds_is_true_and_shown(watched: Watched) -> None:
    def utilisation() -> float | None:
        return watched.daemon.metric(
            "linkledger_interface_receive_utilisation_ratio", circuit="carrier0-00", probe="port"
        )

    watched.daemon.until(lambda: utilisation() is not None, "two polls of the interface are in")
    where = {"circuit": "carrier0-00"}
    assert watched.daemon.metric("linkledger_http_status_code", **where) == 200
    assert watched.daemon.metric("linkledger_dns_answer_records", **where) == 1
    assert watched.daemon.metric("linkledger_interface_oper_status", **where) == 1
    assert watched.daemon.metric("linkledger_interface_speed_bytes_per_second", **where) == 12_500_000
    with SqliteReader(watched.daemon.ledger) as reader:
        samples = [one for _, some in reader.iter_samples(circuit="carrier0-00") for one in some]
    shares = [float(one.value) for one in samples if one.name == "if_receive_utilisation_ratio"]
    assert fmean(shares) == pytest.approx(UTILISATION, rel=0.05)
