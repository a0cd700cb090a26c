"""The value that a person would name as an example out of a stretch of values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from config.edges import Kind

_HOUR, _MINUTE, _SECOND = 3_600_000, 60_000, 1000
_CLOCK = tuple(
    Fraction(one)
    for one in (
        *(240 * _HOUR, 120 * _HOUR, 48 * _HOUR, 24 * _HOUR, 12 * _HOUR, 6 * _HOUR, 2 * _HOUR, _HOUR),
        *(30 * _MINUTE, 15 * _MINUTE, 10 * _MINUTE, 5 * _MINUTE, 2 * _MINUTE, _MINUTE),
        *(30 * _SECOND, 10 * _SECOND, 5 * _SECOND, 2 * _SECOND, _SECOND),
    )
)
_LARGEST: Mapping[Kind, int] = {"percent": 2, "number": 6, "bd": 3, "time": 2}
"""The power of ten at which decimal units begin; times begin below a second."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The values from `low` to `high`; the ends are inside or not."""

    low: Fraction
    high: Fraction
    low_inside: bool = True
    high_inside: bool = True

    def holds(self, value: Fraction) -> bool:
        """Whether a value lies in it."""
        if value in {self.low, self.high}:
            return (value != self.low or self.low_inside) and (value != self.high or self.high_inside)
        return self.low < value < self.high

    @property
    def middle(self) -> Fraction:
        """Halfway."""
        return (self.low + self.high) / 2

    def some(self, step: Fraction | None) -> Fraction:
        """A value in it, near its middle: a multiple of `step` where there is one and it has any."""
        if step is None or (self.holds(self.middle) and self.middle % step == 0):
            return self.middle
        below = floor(self.middle / step) * step
        above = ceil(self.middle / step) * step
        return next((one for one in (below, above) if self.holds(one)), self.middle)

    def has_value(self, step: Fraction | None) -> bool:
        """Whether any value, of those that rounding to `step` leaves, lies in it."""
        value = self.some(step)
        return self.holds(value) and (step is None or value % step == 0)


def roundest(stretch: Stretch, kind: Kind, step: Fraction | None) -> Fraction:
    """The value with the fewest digits in the middle half of a stretch."""
    middle, reach = stretch.middle, (stretch.high - stretch.low) / 4
    for unit in _units(kind):
        value = floor(middle / unit + Fraction(1, 2)) * unit
        fits = stretch.holds(value) and (step is None or value % step == 0)
        if fits and abs(value - middle) <= reach:
            return value
    return stretch.some(step)


def _units(kind: Kind) -> Iterator[Fraction]:
    """Ever finer units that people count a kind of value in."""
    if kind == "time":
        yield from _CLOCK
    for power in range(_LARGEST[kind], 0 if kind == "bd" else -10, -1):
        for digit in (5, 2, 1):
            yield digit * Fraction(10) ** (power - 1)
