"""What of a contract this version evaluates, and whose circuit it is applied to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from collector.circuits import UpRule
from collector.sla.calendar import (
    DAY_MS,
    MONTH,
    QUARTER,
    YEAR,
    Cycle,
    Period,
    day_start_ms,
    local_day,
    wall_ms,
)
from config.contract import AnniversaryYear, BillingMonth, Contract, Fixed, Terms
from config.outage import Minimum, SimpleRule
from config.settings import JudgedBy

CYCLES = {"calendar_month": MONTH, "calendar_quarter": QUARTER, "calendar_year": YEAR}

EVERY_PROBE = JudgedBy.model_construct(availability=None, rtt=None, loss=None, jitter=None)


@dataclass(frozen=True, slots=True)
class CircuitFacts:
    """What a contract needs to know of a circuit.

    `timezone` is its site's zone; where `judged_by` names no probe for a question, all of them
    answer it. `first_day` and `last_day` are its first and last day in service, both inside.
    """

    id: str
    timezone: str
    up_when: UpRule = "any"
    judged_by: JudgedBy = EVERY_PROBE
    first_day: date | None = None
    last_day: date | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The evaluated terms; None where the contract leaves a required one undecided, or gives it later."""

    zone: str
    cycle: Cycle
    denominator: Literal["elapsed", "nominal"] | Fixed | None
    down: SimpleRule | None
    minimum: Minimum | None
    merge_within_ms: int
    policy: Literal["exclude", "up", "down", "carry"] | None
    coverage: Fraction | None
    """Percent of the time that must be known for a verdict; None: no such rule."""

    @classmethod
    def of(cls, terms: Terms, site_zone: str) -> Rules:
        """Read what is needed out of a contract's terms."""
        outage = terms.outage
        down = outage.down if outage else None
        return cls(
            zone=zone_of(terms, site_zone),
            cycle=cycle_of(terms),
            denominator=terms.denominator,
            down=down if isinstance(down, SimpleRule) else None,
            minimum=outage.minimum if outage else None,
            merge_within_ms=outage.merge_within.ms if outage else 0,
            policy=terms.unknown.policy if terms.unknown else None,
            coverage=terms.unknown.coverage if terms.unknown else None,
        )

    @property
    def reach_ms(self) -> int:
        """How far beyond a period's edges rounds should be read, so that its outages are judged whole."""
        reach = DAY_MS + self.merge_within_ms
        if self.down is not None:
            reach += self.down.lasting.ms + self.down.clear.ms
        if self.minimum is not None:
            least = self.minimum.at_least or self.minimum.longer_than
            reach += least.ms if least else 0
        return reach

    def denominator_ms(self, period: Period, start_ms: int, end_ms: int) -> Fraction:
        """The denominator of [start, end), a part of the period, before unknown time leaves it.

        A fixed one is reduced by local days, a day that has only begun by its begun share.
        """
        if self.denominator == "elapsed":
            return Fraction(end_ms - start_ms)
        nominal = wall_ms(end_ms, self.zone) - wall_ms(start_ms, self.zone)
        if not isinstance(self.denominator, Fixed):
            return Fraction(nominal)
        whole = wall_ms(period.end_ms, self.zone) - wall_ms(period.start_ms, self.zone)
        return Fraction(self.denominator.fixed.ms * nominal, whole)


def zone_of(terms: Terms, site_zone: str) -> str:
    """The zone that decides: the contract's, or the site's where it says so."""
    return site_zone if terms.timezone in {None, "site"} else str(terms.timezone)


def cycle_of(terms: Terms) -> Cycle:
    """The contract's periods; a kind that is not evaluated yet stands as the calendar month."""
    if isinstance(terms.period, BillingMonth):
        return Cycle(1, 1, terms.period.billing_month)
    if isinstance(terms.period, AnniversaryYear):
        return Cycle(12, terms.period.anniversary_year.month, terms.period.anniversary_year.day)
    return CYCLES.get(terms.period, MONTH) if isinstance(terms.period, str) else MONTH


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a period that is judged: [start, end) so far, [start, full_end) when it is over."""

    start_ms: int
    end_ms: int
    full_end_ms: int

    @property
    def ms(self) -> int:
        """How long the part so far is."""
        return self.end_ms - self.start_ms


def in_force(contract: Contract, circuit: CircuitFacts, period: Period) -> tuple[Terms, Window]:
    """The terms that hold, and what they judge: in service, and not before the contract is effective.

    Of several versions the one in force at the start holds. The window's end is the period's, and may
    lie before its start: then nothing is judged.
    """
    start, end = period.start_ms, period.end_ms
    if circuit.first_day is not None:
        start = max(start, day_start_ms(circuit.first_day, period.zone))
    if circuit.last_day is not None:
        end = min(end, day_start_ms(circuit.last_day + timedelta(days=1), period.zone))
    terms = contract.terms_on(local_day(start, period.zone))
    if terms.effective is not None:
        start = max(start, day_start_ms(terms.effective, period.zone))
    start = min(start, max(end, period.start_ms))
    return terms, Window(start, max(start, end), max(start, end))
