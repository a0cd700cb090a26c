"""The small drawings of a review: intervals, bullets, days around a change, before and after. Pure SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from collector.analysis.kpis import shown
from collector.analysis.scorecard import Figure
from collector.charts.palette import PRINT
from collector.charts.svg import Pen, element, number
from collector.performance.cycle.goals import ActionNow, GoalNow
from collector.performance.kpis.look import KpiNow
from collector.performance.review.figure_words import name_of, told
from collector.performance.review.gaps import wanted_of, wants_less
from collector.performance.review.pack import Pictured

WIDE, TALL = 150.0, 18.0
DAYS_WIDE, DAYS_TALL = 260.0, 56.0
HISTORY_TALL = 24.0
_PEN = Pen(PRINT)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` over a width, with room at both ends."""

    low: float
    high: float
    width: float
    room: float = 5.0

    @classmethod
    def over(cls, values: Sequence[float | None], width: float) -> Scale | None:
        """The scale that shows all of these; None where nothing is known."""
        known = [one for one in values if one is not None]
        if not known:
            return None
        low, high = min(known), max(known)
        return cls(low, high if high > low else low + (abs(low) or 1.0) * 0.01, width)

    def x(self, value: float) -> float:
        """Where a value is drawn."""
        share = (value - self.low) / (self.high - self.low)
        return self.room + (self.width - 2 * self.room) * min(max(share, 0.0), 1.0)


def shared_scale(figures: Sequence[Figure]) -> Scale | None:
    """One for a figure of all carriers, so that they can be compared by eye."""
    ends = [end for one in figures for end in (one.low, one.high, one.value, one.peers)]
    return Scale.over(ends, WIDE)


def interval(one: Figure, scale: Scale | None) -> str:
    """A figure as a dot on the interval in which it lies; the peers' median is a line across."""
    if one.value is None or scale is None:
        return ""
    middle = TALL / 2
    parts = [_PEN.box(scale.room, middle - 0.5, WIDE - 2 * scale.room, 1, "grid")]
    said = f"{name_of(one.name)} {told(one.value, one.unit)}"
    if one.low is not None and one.high is not None:
        left, right = scale.x(one.low), scale.x(one.high)
        parts.append(_PEN.box(left, middle - 3, max(right - left, 1.5), 6, "narrow", rx=3))
        said += f", between {told(one.low, one.unit)} and {told(one.high, one.unit)}"
    if one.peers is not None:
        parts.append(_PEN.box(scale.x(one.peers) - 1, 2, 2, TALL - 4, "maintenance"))
        said += f", the peers' median {told(one.peers, one.unit)}"
    parts.append(_dot(scale.x(one.value), middle, 3.6, "ink"))
    return _PEN.whole("interval", WIDE, TALL, said, "", parts)


def bullet(goal: GoalNow) -> str:
    """A goal: the value as a bar towards the target's line; what keeps the target is shaded."""
    wanted = wanted_of(goal)
    if wanted is None or goal.value is None:
        return ""
    less = wants_less(goal)
    away = abs(wanted - goal.value) or abs(wanted) * 0.02 or 1.0
    ends = (min(wanted, goal.value) - away, max(wanted, goal.value) + away)
    floor = 0.0 if less or ends[0] < 0 else ends[0]
    scale = Scale(floor, ends[1], WIDE, room=1.0)
    at, mark = scale.x(goal.value), scale.x(wanted)
    good = (1.0, mark) if less else (mark, WIDE - 1)
    kept = goal.value <= wanted if less else goal.value >= wanted
    parts = [
        _PEN.box(1, 2, WIDE - 2, TALL - 4, "grid", rx=2),
        _PEN.box(good[0], 2, max(0.0, good[1] - good[0]), TALL - 4, "wide"),
        _PEN.box(1, TALL / 2 - 3, max(1.5, at - 1), 6, "up" if kept else "down", rx=1),
        _PEN.box(mark - 1, 0, 2, TALL, "ink"),
    ]
    said = f"{goal.metric} {told(goal.value, goal.unit)}, target {goal.target}"
    return _PEN.whole("bullet", WIDE, TALL, said, "", parts)


def around(one: Pictured) -> str:
    """The days before and after a finding: the median as a line, up to the 95th percentile as a band."""
    return _days(one.days, one.day, f"{one.finding.metric} of {one.finding.circuit}, day by day")


def before_after(one: ActionNow, done: date | None) -> str:
    """The days that an action's effect rests on, with the day on which it was done."""
    return _days([(day, value, value) for day, value in one.strip], done, f"{one.metric}, day by day")


def history(one: KpiNow) -> str:
    """A key figure over its spans, the newest at the right, with its target as a line across."""
    known = [value for value in one.values if value is not None]
    if len(known) < 2:
        return ""
    low, high, target = min(known), max(known), one.whole.target
    if target is not None and not 2 * low - high <= target <= 2 * high - low:
        target = None  # so far away that it would press the line flat
    up = Scale.over([*known, target], HISTORY_TALL)
    if up is None:
        return ""
    across = Scale(0, len(one.values) - 1, WIDE)
    parts = []
    if target is not None:
        parts.append(_PEN.box(across.room, HISTORY_TALL - up.x(target) - 0.5, WIDE - 10, 1, "maintenance"))
    places = [(across.x(place), HISTORY_TALL - up.x(value)) for place, value in _known(one.values)]
    line = " ".join(f"{number(x)},{number(y)}" for x, y in places)
    parts += [_PEN.line(f"M{line}", "receive", 1.6), _dot(*places[-1], 2.4, "ink")]
    kind = one.definition.kind
    said = f"{one.name}: {shown(low, kind)} to {shown(high, kind)}"
    return _PEN.whole("history", WIDE, HISTORY_TALL, said, "", parts)


def _known(values: Sequence[float | None]) -> list[tuple[int, float]]:
    return [(place, value) for place, value in enumerate(values) if value is not None]


def _days(days: Sequence[tuple[date, float, float]], mark: date | None, title: str) -> str:
    if len(days) < 2:
        return ""
    first, last = days[0][0], days[-1][0]
    across = Scale(0, max(1, (last - first).days), DAYS_WIDE, room=4.0)
    highest, lowest = max(high for _, _, high in days), min(low for _, low, _ in days)
    base = lowest - (highest - lowest) * 0.15 if lowest > 0 else lowest
    span = (highest - base) or abs(highest) or 1.0

    def y(value: float) -> float:
        return DAYS_TALL - 4 - (DAYS_TALL - 10) * (value - base) / span

    dots = [(across.x((day - first).days), y(middle), y(high)) for day, middle, high in days]
    parts = [_PEN.box(4, DAYS_TALL - 4, DAYS_WIDE - 8, 1, "grid")]
    if any(high < middle - 0.5 for _, middle, high in dots):
        upper = " ".join(f"{number(x)},{number(high)}" for x, _, high in dots)
        lower = " ".join(f"{number(x)},{number(middle)}" for x, middle, _ in reversed(dots))
        parts.append(_PEN.area(f"M{upper} L{lower}Z", "wide"))
    if mark is not None and first <= mark <= last:
        parts.append(_PEN.box(across.x((mark - first).days) - 0.75, 0, 1.5, DAYS_TALL - 4, "outage"))
    line = " ".join(f"{number(x)},{number(middle)}" for x, middle, _ in dots)
    parts.append(_PEN.line(f"M{line}", "receive", 1.6))
    return _PEN.whole("days", DAYS_WIDE, DAYS_TALL, title, f"{first} to {last}", parts)


def _dot(x: float, y: float, radius: float, name: str) -> str:
    return element("circle", cx=x, cy=y, r=radius, class_=f"c-{name}", fill=_PEN.colour(name))
