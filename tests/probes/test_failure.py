"""An error becomes a reason in one place, and what nobody can be blamed for is our own."""

from __future__ import annotations

import errno
import socket
import ssl
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.failure import IcmpError, of_icmp, of_os_error, of_tls
from probes.model import Reason

TARGET, OWN, ROUTER = "192.0.2.1", "10.0.0.2", "198.51.100.7"

DOCUMENTED = {
    # connect(2), tcp(7)
    errno.EACCES: Reason.LOCAL,
    errno.EADDRINUSE: Reason.LOCAL,
    errno.EADDRNOTAVAIL: Reason.LOCAL,
    errno.EAFNOSUPPORT: Reason.LOCAL,
    errno.EAGAIN: Reason.LOCAL,
    errno.EALREADY: Reason.LOCAL,
    errno.EBADF: Reason.LOCAL,
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.EFAULT: Reason.LOCAL,
    errno.EINPROGRESS: Reason.LOCAL,
    errno.EINTR: Reason.LOCAL,
    errno.EISCONN: Reason.LOCAL,
    errno.ENETUNREACH: Reason.LOCAL,
    errno.ENOTSOCK: Reason.LOCAL,
    errno.EPERM: Reason.LOCAL,
    errno.EPROTOTYPE: Reason.LOCAL,
    errno.ETIMEDOUT: Reason.TIMEOUT,
    # sendmsg(2), ip(7), udp(7)
    errno.ECONNRESET: Reason.RESET,
    errno.EDESTADDRREQ: Reason.LOCAL,
    errno.EINVAL: Reason.LOCAL,
    errno.EMSGSIZE: Reason.LOCAL,
    errno.ENOBUFS: Reason.LOCAL,
    errno.ENOMEM: Reason.LOCAL,
    errno.ENOTCONN: Reason.LOCAL,
    errno.EOPNOTSUPP: Reason.LOCAL,
    errno.EPIPE: Reason.RESET,
    errno.EHOSTUNREACH: Reason.LOCAL,
    errno.ENETDOWN: Reason.LOCAL,
    errno.ENOPROTOOPT: Reason.LOCAL,
    errno.EHOSTDOWN: Reason.LOCAL,
    errno.ENONET: Reason.LOCAL,
    errno.EPROTO: Reason.LOCAL,
    errno.ENODEV: Reason.LOCAL,
    # accept(2), socket(2)
    errno.ECONNABORTED: Reason.RESET,
    errno.ENETRESET: Reason.RESET,
    errno.EMFILE: Reason.LOCAL,
    errno.ENFILE: Reason.LOCAL,
    errno.EPROTONOSUPPORT: Reason.LOCAL,
}


@pytest.mark.parametrize("number", sorted(DOCUMENTED), ids=errno.errorcode.get)
def test_each_documented_errno_has_its_reason_and_says_what_it_is(number: int) -> None:
    failure = of_os_error(OSError(number, "unused"))
    assert failure.reason is DOCUMENTED[number]
    assert failure.detail


@pytest.mark.parametrize("number", sorted(set(errno.errorcode) - set(DOCUMENTED)))
def test_an_errno_that_nobody_documented_is_never_the_carriers(number: int) -> None:
    assert of_os_error(OSError(number, "unused")).reason is Reason.LOCAL


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EMFILE, "raise LimitNOFILE"),
        (errno.EPERM, "CAP_NET_ADMIN"),
        (errno.ENETUNREACH, "no route"),
        (errno.ENODEV, "no such interface"),
    ],
)
def test_a_local_fault_says_what_to_look_at(number: int, advice: str) -> None:
    assert advice in of_os_error(OSError(number, "unused")).detail


def test_an_oserror_without_errno_keeps_its_words() -> None:
    assert of_os_error(OSError("no interface with this name")).detail == "no interface with this name"
    assert of_os_error(OSError()).detail == "OSError"


def test_a_name_that_does_not_resolve_is_resolve() -> None:
    failure = of_os_error(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    assert (failure.reason, failure.detail) == (Reason.RESOLVE, "Name or service not known")


def test_asyncios_time_out_is_timeout() -> None:
    assert of_os_error(TimeoutError()).reason is Reason.TIMEOUT


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (ssl.SSLEOFError(8, "EOF"), "closed by the server during the TLS handshake"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "TLS handshake failed: Connection reset by peer"),
        (TimeoutError(), "no end of the TLS handshake in time"),
        (ssl.SSLError(1, "odd record"), "TLS handshake failed: odd record"),
    ],
)
def test_whatever_ends_a_tls_handshake_is_tls(error: OSError, detail: str) -> None:
    failure = of_tls(error)
    assert (failure.reason, failure.detail) == (Reason.TLS, detail)


def test_an_ssl_error_is_tls_wherever_it_is_asked_about() -> None:
    assert of_os_error(ssl.SSLEOFError(8, "EOF")).reason is Reason.TLS


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (IcmpError(4, 3, 1, ROUTER), Reason.UNREACHABLE, "198.51.100.7 says: host unreachable"),
        (IcmpError(4, 3, 13, ROUTER), Reason.UNREACHABLE, "198.51.100.7 says: administratively prohibited"),
        (
            IcmpError(4, 11, 0, ROUTER),
            Reason.UNREACHABLE,
            "198.51.100.7 says: time to live exceeded in transit",
        ),
        (IcmpError(4, 3, 99, ROUTER), Reason.UNREACHABLE, "198.51.100.7 says: ICMP type 3 code 99"),
        (IcmpError(4, 3, 3, TARGET), Reason.REFUSED, "the target says: port unreachable"),
        (IcmpError(4, 3, 10, TARGET), Reason.REFUSED, "the target says: host administratively prohibited"),
        (
            IcmpError(4, 3, 1, OWN),
            Reason.UNREACHABLE,
            "the next hop answers no ARP or neighbour discovery",
        ),
        (IcmpError(4, 3, 3, OWN), Reason.LOCAL, "this host itself says: port unreachable"),
        (IcmpError(4, 3, 1, "nonsense"), Reason.UNREACHABLE, "nonsense says: host unreachable"),
    ],
)
def test_an_icmp_error_counts_by_whose_word_it_is(error: IcmpError, reason: Reason, detail: str) -> None:
    failure = of_icmp(error, target=TARGET, own=OWN)
    assert (failure.reason, failure.detail) == (reason, detail)


def test_addresses_are_compared_as_addresses_without_their_zone() -> None:
    error = IcmpError(6, 1, 4, "fe80::1")
    assert of_icmp(error, target="fe80:0::1%eth0", own="fe80::2%eth0").reason is Reason.REFUSED
    assert IcmpError(6, 9, 9, "fe80::1").says == "ICMPv6 type 9 code 9"


def test_the_kernels_record_of_an_icmp_error_is_read() -> None:
    head = struct.pack("=IBBBBII", errno.EHOSTUNREACH, 2, 3, 13, 0, 0, 0)
    assert IcmpError.parse(head + struct.pack("=HH4s8x", 2, 0, bytes([198, 51, 100, 7]))) == IcmpError(
        4, 3, 13, "198.51.100.7"
    )
    head = struct.pack("=IBBBBII", errno.EACCES, 3, 1, 1, 0, 0, 0)
    router = socket.inet_pton(socket.AF_INET6, "2001:db8::7")
    assert IcmpError.parse(head + struct.pack("=HHI16sI", 10, 0, 0, router, 0)) == IcmpError(
        6, 1, 1, "2001:db8::7"
    )


def test_a_record_of_another_origin_is_no_icmp_error() -> None:
    timestamp = struct.pack("=IBBBBII", 0, 4, 0, 0, 0, 0, 0)
    assert IcmpError.parse(timestamp + bytes(16)) is None


@given(st.binary(max_size=64))
def test_no_bytes_make_the_record_reader_raise(data: bytes) -> None:
    error = IcmpError.parse(data)
    assert error is None or of_icmp(error, target=TARGET, own=OWN).detail
