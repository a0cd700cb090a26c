"""The claims that a review looks at: those of its time, and those that still wait for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from collector.claiming.book import SETTLED, ClaimNow, claims_now
from collector.clerk import Desk
from collector.periods import ReportPeriod

UNSENT = frozenset({"detected", "ticketed", "eligible", "expired"})
"""What the carrier hasn't heard of."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim as it stands; amounts in its currency."""

    scope: str
    carrier: str
    period: str
    state: str
    currency: str
    amount: Fraction
    """The credit by the statement."""
    claimable: Fraction
    submitted: Fraction
    received: Fraction
    owed: Fraction
    lapses_ms: int | None
    """Until when the next thing must be done."""
    next_step: str

    @property
    def known_to_carrier(self) -> bool:
        """Whether it was sent."""
        return self.state not in UNSENT


def claims(desk: Desk, period: ReportPeriod) -> list[Claim]:
    """By the end of their period, the newest first; nothing to claim is none. Raises LedgerError."""
    found = [
        one for one in claims_now(desk.settings, desk.reader, desk.now.wall_ms) if _concerns(one, period)
    ]
    return [_claim(one) for one in sorted(found, key=lambda one: (-one.end_ms, one.carrier, one.scope))]


def _concerns(one: ClaimNow, period: ReportPeriod) -> bool:
    """Whether its own period ended in the time; or before it, and something of it is still to be done."""
    if one.state == "none":
        return False
    if one.ended_within(period.start_ms, period.end_ms, period.zone):
        return True
    return one.end_ms <= period.start_ms and one.state not in SETTLED


def _claim(one: ClaimNow) -> Claim:
    return Claim(
        scope=one.scope,
        carrier=one.carrier,
        period=one.period,
        state=str(one.state),
        currency=one.currency,
        amount=one.amount,
        claimable=one.claimable,
        submitted=one.submitted,
        received=one.received,
        owed=one.owed,
        lapses_ms=one.lapses_ms,
        next_step=one.next_step or "",
    )
