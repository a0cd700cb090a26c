"""The engine against a peer that misbehaves: who answers what, how often, and when."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from probes.clock import NS_PER_MS
from probes.icmp.wire import V4, build_request
from probes.model import Reason, Timing
from tests.probes.icmp_lab import (
    Answer,
    Bench,
    Peer,
    Request,
    bench,
    error,
    honest,
    private_network,
    reply,
    run,
    stamped_socket,
)

pytestmark = pytest.mark.root


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    with private_network(), stamped_socket():
        yield


async def settled(it: Bench) -> Bench:
    """With the time-outs of what is out passed."""
    it.clock.jump(2_100)
    await it.only()
    return it


async def test_an_honest_peer_is_answered_for() -> None:
    async with Peer(honest) as peer, bench() as it:
        await it.ping("127.0.0.5", packets=3)
        made = await it.only()
        assert (made.received, made.timing) == (3, Timing.KERNEL)
        assert len(peer.requests) == 3


async def test_ids_and_keys_are_new_in_each_round_and_for_each_target() -> None:
    async with Peer(honest) as peer, bench() as it:
        for _ in range(10):
            await it.ping("127.0.0.5", "127.0.0.6", packets=2)
        await it.got(20)
    by_id = {one.id for one in peer.requests}
    assert len(by_id) >= 18
    assert len({one.payload[8:16] for one in peer.requests}) == 40
    assert len({one.payload[:8] for one in peer.requests}) == 1


async def test_a_rounds_packets_have_one_id_and_successive_sequence_numbers() -> None:
    async with Peer(honest) as peer, bench() as it:
        await it.ping("127.0.0.5", packets=4)
        await it.got(1)
    first = peer.requests[0]
    assert [one.id for one in peer.requests] == [first.id] * 4
    assert [(one.sequence - first.sequence) % 65_536 for one in peer.requests] == [0, 1, 2, 3]


def doubled(request: Request) -> list[Answer]:
    return [(reply(request), request.destination)] * 3


async def test_a_doubled_answer_counts_once() -> None:
    async with Peer(doubled) as peer, bench() as it:
        await it.ping("127.0.0.5", packets=4)
        made = await it.only()
        await peer.requested(4)
        await it.ping("127.0.0.5")
        await it.got(2)
        assert it.counted("received") == 5
        assert it.counted("duplicates") >= 8
    assert (made.sent, made.received) == (4, 4)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda one: (reply(one), "127.0.0.6"), id="from another address"),
        pytest.param(lambda one: (reply(one, id=one.id ^ 1), one.destination), id="with another id"),
        pytest.param(
            lambda one: (reply(one, sequence=one.sequence ^ 1), one.destination), id="with another sequence"
        ),
        pytest.param(
            lambda one: (reply(one, payload=one.payload[:8] + bytes(8) + one.payload[16:]), one.destination),
            id="with another key",
        ),
    ],
)
async def test_an_answer_that_is_not_the_requests_is_a_stray(wrong: object) -> None:
    assert callable(wrong)
    async with Peer(lambda request: [wrong(request)]) as peer, bench() as it:
        await it.ping("127.0.0.5")
        await peer.requested(1)
        made = (await settled(it)).rounds[0]
        assert it.counted("strays") == 1
    assert (made.sent, made.received, made.reason) == (1, 0, Reason.TIMEOUT)


async def test_a_damaged_answer_is_none() -> None:
    def damaged(request: Request) -> list[Answer]:
        whole = bytearray(reply(request))
        whole[-1] ^= 1
        return [(bytes(whole), request.destination)]

    async with Peer(damaged) as peer, bench() as it:
        await it.ping("127.0.0.5")
        await peer.requested(1)
        made = (await settled(it)).rounds[0]
    assert (made.received, made.reason) == (0, Reason.TIMEOUT)


async def test_a_flood_of_foreign_answers_never_reaches_us() -> None:
    async with Peer() as peer, bench() as it:
        await it.ping("127.0.0.5")
        await peer.requested(1)
        foreign = bytes([0]) + build_request_of_another(peer.requests[0])[1:]
        for _ in range(2_000):
            peer.say(foreign, "127.0.0.5")
        peer.say(reply(peer.requests[0]), "127.0.0.5")
        assert (await it.only()).received == 1
        assert it.counted("strays") == 0
        assert it.counted("drops") == 0


def build_request_of_another(request: Request) -> bytes:
    """The same id and sequence with another process's payload."""
    return build_request(V4, request.label, b"another process.", 56)


async def test_an_answer_after_the_time_out_stays_a_loss_and_is_counted_as_late() -> None:
    async with Peer() as peer, bench() as it:
        await it.ping("127.0.0.5")
        await peer.requested(1)
        made = (await settled(it)).rounds[0]
        peer.say(reply(peer.requests[0]), "127.0.0.5")
        peer.behaviour = honest
        await it.ping("127.0.0.5")
        await it.got(2)
        assert it.counted("late") == 1
        assert it.counted("strays") == 0
    assert (made.sent, made.received, made.reason) == (1, 0, Reason.TIMEOUT)


async def test_an_answer_that_took_too_long_is_late_even_if_its_packet_is_still_out() -> None:
    async with Peer() as peer, bench() as it:
        await it.ping("127.0.0.5", timeout_ms=1)
        await peer.requested(1)
        begin = it.clock.now()
        while it.clock.now() - begin < 2 * NS_PER_MS:  # nobody else gets the event loop meanwhile
            pass
        peer.say(reply(peer.requests[0]), "127.0.0.5")
        made = await it.only()
        await it.ping("127.0.0.5", timeout_ms=1)
        await it.got(2)
        assert it.counted("late") == 1
    assert (made.sent, made.received, made.reason) == (1, 0, Reason.TIMEOUT)


HOST_UNREACHABLE = (3, 1)


@pytest.mark.parametrize("length", [28, 84])
async def test_an_error_from_beyond_is_the_reason_with_who_says_so(length: int) -> None:
    def refuse(request: Request) -> list[Answer]:
        return [(error(*HOST_UNREACHABLE, request.packet[:length]), "10.0.0.1")]

    async with Peer(refuse) as peer, bench() as it:
        await it.ping("127.0.0.5", packets=2)
        await peer.requested(2)
        made = (await settled(it)).rounds[0]
        assert it.counted("errors") == 2
    assert (made.sent, made.received, made.reason) == (2, 0, Reason.UNREACHABLE)
    assert made.detail == "host unreachable, says 10.0.0.1"


async def test_a_packet_too_big_names_the_mtu() -> None:
    def refuse(request: Request) -> list[Answer]:
        return [(error(3, 4, request.packet[:28], rest=1_400), "10.0.0.1")]

    async with Peer(refuse) as peer, bench() as it:
        await it.ping("127.0.0.5", size=1_472)
        await peer.requested(1)
        made = (await settled(it)).rounds[0]
    assert made.detail == "packet too big for an MTU of 1400, says 10.0.0.1"


async def test_an_error_from_our_own_address_is_a_local_reason() -> None:
    def refuse(request: Request) -> list[Answer]:
        return [(error(3, 13, request.packet), "127.0.0.1")]

    async with Peer(refuse) as peer, bench() as it:
        await it.ping("127.0.0.5")
        await peer.requested(1)
        made = (await settled(it)).rounds[0]
    assert (made.sent, made.reason) == (0, Reason.LOCAL)
    assert made.detail == "administratively prohibited, says this host (127.0.0.1)"


async def test_an_answer_in_time_beats_an_error() -> None:
    def both(request: Request) -> list[Answer]:
        return [(error(*HOST_UNREACHABLE, request.packet), "10.0.0.1"), *honest(request)]

    async with Peer(both), bench() as it:
        await it.ping("127.0.0.5")
        made = await it.only()
    assert (made.received, made.reason) == (1, Reason.NONE)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda p: p[:16] + b"\x7f\x00\x00\x06" + p[20:], id="sent to another address"),
        pytest.param(lambda p: p[:24] + bytes([p[24] ^ 1]) + p[25:], id="with another id"),
        pytest.param(lambda p: p[:36] + b"not the key....." + p[52:], id="with another key"),
    ],
)
async def test_an_error_about_a_request_that_we_never_sent_is_a_stray(spoil: object) -> None:
    assert callable(spoil)
    async with Peer(lambda r: [(error(3, 1, spoil(r.packet)), "10.0.0.1")]) as peer, bench() as it:
        await it.ping("127.0.0.5")
        await peer.requested(1)
        made = (await settled(it)).rounds[0]
        assert it.counted("strays") == 1
    assert made.reason is Reason.TIMEOUT


async def test_a_round_of_answers_losses_and_errors_tells_them_apart() -> None:
    def mixed(request: Request) -> list[Answer]:
        turn = len(peer.requests) % 3
        if turn == 0:
            return [(error(*HOST_UNREACHABLE, request.packet), "10.0.0.1")]
        return list(honest(request)) if turn == 1 else []

    async with Peer(mixed) as peer, bench() as it:
        await it.ping("127.0.0.5", packets=7)
        await peer.requested(7)
        made = (await settled(it)).rounds[0]
    assert (made.sent, made.received) == (7, 3)
    assert [rtt is None for rtt in made.rtts] == [False, True, True, False, True, True, False]
    assert made.reason is Reason.UNREACHABLE
    assert made.detail == "2 of 7: host unreachable, says 10.0.0.1; 2 of 7 unanswered within 2s"


async def test_the_bytes_on_the_wire_are_as_configured() -> None:
    async with Peer(honest) as peer, bench() as it:
        await it.ping("127.0.0.5", size=123, dscp=46)
        await it.only()
    assert len(peer.requests[0].payload) == 123
    assert peer.requests[0].tos == 46 << 2


async def test_a_link_that_loses_half_is_measured_as_that() -> None:
    run(
        "nft add table inet t",
        "nft add chain inet t in { type filter hook input priority 0 ; }",
        "nft add rule inet t in icmp type echo-request numgen inc mod 2 == 0 drop",
    )
    async with Peer(honest), bench() as it:
        await it.ping("127.0.0.5", packets=10, timeout_ms=300)
        made = await it.only()
    assert (made.sent, made.received, made.reason) == (10, 5, Reason.TIMEOUT)
    assert made.detail == "5 of 10 unanswered within 300ms"
