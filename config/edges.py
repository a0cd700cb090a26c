"""The edges of a credit table, and steps of it: a percentage, a time, business days or a bare number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from probes.values import Duration

Kind = Literal["percent", "time", "bd", "number"]
KINDS: dict[Kind, str] = {
    "percent": "a percentage such as 99.5%",
    "time": "a time such as 30ms, 4h or 04:00:00",
    "bd": "business days such as 5bd",
    "number": "a bare number such as 4.0",
}
_NUMBER = r"(\d+(?:\.\d+)?)"
_CLOCK = re.compile(r"(\d+):([0-5]\d):([0-5]\d)", re.ASCII)
_PART = re.compile(_NUMBER + r"\s*(us|ms|s|m|h|d|w)", re.ASCII)
_PLAIN = re.compile(_NUMBER + r"\s*(%|bd|)", re.ASCII)
_WHAT = "99.5%, 30ms, 4h, 04:00:00, 5bd or 4.0"
_PLAIN_KIND: dict[str, Kind] = {"%": "percent", "bd": "bd", "": "number"}
_MS = {"us": Fraction(1, 1000), "ms": Fraction(1), "s": Fraction(1000)} | {
    "m": Fraction(60_000),
    "h": Fraction(3_600_000),
    "d": Fraction(86_400_000),
    "w": Fraction(604_800_000),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """`value` in percentage points, milliseconds, business days, or bare; `text` as it was written."""

    kind: Kind
    value: Fraction
    text: str

    @classmethod
    def parse(cls, value: object) -> Edge:
        """Read `99.5%`, `45ms`, `1h30m`, `04:00:00`, `1bd` or `4.0`; raises ValueError."""
        if isinstance(value, Edge):
            return value
        text = str(value).strip()
        if match := _CLOCK.fullmatch(text):
            hours, minutes, seconds = map(int, match.groups())
            return cls("time", Fraction(1000 * (3600 * hours + 60 * minutes + seconds)), text)
        if match := _PLAIN.fullmatch(text):
            return cls(_PLAIN_KIND[match[2]], Fraction(match[1]), text)
        parts = list(_PART.finditer(text))
        if not parts or "".join(part[0] for part in parts) != text:
            raise ValueError(f"{text!r} is no edge of a table, such as {_WHAT}")
        return cls("time", sum((Fraction(part[1]) * _MS[part[2]] for part in parts), Fraction(0)), text)

    @property
    def as_clock(self) -> bool:
        """Whether it was printed `HH:MM:SS`."""
        return ":" in self.text

    def __str__(self) -> str:
        return self.text


def decimal(value: Fraction) -> str:
    """A value that ends after some decimal places, without the zeros behind; 12 places where it doesn't."""
    places = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{round(places, 12).normalize():f}"


def written(value: Fraction, kind: Kind, *, as_clock: bool = False) -> str:
    """A value as an edge of that kind is written: `97.5%`, `7h`, `07:00:00`, `5bd`, `4.2`."""
    if kind == "time":
        return _written_time(value, as_clock=as_clock)
    return decimal(value) + {"percent": "%", "bd": "bd", "number": ""}[kind]


def _written_time(value: Fraction, *, as_clock: bool) -> str:
    if as_clock:
        minutes, rest = divmod(value / 1000, 60)
        whole, _, part = decimal(rest).partition(".")
        return f"{minutes // 60:02}:{minutes % 60:02}:{whole:>02}{'.' + part if part else ''}"
    if value.denominator == 1:
        return str(Duration(int(value)))
    return f"{decimal(value)}ms"


def _number(value: object) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if not re.fullmatch(_NUMBER, str(value), re.ASCII):
        raise ValueError(f"{value!r} is not a number such as 2 or 1.5")
    return Fraction(str(value))


Limit = Annotated[
    Edge,
    BeforeValidator(Edge.parse),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "pattern": rf"^({_NUMBER}\s*(%|bd|)|\d+:[0-5]\d:[0-5]\d|(\d+(\.\d+)?\s*(us|ms|s|m|h|d|w))+)$",
            "examples": ["99.5%", "30ms", "04:00:00"],
        }
    ),
]
"""An edge as a field of a contract."""

Number = Annotated[
    Fraction,
    BeforeValidator(_number),
    PlainSerializer(decimal),
    WithJsonSchema({"type": ["string", "number"], "pattern": f"^{_NUMBER}$", "examples": ["2", "1.5"]}),
]
"""An exact number: `1.5` is 3/2."""
