"""What verdicts are made of, and what they are: the case of one circuit and period, and its judgements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from collector.sla.calendar import Period
from collector.sla.evidence import Evidence
from collector.sla.objectives import Scene, Verdict
from collector.sla.reckoning import Account, Excluded
from collector.sla.rules import CircuitFacts, Rules, Window
from collector.sla.timeline import Timeline
from config.contract import Terms
from config.terms import Figure, Target

Bounds = tuple[Figure, Figure]


@dataclass(frozen=True, slots=True)
class Case:
    """All that verdicts on one circuit and period are made of."""

    terms: Terms
    rules: Rules
    circuit: CircuitFacts
    evidence: Evidence
    period: Period
    window: Window
    now_ms: int
    scene: Scene
    status: Timeline
    """Before the policy for unknown time; reaches beyond the window as far as anything is known."""
    excluded: Excluded
    account: Account | None
    """None where the contract doesn't say yet what decides it."""
    so_far_ms: Fraction
    """The denominator of the time so far, before unknown and excluded time leave it."""
    full_ms: Fraction
    """The same of the whole period."""
    coverage: Fraction
    """Percent of the window (service hours only) that is known."""
    closed: bool
    without: frozenset[int] = frozenset()
    """Measured starts of outages that count as up."""


@dataclass(frozen=True, slots=True)
class RepairCase:
    """One outage or ticket that a time to repair, to respond or to notify is asked of."""

    outage_ms: int | None
    """The measured start of the outage; None for a ticket that belongs to none."""
    ticket: str | None
    took_ms: Fraction
    allowed_ms: Fraction | None
    missed: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """One objective's verdict. Figures and bounds are in `unit`: percent, ms, s, business days, or none."""

    id: str
    metric: str
    target: Target | None
    measured: Figure | None
    unit: str
    places: int
    bounds: Bounds | None
    """[worst, best]; None where unknown time leaves them open."""
    coverage: Fraction
    """Percent of the judged time that the objective's probes know about."""
    verdict: Verdict
    certain: bool
    """Whether nothing that is still to come in the period can change the verdict."""
    clause: str | None
    budget_ms: Fraction | None
    """How much more may count as down before the whole period misses the target; below 0: overspent."""
    words: str
    """How it came about."""
    indicative: bool = False
    """Not ours to measure."""
    cases: tuple[RepairCase, ...] = ()
    """What a repair objective looked at."""
    missed_days: tuple[date, ...] = ()
    """Local days whose own value misses the target; only where the credit pays each bad day."""
    gate: str = ""
    """Why a breach doesn't pay (`only_if`), in words; empty: it does."""
    if_disputed_refused: Figure | None = None
    allowed_ms: Fraction | None = None
    """How much may count as down in the whole period, of which `budget_ms` is left."""
