"""How a packet leaves: destination, source, interface, mark and DSCP.

All of it goes beside each packet as ancillary data (RFC 3542 section 4 and 6), so that one socket
serves every target whatever way it takes.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from functools import lru_cache

from probes.icmp.wire import V4, V6, Version
from probes.model import Failure, Reason, Via

Control = list[tuple[int, int, bytes]]

IP_PKTINFO = 8
_INT = struct.Struct("=i")
_UINT = struct.Struct("=I")
_INTERFACE_ADDRESS = struct.Struct("=i4s4x")  # struct in_pktinfo
_ADDRESS_INTERFACE = struct.Struct("=16si")  # struct in6_pktinfo


@dataclass(frozen=True, slots=True)
class Route:
    """Everything that `sendmsg` needs beside the packet; `host` is what a reply's source must be."""

    version: Version
    host: str
    sockaddr: tuple[str, int] | tuple[str, int, int, int]
    control: Control


def find_route(literal: str, via: Via, dscp: int) -> Route | Failure:
    """The route to `literal` (an IP address, IPv6 perhaps with %interface), or why there is none."""
    try:
        version, host, sockaddr = _destination(literal)
    except OSError as error:
        return Failure(Reason.LOCAL, f"no way to {literal}: {error.strerror or error}")
    try:
        return Route(version, host, sockaddr, _control(version, via, dscp))
    except OSError:
        return Failure(Reason.LOCAL, _refusal_of(via, literal))


def _destination(
    literal: str,
) -> tuple[Version, str, tuple[str, int] | tuple[str, int, int, int]]:
    """Raises OSError when `literal` is no address or its interface does not exist."""
    if ":" not in literal:
        return V4, _canonical(socket.AF_INET, literal), (literal, 0)
    address, _, scope = literal.partition("%")
    number = int(scope) if scope.isdecimal() else socket.if_nametoindex(scope) if scope else 0
    return V6, _canonical(socket.AF_INET6, address), (address, 0, 0, number)


@lru_cache(maxsize=65_536)
def _canonical(family: int, address: str) -> str:
    """The one spelling in which `recvmsg` gives a source."""
    return socket.inet_ntop(family, socket.inet_pton(family, address))


def _control(version: Version, via: Via, dscp: int) -> Control:
    """Raises OSError when the source is of the other family or the interface does not exist."""
    control: Control = []
    if dscp and version is V4:
        control.append((socket.IPPROTO_IP, socket.IP_TOS, _INT.pack(dscp << 2)))
    elif dscp:
        control.append((socket.IPPROTO_IPV6, socket.IPV6_TCLASS, _INT.pack(dscp << 2)))
    if via.source is not None or via.interface is not None:
        control.append(_packet_info(version, via))
    if via.mark is not None:
        control.append((socket.SOL_SOCKET, socket.SO_MARK, _UINT.pack(via.mark)))
    return control


def _packet_info(version: Version, via: Via) -> tuple[int, int, bytes]:
    interface = socket.if_nametoindex(via.interface) if via.interface is not None else 0
    if version is V4:
        source = socket.inet_pton(version.family, via.source or "0.0.0.0")  # noqa: S104 - the kernel chooses
        return socket.IPPROTO_IP, IP_PKTINFO, _INTERFACE_ADDRESS.pack(interface, source)
    source = socket.inet_pton(version.family, via.source or "::")
    return socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, _ADDRESS_INTERFACE.pack(source, interface)


def _refusal_of(via: Via, literal: str) -> str:
    if via.interface is not None and via.interface not in {name for _, name in socket.if_nameindex()}:
        return f"this host has no interface {via.interface}"
    return f"{via.source} is no source address for {literal}: they must be of one IP version"


def is_own(version: Version, address: str) -> bool:
    """Whether `address` is one of this host's; asked of the kernel, which knows best."""
    with socket.socket(version.family, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind((address, 0))
        except OSError:
            return False
        return True
