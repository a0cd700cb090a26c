"""A stored statement's deadlines: until when a claim is to be made, a ticket opened, a right used. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.notebook.book import Notebook
from collector.sla.business import BusinessDays
from collector.sla.calendar import Cycle, Period, last_day, local_day, ms_of
from collector.sla.deadlines import ends_ms
from collector.sla.rules import cycle_of
from config.contract import Contract, Terms
from config.remedies import Claim

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """In UTC milliseconds; None where the contract sets none, or there is nothing that it is about."""

    ticket_ms: int | None
    submits_ms: tuple[int, ...]
    """One for the whole claim, or one for each outage where the contract dates them singly; in order."""
    notice_ms: int | None

    def submit_ms(self, now_ms: int) -> int | None:
        """The next until which something is to be claimed; the last one where all are over."""
        ahead = [one for one in self.submits_ms if one > now_ms]
        return min(ahead, default=max(self.submits_ms, default=None))

    def is_over(self, now_ms: int) -> bool:
        """Whether nothing of it can be claimed any more."""
        return bool(self.submits_ms) and max(self.submits_ms) <= now_ms


def deadlines(statement: Json, period: Period, contract: Contract | None, notebook: Notebook) -> Deadlines:
    """Those of a statement as it is stored; `contract` is None where the configuration lacks it by now."""
    claim: Json = statement.get("claim") or {}
    terms = None if contract is None else contract.terms_on(local_day(period.start_ms, period.zone))
    stored = instant(claim.get("submit_deadline"))
    submits: tuple[int, ...] = ()
    if stored is not None:
        submits = tuple(sorted({stored, *_of_outages(statement, period, terms, notebook)}))
    return Deadlines(instant(claim.get("ticket_deadline")), submits, _notice(statement, period, terms))


def instant(text: str | None) -> int | None:
    """UTC milliseconds out of a statement's RFC 3339."""
    return None if text is None else ms_of(datetime.fromisoformat(text))


def period_of_statement(statement: Json, label: str, start_ms: int, end_ms: int) -> Period:
    """The period of a stored statement."""
    zone = (statement.get("period") or {}).get("timezone") or "UTC"
    return Period(label, start_ms, end_ms, str(zone))


def _of_outages(statement: Json, period: Period, terms: Terms | None, notebook: Notebook) -> Iterator[int]:
    claim = terms.claim if terms else None
    if terms is None or claim is None or claim.submit_within is None or claim.start in {None, "period_end"}:
        return
    business, cycle = BusinessDays.of(terms.holidays, period.zone), cycle_of(terms)
    for outage in statement.get("outages") or ():
        event = _event(outage, claim, statement, notebook) if outage.get("counted_seconds") else None
        if event is not None:
            yield ends_ms(local_day(event, period.zone), claim.submit_within, business, period, cycle)


def _event(outage: Json, claim: Claim, statement: Json, notebook: Notebook) -> int | None:
    """The moment from which an outage's own deadline runs."""
    if claim.start == "outage_start":
        return instant(outage.get("from"))
    if claim.start == "restoration":
        return instant(outage.get("to"))
    if claim.start != "ticket_closed":
        return None
    first = next(iter(outage.get("tickets") or ()), None)
    circuits = statement.get("circuits") or [statement.get("circuit", "")]
    known = (ticket for name in circuits for ticket in notebook.tickets_of(name))
    return next((one.closed_ms for one in known if one.id == first), None)


def _notice(statement: Json, period: Period, terms: Terms | None) -> int | None:
    """Until when the right that a chronic failure gives must be used: so long after the period's end."""
    chronic: Json = statement.get("chronic") or {}
    if not chronic.get("triggered") or not chronic.get("notice"):
        return None
    business = BusinessDays.of(terms.holidays if terms else None, period.zone)
    cycle = cycle_of(terms) if terms else Cycle(1)
    return ends_ms(last_day(period), str(chronic["notice"]), business, period, cycle)
