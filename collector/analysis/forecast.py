"""What will be, if things go on as they do, with how sure that is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Backtest:
    """How far off the same forecast was, made again and again at times whose future is known."""

    tried: int
    horizon_days: int
    error: float
    """Mean absolute error, in the unit of what was forecast (a ratio, days or minutes)."""
    unit: str
    hits: int = 0
    """How often what came lay inside the interval."""
    brier: float | None = None
    """Of a chance: the mean of (chance - what came)^2, 0 is best and 0.25 is a coin (Brier 1950)."""
    at_risk: int | None = None
    """The error is of so many of the tries, those of a budget that ended or might have; None: of all."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a growing metric reaches a threshold: `likely`, between `earliest` and `latest`.

    A day is None where it lies beyond the horizon (or never comes); `likely` in the past can't be.
    """

    circuit: str
    metric: str
    threshold: float
    threshold_name: str
    """`commit`, `line rate`, `90% of the line rate`."""
    level: float
    """Where the metric is now, in its unit."""
    a_month: float
    """How much it grows in 30 days."""
    likely: date | None
    earliest: date | None
    latest: date | None
    days: int
    """Days that it rests on."""
    backtest: Backtest | None
    growing: bool = True
    """False: it doesn't grow beyond noise, and so there is no date."""
    reached: bool = False
    """It is at the threshold already, or beyond it: there is no date either."""


@dataclass(frozen=True, slots=True)
class TierAhead:
    """A credit that is owed once so much more downtime is counted."""

    more_seconds: int
    amount: Fraction
    """What the contract gives then, in all."""
    currency: str
    reason: str
    """The tier in the contract's words: `below 99.9%`."""


@dataclass(frozen=True, slots=True)
class BudgetForecast:
    """How long a period's budget of downtime lasts at the present pace."""

    circuit: str
    contract: str
    objective: str
    period: str
    budget_seconds: int
    left_seconds: int
    """0 once it is spent."""
    chance: float
    """That it is spent before the period ends, 0 to 1."""
    likely: date | None
    """The day on which it ends at the present pace; None: not in this period."""
    earliest: date | None
    latest: date | None
    """The middle four fifths of what may be; None: beyond the period's end."""
    tiers: tuple[TierAhead, ...]
    """The credits not yet owed, the nearest first."""
    backtest: Backtest | None
    first: date | None = None
    """The period's first day."""
    last: date | None = None
    """Its last day."""
    today: date | None = None
    """The day of which it is the forecast."""
    days: int = 0
    """Days that it rests on."""
    outages: int = 0
    """Outages in these days."""

    @property
    def spent(self) -> bool:
        """Whether nothing of it is left; then there are no dates."""
        return self.left_seconds <= 0
