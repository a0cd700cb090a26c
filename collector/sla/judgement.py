"""From what was measured to a verdict on one objective."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from collector.sla.availability import Account, bounds
from collector.sla.objectives import Finding, Scene, Verdict, find
from collector.sla.rounding import PLACES, rounded, shown, shown_time
from collector.sla.rules import Rules
from collector.sla.timeline import Timeline
from config.objectives import (
    AvailabilityObjective,
    JitterObjective,
    Judged,
    LossObjective,
    Objective,
    RttObjective,
    ShareAbove,
)
from config.terms import Figure, Target

Bounds = tuple[Figure, Figure]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One objective's verdict. Figures and bounds are in `unit`: percentage points or milliseconds."""

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
    """Computed without a rule of the contract that could change it, or not ours to measure."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that verdicts on one circuit and period are made of."""

    rules: Rules
    scene: Scene
    status: Timeline
    account: Account | None
    """None where the contract's rule for availability isn't evaluated."""
    so_far_ms: Fraction
    """The denominator of the time so far, before unknown time leaves it."""
    full_ms: Fraction
    """The same of the whole period."""
    coverage: Fraction
    closed: bool


def judge(name: str, objective: Objective, case: Case) -> Judgement:
    """The verdict on one objective."""
    hindrance = _hindrance(objective, case.rules)
    if hindrance or not isinstance(objective, Judged):
        return _unjudged(name, objective, hindrance)
    judged = _availability(name, objective, case) if isinstance(objective, AvailabilityObjective) else None
    return judged or _over_packets(name, objective, case)


def decide(
    target: Target, figure: Figure | None, ends: Bounds | None, coverage: Fraction, needed: Fraction | None
) -> Verdict:
    """Met or breached; under the needed coverage only where both bounds say the same."""
    if needed is not None and coverage < needed:
        if ends is None or target.met_by(ends[0]) is not target.met_by(ends[1]):
            return Verdict.INSUFFICIENT_DATA
        figure = ends[0]
    if figure is None:
        return Verdict.INSUFFICIENT_DATA
    return Verdict.MET if target.met_by(figure) else Verdict.BREACHED


def _hindrance(objective: Objective, rules: Rules) -> str:
    """Why an objective can't be judged; empty when it can."""
    if not isinstance(objective, Judged):
        return "this metric is not judged by this version"
    if rules.policy is None:
        return "the contract doesn't say yet what unknown time counts as"
    needs_status = isinstance(objective, AvailabilityObjective) or objective.only_available()
    if needs_status and rules.down is None:
        return "the contract's outage.down is undecided, or of a form that this version doesn't evaluate"
    if isinstance(objective, AvailabilityObjective) and rules.denominator is None:
        return "the contract doesn't say yet what the denominator is"
    shares = isinstance(objective, RttObjective | JitterObjective) and isinstance(objective.stat, ShareAbove)
    return "a share of packets above a delay is not judged by this version" if shares else ""


def _unjudged(name: str, objective: Objective, why: str) -> Judgement:
    unit = "%" if objective.target is not None and objective.target.unit == "%" else "ms"
    return Judgement(
        id=name,
        metric=objective.metric,
        target=objective.target,
        measured=None,
        unit=unit,
        places=PLACES,
        bounds=None,
        coverage=Fraction(0),
        verdict=Verdict.INSUFFICIENT_DATA,
        certain=False,
        clause=objective.clause,
        budget_ms=None,
        words=why,
    )


def _availability(name: str, objective: AvailabilityObjective, case: Case) -> Judgement | None:
    account = case.account
    if account is None:
        return None
    window, rules = case.scene.window, case.rules
    figure = account.percent
    ends = bounds(case.status, rules, window, case.so_far_ms, figure)
    allowed = (1 - objective.target.value / 100) * (case.full_ms - account.unknown_ms)
    budget = allowed - account.counted_ms
    spent = budget < 0 or (budget == 0 and objective.target.operator == ">")
    words = (
        f"= 1 - {shown_time(account.counted_ms)} counted / {shown_time(account.denominator_ms)}"
        if figure is not None
        else "no time to judge"
    )
    judged = _judged(name, objective, case, Finding(figure, words), ends, case.coverage)
    return replace(judged, certain=judged.certain or spent, budget_ms=budget)


def _over_packets(name: str, objective: Objective, case: Case) -> Judgement:
    if not isinstance(objective, RttObjective | LossObjective | JitterObjective):
        return _unjudged(name, objective, "this metric is not judged by this version")
    finding, coverage = find(objective, case.scene)
    whole = finding.figure is not None and coverage == 100
    ends = (finding.figure, finding.figure) if whole and finding.figure is not None else None
    return _judged(name, objective, case, finding, ends, coverage)


def _judged(
    name: str, objective: Judged, case: Case, finding: Finding, ends: Bounds | None, coverage: Fraction
) -> Judgement:
    figure = _rounded(objective, finding.figure)
    ends = None if ends is None else (_round(objective, ends[0]), _round(objective, ends[1]))
    places = objective.round.places if objective.round else PLACES
    verdict = decide(objective.target, figure, ends, coverage, case.rules.coverage)
    return Judgement(
        id=name,
        metric=objective.metric,
        target=objective.target,
        measured=figure,
        unit="ms" if isinstance(objective, RttObjective | JitterObjective) else "%",
        places=places,
        bounds=ends,
        coverage=coverage,
        verdict=verdict,
        certain=case.closed,
        clause=objective.clause,
        budget_ms=None,
        words=finding.words,
    )


def _rounded(objective: Judged, figure: Figure | None) -> Figure | None:
    return None if figure is None else _round(objective, figure)


def _round(objective: Judged, figure: Figure) -> Figure:
    if objective.round is None or not isinstance(figure, Fraction):
        return figure
    return rounded(figure, objective.round.places, objective.round.mode)


def sentence(one: Judgement) -> str:
    """The verdict in words: `availability = 1 - ... = 99.9375%, target >= 99.9%: met`."""
    target = f", target {one.target}" if one.target else ""
    clause = f" (clause {one.clause})" if one.clause else ""
    if one.measured is None:
        return f"{one.id}{target}{clause}: not judged: {one.words.removeprefix('= ')}"
    unit = "" if not isinstance(one.measured, Fraction) else "%" if one.unit == "%" else " ms"
    verdict = one.verdict.replace("_", " ")
    return f"{one.id} {one.words} = {shown(one.measured, one.places)}{unit}{target}{clause}: {verdict}"
