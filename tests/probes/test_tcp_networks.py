"""A TCP handshake over networks of our own."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from probes.clock import NS_PER_MS, Instant, SystemClock
from probes.connect import seconds_to
from probes.model import Reason, Round
from probes.values import Duration
from tests.lab import Lab
from tests.probes.error_lab import error_lab
from tests.probes.tcp_rounds import (
    probe,
    round_of,
)


@pytest.mark.root
@pytest.mark.server("nftables")
def test_whose_word_an_error_is_decides_on_a_real_network() -> None:
    with error_lab() as (edge, far, target, said_by):
        far.run(["nft", "-f", "-"], input=REJECTS)
        with edge.enter():
            rounds = asyncio.run(
                _rounds_of(
                    f"{target}:80", f"{target}:81", "198.51.100.9:80", "203.0.113.9:80", "192.0.2.9:80"
                )
            )
    assert [(one.sent, one.received, one.reason, one.detail) for one in rounds] == [
        (1, 1, Reason.REFUSED, "Connection refused"),
        (1, 1, Reason.REFUSED, "the target says: administratively prohibited"),
        (1, 0, Reason.UNREACHABLE, f"{said_by} says: host unreachable"),
        (1, 0, Reason.UNREACHABLE, "the next hop answers no ARP or neighbour discovery"),
        (0, 0, Reason.LOCAL, "Network is unreachable: this host has no route to it"),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.root
def test_the_rtt_is_the_lines_delay_both_ways() -> None:
    with Lab() as lab:
        edge, far = lab.host("edge"), lab.host("far")
        target = lab.wan("acme", edge, far, delay_ms=15).addresses[1]
        with far.enter(), socket.create_server((target, 80)), edge.enter():
            rounds = asyncio.run(_rounds_of(*[f"{target}:80"] * 20))
    rtts_ms = sorted(rtt / 10_000 for one in rounds for rtt in one.rtts if rtt is not None)
    assert len(rtts_ms) == 20
    assert 30 <= rtts_ms[0] <= 30.5  # a busy machine makes some longer, but not all


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("nftables")
def test_a_lost_syn_is_a_packet_sent_and_lost_and_leaves_no_rtt() -> None:
    with Lab() as lab:
        edge, far = lab.host("edge"), lab.host("far")
        target = lab.link(edge, far).addresses[1]
        far.run(["nft", "-f", "-"], input=FIRST_SYN_LOST)
        with far.enter(), socket.create_server((target, 80)), edge.enter():
            answered, refused, lost = asyncio.run(
                _rounds_of(f"{target}:80", f"{target}:81", f"{target}:82", timeout=Duration(1_500))
            )
    assert (answered.sent, answered.received, answered.rtts) == (2, 1, ())
    assert answered.reason is Reason.NONE
    assert (refused.sent, refused.received, refused.rtts) == (2, 1, ())
    assert refused.reason is Reason.REFUSED
    assert (lost.sent, lost.received, lost.rtts) == (2, 0, (None, None))
    assert lost.detail == "no answer to 2 SYNs in 1500ms"


async def _rounds_of(*addresses: str, **changes: Any) -> list[Round]:  # noqa: ANN401
    outcomes = await asyncio.gather(*(probe(address, **changes) for address in addresses))
    return [round_of(outcome) for outcome in outcomes]


REJECTS = """
table inet test { chain incoming { type filter hook input priority 0;
  tcp dport 81 reject with icmpx admin-prohibited
}
}
"""
FIRST_SYN_LOST = """
table inet test { chain incoming { type filter hook input priority 0;
  tcp dport 80 tcp flags syn numgen inc mod 2 == 0 drop
  tcp dport 81 tcp flags syn numgen inc mod 2 == 0 drop
  tcp dport 82 drop
}
}
"""


def test_the_deadline_is_an_instant_of_the_injected_clock() -> None:
    clock = SystemClock()
    assert seconds_to(Instant(0, 0), clock) == 0
    assert 0 < seconds_to(clock.now().plus(NS_PER_MS), clock) <= 0.001
