"""What a credit gives: a share of the charge, days or hours of it, or money."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_PAYOUT = re.compile(r"(\d+(?:\.\d+)?)\s*(%|days?|hours?|[A-Z]{3}|)", re.ASCII)
_WHAT = "5%, 1 day, 2.5 hours, 50.00 or 50.00 USD"


@dataclass(frozen=True, slots=True)
class Payout:
    """`value` percent of the charge, days or hours of it, or money (in `currency` where one is said)."""

    kind: Literal["percent", "day", "hour", "money"]
    value: Fraction
    currency: str | None
    text: str

    @classmethod
    def parse(cls, value: object) -> Payout:
        """Read `5%`, `1 day`, `2.5 hours`, `50.00` or `50.00 USD`; raises ValueError."""
        if isinstance(value, Payout):
            return value
        text = str(value).strip()
        match = _PAYOUT.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is nothing that can be paid, such as {_WHAT}")
        number, unit = Fraction(match[1]), match[2]
        if unit == "%":
            return cls("percent", number, None, text)
        if unit.startswith("day"):
            return cls("day", number, None, text)
        if unit.startswith("hour"):
            return cls("hour", number, None, text)
        return cls("money", number, unit or None, text)

    @property
    def in_days(self) -> bool:
        """Whether it needs the rate of a day."""
        return self.kind in {"day", "hour"}

    def __str__(self) -> str:
        return self.text


Gives = Annotated[
    Payout,
    BeforeValidator(Payout.parse),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": "^" + _PAYOUT.pattern + "$", "examples": ["5%", "1 day"]}),
]
