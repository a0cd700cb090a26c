"""What a contract's terms say about time, ready to be asked; and whose circuit they are applied to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from collector.circuits import UpRule
from collector.sla.business import BusinessDays
from collector.sla.calendar import (
    DAY_MS,
    MONTH,
    QUARTER,
    YEAR,
    Cycle,
    Period,
    day_start_ms,
    local_day,
    nominal_ms,
)
from collector.sla.deadlines import length_ms
from collector.sla.hours import weekly
from config.contract import (
    AnniversaryYear,
    BillingMonth,
    Contract,
    Fixed,
    MeanOfMonths,
    Terms,
    Trailing,
)
from config.dated import Dated
from config.fields import Money
from config.objectives import Objective
from config.outage import (
    AnyRule,
    DownRule,
    MefRule,
    Minimum,
    OutageClock,
    OutageRound,
    SimpleRule,
    SlidingRule,
)
from config.settings import Bandwidth, JudgedBy
from config.weekly import Hours
from probes.values import Duration

CYCLES = {"calendar_month": MONTH, "calendar_quarter": QUARTER, "calendar_year": YEAR}
LONG_OUTAGE_MS = 7 * DAY_MS
"""How long an outage over a period's edge is followed where its whole length decides something."""

EVERY_PROBE = JudgedBy.model_construct(availability=None, rtt=None, loss=None, jitter=None)


@dataclass(frozen=True, slots=True)
class Judges:
    """Who judges a circuit from a moment on."""

    from_ms: int
    up_when: UpRule
    judged_by: JudgedBy


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
    later_judges: tuple[Judges, ...] = ()
    """Who judges from a later moment on, in order of time; before the first, the two above do."""
    first_day: date | None = None
    last_day: date | None = None
    monthly_charge: Dated[Money] = field(default_factory=Dated)
    access_charge: Money | None = None
    port_charge: Money | None = None
    one_time_charge: Money | None = None
    due: date | None = None
    """The day on which it was to be delivered."""
    delivered: date | None = None
    site: str = ""
    carrier_id: str = ""
    account: str = ""
    bandwidth: Bandwidth | None = None

    @property
    def currency(self) -> str:
        """The currency of its charges; empty without one."""
        charges = (*self.monthly_charge.values, self.access_charge, self.port_charge, self.one_time_charge)
        return next((one.currency for one in charges if one is not None), "")


@dataclass(frozen=True, slots=True)
class Rules:
    """The terms of one contract in one zone; None where they leave a required choice undecided."""

    terms: Terms
    zone: str
    cycle: Cycle
    business: BusinessDays
    hours: Hours | None
    """Service hours; None: always."""
    denominator: Literal["elapsed", "nominal"] | Fixed | None
    down: DownRule | None
    minimum: Minimum | None
    merge_within_ms: int
    clock: OutageClock | None
    rounding: OutageRound | None
    across: Literal["split", "start", "restoration"] | None
    policy: Literal["exclude", "up", "down", "carry"] | None
    coverage: Fraction | None
    """Percent of the time that must be known for a verdict; None: no such rule."""

    @classmethod
    def of(cls, terms: Terms, site_zone: str) -> Rules:
        """Read what is needed out of a contract's terms."""
        outage, unknown, zone = terms.outage, terms.unknown, zone_of(terms, site_zone)
        return cls(
            terms=terms,
            zone=zone,
            cycle=cycle_of(terms),
            business=BusinessDays.of(terms.holidays, zone),
            hours=None if terms.hours is None else Hours.parse(terms.hours),
            denominator=terms.denominator,
            down=outage.down if outage else None,
            minimum=outage.minimum if outage else None,
            merge_within_ms=outage.merge_within.ms if outage else 0,
            clock=outage.clock if outage else None,
            rounding=outage.round if outage else None,
            across=outage.across_periods if outage else None,
            policy=unknown.policy if unknown else None,
            coverage=unknown.coverage if unknown else None,
        )

    @property
    def reach_ms(self) -> int:
        """How far beyond a period's edges rounds should be read, so that its outages are judged whole."""
        return max(self.back_ms, self.ahead_ms)

    @property
    def ahead_ms(self) -> int:
        """The same after the period's end alone."""
        least = (self.minimum.at_least or self.minimum.longer_than) if self.minimum else None
        rule = _span_ms(self.down) if self.down else 0
        return DAY_MS + self.merge_within_ms + (least.ms if least else 0) + rule + self._outage_ms

    @property
    def back_ms(self) -> int:
        """The same before its start: chronic rules and gates look back further."""
        return self.ahead_ms + max(self._looks_back_ms(), default=0)

    def packets_of(self, period: Period) -> tuple[int, int]:
        """[from, to) in which promises look at single packets; around it the status alone matters."""
        trailing = max(self._trailing_ms(), default=0)
        return min(period.start_ms, period.end_ms - trailing), period.end_ms

    @property
    def _outage_ms(self) -> int:
        """How long outages over the edge are followed beyond a day; undecided choices may need it."""
        measured = self.clock is not None and (self.clock.start, self.clock.end) == ("measured", "restored")
        whole = any(one.metric == "time_to_repair" for one in self._objectives)
        return 0 if self.across == "split" and measured and not whole else LONG_OUTAGE_MS

    @property
    def _objectives(self) -> Sequence[Objective]:
        return tuple(self.terms.objectives.by_name().values()) if self.terms.objectives else ()

    def _looks_back_ms(self) -> Iterator[int]:
        chronic, claim = self.terms.chronic, self.terms.claim
        for rule in chronic.rules if chronic else ():
            if isinstance(rule.within, Duration):
                yield rule.within.ms
        yield from self._trailing_ms()
        if claim is not None and claim.ticket_within is not None:
            yield length_ms(claim.ticket_within)

    def _trailing_ms(self) -> Iterator[int]:
        for objective in self._objectives:
            yield from (gate.trailing_mean.ms for gate in objective.only_if or () if gate.trailing_mean)

    def denominator_ms(self, period: Period, start_ms: int, end_ms: int) -> Fraction:
        """The denominator of [start, end), a part of the period, before unknown time leaves it.

        Time off the service hours is none of it. A nominal day has 24 h, or its hours as printed,
        whatever the clocks do. A fixed one is of the whole period, whatever the hours, and is reduced
        by local days, a day that has only begun by its begun share.
        """
        begin, end = nominal_ms(start_ms, self.zone), nominal_ms(end_ms, self.zone)
        if isinstance(self.denominator, Fixed):
            whole = nominal_ms(period.end_ms, self.zone) - nominal_ms(period.start_ms, self.zone)
            return Fraction(self.denominator.fixed.ms * (end - begin), whole)
        zone = self.zone
        if self.denominator == "nominal":
            start_ms, end_ms, zone = begin, end, "UTC"
        if self.hours is None:
            return Fraction(end_ms - start_ms)
        return Fraction(weekly(self.hours.windows, zone, start_ms, end_ms).total_ms)


def _span_ms(rule: DownRule) -> int:
    """How far from an instant a rule looks to decide it."""
    if isinstance(rule, AnyRule):
        return max(_span_ms(one) for one in rule.any)
    if isinstance(rule, SimpleRule):
        return rule.lasting.ms + rule.clear.ms
    if isinstance(rule, MefRule):
        return rule.interval.ms * rule.consecutive
    if isinstance(rule, SlidingRule):
        return rule.over.ms
    return rule.within.ms


def zone_of(terms: Terms, site_zone: str) -> str:
    """The zone that decides: the contract's, or the site's where it says so."""
    return site_zone if terms.timezone in {None, "site"} else str(terms.timezone)


def cycle_of(terms: Terms) -> Cycle:
    """The contract's periods; the calendar month where it leaves them undecided."""
    period = terms.period
    if isinstance(period, BillingMonth):
        return Cycle(1, 1, period.billing_month)
    if isinstance(period, AnniversaryYear):
        return Cycle(12, period.anniversary_year.month, period.anniversary_year.day)
    if isinstance(period, Trailing):
        return Cycle(1, trailing_ms=period.trailing.ms)
    if isinstance(period, MeanOfMonths):
        return Cycle(1, mean_of=period.mean_of_months)
    return CYCLES[period] if period is not None else MONTH


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

    Of several versions the one in force at the period's start holds, or the first. Where the service
    ended before the period began, the window is empty: nothing is judged.
    """
    start, end = period.start_ms, period.end_ms
    if circuit.first_day is not None:
        start = max(start, day_start_ms(circuit.first_day, period.zone))
    if circuit.last_day is not None:
        end = min(end, day_start_ms(circuit.last_day + timedelta(days=1), period.zone))
    terms = contract.terms_on(local_day(period.start_ms, period.zone))
    if terms.effective is not None:
        start = max(start, day_start_ms(terms.effective, period.zone))
    start = min(start, max(end, period.start_ms))
    return terms, Window(start, max(start, end), max(start, end))
