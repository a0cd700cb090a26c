"""The periods over which a contract is judged, and what a period is divided by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.fields import Day
from config.terms import Term, one_of
from probes.values import Duration


class BillingMonth(Term):
    """A month that starts on the day of the bill; 31 is the last day of a short month."""

    billing_month: int = Field(ge=1, le=31, description="the day")


class AnniversaryYear(Term):
    """A year that starts on the contract's own day."""

    anniversary_year: Day = Field(description="a first day")


class Trailing(Term):
    """The last so many days, ending with the month."""

    trailing: Duration = Field(description="how long")

    @model_validator(mode="after")
    def _some_time(self) -> Trailing:
        if not self.trailing.ms:
            raise ValueError("0s is no period: write such as {trailing: 30d}")
        return self


class MeanOfMonths(Term):
    """The mean over the last so many months, ending with this one."""

    mean_of_months: int = Field(ge=1, le=120, description="how many")
    weighted: bool = Field(False, description="by their length")


CALENDAR = ("calendar_month", "calendar_quarter", "calendar_year")
PeriodTerm = Annotated[
    Literal["calendar_month", "calendar_quarter", "calendar_year"]
    | BillingMonth
    | AnniversaryYear
    | Trailing
    | MeanOfMonths,
    one_of(
        "calendar_month, calendar_quarter, calendar_year or a map such as {billing_month: 15}",
        BillingMonth,
        AnniversaryYear,
        Trailing,
        MeanOfMonths,
        words=CALENDAR,
    ),
]


class Fixed(Term):
    """The same denominator for every period."""

    fixed: Duration = Field(description="how long")

    @model_validator(mode="after")
    def _some_time(self) -> Fixed:
        if not self.fixed.ms:
            raise ValueError("0s can't be divided by: write such as {fixed: 720h}")
        return self


DenominatorTerm = Annotated[
    Literal["elapsed", "nominal"] | Fixed,
    one_of("elapsed, nominal or {fixed: 720h}", Fixed, words=("elapsed", "nominal")),
]
