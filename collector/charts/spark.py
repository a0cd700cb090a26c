"""Sparklines: the `d` of two paths, so short that a page may hold a thousand of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

HEIGHT = 16
"""Of the viewBox `0 0 47 16`: a point a unit, whole numbers only."""
_LEAST_SPAN = 0.2
"""What RTTs may differ, as a share of the highest, before they fill the height: noise is no mountain."""


@dataclass(frozen=True, slots=True)
class SparkPath:
    """`line` is the median RTT, `loss` bars from below; both strokes, without fill. Empty: no data."""

    line: str
    loss: str


def spark(rtt: Sequence[float | None], loss: Sequence[float | None]) -> SparkPath:
    """The paths for RTTs in seconds and loss ratios, a point a unit; None is a gap."""
    known = [one for one in rtt if one is not None]
    if not known:
        return SparkPath("", _bars(loss))
    low, high = min(known), max(known)
    span = max(high - low, _LEAST_SPAN * high) or 1.0
    base = (low + high - span) / 2
    heights = [None if one is None else 1 + round((HEIGHT - 2) * (1 - (one - base) / span)) for one in rtt]
    return SparkPath(_line(heights), _bars(loss))


def _line(heights: Sequence[int | None]) -> str:
    """Steps from point to point; those of a kind under one letter."""
    parts: list[str] = []
    before: int | None = None
    for place, height in enumerate(heights):
        if height is not None and before is None:
            alone = place + 1 == len(heights) or heights[place + 1] is None
            parts.append(f"M{place} {height}{'h0' if alone else ''}")
        elif height is not None and before is not None:
            step = height - before
            parts.append(f"1{step}" if step < 0 else f"1 {step}" if step else "h1")
        before = height
    return "".join(_levelled(parts))


def _levelled(parts: Sequence[str]) -> list[str]:
    found: list[str] = []
    for kind, some in groupby(parts, key=lambda one: one[0]):
        listed = list(some)
        if kind == "h":
            found.append(f"h{len(listed)}")
        else:
            found.append("".join(listed) if kind == "M" else f"l{' '.join(listed)}")
    return found


def _bars(loss: Sequence[float | None]) -> str:
    """A bar from below where packets were lost: 2 units at least, all of the height when all were."""
    return "".join(
        f"M{place} {HEIGHT}v-{max(2, round(HEIGHT * one))}" for place, one in enumerate(loss) if one
    )
