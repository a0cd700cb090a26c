"""A TCP handshake is measured by the kernel, and each way it can end has its reason."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from probes.clock import NS_PER_MS, Instant, SystemClock
from probes.failure import IcmpError
from probes.model import NO_VIA, Failure, Outcome, Probe, Reason, Round, Slot, Target, Timing, Via
from probes.resolve import SystemResolver
from probes.tcp import Ending, TcpInfo, TcpOptions, TcpProbe, hang_up, judge, open_socket, split_address
from probes.values import Duration
from tests.lab import Lab
from tests.probes.peers import CA, closed_port, full_port, server_context, serving

SLOT = Slot(at_ms=1_767_225_600_000, every_ms=10_000, epoch=3)
ESTABLISHED, SYN_SENT, CLOSED = 1, 2, 7
TIMEOUT = Duration(2_000)
OWN, PEER, ROUTER = "10.0.0.2", "192.0.2.1", "198.51.100.7"


def options(**changes: Any) -> TcpOptions:  # noqa: ANN401
    return TcpOptions(**{"timeout": TIMEOUT} | changes)


async def probe(address: str, via: Via = NO_VIA, **changes: Any) -> Outcome:  # noqa: ANN401
    """One round against a real peer, on the system's clock."""
    clock = SystemClock()
    resolver = SystemResolver(clock, lookup=lambda name: ["127.0.0.1"] if "service" in name else [])
    one = TcpProbe(clock, resolver)
    given = options(**changes)
    deadline = clock.now().plus(given.timeout.ms * NS_PER_MS)
    try:
        return await one.run(Target(7, address, given, via), SLOT, deadline)
    finally:
        await one.aclose()
        await resolver.aclose()


def round_of(outcome: Outcome) -> Round:
    assert outcome.round is not None
    return outcome.round


def samples_of(outcome: Outcome) -> dict[str, int | float | str]:
    return {sample.name: sample.value for sample in outcome.samples}


def test_it_is_a_probe() -> None:
    clock = SystemClock()
    made: Probe = TcpProbe(clock, SystemResolver(clock))
    assert made.options is TcpOptions


# -- what an end means: a table ------------------------------------------------------------------


def ending(
    error: OSError | None = None,
    *,
    state: int = CLOSED,
    rtt_us: int = 0,
    retransmits: int = 0,
    icmp: IcmpError | None = None,
    waited_ms: int = 2_000,
) -> Ending:
    info = TcpInfo(state, rtt_us, retransmits)
    return Ending(error, info, icmp, PEER, OWN, waited_ms * NS_PER_MS)


LATE = TimeoutError()
REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "")
RESET = ConnectionResetError(errno.ECONNRESET, "")
NO_ROUTE = OSError(errno.EHOSTUNREACH, "")


@pytest.mark.parametrize(
    ("end", "counts", "rtts", "reason"),
    [
        pytest.param(ending(state=ESTABLISHED, rtt_us=321), (1, 1), (3210,), None, id="answered"),
        pytest.param(
            ending(state=ESTABLISHED, rtt_us=1_024_000, retransmits=1), (2, 1), (), None, id="a-lost-syn"
        ),
        pytest.param(ending(state=ESTABLISHED, rtt_us=0), (1, 1), (), None, id="no-rtt-in-this-kernel"),
        pytest.param(ending(), (1, 1), (), None, id="no-tcp-info-in-this-kernel"),
        pytest.param(
            ending(LATE, state=ESTABLISHED, rtt_us=321), (1, 1), (3210,), None, id="answered-but-seen-late"
        ),
        pytest.param(
            ending(LATE, state=ESTABLISHED, rtt_us=2_000_100), (1, 0), (None,), Reason.TIMEOUT, id="too-late"
        ),
        pytest.param(ending(LATE, state=SYN_SENT), (1, 0), (None,), Reason.TIMEOUT, id="silence"),
        pytest.param(
            ending(LATE, state=SYN_SENT, retransmits=2), (3, 0), (None,) * 3, Reason.TIMEOUT, id="three-lost"
        ),
        pytest.param(
            ending(LATE, state=SYN_SENT, waited_ms=1_700), (0, 0), (), Reason.LOCAL, id="cut-short-by-us"
        ),
        pytest.param(ending(REFUSED), (1, 1), (), Reason.REFUSED, id="refused"),
        pytest.param(ending(REFUSED, retransmits=1), (2, 1), (), Reason.REFUSED, id="refused-in-the-end"),
        pytest.param(ending(RESET, rtt_us=321), (1, 1), (3210,), Reason.RESET, id="reset-afterwards"),
        pytest.param(ending(RESET), (1, 1), (), Reason.RESET, id="reset"),
        pytest.param(ending(NO_ROUTE), (0, 0), (), Reason.LOCAL, id="no-route-of-ours"),
        pytest.param(
            ending(NO_ROUTE, icmp=IcmpError(4, 3, 1, ROUTER)), (1, 0), (None,), Reason.UNREACHABLE, id="far"
        ),
        pytest.param(
            ending(NO_ROUTE, icmp=IcmpError(4, 3, 1, OWN)), (1, 0), (None,), Reason.UNREACHABLE, id="no-arp"
        ),
        pytest.param(
            ending(REFUSED, icmp=IcmpError(4, 3, 3, OWN)), (0, 0), (), Reason.LOCAL, id="our-own-firewall"
        ),
        pytest.param(
            ending(NO_ROUTE, icmp=IcmpError(4, 3, 13, PEER)), (1, 1), (), Reason.REFUSED, id="forbidden-by-it"
        ),
        pytest.param(
            ending(REFUSED, icmp=IcmpError(4, 3, 3, ROUTER)),
            (1, 0),
            (None,),
            Reason.UNREACHABLE,
            id="port-unreachable-of-another",
        ),
        pytest.param(
            ending(OSError(errno.EADDRNOTAVAIL, "")), (0, 0), (), Reason.LOCAL, id="out-of-ports"
        ),
        pytest.param(
            ending(TimeoutError(errno.ETIMEDOUT, ""), retransmits=6),
            (7, 0),
            (None,) * 7,
            Reason.TIMEOUT,
            id="given-up-by-the-kernel",
        ),
    ],
)  # fmt: skip
def test_an_end_has_counts_an_rtt_where_one_is_known_and_a_reason(
    end: Ending, counts: tuple[int, int], rtts: tuple[int | None, ...], reason: Reason | None
) -> None:
    handshake = judge(end, TIMEOUT)
    assert (handshake.sent, handshake.received) == counts
    assert handshake.rtts == rtts
    assert (handshake.failure and handshake.failure.reason) == reason


def test_a_time_out_says_how_often_and_how_long_it_was_tried() -> None:
    one = judge(ending(LATE, state=SYN_SENT), TIMEOUT).failure
    two = judge(ending(LATE, state=SYN_SENT, retransmits=1), TIMEOUT).failure
    assert one == Failure(Reason.TIMEOUT, "no answer to 1 SYN in 2s")
    assert two == Failure(Reason.TIMEOUT, "no answer to 2 SYNs in 2s")


def test_a_round_cut_short_says_that_this_host_was_late() -> None:
    failure = judge(ending(LATE, state=SYN_SENT, waited_ms=300), TIMEOUT).failure
    assert failure == Failure(
        Reason.LOCAL, "only 300 ms of 2s were left for an answer: this host or its resolver was slow"
    )


@given(
    st.builds(
        Ending,
        st.none() | st.builds(OSError, st.integers(1, 140), st.just("")) | st.just(LATE),
        st.builds(TcpInfo, st.integers(0, 255), st.integers(0, 2**32 - 1), st.integers(0, 20)),
        st.none() | st.builds(IcmpError, st.sampled_from([4, 6]), st.integers(0, 255), st.integers(0, 255),
                              st.sampled_from([OWN, PEER, ROUTER])),
        st.just(PEER), st.just(OWN), st.integers(0, 10**10),
    )
)  # fmt: skip
def test_every_end_makes_a_round_that_agrees_with_itself(end: Ending) -> None:
    handshake = judge(end, TIMEOUT)
    made = Round(7, 0, 1, 0, handshake.sent, handshake.received, handshake.rtts)
    assert made.received or handshake.failure
    assert made.sent or (handshake.failure and handshake.failure.reason is Reason.LOCAL)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_tcp_info_reader_raise(data: bytes) -> None:
    info = TcpInfo.parse(data)
    assert (info is None) == (len(data) < 104)


def test_tcp_info_is_read_where_the_kernel_puts_it() -> None:
    data = bytearray(232)
    data[0] = ESTABLISHED
    struct.pack_into("=I", data, 68, 1234)
    struct.pack_into("=I", data, 100, 2)
    assert TcpInfo.parse(bytes(data)) == TcpInfo(ESTABLISHED, 1234, 2)


# -- addresses and options -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Example.NET:443", "example.net:443"),
        ("192.0.2.1:0022", "192.0.2.1:22"),
        ("[2001:DB8::0001]:443", "[2001:db8::1]:443"),
        ("[fe80::1%eth0]:80", "[fe80::1%eth0]:80"),
        ("gateway:53", "gateway:53"),
    ],
)
def test_an_address_is_kept_in_one_form(written: str, kept: str) -> None:
    assert TcpProbe.check_address(written) == kept


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("example.net", "not host:port"),
        ("2001:db8::1:443", r"not host:port, .*\[2001:db8::1\]:443"),
        ("example.net:https", "not host:port"),
        ("example.net:", "not host:port"),
        (":443", "not an IP address"),
        ("example.net:0", "not a port"),
        ("example.net:65536", "not a port"),
        ("example.net:٤٤٣", "not host:port"),
        ("[192.0.2.1]:80", "brackets are for IPv6"),
        ("[]:80", "not an IP address"),
        ("[fe80::1%an interface]:80", "not the address of one host"),
        ("http://example.net:80", "not host:port"),
        ("300.1.1.1:80", "not an IP address"),
    ],
)
def test_an_address_of_another_form_is_refused_with_the_right_one(written: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        TcpProbe.check_address(written)


@given(st.text(max_size=40) | st.from_regex(r"\[?[0-9a-z.:%]{1,20}\]?:[0-9]{1,6}", fullmatch=True))
def test_any_text_is_an_address_in_one_form_or_a_valueerror(text: str) -> None:
    try:
        kept = TcpProbe.check_address(text)
    except ValueError:
        return
    assert TcpProbe.check_address(kept) == kept
    assert split_address(kept) == split_address(text)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"tls_verify": False}, "tls_verify needs `tls: true`"),
        ({"tls": False, "tls_server_name": "a.example"}, "tls_server_name needs `tls: true`"),
        ({"tls": True, "tls_server_name": "a b"}, "not an IP address, a host name"),
        ({"port": 443}, "port"),
    ],
)
def test_options_that_mean_nothing_are_refused(given: dict[str, object], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        TcpOptions.model_validate(given)


# -- real peers on loopback ----------------------------------------------------------------------


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


# -- TLS on the connection -----------------------------------------------------------------------


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


async def test_tls_adds_two_samples_and_leaves_the_round_alone(ca_file: Path) -> None:
    async with serving(context=server_context(20)) as peer:
        outcome = await probe(f"service.test:{peer.port}", tls=True, tls_ca_file=ca_file)
    got = round_of(outcome)
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, Reason.NONE)
    assert got.rtts[0] is not None
    assert got.rtts[0] < 50_000
    assert samples_of(outcome) == {"tls_days_left": pytest.approx(20, abs=0.01), "tls_verified": 1}
    assert {(one.series, one.at_ms, one.epoch) for one in outcome.samples} == {(7, SLOT.at_ms, SLOT.epoch)}


@pytest.mark.parametrize(
    ("days", "name", "detail"),
    [
        (-2, "service.test", "certificate has expired"),
        (20, "other.test", "Hostname mismatch, certificate is not valid for 'service.test'."),
    ],
)
async def test_a_certificate_that_is_not_accepted_is_tls_and_the_circuit_has_answered(
    ca_file: Path, days: int, name: str, detail: str
) -> None:
    async with serving(context=server_context(days, name)) as peer:
        outcome = await probe(f"service.test:{peer.port}", tls=True, tls_ca_file=ca_file)
    got = round_of(outcome)
    assert (got.sent, got.received, len(got.rtts)) == (1, 1, 1)
    assert (got.reason, got.detail) == (Reason.TLS, f"certificate not accepted: {detail}")
    assert samples_of(outcome) == {"tls_days_left": pytest.approx(days, abs=0.01), "tls_verified": 0}


async def test_a_name_with_a_closing_dot_is_asked_for_without_it(ca_file: Path) -> None:
    async with serving(context=server_context()) as peer:
        outcome = await probe(f"service.test.:{peer.port}", tls=True, tls_ca_file=ca_file)
    assert samples_of(outcome)["tls_verified"] == 1


async def test_a_server_name_can_be_asked_for_by_name(ca_file: Path) -> None:
    async with serving(context=server_context(20)) as peer:
        outcome = await probe(
            f"127.0.0.1:{peer.port}", tls=True, tls_ca_file=ca_file, tls_server_name="Service.TEST"
        )
    assert samples_of(outcome)["tls_verified"] == 1


async def test_without_verification_an_expired_certificate_is_good_and_its_days_are_told() -> None:
    async with serving(context=server_context(-2)) as peer:
        outcome = await probe(f"127.0.0.1:{peer.port}", tls=True, tls_verify=False)
    assert round_of(outcome).reason is Reason.NONE
    assert samples_of(outcome) == {"tls_days_left": pytest.approx(-2, abs=0.01)}


async def test_garbage_instead_of_tls_is_tls_and_the_rtt_stays() -> None:
    def greet(transport: asyncio.Transport) -> None:
        transport.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        transport.close()

    async with serving(greet) as peer:
        outcome = await probe(f"127.0.0.1:{peer.port}", tls=True)
    got = round_of(outcome)
    assert (got.sent, got.received, len(got.rtts)) == (1, 1, 1)
    assert (got.reason, got.detail) == (Reason.TLS, "TLS handshake failed: wrong version number")
    assert outcome.samples == ()


async def test_a_server_that_is_silent_in_tls_is_tls_at_the_deadline_and_the_rtt_stays() -> None:
    async with serving() as peer:
        got = round_of(await probe(f"127.0.0.1:{peer.port}", tls=True, timeout=Duration(150)))
    assert (got.sent, got.received, len(got.rtts)) == (1, 1, 1)
    assert (got.reason, got.detail) == (Reason.TLS, "no end of the TLS handshake in time")


async def test_no_tls_is_tried_where_nobody_answered() -> None:
    with closed_port() as port:
        outcome = await probe(f"127.0.0.1:{port}", tls=True)
    assert round_of(outcome).reason is Reason.REFUSED
    assert outcome.samples == ()


@pytest.mark.parametrize(("text", "what"), [(None, "No such file or directory"), ("garbage", "X509")])
async def test_a_file_of_authorities_that_cannot_be_read_is_our_own_fault_and_is_named(
    tmp_path: Path, text: str | None, what: str
) -> None:
    path = tmp_path / "ca.pem"
    if text:
        path.write_text(text)
    got = round_of(await probe("127.0.0.1:1", tls=True, tls_ca_file=path))
    assert (got.sent, got.reason) == (0, Reason.LOCAL)
    assert str(path) in got.detail
    assert what in got.detail


# -- which way out, and nothing left open --------------------------------------------------------


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


# -- networks of our own -------------------------------------------------------------------------


@pytest.mark.root
@pytest.mark.server("nftables")
def test_whose_word_an_error_is_decides_on_a_real_network() -> None:
    with Lab() as lab:
        edge, router, far = lab.host("edge"), lab.router("router"), lab.host("far")
        near, beyond = lab.link(edge, router), lab.link(router, far)
        edge.route("10.64.0.0/16", near)
        far.route("10.64.0.0/16", beyond)
        router.ip("route", "add", "unreachable", "198.51.100.0/24")
        edge.route("198.51.100.0/24", near)
        edge.ip("route", "add", "203.0.113.0/24", "dev", near.devices[0])
        for key in ("mcast_solicit=1", "retrans_time_ms=20"):
            edge.run(["sysctl", "-q", "-w", f"net.ipv4.neigh.{near.devices[0]}.{key}"])
        far.run(["nft", "-f", "-"], input=REJECTS)
        target, said_by = beyond.addresses[1], near.addresses[1]
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
    assert rtts_ms[10] == pytest.approx(30, abs=0.5)
    assert rtts_ms[0] >= 30


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
    one = TcpProbe(clock, SystemResolver(clock))
    assert one._seconds_to(Instant(0, 0)) == 0
    assert 0 < one._seconds_to(clock.now().plus(NS_PER_MS)) <= 0.001
