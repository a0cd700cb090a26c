"""What a review leaves behind: goals, actions, what was said, what worked, what was put aside. Pure.

A goal or an action is named by the number of its first note; a later note with that number as `of` says
what is new of it, and the fields that it gives stand.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from collector.notebook.body import Body
from collector.notebook.words import Moment, Name, Names, Sentence
from config.fields import Day

GoalState = Literal["open", "reached", "missed", "dropped"]
ActionState = Literal["open", "doing", "done", "dropped"]


class _Updated(Body):
    """Written once, and then told more of."""

    UPDATES: ClassVar[bool] = True

    of: int | None = Field(None, ge=1, description="the number of its first note, where this adds to it")
    what: Sentence | None = Field(None, description="what, in a sentence")
    owner: Name | None = Field(None, description="who answers for it")
    by: Day | None = Field(None, description="until which day")
    carrier: Name | None = Field(None, description="with or against which carrier")
    circuits: Names = Field((), description="about which circuits; none: all that the rest names")

    @model_validator(mode="after")
    def _begins_whole(self) -> Self:
        missing = [name for name in ("what", "owner", "by") if getattr(self, name) is None]
        if self.of is None and missing:
            raise ValueError(f"a new {self.KIND} needs {', '.join(missing)}")
        if self.of is not None and self.UPDATES and not self.model_fields_set - {"of"}:
            raise ValueError("says nothing new: give at least one more field")
        return self


class GoalBody(_Updated):
    """What is to be reached, by whom and until when; a change of it says why."""

    KIND: ClassVar[str] = "goal"

    metric: Name | None = Field(None, description="a metric or a key of `kpis` that shows it")
    target: Name | None = Field(None, description="which value of it, such as >= 99.95% or <= 30ms")
    agreed: bool | None = Field(None, description="whether the carrier has agreed to it")
    state: GoalState | None = Field(None, description="open | reached | missed | dropped")

    @model_validator(mode="after")
    def _says_why_it_changes(self) -> Self:
        if self.of is not None and self.model_fields_set & {"target", "by"} and not self.reason:
            raise ValueError("a goal's target or date changes for a reason: say it (`reason`)")
        return self


class ActionBody(_Updated):
    """What somebody does about it, and how far that is."""

    KIND: ClassVar[str] = "action"

    state: ActionState | None = Field(None, description="open | doing | done | dropped")
    done: Moment | None = Field(None, description="when it was done: from then on its effect is looked for")
    metric: Name | None = Field(None, description="the metric or key of `kpis` that it should move")
    goal: int | None = Field(None, ge=1, description="the goal that it serves, by its first note's number")
    recommendation: Name | None = Field(None, description="the key of the recommendation that it follows")


class ReviewBody(Body):
    """A review that was held: what was said, and what the carrier answered."""

    KIND: ClassVar[str] = "review"

    period: Name = Field(description="of which period: a day, 2026-W12, 2026-03, 2026-Q1 or 2026")
    carrier: Name | None = Field(None, description="with which carrier; left out: among ourselves")
    held: Moment | None = Field(None, description="when")
    present: Names = Field((), description="who was there")
    said: Sentence | None = Field(None, description="what was found and decided")
    thanks: Sentence | None = Field(None, description="what improved, and whom we thank for it")
    reply: Sentence | None = Field(None, description="the carrier's answer, in its own words")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.said or self.thanks or self.reply):
            raise ValueError("says nothing: give `said`, `thanks` or `reply`")
        return self


class PracticeBody(Body):
    """What worked with a carrier, kept where the next person looks."""

    KIND: ClassVar[str] = "practice"

    carrier: Name = Field(description="with which carrier")
    topic: Name = Field(description="when it helps: dispute, ticket, escalation, renewal ... a free word")
    text: Sentence = Field(description="what worked")


class DismissBody(Body):
    """A recommendation is put aside: it is not shown as open any more."""

    KIND: ClassVar[str] = "dismiss"
    MONEY: ClassVar[bool] = True

    key: Name = Field(description="the recommendation's key")
    until: Day | None = Field(None, description="until which day; left out: for good")
