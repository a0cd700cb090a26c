"""Tickets that are needed soon: outages without one, of periods that have no statement yet."""

from __future__ import annotations

from collections.abc import Iterator

from collector.agreed import facts_of
from collector.claiming.dates import Deadlines
from collector.claiming.track import NOTHING, Track
from collector.ledger.model import LedgerReader, Outage
from collector.notebook.book import Notebook
from collector.sla.business import BusinessDays
from collector.sla.calendar import DAY_MS, local_day
from collector.sla.clock import starts_on_ticket
from collector.sla.deadlines import length_ms, ticket_by_ms
from collector.sla.rules import CircuitFacts, Rules, in_force
from collector.statements import Bench, Cause
from config.contract import Terms
from config.outage import Minimum
from config.settings import Settings


def tickets_needed(settings: Settings, reader: LedgerReader, notebook: Notebook, now_ms: int) -> list[Track]:
    """A claim in the making for each circuit (or scope) that needs a ticket whose time isn't over."""
    found: dict[tuple[str, str, str], Track] = {}
    wait_ms = longest_wait_ms(settings)
    for outage in reader.outages(from_ms=now_ms - wait_ms) if wait_ms else ():
        for one in _needed(settings, reader, notebook, outage, now_ms):
            known = found.get(one.key)
            if known is None or (one.deadlines.ticket_ms or 0) < (known.deadlines.ticket_ms or 0):
                found[one.key] = one
    return list(found.values())


def longest_wait_ms(settings: Settings) -> int:
    """The longest time that any contract gives for a ticket, roughly."""
    waits = [
        length_ms(str(terms.claim.ticket_within))
        for contract in settings.contracts.values()
        for terms in contract.each_version()
        if terms.claim is not None and terms.claim.ticket_within is not None
    ]
    return max(waits, default=0)


def _needed(
    settings: Settings, reader: LedgerReader, notebook: Notebook, outage: Outage, now_ms: int
) -> Iterator[Track]:
    if outage.circuit not in settings.circuits or has_ticket(notebook, outage, now_ms):
        return
    bench = Bench(settings, reader, outage.start_ms)
    for cause in bench.causes([outage.circuit], "current"):
        contract = settings.contracts[cause.contract]
        facts = facts_of(settings, *cause.members[0])
        terms = in_force(contract, facts, cause.period)[0]
        deadline = _deadline(terms, outage, cause, now_ms)
        if deadline is not None:
            yield _track(settings, cause, terms, facts, deadline)


def _deadline(terms: Terms, outage: Outage, cause: Cause, now_ms: int) -> int | None:
    """Until when its ticket must be opened; None where none is needed, or it is too late for one."""
    within = terms.claim.ticket_within if terms.claim else None
    minimum = terms.outage.minimum if terms.outage else None
    if within is None or not _may_count(outage, minimum):
        return None
    business = BusinessDays.of(terms.holidays, cause.period.zone)
    deadline = ticket_by_ms(outage.start_ms, str(within), business)
    return deadline if deadline > now_ms else None


def ticket_due_ms(settings: Settings, outage: Outage) -> int | None:
    """Until when an outage's ticket is in time; None where its contract needs none.

    Where the clock starts with the ticket and no time is given for it, the outage's end: what is told of
    later has cost all of it. Of one that goes on that is not yet to be said: a day after it began.
    """
    circuit = settings.circuits[outage.circuit]
    zone = settings.sites[circuit.site].timezone
    day = local_day(outage.start_ms, zone)
    contract = circuit.contract.at(day)
    if contract is None:
        return None
    terms = settings.contracts[contract].terms_on(day)
    if not _may_count(outage, terms.outage.minimum if terms.outage else None):
        return None
    if terms.claim is not None and terms.claim.ticket_within is not None:
        business = BusinessDays.of(terms.holidays, zone)
        return ticket_by_ms(outage.start_ms, str(terms.claim.ticket_within), business)
    clock = Rules.of(terms, zone).clock
    if clock is None or not starts_on_ticket(clock):
        return None
    return outage.start_ms + DAY_MS if outage.end_ms is None else outage.end_ms


def _may_count(outage: Outage, minimum: Minimum | None) -> bool:
    """An outage that is over may have been too short to count; one that goes on may still grow."""
    if outage.end_ms is None or minimum is None:
        return True
    length = outage.end_ms - outage.start_ms
    if minimum.longer_than is not None:
        return length > minimum.longer_than.ms
    return minimum.at_least is None or length >= minimum.at_least.ms


def has_ticket(notebook: Notebook, outage: Outage, now_ms: int) -> bool:
    """Whether a ticket names the outage, overlaps it, or was opened after it began.

    Of one that isn't closed only the moment counts in which it was opened.
    """
    end_ms = now_ms if outage.end_ms is None else outage.end_ms
    for ticket in notebook.tickets_of(outage.circuit):
        if ticket.outage_ms is not None:
            if outage.start_ms <= ticket.outage_ms <= end_ms:
                return True
        elif max(ticket.opened_ms, (ticket.closed_ms or 0) - 1) >= outage.start_ms:
            return True
    return False


def _track(settings: Settings, cause: Cause, terms: Terms, facts: CircuitFacts, deadline: int) -> Track:
    standing = settings.circuits[cause.circuits[0]].on(cause.members[0][1].first)
    currency = facts.currency if terms.currency in {None, "circuit"} else str(terms.currency)
    return Track(
        cause.scope,
        cause.circuits,
        standing.carrier,
        cause.contract,
        cause.period,
        "detected",
        currency,
        NOTHING,
        NOTHING,
        Deadlines(deadline, (), None),
    )
