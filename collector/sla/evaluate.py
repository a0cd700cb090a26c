"""From a contract and what is known of its circuits to statements. Pure functions of what they are given.

While a period runs, a statement is of the time from its start to `now_ms`, verdicts as measured so
far; a verdict is `certain` once nothing to come can change it. That is so for availability as soon as
the whole period's allowance of downtime is spent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from collector.circuits import Status
from collector.sla import charges
from collector.sla.calendar import Period, local_day, parse_period
from collector.sla.case import Case, Judgement
from collector.sla.chronic import ChronicFinding, chronic
from collector.sla.claims import Block, ClaimFinding, claim_finding, outage_blocks, whole_blocks
from collector.sla.credits import Award, award
from collector.sla.objectives import Verdict
from collector.sla.reckoning import Reckoned
from collector.sla.rounding import shown
from collector.sla.rules import CircuitFacts, cycle_of, in_force, zone_of
from collector.sla.scopes import Group, Member, groups_of
from collector.sla.statement import Choice, CountedOutage, Credited, Reliability, Statement, Times
from collector.sla.steps import arithmetic, chronic_steps, claim_steps
from collector.sla.tracks import chosen as chosen_tracks
from collector.sla.trial import Court, Trial, retried, unknown
from config.contract import Contract

CAUSE = "cause:"
"""Begins the tag that says why a stretch of a history was down."""
EVER_MS = 2**62
"""Later than anything."""


def statements_of(
    contract: Contract,
    contract_id: str,
    circuits: Sequence[Member],
    period_text: str,
    *,
    now_ms: int | None,
    engine: str,
    config: str,
) -> list[Statement]:
    """A statement for each circuit, or each group that the contract's scope makes of them.

    `now_ms` None: when the period is just over, and whatever came later is known all the same.
    `engine` is this program's version, `config` the configuration's digest. Raises ValueError for a
    period that can't be read and for charges in several currencies.
    """
    if not circuits:
        return []
    period = period_of(contract, circuits[0][0], period_text, now_ms)
    terms = contract.terms_on(local_day(period.start_ms, period.zone))
    made = []
    for group in groups_of(terms, contract_id, circuits):
        period = period_of(contract, group.members[0][0], period_text, now_ms)
        made.append(
            evaluate(contract, contract_id, group, period, now_ms=now_ms, engine=engine, config=config)
        )
    return made


def period_of(contract: Contract, facts: CircuitFacts, text: str, now_ms: int | None) -> Period:
    """The period that `text` names in the contract's zone; raises ValueError.

    A version may cut its periods otherwise than the one before: that of the period's start cuts it.
    """
    if now_ms is None and text == "current":
        raise ValueError("'current' needs to know the time: say --now, or name the period")
    terms = contract.terms_on(local_day(now_ms or 0, facts.timezone))
    for _ in range(2):
        period = parse_period(text, zone_of(terms, facts.timezone), now_ms or 0, cycle_of(terms))
        terms = contract.terms_on(local_day(period.start_ms, period.zone))
    return parse_period(text, zone_of(terms, facts.timezone), now_ms or 0, cycle_of(terms))


@dataclass(frozen=True, slots=True)
class _Result:
    """What one reading of the contract makes of a period."""

    label: str
    trial: Trial
    award: Award
    chronic: ChronicFinding | None
    disputed: Trial | None

    @property
    def case(self) -> Case:
        return self.trial.case


def evaluate(
    contract: Contract,
    contract_id: str,
    group: Group,
    period: Period,
    *,
    now_ms: int | None,
    engine: str,
    config: str,
) -> Statement:
    """The statement of a group of circuits and a period."""
    readings = contract.alternatives()
    results = [_result(label, one, group, period, now_ms) for label, one in readings]
    chosen = min(results, key=lambda one: one.award.amount)
    undecided = [one.label for one in results] if len(results) > 1 else []
    judgements = _agreed(chosen, results)
    credit = _credited(chosen, undecided, group, pays=any(one.award.amount for one in results))
    claim = claim_finding(
        chosen.case,
        credit=bool(credit.amount),
        claimable=bool(credit.claimable),
    )
    case, times = chosen.case, _times(chosen.trial)
    return Statement(
        circuit=group.name,
        circuits=tuple(facts.id for facts, _ in group.members),
        contract=contract_id,
        carrier=contract.carrier,
        document=case.terms.document,
        effective=case.terms.effective,
        engine=engine,
        config=config,
        period=period,
        as_of_ms=period.end_ms if case.closed else case.window.end_ms,
        closed=case.closed,
        times=times,
        coverage=case.coverage,
        outages=tuple(_outages(chosen.trial)),
        reliability=_reliability(case, times),
        objectives=judgements,
        credit=credit,
        chronic=chosen.chronic,
        claim=claim,
        steps=tuple(_steps(chosen, judgements, credit, claim, group, times)),
        choices=tuple(_choice(one) for one in results) if undecided else (),
    )


def _result(label: str, contract: Contract, group: Group, period: Period, now_ms: int | None) -> _Result:
    terms = in_force(contract, group.members[0][0], period)[0]
    asked, known_to = (period.end_ms, EVER_MS) if now_ms is None else (now_ms, now_ms)
    court = Court(contract, terms, group, period, asked, known_to)
    trial = court.trial()
    return _Result(
        label,
        trial,
        award_of(trial, group),
        chronic(trial.case, trial.judgements, trial.outages),
        court.trial(disputed=True) if _disputes(trial.case) else None,
    )


def award_of(trial: Trial, group: Group) -> Award:
    """What the trial's verdicts pay, of the charges of all its circuits."""
    circuits, case = [facts for facts, _ in group.members], trial.case
    cycle, rate = case.rules.cycle, case.terms.day_rate

    def day(charge: Fraction) -> Fraction:
        if rate is None:
            raise ValueError("the contract pays in days and doesn't say what a day is: `day_rate`")
        return charges.day(charge, rate, case.period, cycle)

    def charge_of(base: charges.Base) -> Fraction | None:
        charged, paid = {facts.currency for facts in circuits} - {""}, case.terms.currency
        if paid not in {"circuit", *charged} and charged:
            raise ValueError(
                f"the charge is in {' and '.join(sorted(charged))}, and the contract pays a share of it in "
                f"{paid}: no rate of exchange is known; write `currency: circuit`, or the charge in {paid}"
            )
        return charges.charge(circuits, base, case.period, cycle, case.terms.effective)

    return award(case, trial.judgements, charge_of, day)


def _disputes(case: Case) -> bool:
    window = case.window
    return any(
        one.state == "disputed" and one.start_ms < window.end_ms and one.end_ms > window.start_ms
        for one in case.evidence.excuses
    )


def _agreed(chosen: _Result, results: Sequence[_Result]) -> tuple[Judgement, ...]:
    """The verdicts, where all readings of an undecided contract agree; marked where they aren't ours."""
    ours = chosen.case.terms.measured is None or chosen.case.terms.measured.ours
    found = []
    for place, one in enumerate(chosen.trial.judgements):
        verdicts = {result.trial.judgements[place].verdict for result in results}
        refused = chosen.disputed.judgements[place].measured if chosen.disputed else None
        verdict = one.verdict if len(verdicts) == 1 else Verdict.INSUFFICIENT_DATA
        found.append(replace(one, verdict=verdict, indicative=not ours, if_disputed_refused=refused))
    return tuple(found)


def _credited(chosen: _Result, undecided: Sequence[str], group: Group, *, pays: bool) -> Credited:
    """The credit, and what of it can be claimed: recomputed without the outages that can't be.

    `pays`: some reading of the contract pays something.
    """
    paid, case = chosen.award, chosen.case
    blocked: tuple[Block, ...] = ()
    claimable: Fraction | None = paid.amount
    if pays:
        single, whole = _outage_blocks(chosen.trial), whole_blocks(case, undecided)
        blocked = (*whole, *single)
        if whole:
            claimable = Fraction(0)
        elif single:
            claimable = award_of(retried(chosen.trial, case.terms, _blocked_starts), group).amount
    return Credited(
        currency=_currency(chosen.case, group),
        lines=paid.lines,
        before_caps=paid.before_caps,
        after_caps=paid.after_caps,
        amount=paid.amount,
        claimable=claimable,
        blocked=blocked,
    )


def _outage_blocks(trial: Trial) -> tuple[Block, ...]:
    """What bars single outages, in order of time; one that is in two months of a mean is named once."""
    found = {(one.case.circuit.id, block): None for one in trial.single for block in outage_blocks(one.case)}
    return tuple(sorted((block for _, block in found), key=lambda block: block.outage_ms or 0))


def _blocked_starts(case: Case) -> frozenset[int]:
    return frozenset(one.outage_ms for one in outage_blocks(case) if one.outage_ms is not None)


def _currency(case: Case, group: Group) -> str | None:
    if case.terms.currency != "circuit":
        return case.terms.currency
    return next((facts.currency for facts, _ in group.members if facts.currency), None)


def _times(trial: Trial) -> Times:
    """How the time adds up: of a mean over circuits, over all of their time."""
    parts = [_times(one) for one in trial.parts]
    account, case = trial.case.account, trial.case
    if not parts:
        inside = case.status.clip(case.window.start_ms, case.window.end_ms)
        down = inside.where(Status.DOWN).total_ms
        unknown_ms = unknown(case).total_ms
        period, up = case.window.ms, case.window.ms - down - unknown_ms
    else:
        period, up = sum(one.period for one in parts), sum(one.up for one in parts)
        down, unknown_ms = sum(one.down for one in parts), sum(one.unknown for one in parts)
    return Times(
        period=period,
        denominator=account.denominator_ms if account else None,
        up=up,
        down=down,
        counted_down=account.counted_ms if account else None,
        excluded=account.excluded_ms if account else 0,
        unknown=unknown_ms,
    )


def _reliability(case: Case, times: Times) -> Reliability:
    """MTBF = (period - counted) / outages, MTTR = counted / outages, over the outages that count."""
    account = case.account
    n = sum(one.counted_ms > 0 for one in account.here) if account else 0
    if account is None or not n:
        return Reliability()
    return Reliability(n, (times.period - account.counted_ms) / n, account.counted_ms / n)


def _outages(trial: Trial) -> list[CountedOutage]:
    """Those of each circuit and month, in order of time."""
    found = [
        _in_period(outage, one)
        for one in trial.single
        for outage in (one.case.account.here if one.case.account else ())
    ]
    return sorted(found, key=lambda one: one.start_ms)


def _in_period(whole: Reckoned, trial: Trial) -> CountedOutage:
    """What of an outage the statement tells: its piece where the period's edge cuts it, else all of it."""
    case = trial.case
    split = case.rules.across in {"split", None}
    start, end = (case.window.start_ms, case.window.end_ms) if split else (-(2**62), 2**62)
    down, clocked = whole.down.clip(start, end), whole.clocked.clip(start, end)
    told = (down or clocked or whole.down).pairs
    first, last = told[0][0], told[-1][1]
    return CountedOutage(
        start_ms=first,
        end_ms=last,
        down_ms=down.total_ms,
        excluded_ms=(clocked - whole.remaining).total_ms,
        counted_ms=whole.counted_ms,
        contractual_ms=clocked.total_ms,
        lost_to_late_ticket_ms=whole.lost_to_late_ticket_ms,
        cause=next(filter(None, (_cause(one, first, last) for one in trial.members)), ""),
        tickets=tuple(one.id for one in whole.tickets),
    )


def _cause(case: Case, start_ms: int, end_ms: int) -> str:
    """Why, as the history says, or else the most frequent reason of the failed rounds."""
    if case.evidence.intervals is not None:
        here = case.evidence.intervals.clip(start_ms, end_ms).stretches
        tags = (tag.removeprefix(CAUSE) for one in here for tag in sorted(one.tags) if tag.startswith(CAUSE))
        return next(tags, "")
    judges = chosen_tracks(dict(sorted(case.scene.tracks.items())), case.circuit.judged_by.availability)
    causes = (track.cause(start_ms, end_ms) for track in judges)
    return next((cause for cause in causes if cause), "")


def _choice(one: _Result) -> Choice:
    verdicts = tuple(
        (each.id, "" if each.measured is None else shown(each.measured, each.places), str(each.verdict))
        for each in one.trial.judgements
    )
    return Choice(one.label, verdicts, one.award.amount)


def _steps(
    chosen: _Result,
    judgements: Sequence[Judgement],
    credit: Credited,
    claim: ClaimFinding,
    group: Group,
    times: Times,
) -> Iterator[str]:
    yield from arithmetic(chosen.trial, judgements, group, times)
    yield from chosen.award.words
    yield from chronic_steps(chosen.chronic)
    yield from claim_steps(credit, claim, chosen.case)
