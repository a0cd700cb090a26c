"""The engine against the kernel's own answers: loopback addresses and a router in another network."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Iterator
from itertools import count

import pytest

from probes.icmp.engine import IcmpEngine
from probes.icmp.lane import ROTATE_NS, Lane
from probes.icmp.route import Route
from probes.icmp.socket import IcmpSocket
from probes.model import Failure, Reason, Timing, Via
from tests.probes.icmp_lab import bench, enter, private_network, run, stamped_socket, sysctl

pytestmark = pytest.mark.root


@pytest.fixture(scope="module", autouse=True)
def _stamping() -> Iterator[None]:
    with stamped_socket():
        yield


@pytest.fixture
def alone() -> Iterator[int]:
    """A network of its own; datagram sockets are allowed in it."""
    with private_network() as network:
        sysctl("net.ipv4.ping_group_range", "0 0")
        yield network


@pytest.fixture
def router(alone: int) -> Iterator[int]:
    """A router beyond a veth, 10.1.0.1 and 2001:db8:1::1, that refuses some networks and drops others."""
    with private_network() as far:
        run(
            "ip link add far type veth peer name near",
            "ip addr add 10.1.0.1/24 dev far",
            "ip -6 addr add 2001:db8:1::1/64 dev far nodad",
            "ip link set far up",
            "ip route add unreachable 10.2.0.0/16",
            "ip route add prohibit 10.3.0.0/16",
            "ip route add blackhole 10.4.0.0/16",
            "ip -6 route add unreachable 2001:db8:2::/48",
        )
        sysctl("net.ipv4.ip_forward", "1")
        sysctl("net.ipv6.conf.all.forwarding", "1")
        sysctl("net.ipv4.icmp_ratemask", "0")  # neither per host nor over all: other tests send errors too
        sysctl("net.ipv6.icmp.ratelimit", "0")
        run(f"ip link set near netns /proc/{os.getpid()}/fd/{alone}")
        enter(alone)
        run(
            "ip addr add 10.1.0.2/24 dev near",
            "ip addr add 10.1.0.3/24 dev near",
            "ip -6 addr add 2001:db8:1::2/64 dev near nodad",
            "ip link set near up",
            "ip route add default via 10.1.0.1",
            "ip -6 route add default via 2001:db8:1::1",
            # a link that has just come up carries nothing until the kernel's own work got round to it
            "ping -q -c 1 -i 0.2 -w 30 10.1.0.1",
            "ping -q -c 1 -i 0.2 -w 30 2001:db8:1::1",
        )
        yield far
        enter(far)


MODES = pytest.mark.parametrize("mode", ["raw", "datagram"])


@MODES
@pytest.mark.parametrize("address", ["127.0.0.9", "::1"])
async def test_an_answered_round_has_kernel_rtts(alone: int, mode: str, address: str) -> None:
    async with bench(mode) as it:
        await it.ping(address, packets=5)
        made = await it.only()
    assert (made.sent, made.received, made.reason, made.detail) == (5, 5, Reason.NONE, "")
    assert made.timing is Timing.KERNEL
    assert all(rtt is not None and 0 < rtt < 10_000_000 for rtt in made.rtts)


@MODES
async def test_both_ip_versions_share_an_engine(alone: int, mode: str) -> None:
    async with bench(mode) as it:
        await it.ping("127.0.0.1", "::1", "127.9.9.9")
        assert [one.received for one in await it.got(3)] == [1, 1, 1]


@MODES
@pytest.mark.parametrize("size", [16, 17, 56, 1_472, 9_000, 65_507])
async def test_any_size_comes_back(alone: int, mode: str, size: int) -> None:
    async with bench(mode) as it:
        await it.ping("127.0.0.1", size=size)
        assert (await it.only()).received == 1


@MODES
async def test_a_thousand_targets_at_once_lose_nothing(alone: int, mode: str) -> None:
    addresses = [f"127.1.{i >> 8}.{i & 255}" for i in range(1, 1_001)]
    async with bench(mode) as it:
        await it.ping(*addresses)
        rounds = await it.got(1_000)
        assert sum(one.received for one in rounds) == 1_000
        assert it.counted("drops") == 0
        assert it.counted("outstanding_peak") <= 1_000


@MODES
async def test_silence_is_a_loss_once_the_time_out_has_passed(router: int, mode: str) -> None:
    async with bench(mode) as it:
        await it.ping("10.4.0.1", packets=3)
        assert not it.rounds
        it.clock.jump(1_900)
        await it.ping("127.0.0.1")
        await it.got(1)
        assert it.rounds[0].received == 1
        it.rounds.clear()
        it.clock.jump(200)
        made = await it.only()
    assert (made.sent, made.received, made.rtts) == (3, 0, (None, None, None))
    assert (made.reason, made.detail) == (Reason.TIMEOUT, "3 of 3 unanswered within 2s")


@MODES
@pytest.mark.parametrize(
    ("address", "detail"),
    [
        ("10.2.0.1", "host unreachable, says 10.1.0.1"),
        ("10.3.0.1", "administratively prohibited, says 10.1.0.1"),
        ("2001:db8:2::1", "no route, says 2001:db8:1::1"),
    ],
)
async def test_a_router_that_refuses_is_named(router: int, mode: str, address: str, detail: str) -> None:
    async with bench(mode) as it:
        await it.ping(address, packets=2, timeout_ms=300)
        made = await it.only()
        assert it.counted("errors") == 2
    assert (made.sent, made.received, made.reason) == (2, 0, Reason.UNREACHABLE)
    assert made.detail == detail


@MODES
async def test_one_targets_error_is_not_anothers(router: int, mode: str) -> None:
    async with bench(mode) as it:
        for _ in range(3):
            await it.ping("10.2.0.1", "10.1.0.1", "10.2.0.2", "127.0.0.1", timeout_ms=300)
        rounds = await it.got(12)
    assert [one.received for one in rounds] == [0] * 3 + [1] * 3 + [0] * 3 + [1] * 3
    assert all(one.timing is Timing.KERNEL for one in rounds)


@MODES
async def test_a_next_hop_that_answers_no_arp_is_unreachable_and_not_our_fault(
    router: int, mode: str
) -> None:
    run("ip neigh replace 10.1.0.77 dev near nud failed")
    sysctl("net.ipv4.neigh.near.retrans_time_ms", "20")
    async with bench(mode) as it:
        await it.ping("10.1.0.77", timeout_ms=500)
        made = await it.only()
    assert (made.sent, made.reason) == (1, Reason.UNREACHABLE)
    assert made.detail == "host unreachable: the next hop answers no ARP"


@MODES
async def test_a_firewall_of_our_own_that_rejects_is_a_local_reason(alone: int, mode: str) -> None:
    run(
        "nft add table inet t",
        "nft add chain inet t out { type filter hook output priority 0 ; }",
        "nft add rule inet t out ip daddr 127.0.0.66 icmp type echo-request reject",
    )
    async with bench(mode) as it:
        await it.ping("127.0.0.66", "127.0.0.1", timeout_ms=300)
        refused, fine = await it.got(2)
    assert (refused.sent, refused.reason) == (0, Reason.LOCAL)
    assert (fine.received, fine.timing) == (1, Timing.KERNEL)


@MODES
@pytest.mark.parametrize(
    ("setup", "detail"),
    [
        pytest.param((), "not sent: Network is unreachable", id="no route"),
        pytest.param(
            ("ip route add unreachable 192.0.2.0/24",), "not sent: No route to host", id="refused by a route"
        ),
        pytest.param(
            (
                "nft add table inet t",
                "nft add chain inet t out { type filter hook output priority 0 ; }",
                "nft add rule inet t out ip daddr 192.0.2.1 drop",
                "ip route add 192.0.2.0/24 dev lo",
            ),
            "not sent: a firewall of this host refused it, or its mark needs CAP_NET_ADMIN",
            id="dropped by a firewall",
        ),
    ],
)
async def test_what_this_host_does_not_send_is_not_counted_and_does_not_disturb_others(
    alone: int, mode: str, setup: tuple[str, ...], detail: str
) -> None:
    run(*setup)
    async with bench(mode) as it:
        for _ in range(2):
            await it.ping("192.0.2.1", "127.0.0.1", packets=2)
        rounds = await it.got(4)
        assert it.counted("refused") == 4
        assert it.counted("stamps_missing") == 0
        assert it.counted("stamps_discarded") == 0
    for one in rounds[:2]:
        assert (one.sent, one.rtts, one.reason, one.detail) == (0, (), Reason.LOCAL, detail)
    assert [one.received for one in rounds[2:]] == [2, 2]


async def test_a_name_without_an_address_is_that_targets_own_reason(alone: int) -> None:
    failure = Failure(Reason.RESOLVE, "pe.example: no such name")
    async with bench(names={"pe.example": failure, "host.example": "127.0.0.7"}) as it:
        await it.ping("pe.example", "host.example", packets=2)
        broken, fine = await it.got(2)
    assert (broken.sent, broken.reason, broken.detail) == (0, Reason.RESOLVE, failure.detail)
    assert (fine.received, fine.reason) == (2, Reason.NONE)


@pytest.mark.parametrize(
    ("address", "via", "detail"),
    [
        ("127.0.0.1", Via(interface="nothere"), "this host has no interface nothere"),
        (
            "127.0.0.1",
            Via(source="::1"),
            "::1 is no source address for 127.0.0.1: they must be of one IP version",
        ),
        ("127.0.0.1", Via(source="192.0.2.9"), "not sent: Invalid argument"),
        ("fe80::1%nothere", Via(interface="lo"), "no way to fe80::1%nothere: No such device"),
    ],
)
async def test_a_way_that_does_not_exist_is_a_local_reason(
    alone: int, address: str, via: Via, detail: str
) -> None:
    async with bench() as it:
        await it.ping(address, via=via)
        made = await it.only()
    assert (made.sent, made.reason) == (0, Reason.LOCAL)
    assert made.detail.startswith(detail.split(": ")[0])


@MODES
@pytest.mark.parametrize(
    ("address", "via"),
    [
        ("10.1.0.1", Via(source="10.1.0.3")),
        ("10.1.0.1", Via(interface="near")),
        ("10.1.0.1", Via(interface="near", source="10.1.0.3", mark=7)),
        ("2001:db8:1::1", Via(interface="near", source="2001:db8:1::2", mark=7)),
    ],
)
async def test_packets_leave_the_way_that_they_are_told_to(
    router: int, mode: str, address: str, via: Via
) -> None:
    run(
        "nft add table inet t",
        "nft add chain inet t out { type filter hook output priority 0 ; policy drop ; }",
        "nft add rule inet t out icmpv6 type != echo-request accept",
    )
    wanted = [f'oifname "{via.interface or "near"}"']
    if via.source:
        wanted.append(f"{'ip6' if ':' in via.source else 'ip'} saddr {via.source}")
    if via.mark:
        wanted.append(f"meta mark {via.mark}")
    run(f"nft add rule inet t out {' '.join(wanted)} accept".replace('"', ""))
    async with bench(mode) as it:
        await it.ping(address, via=via)
        assert (await it.only()).received == 1
        it.rounds.clear()
        if via.source or via.mark:
            await it.ping(address, timeout_ms=100)
            assert (await it.only()).received == 0


async def test_a_marked_packet_takes_the_route_of_its_mark(router: int) -> None:
    run("ip rule add fwmark 9 lookup 99", "ip route add unreachable default table 99")
    async with bench() as it:
        await it.ping("10.1.0.1", via=Via(mark=9))
        await it.ping("10.1.0.1", via=Via(mark=8))
        assert sorted(one.sent for one in await it.got(2)) == [0, 1]


@pytest.mark.parametrize(("address", "rule"), [("127.0.0.1", "ip dscp 46"), ("::1", "ip6 dscp 46")])
@MODES
async def test_packets_carry_their_dscp(alone: int, mode: str, address: str, rule: str) -> None:
    run(
        "nft add table inet t",
        "nft add chain inet t out { type filter hook output priority 0 ; policy drop ; }",
        f"nft add rule inet t out {rule} accept",
    )
    async with bench(mode) as it:
        await it.ping(address, dscp=46)
        assert (await it.only()).received == 1
        it.rounds.clear()
        await it.ping(address, dscp=0, timeout_ms=100)
        assert (await it.only()).received == 0


async def test_without_ipv6_its_targets_say_so_and_others_go_on(
    alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.socket

    class NoIpv6(real):  # type: ignore[misc, valid-type]
        def __init__(self, family: int = -1, *rest: int, **more: int | None) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
            super().__init__(family, *rest, **more)

    monkeypatch.setattr(socket, "socket", NoIpv6)
    async with bench() as it:
        await it.ping("::1", "127.0.0.1")
        without, fine = await it.got(2)
    assert (without.sent, without.reason) == (0, Reason.LOCAL)
    assert without.detail.startswith("this host sends no IPv6 echo requests")
    assert fine.received == 1


async def test_a_round_whose_packets_were_not_all_handed_over_ends_with_its_slot(alone: int) -> None:
    async with bench() as it:
        await it.ping("127.0.0.1", packets=5, sent=2, every_ms=1_000)
        await it.ping("127.0.0.1")
        await it.got(1)
        it.rounds.clear()
        it.clock.jump(3_100)
        made = await it.only()
    assert (made.sent, made.received, made.reason) == (2, 2, Reason.NONE)


async def test_what_is_in_flight_at_the_end_never_comes(router: int) -> None:
    async with bench() as it:
        await it.ping("10.4.0.1")
        await it.ping("127.0.0.1", "10.4.0.1")
        await it.got(1)
    assert [one.received for one in it.rounds] == [1]


async def test_rounds_finished_before_the_end_can_still_be_read(alone: int) -> None:
    async with bench() as it:
        await it.ping("127.0.0.1", "127.0.0.2")
        await it.engine.aclose()
        assert len(await it.got(2)) == 2


async def test_nothing_is_sent_after_the_end(alone: int) -> None:
    async with bench() as it:
        await it.engine.aclose()
        await it.ping("127.0.0.1")
        assert it.counted("sent") == 0


async def test_without_transmit_stamps_the_monotonic_clock_stands_in(
    alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IcmpSocket, "notices", lambda self, limit: [])
    async with bench() as it:
        await it.ping("127.0.0.1", packets=3)
        made = await it.only()
        assert it.counted("stamps_missing") == 3
    assert (made.received, made.timing) == (3, Timing.MONOTONIC)


async def test_a_transmit_stamp_that_comes_after_the_reply_is_used(
    alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = IcmpSocket.notices, count()
    monkeypatch.setattr(
        IcmpSocket, "notices", lambda self, limit: real(self, limit) if next(calls) > 3 else []
    )
    async with bench() as it:
        await it.ping("127.0.0.1")
        made = await it.only()
    assert (made.received, made.timing) == (1, Timing.KERNEL)


async def test_stamps_of_a_wall_clock_that_stepped_are_discarded(router: int) -> None:
    async with bench() as it:
        it.clock.wall_ns += 3_600_000_000_000
        await it.ping("10.1.0.1")
        made = await it.only()
        assert it.counted("stamps_discarded") == 2
    assert (made.received, made.timing) == (1, Timing.MONOTONIC)
    assert made.rtts[0] is not None
    assert made.rtts[0] < 10_000_000


async def test_an_overrun_buffer_is_our_own_fault_and_no_loss(
    alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Lane.__init__

    def small(self: Lane, sock: IcmpSocket, opened_ns: int) -> None:
        sock._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
        real(self, sock, opened_ns)
        self.room = 1 << 30

    monkeypatch.setattr(Lane, "__init__", small)
    async with bench() as it:
        await it.ping(*[f"127.0.1.{i}" for i in range(1, 61)], timeout_ms=100)
        rounds = await it.got(60)
        dropped = it.counted("drops")
    answered = [one for one in rounds if one.received]
    kept = [one for one in rounds if not one.received]
    assert answered
    assert kept
    assert dropped in (len(kept), 2 * len(kept))
    for one in kept:
        assert (one.sent, one.reason) == (0, Reason.LOCAL)
        assert one.detail == f"receive buffer overran, up to {dropped} datagrams dropped"


async def test_the_buffer_is_read_before_a_quarter_of_it_can_be_filled(
    alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Lane.__init__

    def small(self: Lane, sock: IcmpSocket, opened_ns: int) -> None:
        sock._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
        real(self, sock, opened_ns)

    monkeypatch.setattr(Lane, "__init__", small)
    async with bench() as it:
        await it.ping(*[f"127.0.1.{i}" for i in range(1, 251)])
        assert sum(one.received for one in await it.got(250)) == 250
        assert it.counted("drops") == 0


async def test_an_answer_that_waits_in_the_socket_is_no_loss_however_late_it_is_read(alone: int) -> None:
    async with bench() as it:
        send = it.engine._exchange.read_all
        it.engine._exchange.read_all = lambda: True  # type: ignore[method-assign]
        await it.ping("127.0.0.1")
        asyncio.get_running_loop().remove_reader(it.engine._lanes.open()[0].socket.fileno())
        it.engine._exchange.read_all = send  # type: ignore[method-assign]
        it.clock.mono_ns += 5_000_000_000
        it.clock.wall_ns += 5_000_000_000
        # The kernel's clock did not jump: its stamps say that the answer came in microseconds.
        it.engine._exchange.expire()
        made = await it.only()
    assert (made.received, made.timing) == (1, Timing.KERNEL)


async def test_a_full_send_buffer_is_waited_for(alone: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = IcmpSocket.send, count()

    def full(self: IcmpSocket, packet: bytes, route: Route) -> int:
        if next(calls) < 3:
            raise BlockingIOError(errno.EAGAIN, "full")
        return real(self, packet, route)

    monkeypatch.setattr(IcmpSocket, "send", full)
    async with bench() as it:
        await it.ping("127.0.0.1", packets=2)
        made = await it.only()
    assert (made.sent, made.received, made.timing) == (2, 2, Timing.KERNEL)


async def test_datagram_sockets_are_replaced_and_the_old_ones_closed(alone: int) -> None:
    async with bench("datagram") as it:
        first = it.engine._lanes.open()[0].socket
        await it.ping("127.0.0.1")
        await it.got(1)
        it.clock.jump(ROTATE_NS // 1_000_000)
        await it.ping("127.0.0.1", timeout_ms=50)
        await it.got(2)
        assert it.engine._lanes.open()[0].socket.id != first.id
        await it.ping("127.0.0.1", packets=2, sent=1, timeout_ms=1, every_ms=1)
        await it.got(3)
        assert first.fileno() == -1


async def test_the_engine_keeps_no_rounds_and_little_memory(alone: int) -> None:
    async with bench() as it:
        for _ in range(20):
            await it.ping(*[f"127.0.2.{i}" for i in range(1, 101)])
        await it.got(2_000)
        assert not it.engine._traffic.flights
        assert it.engine._traffic.flying == 0
        assert all(not lane.awaiting and not lane.flying for lane in it.engine._lanes.open())


def test_it_opens_without_an_event_loop() -> None:
    from tests.probes.icmp_lab import MovedClock, Names

    async def close(engine: IcmpEngine) -> None:
        await engine.aclose()

    with private_network():
        asyncio.run(close(IcmpEngine(MovedClock(), Names())))
