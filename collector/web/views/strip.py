"""Before and after, as a tiny picture: a value for each day, the two medians, and the day between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from collector.analysis.effect import Effect

WIDTH, HEIGHT, EDGE = 240, 44, 4


@dataclass(frozen=True, slots=True)
class Strip:
    """In a picture of WIDTH by HEIGHT; lines as points of an SVG path."""

    dots: tuple[tuple[float, float, bool], ...]
    """x, y, and whether it is after."""
    before: tuple[float, float, float]
    """x of both ends and y of the median line."""
    after: tuple[float, float, float]
    at: float
    """x of the day it was done."""
    told: str
    """All of it in words."""
    width: int = WIDTH
    height: int = HEIGHT


def strip(days: Sequence[tuple[date, float]], done: date, effect: Effect) -> Strip | None:
    """None where there are no days or nothing to compare."""
    if not days or effect.before is None or effect.after is None:
        return None
    weekly = effect.unit == "a week"
    medians = [one / 7 if weekly else one for one in (effect.before, effect.after)]
    first, last = min(days[0][0], done), max(days[-1][0], done)
    whole = max(1, (last - first).days)
    low, high = _range([value for _, value in days] + medians)

    def x(at: date) -> float:
        return round(EDGE + (WIDTH - 2 * EDGE) * (at - first).days / whole, 1)

    def y(value: float) -> float:
        share = (min(max(value, low), high) - low) / (high - low)
        return round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * share, 1)

    return Strip(
        dots=tuple((x(at), y(value), at > done) for at, value in days),
        before=(x(first), x(done), y(medians[0])),
        after=(x(done), x(last), y(medians[1])),
        at=x(done),
        told=effect.sentence,
    )


def _range(values: Sequence[float]) -> tuple[float, float]:
    """What is drawn: all but the extreme fiftieth, so that one day doesn't flatten all others."""
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 50], ordered[-1 - len(ordered) // 50]
    room = (high - low) * 0.1 or abs(high) * 0.05 or 1.0
    return low - room, high + room
