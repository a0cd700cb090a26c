"""One request and its answer over a connected stream: HTTP/1.1 by h11, which does no I/O of its own.

Everything that a server can make us do is bounded here: the head and the trailers in bytes and lines,
the interim answers, the body in bytes and pieces; each step on the event loop costs a few milliseconds
at most. What came stays in the `Answer`, so that a time-out can say how far it had got.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from socket import socket
from typing import Protocol

import h11

from probes.clock import Clock, Instant
from probes.failure import of_os_error
from probes.http.request import Request
from probes.model import Failure, Reason
from probes.shown import clean

MAX_HEAD_BYTES = 65_536
MAX_HEAD_LINES = 512
"""h11 takes 2 us a line: with those of the last piece that was read, 3 ms at most."""
MAX_INTERIM = 16
"""Answers of 1xx before the one that counts."""
MAX_PIECES = 20_000
"""Pieces of a body; in chunks of a byte each they cost 10 us each."""
READ_BYTES = 4_096
_PIECES_A_TURN = 64
_REPR = re.compile(r"bytearray\(b(.*)\)")
_QUOTE = r"\1"
_LONGEST_SENTENCE = 160


class Stream(Protocol):
    """What a request goes out and an answer comes in by; TlsStream is one."""

    async def send(self, data: bytes) -> None:
        """Send all of it; raises OSError."""

    async def receive(self, most: int) -> bytes:
        """Some bytes, none at the end; raises OSError."""

    def say_goodbye(self) -> None:
        """Tell the other end that nothing more comes, without waiting."""


class PlainStream:
    """A connected, non-blocking socket; it stays the caller's to close."""

    def __init__(self, sock: socket) -> None:
        self._sock = sock

    async def send(self, data: bytes) -> None:
        """Send all of it; raises OSError."""
        await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def receive(self, most: int) -> bytes:
        """Some bytes, none at the end; raises OSError."""
        return await asyncio.get_running_loop().sock_recv(self._sock, most)

    def say_goodbye(self) -> None:
        """Nothing: the socket's own end is the goodbye."""


class Finder:
    """Which of some texts a stream of bytes holds, without keeping the stream."""

    def __init__(self, texts: Iterable[bytes]) -> None:
        self.missing = frozenset(texts)
        self._overlap = max(map(len, self.missing), default=1) - 1
        self._tail = b""

    def feed(self, piece: bytes) -> None:
        """Look through the next bytes, and where they join the last ones."""
        if self.missing:
            window = self._tail + piece
            self.missing = frozenset(text for text in self.missing if text not in window)
            self._tail = window[-self._overlap :] if self._overlap else b""


@dataclass(slots=True)
class Answer:
    """What has come of an answer, up to now."""

    body_limit: int
    finder: Finder
    body: bytearray | None = None
    """The body up to the limit, where it is to be kept."""
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    """Names in lower case, values with what isn't UTF-8 escaped, in the order they came in."""
    received: int = 0
    """Bytes of all kinds."""
    body_bytes: int = 0
    cut: bool = False
    """There was more of the body than was read."""
    asked_at: Instant | None = None
    first_byte_at: Instant | None = None

    def header(self, name: str) -> str | None:
        """A header's value; of several, all, as if they were one (RFC 9110 section 5.3)."""
        found = [value for one, value in self.headers if one == name.lower()]
        return ", ".join(found) if found else None

    @property
    def why_cut(self) -> str:
        """What to do about a body that was not read to its end."""
        if self.body_bytes < self.body_limit:
            return f"no more than {MAX_PIECES} pieces are read"
        return "see body_limit"

    def progress(self, method: str) -> str:
        """How far it has got, in words."""
        if not self.received:
            return f"no answer to {method}"
        if self.status is None:
            return f"{self.received} bytes of an answer's head"
        return f"status {self.status}, {self.body_bytes} bytes of the body"

    def take(self, piece: bytes) -> bool:
        """The next bytes of the body; False when it is time to stop."""
        left = self.body_limit - self.body_bytes
        self.cut = len(piece) > left
        kept = piece[:left]
        self.body_bytes += len(kept)
        self.finder.feed(kept)
        if self.body is not None:
            self.body += kept
        return not self.cut


async def exchange(
    stream: Stream, request: Request, host: str, answer: Answer, clock: Clock
) -> Failure | None:
    """Ask, and read the answer into `answer`; None when it is whole, or as much of it as is wanted.

    Raises TimeoutError and cancellation alone: the caller says for how long this may go on.
    """
    try:
        await _converse(stream, request, host, answer, clock)
    except h11.RemoteProtocolError as error:
        return Failure(Reason.PROTOCOL, sentence_of(error))
    except TimeoutError:
        raise
    except OSError as error:
        failure = of_os_error(error)
        return Failure(failure.reason, f"{failure.detail}: {answer.progress(request.method)}")
    return None


async def _converse(stream: Stream, request: Request, host: str, answer: Answer, clock: Clock) -> None:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    data = encoded(connection, request, host)
    answer.asked_at = clock.now()  # before it leaves: read after, a pause of ours would make the server fast
    await stream.send(data)
    bounds, more = _Bounds(), True
    while more:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            data = await _receive(stream, answer, clock)
            bounds.read(data)
            connection.receive_data(data)
        elif isinstance(event, h11.Data):
            more = answer.take(bytes(event.data)) and bounds.piece(answer)
            if bounds.pieces % _PIECES_A_TURN == 0:
                await asyncio.sleep(0)
        elif isinstance(event, h11.InformationalResponse):
            bounds.interim_answer(event.status_code)
        elif isinstance(event, h11.Response):
            answer.status = event.status_code
            answer.headers = [(_text(name), _text(value)) for name, value in event.headers]
        else:
            more = False


@dataclass(slots=True)
class _Bounds:
    """What was read of that which has no end of its own; what is too much raises RemoteProtocolError."""

    interim: int = 0
    pieces: int = 0
    lines: int = 0
    """Since the last piece of the body: of a head, of trailers, or of a chunk's own line."""

    def read(self, data: bytes) -> None:
        """Bytes came; what was there before them was no whole event yet."""
        if self.lines > MAX_HEAD_LINES:
            raise h11.RemoteProtocolError(f"over {MAX_HEAD_LINES} lines of headers")
        self.lines += data.count(b"\n")

    def piece(self, answer: Answer) -> bool:
        """A piece of the body came; False when it was the last that is read."""
        self.lines, self.pieces = 0, self.pieces + 1
        answer.cut = self.pieces >= MAX_PIECES
        return not answer.cut

    def interim_answer(self, status: int) -> None:
        """An answer of 1xx came (RFC 9110 section 15.2)."""
        self.interim += 1
        if self.interim > MAX_INTERIM:
            raise h11.RemoteProtocolError(f"over {MAX_INTERIM} interim answers, the last of them {status}")


async def _receive(stream: Stream, answer: Answer, clock: Clock) -> bytes:
    await asyncio.sleep(0)  # a server that always has bytes would never let another task run
    data = await stream.receive(READ_BYTES)
    if data and answer.first_byte_at is None:
        answer.first_byte_at = clock.now()
    if not data and answer.status is None:
        how = "in the middle of the head" if answer.received else "without an answer"
        raise h11.RemoteProtocolError(f"the server closed the connection {how}")
    answer.received += len(data)
    return data


def encoded(connection: h11.Connection, request: Request, host: str) -> bytes:
    """The request as it goes out; `host` is what its Host header says unless it has one of its own."""
    headers = [(name, value) for name, value, _ in request.headers]
    if not any(name.lower() == "host" for name, _ in headers):
        headers.insert(0, ("Host", host))
    headers.append(("Connection", "close"))
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        headers.append(("Content-Length", str(len(request.body))))
    head = h11.Request(method=request.method, target=request.url.path, headers=headers)
    parts = [connection.send(head)]
    if request.body:
        parts.append(connection.send(h11.Data(data=request.body)))
    parts.append(connection.send(h11.EndOfMessage()))
    return b"".join(part for part in parts if part)


def sentence_of(error: h11.RemoteProtocolError) -> str:
    """What h11 found wrong, short, with what came escaped as it has it."""
    return f"not HTTP as it should be: {clean(_REPR.sub(_QUOTE, str(error)), _LONGEST_SENTENCE)}"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
