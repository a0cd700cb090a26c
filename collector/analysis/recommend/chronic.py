"""Decide on the right to leave before it ends. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import day, listed, period
from collector.analysis.recommendation import Recommendation


@dataclass(frozen=True, slots=True)
class Reached:
    """A period's statement in which a contract's rules of chronic failure were reached."""

    scope: str
    circuits: tuple[str, ...]
    carrier: str
    name: str
    contract: str
    label: str
    remedy: str
    """As the contract has it: `terminate`; empty where it says none."""
    until: date | None
    """Last day to use it."""
    rules: tuple[str, ...]
    """Those that were reached, in words."""
    days: tuple[date, ...]
    """On which the outages began that reached them."""
    link: str
    over: bool = False
    """Its last day is past."""


def rule(reached: Iterable[Reached], today: date) -> Iterator[Recommendation]:
    """One a statement."""
    for one in reached:
        by = f" by {day(one.until)}" if one.until else ""
        right = (
            f"its contract gives the right to {one.remedy}" if one.remedy else "its contract calls it chronic"
        )
        yield recommend(
            *("chronic", f"{one.scope}/{one.contract}", one.label),
            text=f"Decide{by} whether to keep {one.scope} with {one.name}: {right}",
            today=today,
            carrier=one.carrier,
            circuits=one.circuits,
            evidence=list(_evidence(one)),
            until=one.until,
            link=one.link,
            **({"urgency": "plan"} if one.until is None else {}),
        )


def _evidence(one: Reached) -> Iterator[str]:
    for rule_text in one.rules:
        yield f"{period(one.label)} reached: {rule_text}."
    if one.days:
        yield f"The outages began on {listed([day(each) for each in one.days], 12)}."
    if one.over and one.until:
        yield f"The right ended on {day(one.until)}."
    elif one.until:
        yield f"The right is lost after {day(one.until)}; the facts are also a reason for better terms."
