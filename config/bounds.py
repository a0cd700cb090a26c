"""What a key figure can be of, and bounds of it such as `> 70%` in the unit that people read it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

Measure = Literal[
    "availability",
    "coverage",
    "outages",
    "mtbf",
    "mttr",
    "rtt",
    "loss",
    "jitter",
    "mos",
    "utilisation",
    "throughput",
    "tls_days",
]
Statistic = Literal["mean", "median", "p95", "max"]
Span = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Kind:
    """How a measure is written and read."""

    name: str
    unit: str
    """What stands behind a value: `%`, ` ms`; empty: a bare number."""
    units: Mapping[str, Fraction]
    """What a bound may be written in, and how many of the measure's own unit one of it is."""
    example: str
    more_is_better: bool
    formula: str
    """What is measured, and what it is made of, for people."""
    statistic: Statistic | None = None
    """The usual one of many values; None: it is no value of every five minutes."""
    needs_days: bool = False
    """It counts outages: of less than a day it tells nothing."""
    places: int = 0
    """Decimals that are shown."""


_PERCENT = {"%": Fraction(1)}
_MS = {"us": Fraction(1, 1000), "ms": Fraction(1), "s": Fraction(1000)}
_HOURS = {"s": Fraction(1, 3600), "m": Fraction(1, 60), "h": Fraction(1), "d": Fraction(24)}
_DAYS = {"h": Fraction(1, 24), "d": Fraction(1)}
_MBIT = {"k": Fraction(1, 1000), "M": Fraction(1), "G": Fraction(1000)}
_BARE = {"": Fraction(1)}

KINDS: Mapping[Measure, Kind] = {
    "availability": Kind(
        *("availability", "%", _PERCENT, ">= 99.95%", True),
        "time up / (time up + time down); unknown time is in neither",
        places=3,
    ),
    "coverage": Kind(
        *("coverage", "%", _PERCENT, ">= 98%", True),
        "(time up + time down) / all time: how much of it was measured",
        places=2,
    ),
    "outages": Kind(
        *("outages", "", _BARE, "<= 2", False),
        "outages that began in the time, for each circuit",
        needs_days=True,
        places=1,
    ),
    "mtbf": Kind(
        *("mean time between failures", " d", _DAYS, ">= 30d", True),
        "time up / outages",
        needs_days=True,
        places=1,
    ),
    "mttr": Kind(
        *("mean time to repair", " h", _HOURS, "<= 4h", False),
        "length of all outages that began in the time / outages",
        needs_days=True,
        places=2,
    ),
    "rtt": Kind(
        *("round-trip time", " ms", _MS, "<= 30ms", False),
        "the median round trip of each five minutes, there and back",
        statistic="median",
        places=1,
    ),
    "loss": Kind(
        *("packet loss", "%", _PERCENT, "<= 0.1%", False),
        "packets lost / packets sent of each five minutes",
        statistic="mean",
        places=3,
    ),
    "jitter": Kind(
        *("delay variation", " ms", _MS, "<= 5ms", False),
        "the mean difference of one round trip from the next (RFC 3393), of each five minutes",
        statistic="mean",
        places=2,
    ),
    "mos": Kind(
        *("voice quality", " of 5", _BARE, ">= 4.0", True),
        "mean opinion score by the E-model (ITU-T G.107) for G.711, of half the round trip and the loss",
        statistic="mean",
        places=2,
    ),
    "utilisation": Kind(
        *("utilisation", "%", _PERCENT, "<= 70%", False),
        "load of the fuller direction / line rate, as the device says by SNMP",
        statistic="mean",
        places=1,
    ),
    "throughput": Kind(
        *("throughput", " Mbit/s", _MBIT, "<= 500M", False),
        "utilisation of the fuller direction x line rate",
        statistic="mean",
        places=1,
    ),
    "tls_days": Kind(
        *("certificate", " d", {"d": Fraction(1)}, ">= 30d", True),
        "days until the certificate that was shown ends; of several the least",
        places=0,
    ),
}
"""Every measure."""


def within(value: Fraction | float, operator: str, limit: Fraction | float) -> bool:
    """Whether a value is on the side of a limit that an operator (`>=`, `<`) names."""
    if value == limit:
        return "=" in operator
    return (value > limit) is operator.startswith(">")


_BOUND = re.compile(r"(>=|<=|>|<)\s*(\d+(?:\.\d+)?)\s*(%|us|ms|s|m|h|d|k|M|G|)")


@dataclass(frozen=True, slots=True)
class Bound:
    """`<= 45ms`: an operator and a number with the unit it was written in."""

    operator: str
    number: Fraction
    unit: str
    text: str

    @classmethod
    def parse(cls, value: object) -> Bound:
        """Read `> 70%`; raises ValueError."""
        if isinstance(value, Bound):
            return value
        match = _BOUND.fullmatch(str(value).strip())
        if not match:
            raise ValueError(f"{value!r} is not a bound such as '>= 99.9%', '<= 45ms' or '> 70%'")
        return cls(match[1], Fraction(match[2]), match[3], str(value).strip())

    @property
    def upwards(self) -> bool:
        """Whether what is larger lies within it."""
        return self.operator.startswith(">")

    def misfit(self, measure: Measure) -> str:
        """Why it can't be a bound of a measure; empty when it can."""
        kind = KINDS[measure]
        if self.unit in kind.units:
            return ""
        written = f"{self.unit!r}" if self.unit else "without a unit"
        return f"{self.text!r} is {written}: {measure} is written such as '{kind.example}'"

    def of(self, measure: Measure) -> Fraction:
        """Its number in the measure's own unit; raises KeyError where it doesn't fit."""
        return self.number * KINDS[measure].units[self.unit]

    def holds(self, value: Fraction | float, measure: Measure) -> bool:
        """Whether a value in the measure's unit lies within it."""
        return within(value, self.operator, self.of(measure))

    def __str__(self) -> str:
        return self.text


Limit = Annotated[
    Bound,
    BeforeValidator(Bound.parse),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": "^" + _BOUND.pattern + "$", "examples": ["> 70%"]}),
]
