"""An hour of one series as bytes, exactly and back. Pure.

    b"LK", version, crc32 of the rest
    rounds, packet places, answered places, every, first slot
    columns: slot steps, epoch, sent, places left out, answers unseen, reason, timing, detail's number
    which places were answered; their RTTs; the distinct details

Two columns hold what the others don't already say, so they are constant 0 in an ordinary hour:
*places left out* is `sent` less the packet places (`sent` itself where only the counts are known),
*answers unseen* is what is missing of `sent` beyond the places without an answer.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Sequence

import numpy as np
import zstandard
from numpy.typing import NDArray

from collector.ledger.errors import ChunkDamaged
from collector.ledger.model import HOUR_MS as HOUR_MS
from collector.ledger.packing import Unpacker, pack_bytes, pack_ints
from collector.ledger.rounds import REASONS, Rounds
from probes.model import Sample, Timing

_MAGIC = b"LK"
_ROUNDS, _SAMPLES = 1, 2
"""Versions of the two layouts; a later one gets the next number and its own decoder."""
_FRAME = struct.Struct("<2sBI")
_SHAPE = struct.Struct("<IIIqq")
_DETAILS = struct.Struct("<I")
MOST = 1 << 24
"""More rounds or places than an hour can hold: a damaged size must not ask for all memory."""
WRONG = (struct.error, zstandard.ZstdError, ValueError, TypeError, IndexError, OverflowError)
"""What damaged bytes raise on the way."""

SampleRow = tuple[int, int, str, int | float | str]
"""A sample's time (ms), epoch, name and value; out of JSON it is a list."""
_ROW = 4

_NO_DETAIL = _DETAILS.pack(4) + pack_bytes(b'[""]')


def hour_of(at_ms: int) -> int:
    """The hour since the Unix epoch in which a slot lies."""
    return at_ms // HOUR_MS


def encode(rounds: Rounds) -> bytes:
    """The bytes of rounds in order of (at, epoch); at 300 us of jitter about 1.7 a packet."""
    return assembled(
        len(rounds),
        rounds.every_ms,
        int(rounds.at_ms[0]) if len(rounds) else 0,
        [pack_ints(column) for column in columns(rounds)],
        rounds.answered,
        pack_ints(rounds.rtts),
        len(rounds.rtts),
        _dictionary(rounds.detail)[0],
    )


def columns(rounds: Rounds) -> list[NDArray[np.int64]]:
    """The columns of a chunk in their order, all but the first of shape (n,)."""
    places = np.diff(rounds.first)
    gaps = places - _answers(rounds.answered, rounds.first)
    return [
        np.diff(rounds.at_ms) - rounds.every_ms,
        rounds.epoch,
        rounds.sent,
        rounds.sent - places,
        rounds.sent - rounds.received - gaps,
        rounds.reason.astype(np.int64),
        rounds.timing.astype(np.int64),
        _dictionary(rounds.detail)[1],
    ]


def assembled(
    n: int,
    every_ms: int,
    start_ms: int,
    packed: Sequence[bytes],
    answered: NDArray[np.bool_],
    rtts: bytes,
    answers: int,
    details: Sequence[str],
) -> bytes:
    """A chunk of `n` rounds from its packed columns, the places and the packed RTTs of those answered."""
    return _framed(
        _ROUNDS,
        b"".join(
            [
                _SHAPE.pack(n, len(answered), answers, every_ms, start_ms),
                *packed,
                pack_bytes(np.packbits(answered).tobytes()),
                rtts,
                _packed(details),
            ]
        ),
    )


def _packed(details: Sequence[str]) -> bytes:
    if len(details) == 1 and not details[0]:
        return _NO_DETAIL
    texts = json.dumps(details).encode()
    return _DETAILS.pack(len(texts)) + pack_bytes(texts)


def decode(data: bytes) -> Rounds:
    """The rounds that `encode` was given; raises ChunkDamaged, and nothing else, on other bytes."""
    try:
        return _rounds(Unpacker(_unframed(_ROUNDS, data)))
    except WRONG as error:
        raise ChunkDamaged(f"a chunk of {len(data)} bytes is damaged: {error}") from error


def encode_samples(samples: Iterable[Sample]) -> bytes:
    """The samples of one series as bytes."""
    rows = [[one.at_ms, one.epoch, one.name, one.value] for one in samples]
    text = json.dumps(rows).encode()
    return _framed(_SAMPLES, _DETAILS.pack(len(text)) + pack_bytes(text))


def decode_samples(data: bytes, series: int) -> list[Sample]:
    """The samples that `encode_samples` was given; raises ChunkDamaged on other bytes."""
    return [Sample(series, at_ms, epoch, name, value) for at_ms, epoch, name, value in sample_rows(data)]


def sample_rows(data: bytes) -> list[SampleRow]:
    """The same as rows, in a third of the time; raises ChunkDamaged."""
    try:
        unpacker = Unpacker(_unframed(_SAMPLES, data))
        (size,) = unpacker.fields(_DETAILS)
        rows: list[SampleRow] = json.loads(unpacker.blob(size))
    except WRONG as error:
        raise ChunkDamaged(f"samples of {len(data)} bytes are damaged: {error}") from error
    if not set(map(len, rows)) <= {_ROW}:
        raise ChunkDamaged(f"samples of {len(data)} bytes are damaged: a row of another length")
    return rows


def unframed(data: bytes) -> bytes:
    """What is inside the frame of a chunk of rounds; raises one of WRONG where it is damaged."""
    return _unframed(_ROUNDS, data)


def texts_of(data: bytes) -> list[str]:
    """The distinct details of a chunk, from their size on to its end; raises one of WRONG."""
    if data == _NO_DETAIL:  # nearly every hour of them all
        return [""]
    unpacker = Unpacker(data)
    (size,) = unpacker.fields(_DETAILS)
    texts: list[str] = json.loads(unpacker.blob(size))
    unpacker.end()
    return texts


def _rounds(unpacker: Unpacker) -> Rounds:
    n, m, answers, every_ms, start_ms = unpacker.fields(_SHAPE)
    if not max(n, m, answers) <= MOST:
        raise ValueError(f"{n} rounds, {m} places")
    steps = unpacker.ints(max(0, n - 1)) + every_ms
    epoch, sent, left_out, unseen = (unpacker.ints(n) for _ in range(4))
    reason, timing, detail = (unpacker.ints(n) for _ in range(3))
    bits = np.frombuffer(unpacker.blob((m + 7) // 8), np.uint8)
    answered = np.unpackbits(bits, count=m).view(np.bool_)
    rtts = unpacker.ints(answers)
    texts = texts_of(unpacker.rest())
    places = sent - left_out
    first = np.zeros(n + 1, np.int64)
    np.cumsum(places, out=first[1:])
    if not (
        first[-1] == m
        and int(np.count_nonzero(answered)) == answers
        and _within(places, MOST)
        and _within(detail, len(texts))
        and _within(reason, len(REASONS))
        and _within(timing, len(Timing))
    ):
        raise ValueError("columns contradict one another")
    at_ms = np.full(n, start_ms, np.int64)
    at_ms[1:] += np.cumsum(steps)
    return Rounds(
        every_ms=every_ms,
        at_ms=at_ms,
        epoch=epoch,
        sent=sent,
        received=sent - unseen - (places - _answers(answered, first) if answers < m else 0),
        reason=reason.astype(np.uint8),
        timing=timing.astype(np.uint8),
        first=first,
        answered=answered,
        rtts=rtts,
        detail=tuple(texts) * n if len(texts) == 1 else tuple(texts[i] for i in detail.tolist()),
    )


def _within(values: NDArray[np.int64], limit: int) -> bool:
    """Whether all are from 0 to below `limit`."""
    if len(values) == 0:
        return True
    if values.strides == (0,):
        return bool(0 <= values[0] < limit)
    return bool(values.min() >= 0 and values.max() < limit)


def _answers(answered: NDArray[np.bool_], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many places of each round were answered, shape (n,)."""
    before = np.concatenate(([0], np.cumsum(answered, dtype=np.int64)))
    return np.diff(before[first])


def _dictionary(texts: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Distinct texts in order of first use, and each row's place among them."""
    if len(set(texts)) == 1:  # nearly every hour of them all
        return [texts[0]], np.zeros(len(texts), np.int64)
    numbers: dict[str, int] = {}
    places = [numbers.setdefault(text, len(numbers)) for text in texts]
    return list(numbers), np.array(places, np.int64)


def _framed(version: int, body: bytes) -> bytes:
    return _FRAME.pack(_MAGIC, version, zlib.crc32(body)) + body


def _unframed(version: int, data: bytes) -> bytes:
    magic, found, checksum = _FRAME.unpack_from(data)
    body = data[_FRAME.size :]
    if magic != _MAGIC or found != version:
        raise ValueError(f"version {found}, not {version}")
    if zlib.crc32(body) != checksum:
        raise ValueError("its checksum does not match")
    return body
