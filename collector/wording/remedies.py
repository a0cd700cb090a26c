"""What must be done in time for a credit, and when failures become a right to leave."""

from __future__ import annotations

from collections.abc import Iterator

from collector.sla.chronic import rule_words
from collector.wording.lines import Line, Part, cited, lines, spoken, unabridged
from config.contract import Terms
from config.remedies import Chronic, ChronicRule, Claim, Periods

_FROM = {
    "outage_start": "the day on which the outage began",
    "restoration": "the day on which it was restored",
    "ticket_closed": "the day on which the ticket was closed",
    "period_end": "the last day of the period",
    "published": "the day on which the carrier published its figures, which must be known first",
}


def claims(terms: Terms) -> Part:
    """Tickets, deadlines, and what is paid without asking."""
    return Part("Claims", lines(*_claims(terms, terms.claim)))


def _claims(terms: Terms, claim: Claim | None) -> Iterator[str]:
    ticket = _ticket(terms, claim)
    yield cited(ticket, claim)
    if claim is not None and claim.automatic:
        yield "The carrier pays without a claim: there is no deadline to claim by."
    elif claim is None or claim.submit_within is None:
        yield "No deadline for a claim."
    else:
        yield from _deadline(claim)
    if not ticket.startswith("No ticket"):
        yield "A missing or late ticket takes the claim; the promise stays broken, and the statement says so."


def _ticket(terms: Terms, claim: Claim | None) -> str:
    clock = terms.outage.clock if terms.outage else None
    if claim is None or claim.ticket_within is None:
        if clock is not None and (clock.start, clock.end) != ("measured", "restored"):
            return "Each outage needs a ticket, since the clock runs on it; no time is set for opening it."
        return "No ticket is needed for a credit."
    return (
        f"Each outage needs a ticket, opened within {spoken(claim.ticket_within)} of its measured start: "
        "without one, or with a later one, it is left out of what can be claimed."
    )


def _deadline(claim: Claim) -> Iterator[str]:
    if isinstance(claim.submit_within, Periods):
        n = claim.submit_within.periods
        after = "the next period" if n == 1 else f"the {n} periods after it"
        yield cited(f"The claim must be made before the end of {after}.", claim.submit_within)
        return
    yield (
        f"The claim must be made within {spoken(claim.submit_within or '')} after "
        f"{_FROM[claim.start or 'period_end']}: until the end of that local day."
    )


def chronic(terms: Terms) -> Part:
    """When failures are chronic, and what follows."""
    return Part("Chronic failures", tuple(_chronic(terms.chronic)))


def _chronic(chronic: Chronic | None) -> Iterator[Line]:
    if chronic is None:
        yield Line("No rule: however often it fails, nothing more follows.")
        return
    both = " (both lists must be met)" if chronic.any and chronic.all else ""
    for word, rules in (("any one", chronic.any), ("every one", chronic.all)):
        if rules:
            items = tuple(cited(_rule(rule), rule) for rule in rules)
            yield Line(cited(f"Failures are chronic once {word} of these is reached{both}:", chronic), items)
    yield from lines(*_how(chronic))


def _rule(rule: ChronicRule) -> str:
    if rule.failed_periods is not None:
        of = rule.of or rule.failed_periods
        row = "" if of != rule.failed_periods else ", all of them"
        return f"{unabridged(rule_words(rule))}{row}: periods in which any promise was broken."
    edge = ""
    if rule.longer_than is not None:
        edge = f" (exactly {spoken(rule.longer_than)} is not longer)"
    if rule.at_least is not None or rule.downtime is not None:
        edge = " (that much itself is enough)"
    return f"{unabridged(rule_words(rule))}{edge}."


def _how(chronic: Chronic) -> Iterator[str]:
    yield (
        "An outage is as long as what exclusions leave of it, whatever the minimum says, and is placed by "
        "its measured start."
    )
    if any(rule.within not in {None, "period"} for rule in chronic.rules):
        edge = "still counts" if chronic.window == "closed" else "no longer counts"
        yield f"An outage that began exactly that long before the last one {edge}."
    remedy = chronic.remedy or "not said: what it gives must be read in the paper"
    yield f"What it gives: {remedy}."
    if chronic.notice:
        yield f"That needs {spoken(chronic.notice)} of notice."
