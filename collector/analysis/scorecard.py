"""Carriers compared fairly: the same service, places weighted alike, and a rank only beyond noise. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from collector.analysis.money import Money


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a carrier beside its peers'; in the unit that `unit` says."""

    name: str
    """A key of `config.scorecard.FIGURES`: availability, outages, repeats, mttr, rtt_distance ..."""
    unit: str
    value: float | None
    low: float | None
    """The interval in which it lies with 90%; None: too few circuits, or nothing differs between them."""
    high: float | None
    peers: float | None
    """The median of the other carriers of that service; None without any."""
    best: float | None
    """The best of all."""
    circuits: int
    """How many it rests on."""
    higher_is_better: bool
    trend: tuple[tuple[str, float | None], ...] = ()
    """(quarter, value), the oldest first."""
    points: float | None = None
    """What it gives of 100; None: nothing is known."""
    weight: int = 0
    """What it counts in the score; 0: it isn't in it."""


@dataclass(frozen=True, slots=True)
class Card:
    """A carrier's scorecard for one service over a period."""

    carrier: str
    service: str
    period: str
    circuits: tuple[str, ...]
    figures: tuple[Figure, ...]
    score: float | None
    """0 to 100 over all figures that are known; None: too little is."""
    rank: int | None
    """1 is best; carriers that differ within noise share one."""
    of: int
    """Among how many carriers."""
    tier: str
    """By the configuration's rules: gold, silver, watch ...; empty where no rule says."""
    tier_reason: str
    due: Money = field(default_factory=dict)
    """Credits by the contracts."""
    claimed: Money = field(default_factory=dict)
    received: Money = field(default_factory=dict)
    days_to_credit: Fraction | None = None
    fairness: tuple[str, ...] = ()
    """What makes the comparison less than fair, in sentences that name no other carrier."""
    all_circuits: tuple[str, ...] = ()
    """All that it has of the service, also those that the figures leave out for fairness."""
    score_low: float | None = None
    """The interval in which the score lies with 90%."""
    score_high: float | None = None
    shared: bool = False
    """Whether others have the same rank."""
    score_trend: tuple[tuple[str, float | None], ...] = ()
    """(quarter, score), the oldest first."""

    @property
    def rank_text(self) -> str:
        """`1`, `1=` where it is shared; empty where there is none."""
        return "" if self.rank is None else f"{self.rank}{'=' if self.shared else ''}"

    def figure(self, name: str) -> Figure | None:
        """One by its name."""
        return next((one for one in self.figures if one.name == name), None)
