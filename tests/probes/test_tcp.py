"""A TCP handshake is measured by the kernel, against real peers on loopback."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from pathlib import Path

import pytest

from probes.clock import NS_PER_MS, SystemClock
from probes.connect import hang_up
from probes.leave import open_socket
from probes.model import NO_VIA, Probe, Reason, Target, Timing, Via
from probes.resolve import SystemResolver
from probes.tcp import TcpOptions, TcpProbe
from probes.values import Duration
from tests.probes.peers import closed_port, full_port, server_context, serving
from tests.probes.tcp_rounds import (
    SLOT,
    options,
    probe,
    round_of,
)


def test_it_is_a_probe() -> None:
    clock = SystemClock()
    made: Probe = TcpProbe(clock, SystemResolver(clock))
    assert made.options is TcpOptions


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
async def test_a_listening_port_gives_the_kernels_handshake_rtt(host: str, address: str) -> None:
    async with serving(host=host) as peer:
        outcome = await probe(f"{address}:{peer.port}")
    got = round_of(outcome)
    assert (got.series, got.at_ms, got.every_ms, got.epoch) == (7, SLOT.at_ms, SLOT.every_ms, SLOT.epoch)
    assert (got.sent, got.received, got.reason, got.detail) == (1, 1, Reason.NONE, "")
    assert got.timing is Timing.TCP_INFO
    (rtt,) = got.rtts
    assert rtt is not None
    assert 0 < rtt < 50_000  # 5 ms
    assert outcome.samples == ()


async def test_a_busy_event_loop_makes_no_circuit_slow_and_loses_nothing() -> None:
    async with serving() as peer:
        running = asyncio.create_task(probe(f"127.0.0.1:{peer.port}", timeout=Duration(50)))
        asyncio.get_running_loop().call_soon(threading.Event().wait, 0.1)
        got = round_of(await running)
    assert (got.sent, got.received, got.reason) == (1, 1, Reason.NONE)
    (rtt,) = got.rtts
    assert rtt is not None
    assert rtt < 50_000


async def test_a_name_is_resolved_and_one_that_is_not_sends_nothing() -> None:
    async with serving() as peer:
        assert round_of(await probe(f"service.test:{peer.port}")).received == 1
        got = round_of(await probe(f"nowhere.test:{peer.port}"))
    assert (got.sent, got.received, got.rtts, got.reason) == (0, 0, (), Reason.RESOLVE)
    assert got.detail == "nowhere.test: no address"


async def test_a_name_whose_look_up_hangs_is_resolve_at_the_deadline() -> None:
    clock, end = SystemClock(), threading.Event()
    resolver = SystemResolver(clock, lookup=lambda _: [str(end.wait(60))])
    target = Target(7, "hangs.test:80", options())
    outcome = await TcpProbe(clock, resolver).run(target, SLOT, clock.now().plus(20 * NS_PER_MS))
    end.set()
    await resolver.aclose()
    got = round_of(outcome)
    assert (got.sent, got.reason) == (0, Reason.RESOLVE)
    assert got.detail.startswith("hangs.test: no answer from the resolver")


async def test_a_closed_port_is_refused_which_is_an_answer_without_an_rtt() -> None:
    with closed_port() as port:
        got = round_of(await probe(f"127.0.0.1:{port}"))
    assert (got.sent, got.received, got.rtts) == (1, 1, ())
    assert (got.reason, got.detail) == (Reason.REFUSED, "Connection refused")


async def test_silence_is_a_loss_at_the_deadline() -> None:
    with full_port() as port:
        got = round_of(await probe(f"127.0.0.1:{port}", timeout=Duration(100)))
    assert (got.sent, got.received, got.rtts) == (1, 0, (None,))
    assert (got.reason, got.detail) == (Reason.TIMEOUT, "no answer to 1 SYN in 100ms")


async def test_a_deadline_that_has_passed_is_our_own_fault_and_no_loss() -> None:
    clock = SystemClock()
    with full_port() as port:
        target = Target(7, f"127.0.0.1:{port}", options())
        outcome = await TcpProbe(clock, SystemResolver(clock)).run(target, SLOT, clock.now().plus(-1))
    got = round_of(outcome)
    assert (got.sent, got.received, got.reason) == (0, 0, Reason.LOCAL)


async def test_a_server_that_resets_at_once_has_answered() -> None:
    def reset(transport: asyncio.Transport) -> None:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    async with serving(reset) as peer:
        plain = round_of(await probe(f"127.0.0.1:{peer.port}"))
        with_tls = round_of(await probe(f"127.0.0.1:{peer.port}", tls=True))
    assert (plain.sent, plain.received, len(plain.rtts)) == (1, 1, 1)
    assert plain.reason in (Reason.NONE, Reason.RESET)  # the RST may come after we had gone
    assert (with_tls.received, len(with_tls.rtts), with_tls.reason) == (1, 1, Reason.TLS)


async def test_the_connection_ends_in_order() -> None:
    async with serving() as peer:
        assert round_of(await probe(f"127.0.0.1:{peer.port}")).received == 1
        await peer.ended.wait()
        assert peer.ends == [None]


async def test_a_greeting_left_unread_does_not_turn_the_end_into_a_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with open_socket("127.0.0.1", NO_VIA) as near:
            await asyncio.get_running_loop().sock_connect(near, listener.getsockname())
            far, _ = listener.accept()
            far.sendall(b"220 service ready\r\n")
            assert near.recv(1, socket.MSG_PEEK)
            hang_up(near)
        with far:
            assert far.recv(1) == b""


async def test_the_source_is_what_the_server_sees() -> None:
    async with serving() as peer:
        assert round_of(await probe(f"127.0.0.1:{peer.port}", Via(source="127.9.8.7"))).received == 1
        await peer.accepted.wait()
        assert peer.clients == ["127.9.8.7"]


@pytest.mark.parametrize(
    ("via", "detail"),
    [
        (Via(interface="nosuch0"), "leaving by interface nosuch0: No such device"),
        (Via(source="192.0.2.99"), "leaving by source 192.0.2.99: Cannot assign requested address"),
        (Via(source="::1"), "leaving by source ::1: Address family not supported"),
        (Via(source="name.example"), "leaving by source name.example: Address family not supported"),
    ],
)
async def test_a_way_out_that_does_not_exist_is_our_own_fault(via: Via, detail: str) -> None:
    got = round_of(await probe("127.0.0.1:1", via))
    assert (got.sent, got.received, got.reason) == (0, 0, Reason.LOCAL)
    assert got.detail.startswith(detail)


async def test_a_zone_that_does_not_exist_is_our_own_fault() -> None:
    got = round_of(await probe("[fe80::1%nosuch0]:80"))
    assert (got.sent, got.reason) == (0, Reason.LOCAL)


@pytest.mark.root
async def test_interface_and_mark_are_set_on_the_socket() -> None:
    with open_socket("127.0.0.1", Via(interface="lo", mark=0x17)) as sock:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).startswith(b"lo\0")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_MARK) == 0x17
    async with serving() as peer:
        assert round_of(await probe(f"127.0.0.1:{peer.port}", Via(interface="lo", mark=1))).received == 1


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_no_way_to_end_leaves_a_file_open(ca_file: Path) -> None:
    async def all_of_them() -> None:
        async with serving() as silent, serving(context=server_context(-2)) as expired:
            with closed_port() as closed, full_port() as full:
                await asyncio.gather(
                    probe(f"127.0.0.1:{silent.port}"),
                    probe(f"127.0.0.1:{closed}"),
                    probe(f"127.0.0.1:{full}", timeout=Duration(50)),
                    probe(f"127.0.0.1:{silent.port}", tls=True, timeout=Duration(50)),
                    probe(f"127.0.0.1:{expired.port}", tls=True, tls_ca_file=ca_file),
                    probe("127.0.0.1:1", Via(source="192.0.2.99")),
                )

    await all_of_them()
    before = open_files()
    for _ in range(3):
        await all_of_them()
    await asyncio.sleep(0)
    assert open_files() <= before


@pytest.mark.parametrize("tls", [False, True])
async def test_cancellation_comes_through_and_closes_the_socket(tls: bool) -> None:
    clock = SystemClock()
    one = TcpProbe(clock, SystemResolver(clock))
    async with serving() as silent:
        with full_port() as full:
            target = Target(1, f"127.0.0.1:{silent.port if tls else full}", options(tls=tls))
            before = open_files()
            running = asyncio.create_task(one.run(target, SLOT, clock.now().plus(10**10)))
            await (silent.accepted.wait() if tls else asyncio.sleep(0))
            assert open_files() > before
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            if tls:
                await silent.ended.wait()
            assert open_files() == before
    await one.aclose()
