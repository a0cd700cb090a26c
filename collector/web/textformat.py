"""Prometheus's text format and OpenMetrics 1.0, for series in numbers that ask for speed. Pure.

The sample lines of both formats are the same; they differ in how a counter's family is headed and
in OpenMetrics' closing line. The format of the process's own few metrics is prometheus_client's.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import Literal, TypeVar

EOF = b"# EOF\n"
BATCH = 128
"""Rows rendered between two moments at which the event loop may do something else."""

Row = TypeVar("Row")
Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: `name` is what a sample carries, for a counter with its `_total`."""

    name: str
    type: Kind
    help: str

    def head(self, openmetrics: bool) -> bytes:
        """The HELP and TYPE lines; OpenMetrics heads a counter without `_total`."""
        name = self.name.removesuffix("_total") if openmetrics and self.type == "counter" else self.name
        return f"# HELP {name} {self.help}\n# TYPE {name} {self.type}\n".encode()


def labels(**values: str) -> str:
    """`a="1",b="2"`, ready to stand between braces; any text is safe in a value."""
    return ",".join(f'{name}="{escaped(value)}"' for name, value in values.items())


def escaped(value: str) -> str:
    """A label's value as both formats want it: backslash, quote and line feed are escaped."""
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def sample(name: str, label_text: str, value: float | None) -> str:
    """A sample's line, or nothing: a gauge without a value is absent, never NaN and never stale."""
    if value is None or not isfinite(value):
        return ""
    return f"{name}{{{label_text}}} {value!r}\n"


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces packed at the fastest level: the names repeat so much that better ones gain little.

    One for one, so that whoever pauses between them still does; most are empty, for the packer
    gives something only now and then.
    """
    packer = zlib.compressobj(1, wbits=16 + zlib.MAX_WBITS)
    yield from map(packer.compress, pieces)
    yield packer.flush()


def family(
    head: Family, openmetrics: bool, rows: Iterable[Row], lines: Callable[[Row], str]
) -> Iterator[bytes]:
    """A whole family in pieces of `BATCH` rows; `lines` renders a row and may give nothing."""
    yield head.head(openmetrics)
    remaining = iter(rows)
    while batch := tuple(islice(remaining, BATCH)):
        yield "".join(map(lines, batch)).encode("utf-8", "replace")
