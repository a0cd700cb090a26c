"""Terms that end or renew themselves: decide before notice is due. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from collector.analysis.money import exact
from collector.analysis.recommend.rules import key_of, recommend
from collector.analysis.recommend.words import day, length, listed, money
from collector.analysis.recommendation import Recommendation
from collector.sla.rounding import counted

RULE = "notice"
STAGES = (30, 60, 90, 120)
"""Days before the last day for notice; the alerts are told at the same."""
_URGENCY = {30: "now", 60: "soon", 90: "plan", 120: "plan"}


@dataclass(frozen=True, slots=True)
class Term:
    """A circuit's contract term."""

    circuit: str
    carrier: str
    name: str
    until: date
    """Last day of the term."""
    notice_by: date
    """Last day for notice."""
    renews: str
    """`12mo`; empty: it ends."""
    charge: Decimal | None
    currency: str
    says: tuple[str, ...]
    """How it did, and what it costs beside others: sentences."""
    link: str


def key(carrier: str, by: date) -> str:
    """What a person dismisses once it is decided, and notice given where it is to be."""
    return key_of(RULE, carrier, by.isoformat())


def stage(days_left: int) -> int | None:
    """The nearest of STAGES that is reached; None: none yet, or it is over."""
    return next((one for one in STAGES if days_left <= one), None) if days_left >= 0 else None


def rule(terms: Iterable[Term], today: date) -> Iterator[Recommendation]:
    """One a carrier and day of notice."""
    groups: dict[tuple[str, date], list[Term]] = {}
    for one in terms:
        if stage((one.notice_by - today).days) is not None:
            groups.setdefault((one.carrier, one.notice_by), []).append(one)
    for (carrier, by), some in groups.items():
        yield _one(carrier, by, some, today)


def _one(carrier: str, by: date, some: list[Term], today: date) -> Recommendation:
    near = stage((by - today).days) or STAGES[-1]
    what = some[0].circuit if len(some) == 1 else counted(len(some), "circuit")
    renews = any(one.renews for one in some)
    lest = (
        f"or it renews for {length(some[0].renews)}"
        if renews and len(some) == 1
        else "or they renew themselves"
    )
    stay = "stays" if len(some) == 1 else "stay"
    currencies = {one.currency for one in some if one.charge is not None}
    charge = sum((one.charge for one in some if one.charge is not None), Decimal(0))
    more: dict[str, Any] = {}
    if len(currencies) == 1:
        more = {"amount": exact(charge), "currency": currencies.pop()}
    return recommend(
        *(RULE, carrier, by.isoformat()),
        text=f"Decide by {day(by)} whether {what} {stay} with {some[0].name}{f', {lest}' if renews else ''}",
        today=today,
        urgency=_URGENCY[near],
        carrier=carrier,
        circuits=[one.circuit for one in some],
        evidence=[sentence for one in some[:12] for sentence in _evidence(one)]
        + ([f"And {listed([one.circuit for one in some[12:]])}."] if some[12:] else []),
        until=by,
        link=some[0].link,
        **more,
    )


def _evidence(one: Term) -> Iterator[str]:
    renewal = f"and renews for {length(one.renews)}" if one.renews else "and does not renew"
    cost = f", {money(one.charge, one.currency)} a month" if one.charge is not None else ""
    yield f"{one.circuit}: the term ends on {day(one.until)} {renewal}{cost}."
    yield from one.says
