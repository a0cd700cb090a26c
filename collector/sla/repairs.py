"""How long outages and tickets took: repair, start of repair, response, notification, and their mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from collector.sla.business import BusinessDays
from collector.sla.case import Case, RepairCase
from collector.sla.deadlines import ticket_by_ms
from collector.sla.evidence import Ticket
from collector.sla.objectives import Finding
from collector.sla.reckoning import Account, Reckoned
from collector.sla.rounding import counted, in_words
from config.objectives import MttrObjective, RepairObjective, Share
from config.terms import Target, decimal_text

Settle = Callable[[Fraction], Fraction]
"""Rounds a time in seconds as the contract says."""


@dataclass(frozen=True, slots=True)
class Took:
    """One case before its target is known: when its time began, how long it took, and whose it is."""

    from_ms: int
    took_ms: Fraction
    ticket: Ticket | None
    outage_ms: int | None


@dataclass(slots=True)
class Told:
    """Cases that came to their moment, those that still wait for it, and those of which nobody wrote it."""

    done: list[Took] = field(default_factory=list)
    running: list[Took] = field(default_factory=list)
    """Their time until now: a case already where it is over the promise."""
    untold: int = 0

    def add(self, took: Took, moment_ms: int | None, now_ms: int, *, closed: bool) -> None:
        """One more; `moment_ms` is when what was promised happened."""
        if moment_ms is not None and moment_ms <= now_ms:
            self.done.append(replace(took, took_ms=Fraction(max(0, moment_ms - took.from_ms))))
        elif closed:
            self.untold += 1
        else:
            self.running.append(replace(took, took_ms=Fraction(max(0, now_ms - took.from_ms))))


@dataclass(frozen=True, slots=True)
class Repairs:
    """What a repair objective looked at; `untold` tickets were closed and nobody wrote the moment down."""

    cases: tuple[RepairCase, ...]
    untold: int = 0

    @property
    def missed(self) -> int:
        """How many cases took longer than promised."""
        return sum(one.missed for one in self.cases)

    @property
    def longest_ms(self) -> Fraction | None:
        """The longest of them."""
        return max((one.took_ms for one in self.cases), default=None)


def repairs(objective: RepairObjective, case: Case, account: Account, settle: Settle) -> Repairs:
    """Every case of the period against the time that was promised for it."""
    if objective.metric == "time_to_repair":
        told = Told(list(_repaired(case, account)))
    elif objective.metric == "notification":
        told = _notified(case, account)
    else:
        told = _from_ticket(objective.metric, case, account)
    judged = [_against(objective, one, case, settle) for one in told.done]
    late = [_against(objective, one, case, settle) for one in told.running]
    judged += [one for one in late if one is not None and one.missed]
    return Repairs(tuple(one for one in judged if one is not None), told.untold)


def within_share(objective: RepairObjective) -> Target | None:
    """The share of cases that was promised, as a target in percent; None where there is none."""
    if objective.share is None:
        return None
    least = objective.share.at_least
    text = f">= {decimal_text(least)}% within {objective.share.within}"
    return Target(">=", least, "%", text)


def mttr(objective: MttrObjective, account: Account) -> Finding:
    """The mean of counted time over the period's outages that count, in seconds; None without any."""
    outages = [one for one in account.here if one.counted_ms > 0]
    total = account.sum_ms if account.free_is_target else account.counted_ms
    what = "outage"
    if objective.only == "dispatched":
        what = "dispatched outage"
        outages = [one for one in outages if one.ticket is not None and one.ticket.dispatched]
        total = sum((one.counted_ms for one in outages), Fraction(0))
    if not outages:
        return Finding(None, f"no {what} counted in the period")
    return Finding(total / len(outages) / 1000, f"the mean of {counted(len(outages), what)}")


def _repaired(case: Case, account: Account) -> Iterator[Took]:
    """What remains of each outage after exclusions, whatever its minimum says."""
    for one in account.outages:
        if one.remaining and _of_period(one, case):
            took = Fraction(one.remaining.total_ms)
            yield Took(one.remaining.pairs[0][0], took, one.ticket, one.start_ms)


def _of_period(one: Reckoned, case: Case) -> bool:
    """By its measured start, or where the contract says so by its end; an end at an edge is before it."""
    window = case.window
    if case.terms.outage is not None and case.terms.outage.across_periods == "restoration":
        return window.start_ms < one.end_ms <= window.end_ms
    return window.start_ms <= one.start_ms < window.end_ms


def _from_ticket(metric: str, case: Case, account: Account) -> Told:
    """From the ticket's opening to the moment."""
    told = Told()
    outage_of = {ticket.id: one.start_ms for one in reversed(account.outages) for ticket in one.tickets}
    for ticket in case.evidence.tickets:
        if not case.window.start_ms <= ticket.opened_ms < case.window.end_ms:
            continue
        moment = ticket.repair_started_ms if metric == "start_of_repair" else ticket.acknowledged_ms
        took = Took(ticket.opened_ms, Fraction(0), ticket, outage_of.get(ticket.id))
        told.add(took, moment, case.now_ms, closed=_closed(ticket, case.now_ms))
    return told


def _notified(case: Case, account: Account) -> Told:
    """From the measured start to the first word of it."""
    told = Told()
    for one in account.outages:
        if one.ticket is None or not _of_period(one, case):
            continue
        moments = [ticket.notified_ms for ticket in one.tickets if ticket.notified_ms is not None]
        took = Took(one.start_ms, Fraction(0), one.ticket, one.start_ms)
        closed = all(_closed(ticket, case.now_ms) for ticket in one.tickets)
        told.add(took, min(moments, default=None), case.now_ms, closed=closed)
    return told


def _closed(ticket: Ticket, now_ms: int) -> bool:
    return ticket.closed_ms is not None and ticket.closed_ms <= now_ms


def _against(objective: RepairObjective, one: Took, case: Case, settle: Settle) -> RepairCase | None:
    """The case with what was promised for it; None where nothing was."""
    took = settle(one.took_ms / 1000) * 1000
    dispatched = one.ticket is not None and one.ticket.dispatched
    target = (objective.dispatched or objective.each) if dispatched else objective.each
    if objective.share is not None:
        business = BusinessDays.of(case.terms.holidays, case.rules.zone)
        allowed = Fraction(ticket_by_ms(one.from_ms, objective.share.within, business) - one.from_ms)
        missed = took > allowed
    elif target is not None:
        allowed, missed = target.value, not target.met_by(took)
    else:
        return None
    return RepairCase(one.outage_ms, one.ticket.id if one.ticket else None, took, allowed, missed)


def told(found: Repairs, share: Share | None) -> str:
    """What was looked at, in words, before the figure."""
    n = len(found.cases)
    lacking = f", {counted(found.untold, 'closed ticket')} without the moment" if found.untold else ""
    if not n:
        return f"no case in the period is known{lacking}"
    if share is not None:
        return f"= {n - found.missed:,} of {counted(n, 'case')} within {in_words(share.within)}{lacking}"
    return f"the longest of {counted(n, 'case')}{lacking}, {found.missed:,} of them too long"


def share_of(found: Repairs) -> tuple[Fraction | None, tuple[Fraction, Fraction]]:
    """Percent of cases in time, and [worst, best] with those of which nobody wrote the moment down."""
    n, good = len(found.cases), len(found.cases) - found.missed
    every = n + found.untold
    ends = Fraction(100 * good, every), Fraction(100 * (good + found.untold), every)
    return (Fraction(100 * good, n) if n else None), ends


def first_target(objective: RepairObjective) -> Target | None:
    """The promise that a statement names: the share, or that on each case, or on each visit."""
    return within_share(objective) or objective.each or objective.dispatched
