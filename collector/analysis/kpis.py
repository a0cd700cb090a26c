"""What a key figure's value is worth, since when, and how people are told. Pure.

Values are in the measure's own unit (config/bounds.py): percent, milliseconds, hours, days, Mbit/s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from collector.analysis.ratings import Rating
from collector.analysis.readings import Floats
from config.bounds import Bound, Kind, within
from config.kpis import Definition

MOST_MISSING = 3
"""So many values without an answer may lie within a stretch that is rated alike."""
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Since:
    """How long a rating has held."""

    at_ms: int
    """When its first value began."""
    values: int
    """So many in a row, the newest included."""
    whole: bool
    """Whether the value before it is known to be rated otherwise; else it may have begun earlier."""


def rate(value: float | None, definition: Definition) -> tuple[Rating, Bound | None]:
    """What a value is worth, and the bound that says so; without any bound what is known is good."""
    if value is None or not isfinite(value):
        return "unknown", None
    limits, critical, warning = definition.limits, definition.critical, definition.warning
    if critical is not None and within(value, critical.operator, limits["critical"]):
        return "critical", critical
    if warning is not None and within(value, warning.operator, limits["warning"]):
        return "warning", warning
    target = definition.target
    if target is not None and not within(value, target.operator, limits["target"]):
        return "off target", target
    return "good", target


def since(
    begins_ms: Sequence[int], values: Sequence[float] | Floats, defined: Sequence[Definition | None]
) -> Since | None:
    """Since when the newest value's rating holds; None where it isn't known.

    `values` are the oldest first, NaN where nothing is known; each is rated by the definition of its time
    (`defined`). A few that aren't known are passed over; more of them end what can be said.
    """
    ratings = (
        rate(float(value), held)[0] if held else "unknown"
        for value, held in zip(reversed(values), reversed(defined), strict=True)
    )
    newest = next(ratings, "unknown")
    if newest == "unknown":
        return None
    back, known, missing = 0, 1, 0
    for place, rating in enumerate(ratings, 1):
        if rating == newest:
            back, known, missing = place, known + 1, 0
        elif rating != "unknown":
            return Since(begins_ms[len(values) - 1 - back], known, whole=True)
        elif (missing := missing + 1) > MOST_MISSING:
            break
    return Since(begins_ms[len(values) - 1 - back], known, whole=False)


def shown(value: float, kind: Kind) -> str:
    """`82%`, `21.4 ms`: as many decimals as the measure has, without zeros at the end."""
    text = f"{value:,.{kind.places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}{kind.unit}"


def limit(bound: Bound, definition: Definition) -> str:
    """The number of a bound as values are shown."""
    return shown(float(bound.of(definition.measure)), definition.kind)


def length(ms: int) -> str:
    """`45 minutes`, `3 hours`, `2 days`: one unit, cut and not rounded."""
    for unit, name in ((2 * DAY_MS, "day"), (2 * HOUR_MS, "hour")):
        if ms >= unit:
            count = ms // (unit // 2)
            return f"{count} {name}s"
    minutes = ms // MINUTE_MS
    return f"{minutes} minute" + "s" * (minutes != 1)


def judged(rating: Rating, bound: Bound | None, definition: Definition) -> str:
    """`above its high threshold of 70%`, `meets its target of 99.95%`."""
    if rating == "unknown":
        return "not known"
    if bound is None:
        return "there is no target" if definition.target is None else "good"
    where = limit(bound, definition)
    if rating == "good":
        return f"meets its target of {where}"
    if rating == "off target":
        side = "below" if bound.upwards else "above"
        return f"{side} its target of {where}"
    side = "above" if bound.upwards else "below"
    word = "critical" if rating == "critical" else "high" if bound.upwards else "low"
    return f"{side} its {word} threshold of {where}"


def sentence(
    name: str,
    of: str,
    value: float,
    rating: Rating,
    bound: Bound | None,
    definition: Definition,
    lasting: str,
) -> str:
    """`CPE utilisation of lon-acme 82%, above its high threshold of 70%, for 45 minutes`."""
    whose = f"{name} of {of}" if of else name
    said = f"{whose} {shown(value, definition.kind)}, {judged(rating, bound, definition)}"
    return f"{said}, {lasting}" if lasting else said
