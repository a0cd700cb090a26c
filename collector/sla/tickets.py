"""Which trouble ticket belongs to which outage."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

from collector.sla.deadlines import ends_with_a_day, ticket_by_ms
from collector.sla.evidence import Ticket
from collector.sla.rules import Rules
from collector.sla.spans import Spans

Until = Callable[[int], int]
"""From the measured start of an outage to the last instant at which its ticket is in time; UTC ms."""


def in_time(rules: Rules) -> Until | None:
    """The contract's time for tickets; None where it has none."""
    within = rules.terms.claim.ticket_within if rules.terms.claim else None
    if within is None:
        return None
    # Hours hold their last instant; a day is over when the next day begins.
    over = 1 if ends_with_a_day(within) else 0
    return lambda outage_ms: ticket_by_ms(outage_ms, within, rules.business) - over


def tickets_of(
    outages: Sequence[Spans], tickets: Iterable[Ticket], until: Until | None
) -> list[tuple[Ticket, ...]]:
    """The tickets of each outage, the earliest first; `outages` are in order of time.

    A ticket belongs to the outage that it names. Where it names none that is there, it belongs to
    all that its time overlaps, and to all that it follows in time (`until`; None: no such rule).
    """
    found: list[list[Ticket]] = [[] for _ in outages]
    starts, ends = [one.pairs[0][0] for one in outages], [one.pairs[-1][1] for one in outages]
    for ticket in sorted(tickets, key=lambda one: (one.opened_ms, one.id)):
        named = _named(ticket, starts, ends)
        places = named or _overlapped(ticket, starts, ends) | _followed(ticket, starts, until)
        for place in places:
            found[place].append(ticket)
    return [tuple(one) for one in found]


def _named(ticket: Ticket, starts: Sequence[int], ends: Sequence[int]) -> set[int]:
    if ticket.outage_ms is None:
        return set()
    place = bisect_right(starts, ticket.outage_ms) - 1
    return {place} if place >= 0 and ticket.outage_ms <= ends[place] else set()


def _overlapped(ticket: Ticket, starts: Sequence[int], ends: Sequence[int]) -> set[int]:
    # One that isn't closed is an instant: nobody knows how long somebody just forgot to close it.
    after = max(ticket.opened_ms + 1, ticket.closed_ms or 0)
    return set(range(bisect_left(ends, ticket.opened_ms), bisect_left(starts, after)))


def _followed(ticket: Ticket, starts: Sequence[int], until: Until | None) -> set[int]:
    if until is None:
        return set()
    begun = bisect_right(starts, ticket.opened_ms)
    return set(range(bisect_left(starts, ticket.opened_ms, 0, begun, key=until), begun))
