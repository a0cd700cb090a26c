"""Outages that no ticket is about: those that go on, those with a deadline, those whose credit waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collector.agreed import facts_of
from collector.analysis.recommend.ticket import Untold
from collector.claiming.dates import instant
from collector.claiming.running import has_ticket, tickets_needed
from collector.ledger.model import Outage
from collector.performance.advice.facts.look import Look, place
from collector.sla.clock import starts_on_ticket
from collector.sla.rules import Rules, in_force
from collector.statements import Bench, Cause
from collector.ticket_loss import TicketLoss, losses
from collector.times import rfc3339

MOST_LOSSES = 20
"""Of so many open outages it is said what the delay has cost: each is judged three times, a second in all."""


def untold(look: Look) -> Iterator[Untold]:
    """What needs a ticket now; of the past nothing, for which `lapsed` speaks."""
    if look.past:
        return
    yield from _now(look)
    yield from _blocked(look)


def _now(look: Look) -> Iterator[Untold]:
    desk, now_ms = look.desk, look.now_ms
    bench = Bench(desk.settings, desk.reader, now_ms)
    deadlines = {
        name: one.deadlines.ticket_ms
        for one in tickets_needed(desk.settings, desk.reader, look.notebook, now_ms)
        for name in one.circuits
    }
    judged = 0
    for name, outages in look.outages.items():
        last = outages[-1]
        if name not in look.circuits or has_ticket(look.notebook, last, now_ms):
            continue
        if last.end_ms is not None and name not in deadlines:
            continue
        found = replace(_untold(look, last), by_ms=deadlines.get(name))
        cause = _waiting(bench, name) if last.end_ms is None else None
        if cause is not None:
            judged += 1
            found = _with_loss(found, bench, cause) if judged <= MOST_LOSSES else replace(found, waits=True)
        yield found


def _untold(look: Look, one: Outage) -> Untold:
    carrier = look.standing(one.circuit).carrier
    return Untold(
        *(one.circuit, carrier, look.name(carrier), look.zone(one.circuit), one.start_ms, one.end_ms),
        *(look.now_ms, place("outages", one.circuit, rfc3339(one.start_ms))),
    )


def _waiting(bench: Bench, circuit: str) -> Cause | None:
    """What the circuit is judged by, where that starts its clock with the ticket."""
    for cause in bench.causes([circuit], "current"):
        facts = facts_of(bench.settings, *cause.members[0])
        terms = in_force(bench.settings.contracts[cause.contract], facts, cause.period)[0]
        clock = Rules.of(terms, facts.timezone).clock
        if clock is not None and starts_on_ticket(clock):
            return cause
    return None


def _with_loss(found: Untold, bench: Bench, cause: Cause) -> Untold:
    try:
        loss: TicketLoss | None = next(losses(list(bench.decided(cause))), None)
    except ValueError:  # a contract that can't be computed as things are; the page of its statement says why
        loss = None
    if loss is None:
        return replace(found, waits=True)
    return replace(
        found, waits=True, lost_ms=int(loss.lost_ms), lost=loss.amount, currency=loss.currency or ""
    )


def _blocked(look: Look) -> Iterator[Untold]:
    """Credits of periods that are over, which a ticket that was opened then would set free."""
    for one, track in look.claims:
        waits = one.amount - one.claimable
        ahead = one.submit_deadline_ms is None or one.submit_deadline_ms > look.now_ms
        if one.state != "detected" or track.revision is None or waits <= 0 or not ahead:
            continue
        credit = track.revision.statement.get("credit") or {}
        starts = [
            instant(each.get("outage")) for each in credit.get("blocked_by") or () if each.get("outage")
        ]
        start_ms = next((at_ms for at_ms in starts if at_ms is not None), None)
        if start_ms is not None:
            yield Untold(
                *(one.circuits[0], one.carrier, look.name(one.carrier), look.zone(one.circuits[0])),
                *(
                    start_ms,
                    _ended(look, one.circuits[0], start_ms),
                    look.now_ms,
                    place("outages", one.circuits[0], rfc3339(start_ms)),
                ),
                at_stake=waits,
                currency=one.currency,
                by_ms=one.submit_deadline_ms,
            )


def _ended(look: Look, circuit: str, start_ms: int) -> int:
    """When the outage was over that was going on then; the same moment where none is known of."""
    ends = [one.end_ms for one in look.outages.get(circuit, ()) if one.start_ms <= start_ms]
    return max(start_ms, ends[-1] or look.to_ms) if ends else start_ms
