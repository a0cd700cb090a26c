"""A DNS query over networks of our own: whose word an error is, and that the time is the line's."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from probes.model import Reason, Round, Timing
from tests.lab import Lab
from tests.probes.dns_rounds import address, message, probe
from tests.probes.error_lab import error_lab
from tests.probes.tcp_rounds import round_of


@pytest.mark.root
@pytest.mark.server("nftables")
def test_whose_word_an_error_is_decides() -> None:
    with error_lab() as (edge, _far, target, said_by):
        edge.run(["nft", "-f", "-"], input=KEPT)
        with edge.enter():
            rounds = asyncio.run(
                _rounds_of(target, f"{target}:54", "198.51.100.9", "203.0.113.9", "192.0.2.9")
            )
    assert [(one.sent, one.received, one.reason, one.detail) for one in rounds] == [
        (1, 1, Reason.REFUSED, "the target says: port unreachable"),
        (0, 0, Reason.LOCAL, "Operation not permitted: forbidden by this host's firewall, or a capability "
                             "is missing (a mark needs CAP_NET_ADMIN)"),
        (1, 0, Reason.UNREACHABLE, f"{said_by} says: host unreachable"),
        (1, 0, Reason.UNREACHABLE, "the next hop answers no ARP or neighbour discovery"),
        (0, 0, Reason.LOCAL, "Network is unreachable: this host has no route to it"),
    ]  # fmt: skip


KEPT = """
table inet test { chain outgoing { type filter hook output priority 0;
  udp dport 54 drop
}
}
"""


@pytest.mark.slow
@pytest.mark.root
def test_the_rtt_is_the_lines_delay_both_ways_by_the_kernels_stamps() -> None:
    with Lab() as lab:
        edge, far = lab.host("edge"), lab.host("far")
        target = lab.wan("acme", edge, far, delay_ms=15).addresses[1]
        with far.enter(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind((target, 53))
            answerer = threading.Thread(target=_answer, args=(server,))
            answerer.start()
            with edge.enter():
                rounds = asyncio.run(_one_after_another(target, 20))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
                end.sendto(b"", (target, 53))
            answerer.join()
    rtts_ms = sorted(rtt / 10_000 for one in rounds for rtt in one.rtts if rtt is not None)
    assert len(rtts_ms) == 20
    assert rtts_ms[0] >= 30
    assert rtts_ms[0] == pytest.approx(30, abs=5)  # the server's own time is in it: the quickest counts
    assert Timing.KERNEL in {one.timing for one in rounds}


def _answer(server: socket.socket) -> None:
    while query := (received := server.recvfrom(512))[0]:
        server.sendto(message(query, address()), received[1])


async def _one_after_another(server: str, count: int) -> list[Round]:
    return [round_of(await probe(server)) for _ in range(count)]


async def _rounds_of(*addresses: str) -> list[Round]:
    outcomes = await asyncio.gather(*(probe(one) for one in addresses))
    return [round_of(outcome) for outcome in outcomes]
