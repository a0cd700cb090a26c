"""What stands on a chart beside what was measured: where it usually lies, and where it changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collector.charts.axes import milliseconds
from collector.charts.plot import Frame, area_path, line_path
from collector.charts.svg import Pen, element, number, text_of
from collector.curves.rtt import RttCurve
from collector.curves.usual import Usual

USUAL_WORDS = "usual at this time of the week"
_HALF, _TALL = 4.5, 8.0
"""Of a flag's head, in pixels."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Something changed at a time, for the worse or the better; `says` is the sentence."""

    at_ms: int
    worse: bool
    says: str


def outline(pen: Pen, frame: Frame, curve: RttCurve, usual: Usual | None) -> Iterator[str]:
    """The usual band: hardly filled, between dashed lines, so that it is told from smoke without colour."""
    if usual is None:
        return
    if path := area_path(frame, curve.at_ms, curve.step_ms, usual.low, usual.high):
        yield pen.area(path, "usual", 0.09)
    for line in (usual.low, usual.high):
        if path := line_path(frame, curve.at_ms, curve.step_ms, line):
            yield pen.line(path, "usual", dashes="4 3")


def flagged(pen: Pen, frame: Frame, flags: Sequence[Flag], floor: float) -> Iterator[str]:
    """A head on a dotted pole where something changed: up for the worse, down for the better."""
    for one in flags:
        if not frame.from_ms <= one.at_ms < frame.to_ms:
            continue
        x, top = frame.x(one.at_ms), frame.top
        way = f"M{number(x - _HALF)} {number(top + (_TALL if one.worse else 0))}h{number(2 * _HALF)}"
        tip = f"L{number(x)} {number(top + (0 if one.worse else _TALL))}z"
        name = "down" if one.worse else "up"
        told = element("title", text_of(one.says))
        pole = pen.line(f"M{number(x)} {number(top + _TALL)}V{number(floor)}", "ink", dashes="1 3")
        yield element("g", told + pole + pen.area(way + tip, name))


def said_beside(usual: Usual | None, flags: Sequence[Flag]) -> Iterator[str]:
    """The same in sentences."""
    if usual is not None and usual.span:
        low, high = usual.span
        yield f"Usually between {milliseconds(low)} and {milliseconds(high)}."
    yield from (f"{one.says}." for one in flags)
