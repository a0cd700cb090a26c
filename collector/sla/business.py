"""Business days: not Saturday, not Sunday, and no holiday of the contract's list or country."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from collector.sla.calendar import DAY_MS, EPOCH, at_wall_ms, wall_ms
from config.public_holidays import holidays_of, known_country

ONE_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """The business days of a contract, as local days of `zone`."""

    zone: str
    dates: frozenset[date] = frozenset()
    country: str = ""
    """Whose public holidays are none: `GB`, or with a part of it `GB-SCT`; empty: nobody's."""

    @classmethod
    def of(cls, holidays: tuple[date, ...] | str | None, zone: str) -> BusinessDays:
        """Those of a contract's `holidays`; raises ValueError for a country that nobody knows."""
        if isinstance(holidays, str):
            return cls(zone, country=known_country(holidays))
        return cls(zone, frozenset(holidays or ()))

    def is_open(self, day: date) -> bool:
        """Whether a local day is a business day."""
        return (
            day.weekday() < _SATURDAY
            and day not in self.dates
            and not (self.country and day in holidays_of(self.country))
        )

    def after(self, day: date, n: int) -> date:
        """The n-th business day after a day, which itself may be none; 0 is the day itself."""
        while n > 0:
            day += ONE_DAY
            n -= self.is_open(day)
        return day

    def late(self, due: date, delivered: date) -> int:
        """How many business days after `due` a delivery came; 0 in time, or before the next one began."""
        days = range(1, (delivered - due).days + 1)
        return sum(self.is_open(due + timedelta(days=number)) for number in days)

    def later_ms(self, at_ms: int, n: int) -> int:
        """The same clock time n business days later; a time that the clocks skip is when they do."""
        if n == 0:
            return at_ms
        days, clock_ms = divmod(wall_ms(at_ms, self.zone), DAY_MS)
        return at_wall_ms(self.after(EPOCH.date() + timedelta(days=days), n), clock_ms, self.zone)
