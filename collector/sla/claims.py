"""Whether a credit can be claimed, until when, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from collector.sla.calendar import local_day, moment
from collector.sla.case import Case
from collector.sla.deadlines import ends_ms, ends_with_a_day, ticket_by_ms
from collector.sla.evidence import Ticket
from collector.sla.reckoning import Reckoned
from collector.sla.rounding import joined
from config.contract import Claim, Terms
from config.outage import OutageClock

Code = Literal["no_ticket", "late_ticket", "not_ours_to_measure", "undecided", "submit_deadline_passed"]
State = Literal["none", "detected", "ticketed", "eligible", "expired"]


@dataclass(frozen=True, slots=True)
class Block:
    """What stands in the way of a claim; `outage_ms` is the measured start of the outage it is about."""

    code: Code
    outage_ms: int | None
    text: str


@dataclass(frozen=True, slots=True)
class ClaimFinding:
    """Where a claim stands by the calendar alone, without anybody's note; deadlines in UTC milliseconds."""

    state: State = "none"
    ticket_deadline_ms: int | None = None
    submit_deadline_ms: int | None = None


def outage_blocks(case: Case) -> tuple[Block, ...]:
    """What bars single outages from being claimed, in the order of their starts."""
    return tuple(block for outage in _counting(case) for block in _of_outage(outage, case))


def whole_blocks(case: Case, undecided: Sequence[str]) -> tuple[Block, ...]:
    """What bars the claim as a whole."""
    return tuple(_of_whole(case, undecided))


def claim_finding(case: Case, *, credit: bool, claimable: bool) -> ClaimFinding:
    """State and deadlines; `credit`: there is one; `claimable`: some of it can be claimed."""
    submit = submit_deadline_ms(case)
    deadline = _ticket_deadline_ms(case)
    if not credit:
        return ClaimFinding("none", deadline, None)
    return ClaimFinding(_state(case, submit, claimable=claimable), deadline, submit)


def _state(case: Case, submit_ms: int | None, *, claimable: bool) -> State:
    if not claimable and submit_ms is not None and case.now_ms >= submit_ms:
        return "expired"
    if not case.closed:
        return "ticketed" if any(one.tickets for one in _counting(case)) else "detected"
    return "eligible" if claimable else "detected"


def needs_ticket(terms: Terms) -> bool:
    """Whether a credit takes a ticket: it must be opened in time, or the clock runs on it."""
    if terms.claim is not None and terms.claim.ticket_within is not None:
        return True
    clock = terms.outage.clock if terms.outage else None
    return clock is not None and runs_on_tickets(clock)


def runs_on_tickets(clock: OutageClock) -> bool:
    """Whether a ticket decides from when or to when an outage counts."""
    starts = (clock.start,) if isinstance(clock.start, str) else clock.start.later_of
    ends = (clock.end,) if isinstance(clock.end, str) else clock.end.earlier_of
    return not ({*starts, *ends} <= {"measured", "restored"})


def ticket_deadline_ms(outage: Reckoned, case: Case) -> int | None:
    """Until when a ticket for an outage must be opened; None where the contract says nothing."""
    within = case.terms.claim.ticket_within if case.terms.claim else None
    if within is None:
        return None
    return ticket_by_ms(outage.start_ms, within, case.rules.business)


def submit_deadline_ms(case: Case) -> int | None:
    """Until when the claim must be made; where each outage has its own time, the next one that ends.

    When all of them are over it is the last one.
    """
    claim = case.terms.claim
    if claim is None or claim.submit_within is None or claim.automatic:
        return None
    if (claim.start or "period_end") == "period_end":
        return _period_deadline_ms(case, claim)
    own = [_outage_deadline_ms(one, case, claim) for one in _counting(case)]
    known = [deadline for deadline in own if deadline is not None]
    ahead = [deadline for deadline in known if deadline > case.now_ms]
    return min(ahead) if ahead else max(known, default=None)


def _period_deadline_ms(case: Case, claim: Claim) -> int:
    last = local_day(case.period.end_ms - 1, case.rules.zone)
    return ends_ms(last, claim.submit_within or "0bd", case.rules.business, case.period, case.rules.cycle)


def _outage_deadline_ms(outage: Reckoned, case: Case, claim: Claim) -> int | None:
    event = {
        "outage_start": outage.start_ms,
        "restoration": outage.end_ms,
        "ticket_closed": outage.ticket.closed_ms if outage.ticket else None,
    }.get(claim.start or "")
    if event is None or claim.submit_within is None:
        return None
    day = local_day(event, case.rules.zone)
    return ends_ms(day, claim.submit_within, case.rules.business, case.period, case.rules.cycle)


def _ticket_deadline_ms(case: Case) -> int | None:
    open_ones = [ticket_deadline_ms(one, case) for one in _counting(case) if not one.tickets]
    return min((deadline for deadline in open_ones if deadline is not None), default=None)


def _counting(case: Case) -> list[Reckoned]:
    account = case.account
    return [one for one in account.here if one.counted_ms > 0] if account else []


def _of_outage(outage: Reckoned, case: Case) -> Iterator[Block]:
    zone = case.rules.zone
    began, deadline = moment(outage.start_ms, zone), ticket_deadline_ms(outage, case)
    if needs_ticket(case.terms) and outage.ticket is None:
        until = _due(deadline, case) if deadline is not None else ""
        yield Block("no_ticket", outage.start_ms, f"The outage of {began} has no ticket{until}")
    elif outage.ticket is not None and deadline is not None and _late(outage.ticket, case, deadline):
        yield Block(
            "late_ticket",
            outage.start_ms,
            f"Ticket {outage.ticket.id} of the outage of {began} was opened at "
            f"{moment(outage.ticket.opened_ms, zone)}{_due(deadline, case)}",
        )
    claim = case.terms.claim
    if claim is None or claim.automatic or (claim.start or "period_end") == "period_end":
        return
    own = _outage_deadline_ms(outage, case, claim)
    if own is not None and case.now_ms >= own:
        text = f"The outage of {began} had to be claimed before {moment(own, zone)}"
        yield Block("submit_deadline_passed", outage.start_ms, text)


def _due(deadline_ms: int, case: Case) -> str:
    verb = "was" if deadline_ms <= case.now_ms else "is"
    return f": one {verb} due by {moment(deadline_ms, case.rules.zone)}"


def _late(ticket: Ticket, case: Case, deadline_ms: int) -> bool:
    """Hours hold their last instant; a day is over when the next day begins."""
    within = case.terms.claim.ticket_within if case.terms.claim else None
    in_days = within is not None and ends_with_a_day(within)
    return ticket.opened_ms >= deadline_ms if in_days else ticket.opened_ms > deadline_ms


def _of_whole(case: Case, undecided: Sequence[str]) -> Iterator[Block]:
    if case.terms.measured is not None and not case.terms.measured.ours:
        text = "By the contract another's measurement decides: ours is no basis of a claim"
        yield Block("not_ours_to_measure", None, text)
    if undecided:
        text = f"Decide first what the contract means by {joined(undecided)}"
        yield Block("undecided", None, text)
    claim = case.terms.claim
    if claim is None or (claim.start or "period_end") != "period_end":
        return
    deadline = submit_deadline_ms(case)
    if deadline is not None and case.now_ms >= deadline:
        text = f"The claim had to be made before {moment(deadline, case.rules.zone)}"
        yield Block("submit_deadline_passed", None, text)
