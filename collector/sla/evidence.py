"""What is known of a circuit besides its contract: what was measured, and what people said of it.

Times are UTC in whole milliseconds. It comes from the ledger and its notes, or from a history file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from collector.sla.timeline import Timeline
from collector.sla.tracks import Measured


@dataclass(frozen=True, slots=True)
class Hold:
    """Time in which the carrier could not work on a ticket, and why, in a free word."""

    start_ms: int
    end_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A trouble ticket at the carrier; None is a moment that didn't come yet, or that nobody wrote down."""

    id: str
    opened_ms: int
    closed_ms: int | None = None
    reported_ms: int | None = None
    """When the trouble was told, where that wasn't when the ticket was opened."""
    acknowledged_ms: int | None = None
    notified_ms: int | None = None
    """When the carrier told us of it."""
    repair_started_ms: int | None = None
    outage_ms: int | None = None
    """The measured start of the outage that it names."""
    dispatched: bool = False
    """Whether somebody had to go there."""
    holds: tuple[Hold, ...] = ()

    def until(self, at_ms: int) -> Ticket:
        """The ticket as it stood at a moment: what came later isn't there yet."""

        def known(moment_ms: int | None) -> int | None:
            return moment_ms if moment_ms is not None and moment_ms <= at_ms else None

        return replace(
            self,
            closed_ms=known(self.closed_ms),
            reported_ms=known(self.reported_ms),
            acknowledged_ms=known(self.acknowledged_ms),
            notified_ms=known(self.notified_ms),
            repair_started_ms=known(self.repair_started_ms),
        )


MAINTENANCE, EMERGENCY = "maintenance", "emergency_maintenance"


@dataclass(frozen=True, slots=True)
class Excuse:
    """Time that somebody says should not count: planned work, the customer's own doing, and so on."""

    start_ms: int
    end_ms: int
    kind: str
    """The key under the contract's `exclude` that judges it."""
    announced_ms: int | None = None
    state: Literal["claimed", "accepted", "disputed"] = "accepted"
    """A disputed one doesn't count as excluded; the figure if that is refused stands beside."""


@dataclass(frozen=True, slots=True)
class Load:
    """One measurement of how full a circuit is, from `at_ms` until the next of its probe and direction.

    Ratios, exact: `utilisation` of the rate that the contract names, `throughput` of the bandwidth.
    """

    at_ms: int
    probe: str = ""
    direction: str = ""
    """receive | transmit, or empty."""
    utilisation: Fraction | None = None
    throughput: Fraction | None = None


@dataclass(frozen=True, slots=True)
class EarlierPeriod:
    """What an earlier period's statement said: verdicts by objective, and the credit that it gave."""

    label: str
    verdicts: Mapping[str, str]
    credit: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one circuit. Reaches beyond the period on both sides where anything is known.

    With `intervals` these decide the status and where they say nothing it is up; without, the rounds do.
    """

    measured: tuple[Measured, ...] = ()
    intervals: Timeline | None = None
    excuses: tuple[Excuse, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    loads: tuple[Load, ...] = ()
    earlier: tuple[EarlierPeriod, ...] = ()

    def until(self, at_ms: int) -> Evidence:
        """What is known at a moment: a ticket that was opened later isn't there yet."""
        known = tuple(one.until(at_ms) for one in self.tickets if one.opened_ms <= at_ms)
        return replace(self, tickets=known)
