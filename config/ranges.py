"""Which values each band of a credit table is for.

`from` is inside, `below` and `above` are strict. `to` is inside where measured values are rounded to a
step and the next band begins one step on, as printed tables do; else it is outside. `below` (`above`
where larger is worse) and a `from` that stands alone are thresholds: they hold everything that is worse,
and of several that hold a value the worst pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from config.credits import Band
from config.edges import Edge, Kind
from config.terms import INFINITE, Figure

Worse = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range, and whether it lies inside."""

    key: str
    edge: Edge
    inside: bool

    @property
    def value(self) -> Fraction:
        """Where it is."""
        return self.edge.value


@dataclass(frozen=True, slots=True)
class Range:
    """The values of one band, from `low` to `high`; None: without an end on that side."""

    place: int
    band: Band
    low: End | None
    high: End | None
    worse: Worse

    def holds(self, figure: Figure) -> bool:
        """Whether the band is for this value; an infinite one is in a range without an upper end."""
        if figure == INFINITE:
            return self.high is None
        above = self.low is None or figure > self.low.value or (self.low.inside and figure == self.low.value)
        below = (
            self.high is None or figure < self.high.value or (self.high.inside and figure == self.high.value)
        )
        return above and below

    @property
    def is_threshold(self) -> bool:
        """Whether it holds everything that is worse than its one edge."""
        if len(self.band.edges) != 1:
            return False
        return self._better is not None and self._better.key != "to"

    @property
    def is_open_to_the_better(self) -> bool:
        """Whether it holds all that is better than its one edge."""
        return self._better is None

    @property
    def _better(self) -> End | None:
        return self.high if self.worse == "lower" else self.low

    @property
    def severity(self) -> tuple[bool, Fraction, bool]:
        """Sorts ranges by how bad the best value in them is."""
        if self._better is None:
            return False, Fraction(0), False
        sign = -1 if self.worse == "lower" else 1
        return True, sign * self._better.value, not self._better.inside


def ranges(bands: Sequence[Band], worse: Worse, step: Fraction | None = None) -> tuple[Range, ...]:
    """The values of every band, in the table's order; `step` is what measured values are rounded to."""
    sides = [_sides(band, worse) for band in bands]
    inside = _closed(sides, step)
    return tuple(
        Range(place, band, _end(low, (place, "low") in inside), _end(high, (place, "high") in inside), worse)
        for place, (band, (low, high)) in enumerate(zip(bands, sides, strict=True))
    )


def grid(kind: Kind, step: Fraction | None) -> Fraction | None:
    """What values of a kind are rounded to: there is no half of a business day."""
    return Fraction(1) if kind == "bd" and step is None else step or None


def paying(held: Sequence[Range], figure: Figure) -> Range | None:
    """The range that pays for a value: the worst of those that hold it; None where none does."""
    return max((one for one in held if one.holds(figure)), key=lambda one: one.severity, default=None)


def worst(held: Sequence[Range]) -> Range:
    """The range for the worst service of the table."""
    return max(held, key=lambda one: one.severity)


_Side = tuple[str, Edge] | None
_Place = tuple[int, str]


def _sides(band: Band, worse: Worse) -> tuple[_Side, _Side]:
    """The lower and the upper edge with their keys. A lone `from` is open to the worse side."""
    given = sorted(band.edges.items(), key=lambda one: (one[1].value, one[0] in {"to", "below"}))
    if len(given) > 1:
        return given[0], given[-1]
    if not given:
        return None, None
    key = given[0][0]
    upper = key in {"below", "to"} or (key == "from" and worse == "lower")
    return (None, given[0]) if upper else (given[0], None)


def _closed(sides: Sequence[tuple[_Side, _Side]], step: Fraction | None) -> set[_Place]:
    """The ends named `to` that lie inside: a step before the next band, or outermost in such a table."""
    if step is None:
        return set()
    apart = _to_next(sides)
    stepped = {place for place, gap in apart.items() if gap == step}
    return stepped | ({place for place, gap in apart.items() if gap is None} if stepped else set())


def _to_next(sides: Sequence[tuple[_Side, _Side]]) -> dict[_Place, Fraction | None]:
    """How far the next band is from each end named `to`; None where no band follows."""
    lows = [low[1].value for low, _ in sides if low]
    highs = [high[1].value for _, high in sides if high]
    found: dict[_Place, Fraction | None] = {}
    for place, (low, high) in enumerate(sides):
        if high and high[0] == "to":
            at = high[1].value
            found[place, "high"] = min((one - at for one in lows if one >= at), default=None)
        if low and low[0] == "to":
            at = low[1].value
            found[place, "low"] = min((at - one for one in highs if one <= at), default=None)
    return found


def _end(side: _Side, closed: bool) -> End | None:
    return None if side is None else End(side[0], side[1], closed or side[0] == "from")
