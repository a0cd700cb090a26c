"""Answers as they go over the wire: packed where that is worth it, beside the event loop."""

from __future__ import annotations

import gzip as gz
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collector.web.views.view import Drawn

LEVEL = 6
WORTH_BYTES = 1_000
"""Below it the headers of a compressed answer cost what it saves."""
_PLAIN = frozenset({"application/zip", "application/pdf", "image/png"})
"""What is packed already."""
_GZIP_FRAME = zlib.MAX_WBITS | 16


@dataclass(frozen=True, slots=True)
class Packed:
    """An answer's body as it is sent; `gzip` says whether it is compressed."""

    body: bytes
    content_type: str
    etag: str = ""
    file_name: str = ""
    gzip: bool = False
    status: int = 200


def packed(drawn: Drawn, *, gzip: bool, status: int = 200) -> Packed:
    """`drawn` ready to be sent, compressed where `gzip` allows it and it gains something."""
    worth = gzip and len(drawn.body) >= WORTH_BYTES and drawn.content_type not in _PLAIN
    body = gz.compress(drawn.body, LEVEL, mtime=0) if worth else drawn.body
    return Packed(body, drawn.content_type, drawn.etag, drawn.file_name, worth, status)


def packed_pieces(pieces: Iterable[bytes], *, gzip: bool) -> Iterator[bytes]:
    """A text piece by piece, each readable as it comes; compressed where `gzip` allows it."""
    if not gzip:
        yield from pieces
        return
    packer = zlib.compressobj(LEVEL, wbits=_GZIP_FRAME)
    for piece in pieces:
        yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
