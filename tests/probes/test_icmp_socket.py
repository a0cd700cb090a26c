"""Opening ICMP sockets with and without privilege."""

from __future__ import annotations

import pytest

from probes.icmp.lane import ROTATE_NS, Lanes
from probes.icmp.route import Route, find_route, is_own
from probes.icmp.socket import IcmpSocket, Mode, PingPermissionError, open_socket
from probes.icmp.wire import V4, V6, Version
from probes.model import NO_VIA
from tests.probes.icmp_lab import private_network, request_bytes, run, sysctl, unprivileged

pytestmark = pytest.mark.root

PREFIX = b"8 bytes."


def opened(version: Version, mode: Mode) -> IcmpSocket:
    found = open_socket(version, mode, PREFIX)
    assert isinstance(found, IcmpSocket)
    return found


@pytest.mark.parametrize("version", [V4, V6])
def test_a_raw_socket_is_opened_where_that_is_allowed(version: Version) -> None:
    sock = opened(version, Mode.AUTO)
    assert (sock.raw, sock.id) == (True, None)
    sock.close()


@pytest.mark.parametrize("version", [V4, V6])
def test_without_privilege_the_group_may_open_datagram_sockets(version: Version) -> None:
    with private_network():
        sysctl("net.ipv4.ping_group_range", "65534 65534")
        with unprivileged():
            sock = opened(version, Mode.AUTO)
        assert not sock.raw
        assert sock.id
        sock.close()


def test_each_datagram_socket_has_another_id() -> None:
    with private_network():
        sysctl("net.ipv4.ping_group_range", "0 0")
        socks = [opened(V4, Mode.DATAGRAM) for _ in range(8)]
        assert len({sock.id for sock in socks}) == 8
        for sock in socks:
            sock.close()


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (Mode.AUTO, ["(raw or datagram)", "CAP_NET_RAW", "net.ipv4.ping_group_range"]),
        (Mode.RAW, ["(raw)", "CAP_NET_RAW", "net.ipv4.ping_group_range"]),
        (Mode.DATAGRAM, ["(datagram)", "CAP_NET_RAW", "net.ipv4.ping_group_range"]),
    ],
)
def test_one_error_names_both_ways_out(mode: Mode, said: list[str]) -> None:
    with private_network():
        sysctl("net.ipv4.ping_group_range", "1 0")
        with unprivileged(), pytest.raises(PingPermissionError) as caught:
            open_socket(V4, mode, PREFIX)
    assert all(words in str(caught.value) for words in said)


def test_the_receive_buffer_is_raised_as_far_as_privilege_allows() -> None:
    sock = opened(V4, Mode.RAW)
    assert sock.buffer_bytes() >= 8 << 20
    sock.close()
    with private_network():
        sysctl("net.ipv4.ping_group_range", "65534 65534")
        with unprivileged():
            sock = opened(V4, Mode.DATAGRAM)
        assert sock.buffer_bytes() > 0
        sock.close()


@pytest.mark.parametrize(
    ("version", "address", "own"),
    [(V4, "127.0.0.9", True), (V4, "192.0.2.1", False), (V6, "::1", True), (V6, "2001:db8::1", False)],
)  # fmt: skip
def test_own_addresses_are_known(version: Version, address: str, own: bool) -> None:
    assert is_own(version, address) is own


def test_packets_that_wait_for_a_thousand_dead_neighbours_leave_room_for_a_live_one() -> None:
    with private_network():
        run("ip link add lk0 type veth peer name lk1", "ip addr add 10.9.0.1/16 dev lk0")
        run("ip link set lk0 up", "ip link set lk1 up")
        sock = opened(V4, Mode.RAW)
        dead = [f"10.9.{1 + i // 250}.{1 + i % 250}" for i in range(1_000)]
        for address in [*dead, "127.0.0.1"]:
            route = find_route(address, NO_VIA, 0)
            assert isinstance(route, Route)
            sock.send(request_bytes(V4, 1, bytes(16)), route)
        sock.close()


def test_a_right_that_is_taken_away_leaves_the_datagram_socket_that_there_is() -> None:
    with private_network():
        sysctl("net.ipv4.ping_group_range", "0 0")
        lanes = Lanes(Mode.DATAGRAM, PREFIX, 0)
        before = lanes.take(V4)
        sysctl("net.ipv4.ping_group_range", "1 0")
        lanes.rotate(ROTATE_NS)
        assert lanes.take(V4) is before
        for lane in lanes.open():
            lane.socket.close()
