"""What is measured of packets: statistics, what a lost one counts as, and which time is looked at."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from config.terms import Percent, Term, decimal_text, one_of, problem
from probes.values import Duration


class Rounding(Term):
    """How a measured value is rounded before it is judged."""

    places: int = Field(ge=0, le=12, description="decimal places, in the unit of the objective")
    mode: Literal["half_up", "half_even", "up", "down"] = Field("half_up", description="which way")


class ShareAbove(Term):
    """The share of sent packets above a delay."""

    share_above: Duration = Field(description="the delay")


class MeansOf(Term):
    """Statistics over the means of stretches of this length."""

    means_of: Duration = Field(description="the stretches' length")


class LostAs(Term):
    """A lost packet counts as this delay."""

    delay: Duration = Field(alias="as", description="the delay")


class PdvAt(Term):
    """Packet delay variation: a percentile of the delay above the least."""

    pdv: Annotated[
        Fraction,
        BeforeValidator(lambda value: percentile(value)),
        PlainSerializer(lambda value: f"p{decimal_text(value)}"),
        WithJsonSchema({"type": "string", "pattern": r"^p\d{1,3}(\.\d+)?$"}),
    ] = Field(description="the percentile, e.g. p99.9")


class Available(Term):
    """Judged while the circuit is available and its load is below a share."""

    available: bool = Field(False, description="leave out status-down and excluded time")
    utilisation_below: Percent | None = Field(None, description="leave out time with this load or more")
    of: Literal["commit", "bandwidth"] | None = Field(
        None, description="of which rate; left out: the bandwidth"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.of is not None and self.utilisation_below is None:
            raise problem(self, (("of",), "'of' goes with `utilisation_below`"))
        return self


def percentile(text: object) -> Fraction:
    """Read `p99.9` as 99.9 percent; raises ValueError."""
    if isinstance(text, Fraction):
        return text
    match = re.fullmatch(r"p(\d{1,3}(?:\.\d+)?)", str(text))
    value = Fraction(match[1]) if match else Fraction(0)
    if not 0 < value <= 100:
        raise ValueError(f"{text!r} is not a percentile such as p95 or p99.9")
    return value


def _stat(text: str) -> str:
    if text not in {"mean", "max"}:
        percentile(text)
    return text


Stat = Annotated[
    str | ShareAbove, one_of("mean, max, a percentile or {share_above: 10ms}", ShareAbove, scalar=_stat)
]
Lost = Annotated[
    Literal["ignore", "infinite"] | LostAs,
    one_of("ignore, infinite or {as: 2000ms}", LostAs, words=["ignore", "infinite"]),
]
Of = Annotated[Literal["samples"] | MeansOf, one_of("samples or {means_of: 5m}", MeansOf, words=["samples"])]
While = Annotated[
    Literal["always", "available"] | Available,
    one_of("always, available or {available: true, ...}", Available, words=["always", "available"]),
]
