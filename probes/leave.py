"""How a socket of ours leaves this host: by the interface, source or mark that a circuit's `via` says.

Every probe opens its sockets here, so that none of a circuit's packets takes another circuit's way.
"""

from __future__ import annotations

import errno
import socket
import struct
from contextlib import ExitStack

from probes.model import Via
from probes.resolve import is_literal

RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
"""IP_RECVERR and IPV6_RECVERR, which the socket module does not name: ICMP errors are kept for the socket."""
_IP_BIND_ADDRESS_NO_PORT = 24


def open_socket(address: str, via: Via, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A non-blocking socket to the literal `address` that will leave by `via` and keeps ICMP errors.

    Neither bound to a port nor connected. Raises OSError, also where the source is of another IP version.
    """
    family = family_of(address)
    with ExitStack() as undo:
        sock = undo.enter_context(socket.socket(family, kind | socket.SOCK_NONBLOCK))
        sock.setsockopt(*RECVERR[family], 1)
        leave_by(sock, via, address)
        undo.pop_all()
    return sock


def leave_by(sock: socket.socket, via: Via, address: str) -> None:
    """Make a socket for `address` leave by `via`; raises OSError."""
    if via.interface is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, via.interface.encode() + b"\0")
    if via.mark is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, struct.pack("=I", via.mark))
    if via.source is not None:
        if not is_literal(via.source) or family_of(via.source) != family_of(address):
            raise OSError(errno.EAFNOSUPPORT, "source does not fit the target")  # bind would ask the DNS
        sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)  # connect picks it, per target
        sock.bind(sockaddr(via.source, 0))


def family_of(address: str) -> socket.AddressFamily:
    """The address family of an IP literal."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def sockaddr(address: str, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    """What the socket calls take for a literal, a zone (`fe80::1%eth0`) as its interface's number."""
    host, _, zone = address.partition("%")
    if ":" not in host:
        return host, port
    return host, port, 0, socket.if_nametoindex(zone) if zone else 0


def leaving(via: Via) -> str:
    """`leaving by interface eth1: `, to begin an error's sentence with; empty where nothing is said."""
    settings = " ".join(f"{key} {value}" for key, value in via.model_dump(exclude_none=True).items())
    return f"leaving by {settings}: " if settings else ""
