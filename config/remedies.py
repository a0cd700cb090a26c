"""What a contract pays at most and at least, when failures are chronic, and what a claim needs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from config.payouts import Payout
from config.terms import Term, Text, WorkingTime, one_of, problem, working_time
from probes.values import Duration


class Groups(Term):
    """Groups of objectives: a sum inside, the largest group wins."""

    groups: tuple[tuple[str, ...], ...] = Field(min_length=1, description="names of objectives")


def _cap(value: object) -> Payout:
    cap = Payout.parse(value)
    if cap.in_days:
        raise ValueError(f"'{cap}' can't be a cap: write percent of the charge, or money")
    return cap


def _sum(value: object) -> Payout:
    payout = Payout.parse(value)
    if payout.kind != "money":
        raise ValueError(f"'{payout}' is not an amount such as 1.00 or 1.00 USD")
    return payout


_MONEY = r"\d+(\.\d+)?( ?[A-Z]{3})?"
CapAmount = Annotated[
    Payout,
    BeforeValidator(_cap),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": rf"^(\d+(\.\d+)?\s*%|{_MONEY})$", "examples": ["100%"]}),
]
"""Percent of the charge base, or money."""
Sum = Annotated[
    Payout,
    BeforeValidator(_sum),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": f"^{_MONEY}$", "examples": ["1.00"]}),
]
"""Money; without a currency it is the contract's."""


class CapAmounts(Term):
    """The most that is paid, by what it is counted over."""

    event: CapAmount | None = Field(None, description="a cap an event")
    day: CapAmount | None = Field(None, description="a cap a day")
    month: CapAmount | None = Field(None, description="a cap a month")
    quarter: CapAmount | None = Field(None, description="a cap a quarter")
    year: CapAmount | None = Field(None, description="a cap a year")

    def amounts(self) -> dict[str, Payout]:
        """Those that are given, by event, day, month, quarter and year."""
        found = {key: getattr(self, key) for key in CapAmounts.model_fields if key != "clause"}
        return {key: one for key, one in found.items() if one is not None}


class SharedCap(CapAmounts):
    """A cap that several objectives share."""

    objectives: tuple[str, ...] = Field(min_length=1, description="which")

    @model_validator(mode="after")
    def _caps_something(self) -> Self:
        if not self.amounts():
            raise ValueError("caps nothing: add event, day, month, quarter or year")
        return self


class Caps(CapAmounts):
    """What is paid at most: percent of the charge base, or money."""

    shared: tuple[SharedCap, ...] | None = Field(None, description="caps that several objectives share")


class MinimumPayout(Term):
    """Below this nothing is paid."""

    more_than: Sum | None = Field(None, description="strictly more")
    at_least: Sum | None = Field(None, description="this or more")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.more_than is None) == (self.at_least is None):
            raise ValueError("give more_than (strictly more) or at_least (this or more)")
        return self


def _not_zero(value: Duration, name: str) -> None:
    if not value.ms:
        raise ValueError(f"{name}: 0s is no time: write such as 30d")


class ChronicRule(Term):
    """One condition of a chronic failure: so many outages, tickets, hours down, or failed periods."""

    outages: int | None = Field(None, ge=1, description="so many outages")
    tickets: int | None = Field(None, ge=1, description="so many tickets")
    downtime: Duration | None = Field(None, description="so much downtime")
    failed_periods: int | None = Field(None, ge=1, description="so many missed periods")
    longer_than: Duration | None = Field(None, description="each longer than this")
    at_least: Duration | None = Field(None, description="each at least this long")
    within: Annotated[
        Duration | Literal["period"] | None,
        one_of("a duration or `period`", words=("period",), scalar=Duration.parse),
    ] = Field(None, description="inside this time, or `period`")
    of: int | None = Field(
        None, ge=1, description="of the last so many periods; left out: as many as must fail"
    )

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        given = [self.outages, self.tickets, self.downtime, self.failed_periods]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give one of outages, tickets, downtime and failed_periods")
        found = [(key, text) for key, text in self._misfits() if getattr(self, key) is not None]
        if found:
            raise problem(self, *(((key,), text) for key, text in found))
        if self.failed_periods is None and self.within is None:
            text = "'within' is needed: inside which time, such as 30d or period"
            raise problem(self, (("within",), text))
        if self.failed_periods is not None and (self.of or self.failed_periods) < self.failed_periods:
            raise problem(self, (("of",), f"{self.failed_periods} of {self.of} periods can't fail"))
        if isinstance(self.within, Duration):
            _not_zero(self.within, "within")
        return self

    def _misfits(self) -> list[tuple[str, str]]:
        """The keys that mean nothing beside this rule's measure, with what to say if they are there."""
        told = list[tuple[str, str]]()
        if self.outages is None and self.tickets is None:
            told += [
                (key, f"{key!r} goes with `outages` or `tickets`") for key in ("longer_than", "at_least")
            ]
        elif self.longer_than is not None:
            told.append(("at_least", "give longer_than (strictly) or at_least, not both"))
        if self.failed_periods is None:
            told.append(("of", "'of' goes with `failed_periods`: write within"))
        else:
            told.append(("within", "'within' has no meaning beside `failed_periods`: write of"))
        return told


class Chronic(Term):
    """When failures become a right to leave."""

    any: tuple[ChronicRule, ...] | None = Field(None, min_length=1, description="one of these")
    all: tuple[ChronicRule, ...] | None = Field(None, min_length=1, description="all of these")
    window: Literal["half_open", "closed"] | None = Field(
        None, description="is the edge inside: half_open (the default) or closed"
    )
    remedy: Text | None = Field(None, description="what it gives, e.g. terminate")
    notice: WorkingTime | None = Field(None, description="how long before")

    @model_validator(mode="after")
    def _has_a_rule(self) -> Self:
        if self.any is None and self.all is None:
            raise ValueError("has no rule: give any or all, such as any: [{outages: 3, within: 30d}]")
        return self

    @property
    def rules(self) -> tuple[ChronicRule, ...]:
        """Every rule, those of `any` first."""
        return (*(self.any or ()), *(self.all or ()))


class Periods(Term):
    """A number of periods."""

    periods: int = Field(ge=1, description="how many")


class Claim(Term):
    """What must be done in time for a credit."""

    ticket_within: WorkingTime | None = Field(None, description="from the measured start")
    submit_within: Annotated[
        WorkingTime | Periods | None, one_of("30d, 5bd or {periods: 2}", Periods, scalar=working_time)
    ] = Field(None, description="30d, 5bd or {periods: 2}")
    start: Literal["outage_start", "restoration", "ticket_closed", "period_end", "published"] | None = Field(
        None, alias="from", description="what the time runs from; left out: period_end"
    )
    automatic: bool | None = Field(None, description="paid without a claim")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.start is not None and self.submit_within is None and not self.automatic:
            text = "'from' says what submit_within runs from: add it, or take this out"
            raise problem(self, (("from",), text))
        if isinstance(self.submit_within, Periods) and self.start not in {None, "period_end"}:
            raise problem(self, (("from",), "so many periods run from a period's end: write period_end"))
        return self
