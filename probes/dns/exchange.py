"""One query sent, and its answer waited for, over UDP or TCP.

What is read and is not the answer (another id, another question) is counted and left: anyone who guesses
a port can send such. Once the time is over the socket is read once more, so that a busy event loop doesn't
turn an answer that waits there into a loss.
"""

from __future__ import annotations

import asyncio
import struct
from abc import ABC, abstractmethod
from typing import NamedTuple

from probes.clock import Clock, Instant
from probes.connect import seconds_to
from probes.dns.wire import Query, is_answer_to
from probes.failure import of_icmp, of_os_error
from probes.model import Failure, Reason
from probes.stamped import Arrival, StampedSocket
from probes.stamps import Measured, measure

LARGEST = 65_535
"""Octets of a message: what a datagram and TCP's length field can hold."""
_READ_AT_ONCE = 64
"""Datagrams or pieces of a stream that are read before others get the event loop."""
_MOST_STRAYS = 64
"""On a connection of our own, where nobody but the server can be who sends them."""
_LENGTH = struct.Struct("!H")


class Reply(NamedTuple):
    """The answer's octets, and how long it took."""

    message: bytes
    measured: Measured


class Exchange(ABC):
    """A query on a connected socket of its own; `peer` is the server's address."""

    def __init__(self, sock: StampedSocket, query: Query, peer: str, clock: Clock) -> None:
        self.strays = 0
        """Messages that came and were no answer to the query."""
        self._sock = sock
        self._query = query
        self._peer = peer
        self._clock = clock
        self._sent = clock.now()

    @abstractmethod
    def send(self) -> None:
        """Let the query leave; raises OSError."""

    @abstractmethod
    def _answer_in(self, data: bytes) -> bytes | Failure | None:
        """The answer, if what was read completes it; counts strays."""

    def take(self) -> Reply | Failure | None:
        """Read what has come: the answer, why there will be none, or None while neither is known."""
        for _ in range(_READ_AT_ONCE):
            try:
                arrival = self._sock.read(LARGEST)
            except OSError as error:
                return of_os_error(error)
            if arrival is None:
                break
            found = self._answer_in(arrival.data)
            if found is not None:
                return found if isinstance(found, Failure) else self._reply(found, arrival)
        if self._sock.icmp is None:
            return None
        return of_icmp(self._sock.icmp, target=self._peer, own=self._sock.own)

    def _send(self, data: bytes) -> None:
        self._sent = self._clock.now()
        self._sock.send(data)

    def _reply(self, message: bytes, arrival: Arrival) -> Reply:
        read = self._clock.now()
        return Reply(message, measure(self._sent, self._sock.left_ns, arrival.came_ns, read))


class Datagrams(Exchange):
    """Over UDP: a message a datagram."""

    def send(self) -> None:
        """Send one datagram; raises OSError."""
        self._send(self._query.wire)

    def _answer_in(self, data: bytes) -> bytes | None:
        if is_answer_to(data, self._query):
            return data
        self.strays += 1
        return None


class Stream(Exchange):
    """Over an established TCP connection (RFC 7766 section 8): each message behind its length."""

    _unread = b""

    def send(self) -> None:
        """Send length and query in one segment; raises OSError."""
        self._send(_LENGTH.pack(len(self._query.wire)) + self._query.wire)

    def _answer_in(self, data: bytes) -> bytes | Failure | None:
        if not data:
            text = f"the server closed the connection after {len(self._unread)} octets of an answer"
            return Failure(Reason.PROTOCOL, text)
        self._unread += data
        while len(self._unread) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._unread)[0]
            if len(self._unread) < end:
                break
            message, self._unread = self._unread[_LENGTH.size : end], self._unread[end:]
            if is_answer_to(message, self._query):
                return message
            self.strays += 1
            if self.strays > _MOST_STRAYS:
                text = f"over {_MOST_STRAYS} messages that were no answer to this query"
                return Failure(Reason.PROTOCOL, text)
        return None


async def ask(
    exchange: Exchange, sock: StampedSocket, clock: Clock, deadline: Instant
) -> Reply | Failure | None:
    """Send and wait; None where there was silence until the deadline. Raises only cancellation."""
    try:
        exchange.send()
    except OSError as error:
        return of_os_error(error)
    try:
        async with asyncio.timeout(seconds_to(deadline, clock)):
            while True:
                await sock.readable()
                if (found := exchange.take()) is not None:
                    return found
    except TimeoutError:
        return exchange.take()
