"""What must hold besides a breach before it pays (`only_if`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from collector.sla.business import BusinessDays
from collector.sla.calendar import parse_period
from collector.sla.case import Case
from collector.sla.deadlines import later_ms, ticket_by_ms
from collector.sla.evidence import Ticket
from collector.sla.objectives import Finding, Verdict
from collector.sla.rounding import in_words, trimmed
from config.objectives import Gate, Objective
from config.terms import Figure

Part = Callable[[int, int], Finding]
"""What an objective measured in [start, end)."""
Misses = Callable[[Figure], bool]


def closed_gate(name: str, objective: Objective, case: Case, part: Part, misses: Misses) -> str:
    """Why a breach doesn't pay, in words; empty where every gate is open."""
    shut = (_shut(name, gate, case, part, misses) for gate in objective.only_if or ())
    return next((why for why in shut if why), "")


def _shut(name: str, gate: Gate, case: Case, part: Part, misses: Misses) -> str:
    if gate.not_cured_within is not None:
        return _cured(gate.not_cured_within, case)
    if gate.trailing_mean is not None:
        found = part(case.period.end_ms - gate.trailing_mean.ms, case.period.end_ms)
        if found.figure is None:
            return f"nothing is known of the {in_words(gate.trailing_mean)} before the period's end"
        if not misses(found.figure):
            figure = (
                f"{trimmed(found.figure)} over the {in_words(gate.trailing_mean)} before the period's end"
            )
            return f"the promise is kept by {figure}"
    if gate.cure is not None and not _breached_before(name, gate.cure, case):
        return (
            f"it was not breached in a period that ended {in_words(gate.cure)} or more before this one's end"
        )
    return ""


def _cured(within: str, case: Case) -> str:
    tickets = list(_tickets(case))
    if not tickets:
        return f"no ticket was opened, so none was left uncured for {in_words(within)}"
    business = BusinessDays.of(case.terms.holidays, case.rules.zone)
    late = any(_cured_ms(one, case) > ticket_by_ms(one.opened_ms, within, business) for one in tickets)
    return "" if late else f"every ticket was cured within {in_words(within)}"


def _tickets(case: Case) -> Iterator[Ticket]:
    """Those opened in the period, and those of its outages."""
    outages = case.account.here if case.account else ()
    of_outages = {ticket.id for one in outages for ticket in one.tickets}
    for ticket in case.evidence.tickets:
        if case.window.start_ms <= ticket.opened_ms < case.window.end_ms or ticket.id in of_outages:
            yield ticket


def _cured_ms(ticket: Ticket, case: Case) -> int:
    """When it was closed and its outages were over; now, where that is still to come."""
    outages = case.account.outages if case.account else ()
    over = [one.end_ms for one in outages if ticket in one.tickets]
    closed = case.now_ms if ticket.closed_ms is None else ticket.closed_ms
    return min(case.now_ms, max([closed, *over]))


def _breached_before(name: str, cure: str, case: Case) -> bool:
    business = BusinessDays.of(case.terms.holidays, case.rules.zone)
    for earlier in case.evidence.earlier:
        if earlier.verdicts.get(name) == Verdict.BREACHED:
            period = parse_period(earlier.label, case.rules.zone, case.now_ms, case.rules.cycle)
            if later_ms(period.end_ms, cure, business) <= case.period.end_ms:
                return True
    return False
