"""A scorecard's figures as people read them: `99.9731%`, `2 h 5 min`, `1.84 x`. Pure."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from collector.times import span

_SHORT, _LONG = 10.0, 600.0
"""Under so many seconds a length has a part of a second; from so many on it has no seconds."""


def spoken(value: float | None, unit: str, *, exact: bool = False) -> str:
    """A figure in its unit; a share is cut and not rounded, so that 99.9999% is not 100%."""
    if value is None:
        return "–"
    if unit == "ratio":
        return _share(value, _places(value) + exact)
    if unit == "seconds":
        return _length(value)
    if unit == "days":
        return f"{value:.0f} d"
    if unit == "times":
        return f"{value:.2f} ×"
    if unit == "points":
        return f"{value:.0f}" if not exact else f"{value:.1f}"
    return f"{value:.2f}"


def _places(share: float) -> int:
    """What matters of a share is near to nothing and to all."""
    if share < 0.01 or share >= 0.99:
        return 3
    return 2 if share >= 0.9 else 1


def _share(value: float, places: int) -> str:
    """Percent without needless noughts; nine places are what a float is good for here."""
    cut = (Decimal(repr(round(value, 9))) * 100).quantize(Decimal(1).scaleb(-places), ROUND_DOWN)
    text = f"{cut:f}".rstrip("0").rstrip(".") if "." in f"{cut:f}" else f"{cut:f}"
    return f"{text}%"


def _length(seconds: float) -> str:
    if not seconds:
        return "0"
    if seconds < 1:
        return f"{seconds * 1000:.2f} ms"
    if seconds < _SHORT:
        return f"{seconds:.1f} s"
    return span(round(seconds / 60) * 60 if seconds >= _LONG else round(seconds))
