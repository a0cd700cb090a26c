"""Judges circuits over a period: one alone, several as one, or the mean of parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from collector.circuits import Status
from collector.sla.availability import account
from collector.sla.calendar import Period, single_months
from collector.sla.case import Case, Judgement
from collector.sla.evidence import Evidence
from collector.sla.exclusions import excluded_of
from collector.sla.hours import off_hours
from collector.sla.judgement import judge
from collector.sla.means import joint_account, mean_coverage, mean_judgement
from collector.sla.objectives import Scene, Verdict
from collector.sla.reckoning import Excluded, Reckoned
from collector.sla.rules import Rules, Window, in_force
from collector.sla.scopes import Group, Member, in_service, joint_evidence, joint_excluded, joint_status
from collector.sla.spans import Spans
from collector.sla.status import status_of
from collector.sla.timeline import Timeline
from collector.sla.tracks import tracks_of
from config.contract import Contract, Terms
from config.objectives import Objective
from config.terms import INFINITE

BY_ACCOUNT = frozenset(
    {"availability", "time_to_repair", "start_of_repair", "response", "notification", "mttr"}
)
"""Metrics that look at outages: all others look at packets, loads or dates of each circuit."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A group of circuits judged over a period; `parts` are what a mean was taken of."""

    case: Case
    judgements: tuple[Judgement, ...]
    parts: tuple[Trial, ...] = ()
    members: tuple[Case, ...] = ()
    """The circuits' own cases, where there is no mean."""

    @property
    def single(self) -> tuple[Trial, ...]:
        """The trials that no mean was taken of: itself, or those of its parts."""
        return tuple(one for part in self.parts for one in part.single) or (self,)

    @property
    def outages(self) -> tuple[Reckoned, ...]:
        """All outages that are known, also those around the period, each once."""
        found = {
            (one.case.circuit.id, outage.start_ms): outage
            for one in self.single
            for outage in (one.case.account.outages if one.case.account else ())
        }
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Court:
    """Everything that stays the same while a group is judged again under another assumption."""

    contract: Contract
    terms: Terms
    group: Group
    period: Period
    now_ms: int
    known_to_ms: int
    """What is later is not looked at."""

    def trial(self, *, disputed: bool = False) -> Trial:
        """The group's trial; with `disputed` what we dispute is excluded too."""
        rules = Rules.of(self.terms, self.group.members[0][0].timezone)
        if rules.cycle.mean_of and rules.cycle.owns(self.period):
            parts = [self._over(self.group, month, disputed) for month in single_months(self.period)]
            return _mean(self.terms, parts, self.period)
        return self._over(self.group, self.period, disputed)

    def _over(self, group: Group, period: Period, disputed: bool) -> Trial:
        if group.how == "mean":
            alone = [Group(member[0].id, (member,), "alone") for member in group.members]
            return _mean(self.terms, [self._over(one, period, disputed) for one in alone], period)
        cases = [self._case(member, period, disputed) for member in group.members]
        case = cases[0] if group.how == "alone" else _joint(cases, group.how)
        return Trial(case, tuple(_judged(self.terms, case, cases, group.how)), (), tuple(cases))

    def _case(self, member: Member, period: Period, disputed: bool) -> Case:
        facts, evidence = member[0], member[1].until(self.known_to_ms)
        rules = Rules.of(self.terms, facts.timezone)
        window = in_force(self.contract, facts, period)[1]
        window = replace(window, end_ms=max(window.start_ms, min(self.now_ms, window.full_end_ms)))
        tracks = tracks_of(evidence.measured)
        status = status_of(tracks, evidence.intervals, rules.down, facts, window, self.known_to_ms)
        down = status.where(Status.DOWN).clip(window.start_ms, window.end_ms)
        first, last = _known(status, window, evidence)
        off = off_hours(rules.hours, rules.zone, first, last)
        excluded = excluded_of(self.terms.exclude, evidence.excuses, rules, off, disputed=disputed)
        return with_account(
            Case(
                terms=self.terms,
                rules=rules,
                circuit=facts,
                evidence=evidence,
                period=period,
                window=window,
                now_ms=self.now_ms,
                scene=Scene(tracks, facts, window, down),
                status=status,
                excluded=excluded,
                account=None,
                so_far_ms=rules.denominator_ms(period, window.start_ms, window.end_ms),
                full_ms=rules.denominator_ms(period, window.start_ms, window.full_end_ms),
                coverage=Fraction(0),
                closed=self.now_ms >= period.end_ms,
            )
        )


def _known(status: Timeline, window: Window, evidence: Evidence) -> tuple[int, int]:
    """The window, and whatever lies around it of time that is not up or that a ticket's clock may count."""
    ends = [window.start_ms, window.end_ms]
    ends += [at for one in status.stretches if one.status is not Status.UP for at in one[:2]]
    for ticket in evidence.tickets:
        moments = (ticket.opened_ms, ticket.reported_ms, ticket.closed_ms)
        ends += [at for at in moments if at is not None]
    return min(ends), max(ends)


def with_account(case: Case, without: frozenset[int] = frozenset()) -> Case:
    """The case with its account and coverage; outages that start at `without` count as up."""
    rules, window = case.rules, case.window
    if (
        (rules.down is None and case.evidence.intervals is None)
        or rules.policy is None
        or rules.denominator is None
    ):
        found = None
    else:
        found = account(
            case.status,
            rules,
            rules.policy,
            window,
            case.so_far_ms,
            case.excluded,
            case.evidence.tickets,
            without=without,
        )
    return replace(case, account=found, coverage=_coverage(case), without=without)


def unknown(case: Case) -> Spans:
    """Unknown time of the window that nobody's accepted note explains, inside service hours."""
    inside = case.status.where(Status.UNKNOWN).clip(case.window.start_ms, case.window.end_ms)
    return inside - case.excluded.everything


def _coverage(case: Case) -> Fraction:
    off = case.excluded.off_hours.clip(case.window.start_ms, case.window.end_ms).total_ms
    served = case.window.ms - off
    return Fraction(100 * (served - unknown(case).total_ms), served) if served else Fraction(0)


def _joint(cases: Sequence[Case], how: str) -> Case:
    """The case of circuits that are judged as one."""
    windows = [one.window for one in cases]
    window = Window(
        min(one.start_ms for one in windows),
        max(one.end_ms for one in windows),
        max(one.full_end_ms for one in windows),
    )
    cases = in_service(cases, how)
    first, status = cases[0], joint_status(cases, how)
    off = off_hours(first.rules.hours, first.rules.zone, *_known(status, window, joint_evidence(cases)))
    return with_account(
        replace(
            first,
            evidence=joint_evidence(cases),
            window=window,
            status=status,
            excluded=joint_excluded(cases, how, off),
            so_far_ms=first.rules.denominator_ms(first.period, window.start_ms, window.end_ms),
            full_ms=first.rules.denominator_ms(first.period, window.start_ms, window.full_end_ms),
        )
    )


def _judged(terms: Terms, case: Case, members: Sequence[Case], how: str) -> Iterable[Judgement]:
    for name, objective in objectives_of(terms).items():
        if how == "alone" or objective.metric in BY_ACCOUNT:
            yield judge(name, objective, case)
        else:
            served = [one for one in members if one.window.ms] or members
            yield _deciding([_of_circuit(judge(name, objective, one), one) for one in served], how)


def _of_circuit(one: Judgement, case: Case) -> Judgement:
    """The verdict, its words naming the circuit that was measured."""
    return one if one.measured is None else replace(one, words=f"{one.words}, {case.circuit.id}")


_ORDER = [Verdict.MET, Verdict.INSUFFICIENT_DATA, Verdict.BREACHED]


def _deciding(judgements: Sequence[Judgement], how: str) -> Judgement:
    """Of several circuits' verdicts the worst where any one fails all, the best where all must fail.

    Of those that say the same, the one with the worst figure, or the best.
    """
    choose = min if how == "all_down" else max
    verdict = choose((one.verdict for one in judgements), key=_ORDER.index)
    same = [one for one in judgements if one.verdict is verdict]
    days = [set(one.missed_days) for one in judgements]
    return replace(
        choose([one for one in same if one.measured is not None] or same, key=_badness),
        missed_days=tuple(sorted(set.intersection(*days) if how == "all_down" else set.union(*days))),
    )


def _badness(one: Judgement) -> tuple[bool, Fraction]:
    """The larger the worse; what is infinite is worse than any number."""
    if not isinstance(one.measured, Fraction):
        return one.measured == INFINITE, Fraction(0)
    return False, -one.measured if one.target is not None and one.target.wants_more else one.measured


def objectives_of(terms: Terms) -> dict[str, Objective]:
    """The contract's objectives by name, in the file's order."""
    return dict(terms.objectives.by_name()) if terms.objectives else {}


def retried(trial: Trial, terms: Terms, without: Callable[[Case], frozenset[int]]) -> Trial:
    """The trial once more; `without` gives the starts of a case's outages that count as up."""
    if trial.parts:
        return _mean(terms, [retried(one, terms, without) for one in trial.parts], trial.case.period)
    case = with_account(trial.case, without(trial.case))
    objectives = objectives_of(terms).items()
    judgements = (
        judge(name, objective, case) if objective.metric in BY_ACCOUNT else before
        for (name, objective), before in zip(objectives, trial.judgements, strict=True)
    )
    return replace(trial, case=case, judgements=tuple(judgements))


def _mean(terms: Terms, parts: Sequence[Trial], period: Period) -> Trial:
    if len(parts) == 1:
        return replace(parts[0], case=replace(parts[0].case, period=period))
    cases = [one.case for one in parts]
    judgements = [
        mean_judgement([one.judgements[place] for one in parts], cases)
        for place in range(len(objectives_of(terms)))
    ]
    first = cases[0]
    whole = replace(
        first,
        evidence=joint_evidence(cases),
        period=period,
        window=Window(
            min(one.window.start_ms for one in cases),
            max(one.window.end_ms for one in cases),
            max(one.window.full_end_ms for one in cases),
        ),
        excluded=Excluded(),
        account=joint_account([one.account for one in cases]),
        so_far_ms=sum((one.so_far_ms for one in cases), Fraction(0)),
        full_ms=sum((one.full_ms for one in cases), Fraction(0)),
        coverage=mean_coverage(cases),
        closed=first.now_ms >= period.end_ms,
    )
    return Trial(whole, tuple(judgements), tuple(parts))
