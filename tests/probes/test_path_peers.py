"""Traces against routers that lie, garble, quote little, or label; all on one loopback."""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from probes.icmp.wire import checksum
from probes.model import Failure, Reason
from probes.path.lines import EchoLine
from tests.probes.icmp_lab import (
    Names,
    Peer,
    Request,
    error,
    private_network,
    reply,
    stamped_socket,
    sysctl,
    unprivileged,
)
from tests.probes.path_lab import TARGET, answer, away, exceeded, path_of, routers_of, trace, udp_routers
from tests.probes.tcp_rounds import round_of, samples_of

pytestmark = pytest.mark.root

QUICK: dict[str, Any] = {"wait": "150ms", "queries": 1, "gap": 1}
Answers = Sequence[tuple[bytes, str]]


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    with private_network(), stamped_socket():
        yield


async def test_an_honest_path_is_told_and_its_target_is_up() -> None:
    async with Peer(away(3, answer)):
        outcome = await trace(TARGET)
    assert routers_of(outcome) == [["10.0.0.1"], ["10.0.0.2"], ["10.0.0.3"], [TARGET]]
    assert samples_of(outcome)["path_hops"] == 4
    assert (round_of(outcome).sent, round_of(outcome).received) == (3, 3)


async def test_a_router_that_quotes_eight_bytes_is_known_by_them() -> None:
    async with Peer(lambda one: [(exceeded(one, 28), "10.0.0.1")] if one.packet[8] == 1 else answer(one)):
        outcome = await trace(TARGET)
    assert routers_of(outcome) == [["10.0.0.1"], [TARGET]]


async def test_one_traces_requests_differ_where_no_load_balancer_looks() -> None:
    async with Peer(away(2, answer)) as peer:
        await trace(TARGET)
        await trace(TARGET)
    assert len({one.packet[20:24] for one in peer.requests}) == 1  # type, code, checksum
    first, second = peer.requests[:9], peer.requests[-9:]
    assert [len({one.id for one in some}) for some in (first, second)] == [1, 1]
    assert len({one.sequence for one in first}) == 9
    assert {one.payload[:14] for one in first}.isdisjoint({one.payload[:14] for one in second})


def quoting(change: Callable[[bytearray], None]) -> Callable[[Request], Answers]:
    """A router that quotes something else than it got, and no router behind it."""

    def behave(request: Request) -> Answers:
        quote = bytearray(request.packet)
        change(quote)
        return [(error(11, 0, bytes(quote)), "10.0.0.66")]

    return behave


def flipping(offset: int) -> Callable[[Request], Answers]:
    def change(quote: bytearray) -> None:
        quote[offset] ^= 1

    return quoting(change)


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(flipping(19), id="another destination"),
        pytest.param(flipping(9), id="another protocol"),
        pytest.param(flipping(28), id="another seed"),
        pytest.param(flipping(43), id="another balance"),
        pytest.param(quoting(lambda quote: quote.__delitem__(slice(20, None))), id="no ICMP at all"),
        pytest.param(lambda one: [(error(11, 0, b"\xff" * 60), "10.0.0.66")], id="garbage"),
        pytest.param(lambda one: [(b"\x0b", "10.0.0.66")], id="a byte"),
        pytest.param(
            lambda one: [(bytes([11, 0, 1, 2]) + exceeded(one)[4:], "10.0.0.66")], id="a wrong checksum"
        ),
        pytest.param(lambda one: [(reply(one), "10.0.0.66")], id="a reply from somebody else"),
        pytest.param(
            lambda one: [(reply(one, payload=bytes(56)), one.destination)], id="a reply without the secret"
        ),
        pytest.param(
            lambda one: [(reply(one, sequence=one.sequence ^ 1), one.destination)],
            id="a reply to another packet",
        ),
    ],
)
async def test_what_does_not_prove_that_it_saw_our_packet_is_not_believed(
    behaviour: Callable[[Request], Answers],
) -> None:
    async with Peer(behaviour) as peer:
        outcome = await trace(TARGET, **QUICK)
    assert len(peer.requests) == 1
    assert routers_of(outcome) == [[]]
    assert round_of(outcome).detail == "no answer from any hop, asked up to hop 1"


def labelled(request: Request) -> bytes:
    """A router's answer with the quote filled up to 128 bytes and an MPLS stack behind it."""
    body = struct.pack("!HBBI", 8, 1, 1, 16_001 << 12 | 1 << 8 | 1)
    head = struct.pack("!BBH", 0x20, 0, checksum(b"\x20\0\0\0" + body))
    return error(11, 0, request.packet.ljust(128, b"\0") + head + body, rest=32 << 16)


async def test_mpls_labels_are_kept() -> None:
    async with Peer(lambda one: [(labelled(one), "10.0.0.1")] if one.packet[8] == 1 else answer(one)):
        outcome = await trace(TARGET, queries=1)
    assert path_of(outcome)["hops"][0]["routers"][0]["mpls"] == [{"label": 16_001, "tc": 0, "ttl": 1}]


async def test_a_router_that_labels_is_known_without_privilege_too() -> None:
    sysctl("net.ipv4.ping_group_range", "0 2147483647")
    async with Peer(lambda one: [(labelled(one), "10.0.0.1")] if one.packet[8] == 1 else answer(one)):
        with unprivileged():
            outcome = await trace(TARGET, queries=1)
    assert routers_of(outcome) == [["10.0.0.1"], [TARGET]]
    assert (path_of(outcome)["raw"], round_of(outcome).received) == (False, 1)


def short_udp(packet: bytes) -> Answers:
    ttl, port_closed = packet[8], error(3, 3, packet[:28])
    return [(error(11, 0, packet[:28]), f"10.0.0.{ttl}")] if ttl < 3 else [(port_closed, TARGET)]


async def test_over_udp_eight_bytes_are_enough_where_the_checksum_can_be_seen() -> None:
    async with udp_routers(short_udp) as seen:
        outcome = await trace(TARGET, protocol="udp")
    assert routers_of(outcome) == [["10.0.0.1"], ["10.0.0.2"], [TARGET]]
    assert round_of(outcome).received == 3
    assert len({packet[20:24] for packet in seen}) == 1  # ports
    assert len({packet[26:28] for packet in seen}) == len(seen)  # checksums


async def test_over_udp_another_flows_error_is_not_believed() -> None:
    def another(packet: bytes) -> Answers:
        return [(error(11, 0, packet[:21] + bytes([packet[21] ^ 1]) + packet[22:28]), "10.0.0.66")]

    async with udp_routers(another) as seen:
        outcome = await trace(TARGET, protocol="udp", **QUICK)
    assert (len(seen), routers_of(outcome)) == (1, [[]])


async def test_the_hosts_own_word_is_no_hop() -> None:
    async with Peer(lambda one: [(error(3, 13, one.packet), "127.0.0.77")]):
        made = round_of(await trace(TARGET, queries=1))
    assert (made.sent, made.reason) == (0, Reason.LOCAL)
    assert made.detail == "this host itself says: administratively prohibited"


async def test_without_any_right_to_icmp_it_says_which_to_give() -> None:
    with unprivileged():
        outcome = await trace(TARGET)
    assert (round_of(outcome).sent, round_of(outcome).reason) == (0, Reason.LOCAL)
    assert "CAP_NET_RAW" in round_of(outcome).detail
    assert outcome.samples == ()


@pytest.mark.parametrize("protocol", ["icmp", "udp"])
async def test_a_host_without_a_route_says_so(protocol: str) -> None:
    made = round_of(await trace("192.0.2.1", protocol=protocol))
    assert (made.sent, made.reason) == (0, Reason.LOCAL)
    assert "unreachable" in made.detail


async def test_a_name_without_an_address_is_that_rounds_reason() -> None:
    names = Names({"far.test": Failure(Reason.RESOLVE, "far.test: no address")})
    made = round_of(await trace("far.test", names=names))
    assert (made.sent, made.reason, made.detail) == (0, Reason.RESOLVE, "far.test: no address")


async def test_a_failed_send_is_tried_again_before_it_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, fails = EchoLine.send, iter([True, True, False, True])

    def send(line: EchoLine, index: int, ttl: int) -> int:
        if next(fails, False):
            raise OSError(errno.EHOSTUNREACH, "pending")
        return whole(line, index, ttl)

    monkeypatch.setattr(EchoLine, "send", send)
    async with Peer(away(2, answer)):
        outcome = await trace(TARGET)
    assert routers_of(outcome) == [["10.0.0.1"], ["10.0.0.2"], [TARGET]]


async def test_a_short_timeout_ends_the_trace_and_it_says_so() -> None:
    async with Peer(away(1, lambda one: [])):
        outcome = await trace(TARGET, timeout="250ms", wait="100ms", queries=10)
    assert path_of(outcome)["ended"] == "timeout"
    assert round_of(outcome).reason is Reason.TIMEOUT
    assert "until the timeout of 250ms" in round_of(outcome).detail
