"""From what was measured to a verdict on one objective."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

from collector.sla import sampled
from collector.sla.calendar import DAY_MS, local_day
from collector.sla.case import Bounds, Case, Judgement, RepairCase
from collector.sla.found import Found, coverage, find, hindrance, part, scene_of, unit_of
from collector.sla.gates import closed_gate
from collector.sla.objectives import Finding, Verdict
from collector.sla.repairs import first_target
from collector.sla.rounding import PLACES, counted, in_words, rounded, shown, shown_time, trimmed
from collector.sla.windows import Windows, each_window, edges
from config.objectives import (
    AvailabilityObjective,
    EachWindow,
    Objective,
    RepairObjective,
    Sampled,
    ThroughputObjective,
    UtilisationObjective,
)
from config.terms import Figure, Target

IN_PARTS = (AvailabilityObjective, Sampled, UtilisationObjective, ThroughputObjective)
"""What has a figure in each part of a period."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How an objective's figures are rounded, and compared with its target."""

    objective: Objective
    target: Target | None

    def settle(self, figure: Fraction) -> Fraction:
        """The figure as the contract rounds it before it is judged."""
        how = self.objective.round
        return figure if how is None else rounded(figure, how.places, how.mode)

    def rounded(self, figure: Figure | None) -> Figure | None:
        """The same of any figure."""
        return self.settle(figure) if isinstance(figure, Fraction) else figure

    def misses(self, figure: Figure) -> bool:
        """Whether a figure that isn't rounded yet breaks the promise."""
        settled = self.settle(figure) if isinstance(figure, Fraction) else figure
        return self.target is not None and not self.target.met_by(
            in_unit_of_target(settled, unit_of(self.objective))
        )


def judge(name: str, objective: Objective, case: Case) -> Judgement:
    """The verdict on one objective."""
    target = first_target(objective) if isinstance(objective, RepairObjective) else objective.target
    scale = Scale(objective, target)
    why = hindrance(objective, case)
    if why:
        return _judgement(name, scale, case, Found(Finding(None, why), None, Fraction(0)))
    if objective.each_window is not None and target is not None and isinstance(objective, IN_PARTS):
        found = _by_window(objective, objective.each_window, target, case, scale)
    else:
        found = find(objective, case, scale.settle)
    judged = _judgement(name, scale, case, found)
    judged = replace(judged, missed_days=_missed_days(objective, case, scale, found))
    if judged.verdict is not Verdict.BREACHED:
        return judged
    scene = scene_of(case)

    def between(start_ms: int, end_ms: int) -> Finding:
        return part(objective, case, scene, start_ms, end_ms)

    return replace(judged, gate=closed_gate(name, objective, case, between, scale.misses))


def decide(
    target: Target,
    figure: Figure | None,
    ends: Bounds | None,
    coverage: Fraction,
    needed: Fraction | None,
    unit: str = "",
) -> Verdict:
    """Met or breached; under the needed coverage only where both bounds say the same.

    Figures are in `unit`, that of statements: a target's times are in milliseconds.
    """
    if needed is not None and coverage < needed:
        if ends is None:
            return Verdict.INSUFFICIENT_DATA
        worst, best = (in_unit_of_target(end, unit) for end in ends)
        if target.met_by(worst) is not target.met_by(best):
            return Verdict.INSUFFICIENT_DATA
        figure = ends[0]
    if figure is None:
        return Verdict.INSUFFICIENT_DATA
    return Verdict.MET if target.met_by(in_unit_of_target(figure, unit)) else Verdict.BREACHED


def in_unit_of_target(figure: Figure, unit: str) -> Figure:
    """Statements give repairs in seconds; all targets that are times are in milliseconds."""
    return figure * 1000 if unit == "s" and isinstance(figure, Fraction) else figure


def _judgement(name: str, scale: Scale, case: Case, found: Found) -> Judgement:
    objective, unit = scale.objective, unit_of(scale.objective)
    figure = scale.rounded(found.finding.figure)
    ends = None
    if found.ends is not None:
        worst, best = (scale.rounded(end) for end in found.ends)
        ends = None if worst is None or best is None else (worst, best)
    verdict = found.verdict
    if verdict is None and scale.target is not None:
        verdict = decide(scale.target, figure, ends, found.coverage, case.rules.coverage, unit)
    return Judgement(
        id=name,
        metric=objective.metric,
        target=scale.target,
        measured=figure,
        unit=unit,
        places=objective.round.places if objective.round else PLACES,
        bounds=ends,
        coverage=found.coverage,
        verdict=verdict or Verdict.INSUFFICIENT_DATA,
        certain=case.closed or (found.certain and verdict is Verdict.BREACHED),
        clause=objective.clause,
        budget_ms=found.budget_ms,
        words=found.finding.words,
        cases=found.cases,
        allowed_ms=found.allowed_ms,
    )


def _parts(objective: Objective, case: Case, length_ms: int) -> list[tuple[int, Finding]]:
    """What each stretch of the window measured, with its start."""
    window = case.window
    scene = scene_of(case)
    if isinstance(objective, Sampled):
        scene = sampled.in_parts(objective, scene)
    cuts = edges(window.start_ms, window.end_ms, length_ms, case.rules.zone)
    return [(start, part(objective, case, scene, start, end)) for start, end in pairwise(cuts)]


def _by_window(objective: Objective, rule: EachWindow, target: Target, case: Case, scale: Scale) -> Found:
    """A verdict a window: the worst one's figure, and a breach where so many in a row miss."""
    figures = [(start, one.figure) for start, one in _parts(objective, case, rule.of.ms)]
    finding, breached = each_window(rule, target, Windows(figures, scale.misses), case.rules.zone)
    covered = coverage(objective, case)
    verdict = Verdict.BREACHED if breached else Verdict.MET
    needed = case.rules.coverage
    if finding.figure is None or (needed is not None and covered < needed):
        verdict = Verdict.INSUFFICIENT_DATA
    known = (finding.figure, finding.figure) if finding.figure is not None and covered == 100 else None
    return Found(finding, known, covered, verdict)


def _missed_days(objective: Objective, case: Case, scale: Scale, found: Found) -> tuple[date, ...]:
    """Local days whose own value misses; of repairs those on which a case that missed began."""
    credit, zone = objective.pays(), case.rules.zone
    if credit is None or not credit.each_day or isinstance(objective, AvailabilityObjective):
        return ()
    if found.cases:
        opened = {ticket.id: ticket.opened_ms for ticket in case.evidence.tickets}
        missed = [_began_ms(one, opened) for one in found.cases if one.missed]
        return tuple(sorted({local_day(at, zone) for at in missed if at is not None}))
    if not isinstance(objective, IN_PARTS):
        return ()
    days = _parts(objective, case, DAY_MS)
    return tuple(
        local_day(start, zone) for start, one in days if one.figure is not None and scale.misses(one.figure)
    )


def _began_ms(one: RepairCase, opened: dict[str, int]) -> int | None:
    return one.outage_ms if one.outage_ms is not None else opened.get(one.ticket or "")


def sentence(one: Judgement) -> str:
    """The verdict in words: `availability = 1 - ... = 99.9375%, target >= 99.9%: met`."""
    target = f", target {in_words(one.target)}" if one.target else ""
    clause = f" (clause {one.clause})" if one.clause else ""
    verdict = one.verdict.replace("_", " ")
    gate = f"; it does not pay: {one.gate}" if one.gate else ""
    if one.measured is None and one.verdict is Verdict.INSUFFICIENT_DATA:
        return f"{one.id}{target}{clause}: not judged: {one.words.removeprefix('= ')}"
    if one.measured is None:
        return f"{one.id}{target}{clause}: {verdict}: {one.words}{gate}"
    begins = "" if one.words.startswith("=") else ":"
    figure = figure_words(one.measured, one.unit, one.places)
    return f"{one.id}{begins} {one.words} = {figure}{target}{clause}: {verdict}{gate}"


def figure_words(figure: Figure, unit: str, places: int = PLACES) -> str:
    """The figure as a person says it: `99.9375%`, `20.3 ms`, `60 min`, `2 business days`.

    Where the contract rounds it, it has that many places.
    """
    if not isinstance(figure, Fraction):
        return figure
    if unit == "s":
        return shown_time(figure * 1000)
    if unit == "bd":
        return counted(int(figure), "business day")
    number = trimmed(figure) if places == PLACES else shown(figure, places)
    return number + {"%": "%", "": ""}.get(unit, f" {unit}")
