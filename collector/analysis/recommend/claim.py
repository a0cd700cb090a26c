"""Claim what is due before its day is over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from collector.analysis.money import exact
from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import day, money, period
from collector.analysis.recommendation import Recommendation
from collector.sla.rounding import counted


@dataclass(frozen=True, slots=True)
class Due:
    """The credit of a circuit (or of several that are judged as one) for a period that is over."""

    scope: str
    circuits: tuple[str, ...]
    carrier: str
    name: str
    """The carrier's, as it stands on the contract."""
    contract: str
    label: str
    until: date | None
    """Last day to claim it."""
    amount: Fraction
    """What can be claimed of it."""
    currency: str
    link: str
    became: str = ""
    """What became of it, where the time is past: a sentence; empty: nothing yet."""


def rule(dues: Iterable[Due], today: date) -> Iterator[Recommendation]:
    """One claim a carrier, period and currency."""
    groups: dict[tuple[str, str, str], list[Due]] = {}
    for one in dues:
        if one.amount > 0:
            groups.setdefault((one.carrier, one.label, one.currency), []).append(one)
    for (carrier, label, currency), some in groups.items():
        total = sum((one.amount for one in some), Fraction(0))
        until = min((one.until for one in some if one.until is not None), default=None)
        by = f" by {day(until)}" if until else ""
        circuits = tuple(dict.fromkeys(name for one in some for name in one.circuits))
        yield recommend(
            *("claim", f"{carrier}/{currency}", label),
            text=f"Claim {period(label)} from {some[0].name}{by}: {money(total, currency)} "
            f"for {counted(len(circuits), 'circuit')}",
            today=today,
            carrier=carrier,
            circuits=circuits,
            evidence=[_told(one) for one in sorted(some, key=lambda one: (-one.amount, one.scope))],
            until=until,
            urgency="plan" if all(one.became for one in some) else "soon",
            amount=exact(total),
            currency=currency,
            link=some[0].link if len(some) == 1 else f"/claims?carrier={carrier}&period={label}&state=all",
        )


def _told(one: Due) -> str:
    by = f", to be claimed by {day(one.until)}" if one.until and not one.became else ""
    became = f"; {one.became}" if one.became else ""
    return f"{one.scope}: {money(one.amount, one.currency)} by {one.contract}{by}{became}."
