"""A period's downtime that is nearly spent: hold off planned work. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import day, percent, period
from collector.analysis.recommendation import Recommendation
from collector.times import span

LITTLE = 0.25


@dataclass(frozen=True, slots=True)
class Budget:
    """What a running period allows in downtime, and what of it is left."""

    circuit: str
    carrier: str
    name: str
    contract: str
    objective: str
    label: str
    budget_seconds: float
    left_seconds: float
    ends: date
    """The period's last day."""
    link: str


def rule(budgets: Iterable[Budget], today: date) -> Iterator[Recommendation]:
    """One a circuit whose budget is low and not spent: of a spent one the claim says more."""
    for one in budgets:
        if not 0 < one.left_seconds <= LITTLE * one.budget_seconds:
            continue
        share = one.left_seconds / one.budget_seconds
        yield recommend(
            *("budget", f"{one.circuit}/{one.objective}", one.label),
            text=f"Put off work on {one.circuit} until {day(one.ends)} and watch it: "
            f"{span(int(one.left_seconds))} of downtime are left in {period(one.label)}",
            today=today,
            urgency="soon",
            carrier=one.carrier,
            circuits=(one.circuit,),
            evidence=[
                f"{one.contract} allows {span(int(one.budget_seconds))} in {period(one.label)}; "
                f"{span(int(one.budget_seconds - one.left_seconds))} are spent, {percent(share)} is left.",
                f"When it is spent, {one.objective} is breached, and a credit is due from {one.name}.",
            ],
            link=one.link,
        )
