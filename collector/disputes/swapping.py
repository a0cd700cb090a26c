"""What the contract would pay if an outage had been as the carrier says: its times in the place of ours.

Their times go through the contract like ours: its exclusions, minimum, rounding and caps are none of the
carrier's to change. What they take off shortens an outage at its end. A ticket of the outage begins and
ends with their times and stands still in none, as they gave their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from collector.circuits import Status
from collector.disputes.matching import Pair, Stated
from collector.sla.calendar import Period
from collector.sla.claims import runs_on_tickets
from collector.sla.evidence import Evidence, Ticket
from collector.sla.exclusions import excluded_of
from collector.sla.rules import CircuitFacts, Rules, in_force
from collector.sla.scopes import Member
from collector.sla.spans import Spans
from collector.sla.status import status_of
from collector.sla.timeline import Timeline
from collector.sla.tracks import tracks_of
from config.contract import Contract


@dataclass(frozen=True, slots=True)
class Stage:
    """A circuit as our statement saw it, ready for another outage in the place of its own."""

    facts: CircuitFacts
    evidence: Evidence
    rules: Rules
    status: Timeline
    noted: Spans
    """What the contract excludes of this circuit's time, whatever lies in it."""

    @classmethod
    def of(cls, member: Member, contract: Contract, period: Period, now_ms: int) -> Stage:
        """A member of a statement; nothing later than `now_ms` is looked at."""
        facts, evidence = member
        terms, window = in_force(contract, facts, period)
        rules = Rules.of(terms, facts.timezone)
        tracks = tracks_of(evidence.measured)
        status = status_of(tracks, evidence.intervals, rules.down, facts, window, now_ms)
        noted = excluded_of(terms.exclude, evidence.excuses, rules, Spans()).noted
        return cls(facts, evidence, rules, status, noted)

    def swapped(self, pairs: Sequence[Pair]) -> Member:
        """The circuit with the carrier's side of these pairs; a side that has none was up then."""
        mine = [pair for pair in pairs if not pair.theirs or self._named(pair)]
        theirs = Spans.of(
            self.counts(one) for pair in mine for one in pair.theirs if self.facts.id in one.circuits
        )
        ours = Spans.of(span for pair in mine for span in self._ours(pair))
        both = theirs | ours
        if not both:
            return self.facts, replace(self.evidence, intervals=self.status)
        status = self.status.filled(both.pairs[0][0], both.pairs[-1][1], Status.UP)
        status = status.over(ours, Status.UP).over(theirs, Status.DOWN)
        tickets = tuple(self._tickets(mine))
        return self.facts, replace(self.evidence, intervals=status, tickets=tickets)

    def counts(self, one: Stated) -> tuple[int, int]:
        """From when to when their outage counts: as long as they say, and no longer than the contract."""
        whole = Spans.of([(one.start_ms, one.end_ms)])
        free = whole - self.noted
        left = round(one.said_ms)
        if free.total_ms <= left:
            return one.start_ms, one.end_ms
        for start, end in free:
            if left <= end - start:
                return one.start_ms, start + left if left else one.start_ms
            left -= end - start
        return one.start_ms, one.end_ms

    def _named(self, pair: Pair) -> bool:
        return any(self.facts.id in one.circuits for one in pair.theirs)

    def _ours(self, pair: Pair) -> Iterator[tuple[int, int]]:
        """Our outages of a pair as a whole, also what of them lies beyond the period's edge."""
        down = self.status.where(Status.DOWN)
        for one in pair.ours:
            yield one.start_ms, one.end_ms
            yield from (span for span in down if span[0] < one.end_ms and span[1] > one.start_ms)

    def _tickets(self, pairs: Iterable[Pair]) -> Iterator[Ticket]:
        """The tickets; those of an outage that the carrier times otherwise run with its times."""
        clock = self.rules.clock
        plain = clock is None or not (runs_on_tickets(clock) or clock.pause)
        moved: dict[str, tuple[int, int]] = {}
        for pair in () if plain else pairs:
            spans = [self.counts(one) for one in pair.theirs]
            names = {name for one in pair.ours for name in one.tickets}
            names |= {one.ticket for one in pair.theirs if one.ticket is not None}
            if spans:
                moved |= dict.fromkeys(names, (min(spans)[0], max(end for _, end in spans)))
        for ticket in self.evidence.tickets:
            if ticket.id not in moved:
                yield ticket
                continue
            start_ms, end_ms = moved[ticket.id]
            yield replace(
                ticket, opened_ms=start_ms, closed_ms=end_ms, reported_ms=None, outage_ms=None, holds=()
            )
