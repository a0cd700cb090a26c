"""Ask for money that was claimed and hasn't come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from collector.analysis.money import exact
from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import listed, money, period
from collector.analysis.recommendation import Recommendation
from collector.sla.rounding import counted

PATIENCE_DAYS = 30
_WHAT = {
    "submitted": ("Ask {name} for an answer on the claim for {period}", "claimed and not answered"),
    "accepted": ("Ask {name} for the credit note for {period}", "accepted and not credited"),
    "credited": ("Ask {name} for the rest of the credit for {period}", "credited short"),
    "partly": ("Take what {name} grants for {period}, or dispute the rest", "granted in part"),
    "automatic": ("Ask {name} for the credit for {period}, which it owes without a claim", "owed"),
    "rejected": ("Dispute {name}'s refusal for {period}, or give it up", "refused and not answered"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claim whose next move nobody has made."""

    scope: str
    circuits: tuple[str, ...]
    carrier: str
    name: str
    label: str
    state: str
    """submitted, accepted, partly, credited, rejected; automatic: the contract pays unasked."""
    days: int
    """Since it was asked for, else since the period's end."""
    amount: Fraction
    """What is missing."""
    currency: str
    link: str
    note: str = ""
    """What else is known: the reason of a refusal."""


def rule(waiting: Iterable[Waiting], today: date) -> Iterator[Recommendation]:
    """One a carrier, state and currency, of what is 30 days old; another period makes it a new one."""
    groups: dict[tuple[str, str, str], list[Waiting]] = {}
    for one in waiting:
        if one.days >= PATIENCE_DAYS and one.amount > 0 and one.state in _WHAT:
            groups.setdefault((one.carrier, one.state, one.currency), []).append(one)
    for (carrier, state, currency), some in groups.items():
        order, what = _WHAT[state]
        labels = sorted({one.label for one in some})
        periods = listed([period(label) for label in labels])
        total = sum((one.amount for one in some), Fraction(0))
        circuits = tuple(dict.fromkeys(name for one in some for name in one.circuits))
        yield recommend(
            *("chase", f"{carrier}/{currency}/{state}", labels[-1]),
            text=f"{order.format(name=some[0].name, period=periods)}: {money(total, currency)} "
            f"for {counted(len(circuits), 'circuit')}",
            today=today,
            carrier=carrier,
            circuits=circuits,
            evidence=[
                f"{one.scope}, {period(one.label)}: {money(one.amount, one.currency)} {what}, {one.days} days"
                f"{f' ({one.note})' if one.note else ''}."
                for one in some
            ],
            amount=exact(total),
            currency=currency,
            link=some[0].link if len(some) == 1 else f"/claims?carrier={carrier}",
        )
