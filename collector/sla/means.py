"""A mean over parts: over the circuits of a scope, or over the months of a longer look back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from collector.sla.calendar import local_day, spoken
from collector.sla.case import Bounds, Case, Judgement
from collector.sla.judgement import decide, figure_words
from collector.sla.objectives import Verdict
from collector.sla.reckoning import Account
from collector.sla.rounding import counted
from config.contract import MeanOfMonths
from config.terms import INFINITE, Figure

MOST_NAMED = 12
"""So many parts of a mean are told one by one."""
EACH_CASE = frozenset({"time_to_repair", "start_of_repair", "response", "notification"})
"""Metrics whose promise is about every case: there is no mean of those."""


def mean_judgement(parts: Sequence[Judgement], cases: Sequence[Case]) -> Judgement:
    """One verdict on the mean of the parts' figures; a part without a figure is in no mean.

    A part in which nothing was in service, or the contract didn't hold yet, is no part at all.
    """
    judged = [(one, case) for one, case in zip(parts, cases, strict=True) if case.window.ms]
    if judged:
        parts, cases = [one for one, _ in judged], [case for _, case in judged]
    if parts[0].metric in EACH_CASE:
        return _pooled(parts)
    weights = [_weight(case) for case in cases]
    having = [(one, weight) for one, weight in zip(parts, weights, strict=True) if one.measured is not None]
    figure = _mean([(one.measured, weight) for one, weight in having if one.measured is not None])
    coverage = sum((one.coverage * weight for one, weight in zip(parts, weights, strict=True)), Fraction(0))
    coverage = coverage / (sum(weights) or 1)
    ends = _bounds([(one.bounds, weight) for one, weight in having])
    first = parts[0]
    needed = cases[0].rules.coverage
    verdict = (
        _worst(parts)
        if first.target is None or not having
        else decide(first.target, figure, ends, coverage, needed, first.unit)
    )
    return replace(
        first,
        measured=figure,
        bounds=ends,
        coverage=coverage,
        verdict=verdict,
        certain=_certain(parts, cases),
        budget_ms=None,
        allowed_ms=None,
        words=_words(parts, cases) if having else first.words,
        cases=tuple(case for one in parts for case in one.cases),
        missed_days=tuple(sorted({day for one in parts for day in one.missed_days})),
        gate=_gate(parts),
    )


def _certain(parts: Sequence[Judgement], cases: Sequence[Case]) -> bool:
    """A part that still runs may make up for the others, unless all of them are lost for good."""
    if all(case.closed for case in cases):
        return True
    return all(one.certain and one.verdict is Verdict.BREACHED for one in parts)


def _gate(parts: Sequence[Judgement]) -> str:
    """What stops the payout is told of parts that are broken: it must stop each of them."""
    gates = [one.gate for one in parts if one.verdict is Verdict.BREACHED]
    return gates[0] if gates and all(gates) else ""


def mean_coverage(cases: Sequence[Case]) -> Fraction:
    """Percent that is known, as a mean over the parts in which there was something to know."""
    judged = [(case.coverage, _weight(case)) for case in cases if case.window.ms]
    total = sum((weight for _, weight in judged), Fraction(0))
    return sum((coverage * weight for coverage, weight in judged), Fraction(0)) / (total or 1)


def part_names(cases: Sequence[Case]) -> list[str]:
    """What tells the parts of a mean from each other: their months, or their circuits."""
    if len({case.period for case in cases}) == 1:
        return [case.circuit.id for case in cases]
    one_year = len({local_day(case.period.end_ms - 1, case.rules.zone).year for case in cases}) == 1
    whole = [spoken(case.period).removesuffix(f" in {case.period.zone}") for case in cases]
    return [name.rsplit(" ", 1)[0] if one_year else name for name in whole]


def _words(parts: Sequence[Judgement], cases: Sequence[Case]) -> str:
    """`the mean of February 99.925595%, March 100%`."""
    named = [
        f"{name} {figure_words(one.measured, one.unit, one.places)}"
        for name, one in zip(part_names(cases), parts, strict=True)
        if one.measured is not None
    ]
    told = ", ".join(named) if len(named) <= MOST_NAMED else counted(len(named), "figure")
    period = cases[0].terms.period
    weighted = isinstance(period, MeanOfMonths) and period.weighted
    return f"the mean of {told}{', each by its length' if weighted else ''}"


def _pooled(parts: Sequence[Judgement]) -> Judgement:
    """All parts' cases together: the longest, or the share that was in time."""
    first, found = parts[0], tuple(case for one in parts for case in one.cases)
    cases = f"{counted(len(found), 'case')}, {sum(case.missed for case in found):,} of them too long"
    figures = [one.measured for one in parts if isinstance(one.measured, Fraction)]
    figure: Figure | None = max(figures, default=None)
    verdict = _worst(parts)
    if first.unit == "%" and first.target is not None and found:
        share = Fraction(100 * sum(not case.missed for case in found), len(found))
        figure = share
        if not any(one.verdict is Verdict.INSUFFICIENT_DATA for one in parts):
            verdict = Verdict.MET if first.target.met_by(share) else Verdict.BREACHED
    return replace(
        first,
        measured=figure,
        bounds=None,
        verdict=verdict,
        certain=all(one.certain for one in parts),
        words=f"the share in time of {cases}" if first.unit == "%" else f"the longest of {cases}",
        cases=found,
        gate=_gate(parts),
    )


def _worst(parts: Sequence[Judgement]) -> Verdict:
    """Where there is no one target to hold a mean against, a part that is broken breaks the whole."""
    verdicts = {one.verdict for one in parts}
    return next(one for one in (Verdict.BREACHED, Verdict.INSUFFICIENT_DATA, Verdict.MET) if one in verdicts)


def _weight(case: Case) -> Fraction:
    period = case.terms.period
    weighted = isinstance(period, MeanOfMonths) and period.weighted
    return Fraction(case.window.ms) if weighted else Fraction(1)


def _mean(figures: Sequence[tuple[Figure, Fraction]]) -> Figure | None:
    if any(not isinstance(figure, Fraction) for figure, _ in figures):
        return INFINITE
    total = sum((weight for _, weight in figures), Fraction(0))
    summed = sum((figure * weight for figure, weight in figures if isinstance(figure, Fraction)), Fraction(0))
    return summed / total if total else None


def _bounds(parts: Sequence[tuple[Bounds | None, Fraction]]) -> Bounds | None:
    known = [(ends, weight) for ends, weight in parts if ends is not None]
    if not known or len(known) < len(parts):
        return None
    worst = _mean([(ends[0], weight) for ends, weight in known])
    best = _mean([(ends[1], weight) for ends, weight in known])
    return None if worst is None or best is None else (worst, best)


def joint_account(accounts: Sequence[Account | None]) -> Account | None:
    """The parts' times added up, with the outages that belong to one; None where one has no account."""
    known = [one for one in accounts if one is not None]
    if len(known) < len(accounts) or not known:
        return None
    by_day = dict[date, Fraction]()
    for day, ms in (pair for one in known for pair in one.by_day.items()):
        by_day[day] = by_day.get(day, Fraction(0)) + ms
    return Account(
        outages=tuple(sorted((out for one in known for out in one.here), key=lambda out: out.start_ms)),
        sum_ms=sum((one.sum_ms for one in known), Fraction(0)),
        free_ms=sum((one.free_ms for one in known), Fraction(0)),
        denominator_ms=sum((one.denominator_ms for one in known), Fraction(0)),
        unknown_ms=sum(one.unknown_ms for one in known),
        excluded_ms=sum(one.excluded_ms for one in known),
        by_day=by_day,
        free_is_target=known[0].free_is_target,
    )
