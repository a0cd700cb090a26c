"""The sockets of a trace with UDP datagrams.

With CAP_NET_RAW a raw socket listens for the errors: it gives RFC 792's short quotes, and MPLS labels.
Without it they come through the error queue of the socket that sent (IP_RECVERR, ip(7)), which shows
the quoted payload but not the UDP header: a router that quotes no more than that stays silent.
"""

from __future__ import annotations

import socket
import struct
from contextlib import ExitStack, suppress
from dataclasses import replace
from secrets import randbelow, token_bytes

from probes.failure import IcmpError
from probes.icmp.filter import blocked_types
from probes.icmp.route import Control
from probes.icmp.socket import ICMP_FILTER, MSG_ERRQUEUE, SOL_RAW, Departure
from probes.icmp.wire import V4, V6, Refusal, Version
from probes.leave import open_socket, sockaddr
from probes.model import Via
from probes.path.lines import READ_AT_ONCE, ttl_control
from probes.path.marks import Answer, Mark, Marks
from probes.path.wire import SEED_BYTES, Ends, label_stack, parse_udp_error, udp_payload, udp_secret
from probes.stamped import FROM_TIMESTAMPING, NUMBERED_STAMPS, SO_TIMESTAMPING, stamp_in

_READ_BYTES = 65_535
_CONTROL_BYTES = 256
_IPV6_AUTOFLOWLABEL = 70
"""The kernel would hash a label for each socket, other than ICMP's, which it hashes from the addresses."""
_FLAGS = struct.Struct("=ii")
_EXTENDED_ERROR = struct.Struct("=IBBBxII")
_FIRST_PORT, _PORTS, _PORT_TRIES = 49_152, 16_384, 16
"""The dynamic ports (RFC 6335 section 6), and how many of them are tried."""
_LABELS = 0xFFFE
"""Checksums from 1 on: 0 says that there is none, and 65,535 is written in its place."""


class UdpLine:
    """UDP datagrams: the ports are the same in all."""

    def __init__(self, address: str, port: int, via: Via, dscp: Control, size: int, flow: int) -> None:
        """Raises OSError. `dscp` goes beside each packet."""
        self._version = V6 if ":" in address else V4
        self._dscp, self._size = dscp, size
        self._seed, self._first = token_bytes(SEED_BYTES), randbelow(_LABELS)
        self._next_stamp = 0
        with ExitStack() as undo:
            self._sender = undo.enter_context(open_socket(address, via, socket.SOCK_DGRAM))
            if self._version is V6:
                self._sender.setsockopt(socket.IPPROTO_IPV6, _IPV6_AUTOFLOWLABEL, 0)
            _bind_near(self._sender, via.source, _FIRST_PORT + flow % _PORTS)
            self._sender.connect(sockaddr(address, port))
            self.realign()
            self._listener = _listener(self._version)
            undo.pop_all()
        self.raw = self._listener is not None
        source, source_port = self._sender.getsockname()[:2]
        target = self._sender.getpeername()[0]
        self.target = target.partition("%")[0]
        self._ends = Ends(source.partition("%")[0], source_port, self.target, port)
        self._marks = Marks(self.target)

    def filenos(self) -> tuple[int, ...]:
        """The socket that sends, and the raw one that listens."""
        return tuple(one.fileno() for one in (self._sender, self._listener) if one)

    def send(self, index: int, ttl: int) -> int:
        """Send the `index`-th datagram. Raises OSError."""
        label = 1 + (self._first + index) % _LABELS
        payload = udp_payload(self._ends, label, self._seed, self._size)
        self._marks.add(Mark(label, udp_secret(payload)), index)
        self._sender.sendmsg((payload,), self._dscp + ttl_control(self._version, ttl))
        number = self._next_stamp
        self._next_stamp += 1
        return number

    def realign(self) -> None:
        """Number the stamps afresh; a kernel that has none leaves it to the monotonic clock."""
        self._next_stamp = 0
        with suppress(OSError):
            self._sender.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, _FLAGS.pack(0, 0))
            self._sender.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, _FLAGS.pack(NUMBERED_STAMPS, 0))

    def read(self) -> list[Departure | Answer]:
        """Errors from the raw socket or the error queue, stamps, and datagrams that the target sent back."""
        errors = _drain(self._listener) if self._listener else []
        echoed = _drain(self._sender)
        answers = [self._refused(*one) for one in errors] + [self._echoed(*one) for one in echoed]
        departures: list[Departure] = []
        for data, control, _ in _drain(self._sender, MSG_ERRQUEUE):
            notice = self._notice(data, control)
            if isinstance(notice, Departure):
                departures.append(notice)
            elif not self._listener:
                answers.append(notice)
        return [*departures, *filter(None, answers)]

    def close(self) -> None:
        """Close both sockets."""
        self._sender.close()
        if self._listener:
            self._listener.close()

    def _refused(self, data: bytes, control: Control, source: str) -> Answer | None:
        refusal = parse_udp_error(self._version, data, self._ends)
        if refusal is None:
            return None
        labels = label_stack(self._version, data)
        return self._marks.refused(self._version, refusal, source, stamp_in(control), labels)

    def _echoed(self, data: bytes, control: Control, _: str) -> Answer | None:
        """The socket is connected, so it is the target that sent it."""
        index = self._marks.find(0, udp_secret(data))
        return None if index is None else Answer(index, self.target, came_ns=stamp_in(control))

    def _notice(self, data: bytes, control: Control) -> Departure | Answer | None:
        stamp_ns = stamp_in(control)
        for level, _, value in control:
            if level == socket.SOL_SOCKET or len(value) < _EXTENDED_ERROR.size:
                continue
            _, origin, _, _, info, number = _EXTENDED_ERROR.unpack_from(value)
            if origin == FROM_TIMESTAMPING and stamp_ns is not None:
                return Departure(number, stamp_ns)
            error = IcmpError.parse(value)
            if error:
                refusal = Refusal(error.type, error.code, info, 0, "", udp_secret(data))
                return self._marks.refused(self._version, refusal, error.offender, stamp_ns)
        return None


def _drain(sock: socket.socket, flags: int = 0) -> list[tuple[bytes, Control, str]]:
    """What waits in a socket or its error queue: data, control messages, source."""
    found: list[tuple[bytes, Control, str]] = []
    for _ in range(2 * READ_AT_ONCE):
        try:
            data, control, _, source = sock.recvmsg(_READ_BYTES, _CONTROL_BYTES, flags)
        except BlockingIOError:
            break
        except OSError:  # what it was about is in the error queue
            continue
        found.append((data, control, source[0] if source else ""))
    return found


def _bind_near(sock: socket.socket, source: str | None, port: int) -> None:
    """Take the port or one of the next; where all are taken the kernel's choice will do."""
    for number in range(port, port + _PORT_TRIES):
        wrapped = _FIRST_PORT + (number - _FIRST_PORT) % _PORTS
        with suppress(OSError):
            sock.bind(sockaddr(source, wrapped) if source else ("", wrapped))
            return


def _listener(version: Version) -> socket.socket | None:
    """A raw socket that gets ICMP errors and no echo replies; None without the right to have one."""
    with ExitStack() as undo:
        try:
            kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK
            sock = undo.enter_context(socket.socket(version.family, kind, version.protocol))
        except PermissionError:
            return None
        level = SOL_RAW if version is V4 else socket.IPPROTO_ICMPV6
        errors_alone = replace(version, reply=version.errors[0])
        sock.setsockopt(level, ICMP_FILTER, blocked_types(errors_alone))
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, _FLAGS.pack(NUMBERED_STAMPS, 0))
        undo.pop_all()
        return sock
