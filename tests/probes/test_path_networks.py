"""Traces through real routers, in namespaces of their own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest

from probes.model import NO_VIA, Outcome, Reason, Round, Timing, Via
from tests.lab import Host, Lab
from tests.probes.icmp_lab import unprivileged
from tests.probes.path_lab import cable, chain, path_of, route, routers_of, talk_freely, trace
from tests.probes.tcp_rounds import round_of, samples_of

pytestmark = pytest.mark.root

HOPS4 = [["10.64.0.2"], ["10.64.1.2"], ["10.64.2.2"], ["10.64.3.2"]]
HOPS6 = [["fd00::2"], ["fd00:1::2"], ["fd00:2::2"], ["fd00:3::2"]]
WAYS = (NO_VIA, Via(interface="two"), Via(interface="two", source="10.64.1.1"))
PACKET_OUTGOING = 4
ETH_P_ALL = 3


@pytest.fixture(scope="module")
def row() -> Iterator[list[Host]]:
    """Edge, three routers, and a far end four hops away."""
    with Lab() as lab:
        yield chain(lab, "edge", "one", "two", "three", "far")


def traced(edge: Host, address: str, **options: object) -> Outcome:
    with edge.enter():
        return asyncio.run(trace(address, **options))  # type: ignore[arg-type] # what PathOptions takes


@pytest.mark.parametrize("protocol", ["icmp", "udp"])
@pytest.mark.parametrize(("target", "hops"), [("10.64.3.2", HOPS4), ("fd00:3::2", HOPS6)])
def test_a_trace_gives_the_true_hops(row: list[Host], protocol: str, target: str, hops: object) -> None:
    outcome = traced(row[0], target, protocol=protocol)
    made, path = round_of(outcome), path_of(outcome)
    assert routers_of(outcome) == hops
    assert (path["protocol"], path["address"], path["reached"]) == (protocol, target, True)
    assert (path["ended"], path["raw"]) == ("target", True)
    assert (made.sent, made.received, made.reason, made.detail) == (3, 3, Reason.NONE, "")
    assert made.timing is Timing.KERNEL
    assert samples_of(outcome)["path_hops"] == 4
    assert all("error" not in router for hop in path["hops"] for router in hop["routers"])


@pytest.mark.parametrize("protocol", ["icmp", "udp"])
@pytest.mark.parametrize(("target", "hops"), [("10.64.3.2", HOPS4), ("fd00:3::2", HOPS6)])
def test_it_does_so_without_any_privilege(row: list[Host], protocol: str, target: str, hops: object) -> None:
    with row[0].enter(), unprivileged():
        outcome = asyncio.run(trace(target, protocol=protocol))
    assert routers_of(outcome) == hops
    assert path_of(outcome)["raw"] is False
    assert (round_of(outcome).received, round_of(outcome).timing) == (3, Timing.KERNEL)


@pytest.mark.parametrize("protocol", ["icmp", "udp"])
@pytest.mark.parametrize("target", ["10.64.3.2", "fd00:3::2"])
def test_what_balances_load_sees_one_flow_in_all_packets_of_all_traces(
    row: list[Host], protocol: str, target: str
) -> None:
    edge = row[0]
    with edge.enter(), socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)) as tap:
        tap.setblocking(False)
        for _ in range(2):
            asyncio.run(trace(target, protocol=protocol, dscp=46))
        packets = list(outgoing(tap, 1 if protocol == "icmp" else 17, 58 if protocol == "icmp" else 17))
    assert len(packets) >= 24
    assert len({flow for flow, _ in packets}) == 1
    assert {ttl for _, ttl in packets} >= {1, 2, 3, 4}


def outgoing(tap: socket.socket, *protocols: int) -> Iterator[tuple[bytes, int]]:
    """What a load balancer may hash of each packet, and its TTL."""
    while True:
        try:
            packet, (_, _, kind, _, _) = tap.recvfrom(65_535)
        except BlockingIOError:
            return
        six = packet[0] >> 4 == 6
        if kind != PACKET_OUTGOING or packet[6 if six else 9] not in protocols:
            continue
        if six and packet[40] in range(133, 138) and packet[6] == 58:  # neighbour discovery
            continue
        if six:
            yield packet[:4] + packet[8:44], packet[7]  # DSCP and flow label, addresses, four bytes
        else:
            yield packet[1:2] + packet[9:10] + packet[12:24], packet[8]


@pytest.fixture(scope="module")
def fork() -> Iterator[Host]:
    """An edge whose packets one router spreads over two by ports; far is fd00:9::2 and 10.64.9.2."""
    with Lab() as lab:
        edge, split, left, right, far = (
            lab.router(name) for name in ("edge", "split", "left", "right", "far")
        )
        # A cable would hand the sender's own hash on to the splitting router; a line hands on bytes alone.
        line = lab.wan("line", edge, split)
        for end, host in enumerate((edge, split), 1):
            host.ip("addr", "add", f"fd00::{end}/64", "dev", line.devices[0], "nodad")
        for number, pair in enumerate([(split, left), (split, right), (left, far), (right, far)], 1):
            cable(lab, number, *pair)
        for host in (edge, split, left, right, far):
            talk_freely(host)
        split.run(
            ["sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1", "net.ipv6.fib_multipath_hash_policy=1"]
        )
        for ends, family in (("10.64.{}.{}", "default"), ("fd00:{}::{}", "default")):
            edge.ip("route", "add", family, "via", ends.format(0, 2))
            hops = [word for n in (1, 2) for word in ("nexthop", "via", ends.format(n, 2))]
            split.ip(*(["-6"] if ":" in ends else []), "route", "add", family, *hops)
            left.ip("route", "add", family, "via", ends.format(3, 2))
            right.ip("route", "add", family, "via", ends.format(4, 2))
            far.ip("route", "add", family, "via", ends.format(3, 1))
        for host, over, end in ((left, 1, 1), (right, 2, 1)):
            route(host, 0, over, end)
        far.ip("addr", "add", "10.64.9.2/32", "dev", "lo")
        far.ip("addr", "add", "fd00:9::2/128", "dev", "lo")
        yield edge


@pytest.mark.parametrize("target", ["10.64.9.2", "fd00:9::2"])
def test_a_trace_over_balanced_lines_is_one_path_that_exists(fork: Host, target: str) -> None:
    with fork.enter():
        first, again = (asyncio.run(traces(target)) for _ in range(2))
    ends = "fd00:{}::2" if ":" in target else "10.64.{}.2"
    over = [[[ends.format(number)]] for number in (1, 2)]
    assert all(path[1:2] in over and all(len(hop) == 1 for hop in path) for path in first)
    assert len({str(path) for path in first}) == 2  # the lines are balanced indeed
    assert again == first


async def traces(target: str) -> list[list[list[str]]]:
    outcomes = await asyncio.gather(*(trace(target, series=n, protocol="udp", queries=3) for n in range(20)))
    assert all(round_of(one).received == 3 for one in outcomes)
    return [routers_of(one) for one in outcomes]


DROPS = """
table inet test { chain out { type filter hook output priority 0;
  icmp type time-exceeded drop
  icmpv6 type time-exceeded drop
}
}
"""


@pytest.mark.server("nftables")
@pytest.mark.parametrize("target", ["10.64.3.2", "fd00:3::2"])
def test_a_router_that_says_nothing_is_a_gap_and_the_trace_goes_on(row: list[Host], target: str) -> None:
    row[2].run(["nft", "-f", "-"], input=DROPS)
    try:
        outcome = traced(row[0], target, wait="500ms", queries=1)
    finally:
        row[2].run(["nft", "delete", "table", "inet", "test"])
    hops = HOPS6 if ":" in target else HOPS4
    assert routers_of(outcome) == [hops[0], [], *hops[2:]]
    assert path_of(outcome)["hops"][1] == {"ttl": 2, "sent": 1, "routers": []}
    assert (round_of(outcome).received, round_of(outcome).reason) == (1, Reason.NONE)


REJECTS = """
table inet test { chain through { type filter hook forward priority 0;
  meta l4proto { icmp, udp } ip daddr 10.64.3.2 reject with icmp admin-prohibited
}
}
"""


@pytest.mark.server("nftables")
@pytest.mark.parametrize("protocol", ["icmp", "udp"])
def test_a_router_that_forbids_is_where_the_way_ends(row: list[Host], protocol: str) -> None:
    row[2].run(["nft", "-f", "-"], input=REJECTS)
    try:
        outcome = traced(row[0], "10.64.3.2", protocol=protocol)
    finally:
        row[2].run(["nft", "delete", "table", "inet", "test"])
    made, last = round_of(outcome), path_of(outcome)["hops"][-1]
    assert (made.sent, made.received, made.reason) == (3, 0, Reason.UNREACHABLE)
    assert made.detail == "hop 3: 10.64.1.2 says: administratively prohibited"
    assert (last["routers"][0]["error"], path_of(outcome)["ended"]) == ("!X", "error")


def test_a_cut_in_the_middle_is_said_with_the_last_router_before_it() -> None:
    with Lab() as lab:
        hosts = [lab.router(name) for name in ("edge", "one", "two", "far")]
        links = [lab.link(*pair) for pair in pairwise(hosts)]
        for number, host in enumerate(hosts[:-1]):
            host.ip("route", "add", "default", "via", links[number].addresses[1])
        hosts[2].ip("route", "add", "10.64.0.0/30", "via", "10.64.1.1")
        links[2].cut()
        outcome = traced(hosts[0], "10.64.2.2", wait="500ms", queries=1, gap=3)
        # The next hop's silence is told by the kernel only after three seconds of ARP.
        hosts[0].ip("route", "add", "blackhole", "10.64.2.0/30")
        local = traced(hosts[0], "10.64.2.2")
    made, path = round_of(outcome), path_of(outcome)
    assert (made.sent, made.received, made.rtts, made.reason) == (1, 0, (None,), Reason.TIMEOUT)
    assert made.detail == "no answer beyond hop 2 (10.64.1.2), asked up to hop 5"
    assert routers_of(outcome) == [["10.64.0.2"], ["10.64.1.2"], [], [], []]
    assert (path["reached"], path["ended"]) == (False, "silence")
    assert "path_hops" not in samples_of(outcome)
    assert is_ours(round_of(local))


def is_ours(made: Round) -> bool:
    return (made.sent, made.reason) == (0, Reason.LOCAL) and made.detail.startswith("not sent: ")


def test_a_via_decides_by_which_line_the_trace_leaves() -> None:
    with Lab() as lab:
        edge, one, two, far = (lab.router(name) for name in ("edge", "one", "two", "far"))
        for number, pair in enumerate([(edge, one), (edge, two), (one, far), (two, far)]):
            cable(lab, number, *pair)
        for host in (one, two):
            talk_freely(host)
        far.ip("addr", "add", "10.64.9.2/32", "dev", "lo")
        for device, hop, metric in (("one", "10.64.0.2", "1"), ("two", "10.64.1.2", "2")):
            edge.ip("route", "add", "default", "via", hop, "dev", device, "metric", metric)
        for host, number in ((one, 2), (two, 3)):
            host.ip("route", "add", "10.64.9.2/32", "via", f"10.64.{number}.2")
        far.ip("route", "add", "10.64.0.0/30", "via", "10.64.2.1")
        far.ip("route", "add", "10.64.1.0/30", "via", "10.64.3.1")
        found = {
            (protocol, str(way)): routers_of(traced(edge, "10.64.9.2", protocol=protocol, via=way))
            for protocol in ("icmp", "udp")
            for way in WAYS
        }
    hops = {NO_VIA: "10.64.0.2", WAYS[1]: "10.64.1.2", WAYS[2]: "10.64.1.2"}
    assert found == {
        (protocol, str(way)): [[hops[way]], ["10.64.9.2"]] for protocol in ("icmp", "udp") for way in WAYS
    }
