"""The charge that percents, days and caps are of: by base, reduced to the days in service."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal

from collector.sla.calendar import MONTH, Cycle, Period, days_of
from collector.sla.rules import CircuitFacts
from config.fields import Money
from config.rates import DayRate

Base = Literal["month", "period", "access", "port", "once"]
"""A month's charge, a whole period's, that of the access or of the port; `once`: the one-time charge."""


def charge(
    circuits: Sequence[CircuitFacts],
    base: Base,
    period: Period,
    cycle: Cycle,
    effective: date | None = None,
) -> Fraction | None:
    """The charge of a period, summed over all circuits of a scope; None where one in service has none.

    It is reduced to the local days in service, from `effective` on, the contract's first day; where
    periods look back, of the month with which this one ends. The one-time charge is not. Raises
    ValueError for several currencies: they are never added.
    """
    parts, months = Counter[Money](), Fraction(1)
    if base == "period":
        months = months_of(period, cycle)
    else:
        period = _paid(period, cycle)
    shares = months / len(days_of(period))
    for circuit in circuits:
        found = _once(circuit) if base == "once" else _daily(circuit, base, period, effective)
        if found is None:
            return None
        parts.update(found)
    currencies = sorted({money.currency for money in parts})
    if len(currencies) > 1:
        raise ValueError(
            f"charges in {' and '.join(currencies)} can't be added: give each currency its own scope"
        )
    total = sum((Fraction(money.amount) * times for money, times in parts.items()), Fraction(0))
    if not circuits:
        return None
    return total if base == "once" else total * shares


def _paid(period: Period, cycle: Cycle) -> Period:
    """The time that a charge is of: where periods look back, the month with which this one ends."""
    looks_back = (cycle.trailing_ms or cycle.mean_of) and cycle.owns(period)
    return MONTH.containing(period.end_ms - 1, period.zone) if looks_back else period


def _once(circuit: CircuitFacts) -> Mapping[Money, int] | None:
    return None if circuit.one_time_charge is None else {circuit.one_time_charge: 1}


def _daily(
    circuit: CircuitFacts, base: Base, period: Period, effective: date | None
) -> Mapping[Money, int] | None:
    """On how many local days in service each charge held; None where there was service and no charge."""
    served = [day for day in days_of(period) if _in_service(circuit, day, effective)]
    held = [_held(circuit, base, day) for day in served]
    known = Counter(one for one in held if one is not None)
    return known if known or not served else None


def _in_service(circuit: CircuitFacts, day: date, effective: date | None) -> bool:
    first = max((one for one in (circuit.first_day, effective) if one is not None), default=day)
    return first <= day and (circuit.last_day is None or day <= circuit.last_day)


def _held(circuit: CircuitFacts, base: Base, day: date) -> Money | None:
    if base == "access":
        return circuit.access_charge
    return circuit.port_charge if base == "port" else circuit.monthly_charge.at(day)


def months_of(period: Period, cycle: Cycle) -> Fraction:
    """How many months of charge a period has.

    Those of the contract's own period; any other time counts each day as its share of its month.
    """
    if cycle.length_months is not None and cycle.owns(period):
        return Fraction(cycle.length_months)
    return sum((Fraction(1, _month_days(day)) for day in days_of(period)), Fraction(0))


def day(charge: Fraction, rate: DayRate, period: Period, cycle: Cycle) -> Fraction:
    """What a day of a charge is.

    Where the days of the month matter, they are those of a period that is a month itself, else of
    the calendar month in which it starts.
    """
    days = days_of(period)
    own_month = cycle.length_months == 1 and cycle.owns(period)
    return charge * rate.of(len(days) if own_month else _month_days(days[0]))


def _month_days(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]
