"""The frame that charts over time share: axes, shaded bands, and lines that break where nothing is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.charts.axes import time_ticks
from collector.charts.svg import Pen, element, number, text_of
from collector.curves.band import Band

Floats = NDArray[np.float64]
LEFT, RIGHT, BOTTOM = 56.0, 14.0, 26.0
_ONE_ROW, _ANOTHER = 30.0, 18.0
SHADES = {
    "no_data": ("no_data", "no data"),
    "unknown": ("unknown", "unknown"),
    "excluded": ("excluded", "excluded"),
    "maintenance": ("maintenance", "maintenance"),
    "outage": ("outage", "outage"),
}
"""Kind of a band -> its colour and its word; later ones are drawn over earlier ones."""
_MARK = 4.0
"""Height of the solid edge that a band has at its top, so that a narrow one is seen too."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of the picture, with time from left to right and a value from `low` to `high` upwards."""

    left: float
    top: float
    width: float
    height: float
    from_ms: int
    to_ms: int
    low: float
    high: float

    def x(self, at_ms: float) -> float:
        """Where a time stands, kept inside."""
        share = (at_ms - self.from_ms) / (self.to_ms - self.from_ms)
        return self.left + self.width * min(1.0, max(0.0, share))

    def y(self, value: float) -> float:
        """Where a value stands, kept inside."""
        share = (value - self.low) / (self.high - self.low)
        return self.top + self.height * (1 - min(1.0, max(0.0, share)))

    def levels(self, pen: Pen, ticks: Iterable[float], said: Callable[[float], str]) -> Iterator[str]:
        """Lines across with their values at the left."""
        for tick in ticks:
            if self.low <= tick <= self.high:
                y = self.y(tick)
                yield pen.line(f"M{number(self.left)} {number(y)}h{number(self.width)}", "grid")
                yield pen.word(self.left - 6, y + 4, said(tick), anchor="end")

    def times(self, pen: Pen, zone: str, floor: float, most: int | None = None) -> Iterator[str]:
        """Lines upwards with their times below, by the clock of the zone; `floor` is the lowest line."""
        for tick in time_ticks(self.from_ms, self.to_ms, zone, most or max(3, int(self.width / 90))):
            x = self.x(tick.at_ms)
            yield pen.line(f"M{number(x)} {number(self.top)}V{number(floor + 4)}", "grid")
            if self.left + 12 < x < self.left + self.width - 12:
                name = "ink" if tick.strong else "quiet"
                yield pen.word(x, floor + 17, tick.label, anchor="middle", name=name)

    def shades(self, pen: Pen, bands: Iterable[Band], floor: float) -> Iterator[str]:
        """Bands as a wash with a solid edge at the top, each with its word for a pointer."""
        order = list(SHADES)
        known = [band for band in bands if band.kind in SHADES]
        for band in sorted(known, key=lambda one: order.index(one.kind)):
            name, word = SHADES[band.kind]
            x, end = self.x(band.from_ms), self.x(band.to_ms)
            width = max(1.0, end - x)
            told = element("title", text_of(f"{word}: {band.label}" if band.label else word))
            wash = pen.box(x, self.top, width, floor - self.top, name, told, fill_opacity="0.13")
            yield wash + pen.box(x, self.top - _MARK, width, _MARK, name)


def runs(values: Floats) -> list[tuple[int, int]]:
    """Where values stand without a gap: [begin, end) of each stretch."""
    there = np.concatenate([[False], ~np.isnan(values), [False]])
    edges = np.flatnonzero(np.diff(there.astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def line_path(frame: Frame, at_ms: NDArray[np.int64], step_ms: int, values: Floats) -> str:
    """A line through the middle of each point, broken at gaps; a lone point is as wide as its step."""
    parts = []
    for begin, end in runs(values):
        places = [*_edge(at_ms, step_ms, begin, end)]
        ys = [values[begin], *values[begin:end], values[end - 1]]
        spots = [f"{number(frame.x(at))} {number(frame.y(y))}" for at, y in zip(places, ys, strict=True)]
        parts.append("M" + "L".join(spots))
    return "".join(parts)


def area_path(frame: Frame, at_ms: NDArray[np.int64], step_ms: int, low: Floats, high: Floats) -> str:
    """The area between two lines, broken at gaps."""
    parts = []
    for begin, end in runs(low + high):
        xs = [number(frame.x(at)) for at in _edge(at_ms, step_ms, begin, end)]
        over = [high[begin], *high[begin:end], high[end - 1]]
        under = [low[begin], *low[begin:end], low[end - 1]]
        there = [f"{x} {number(frame.y(y))}" for x, y in zip(xs, over, strict=True)]
        back = [f"{x} {number(frame.y(y))}" for x, y in zip(reversed(xs), reversed(under), strict=True)]
        parts.append("M" + "L".join([*there, *back]) + "Z")
    return "".join(parts)


def top_of(bands: Iterable[Band], more: Sequence[tuple[str, str]] = ()) -> float:
    """Where a frame begins below the title, and below a legend of bands (and `more`) where there are any."""
    return _ONE_ROW + (_ANOTHER if shaded(bands) or more else 0)


def heading(
    pen: Pen, title: str, bands: Iterable[Band], more: Sequence[tuple[str, str]] = ()
) -> Iterator[str]:
    """The title, and a row that says what is shaded, and `more`."""
    yield pen.word(LEFT, 15, title, name="ink", size=13, weight="600")
    yield from legend(pen, LEFT, 15 + _ANOTHER, [*shaded(bands), *more])


def legend(pen: Pen, x: float, y: float, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Swatches with words from `x` on; an entry is (colour's name, word)."""
    for name, word in entries:
        yield _outlined(pen, x, y) if name == "usual" else pen.box(x, y - 8, 12, 8, name, rx=1)
        yield pen.word(x + 16, y, word)
        x += 30 + 6.4 * len(word)


def _outlined(pen: Pen, x: float, y: float) -> str:
    """The swatch of a band that is drawn as two dashed lines."""
    lines = f"M{number(x)} {number(y - 8)}h12M{number(x)} {number(y)}h12"
    return pen.box(x, y - 8, 12, 8, "usual", fill_opacity="0.12") + pen.line(lines, "usual", dashes="3 2")


def legend_width(entries: Sequence[tuple[str, str]]) -> float:
    """About how wide they are."""
    return sum(30 + 6.4 * len(word) for _, word in entries) - 10


def shaded(bands: Iterable[Band]) -> list[tuple[str, str]]:
    """The legend's entries for the kinds of bands that occur."""
    kinds = {band.kind for band in bands}
    return [SHADES[kind] for kind in reversed(SHADES) if kind in kinds]


def _edge(at_ms: NDArray[np.int64], step_ms: int, begin: int, end: int) -> list[float]:
    """The left edge of a stretch, the middle of each of its points, its right edge."""
    middle = (at_ms[begin:end] + step_ms / 2).tolist()
    return [float(at_ms[begin]), *middle, float(at_ms[end - 1] + step_ms)]
