"""What a day of a charge is: `1/30`, `1/days_in_month`, `12/365`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

DAYS_IN_MONTH = "days_in_month"
_RATE = re.compile(rf"(\d{{1,6}})/(\d{{1,6}}|{DAYS_IN_MONTH})")


@dataclass(frozen=True, slots=True)
class DayRate:
    """`parts` of `days`; `days` is None where the month's own number of days stands."""

    parts: int
    days: int | None

    @classmethod
    def parse(cls, value: object) -> DayRate:
        """Read `1/30` or `1/days_in_month`; raises ValueError."""
        if isinstance(value, DayRate):
            return value
        match = _RATE.fullmatch(str(value).replace(" ", ""))
        if not match or not int(match[1]):
            raise ValueError(f"{str(value)!r} is not a day's share such as 1/30, 1/days_in_month or 12/365")
        if match[2] == DAYS_IN_MONTH:
            return cls(int(match[1]), None)
        if not int(match[2]):
            raise ValueError(f"{str(value)!r} divides by nothing: write such as 1/30")
        return cls(int(match[1]), int(match[2]))

    def of(self, days_in_month: int) -> Fraction:
        """The share of a monthly charge that a day is, in a month of so many days."""
        return Fraction(self.parts, self.days or days_in_month)

    def __str__(self) -> str:
        return f"{self.parts}/{self.days or DAYS_IN_MONTH}"


DayShare = Annotated[
    DayRate,
    BeforeValidator(DayRate.parse),
    PlainSerializer(str),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_RATE.pattern}$", "examples": ["1/30", "1/days_in_month"]}
    ),
]
