"""What a broken promise pays: the forms of a credit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from config.edges import Edge, Limit, Number
from config.errors import Path
from config.payouts import Gives, Payout
from config.terms import Term, problem
from probes.values import Duration

Form = Literal["bands", "per", "per_step", "each_day", "flat", "proportional"]
_FORMS: Mapping[Form, tuple[str, ...]] = {
    "bands": ("over",),
    "per": ("gives", "partial", "each", "max_a_day"),
    "per_step": ("gives",),
    "each_day": ("gives",),
    "flat": ("each",),
    "proportional": ("times",),
}
"""The key that makes a form, and those that go with it; clause, when and base go with all."""
_EVERYWHERE = frozenset({"clause", "when", "base"})
_NEEDS_GIVES = frozenset({"per", "per_step", "each_day"})
_ONE_FORM = "give one of bands, per, per_step, each_day, flat and proportional"


class Band(Term):
    """One line of a credit table: the values it is for, and what they pay."""

    below: Limit | None = Field(None, description="the value is below this")
    above: Limit | None = Field(None, description="the value is above this")
    start: Limit | None = Field(None, alias="from", description="from this value on, itself too")
    to: Limit | None = Field(
        None,
        description="up to this value; itself too where values are rounded and the next band is a step on",
    )
    gives: Gives = Field(description="N% of the charge, N day, N hour, or money")

    @property
    def edges(self) -> dict[str, Edge]:
        """The edges that are given, by the key that a file has them under."""
        named = {"from": self.start, "to": self.to, "above": self.above, "below": self.below}
        return {key: edge for key, edge in named.items() if edge is not None}

    def __str__(self) -> str:
        """`below 99.99%`, `from 99.5% to 99.99%`."""
        return " ".join(f"{key} {edge}" for key, edge in self.edges.items())


class Credit(Term):
    """What is paid, in one of the forms of the schema."""

    bands: tuple[Band, ...] | None = Field(None, description="a table")
    over: Literal["downtime", "each_outage", "excess"] | None = Field(None, description="bands over what")
    per: Duration | None = Field(None, description="a unit per this time")
    gives: Gives | None = Field(None, description="N% of the charge, N day, N hour, or money")
    partial: Literal["whole", "fraction", "proportional"] | None = Field(
        None, description="whole units, a begun unit counts (`fraction thereof`), or in proportion"
    )
    each: Literal["period", "outage", "day", "ticket"] | None = Field(
        None, description="over the period's total, or over each outage, day or ticket alone"
    )
    max_a_day: Number | None = Field(None, description="units of `gives` a day at most")
    per_step: Limit | None = Field(None, description="a step in the objective's unit")
    each_day: bool | None = Field(None, description="a unit for each bad day")
    flat: Gives | None = Field(None, description="a flat sum")
    proportional: bool | None = Field(None, description="charge x counted downtime / denominator")
    times: Number | None = Field(None, description="a factor of the proportion")
    when: Literal["breached", "always"] | None = Field(None, description="whether a breach is needed")
    base: Literal["month", "period", "access", "port"] | None = Field(None, description="which charge")

    @classmethod
    def lacking(cls, given: Mapping[str, Any]) -> list[tuple[Path, str]]:
        """One form, its own keys and no others; a unit per time says how begun units count, and over what."""
        forms = [form for form in _FORMS if given.get(form) is not None]
        if len(forms) != 1:
            named = f"{_spoken(forms)} are forms of their own" if forms else "no form of a credit is given"
            return [((), f"{named}: {_ONE_FORM}")]
        form = forms[0]
        return [*_needed(cls, form, given), *_strange(form, given), *_values(form, given)]

    @model_validator(mode="after")
    def _steps_are_steps(self) -> Self:
        if self.per is not None and not self.per.ms:
            raise problem(self, (("per",), "a unit needs a time to be paid for, such as 1h"))
        if self.per_step is not None and not self.per_step.value:
            raise problem(self, (("per_step",), "a step of nothing would pay without end: give its size"))
        return self

    @property
    def form(self) -> Form:
        """Which form it is."""
        return next(form for form in _FORMS if getattr(self, form) is not None)

    @property
    def needs_breach(self) -> bool:
        """Whether it pays on a breach alone, by its form or because `when` says so."""
        if self.when is not None:
            return self.when == "breached"
        return self.bands is None or self.over == "excess"

    @property
    def payouts(self) -> tuple[Payout, ...]:
        """Everything that it can give."""
        gives = (self.gives, self.flat, *(band.gives for band in self.bands or ()))
        return tuple(one for one in gives if one is not None)

    def pays_in_days(self) -> bool:
        """Whether any payout is a number of days or hours, which need a day's rate."""
        return any(one.in_days for one in self.payouts)


def _spoken(names: list[Form]) -> str:
    return ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"


def _needed(model: type[Credit], form: Form, given: Mapping[str, Any]) -> list[tuple[Path, str]]:
    asked = ["gives"] if form in _NEEDS_GIVES else []
    asked += ["partial", "each"] if form == "per" else []
    return [
        ((key,), f"{key!r} is needed with `{form}`: {model.keys()[key]}")
        for key in asked
        if given.get(key) is None
    ]


def _strange(form: Form, given: Mapping[str, Any]) -> list[tuple[Path, str]]:
    """Keys of the schema that mean nothing beside this form."""
    right = _EVERYWHERE | {form, *_FORMS[form]}
    known = {key for one, keys in _FORMS.items() for key in (one, *keys)}
    beside = f"beside `{form}` stand {', '.join((*_FORMS[form], 'when', 'base'))}"
    return [
        ((key,), f"{key!r} doesn't go with `{form}`: {beside}")
        for key, value in given.items()
        if key in known and key not in right and value is not None
    ]


def _values(form: Form, given: Mapping[str, Any]) -> list[tuple[Path, str]]:
    """Values that mean nothing in this form."""
    found: list[tuple[Path, str]] = []
    each = given.get("each")
    if form == "per" and each == "ticket":
        found.append(
            (("each",), "'ticket' goes with `flat`: a unit per time has each: period, outage or day")
        )
    if form == "flat" and each in {"period", "outage", "day"}:
        found.append((("each",), f"{each!r} goes with `per`: a flat sum has each: ticket, or none"))
    if form == "bands" and not given[form]:
        found.append((("bands",), "a table needs a band, such as {below: 99.9%, gives: 5%}"))
    if form in {"each_day", "proportional"} and given[form] is False:
        found.append(((form,), f"write {form}: true, or leave it out and choose another form"))
    return found
