"""What an open outage without a ticket has cost so far, where the contract counts from the ticket. Pure.

The engine says it: the statement with a ticket that is opened now, beside the one with a ticket that had
been opened at once. What lies between is gone, whatever is done from here on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from collector.sla.clock import starts_on_ticket
from collector.sla.evaluate import statements_of
from collector.sla.evidence import Ticket
from collector.sla.rules import Rules, in_force
from collector.sla.statement import Statement
from collector.statements import Decided


@dataclass(frozen=True, slots=True)
class TicketLoss:
    """Outage time that no longer counts, and the credit that went with it, as of `as_of_ms`."""

    circuit: str
    contract: str
    as_of_ms: int
    lost_ms: Fraction
    currency: str | None
    amount: Fraction | None
    """None where the contract's credit can't be said yet."""


def ticket_loss(decided: Decided) -> TicketLoss | None:
    """Of a running period's statement; None without an open outage that waits for a ticket.

    A statement on several circuits gives none: whose ticket it would be is not said.
    """
    statement = decided.statement
    if statement.closed or len(decided.members) != 1 or not _counts_from_ticket(decided):
        return None
    now_ms = statement.as_of_ms
    start_ms = next(
        (one.start_ms for one in statement.outages if not one.tickets and one.end_ms >= now_ms), None
    )
    if start_ms is None:
        return None
    at_once, late = (_with_ticket(decided, start_ms, at_ms) for at_ms in (start_ms, now_ms))
    lost_ms = _counted_ms(at_once, start_ms) - _counted_ms(late, start_ms)
    due, left = at_once.credit.amount, late.credit.amount
    amount = None if due is None or left is None else max(Fraction(0), due - left)
    return TicketLoss(
        statement.circuits[0], statement.contract, now_ms, lost_ms, statement.credit.currency, amount
    )


def _counts_from_ticket(decided: Decided) -> bool:
    facts = decided.members[0][0]
    terms = in_force(decided.contract, facts, decided.cause.period)[0]
    clock = Rules.of(terms, facts.timezone).clock
    return clock is not None and starts_on_ticket(clock)


def _with_ticket(decided: Decided, start_ms: int, opened_ms: int) -> Statement:
    """The statement as if the outage had a ticket, opened then and taken on without delay."""
    supposed = Ticket(
        "supposed",
        opened_ms=opened_ms,
        reported_ms=opened_ms,
        acknowledged_ms=opened_ms,
        notified_ms=opened_ms,
        repair_started_ms=opened_ms,
        outage_ms=start_ms,
    )
    members = [
        (facts, replace(known, tickets=(*known.tickets, supposed))) for facts, known in decided.members
    ]
    was = decided.statement
    (made,) = statements_of(
        decided.contract,
        was.contract,
        members,
        decided.cause.period.label,
        now_ms=was.as_of_ms,
        engine=was.engine,
        config=was.config,
    )
    return made


def _counted_ms(statement: Statement, start_ms: int) -> Fraction:
    return sum((one.counted_ms for one in statement.outages if one.start_ms == start_ms), Fraction(0))


def losses(decided: list[Decided]) -> Iterator[TicketLoss]:
    """Those of several statements that lose anything."""
    for one in decided:
        loss = ticket_loss(one)
        if loss is not None and loss.lost_ms > 0:
            yield loss
