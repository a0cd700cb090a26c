"""From when to when an outage is counted: as measured, or as its ticket says; and what stops the clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from collector.sla.evidence import Ticket
from collector.sla.spans import Spans
from config.outage import EarlierOf, LaterOf, OutageClock


@dataclass(frozen=True, slots=True)
class Clocked:
    """What the clock counts of one outage; never the gaps that merging bridged."""

    time: Spans
    """The time in which it ran."""
    prompt: Spans
    """The same, had the ticket been opened at the measured start; `time` where that decides nothing."""


def starts_on_ticket(clock: OutageClock) -> bool:
    """Whether the moment at which trouble was told of, or a ticket opened, starts the clock."""
    return any(one != "measured" for one in _starts(clock))


def ends_on_ticket(clock: OutageClock) -> bool:
    """Whether the moment at which a ticket was closed stops the clock."""
    return any(one != "restored" for one in _ends(clock))


def clocked(
    outages: Sequence[Spans], tickets: Sequence[Sequence[Ticket]], clock: OutageClock
) -> Iterator[Clocked]:
    """What the contract's clock counts of each outage; `outages` are in order of time.

    `tickets` are each outage's own, the earliest first: that one decides, and the holds of all of
    them stop the clock where their reason is one of the contract's. Without a ticket the measured
    clock stands. No instant is in two outages: the earlier one has it.
    """
    taken, seen = _Taken(), set[Ticket]()
    for down, its in zip(outages, tickets, strict=True):
        if its:
            one = _run(down, its, clock, taken, shared=its[0] in seen)
            seen.update(its)
            if beyond := one.time - down:
                taken.beyond |= beyond
        else:
            time = down - taken.beyond
            one = Clocked(time, time)
        taken.pairs += one.time.pairs
        yield one


@dataclass(slots=True)
class _Taken:
    """What earlier outages have already."""

    beyond: Spans = field(default_factory=Spans)
    """What tickets gave them of the time outside of their own down time."""
    pairs: list[tuple[int, int]] = field(default_factory=list)

    def since(self, begin_ms: int) -> Spans:
        """All of it from an instant on."""
        return Spans.of((start, end) for start, end in self.pairs if end > begin_ms)


def _run(
    down: Spans, tickets: Sequence[Ticket], clock: OutageClock, taken: _Taken, *, shared: bool
) -> Clocked:
    start, end = down.pairs[0][0], down.pairs[-1][1]
    held = Spans.of(_held(tickets, clock.pause or ()))

    def ran(ticket: Ticket) -> Spans:
        begin = _begin(clock, start, ticket)
        if shared:
            # It was opened for an earlier outage: this one wasn't there yet.
            begin = max(begin, start)
        # Down times never overlap: theirs can only lie in the way before this one's start.
        theirs = taken.beyond if begin >= start else taken.since(begin)
        return Spans.of([(begin, _end(clock, end, ticket))]) - down.inverse(start, end) - theirs - held

    time = ran(tickets[0])
    if not starts_on_ticket(clock):
        return Clocked(time, time)
    return Clocked(time, ran(replace(tickets[0], opened_ms=start, reported_ms=start)))


def _held(tickets: Sequence[Ticket], reasons: Sequence[str]) -> Iterator[tuple[int, int]]:
    holds = (hold for ticket in tickets for hold in ticket.holds)
    return ((hold.start_ms, hold.end_ms) for hold in holds if hold.reason in reasons)


def _starts(clock: OutageClock) -> Sequence[str]:
    return clock.start.later_of if isinstance(clock.start, LaterOf) else [clock.start]


def _ends(clock: OutageClock) -> Sequence[str]:
    return clock.end.earlier_of if isinstance(clock.end, EarlierOf) else [clock.end]


def _begin(clock: OutageClock, start_ms: int, ticket: Ticket) -> int:
    told = ticket.opened_ms if ticket.reported_ms is None else ticket.reported_ms
    moments = {"measured": start_ms, "ticket": ticket.opened_ms, "reported": told}
    return max(moments[name] for name in _starts(clock))


def _end(clock: OutageClock, end_ms: int, ticket: Ticket) -> int:
    closed = end_ms if ticket.closed_ms is None else ticket.closed_ms
    moments = {"restored": end_ms, "ticket_closed": closed}
    return min(moments[name] for name in _ends(clock))
