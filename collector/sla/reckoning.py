"""What the steps from status to counted downtime leave behind: outages, and one account of a period.

The steps are those of the contract's own order: status, unknown policy, merging, clock and pauses,
exclusions, minimum, the period's edge, rounding, sum. `outages.py` takes them; here is what they make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from collector.sla.evidence import Ticket
from collector.sla.spans import Spans


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One outage through every step; whole, also over the period's edge, where nothing else is said.

    The gaps that merging bridged are in none of the spans.
    """

    down: Spans
    """When it was down, as measured (after the unknown policy)."""
    clocked: Spans
    """After the contract's clock and its pauses."""
    remaining: Spans
    """After exclusions: what time to repair and chronic rules look at."""
    counted: Spans
    """After the minimum, and of that what belongs to the period."""
    counted_ms: Fraction
    """How long that is, rounded where each outage is."""
    belongs: bool
    """Whether it, or a piece of it, belongs to the period."""
    tickets: tuple[Ticket, ...] = ()
    """Earliest first; the first one counts."""
    lost_to_late_ticket_ms: Fraction = Fraction(0)

    @property
    def start_ms(self) -> int:
        """When it began, as measured."""
        return self.down.pairs[0][0]

    @property
    def end_ms(self) -> int:
        """When it was over, as measured."""
        return self.down.pairs[-1][1]

    @property
    def ticket(self) -> Ticket | None:
        """The ticket that counts."""
        return self.tickets[0] if self.tickets else None


@dataclass(frozen=True, slots=True)
class Excluded:
    """Time that the contract takes out, by what it leaves; disjoint: window beats both beats numerator.

    `off_hours` lies outside of the service hours. All of it may reach beyond the period.
    """

    numerator: Spans = field(default_factory=Spans)
    both: Spans = field(default_factory=Spans)
    window: Spans = field(default_factory=Spans)
    off_hours: Spans = field(default_factory=Spans)

    def ranked(self) -> Excluded:
        """The same, what overlaps given to the stronger: window beats both beats numerator."""
        both = self.both - self.window
        return Excluded(self.numerator - self.window - both, both, self.window, self.off_hours)

    @property
    def noted(self) -> Spans:
        """What people's notes take out."""
        return self.numerator | self.both | self.window

    @property
    def everything(self) -> Spans:
        """All time in which no downtime counts."""
        return self.noted | self.off_hours


@dataclass(frozen=True, slots=True)
class Account:
    """What one policy for unknown time makes of a status in one period; times in milliseconds."""

    outages: tuple[Reckoned, ...]
    """All that are known, also those around the period: `belongs` tells whose time counts here."""
    sum_ms: Fraction
    """Counted time after rounding, before what is free."""
    free_ms: Fraction
    """The allowance of a period; not more than the sum."""
    denominator_ms: Fraction
    unknown_ms: int
    """What is still unknown under the policy, and left the denominator."""
    excluded_ms: int
    """How much of the period notes took out (whatever of it was down)."""
    by_day: Mapping[date, Fraction]
    """Counted time by local day, before what is free; rounded where each day is."""
    free_is_target: bool = False
    """What is free is what the target allows: it is free of credits, and leaves availability as it is."""

    @property
    def counted_ms(self) -> Fraction:
        """What duration credits look at: the sum less what is free."""
        return self.sum_ms - self.free_ms

    @property
    def here(self) -> tuple[Reckoned, ...]:
        """The outages that belong to the period, also those that count nothing."""
        return tuple(one for one in self.outages if one.belongs)

    @property
    def percent(self) -> Fraction | None:
        """1 - counted/denominator in 0..100%, exactly; None when the denominator is nothing."""
        if self.denominator_ms <= 0:
            return None
        counted = self.sum_ms if self.free_is_target else self.counted_ms
        return 100 * min(Fraction(1), max(Fraction(0), 1 - counted / self.denominator_ms))
