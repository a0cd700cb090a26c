"""The smoke chart: where most packets' round-trip times lie, the median coloured by loss. Pure.

As SmokePing's users know it; loss also stands as bars below, so that no colour has to be told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from collector.charts.axes import milliseconds, percent, round_ticks, span_words
from collector.charts.marks import USUAL_WORDS, Flag, flagged, outline, said_beside
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
from collector.charts.svg import Pen, number
from collector.curves.band import Band
from collector.curves.rtt import RttCurve
from collector.curves.usual import Usual

CLASSES = ((0.0, "0"), (0.01, "≤1%"), (0.05, "≤5%"), (0.2, "≤20%"), (0.5, "≤50%"), (1.0, ">50%"))
"""Upper end of each class of loss, and how the legend calls it."""
_LOSS_HEIGHT, _BETWEEN = 40.0, 18.0
_CALLED = 104.0
"""Pixels that the words before the classes of loss take."""
_DENSE = 3.0
"""Pixels a point: below it strokes a point wide would be dust, and the median is one line."""
_SCALES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def smoke(
    curve: RttCurve,
    bands: Sequence[Band] = (),
    *,
    zone: str,
    title: str = "",
    width: float = 960,
    height: float = 340,
    palette: Palette = LIGHT,
    usual: Usual | None = None,
    flags: Sequence[Flag] = (),
) -> str:
    """The chart of a curve, with bands shaded; times by the clock of an IANA zone.

    `usual` is outlined behind the smoke, `flags` stand where something changed.
    """
    pen = Pen(palette)
    more = [("usual", USUAL_WORDS)] if usual is not None and usual.span else []
    begin = top_of(bands, more)
    upper = height - begin - BOTTOM - _LOSS_HEIGHT - _BETWEEN
    low, high, ticks = _scale(curve, usual)
    span = (curve.from_ms, curve.to_ms)
    frame = Frame(LEFT, begin, width - LEFT - RIGHT, upper, *span, low, high)
    most = float(np.nanmax(curve.loss)) if bool((curve.sent > 0).any()) else 0.0
    top = next(one for one in _SCALES if one >= min(most, 1.0))
    below = Frame(LEFT, begin + upper + _BETWEEN, frame.width, _LOSS_HEIGHT, *span, 0.0, top)
    floor = below.top + below.height
    name = title or f"Round-trip time of {curve.circuit} by {curve.probe}"
    return pen.whole(
        "smoke",
        width,
        height,
        name,
        " ".join([_told(curve, zone), *said_beside(usual, flags)]),
        [
            *heading(pen, title, bands, more),
            *_classes(pen, width, title),
            *frame.levels(pen, ticks, milliseconds),
            *below.levels(pen, (0, top), lambda share: percent(share) if share else "loss"),
            *frame.times(pen, zone, floor),
            *frame.shades(pen, bands, floor),
            *outline(pen, frame, curve, usual),
            *_smoke(pen, frame, curve),
            *_losses(pen, below, curve),
            *flagged(pen, frame, flags, floor),
            *_notes(pen, frame, curve, high),
        ],
    )


def _scale(curve: RttCurve, usual: Usual | None) -> tuple[float, float, list[float]]:
    """The ends of the axis and its marks: all of both bands, but for a few spikes far above all else."""
    there = ~np.isnan(curve.p95)
    if not bool(there.any()):
        return 0.0, 0.05, round_ticks(0.0, 0.05)
    tops, lowest = curve.p95[there], float(curve.p5[there].min())
    most, mostly = float(tops.max()), float(np.quantile(tops, 0.98))
    highest = mostly * 1.6 if most > 3 * mostly else most
    if usual is not None and usual.span:
        lowest, highest = min(lowest, usual.span[0]), max(highest, min(usual.span[1], 1.5 * highest))
    span = max(highest - lowest, 0.2 * highest, 0.000_2)
    begin = 0.0 if lowest - 0.25 * span < 0.4 * highest else lowest - 0.1 * span
    ticks = round_ticks(begin, max(highest, begin + span))
    return ticks[0], ticks[-1], ticks


def _classes(pen: Pen, width: float, title: str) -> Iterator[str]:
    """What the colours of the median mean, where there is room for it beside the title."""
    losses = [(f"loss{number}", word) for number, (_, word) in enumerate(CLASSES)]
    x = width - RIGHT - legend_width(losses)
    if x - _CALLED < LEFT + 8 * len(title):
        return
    yield pen.word(x - 8, 15, "median by loss", anchor="end")
    yield from legend(pen, x, 15, losses)


def _smoke(pen: Pen, frame: Frame, curve: RttCurve) -> Iterator[str]:
    for low, high, name in ((curve.p5, curve.p95, "wide"), (curve.p25, curve.p75, "narrow")):
        if path := area_path(frame, curve.at_ms, curve.step_ms, low, high):
            yield pen.area(path, name)
    dense = frame.width / len(curve.at_ms) < _DENSE
    if path := line_path(frame, curve.at_ms, curve.step_ms, curve.p50):
        yield pen.line(path, "loss0", 1.5) if dense else pen.line(path, "quiet", 0.8)
    for place in range(1 if dense else 0, len(CLASSES)):
        if path := _median(frame, curve, place):
            yield pen.line(path, f"loss{place}", 3 if dense else 2.2, join=None)


def _median(frame: Frame, curve: RttCurve, place: int) -> str:
    """A stroke for the median of each point whose loss is of a class."""
    classes = np.searchsorted([most for most, _ in CLASSES], curve.loss)
    chosen = np.flatnonzero((classes == place) & ~np.isnan(curve.p50))
    parts = []
    for point in chosen.tolist():
        at_ms = int(curve.at_ms[point])
        x, end = frame.x(at_ms), frame.x(at_ms + curve.step_ms)
        y = number(frame.y(curve.p50[point]))
        parts.append(f"M{number(x)} {y}H{number(max(end, x + 2))}")
    return "".join(parts)


def _losses(pen: Pen, frame: Frame, curve: RttCurve) -> Iterator[str]:
    """Bars; the line they stand on is called `loss`, and its height is at the other."""
    classes = np.searchsorted([most for most, _ in CLASSES], curve.loss)
    floor = frame.top + frame.height
    for place in range(1, len(CLASSES)):
        parts = []
        for point in np.flatnonzero((classes == place) & (curve.loss > 0)).tolist():
            at_ms = int(curve.at_ms[point])
            x, end = frame.x(at_ms), frame.x(at_ms + curve.step_ms)
            tall = max(1.0, floor - frame.y(curve.loss[point]))
            parts.append(
                f"M{number(x)} {number(floor)}v-{number(tall)}h{number(max(end - x, 0.8))}V{number(floor)}z"
            )
        if parts:
            yield pen.area("".join(parts), f"loss{place}")


def _notes(pen: Pen, frame: Frame, curve: RttCurve, high: float) -> Iterator[str]:
    middle = frame.left + frame.width / 2, frame.top + frame.height / 2
    if not bool((curve.sent > 0).any()):
        yield pen.word(*middle, "no data in this time", anchor="middle", size=14)
    elif bool(np.isnan(curve.p50).all()):
        yield pen.word(*middle, "nothing was answered in this time", anchor="middle", size=14)
    else:
        most = float(np.nanmax(curve.p95))
        if most > high:
            said = f"higher than the chart: up to {milliseconds(most)}"
            yield pen.word(frame.left + frame.width - 4, frame.top + 12, said, anchor="end")


def _told(curve: RttCurve, zone: str) -> str:
    span = span_words(curve.from_ms, curve.to_ms, zone)
    sent, lost = int(curve.sent.sum()), int((curve.sent - curve.received).sum())
    if not sent:
        return f"{span}: no data."
    loss = f"{lost} of {sent} packets lost ({percent(lost / sent)})"
    if bool(np.isnan(curve.p50).all()):
        return f"{span}: nothing was answered, {loss}."
    median, high = float(np.nanmedian(curve.p50)), float(np.nanmax(curve.p95))
    return f"{span}: median mostly {milliseconds(median)}, p95 up to {milliseconds(high)}, {loss}."
