"""What an answer can do to us is bounded, whatever its bytes are."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import chain, repeat

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from probes.http.exchange import (
    MAX_HEAD_BYTES,
    MAX_HEAD_LINES,
    MAX_INTERIM,
    MAX_PIECES,
    READ_BYTES,
    Answer,
    Finder,
    exchange,
)
from probes.http.request import Request
from probes.http.url import Url
from probes.model import Failure, Reason
from tests.clock import FakeClock, settle

ASKED = Request("GET", Url.parse("http://example.net/"))
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Script:
    """A stream whose other end says these pieces; it counts what was taken of them."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self._left = b""
        self.taken = 0
        self.sent = b""

    async def send(self, data: bytes) -> None:
        self.sent += data

    async def receive(self, most: int) -> bytes:
        if not self._left:
            self._left = next(self._pieces, b"")
        piece, self._left = self._left[:most], self._left[most:]
        self.taken += len(piece)
        return piece

    def say_goodbye(self) -> None:
        """Nobody listens."""


def blank(limit: int = 1_000_000, *texts: bytes, keep: bool = False) -> Answer:
    return Answer(limit, Finder(texts), bytearray() if keep else None)


async def read(
    pieces: Iterable[bytes], answer: Answer | None = None, asked: Request = ASKED
) -> tuple[Answer, Failure | None, Script]:
    answer, script = answer or blank(), Script(pieces)
    failure = await exchange(script, asked, "example.net", answer, FakeClock())
    return answer, failure, script


@pytest.mark.parametrize(
    "pieces",
    [
        [OK + b"Content-Length: 5\r\n\r\nhello"],
        [OK + b"Content-Length: 5\r\n\r\nhello and more that nobody asked for"],
        [OK + b"\r\nhello"],
        [b"HTTP/1.0 200 OK\r\n\r\nhel", b"lo"],
        [CHUNKED + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n", OK + b"\r\nhello"],
        [bytes([one]) for one in OK + b"Content-Length: 5\r\n\r\nhello"],
    ],
)  # fmt: skip
async def test_an_answer_is_read_to_its_end_however_it_is_framed(pieces: list[bytes]) -> None:
    answer, failure, _ = await read(pieces, blank(100, keep=True))
    assert (failure, answer.status, answer.body_bytes, answer.cut) == (None, 200, 5, False)
    assert bytes(answer.body or b"") == b"hello"


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_a_status_without_a_body_ends_with_its_head(status: bytes) -> None:
    answer, failure, _ = await read([b"HTTP/1.1 " + status + b"\r\nContent-Length: 9\r\n\r\n"])
    assert (failure, answer.body_bytes) == (None, 0)


async def test_the_answer_to_a_head_ends_with_its_head() -> None:
    asked = Request("HEAD", ASKED.url)
    answer, failure, _ = await read([OK + b"Content-Length: 9\r\n\r\n"], asked=asked)
    assert (failure, answer.status, answer.body_bytes) == (None, 200, 0)


@pytest.mark.parametrize(
    ("pieces", "detail"),
    [
        ([], "the server closed the connection without an answer"),
        ([OK + b"Server: x"], "the server closed the connection in the middle of the head"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n\r\n"], "illegal status line: 'SSH-2.0-OpenSSH_9.2'"),
        ([b"\x1b[31m\x00\r\n\r\n"], "illegal status line: '\\x1b[31m\\x00'"),
        ([b"220 mail.example ESMTP\r\n"], "the server closed the connection in the middle of the head"),
        ([OK + b"Content-Length: 9\r\n\r\nhello"], "peer closed connection without sending"),
        ([OK + b"Content-Length: x\r\n\r\n"], "bad Content-Length"),
        ([OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"], "conflicting Content-Length headers"),
        ([CHUNKED + b"zz\r\nhello\r\n"], "illegal chunk header: 'zz"),
        ([CHUNKED + b"2\r\nhello\r\n"], "malformed chunk footer: "),
        ([CHUNKED + b"5\r\nhe"], "peer closed connection without sending complete message body"),
        ([b"HTTP/1.1 101 Switching Protocols\r\n\r\n"], "not HTTP as it should be"),
    ],
)  # fmt: skip
async def test_what_is_not_http_is_protocol_and_says_what_came_escaped_and_short(
    pieces: list[bytes], detail: str
) -> None:
    _, failure, _ = await read(pieces)
    assert failure is not None
    assert failure.reason is Reason.PROTOCOL
    assert detail in failure.detail
    assert failure.detail.isprintable()
    assert len(failure.detail) < 200


@pytest.mark.parametrize(
    ("pieces", "detail", "most"),
    [
        (chain([OK], repeat(b"X-Filler: " + b"y" * 5_000 + b"\r\n")), "buffer too long", MAX_HEAD_BYTES),
        (chain([OK], repeat(b"a:\r\n" * 100)), "over 512 lines of headers", 4 * MAX_HEAD_LINES),
        (repeat(b"x" * 1_000), "buffer too long", MAX_HEAD_BYTES),
        (
            repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
            "over 16 interim answers, the last of them 100",
            25 * MAX_INTERIM,
        ),
        (chain([CHUNKED, b"1;"], repeat(b"x" * 1_000)), "buffer too long", MAX_HEAD_BYTES),
        (
            chain([CHUNKED, b"1\r\nx\r\n0\r\n"], repeat(b"a:\r\n" * 100)),
            "over 512 lines of headers",
            4 * MAX_HEAD_LINES,
        ),
    ],
)
async def test_what_has_no_end_is_protocol_after_a_bounded_length(
    pieces: Iterable[bytes], detail: str, most: int
) -> None:
    _, failure, script = await read(pieces)
    assert failure is not None
    assert failure.reason is Reason.PROTOCOL
    assert detail in failure.detail.lower()
    assert script.taken <= most + 3 * READ_BYTES


@pytest.mark.parametrize("head", [OK + b"\r\n", CHUNKED, OK + b"Content-Length: 10000000000\r\n\r\n"])
@pytest.mark.parametrize("keep", [False, True])
async def test_of_a_body_no_more_is_read_than_the_limit_and_no_more_is_held(head: bytes, keep: bool) -> None:
    limit = 300_000
    piece = b"10000\r\n" + b"y" * 65_536 + b"\r\n" if head == CHUNKED else b"y" * 65_536
    tracemalloc.start()
    try:
        answer, failure, script = await read(
            chain([head], repeat(piece)), blank(limit, b"nowhere", keep=keep)
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (failure, answer.body_bytes, answer.cut) == (None, limit, True)
    assert script.taken < limit + 4 * READ_BYTES
    assert peak < 300_000 + (2 * limit if keep else 0)
    assert answer.body is None or len(answer.body) == limit


@pytest.mark.parametrize(("length", "cut"), [(999, False), (1_000, False), (1_001, True)])
async def test_a_body_as_long_as_the_limit_is_whole(length: int, cut: bool) -> None:
    head = OK + b"Content-Length: %d\r\n\r\n" % length
    answer, failure, _ = await read([head + b"y" * length], blank(1_000))
    assert (failure, answer.cut, answer.body_bytes) == (None, cut, min(length, 1_000))


async def test_a_body_in_pieces_of_a_byte_is_left_after_so_many() -> None:
    answer, failure, _ = await read(chain([CHUNKED], repeat(b"1\r\nx\r\n" * 600)))
    assert (failure, answer.cut, answer.body_bytes) == (None, True, MAX_PIECES)
    assert answer.why_cut == f"no more than {MAX_PIECES} pieces are read"


async def test_other_tasks_run_while_a_fast_server_says_much() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await read(chain([CHUNKED], repeat(b"1\r\nx\r\n" * 600)))
    counting.cancel()
    assert turns >= MAX_PIECES // 64


async def test_a_reset_says_how_far_the_answer_had_come() -> None:
    class Broken(Script):
        async def receive(self, most: int) -> bytes:
            data = await super().receive(most)
            if not data:
                raise ConnectionResetError(104, "")
            return data

    for pieces, detail in (
        ([], "no answer to GET"),
        ([b"HTTP/1.1 2"], "10 bytes of an answer's head"),
        ([OK + b"Content-Length: 9\r\n\r\nhello"], "status 200, 5 bytes of the body"),
    ):
        failure = await exchange(Broken(pieces), ASKED, "example.net", blank(), FakeClock())
        assert failure == Failure(Reason.RESET, f"Connection reset by peer: {detail}")


@pytest.mark.parametrize(
    ("pieces", "progress"),
    [
        ([], "no answer to GET"),
        ([OK], "17 bytes of an answer's head"),
        ([OK + b"Content-Length: 900\r\n\r\n", b"x" * 300], "status 200, 300 bytes of the body"),
        ([CHUNKED, b"5\r\nhello\r\n"], "status 200, 5 bytes of the body"),
    ],
)
async def test_an_answer_that_stops_can_say_how_far_it_had_come(pieces: list[bytes], progress: str) -> None:
    class Stopping(Script):
        async def receive(self, most: int) -> bytes:
            return await super().receive(most) or await asyncio.Future[bytes]()

    answer = blank()
    asking = asyncio.create_task(exchange(Stopping(pieces), ASKED, "example.net", answer, FakeClock()))
    await settle()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert answer.progress("GET") == progress


@given(st.lists(st.binary(max_size=200), max_size=6), st.sampled_from([b"", OK, CHUNKED, b"HTTP/1.1 "]))
@example([b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n"], b"")
@example([CHUNKED + b"f" * 20 + b"\r\nx"], b"")
@example([b"HTTP/1.1 1" + b"9" * 3_000 + b" x\r\n\r\n"], b"")
@settings(max_examples=300, deadline=None)
def test_no_bytes_make_the_reader_raise(pieces: list[bytes], begin: bytes) -> None:
    answer, failure, _ = asyncio.run(read([begin, *pieces] if begin else pieces, blank(100, keep=True)))
    assert failure is None or failure.reason is Reason.PROTOCOL
    assert failure is not None or answer.status is not None


@given(
    st.lists(st.text("ab", max_size=6).map(str.encode), max_size=8),
    st.lists(st.text("ab", min_size=1, max_size=5).map(str.encode), max_size=3),
)
@settings(deadline=None)
def test_a_text_is_found_however_the_stream_was_cut(pieces: list[bytes], texts: list[bytes]) -> None:
    finder = Finder(texts)
    for piece in pieces:
        finder.feed(piece)
    whole = b"".join(pieces)
    assert finder.missing == {text for text in texts if text not in whole}
