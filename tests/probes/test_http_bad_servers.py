"""A web server that means ill, or is ill: a reason and a detail, in bounded time and memory."""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
import struct
import tracemalloc
from pathlib import Path

import pytest

from probes.clock import SystemClock
from probes.http.probe import HttpProbe, _Run
from probes.http.request import Request
from probes.http.url import Url
from probes.model import NO_VIA, Outcome, Reason
from probes.resolve import SystemResolver
from probes.values import Duration
from tests.probes.http_rounds import Handler, answering, endlessly, options, probe, saying, stopping, website
from tests.probes.http_rounds import text as site
from tests.probes.peers import server_context, serving
from tests.probes.tcp_rounds import round_of, samples_of

OK = b"HTTP/1.1 200 OK\r\n"
SOON = {"timeout": Duration(100), "ms": 300}
"""A deadline that lies after the time-out, so that a pause of this machine is no reason to doubt it."""


async def against(answer: Handler, **changes: object) -> Outcome:
    async with answering(answer) as peer:
        return await probe(peer.url, **changes)  # type: ignore[arg-type]  # options of all types


def dripping(begin: bytes) -> Handler:
    """A byte, and a pause, and a byte."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        stopping(b""),
        stopping(OK + b"Content-Length: 900\r\n\r\n" + b"x" * 300),
        dripping(OK + b"Content-Length: 3600\r\n\r\n"),
    ],
)
async def test_a_server_that_does_not_come_to_an_end_is_left_at_the_deadline(answer: Handler) -> None:
    outcome = await against(answer, **SOON)
    got, found = round_of(outcome), samples_of(outcome)
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, Reason.PROTOCOL)
    assert re.fullmatch(r"connected in [0-9.]+ ms, (no|status 200, [0-9]+) .+ after 100ms", got.detail)
    assert "http_total_seconds" not in found
    assert "http_connect_seconds" in found


async def test_a_deadline_that_has_passed_is_our_own_fault_and_no_loss() -> None:
    async with serving() as peer:
        got = round_of(await probe(f"http://127.0.0.1:{peer.port}/", ms=-1))
    assert got.reason is Reason.LOCAL


async def test_a_redirect_after_the_deadline_raises_nothing() -> None:
    clock = SystemClock()
    run = _Run(options(), Url.parse("http://127.0.0.1:1/"), NO_VIA, clock.now().plus(-1), clock.now())
    hop = await HttpProbe(clock, SystemResolver(clock))._hop(run, Request("GET", run.url))
    assert hop.failure is not None


async def test_a_round_that_had_too_little_time_because_of_us_is_our_own_fault() -> None:
    outcome = await against(stopping(b""), timeout=Duration(20_000), ms=200)
    assert (round_of(outcome).reason, round_of(outcome).received) == (Reason.LOCAL, 1)
    assert round_of(outcome).detail.endswith("this host or its resolver was slow")


@pytest.mark.parametrize("expect", [{}, {"body": "nowhere"}, {"body": {"regex": "nowhere"}}])
async def test_of_a_body_of_10_gigabytes_a_megabyte_is_read_and_no_more_is_held(
    expect: dict[str, object],
) -> None:
    answer = endlessly(OK + b"Content-Length: 10000000000\r\n\r\n", b"y" * 65_536)
    await against(saying(OK + b"\r\n"))  # what is imported and kept once
    tracemalloc.start()
    try:
        outcome = await against(answer, expect=expect)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    got = round_of(outcome)
    assert samples_of(outcome)["http_body_bytes"] == 1_000_000
    assert peak < 4_000_000
    assert got.reason is (Reason.MISMATCH if expect else Reason.NONE)
    said = (
        "1000000 bytes of body, which is not all of it" if expect else "the body goes on after 1000000 bytes"
    )
    assert f"{said}: see body_limit" in got.detail


@pytest.mark.parametrize(
    ("begin", "again", "detail"),
    [
        (OK, b"X-Filler: " + b"y" * 900 + b"\r\n", "Receive buffer too long"),
        (OK, b"a: b\r\n" * 50, "over 512 lines of headers"),
        (
            b"",
            b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
            "over 16 interim answers, the last of them 103",
        ),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"\x00\xff" * 500 + b"\r\n", "illegal chunk header"),
    ],
)
async def test_a_flood_is_protocol(begin: bytes, again: bytes, detail: str) -> None:
    got = round_of(await against(endlessly(begin, again)))
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, Reason.PROTOCOL)
    assert detail in got.detail
    assert got.detail.isprintable()


async def test_another_protocol_is_protocol_with_what_came() -> None:
    got = round_of(await against(saying(b"-ERR wrong \x1b[31mnumber\r\n\r\n")))
    assert (got.reason, got.received) == (Reason.PROTOCOL, 1)
    assert got.detail == "not HTTP as it should be: illegal status line: '-ERR wrong \\x1b[31mnumber'"


async def test_a_compressed_body_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    async with answering(saying(head + bomb)) as peer:
        outcome = await probe(peer.url, expect={"body": "x" * 9})
        assert b"\r\nAccept-Encoding: identity\r\n" in peer.requests[0]
    assert samples_of(outcome)["http_body_bytes"] == len(bomb)
    assert round_of(outcome).detail.endswith("bytes of body, which came as 'gzip' unasked")


async def test_a_reset_in_the_middle_says_how_far_it_had_come() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Content-Length: 9\r\n\r\nhello")
        await writer.drain()
        await go_on.wait()
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    go_on = asyncio.Event()
    async with answering(reset) as peer:
        running = asyncio.create_task(probe(peer.url))
        while not peer.requests:
            await asyncio.sleep(0)
        for _ in range(50):
            await asyncio.sleep(0.001)
        go_on.set()
        got = round_of(await running)
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, Reason.RESET)
    assert got.detail.startswith("Connection reset by peer: ")


@pytest.mark.parametrize("days", [-9_823, -2])
async def test_a_certificate_of_long_ago_says_how_long(ca_file: Path, days: int) -> None:
    async with website(site(), server_context(days)) as port:
        outcome = await probe(f"https://service.test:{port}/", tls_ca_file=ca_file)
    got, found = round_of(outcome), samples_of(outcome)
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, Reason.TLS)
    assert got.detail == f"certificate not accepted: certificate has expired {-days} days ago"
    assert found["tls_days_left"] == pytest.approx(days, abs=0.01)
    assert (found["tls_verified"], found["tls_issuer"]) == (0, "trustme v1.2.1")
    assert "http_status" not in found


async def test_garbage_instead_of_tls_is_tls_and_silence_too() -> None:
    async with serving(lambda transport: transport.write(b"HTTP/1.0 400 Bad\r\n\r\n")) as peer:
        garbage = round_of(await probe(f"https://127.0.0.1:{peer.port}/"))
    async with serving() as peer:
        silence = round_of(await probe(f"https://127.0.0.1:{peer.port}/", **SOON))  # type: ignore[arg-type]
    assert (garbage.reason, garbage.detail) == (Reason.TLS, "TLS handshake failed: wrong version number")
    assert (silence.received, silence.reason) == (1, Reason.TLS)
    assert silence.detail == "no end of the TLS handshake in time"


async def test_an_end_without_a_goodbye_ends_a_body_that_names_no_length(ca_file: Path) -> None:
    async with answering(saying(OK + b"\r\nall is well"), server_context()) as peer:
        outcome = await probe(
            f"https://service.test:{peer.port}/", tls_ca_file=ca_file, expect={"body": "all is well"}
        )
    assert round_of(outcome).reason is Reason.NONE


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_no_way_to_end_leaves_a_file_or_a_process_open() -> None:
    async def all_of_them() -> None:
        await asyncio.gather(
            against(saying(OK + b"\r\n")),
            against(saying(b"garbage\r\n\r\n")),
            against(stopping(OK), **SOON),
            against(saying(OK + b"\r\nx"), expect={"body": {"regex": "x"}}),
        )

    await all_of_them()
    before = open_files()
    for _ in range(3):
        await all_of_them()
    await asyncio.sleep(0)
    assert open_files() <= before
