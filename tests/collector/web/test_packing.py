"""Answers as they go over the wire."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.web.packing import WORTH_BYTES, packed, packed_pieces
from collector.web.views.view import Drawn

LONG = b"<p>" * WORTH_BYTES


@pytest.mark.parametrize(
    ("drawn", "gzips", "done"),
    [
        (Drawn(LONG), True, True),
        (Drawn(LONG), False, False),
        (Drawn(LONG[: WORTH_BYTES - 1]), True, False),
        (Drawn(LONG, "application/pdf"), True, False),
        (Drawn(LONG, "application/json"), True, True),
    ],
)
def test_what_gains_from_it_is_compressed(drawn: Drawn, gzips: bool, done: bool) -> None:
    found = packed(drawn, gzip=gzips)
    assert found.gzip is done
    assert (gzip.decompress(found.body) if done else found.body) == drawn.body


@settings(max_examples=50, deadline=None)
@given(pieces=st.lists(st.binary(max_size=300), max_size=6))
def test_each_piece_can_be_read_as_it_comes(pieces: list[bytes]) -> None:
    reader, read = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), b""
    sent = list(packed_pieces(pieces, gzip=True))
    for count, one in enumerate(sent[:-1], 1):
        read += reader.decompress(one)
        assert read == b"".join(pieces[:count])
    assert gzip.decompress(b"".join(sent)) == b"".join(pieces)
    assert b"".join(packed_pieces(pieces, gzip=False)) == b"".join(pieces)
