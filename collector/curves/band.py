"""A stretch of time with a word on it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Band:
    """[from, to) in UTC milliseconds.

    `kind` is up, down, unknown or no_data of a status; outage, unknown, no_data, maintenance or excluded
    of what a chart shades. `label` says more, and is empty where there is no more to say.
    """

    from_ms: int
    to_ms: int
    kind: str
    label: str = ""


def clipped(bands: Iterable[Band], from_ms: int, to_ms: int) -> Iterator[Band]:
    """What lies of each band in [from, to)."""
    for band in bands:
        begin, end = max(from_ms, band.from_ms), min(to_ms, band.to_ms)
        if begin < end:
            yield replace(band, from_ms=begin, to_ms=end)
