"""A few points over time as one small line, such as a figure by quarter. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from collector.charts.svg import number

HEIGHT = 16
"""Of the viewBox `0 0 N 16`, N one less than the points: a point a unit."""
_MARGIN = 3.0


def trend_path(values: Sequence[float | None]) -> str:
    """The `d` of a line through the values, the highest on top; None is a gap. Empty without two values."""
    known = [one for one in values if one is not None]
    if len(known) < 2:
        return ""
    low, span = min(known), max(known) - min(known)
    parts, before = [], False
    for place, value in enumerate(values):
        if value is not None:
            share = (value - low) / span if span else 0.5
            alone = not before and (place + 1 == len(values) or values[place + 1] is None)
            dot = "h0" if alone else ""
            parts.append(f"{'L' if before else 'M'}{place} {number(_height(share))}{dot}")
        before = value is not None
    return "".join(parts)


def last_point(values: Sequence[float | None]) -> str:
    """The `d` of a dot at the last value that is known (for a round cap); empty without a line."""
    known = [one for one in values if one is not None]
    if len(known) < 2:
        return ""
    place = max(at for at, one in enumerate(values) if one is not None)
    low, span = min(known), max(known) - min(known)
    share = (known[-1] - low) / span if span else 0.5
    return f"M{place} {number(_height(share))}h0"


def _height(share: float) -> float:
    return _MARGIN + (HEIGHT - 2 * _MARGIN) * (1 - share)
