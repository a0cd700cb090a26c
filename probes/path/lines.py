"""The socket of a trace with ICMP echo requests, and what every trace needs of its sockets.

With CAP_NET_RAW the errors are read whole, with the MPLS labels behind the quotes. Without it the
kernel matches them to a datagram socket and keeps what they quote in its error queue.
"""

from __future__ import annotations

import errno
import socket
import struct
from dataclasses import replace
from secrets import randbelow, token_bytes
from typing import Protocol

from probes.icmp.route import Control, Route
from probes.icmp.socket import Departure, IcmpSocket, Mode, open_socket
from probes.icmp.wire import PREFIX_BYTES, V4, Reply, Version, parse
from probes.model import Failure
from probes.path.marks import Answer, Marks
from probes.path.wire import SEED_BYTES, echo_mark, echo_packet, label_stack

READ_AT_ONCE = 256
_INT = struct.Struct("=i")


class Line(Protocol):
    """What a trace needs of its sockets."""

    target: str
    """The literal that the target's answers come from, as the kernel spells it."""
    raw: bool
    """Whether errors are read whole, with CAP_NET_RAW."""

    def filenos(self) -> tuple[int, ...]:
        """The descriptors to watch."""

    def send(self, index: int, ttl: int) -> int:
        """Send the `index`-th packet; the number that its transmit stamp will have. Raises OSError."""

    def realign(self) -> None:
        """Number the stamps afresh, as is due after a send that failed."""

    def read(self) -> list[Departure | Answer]:
        """What has come since; transmit stamps first."""

    def close(self) -> None:
        """Close the sockets."""


def ttl_control(version: Version, ttl: int) -> Control:
    """What to hand to `sendmsg` for a packet that lives for `ttl` hops."""
    if version is V4:
        return [(socket.IPPROTO_IP, socket.IP_TTL, _INT.pack(ttl))]
    return [(socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT, _INT.pack(ttl))]


class EchoLine:
    """ICMP echo requests: the checksum is the same in all, so are type, code and id."""

    def __init__(self, route: Route, size: int, flow: int) -> None:
        """Raises PingPermissionError, and OSError where the family isn't spoken here."""
        self._seed = token_bytes(SEED_BYTES)
        opened = open_socket(route.version, Mode.AUTO, self._seed[:PREFIX_BYTES])
        if isinstance(opened, Failure):
            raise OSError(errno.EAFNOSUPPORT, opened.detail)
        self.target, self.raw = route.host, opened.raw
        self._socket: IcmpSocket = opened
        self._route, self._size, self._flow = route, size, flow
        self._number = randbelow(0xFFFF) + 1 if opened.id is None else opened.id
        self._first = randbelow(0x1_0000)
        self._marks = Marks(route.host)

    def filenos(self) -> tuple[int, ...]:
        """One socket does it all."""
        return (self._socket.fileno(),)

    def send(self, index: int, ttl: int) -> int:
        """Send the `index`-th echo request. Raises OSError."""
        version = self._route.version
        mark = echo_mark(self._number, (self._first + index) & 0xFFFF, self._seed, self._flow)
        self._marks.add(mark, index)
        control = self._route.control + ttl_control(version, ttl)
        packet = echo_packet(version, mark, self._size)
        return self._socket.send(packet, replace(self._route, control=control))

    def realign(self) -> None:
        """Number the stamps afresh."""
        self._socket.realign()

    def read(self) -> list[Departure | Answer]:
        """Replies and errors of the socket, stamps and errors of its error queue."""
        arrivals = self._socket.arrivals(READ_AT_ONCE)
        version, marks = self._route.version, self._marks
        departures: list[Departure] = []
        answers: list[Answer | None] = []
        for notice in self._socket.notices(2 * READ_AT_ONCE):
            if isinstance(notice, Departure):
                departures.append(notice)
            else:
                answers.append(marks.refused(version, notice.refusal, notice.source, notice.came_ns))
        for data, came_ns, source in arrivals:
            message = parse(version, data, framed=self._socket.framed)
            if isinstance(message, Reply):
                answers.append(marks.answered(message, source, came_ns))
            elif message is not None:
                labels = label_stack(version, data)
                answers.append(marks.refused(version, message, source, came_ns, labels))
        return [*departures, *filter(None, answers)]

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
