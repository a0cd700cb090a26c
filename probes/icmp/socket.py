"""One ICMP socket: how it is opened, and what the kernel tells through it.

icmplib opens the socket and tells a missing privilege from other trouble; its own sending and
receiving is not used, since it gives every reply to every socket and has no kernel stamps.

Kernel facts that this file stands on (Linux 5.1 or later):
- A transmit stamp comes through the error queue with a number (SOF_TIMESTAMPING_OPT_ID) that counts
  the socket's packets. A send that fails counts on some kernels and not on others, so the count is
  started afresh after each failure (`realign`).
- Transmit stamps, replies and errors share the receive buffer. SO_MEMINFO counts what it refused;
  SO_RXQ_OVFL does not.
- On a datagram socket ICMP errors come through the error queue too, and make the next call on the
  socket fail once, whatever that call was about.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from enum import StrEnum
from secrets import randbelow
from typing import NamedTuple

from icmplib.exceptions import ICMPSocketError, SocketPermissionError
from icmplib.sockets import ICMPSocket, ICMPv4Socket, ICMPv6Socket

from probes.icmp.filter import blocked_types, program
from probes.icmp.route import Route
from probes.icmp.wire import V4, Refusal, Version, parse_quote
from probes.model import Failure, Reason
from probes.stamped import FROM_TIMESTAMPING, NUMBERED_STAMPS, SO_TIMESTAMPING, STAMPS, nanoseconds

SO_ATTACH_FILTER = 26
SO_SNDBUFFORCE = 32
SO_RCVBUFFORCE = 33
SO_MEMINFO = 55
ICMP_FILTER = 1
SOL_RAW = 255
IP_RECVERR, IPV6_RECVERR = 11, 25
MSG_ERRQUEUE = 0x2000

_MEMINFO_DROPS = 8
_FROM_ICMP = (2, 3)

_BUFFER_WANTED = 4 << 20
_CONTROL_BYTES = 256
_HEADERS = 60 + 8
"""The largest IPv4 header and an ICMP header."""
_LONGEST_ERROR = 1_280
"""ICMPv6 errors fill the smallest MTU (RFC 4443 2.4), ICMP ones 576 bytes (RFC 1812 4.3.2.3), and what a
router knows of MPLS stands at their end."""
_UINT = struct.Struct("=I")
_FLAGS = struct.Struct("=ii")
_EXTENDED_ERROR = struct.Struct("=IBBBxII")


class Mode(StrEnum):
    """Which kind of socket to open."""

    AUTO = "auto"
    """Raw where that is allowed, else datagram."""
    RAW = "raw"
    """Needs CAP_NET_RAW; our own random id for each round."""
    DATAGRAM = "datagram"
    """Needs no privilege but a group in net.ipv4.ping_group_range; the id is the socket's port."""


class PingPermissionError(PermissionError):
    """No ICMP socket may be opened by this process."""

    def __init__(self, mode: Mode) -> None:
        ways = {
            Mode.RAW: "give the process CAP_NET_RAW (in systemd: AmbientCapabilities=CAP_NET_RAW)",
            Mode.DATAGRAM: 'let its group send echo requests: sysctl net.ipv4.ping_group_range="GID GID"',
        }
        tried = [mode] if mode is not Mode.AUTO else [Mode.RAW, Mode.DATAGRAM]
        super().__init__(
            errno.EPERM,
            f"no right to open an ICMP socket ({' or '.join(tried)}); "
            f"either {ways[Mode.RAW]}, or {ways[Mode.DATAGRAM]}",
        )


class Arrival(NamedTuple):
    """A datagram as it was read: its bytes, the kernel's receive stamp if it gave one, its source."""

    data: bytes
    came_ns: int | None
    source: str


class Departure(NamedTuple):
    """The kernel's transmit stamp of the socket's `number`-th packet."""

    number: int
    left_ns: int


class Returned(NamedTuple):
    """An ICMP error that the kernel had matched to this socket, who says so, and when it came."""

    refusal: Refusal
    source: str
    came_ns: int | None


def open_socket(version: Version, mode: Mode, prefix: bytes) -> IcmpSocket | Failure:
    """A socket for `version`, or why this host has none.

    Raises PingPermissionError when it is only a privilege that is missing.
    """
    holder: type[ICMPSocket] = ICMPv4Socket if version is V4 else ICMPv6Socket
    for raw in (True, False):
        if mode is (Mode.DATAGRAM if raw else Mode.RAW):
            continue
        try:
            return IcmpSocket(version, holder(privileged=raw), prefix, raw=raw)
        except SocketPermissionError:
            continue
        except (ICMPSocketError, OSError) as error:
            name = "IPv4" if version is V4 else "IPv6"
            return Failure(Reason.LOCAL, f"this host sends no {name} echo requests: {error}")
    raise PingPermissionError(mode)


class IcmpSocket:
    """A socket without blocking; `id` is the one that the kernel puts into each packet, None if ours."""

    def __init__(self, version: Version, holder: ICMPSocket, prefix: bytes, *, raw: bool) -> None:
        self.version = version
        self.raw = raw
        self.framed = raw and version is V4
        self.id: int | None = None
        self.stamping = True
        self._holder = holder
        self._sock: socket.socket = holder.sock
        self._next_stamp = 0
        self._read_bytes = _LONGEST_ERROR
        try:
            self._prepare(prefix)
        except OSError:
            holder.close()
            raise

    def fileno(self) -> int:
        """The descriptor, for the event loop."""
        return self._sock.fileno()

    def send(self, packet: bytes, route: Route) -> int:
        """Hand `packet` to the kernel; the number its transmit stamp will have. Raises OSError."""
        if len(packet) + _HEADERS > self._read_bytes:
            self._read_bytes = len(packet) + _HEADERS
        self._sock.sendmsg((packet,), route.control, 0, route.sockaddr)
        number = self._next_stamp
        self._next_stamp = (number + 1) & 0xFFFF_FFFF
        return number

    def realign(self) -> None:
        """Start the count of transmit stamps afresh; those not yet read can't be told apart any more."""
        if self.stamping:
            self._sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, _FLAGS.pack(STAMPS, 0))
            self._sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, _FLAGS.pack(NUMBERED_STAMPS, 0))
        self._next_stamp = 0

    def arrivals(self, limit: int) -> list[Arrival]:
        """Up to `limit` datagrams that wait to be read; fewer means that there are no more."""
        found: list[Arrival] = []
        for _ in range(2 * limit):
            if len(found) == limit:
                break
            try:
                data, control, _, source = self._sock.recvmsg(self._read_bytes, _CONTROL_BYTES)
            except BlockingIOError:
                break
            except OSError:  # what it was about is in the error queue
                continue
            came_ns = None
            for level, kind, value in control:
                if kind == SO_TIMESTAMPING and level == socket.SOL_SOCKET:
                    came_ns = nanoseconds(value)
            found.append(Arrival(data, came_ns, source[0]))
        return found

    def notices(self, limit: int) -> list[Departure | Returned]:
        """Up to `limit` entries of the error queue; what is neither stamp nor ICMP error is left out."""
        found: list[Departure | Returned] = []
        for _ in range(limit):
            try:
                data, control, _, _ = self._sock.recvmsg(self._read_bytes, _CONTROL_BYTES, MSG_ERRQUEUE)
            except BlockingIOError:
                break
            notice = self._notice(data, control)
            if notice is not None:
                found.append(notice)
        return found

    def drops(self) -> int:
        """How many datagrams the receive buffer refused; newer kernels' raw sockets count each twice."""
        info = self._sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 4 * (_MEMINFO_DROPS + 1))
        drops: int = _UINT.unpack_from(info, 4 * _MEMINFO_DROPS)[0]
        return drops

    def buffer_bytes(self) -> int:
        """The receive buffer as the kernel accounts for it."""
        return self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def close(self) -> None:
        """Close it."""
        self._holder.close()

    def _prepare(self, prefix: bytes) -> None:
        self._sock.setblocking(False)
        self._attach(program(self.version, prefix, framed=self.framed))
        if self.raw and self.version is V4:
            self._sock.setsockopt(SOL_RAW, ICMP_FILTER, blocked_types(self.version))
        elif self.raw:
            self._sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP_FILTER, blocked_types(self.version))
        else:
            self._number()
            level, option = _error_option(self.version)
            self._sock.setsockopt(level, option, 1)
        self._enlarge()
        try:
            self.realign()
        except OSError:  # a kernel that stamps nothing: the monotonic clock has to do
            self.stamping = False

    def _number(self) -> None:
        """Bind to a random id: the kernel's own choice counts upwards, and would come round again."""
        for _ in range(64):
            try:
                self._sock.bind(("", 1 + randbelow(0xFFFF)))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                break
        self.id = self._sock.getsockname()[1]

    def _attach(self, instructions: bytes) -> None:
        memory = ctypes.create_string_buffer(instructions, len(instructions))
        pointer = struct.pack("@HP", len(instructions) // 8, ctypes.addressof(memory))
        self._sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, pointer)

    def _enlarge(self) -> None:
        """Make both buffers large: what waits for a dead neighbour's ARP stands in the send buffer."""
        for forced, plain in ((SO_RCVBUFFORCE, socket.SO_RCVBUF), (SO_SNDBUFFORCE, socket.SO_SNDBUF)):
            try:
                self._sock.setsockopt(socket.SOL_SOCKET, forced, _BUFFER_WANTED)
            except PermissionError:  # needs CAP_NET_ADMIN; without it rmem_max and wmem_max are the limit
                self._sock.setsockopt(socket.SOL_SOCKET, plain, _BUFFER_WANTED)

    def _notice(self, data: bytes, control: list[tuple[int, int, bytes]]) -> Departure | Returned | None:
        stamp_ns, report = None, b""
        for level, kind, value in control:
            if kind == SO_TIMESTAMPING and level == socket.SOL_SOCKET:
                stamp_ns = nanoseconds(value)
            elif (level, kind) == _error_option(self.version):
                report = value
        if len(report) < _EXTENDED_ERROR.size:
            return None
        _, origin, kind, code, info, number = _EXTENDED_ERROR.unpack_from(report)
        if origin == FROM_TIMESTAMPING:
            return Departure(number, stamp_ns) if stamp_ns is not None else None
        echo = parse_quote(self.version, data)
        if origin not in _FROM_ICMP or echo is None:
            return None
        refusal = Refusal(kind, code, info, echo[0], "", echo[1])
        return Returned(refusal, _offender(self.version, report[_EXTENDED_ERROR.size :]), stamp_ns)


def _error_option(version: Version) -> tuple[int, int]:
    return (socket.IPPROTO_IP, IP_RECVERR) if version is V4 else (socket.IPPROTO_IPV6, IPV6_RECVERR)


def _offender(version: Version, sockaddr: bytes) -> str:
    """The address in a struct sockaddr_in or sockaddr_in6, empty when the kernel gave none."""
    address = sockaddr[4:8] if version is V4 else sockaddr[8:24]
    if len(address) != (4 if version is V4 else 16):
        return ""
    return socket.inet_ntop(version.family, address)
