"""Money that our own delay lost, and what would stop that. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from collector.analysis.money import exact
from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import money, period
from collector.analysis.recommendation import Recommendation
from collector.sla.rounding import counted

_MEND = {
    "ticket": "Have the alert open a ticket with {name} by itself",
    "claim": "Name somebody who claims from {name} at each month's end",
}


@dataclass(frozen=True, slots=True)
class Lost:
    """A credit that can't be had any more."""

    scope: str
    circuits: tuple[str, ...]
    carrier: str
    name: str
    label: str
    how: str
    """ticket: it was missing or late; claim: it was not made in time."""
    amount: Fraction
    currency: str


def rule(lost: Iterable[Lost], today: date, span_label: str) -> Iterator[Recommendation]:
    """One a carrier, reason and currency; `span_label` is the time that is looked at, for the key."""
    groups: dict[tuple[str, str, str], list[Lost]] = {}
    for one in lost:
        if one.amount > 0:
            groups.setdefault((one.carrier, one.how, one.currency), []).append(one)
    for (carrier, how, currency), some in groups.items():
        total = sum((one.amount for one in some), Fraction(0))
        yield recommend(
            *("lapsed", f"{carrier}/{currency}/{how}", span_label),
            text=f"{_MEND[how].format(name=some[0].name)}: {money(total, currency)} "
            f"lapsed in {counted(len(some), 'credit')}",
            today=today,
            carrier=carrier,
            circuits=dict.fromkeys(name for one in some for name in one.circuits),
            evidence=[_told(one) for one in some[:20]],
            amount=exact(total),
            currency=currency,
            link=f"/claims?carrier={carrier}&state=all",
        )


def _told(one: Lost) -> str:
    why = "its ticket was missing or late" if one.how == "ticket" else "it was not claimed in time"
    return f"{one.scope}, {period(one.label)}: {money(one.amount, one.currency)}, because {why}."
