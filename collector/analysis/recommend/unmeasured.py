"""Circuits that are paid for and not measured, or not in service any more. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collector.analysis.money import exact
from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import day, money
from collector.analysis.recommendation import Recommendation

SILENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Paid:
    """A circuit with a charge."""

    circuit: str
    carrier: str
    name: str
    charge: Decimal
    currency: str
    since: date | None
    """In service from then on; None: always."""
    last_round: date | None
    """Day of its newest round; None: there is none."""
    until: date | None
    """Last day in service; None: it goes on."""
    link: str
    measured_here: bool = True
    """Whether its rounds belong into this ledger."""


def rule(paid: Iterable[Paid], today: date) -> Iterator[Recommendation]:
    """One a circuit that has been silent for 7 days and more."""
    for one in paid:
        if not one.measured_here or (one.until is not None and one.until < today):
            continue
        since = max(filter(None, (one.last_round, one.since)), default=None)
        if since is None or (today - since).days >= SILENT_DAYS:
            yield _one(one, today)


def unused(paid: Iterable[Paid], today: date) -> Iterator[Recommendation]:
    """One a circuit whose service has ended and whose charge goes on."""
    for one in paid:
        if one.until is not None and one.until < today:
            yield recommend(
                *("unused", one.circuit, one.until.isoformat()),
                text=f"Ask {one.name} to stop billing {one.circuit}, or end its charge in the configuration: "
                f"{money(one.charge, one.currency)} a month",
                today=today,
                carrier=one.carrier,
                circuits=(one.circuit,),
                evidence=[
                    f"Its last day in service was {day(one.until)} (`active.until`).",
                    f"Its charge of {money(one.charge, one.currency)} a month has no end (`monthly_charge`).",
                ],
                amount=exact(one.charge),
                currency=one.currency,
                link=one.link,
            )


def _one(one: Paid, today: date) -> Recommendation:
    last = f"since {day(one.last_round)}" if one.last_round else "ever"
    begun = one.last_round or one.since
    return recommend(
        *("unmeasured", one.circuit, begun.isoformat() if begun else "never"),
        text=f"Measure {one.circuit} again, or end it: {money(one.charge, one.currency)} a month go to "
        f"{one.name}, and nothing has been measured {last}",
        today=today,
        carrier=one.carrier,
        circuits=(one.circuit,),
        evidence=[
            f"The newest round is of {day(one.last_round)}, {(today - one.last_round).days} days ago."
            if one.last_round
            else "The ledger holds no round of it.",
            "What isn't measured is unknown in every statement: no breach of it can be shown or claimed.",
        ],
        amount=exact(one.charge),
        currency=one.currency,
        link=one.link,
    )
