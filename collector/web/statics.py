"""The files that pages bring along: style, scripts, pictures. Read once, packed once, kept for ever.

An address carries a digest of the content, so a browser never asks twice and never shows an old one.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

CONTENT_TYPES: Mapping[str, str] = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "txt": "text/plain",
}
"""What may be served, by the name's end; anything else in the folder is for people who read the source."""
_PACKED = frozenset({"css", "js", "svg", "txt"})


@dataclass(frozen=True, slots=True)
class Static:
    """One file; `packed` is it with gzip, empty where that gains nothing."""

    content: bytes
    content_type: str
    digest: str
    packed: bytes = b""


def static(name: str) -> str:
    """The address of a file of `static/`; raises KeyError for one that there isn't."""
    return f"/static/{name}?v={STATICS[name].digest}"


def _files(folder: Traversable, before: str = "") -> Iterator[tuple[str, Traversable]]:
    """Every file with its name as an address has it: `style.css`, `uplot/uPlot.js`."""
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            yield from _files(one, f"{before}{one.name}/")
        else:
            yield before + one.name, one


def _read(folder: Traversable, path: str = "") -> Iterator[tuple[str, Static]]:
    """The files of a folder and of those in it, by their path."""
    for one in sorted(folder.iterdir(), key=lambda each: each.name):
        end = one.name.rpartition(".")[2]
        if one.is_dir():
            yield from _read(one, f"{path}{one.name}/")
        elif end in CONTENT_TYPES:
            content = one.read_bytes()
            packed = gzip.compress(content, mtime=0) if end in _PACKED else b""
            digest = sha256(content).hexdigest()[:12]
            yield path + one.name, Static(content, CONTENT_TYPES[end], digest, packed)


STATICS: Mapping[str, Static] = dict(_read(files(__package__).joinpath("static")))
"""Every file by its path below `static/`."""
