"""When a contract calls a circuit down, and which downtime it counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from config.terms import Percent, Term, Text, WorkingTime, one_of, problem
from config.weekly import WeeklyWindow
from probes.values import Duration

_DAY_MS = 86_400_000


class LossRule(Term):
    """A round is lossy above a share of lost packets, or from it on."""

    loss_above: Percent | None = Field(None, description="lossy when more than this share is lost")
    loss_at_least: Percent | None = Field(None, description="lossy from this share of loss on")
    direction: Literal["forward", "reverse", "either", "both"] | None = Field(
        None, description="which way, where the probe splits it"
    )

    @model_validator(mode="after")
    def _one_threshold(self) -> Self:
        if (self.loss_above is None) == (self.loss_at_least is None):
            raise ValueError("give loss_above (strictly more) or loss_at_least (100% for total loss)")
        if self.loss_above is not None and self.loss_above >= 100:
            raise ValueError("no round loses more than 100%: write loss_at_least: 100% for total loss")
        if self.loss_at_least == 0:
            raise ValueError(
                "every round loses 0% at least, and it would always be down: write loss_above: 0%"
            )
        return self

    @property
    def threshold(self) -> tuple[Fraction, bool]:
        """The share of loss as a ratio, and whether the share itself is lossy already."""
        if self.loss_above is not None:
            return self.loss_above / 100, False
        return (self.loss_at_least or Fraction(0)) / 100, True


class SimpleRule(LossRule):
    """Down from the first of lossy rounds that last so long, until the first of others that do."""

    lasting: Duration = Field(Duration(0), alias="for", description="lossy rounds in a row last this long")
    clear: Duration = Field(Duration(0), description="other rounds in a row last this long")


class MefRule(LossRule):
    """The sliding window of MEF 10.x: n lossy intervals in a row."""

    interval: Duration = Field(description="length of one interval")
    consecutive: int = Field(ge=1, description="so many in a row turn the status")

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not self.interval.ms:
            raise problem(self, (("interval",), "0s is no interval: write such as 10s"))
        return self


class SlidingRule(LossRule):
    """All packets of a sliding window taken together."""

    over: Duration = Field(description="the window")

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not self.over.ms:
            raise problem(self, (("over",), "0s is no window: write such as 2h"))
        return self


class DenseRule(LossRule):
    """So much lossy time inside any such window."""

    seconds: Text = Field(description="lossy seconds that make it down")
    within: Duration = Field(description="the window")

    @model_validator(mode="after")
    def _fits_in(self) -> Self:
        if not re.fullmatch(r"\d+(\.\d+)?", self.seconds) or not Fraction(self.seconds):
            text = f"{self.seconds!r} is not a number of seconds such as 60"
            raise problem(self, (("seconds",), text))
        if Fraction(self.seconds) * 1000 > self.within.ms:
            text = f"{self.seconds} seconds never fit in {self.within}: this would never be down"
            raise problem(self, (("seconds",), text))
        return self


class AnyRule(Term):
    """Down when one of several rules says so."""

    any: tuple[DownRule, ...] = Field(min_length=1, description="the rules")


DownRule = Annotated[
    SimpleRule | MefRule | SlidingRule | DenseRule | AnyRule,
    one_of(
        "a rule such as {loss_above: 50%, for: 60s, clear: 60s}",
        SimpleRule,
        MefRule,
        SlidingRule,
        DenseRule,
        AnyRule,
    ),
]
AnyRule.model_rebuild()  # it names the rules, of which it is one


class Minimum(Term):
    """Which outages are too short to count, and whether their first minutes do."""

    at_least: Duration | None = Field(None, description="an outage of this length counts")
    longer_than: Duration | None = Field(None, description="an outage that is longer counts")
    mode: Literal["threshold", "deductible"] = Field(
        "threshold",
        description="threshold: the whole outage counts once reached; deductible: only the excess",
    )
    allowance: Annotated[
        Duration | Literal["target"] | None,
        one_of("a duration or `target`", words=["target"], scalar=Duration.parse),
    ] = Field(None, description="a sum a period that is free")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [self.at_least, self.longer_than, self.allowance]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give one of at_least, longer_than and allowance")
        return self


class LaterOf(Term):
    """The later of several moments."""

    later_of: tuple[Literal["measured", "reported", "ticket"], ...] = Field(
        min_length=1, description="the moments"
    )


class EarlierOf(Term):
    """The earlier of several moments."""

    earlier_of: tuple[Literal["restored", "ticket_closed"], ...] = Field(
        min_length=1, description="the moments"
    )


_STARTS = ["measured", "reported", "ticket"]
_ENDS = ["restored", "ticket_closed"]


class OutageClock(Term):
    """From when to when an outage is counted."""

    start: Annotated[
        Literal["measured", "reported", "ticket"] | LaterOf,
        one_of("measured, reported, ticket or {later_of: [...]}", LaterOf, words=_STARTS),
    ] = Field(description="measured | reported | ticket | {later_of: [measured, ticket]}")
    end: Annotated[
        Literal["restored", "ticket_closed"] | EarlierOf,
        one_of("restored, ticket_closed or {earlier_of: [...]}", EarlierOf, words=_ENDS),
    ] = Field(description="restored | ticket_closed | {earlier_of: [restored, ticket_closed]}")
    pause: tuple[str, ...] | None = Field(None, description="hold reasons that stop the clock")


class OutageRound(Term):
    """To which unit an outage's length is rounded."""

    to: Duration = Field(description="the unit; touched and inside take one that divides a day")
    mode: Literal["up", "down", "nearest", "touched", "inside"] = Field(description="which way")
    each: Literal["outage", "day", "period"] = Field("outage", description="what is rounded")

    @model_validator(mode="after")
    def _a_unit(self) -> Self:
        if not self.to.ms:
            raise problem(self, (("to",), "0s is no unit: write such as 1m"))
        if self.mode in {"touched", "inside"} and _DAY_MS % self.to.ms:
            text = f"{self.to} doesn't divide a day: {self.mode} counts units of the clock, such as 1m"
            raise problem(self, (("to",), text))
        return self


class OutageTerms(Term):
    """What an outage is in this contract."""

    down: DownRule | None = Field(None, description="the rule that calls the circuit down")
    minimum: Minimum | None = Field(None, description="which outages are too short to count")
    merge_within: Duration = Field(
        Duration(0), description="outages less than this apart are one; the gap itself is not counted"
    )
    clock: OutageClock | None = Field(None, description="from when to when it is counted")
    round: OutageRound | None = Field(None, description="the unit that lengths are rounded to")
    across_periods: Literal["split", "start", "restoration"] | None = Field(
        None, description="which period an outage over the edge belongs to"
    )


@dataclass(frozen=True, slots=True)
class Allowance:
    """So much time a local year."""

    duration: Duration

    @classmethod
    def parse(cls, value: object) -> Allowance:
        """Read `10h/year`; raises ValueError."""
        if isinstance(value, Allowance):
            return value
        length, mark, unit = str(value).partition("/")
        if not mark or unit.strip() != "year":
            raise ValueError(f"{str(value)!r} is not a time a year such as 10h/year")
        return cls(Duration.parse(length.strip()))

    def __str__(self) -> str:
        return f"{self.duration}/year"


YearlyAllowance = Annotated[
    Allowance,
    BeforeValidator(Allowance.parse),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"/ *year *$", "examples": ["10h/year"]}),
]


class Exclusion(Term):
    """A kind of note that takes time out of the count."""

    effect: Literal["numerator", "both", "window"] = Field("numerator", description="what it leaves")
    notice: WorkingTime | None = Field(None, description="how long before it must be announced")
    windows: tuple[WeeklyWindow, ...] | None = Field(
        None, min_length=1, description="where it may lie, e.g. ['Sun 00:00-06:00']"
    )
    allowance: YearlyAllowance | None = Field(
        None, description="how much of it a local year may hold, e.g. 10h/year"
    )
    overrun: Literal["counts"] | None = Field(None, description="what runs over its end is downtime")


class Exclude(Term):
    """What each kind of note excludes; a kind that is left out counts as downtime."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[
        str,
        Annotated[
            Exclusion | Literal["counts"],
            one_of("`counts` or {effect: numerator|both|window, ...}", Exclusion, words=["counts"]),
        ],
    ]
