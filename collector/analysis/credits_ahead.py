"""What further downtime would cost the carrier: each credit ahead, as the contract's engine gives it. Pure.

The engine says it: the period judged to its end as if one more outage began now, and nothing else came. The
length at which it gives more is found by halving, so that bands, caps, rounding, minimums and service hours
are all as the contract has them; amounts are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import ceil

from collector.analysis.forecast import TierAhead
from collector.circuits import Status
from collector.sla.calendar import Period
from collector.sla.case import Case
from collector.sla.credits import Award
from collector.sla.evaluate import award_of
from collector.sla.evidence import Ticket
from collector.sla.judgement import judge
from collector.sla.rules import in_force
from collector.sla.scopes import Group, Member
from collector.sla.timeline import Stretch, Timeline
from collector.sla.trial import BY_ACCOUNT, Court, Trial, objectives_of, with_account
from config.contract import Contract

MOST = 6
"""So many tiers are told."""
MARKS_SECONDS = (3_600, 14_400, 86_400)
"""Where a credit grows with every second, it is told for so much more."""
FIRST_SECONDS = 60
OF_A_MEAN = (
    "the contract takes the mean of several months or circuits: what one more outage does to it can't be "
    "told ahead"
)
NO_MORE = "no further outage in this period gives a higher credit"
_BEFORE_MS, _AFTER_MS = -(2**62), 86_400_000


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is owed if nothing more comes, and what is owed once more does."""

    owed: Fraction | None
    """None where it can't be told."""
    currency: str
    tiers: tuple[TierAhead, ...] = ()
    note: str = ""
    """Why tiers can't be told, or that nothing more can be owed."""


@dataclass(frozen=True, slots=True)
class _Supposed:
    """What one outage more makes of a period, under one reading of the contract."""

    counted_ms: Fraction
    award: Award

    @property
    def amount(self) -> Fraction:
        return self.award.amount


def ahead(contract: Contract, group: Group, period: Period, as_of_ms: int) -> Ahead:
    """The credits ahead of a period that runs, for circuits that are judged as one.

    Of a contract that leaves a choice undecided the least credit of all readings counts, as in its
    statement. Raises ValueError where the engine does: for charges in several currencies.
    """
    readings = [_Reading.of(one, group, period, as_of_ms) for _, one in contract.alternatives()]
    currency = _currency(readings[0].running.case, group)
    if any(one.ending.parts for one in readings):
        return Ahead(None, currency, note=OF_A_MEAN)

    @cache
    def supposed(seconds: int) -> _Supposed:
        return min((one.with_outage(seconds) for one in readings), key=lambda one: one.amount)

    window = readings[0].ending.case.window
    longest = (window.full_end_ms - max(as_of_ms, window.start_ms)) // 1000 - 1
    owed = supposed(0).amount
    if longest <= 0 or supposed(longest).amount <= owed:
        return Ahead(owed, currency, note=NO_MORE)
    return Ahead(owed, currency, tuple(_tiers(supposed, longest, currency)))


def _currency(case: Case, group: Group) -> str:
    if case.terms.currency != "circuit":
        return case.terms.currency or ""
    return next((facts.currency for facts, _ in group.members if facts.currency), "")


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading of the contract: the period so far, and the same judged to its end."""

    group: Group
    as_of_ms: int
    running: Trial
    ending: Trial

    @classmethod
    def of(cls, contract: Contract, group: Group, period: Period, as_of_ms: int) -> _Reading:
        terms = in_force(contract, group.members[0][0], period)[0]
        running = Court(contract, terms, group, period, as_of_ms, as_of_ms).trial()
        ending = running
        if not running.parts:
            known = replace(group, members=tuple(_by_status(group, running, as_of_ms)))
            ending = Court(contract, terms, known, period, period.end_ms, as_of_ms).trial()
        return cls(group, as_of_ms, running, ending)

    def with_outage(self, seconds: int) -> _Supposed:
        """As if one more outage of so many seconds began now, with a ticket at once; 0: none."""
        case = self.ending.case
        start_ms = max(self.as_of_ms, case.window.start_ms)
        end_ms = start_ms + 1000 * seconds
        known = case.status.clip(_BEFORE_MS, start_ms).stretches
        status = _followed(known, start_ms, end_ms, case.window.full_end_ms)
        tickets = tuple(_closed(case.evidence.tickets, known, start_ms, end_ms))
        if seconds:
            tickets = (*tickets, _ticket(known, start_ms, end_ms))
        evidence = replace(case.evidence, tickets=tickets)
        case = with_account(replace(case, status=status, evidence=evidence))
        counted_ms = case.account.sum_ms if case.account else Fraction(0)
        return _Supposed(counted_ms, award_of(self._judged(case), self.group))

    def _judged(self, case: Case) -> Trial:
        """Verdicts that look at outages are made anew; the others stand as they are so far."""
        judgements = (
            judge(name, objective, case) if objective.metric in BY_ACCOUNT else before
            for (name, objective), before in zip(
                objectives_of(case.terms).items(), self.running.judgements, strict=True
            )
        )
        return replace(self.ending, case=case, judgements=tuple(judgements))


def _by_status(group: Group, running: Trial, as_of_ms: int) -> Iterator[Member]:
    """The members by what was known of their status: packets were judged once, and needn't be again."""
    for (facts, evidence), case in zip(group.members, running.members, strict=True):
        status = case.status.clip(_BEFORE_MS, as_of_ms)
        yield facts, replace(evidence, measured=(), intervals=status)


def _goes_on(known: Sequence[Stretch], start_ms: int) -> bool:
    """Whether it is down now."""
    return bool(known) and known[-1].status is Status.DOWN and known[-1].end_ms == start_ms


def _followed(known: Sequence[Stretch], start_ms: int, end_ms: int, full_end_ms: int) -> Timeline:
    """What is known, then the outage (or the one of now for longer), then up until well over the period."""
    down = Stretch(start_ms, end_ms, Status.DOWN)
    if _goes_on(known, start_ms):
        known, down = known[:-1], known[-1]._replace(end_ms=end_ms)
    until_ms = known[-1].end_ms if known else down.start_ms
    between = Stretch(until_ms, down.start_ms, Status.UP)
    after = Stretch(end_ms, max(end_ms, full_end_ms) + _AFTER_MS, Status.UP)
    return Timeline.of([*known, between, down, after])


def _closed(
    tickets: Sequence[Ticket], known: Sequence[Stretch], start_ms: int, end_ms: int
) -> Iterator[Ticket]:
    """The tickets; an open one of the outage that goes on is closed when it ends."""
    begun_ms = known[-1].start_ms if _goes_on(known, start_ms) else start_ms
    for one in tickets:
        mine = one.closed_ms is None and max(one.opened_ms, one.outage_ms or 0) >= begun_ms
        yield replace(one, closed_ms=end_ms) if mine else one


def _ticket(known: Sequence[Stretch], start_ms: int, end_ms: int) -> Ticket:
    """Opened now, answered and taken on at once, closed when the outage ends."""
    return Ticket(
        "supposed",
        opened_ms=start_ms,
        closed_ms=end_ms,
        reported_ms=start_ms,
        acknowledged_ms=start_ms,
        notified_ms=start_ms,
        repair_started_ms=start_ms,
        outage_ms=known[-1].start_ms if _goes_on(known, start_ms) else start_ms,
    )


def _tiers(supposed: Callable[[int], _Supposed], longest: int, currency: str) -> Iterator[TierAhead]:
    """The lengths at which more is owed than at any shorter one, and what it is then."""
    at = 0
    for _ in range(MOST):
        after = _next(supposed, at, longest)
        if after is None:
            return
        if after == at + 1:  # it grows with every second from here on
            marks = (at + more for more in MARKS_SECONDS if at + more <= longest)
            yield from (_tier(supposed, one, currency) for one in marks if supposed(one).amount)
            return
        yield _tier(supposed, after, currency)
        at = after


def _next(supposed: Callable[[int], _Supposed], at: int, longest: int) -> int | None:
    """The least length beyond `at` at which more is owed; steps double until it is passed."""
    owed, low, high = supposed(at).amount, at, min(at + 1, longest)
    step = FIRST_SECONDS
    while supposed(high).amount <= owed:
        if high == longest:
            return None
        low, high, step = high, min(at + step, longest), 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if supposed(middle).amount > owed else (middle, high)
    return high


def _tier(supposed: Callable[[int], _Supposed], seconds: int, currency: str) -> TierAhead:
    then, before = supposed(seconds), {one.objective: one.amount for one in supposed(seconds - 1).award.lines}
    paying = [one for one in then.award.lines if one.amount]
    changed = [one for one in paying if one.amount != before.get(one.objective)]
    return TierAhead(
        more_seconds=ceil((then.counted_ms - supposed(0).counted_ms) / 1000),
        amount=then.amount,
        currency=currency,
        reason="; ".join(dict.fromkeys(one.reason for one in changed or paying)),
    )
