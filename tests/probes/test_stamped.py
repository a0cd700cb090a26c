"""A connected socket: the kernel's stamps of what leaves and comes, and the ICMP errors about it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from probes.clock import SystemClock
from probes.leave import open_socket, sockaddr
from probes.model import NO_VIA
from probes.stamped import Arrival, StampedSocket, nanoseconds


@pytest.fixture(params=["127.0.0.1", "::1"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[StampedSocket, socket.socket]]:
    """Ours, and the peer that it is connected to."""
    host = request.param
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.socket(family, socket.SOCK_DGRAM) as peer,
        open_socket(host, NO_VIA, socket.SOCK_DGRAM) as sock,
    ):
        peer.bind((host, 0))
        sock.connect(sockaddr(host, peer.getsockname()[1]))
        yield StampedSocket(sock), peer


async def received(ours: StampedSocket) -> Arrival:
    """The next data, waited for."""
    while (arrival := ours.read(512)) is None:
        await ours.readable()
    return arrival


@pytest.mark.usefixtures("kernel_stamps")
async def test_both_stamps_lie_between_the_sending_and_the_reading(
    pair: tuple[StampedSocket, socket.socket],
) -> None:
    ours, peer = pair
    clock = SystemClock()
    before = clock.now()
    ours.send(b"question")
    question, client = peer.recvfrom(512)
    peer.sendto(b"answer", client)
    arrival = await received(ours)
    after = clock.now()
    assert (question, arrival.data) == (b"question", b"answer")
    assert ours.left_ns is not None
    assert arrival.came_ns is not None
    assert before.wall_ns <= ours.left_ns <= arrival.came_ns <= after.wall_ns


async def test_nothing_to_read_is_none_and_the_stamp_of_the_sending_is_there_all_the_same(
    pair: tuple[StampedSocket, socket.socket],
) -> None:
    ours, _ = pair
    assert ours.read(512) is None
    ours.send(b"question")
    await ours.readable()
    assert ours.read(512) is None
    assert ours.left_ns
    assert ours.icmp is None


async def test_a_closed_port_is_the_icmp_error_that_says_so(
    pair: tuple[StampedSocket, socket.socket],
) -> None:
    ours, peer = pair
    peer.close()
    ours.send(b"question")
    while ours.icmp is None:
        await ours.readable()
        assert ours.read(512) is None
    assert ours.icmp.says == "port unreachable"
    assert ours.icmp.offender == ours.own


async def test_an_error_that_no_icmp_message_explains_is_raised() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, open_socket("127.0.0.1", NO_VIA) as sock:
        await asyncio.get_running_loop().sock_connect(sock, listener.getsockname())
        far, _ = listener.accept()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        ours = StampedSocket(sock)
        far.close()
        await ours.readable()
        with pytest.raises(ConnectionResetError):
            ours.read(512)


async def test_waiting_can_be_given_up_and_taken_up_again(pair: tuple[StampedSocket, socket.socket]) -> None:
    ours, peer = pair
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ours.readable(), 0.01)
    ours.send(b"question")
    _, client = peer.recvfrom(512)
    peer.sendto(b"", client)
    assert (await received(ours)).data == b""


def test_a_stamp_that_the_kernel_left_empty_is_none() -> None:
    assert nanoseconds(bytes(48)) is None
    assert nanoseconds((5).to_bytes(8, "little") + (7).to_bytes(8, "little")) == 5_000_000_007
