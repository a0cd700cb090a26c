"""The kinds of notes, as frozen values; how each stands in the ledger is its JSON. Pure.

A body says what was given and nothing else: what a later note of the same ticket leaves out stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, PlainSerializer, ValidationError, model_validator
from pydantic_core import ErrorDetails

from collector.notebook.body import Body, Part
from collector.notebook.management import ActionBody, DismissBody, GoalBody, PracticeBody, ReviewBody
from collector.notebook.words import Moment, Name, Names, Sentence
from config.fields import Amount, Day

ClaimState = Literal["submitted", "accepted", "partly", "rejected", "credited", "reconciled", "expired"]
Number = Annotated[
    Decimal, Field(allow_inf_nan=False, max_digits=30, decimal_places=15), PlainSerializer(str)
]
"""Its digits are bounded: 1e9999999 is a short text and a number that no sum ends with."""


class Span(Part):
    """Time from a moment to another."""

    start_ms: Moment = Field(alias="from", description="its begin")
    end_ms: Moment = Field(alias="to", description="its end, outside")

    @model_validator(mode="after")
    def _goes_on(self) -> Self:
        if self.end_ms <= self.start_ms:
            raise ValueError("ends before it begins, or at once: `to` must be later than `from`")
        return self


class HoldBody(Span):
    """Time in which the carrier could not work on a ticket."""

    reason: Name = Field(description="a free word, such as customer_wait; the contract's `pause` names it")


class TicketBody(Body):
    """A trouble ticket at the carrier, or what is new of one: the fields of a later note stand."""

    KIND: ClassVar[str] = "ticket"
    UPDATES: ClassVar[bool] = True

    id: Name = Field(description="the carrier's number")
    carrier: Name | None = Field(None, description="whose number it is")
    circuits: Names = Field((), description="the circuits that it is about")
    opened: Moment | None = Field(None, description="when it was opened")
    closed: Moment | None = Field(None, description="when it was closed")
    reported: Moment | None = Field(None, description="when the trouble was told, if not when it was opened")
    acknowledged: Moment | None = Field(None, description="when the carrier took it on")
    notified: Moment | None = Field(None, description="when the carrier told us of the trouble")
    repair_started: Moment | None = Field(None, description="when the repair began")
    outage: Moment | None = Field(None, description="the start of the outage that it names")
    dispatched: bool | None = Field(None, description="whether somebody had to go there")
    holds: tuple[HoldBody, ...] = Field((), description="time in which the carrier could not work on it")


class Concern(Span):
    """Time, and whom it concerns: the circuits that are in every list that is given."""

    circuits: Names = Field((), description="circuits")
    sites: Names = Field((), description="all circuits of these sites")
    carrier: Name | None = Field(None, description="all circuits of this carrier")
    announced: Moment | None = Field(None, description="when the carrier told us; without it: never")

    @model_validator(mode="after")
    def _concerns_somebody(self) -> Self:
        if not (self.circuits or self.sites or self.carrier):
            raise ValueError("concerns nobody: give circuits, sites or a carrier")
        return self


class MaintenanceBody(Body, Concern):
    """Planned work that the carrier announced."""

    KIND: ClassVar[str] = "maintenance"
    MONEY: ClassVar[bool] = True

    kind: Literal["scheduled", "emergency"] = Field("scheduled", description="planned, or in an emergency")


class ExcludeBody(Body, Concern):
    """Time that somebody says should not count, and whether we agree."""

    KIND: ClassVar[str] = "exclude"
    MONEY: ClassVar[bool] = True

    kind: Name = Field(description="the key under the contract's `exclude` that judges it")
    state: Literal["claimed", "accepted", "disputed"] = Field(
        "claimed", description="claimed by the carrier | accepted by us | disputed"
    )


class HoldMinutes(Part):
    """Minutes that the carrier takes off an outage, and why."""

    minutes: Number = Field(ge=0, description="how many")
    reason: Name = Field(description="a free word")


class CarrierBody(Body):
    """The carrier's own side: an outage as it saw it, or its figures for a period."""

    KIND: ClassVar[str] = "carrier"

    carrier: Name = Field(description="who says so")
    circuits: Names = Field((), description="of which circuits")
    start: Moment | None = Field(None, alias="from", description="when the outage began, by the carrier")
    end: Moment | None = Field(None, alias="to", description="when it was over, by the carrier")
    outage: Moment | None = Field(None, description="the start of our outage that it speaks of")
    ticket: Name | None = Field(None, description="under which ticket")
    holds: tuple[HoldMinutes, ...] = Field((), description="what it takes off")
    cause: Sentence | None = Field(None, description="the reason for the outage that it gives")
    period: Name | None = Field(None, description="of which period its figures are, such as 2026-04")
    figures: Mapping[Name, Number] = Field({}, description="its figures by name: availability: 99.95")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.start is None and self.period is None:
            raise ValueError("says nothing: give an outage (from, to), or a period and its figures")
        if self.start is not None and (self.end is None or self.end <= self.start or not self.circuits):
            raise ValueError("an outage needs its circuits, `from`, and a later `to`")
        if (self.period is None) != (not self.figures):
            raise ValueError("figures need their period, and a period its figures")
        return self


class NextStep(Part):
    """What is to be done about a claim, by whom and by when."""

    what: Sentence = Field(description="what")
    owner: Name = Field(description="who")
    by: Day = Field(description="until which day")


class RevisionName(Part):
    """A statement's revision."""

    scope: Name = Field(description="a circuit, or what is judged as one")
    contract: Name = Field(description="by which contract")
    revision: int = Field(ge=1, description="which")


class ClaimBody(Body):
    """A claim goes to another state."""

    KIND: ClassVar[str] = "claim"
    MONEY: ClassVar[bool] = True

    carrier: Name = Field(description="against whom")
    period: Name = Field(description="of which period, such as 2026-04")
    circuits: Names = Field((), description="of which circuits; none: all of the claim's")
    state: ClaimState = Field(description="the state from now on")
    amount: Amount | None = Field(None, description="how much was asked, accepted or credited")
    reference: Name | None = Field(None, description="the carrier's reference")
    reason_code: Name | None = Field(None, description="why it was rejected, as the carrier codes it")
    next_step: NextStep | None = Field(None, description="what is to be done now")
    revisions: tuple[RevisionName, ...] = Field((), description="the statements that it names")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.state in {"partly", "credited"} and self.amount is None:
            raise ValueError(f"a claim that is {self.state} needs its amount, such as 75.00 USD")
        if self.state == "rejected" and self.reason_code is None:
            raise ValueError("a rejected claim needs the carrier's reason code")
        return self


class CreditBody(Body):
    """A credit note that came."""

    KIND: ClassVar[str] = "credit"
    MONEY: ClassVar[bool] = True

    account: Name = Field(description="our account at the carrier")
    carrier: Name | None = Field(None, description="who sent it, where that is known")
    carrier_id: Name = Field(description="the circuit as the carrier names it")
    period: Name = Field(description="for which period")
    amount: Amount = Field(description="how much")
    reference: Name = Field(description="the credit note's number")
    issued: Day | None = Field(None, description="its date")


class FeedbackBody(Body):
    """What somebody who works over the circuits says of how it went."""

    KIND: ClassVar[str] = "feedback"

    site: Name = Field(description="where it was")
    circuit: Name | None = Field(None, description="over which circuit, where that is known")
    at: Moment = Field(description="when it was")
    score: Literal[1, 2, 3, 4, 5] = Field(description="1: nothing worked, to 5: all was well")
    text: Sentence | None = Field(None, description="what happened")
    who: Name | None = Field(None, alias="from", description="who says so, where he does")


class WithdrawBody(Body):
    """Takes another note back."""

    KIND: ClassVar[str] = "withdraw"
    MONEY: ClassVar[bool] = True


KINDS: Mapping[str, type[Body]] = {
    one.KIND: one
    for one in (
        *(TicketBody, MaintenanceBody, ExcludeBody, CarrierBody, ClaimBody, CreditBody, FeedbackBody),
        *(GoalBody, ActionBody, ReviewBody, PracticeBody, DismissBody),
        WithdrawBody,
    )
}


def read(kind: str, text: str) -> Body | None:
    """A note's body out of the ledger; None for a kind of another version. Raises ValueError."""
    model = KINDS.get(kind)
    return None if model is None else model.model_validate_json(text)


def made(kind: str, values: Mapping[str, Any]) -> Body:
    """A body of what a person gave, left-out keys being None; raises ValueError with every problem."""
    given = {key: value for key, value in values.items() if value not in (None, (), {})}
    try:
        return KINDS[kind].model_validate(given)
    except ValidationError as errors:
        raise ValueError("; ".join(_sentence(one) for one in errors.errors())) from None


def _sentence(error: ErrorDetails) -> str:
    place, said = ".".join(str(one) for one in error["loc"]), error["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
