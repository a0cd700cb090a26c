"""What the end of a TCP handshake means, and what its addresses and options are."""

from __future__ import annotations

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from probes.clock import NS_PER_MS
from probes.connect import Ending, TcpInfo, judge
from probes.failure import IcmpError
from probes.model import Failure, Reason, Round
from probes.tcp import TcpOptions, TcpProbe, split_address
from tests.probes.tcp_rounds import (
    CLOSED,
    ESTABLISHED,
    OWN,
    PEER,
    ROUTER,
    SYN_SENT,
    TIMEOUT,
)


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
