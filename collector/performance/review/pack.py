"""What a review looks at, as values: `review` makes it, `pack_json` and `pack_blocks` tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from collector.analysis.finding import Finding
from collector.analysis.forecast import BudgetForecast, Crossing
from collector.analysis.recommendation import Recommendation
from collector.analysis.scorecard import Card
from collector.performance.advice.returned import Returned
from collector.performance.cycle.feedback import Heard, Satisfaction
from collector.performance.cycle.goals import ActionNow, GoalNow
from collector.performance.cycle.held import Practice, Said
from collector.performance.cycle.looking import EFFECT_DAYS
from collector.performance.cycle.process import Process
from collector.performance.cycle.terms import TermNow
from collector.performance.kpis.look import KpiNow
from collector.performance.kpis.year import KpiYear
from collector.performance.nightly.anomalies import Anomaly
from collector.performance.review.breaches import Breach
from collector.performance.review.claimed import Claim
from collector.performance.review.downtime import Downtime
from collector.periods import ReportPeriod, Rhythm
from collector.sla.calendar import DAY_MS

TITLES: Mapping[Rhythm, str] = {
    "daily": "Daily check",
    "weekly": "Weekly analysis",
    "monthly": "Monthly review",
    "quarterly": "Quarterly business review",
    "yearly": "Yearly review",
    "once": "Review",
}
"""What a review is called."""
_DAILY = frozenset({"changed", "todo"})
PARTS: Mapping[str, frozenset[str]] = {"daily": _DAILY, "weekly": _DAILY | {"kpis", "ahead", "actions"}}
"""What a short pack is made of beside its minute; a longer one has all."""


@dataclass(frozen=True, slots=True)
class Pictured:
    """Something that isn't as it was, and the days around it for a drawing."""

    anomaly: Anomaly
    day: date
    """On which it began, at the circuit's site."""
    days: tuple[tuple[date, float, float], ...] = ()
    """(day, median or of loss the mean, 95th percentile) in the metric's unit; without empty days."""

    @property
    def finding(self) -> Finding:
        """What was found."""
        return self.anomaly.finding

    @property
    def sentence(self) -> str:
        """As people read it, without a full stop."""
        return self.anomaly.sentence


@dataclass(frozen=True, slots=True)
class Gap:
    """How far something is from where it is to be; in the unit that `unit` says, positive: short of it."""

    about: str
    """`acme, dia`; of a goal its number and what it is about."""
    figure: str
    unit: str
    value: float
    wanted: float
    size: float
    against: Literal["target", "best peer", "peers' median"]
    sentence: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A review's pack. What is unknown is None or absent; `missing` says what there is too little of."""

    period: ReportPeriod
    before: ReportPeriod
    """The period before it, with which it is compared."""
    rhythm: Rhythm
    carrier: str
    """For whom it is made: a carrier's key; empty: for ourselves."""
    carrier_name: str
    site: str
    made_up: bool
    closed: bool
    """Whether its time is over."""
    as_of_ms: int
    now_ms: int
    """When it was made: goals, actions and what is due next are as of then."""
    url: str
    headline: tuple[str, ...] = ()
    """What is to be known in a minute: five sentences at most, the worst first."""
    downtime: tuple[Downtime, ...] = ()
    breaches: tuple[Breach, ...] = ()
    scorecards: tuple[Card, ...] = ()
    gaps: tuple[Gap, ...] = ()
    goals: tuple[GoalNow, ...] = ()
    actions: tuple[ActionNow, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    """What is still to be done first, the most urgent at the front; then what was."""
    over: frozenset[str] = frozenset()
    """The keys of those that arose in the time, and that nobody has to do any more, or can."""
    anomalies: tuple[Pictured, ...] = ()
    kpis: tuple[KpiNow, ...] = ()
    kpi_years: tuple[KpiYear, ...] = ()
    """Of a year: which key figures never moved, never warned or always warned."""
    crossings: tuple[Crossing, ...] = ()
    budgets: tuple[BudgetForecast, ...] = ()
    terms: tuple[TermNow, ...] = ()
    process: Process | None = None
    """None in a carrier's pack: how we work is our own affair."""
    feedback: tuple[Heard, ...] = ()
    satisfaction: tuple[Satisfaction, ...] = ()
    practices: tuple[Practice, ...] = ()
    claims: tuple[Claim, ...] = ()
    returned: Returned | None = None
    still_down: tuple[str, ...] = ()
    """Circuits that were down when the time ended."""
    written: Mapping[str, int] = field(default_factory=dict)
    """How many notes were written in the time, by kind."""
    changed: tuple[str, ...] = ()
    """Since the period before, in sentences."""
    thanks: tuple[str, ...] = ()
    """What improved by more than noise, and what reviews thanked for."""
    said: tuple[Said, ...] = ()
    """Reviews held of this period, the oldest first; in a carrier's pack with it alone."""
    before_known: bool = True
    """Whether anything was measured in the period before."""
    missing: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Carriers' names by key."""

    @property
    def acts(self) -> tuple[ActionNow, ...]:
        """What is open, and what was done so late that its effect is looked for in the time or after it."""
        from_ms = self.period.start_ms - EFFECT_DAYS * DAY_MS
        return tuple(one for one in self.actions if one.is_open or (one.done_ms or 0) >= from_ms)

    @property
    def to_do(self) -> tuple[Recommendation, ...]:
        """What is still to be done."""
        return tuple(one for one in self.recommendations if one.key not in self.over)

    @property
    def was_to_do(self) -> tuple[Recommendation, ...]:
        """What arose in the time and is over by now."""
        return tuple(one for one in self.recommendations if one.key in self.over)
