"""What waiting with a ticket costs by now, and until when the contract waits for one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from collector.agreed import facts_of
from collector.ledger.model import LedgerReader
from collector.sla.business import BusinessDays
from collector.sla.clock import starts_on_ticket
from collector.sla.deadlines import ticket_by_ms
from collector.sla.rules import in_force
from collector.statements import Bench, Cause
from collector.ticket_loss import ticket_loss
from config.contract import Terms
from config.settings import Settings
from probes.clock import Instant


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of an outage that has no ticket."""

    on_ticket: bool
    """The contract's clock starts with the ticket: time without one is lost."""
    ticket_by_ms: int | None
    """Until when it must be opened for a claim; None: the contract sets no time."""
    lost_ms: Fraction
    """Outage time that no longer counts, whatever is done from here on; 0 once the outage is over."""
    amount: Fraction | None
    """The credit that went with it, in `currency`; None where that can't be said yet."""
    currency: str


def waiting(
    settings: Settings, reader: LedgerReader, circuit: str, start_ms: int, now: Instant
) -> Waiting | None:
    """What it costs by now; None where no contract judged the circuit then. Raises LedgerError."""
    cause = next(iter(Bench(settings, reader, start_ms).causes([circuit], "current")), None)
    if cause is None:
        return None
    facts = facts_of(settings, *cause.members[0])
    terms = in_force(settings.contracts[cause.contract], facts, cause.period)[0]
    clock = terms.outage.clock if terms.outage else None
    deadline = _ticket_by(terms, start_ms, cause)
    if clock is None or not starts_on_ticket(clock):
        return Waiting(False, deadline, Fraction(0), None, "")
    decided = next(iter(Bench(settings, reader, now.wall_ms).decided(cause)), None)
    loss = ticket_loss(decided) if decided else None
    if loss is None:
        return Waiting(True, deadline, Fraction(0), None, "")
    return Waiting(True, deadline, loss.lost_ms, loss.amount, loss.currency or "")


def _ticket_by(terms: Terms, start_ms: int, cause: Cause) -> int | None:
    within = terms.claim.ticket_within if terms.claim else None
    if within is None:
        return None
    return ticket_by_ms(start_ms, str(within), BusinessDays.of(terms.holidays, cause.period.zone))
