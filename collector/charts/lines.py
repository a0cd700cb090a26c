"""Jitter, and how full a circuit was in either direction, as lines over time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from collector.charts.axes import milliseconds, percent, round_ticks, span_words
from collector.charts.palette import LIGHT, Palette
from collector.charts.plot import (
    BOTTOM,
    LEFT,
    RIGHT,
    Frame,
    area_path,
    heading,
    legend,
    legend_width,
    line_path,
    top_of,
)
from collector.charts.svg import Pen
from collector.curves.band import Band
from collector.curves.load import LoadCurve
from collector.curves.rtt import RttCurve

Floats = NDArray[np.float64]


def jitter(
    curve: RttCurve,
    bands: Sequence[Band] = (),
    *,
    zone: str,
    title: str = "",
    width: float = 960,
    height: float = 160,
    palette: Palette = LIGHT,
) -> str:
    """How far neighbouring packets' round-trip times are apart on average."""
    pen = Pen(palette)
    ticks = round_ticks(0.0, _most(curve.jitter, 0.000_1), 3)
    frame = _frame(curve, bands, width, height, ticks)
    said = "" if curve.jitter_exact else "estimated from the spread within five minutes"
    name = title or f"Jitter of {curve.circuit} by {curve.probe}"
    told = _told(curve, zone, [("jitter", curve.jitter, milliseconds)])
    drawn = [
        pen.area(
            area_path(frame, curve.at_ms, curve.step_ms, curve.jitter * 0, curve.jitter), "receive", 0.18
        ),
        pen.line(line_path(frame, curve.at_ms, curve.step_ms, curve.jitter), "receive", 1.5),
        pen.word(width - RIGHT, 15, said, anchor="end"),
    ]
    parts = [*_around(pen, frame, title, zone, bands, ticks, milliseconds), *drawn]
    return pen.whole("jitter", width, height, name, told, parts)


def load(
    curve: LoadCurve,
    bands: Sequence[Band] = (),
    *,
    zone: str,
    title: str = "",
    width: float = 960,
    height: float = 200,
    palette: Palette = LIGHT,
) -> str:
    """Utilisation in (an area) and out (a dashed line): the mean of each point, its maximum faint above."""
    pen = Pen(palette)
    highest = max(_most(curve.receive_max, 0.1), _most(curve.transmit_max, 0.1))
    ticks = round_ticks(0.0, highest, 4)
    frame = _frame(curve, bands, width, height, ticks)
    at, step = curve.at_ms, curve.step_ms
    told = _told(curve, zone, [("in", curve.receive_max, percent), ("out", curve.transmit_max, percent)])
    entries = [("receive", "in (area)"), ("transmit", "out (dashed)")]
    drawn = [
        pen.area(area_path(frame, at, step, curve.receive_mean, curve.receive_max), "receive", 0.15),
        pen.area(area_path(frame, at, step, curve.receive_mean * 0, curve.receive_mean), "receive", 0.3),
        pen.line(line_path(frame, at, step, curve.receive_mean), "receive", 1.5),
        pen.area(area_path(frame, at, step, curve.transmit_mean, curve.transmit_max), "transmit", 0.15),
        pen.line(line_path(frame, at, step, curve.transmit_mean), "transmit", 1.5, dashes="5 2"),
        *legend(pen, width - RIGHT - legend_width(entries), 15, entries),
    ]
    if curve.hours_read < curve.hours_there:
        said = f"one hour in {round(curve.hours_there / max(1, curve.hours_read))} was read"
        drawn.append(pen.word(width - RIGHT - legend_width(entries) - 14, 15, said, anchor="end"))
    name = title or f"Utilisation of {curve.circuit} by {curve.probe}"
    parts = [*_around(pen, frame, title, zone, bands, ticks, percent), *drawn]
    return pen.whole("load", width, height, name, told, parts)


def _frame(
    curve: RttCurve | LoadCurve, bands: Sequence[Band], width: float, height: float, ticks: list[float]
) -> Frame:
    top = top_of(bands)
    return Frame(
        LEFT,
        top,
        width - LEFT - RIGHT,
        height - top - BOTTOM,
        curve.from_ms,
        curve.to_ms,
        ticks[0],
        ticks[-1],
    )


def _around(
    pen: Pen,
    frame: Frame,
    title: str,
    zone: str,
    bands: Sequence[Band],
    ticks: list[float],
    said: Callable[[float], str],
) -> Iterator[str]:
    floor = frame.top + frame.height
    yield from heading(pen, title, bands)
    yield from frame.levels(pen, ticks, said)
    yield from frame.times(pen, zone, floor)
    yield from frame.shades(pen, bands, floor)


def _most(values: Floats, least: float) -> float:
    there = values[~np.isnan(values)]
    return max(least, float(there.max())) if len(there) else least


def _told(
    curve: RttCurve | LoadCurve, zone: str, values: Sequence[tuple[str, Floats, Callable[[float], str]]]
) -> str:
    span = span_words(curve.from_ms, curve.to_ms, zone)
    known = [
        f"{name} up to {said(float(np.nanmax(found)))}"
        for name, found, said in values
        if not bool(np.isnan(found).all())
    ]
    return f"{span}: {', '.join(known) or 'no data'}."
