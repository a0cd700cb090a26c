"""A statement's arithmetic in plain words, to read against the paper: a pure function of the statement.

Times are those of a clock on the wall in the contract's zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from collector.sla.calendar import moment, spoken
from collector.sla.case import Case, Judgement
from collector.sla.chronic import ChronicFinding
from collector.sla.claims import ClaimFinding
from collector.sla.counting_steps import Part, counting
from collector.sla.exclusions import why
from collector.sla.judgement import sentence
from collector.sla.means import part_names
from collector.sla.rates import money
from collector.sla.rounding import in_words, joined, shown_time, trimmed
from collector.sla.scopes import Group
from collector.sla.statement import Credited, Times
from collector.sla.trial import Trial
from collector.sla.wording import POLICIES, down_words, scope_words
from config.contract import Scope


def arithmetic(trial: Trial, judgements: Sequence[Judgement], group: Group, times: Times) -> Iterator[str]:
    """Every step from the calendar to the verdicts."""
    case = trial.case
    scope = case.terms.scope
    if isinstance(scope, Scope) and len(group.members) > 1:
        yield scope_words(scope, joined([facts.id for facts, _ in group.members]))
    yield from _calendar(case)
    yield from _status(case, times, len(group.members) if group.how == "mean" else 1)
    yield from why(case.terms.exclude, case.evidence.excuses, case.rules, case.window)
    if case.account is not None:
        yield from counting(case, case.account, list(_parts(trial)))
    for one in judgements:
        yield sentence(one)
        if one.budget_ms is not None and not case.closed:
            yield _budget(one, one.budget_ms)


def _parts(trial: Trial, name: str = "") -> Iterator[Part]:
    """What outages and denominators belong to: one part without a name, or those of a mean."""
    if not trial.parts:
        yield Part(name, trial.case)
        return
    parts = [one for one in trial.parts if one.case.window.ms] or trial.parts
    for own, part in zip(part_names([one.case for one in parts]), parts, strict=True):
        yield from _parts(part, f"{name}, {own}" if name else own)


def _calendar(case: Case) -> Iterator[str]:
    period, window = case.period, case.window
    yield f"{spoken(period)} has {shown_time(period.end_ms - period.start_ms)}"
    if not case.rules.cycle.owns(period):
        yield "This is no period of the contract: it was asked for, and is judged in its place"
    if (window.start_ms, window.full_end_ms) != (period.start_ms, period.end_ms):
        yield (
            f"In service and under contract from {_at(window.start_ms, case)} to "
            f"{_at(window.full_end_ms, case)}: {shown_time(window.full_end_ms - window.start_ms)}"
        )
    if not case.closed:
        yield f"The period still runs: judged up to {_at(window.end_ms, case)}, {shown_time(window.ms)}"


def _at(at_ms: int, case: Case) -> str:
    return moment(at_ms, case.rules.zone)


def _status(case: Case, times: Times, circuits: int) -> Iterator[str]:
    if case.evidence.intervals is not None:
        yield "When the circuit was down is taken from the history's intervals"
    elif case.rules.down is not None:
        yield f"Down is {in_words(down_words(case.rules.down))}"
    else:
        yield "The contract doesn't say yet what down is: the status is unknown"
    together = f"Of {circuits:,} circuits together: up" if circuits > 1 else "Up"
    yield (
        f"{together} {shown_time(times.up)}, down {shown_time(times.down)}, "
        f"unknown {shown_time(times.unknown)}: {trimmed(case.coverage)}% of the time is known"
    )
    if times.unknown and case.rules.policy:
        yield f"Unknown time: {POLICIES[case.rules.policy]}"


def _budget(one: Judgement, left: Fraction) -> str:
    if left < 0:
        return f"{one.id} is {shown_time(-left)} over what the whole period allows: it stays so"
    return f"{one.id} leaves {shown_time(left)} of downtime for the rest of the period"


def chronic_steps(found: ChronicFinding | None) -> Iterator[str]:
    """What the chronic rules found."""
    if found is None:
        return
    for rule in found.rules:
        yield f"Chronic: {in_words(rule.text)}: {'reached' if rule.triggered else 'not reached'}"
    if found.triggered:
        notice = f", with {in_words(found.notice)} of notice" if found.notice else ""
        yield f"Chronic failure: {found.remedy or 'the contract names no remedy'}{notice}"


def claim_steps(credit: Credited, claim: ClaimFinding, case: Case) -> Iterator[str]:
    """What is credited, what of it can be claimed, until when, and what stands in the way."""
    if not credit.amount:
        return
    currency = f" {credit.currency}" if credit.currency else ""
    yield f"The credit is {money(credit.amount)}{currency}"
    for block in credit.blocked:
        yield f"Not claimable: {block.text}"
    yield f"Claimable: {money(credit.claimable or Fraction(0))}{currency}"
    if case.terms.claim is not None and case.terms.claim.automatic:
        yield "The credit is paid without a claim"
    elif claim.submit_deadline_ms is not None:
        yield f"To be claimed before {_at(claim.submit_deadline_ms, case)}"
