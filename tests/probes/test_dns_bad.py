"""Servers that answer too late, too often, wrongly, or with bytes that mean ill."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from probes.clock import NS_PER_MS
from probes.dns.exchange import Reply
from probes.dns.probe import _of_tcp
from probes.model import Reason, Round, Timing, Via
from probes.stamps import Measured
from probes.values import Duration
from tests.probes.dns_rounds import (
    BEHIND_QUESTION,
    CNAME,
    NAME,
    TXT,
    address,
    answering,
    behind_length,
    message,
    probe,
    record,
    streaming,
)
from tests.probes.peers import closed_port, full_port
from tests.probes.tcp_rounds import round_of, samples_of

NINE = {"answer": "192.0.2.9"}
SHORT: dict[str, Any] = {"timeout": "100ms", "wait_ms": 300}
"""Where silence is waited for. The deadline leaves a loaded machine time, so that the fault is never ours."""
LOOP = struct.pack("!H", 0xC000 | BEHIND_QUESTION)
"""A pointer to the first record's owner."""


async def test_silence_is_a_loss_at_the_deadline() -> None:
    async with answering(lambda _: ()) as server:
        got = round_of(await probe(server, **SHORT))
    assert (got.sent, got.received, got.rtts) == (1, 0, (None,))
    assert (got.reason, got.detail) == (Reason.TIMEOUT, "no answer in 100ms")


async def test_a_deadline_that_leaves_no_time_is_our_own_fault_and_no_loss() -> None:
    async with answering(lambda _: ()) as server:
        got = round_of(await probe(server, timeout="10s", wait_ms=1))
    assert (got.sent, got.received, got.reason) == (0, 0, Reason.LOCAL)
    assert got.detail.startswith("only ")


async def test_an_answer_after_the_time_out_is_a_loss_though_it_is_read() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        asked = f"127.0.0.1:{server.getsockname()[1]}"
        running = asyncio.create_task(probe(asked, timeout="20ms", wait_ms=5_000))
        query, client = await loop.sock_recvfrom(server, 512)
        loop.call_later(0.05, server.sendto, message(query, address()), client)
        got = round_of(await running)
    assert (got.sent, got.received, got.rtts) == (1, 0, (None,))
    assert (got.reason, got.detail) == (Reason.TIMEOUT, "no answer in 20ms")


def other_id(query: bytes) -> bytes:
    return bytes((query[0] ^ 1,)) + query[1:]


def header(query: bytes, *numbers: int) -> bytes:
    return query[:2] + struct.pack("!5H", *numbers)


STRAYS: dict[str, Callable[[bytes], bytes]] = {
    "another id": lambda query: message(other_id(query), address(9)),
    "another question": lambda query: message(query.replace(b"\3www", b"\3ftp"), address(9)),
    "another type": lambda query: message(query, address(9)).replace(NAME + b"\0\1", NAME + b"\0\2"),
    "our own query back": lambda query: query,
    "nothing in it": lambda _: b"",
    "one octet": lambda query: query[:1],
    "no question and no error": lambda query: header(query, 0x8180, 0, 0, 0, 0),
    "two questions": lambda query: header(query, 0x8180, 2, 0, 0, 0) + 2 * query[12:BEHIND_QUESTION],
}


@pytest.mark.parametrize("stray", STRAYS)
async def test_what_is_not_the_answer_is_left_and_the_answer_is_taken(stray: str) -> None:
    def answers(query: bytes) -> list[bytes]:
        return [*[STRAYS[stray](query)] * 2, message(query, address()), message(query, address())]

    async with answering(answers) as server:
        got = round_of(await probe(server, expect={"answer": "192.0.2.1"}))
    assert (got.sent, got.received, got.reason, got.detail) == (1, 1, Reason.NONE, "")


async def test_what_was_left_is_told_when_no_answer_comes() -> None:
    async with answering(lambda query: [query, b""]) as server:
        got = round_of(await probe(server, **SHORT))
    assert (got.received, got.reason) == (0, Reason.TIMEOUT)
    assert got.detail == "no answer in 100ms; 2 messages that were no answer to this query were ignored"


async def test_an_answer_from_another_address_is_none() -> None:
    loop = asyncio.get_running_loop()
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        other.bind(("127.0.0.2", 0))
        running = asyncio.create_task(probe(f"127.0.0.1:{server.getsockname()[1]}", expect=NINE))
        query, client = await loop.sock_recvfrom(server, 512)
        other.sendto(message(query, address(1)), client)
        server.sendto(message(query, address(9)), client)
        got = round_of(await running)
    assert (got.received, got.reason) == (1, Reason.NONE)


async def test_each_round_has_another_id_and_another_port() -> None:
    loop, seen = asyncio.get_running_loop(), list[tuple[bytes, int]]()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        for _ in range(8):
            running = asyncio.create_task(probe(f"127.0.0.1:{server.getsockname()[1]}"))
            query, client = await loop.sock_recvfrom(server, 512)
            seen.append((query[:2], client[1]))
            server.sendto(message(query, address()), client)
            assert round_of(await running).received == 1
    assert len({number for number, _ in seen}) > 4
    assert len({port for _, port in seen}) > 4


async def test_the_way_out_is_what_the_server_sees() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        asked = f"127.0.0.1:{server.getsockname()[1]}"
        running = asyncio.create_task(probe(asked, Via(source="127.9.8.7")))
        query, client = await loop.sock_recvfrom(server, 512)
        server.sendto(message(query, address()), client)
        assert round_of(await running).received == 1
    assert client[0] == "127.9.8.7"


AT = BEHIND_QUESTION
UNREADABLE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "an id and no more": (lambda query: query[:2], "2 octets, which is too short for a DNS message"),
    "half a header": (lambda query: query[:11], "11 octets, which is too short for a DNS message"),
    "a question that loops": (
        lambda query: header(query, 0x8180, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1",
        "octet 12: a name that loops: its pointer leads to octet 12",
    ),
    "an owner that points at itself": (
        lambda query: message(query, record(b"\1\2\3\4", owner=LOOP)),
        f"octet {AT}: a name that loops: its pointer leads to octet {AT}",
    ),
    "an owner that points ahead": (
        lambda query: message(query, record(b"\1\2\3\4", owner=b"\xc0\xff")),
        f"octet {AT}: a name that loops: its pointer leads to octet 255",
    ),
    "an owner that points into itself": (
        lambda query: message(query, record(b"\1\2\3\4", owner=b"\1a" + LOOP)),
        f"octet {AT + 2}: a name that loops: its pointer leads to octet {AT}",
    ),
    "an alias whose target loops": (
        lambda query: message(query, record(struct.pack("!H", 0xC000 | AT + 12), CNAME)),
        f"octet {AT + 12}: not data of type CNAME: ",
    ),
    "a name without an end": (
        lambda query: message(query, record(b"\1\2\3\4", owner=b"\1a" * 128)),
        f"octet {AT + 254}: a name of more than 255 octets",
    ),
    "a label of no known kind": (
        lambda query: message(query, record(b"\1\2\3\4", owner=b"\x40")),
        f"octet {AT}: no label begins with 64",
    ),
    "an address of three octets": (
        lambda query: message(query, record(b"\1\2\3")),
        f"octet {AT + 12}: not data of type A: ",
    ),
    "data that ends early": (
        lambda query: message(query, address())[:-1],
        f"octet {AT + 15}: the message ends inside a record",
    ),
    "a record that ends early": (
        lambda query: message(query, address())[: AT + 5],
        f"octet {AT + 5}: the message ends inside a record",
    ),
    "records that are not there": (
        lambda query: header(query, 0x8180, 1, 0xFFFF, 0xFFFF, 0xFFFF) + query[12:AT],
        f"octet {AT}: the message ends inside a name",
    ),
    "rubbish behind": (
        lambda query: message(query, address(), rubbish=b"rubbish"),
        f"octet {AT + 16}: 7 octets of rubbish follow the last record",
    ),
}


@pytest.mark.parametrize("what", UNREADABLE)
async def test_an_answer_that_cannot_be_read_is_protocol_and_says_where(what: str) -> None:
    made, said = UNREADABLE[what]
    async with answering(lambda query: [made(query)]) as server:
        outcome = await probe(server)
    got = round_of(outcome)
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, Reason.PROTOCOL)
    assert got.detail.startswith(f"the answer can't be read: {said}")
    assert outcome.samples == ()


async def test_an_error_may_leave_the_question_out() -> None:
    async with answering(lambda query: [header(query, 0x8181, 0, 0, 0, 0)]) as server:
        outcome = await probe(server)
    assert round_of(outcome).detail == "rcode FORMERR, expected NOERROR"
    assert samples_of(outcome) == {"dns_rcode": 1, "dns_answers": 0}


async def test_a_server_cannot_move_the_cursor_of_who_reads_its_answer() -> None:
    evil = b"\x1b[2J\n" + b"x" * 100
    async with answering(lambda query: [message(query, record(bytes((len(evil),)) + evil, TXT))]) as server:
        got = round_of(await probe(server, type="TXT", expect={"answer": "good"}))
    assert got.detail == f"answered ?[2J?{'x' * 55}…, expected good"


async def test_a_chain_of_aliases_that_turns_in_circles_is_no_trouble() -> None:
    def answers(query: bytes) -> list[bytes]:
        there, back = record(b"\1a\0", CNAME), record(b"\xc0\x0c", CNAME, owner=b"\1a\0")
        return [message(query, *[there, back] * 20)]

    async with answering(answers) as server:
        outcome = await probe(server, expect={"min_answers": 1})
    assert round_of(outcome).detail == "0 answers of type A, expected at least 1"


async def test_the_largest_answer_is_read_beside_the_event_loop() -> None:
    one = address()
    most = (65_535 - AT) // len(one)
    async with streaming(lambda query: [behind_length(message(query, *[one] * most))]) as server:
        outcome = await probe(server, transport="tcp", timeout="30s", expect={"min_answers": most})
    assert round_of(outcome).reason is Reason.NONE
    assert samples_of(outcome)["dns_answers"] == most


async def test_a_dead_server_holds_no_other_up() -> None:
    async with answering(lambda _: ()) as dead, answering(lambda query: [message(query, address())]) as alive:
        waiting = [asyncio.create_task(probe(dead, timeout="30s")) for _ in range(20)]
        got = round_of(await probe(alive))
        assert got.received == 1
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def over_tcp(*pieces: bytes, **changes: Any) -> Round:  # noqa: ANN401
    async with streaming(lambda _: pieces) as server:
        return round_of(await probe(server, transport="tcp", **changes))


async def test_an_answer_in_small_pieces_behind_a_stray_is_one_answer() -> None:
    def talk(query: bytes) -> list[bytes]:
        stray = behind_length(message(other_id(query), address(1)))
        whole = stray + behind_length(message(query, address(9)))
        return [whole[at : at + 3] for at in range(0, len(whole), 3)]

    async with streaming(talk) as server:
        got = round_of(await probe(server, transport="tcp", expect=NINE))
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, Reason.NONE)


async def test_a_connection_full_of_what_is_no_answer_is_left_after_so_many() -> None:
    got = await over_tcp(bytes(60_000))  # 30,000 messages of no octets
    assert (got.sent, got.received, got.rtts, got.reason) == (1, 1, (), Reason.PROTOCOL)
    assert got.detail == "over 64 messages that were no answer to this query"


@pytest.mark.parametrize(("piece", "octets"), [([b"\x10"], 1), ([b"\xff\xff" + bytes(40)], 42), ([], 0)])
async def test_a_connection_that_is_closed_before_the_answer_is_protocol(
    piece: list[bytes], octets: int
) -> None:
    got = await over_tcp(*piece, b"")
    assert (got.sent, got.received, got.rtts, got.reason) == (1, 1, (), Reason.PROTOCOL)
    assert got.detail == f"the server closed the connection after {octets} octets of an answer"


async def test_a_connection_that_says_nothing_was_carried_and_is_protocol() -> None:
    got = await over_tcp(**SHORT)
    assert (got.sent, got.received, got.rtts, got.reason) == (1, 1, (), Reason.PROTOCOL)
    assert got.detail == "connected, but no answer in 100ms"


async def test_a_port_that_answers_no_syn_is_a_loss() -> None:
    with full_port() as port:
        got = round_of(await probe(f"127.0.0.1:{port}", transport="tcp", **SHORT))
    assert (got.sent, got.received, got.rtts, got.reason) == (1, 0, (None,), Reason.TIMEOUT)


def truncated(query: bytes) -> list[bytes]:
    return [message(query, flags=0x380)]


async def test_a_truncated_answer_whose_server_has_no_tcp_keeps_its_time_and_says_so() -> None:
    with closed_port() as port:
        async with answering(truncated, port=port) as server:
            got = round_of(await probe(server))
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, Reason.REFUSED)
    assert got.detail == "truncated over UDP, and over TCP: Connection refused"


@pytest.mark.parametrize(
    ("pieces", "reason", "said"),
    [
        ([b""], Reason.PROTOCOL, "the server closed the connection after 0 octets of an answer"),
        ([], Reason.PROTOCOL, "connected, but no answer in "),
    ],
)
async def test_a_truncated_answer_that_tcp_does_not_give_either_is_the_services_fault(
    pieces: list[bytes], reason: Reason, said: str
) -> None:
    async with (
        streaming(lambda _: pieces) as server,
        answering(truncated, port=int(server.partition(":")[2])),
    ):
        got = round_of(await probe(server, **SHORT))
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, reason)
    assert got.detail.startswith(f"truncated over UDP, and over TCP: {said}")


@pytest.mark.parametrize("lost", [0, 2])
def test_a_syn_that_was_repeated_is_a_packet_lost_beside_the_query(lost: int) -> None:
    reply = Reply(b"", Measured(5, Timing.KERNEL, 0))
    answered = _of_tcp(reply, lost, Duration(2_000), 0, 0)
    assert (answered.sent, answered.received, answered.rtts) == (1 + lost, 1, (*(None,) * lost, 5))
    silent = _of_tcp(None, lost, Duration(2_000), 2_000 * NS_PER_MS, 0)
    assert (silent.sent, silent.received, silent.rtts) == (1 + lost, 1, ())


def test_a_connection_that_this_host_saw_too_late_is_its_own_fault() -> None:
    late = _of_tcp(None, 0, Duration(2_000), 100 * NS_PER_MS, 0)
    assert late.failure is not None
    assert (late.received, late.failure.reason) == (1, Reason.LOCAL)
