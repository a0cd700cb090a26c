"""What was found in a circuit's figures that isn't as it was. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["shift", "excursion"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A `shift` is a level that changed and stayed; an `excursion` left its usual band and came back.

    `before` and `after` are levels in the metric's unit (seconds or ratios): of an excursion what is usual
    at that time of the week, and what it was. `until_ms` is None while it lasts; a shift lasts
    until another one brings its level back. `score` is the distance in
    robust standard deviations, positive where it is worse.
    """

    circuit: str
    metric: str
    kind: Kind
    at_ms: int
    until_ms: int | None
    before: float
    after: float
    score: float
    known_ms: int
    """When there was enough to know it: what a person could have been told then."""

    @property
    def worse(self) -> bool:
        """Whether it is for the worse; every metric that is analysed is better when it is low."""
        return self.after > self.before
