"""What a payout is worth: a share of a charge, days or hours of it, or money; and how that is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from collector.sla.rounding import rounded, shown
from config.payouts import Payout
from config.rates import DayRate

Base = Literal["month", "period", "access", "port", "once"]
BASES: dict[Base, str] = {
    "month": "the month's charge",
    "period": "the period's charge",
    "access": "the access charge",
    "port": "the port charge",
    "once": "the one-time charge",
}


@dataclass(frozen=True, slots=True)
class Rates:
    """The prices of payouts of one base. `currency` is the contract's, None where it isn't known."""

    base: Base
    charge: Fraction | None
    """None where the circuit has no such charge; what is a share of it is then worth nothing."""
    day_of: Callable[[Fraction], Fraction]
    day_rate: DayRate | None
    currency: str | None

    def price(self, gives: Payout, units: Fraction = Fraction(1)) -> Fraction:
        """What `units` times a payout is, exactly; raises ValueError for another currency's money."""
        if gives.kind == "money":
            if gives.currency is not None and self.currency not in {None, gives.currency}:
                raise ValueError(
                    f"'{gives}' can't be paid by a contract in {self.currency}: write it in {self.currency}"
                )
            return gives.value * units
        charge = self.charge or Fraction(0)
        if gives.kind == "percent":
            return charge * gives.value * units / 100
        if self.day_rate is None:
            return Fraction(0)
        return self.day_of(charge) * gives.value * units / (24 if gives.kind == "hour" else 1)

    def limit(self, cap: Payout, times: Fraction = Fraction(1)) -> Fraction | None:
        """What `times` a cap is; None where it is a share of a charge that isn't known."""
        return None if self.obstacle(cap) else self.price(cap, times)

    def obstacle(self, gives: Payout | None) -> str:
        """Why a payout (None: a share of the charge) can't be priced; empty where it can."""
        if gives is not None and gives.kind == "money":
            return ""
        if self.charge is None:
            return f"{BASES[self.base]} is not known"
        if gives is not None and gives.in_days and self.day_rate is None:
            return "the contract doesn't say what a day is (day_rate)"
        return ""

    def spoken(self, gives: Payout, units: Fraction = Fraction(1)) -> str:
        """`5% of 2,000.00 = 100.00`, `2 days of 3,000.00 / 30 = 200.00`, or the money alone."""
        worth = money(self.price(gives, units))
        if gives.kind == "money":
            return worth
        charge, amount = money(self.charge or Fraction(0)), gives.value * units
        if gives.kind == "percent":
            return f"{number(amount)}% of {charge} = {worth}"
        hours = " / 24" if gives.kind == "hour" else ""
        return f"{many(amount, gives.kind)} of {charge} {self._day()}{hours} = {worth}"

    def _day(self) -> str:
        """What makes a day of a charge: `/ 30`, `x 12 / 365`."""
        rate = self.day_rate
        if rate is None:
            return "/ a month's days"
        days = rate.days or rate.parts / self.day_of(Fraction(1))
        return f"/ {days}" if rate.parts == 1 else f"x {rate.parts} / {days}"


def money(amount: Fraction) -> str:
    """`1,234.50`: two places, rounded half up, for reading."""
    whole, _, part = shown(amount, 2).partition(".")
    return f"{int(whole):,}.{part}"


def number(value: Fraction) -> str:
    """A number for reading: `2`, `1.5`, at most six places."""
    if value.denominator == 1:
        return f"{int(value):,}"
    return shown(rounded(value, 6, "half_up")).rstrip("0").rstrip(".")


def many(value: Fraction, word: str) -> str:
    """`1 day`, `2.5 days`."""
    return f"{number(value)} {word}{'' if value == 1 else 's'}"
