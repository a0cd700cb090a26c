"""What each objective of a contract measured, before its target decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from collector.circuits import Status
from collector.sla import load, sampled
from collector.sla.availability import bounds
from collector.sla.case import Bounds, Case, RepairCase
from collector.sla.delivery import delivery
from collector.sla.objectives import Finding, Scene, Verdict
from collector.sla.reckoning import Account
from collector.sla.repairs import Settle, mttr, repairs, share_of, told
from collector.sla.rounding import shown_time
from collector.sla.spans import Spans
from config.objectives import (
    AvailabilityObjective,
    DeliveryObjective,
    JitterObjective,
    MosObjective,
    MttrObjective,
    Objective,
    OneWayDelayObjective,
    RepairObjective,
    RttObjective,
    Sampled,
    ShareAbove,
    ThroughputObjective,
    UtilisationObjective,
)
from probes.values import Duration

WHOLE = Fraction(100)
Unit = Literal["%", "ms", "s", "bd", ""]


@dataclass(frozen=True, slots=True)
class Found:
    """What an objective measured, its bounds (None: open), and how much of the time is known."""

    finding: Finding
    ends: Bounds | None
    coverage: Fraction
    verdict: Verdict | None = None
    """Where the target alone doesn't decide."""
    certain: bool = False
    """Whether nothing to come can change a breach, however the period goes on."""
    cases: tuple[RepairCase, ...] = ()
    budget_ms: Fraction | None = None
    allowed_ms: Fraction | None = None


def unit_of(objective: Objective) -> Unit:
    """The unit in which a statement gives its figure."""
    if isinstance(objective, RttObjective | OneWayDelayObjective | JitterObjective):
        return "%" if isinstance(objective.stat, ShareAbove) else "ms"
    if isinstance(objective, MttrObjective):
        return "s"
    if isinstance(objective, RepairObjective):
        return "%" if objective.share is not None else "s"
    if isinstance(objective, DeliveryObjective):
        return "bd"
    return "" if isinstance(objective, MosObjective) else "%"


def hindrance(objective: Objective, case: Case) -> str:
    """Why an objective can't be judged; empty when it can."""
    by_outages = isinstance(objective, AvailabilityObjective | MttrObjective | RepairObjective)
    if by_outages and case.account is None:
        return _undecided(case)
    needs_status = isinstance(objective, Sampled) and objective.only_available()
    if needs_status and case.rules.down is None and case.evidence.intervals is None:
        return "the contract doesn't say yet what is down, and only available time is judged"
    return ""


def _undecided(case: Case) -> str:
    if case.rules.policy is None:
        return "the contract doesn't say yet what unknown time counts as"
    if case.rules.denominator is None:
        return "the contract doesn't say yet what the denominator is"
    return "the contract doesn't say yet what an outage is"


def find(objective: Objective, case: Case, settle: Settle) -> Found:
    """What the objective measured in the case's window."""
    start, end = case.window.start_ms, case.window.end_ms
    if isinstance(objective, DeliveryObjective):
        return _delivery(objective, case)
    if case.account is not None and isinstance(objective, RepairObjective):
        return _repairs(objective, case, case.account, settle)
    if case.account is not None and isinstance(objective, MttrObjective):
        return _mttr(objective, case, case.account)
    if case.account is not None and isinstance(objective, AvailabilityObjective):
        return _availability(objective, case, case.account)
    return _known(part(objective, case, scene_of(case), start, end), coverage(objective, case))


def part(objective: Objective, case: Case, scene: Scene, start_ms: int, end_ms: int) -> Finding:
    """What it measured in any stretch of time, taken alone; the scene is the case's (`scene_of`)."""
    if isinstance(objective, Sampled):
        return sampled.find(objective, scene.between(start_ms, end_ms))
    if isinstance(objective, UtilisationObjective | ThroughputObjective):
        return load.load(objective, case.evidence.loads, start_ms, end_ms)
    if isinstance(objective, AvailabilityObjective) and case.account is not None:
        return _availability_between(case, case.account, start_ms, min(end_ms, case.window.end_ms))
    return Finding(None, "a part of a period has no such figure")


def scene_of(case: Case) -> Scene:
    """The case's scene with all that packets are judged by."""
    return replace(
        case.scene,
        left_out=case.status.where(Status.DOWN) | case.excluded.everything,
        loads=case.evidence.loads,
        zone=case.rules.zone,
    )


def coverage(objective: Objective, case: Case) -> Fraction:
    """Percent of the window's service hours that is known; noted time that takes effect isn't unknown."""
    if isinstance(objective, AvailabilityObjective):
        return case.coverage
    if isinstance(objective, Sampled):
        known = case.scene.known(sampled.tracks_of(objective))
    else:
        known = load.known(case.evidence.loads)
    asked = Spans.of([(case.window.start_ms, case.window.end_ms)]) - case.excluded.off_hours
    having = (known | case.excluded.noted) & asked
    return WHOLE * having.total_ms / asked.total_ms if asked else Fraction(0)


def _known(finding: Finding, covered: Fraction) -> Found:
    whole = finding.figure is not None and covered == WHOLE
    ends = (finding.figure, finding.figure) if whole and finding.figure is not None else None
    return Found(finding, ends, covered)


def _availability(objective: AvailabilityObjective, case: Case, account: Account) -> Found:
    if not case.coverage:
        # a policy says what gaps count as; where nothing at all is known there is nothing to fill them with
        nothing = Finding(None, "nothing is known of the period")
        return Found(nothing, None, case.coverage, Verdict.INSUFFICIENT_DATA)
    figure = account.percent
    ends = bounds(
        case.status,
        case.rules,
        case.window,
        case.so_far_ms,
        case.excluded,
        case.evidence.tickets,
        figure,
        case.without,
    )
    allowed = _allowed_ms(objective, case, account)
    budget = allowed - account.sum_ms
    down = account.sum_ms if account.free_is_target else account.counted_ms
    words = (
        f"= 1 - {shown_time(down)} counted / {shown_time(account.denominator_ms)}"
        if figure is not None
        else "no time to judge"
    )
    spent = budget < 0 or (budget == 0 and objective.target.operator == ">")
    finding = Finding(figure, words)
    return Found(finding, ends, case.coverage, certain=spent, budget_ms=budget, allowed_ms=allowed)


def _allowed_ms(objective: AvailabilityObjective, case: Case, account: Account) -> Fraction:
    """How much may count as down in the whole period: what the target leaves, and what is free."""
    minimum = case.rules.minimum
    free = minimum.allowance.ms if minimum and isinstance(minimum.allowance, Duration) else 0
    left_the_denominator = case.so_far_ms - account.denominator_ms
    return (1 - objective.target.value / 100) * (case.full_ms - left_the_denominator) + free


def _availability_between(case: Case, account: Account, start_ms: int, end_ms: int) -> Finding:
    """The same of a part of the period, or of time before it: there whatever remains counts."""
    counted = Spans.of(
        pair for one in account.outages for pair in (one.counted if one.belongs else one.remaining)
    )
    clocked = Spans.of(pair for one in account.outages for pair in one.clocked)
    excluded = case.excluded
    out = excluded.window | excluded.off_hours | (excluded.both & clocked)
    if case.rules.policy in {"exclude", "carry"}:
        status = case.status.carried() if case.rules.policy == "carry" else case.status
        out |= status.where(Status.UNKNOWN) - excluded.noted
    asked = Spans.of([(start_ms, end_ms)]) - out
    if not asked:
        return Finding(None, "no time to judge")
    down = (counted & asked).total_ms
    words = f"= 1 - {shown_time(down)} counted / {shown_time(asked.total_ms)}"
    return Finding(WHOLE * (1 - Fraction(down, asked.total_ms)), words)


def _repairs(objective: RepairObjective, case: Case, account: Account, settle: Settle) -> Found:
    """Each case that took too long is a breach for good; a share of the cases may still change."""
    found = repairs(objective, case, account, settle)
    covered = case.coverage if objective.metric == "time_to_repair" else WHOLE
    none = Found(Finding(None, told(found, objective.share)), None, covered, _none(covered, case))
    if not found.cases and not found.untold:
        return none
    if objective.share is not None:
        figure, ends = share_of(found)
        decided = _share_verdict(objective.share.at_least, ends)
        return replace(
            none,
            finding=replace(none.finding, figure=figure),
            ends=ends if covered == WHOLE else None,
            verdict=decided if found.untold else None,
            cases=found.cases,
        )
    longest = None if found.longest_ms is None else found.longest_ms / 1000
    known = _known(replace(none.finding, figure=longest), covered)
    if found.missed:
        return replace(known, verdict=Verdict.BREACHED, certain=True, cases=found.cases)
    if found.untold:
        return replace(known, ends=None, verdict=Verdict.INSUFFICIENT_DATA, cases=found.cases)
    return replace(known, verdict=_none(covered, case), cases=found.cases)


def _share_verdict(at_least: Fraction, ends: tuple[Fraction, Fraction]) -> Verdict:
    worst, best = ends
    if worst >= at_least:
        return Verdict.MET
    return Verdict.INSUFFICIENT_DATA if best >= at_least else Verdict.BREACHED


def _none(covered: Fraction, case: Case) -> Verdict:
    """Nothing that took too long was seen: that is good where enough was looked at."""
    needed = case.rules.coverage
    blind = covered == 0 or (needed is not None and covered < needed)
    return Verdict.INSUFFICIENT_DATA if blind else Verdict.MET


def _mttr(objective: MttrObjective, case: Case, account: Account) -> Found:
    found = _known(mttr(objective, account), case.coverage)
    return found if found.finding.figure is not None else replace(found, verdict=_none(case.coverage, case))


def _delivery(objective: DeliveryObjective, case: Case) -> Found:
    """What has not come by now only gets later: once too late it is so for good."""
    finding = delivery(case)
    if finding.figure is None:
        return Found(finding, None, WHOLE, Verdict.MET)
    late = not objective.target.met_by(finding.figure)
    return replace(_known(finding, WHOLE), certain=late or case.circuit.delivered is not None)
