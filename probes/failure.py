"""The one place where an OSError, an ssl error or an ICMP error becomes a Reason.

The question behind every row is whose fault it is. What cannot be shown to have come back from the
network is this host's own (`local`, so unknown and never a carrier's downtime): an unknown errno, a
full table, and also "no route", unless an ICMP error stands behind it. Linux reports both a missing
route of ours and a router's ICMP error as EHOSTUNREACH or ENETUNREACH; only the second leaves a
record in the socket's error queue (IP_RECVERR, ip(7)), which names who sent it.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from probes.model import Failure, Reason

_REASONS = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.ECONNRESET: Reason.RESET,
    errno.ECONNABORTED: Reason.RESET,
    errno.ENETRESET: Reason.RESET,
    errno.EPIPE: Reason.RESET,
    errno.ETIMEDOUT: Reason.TIMEOUT,
}
"""The errnos that can only come from the other end; every other one is local."""

_ADVICE = {
    errno.EACCES: "forbidden by this host's firewall or routes, or a capability is missing",
    errno.EADDRINUSE: "no local port is free",
    errno.EADDRNOTAVAIL: "not an address of this host, or no local port is free",
    errno.EAFNOSUPPORT: "this host does not speak that address family, or the source is of the other one",
    errno.EHOSTUNREACH: "this host has no route to it",
    errno.EINVAL: "this host's routes drop it, or address and interface do not fit",
    errno.EMFILE: "this process may open no more files: raise LimitNOFILE",
    errno.EMSGSIZE: "larger than the way out carries",
    errno.ENETDOWN: "the interface is down",
    errno.ENETUNREACH: "this host has no route to it",
    errno.ENFILE: "this host may open no more files: raise fs.file-max",
    errno.ENOBUFS: "the interface's queue is full",
    errno.ENODEV: "this host has no such interface",
    errno.ENOMEM: "this host is out of memory",
    errno.EPERM: "forbidden by this host's firewall, or a capability is missing (a mark needs CAP_NET_ADMIN)",
}

_EXTENDED = struct.Struct("=IBBBBII")
"""struct sock_extended_err (linux/errqueue.h); the offender's sockaddr follows it."""
_ORIGIN_VERSION = {2: 4, 3: 6}
"""SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6 to the IP version."""
_OFFENDER_AT = {4: slice(20, 24), 6: slice(24, 40)}
"""Where the address lies: behind family and port, for IPv6 behind the flow label too."""

_SAYS = {
    (4, 3, 0): "network unreachable",
    (4, 3, 1): "host unreachable",
    (4, 3, 2): "protocol unreachable",
    (4, 3, 3): "port unreachable",
    (4, 3, 4): "fragmentation needed",
    (4, 3, 5): "source route failed",
    (4, 3, 6): "network unknown",
    (4, 3, 7): "host unknown",
    (4, 3, 9): "network administratively prohibited",
    (4, 3, 10): "host administratively prohibited",
    (4, 3, 11): "network unreachable for this type of service",
    (4, 3, 12): "host unreachable for this type of service",
    (4, 3, 13): "administratively prohibited",
    (4, 11, 0): "time to live exceeded in transit",
    (4, 11, 1): "reassembly time exceeded",
    (4, 12, 0): "parameter problem",
    (6, 1, 0): "no route to destination",
    (6, 1, 1): "administratively prohibited",
    (6, 1, 2): "beyond the scope of the source address",
    (6, 1, 3): "address unreachable",
    (6, 1, 4): "port unreachable",
    (6, 1, 5): "source address failed a filter",
    (6, 1, 6): "reject route to destination",
    (6, 2, 0): "packet too big",
    (6, 3, 0): "hop limit exceeded in transit",
    (6, 3, 1): "reassembly time exceeded",
    (6, 4, 0): "parameter problem",
}
"""(IP version, type, code): RFC 792, RFC 1812 section 5.2.7.1 and RFC 4443 section 3."""
_NEIGHBOUR_SILENT = {(4, 3, 1), (6, 1, 3)}
"""What the kernel tells itself when ARP or neighbour discovery got no answer."""
_CLOSED = {(4, 3, 3), (6, 1, 4)}
"""Port unreachable: what a host says of a UDP port where nobody listens."""


@dataclass(frozen=True, slots=True)
class IcmpError:
    """An ICMP error about a packet of ours: who sent it (`offender`, an IP literal) and what it says."""

    version: int
    type: int
    code: int
    offender: str

    @property
    def says(self) -> str:
        """The standard's words for type and code."""
        known = _SAYS.get((self.version, self.type, self.code))
        return known or f"ICMP{'v6' if self.version == 6 else ''} type {self.type} code {self.code}"

    @classmethod
    def parse(cls, data: bytes) -> IcmpError | None:
        """Read the control message of IP_RECVERR or IPV6_RECVERR; None when it is no ICMP error."""
        if len(data) < _EXTENDED.size:
            return None
        _, origin, kind, code, _, _, _ = _EXTENDED.unpack_from(data)
        version = _ORIGIN_VERSION.get(origin)
        if version is None:
            return None
        packed = data[_OFFENDER_AT[version]]
        if version == 4 and len(packed) == 4:
            return cls(version, kind, code, str(IPv4Address(packed)))
        if version == 6 and len(packed) == 16:
            return cls(version, kind, code, str(IPv6Address(packed)))
        return None


def of_icmp(error: IcmpError, *, target: str, own: str) -> Failure:
    """Whose word it is decides: our own host's is local, the target's a refusal, another's unreachable.

    `target` and `own` are the IP literals of both ends. A target that forbids us (port unreachable,
    administratively prohibited) has answered all the same: the circuit carried it. One word of our own
    host's is about another: a next hop that answers no ARP is what a carrier's dead device on our own
    segment looks like, so that is `unreachable`, as a little earlier it was a time-out (a round whose
    references are silent too is unknown either way). A closed port of our own host is one like any other.
    """
    said = (error.version, error.type, error.code)
    if _same(error.offender, target) and said in _CLOSED:
        return Failure(Reason.REFUSED, f"the target says: {error.says}")
    if _same(error.offender, own):
        if said in _NEIGHBOUR_SILENT:
            return Failure(Reason.UNREACHABLE, "the next hop answers no ARP or neighbour discovery")
        return Failure(Reason.LOCAL, f"this host itself says: {error.says}")
    if _same(error.offender, target):
        return Failure(Reason.REFUSED, f"the target says: {error.says}")
    return Failure(Reason.UNREACHABLE, f"{error.offender} says: {error.says}")


def of_os_error(error: OSError) -> Failure:
    """The reason of an errno that no ICMP error explains; `local` unless only a peer could cause it."""
    if isinstance(error, socket.gaierror):
        return Failure(Reason.RESOLVE, error.strerror or str(error))
    if isinstance(error, ssl.SSLError):
        return of_tls(error)
    if isinstance(error, TimeoutError):
        return Failure(Reason.TIMEOUT, "no answer in time")
    number = error.errno or 0
    text = os.strerror(number) if number else str(error) or type(error).__name__
    reason = _REASONS.get(number, Reason.LOCAL)
    advice = _ADVICE.get(number)
    return Failure(reason, f"{text}: {advice}" if advice else text)


def of_tls(error: OSError) -> Failure:
    """Why TLS on an established connection failed; always `tls`, since the connection stood."""
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = f"certificate not accepted: {error.verify_message}"
    elif isinstance(error, ssl.SSLEOFError):
        detail = "closed by the server during the TLS handshake"
    elif isinstance(error, ssl.SSLError):
        words = getattr(error, "reason", None) or error.strerror or str(error)  # asyncio raises some without
        detail = f"TLS handshake failed: {words.lower().replace('_', ' ')}"
    elif isinstance(error, TimeoutError):
        detail = "no end of the TLS handshake in time"
    else:
        detail = f"TLS handshake failed: {of_os_error(error).detail}"
    return Failure(Reason.TLS, detail)


def _same(one: str, other: str) -> bool:
    """Whether two literals are one address; a link-local's zone is no part of it."""
    try:
        return ip_address(one.partition("%")[0]) == ip_address(other.partition("%")[0])
    except ValueError:
        return False
