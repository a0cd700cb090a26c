"""Open a ticket while that still counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from collector.analysis.money import exact
from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import moment, money
from collector.analysis.recommendation import Recommendation
from collector.times import rfc3339, span

SHORT_MS = 15 * 60_000
"""An outage that goes on and is younger is left to the alert, where no contract's clock waits."""


@dataclass(frozen=True, slots=True)
class Untold:
    """An outage that no ticket is about."""

    circuit: str
    carrier: str
    name: str
    zone: str
    """Of its site."""
    start_ms: int
    end_ms: int | None
    """None: it goes on."""
    now_ms: int
    link: str
    waits: bool = False
    """Whether the contract's clock starts with the ticket."""
    lost_ms: int = 0
    """What doesn't count any more, whatever is done from here on."""
    lost: Fraction | None = None
    """The credit that went with it; None where that can't be said."""
    currency: str = ""
    by_ms: int | None = None
    """Until when a ticket must be open for anything to be claimed."""
    at_stake: Fraction | None = None
    """The credit that waits for the ticket, of a period that is over."""


def rule(outages: Iterable[Untold], today: date) -> Iterator[Recommendation]:
    """One an outage: those that go on, those with a deadline ahead, and credits that wait for a ticket."""
    for one in outages:
        lasts_ms = (one.end_ms or one.now_ms) - one.start_ms
        matters = one.waits or one.by_ms is not None or one.at_stake
        if matters or (one.end_ms is None and lasts_ms >= SHORT_MS):
            yield _one(one, today, lasts_ms)


def _one(one: Untold, today: date, lasts_ms: int) -> Recommendation:
    return recommend(
        *("ticket", one.circuit, rfc3339(one.start_ms).replace(":", "")),
        text=_order(one),
        today=today,
        carrier=one.carrier,
        circuits=(one.circuit,),
        evidence=list(_evidence(one, lasts_ms)),
        amount=exact(one.at_stake) if one.at_stake is not None else None,
        currency=one.currency if one.at_stake is not None else "",
        until=_last_day(one),
        urgency="soon" if one.at_stake is not None else "now",
        link=one.link,
    )


def _order(one: Untold) -> str:
    if one.at_stake is not None:
        began = moment(one.start_ms, one.zone)
        stake = money(one.at_stake, one.currency)
        return (
            f"Record the ticket for {one.circuit}'s outage of {began}, if there was one: {stake} waits for it"
        )
    begin = f"Open a ticket with {one.name} for {one.circuit}"
    if one.waits and one.lost_ms:
        worth = f" and {money(one.lost, one.currency)}" if one.lost else ""
        return f"{begin} now: its clock has lost {span(one.lost_ms // 1000)}{worth}"
    if one.by_ms is not None:
        return f"{begin} before {moment(one.by_ms, one.zone)}, or its outage pays nothing"
    return f"{begin} now: it is down"


def _last_day(one: Untold) -> date | None:
    if one.by_ms is None:
        return None
    return datetime.fromtimestamp((one.by_ms - 1) // 1000, UTC).astimezone(ZoneInfo(one.zone)).date()


def _evidence(one: Untold, lasts_ms: int) -> Iterator[str]:
    began = moment(one.start_ms, one.zone)
    goes_on = "and it goes on" if one.end_ms is None else "and it is over"
    length = f"; that is {span(lasts_ms // 1000)}, {goes_on}" if lasts_ms > 0 else ""
    yield f"{one.circuit} went down on {began}{length}."
    yield "No ticket that is recorded is about it."
    if one.waits:
        yield "The contract counts an outage from the ticket: time before it pays nothing."
    if one.by_ms is not None and one.at_stake is None:
        yield f"The contract wants a ticket by {moment(one.by_ms, one.zone)}."
    elif one.at_stake is not None:
        yield "The statement gives the credit; without a ticket it can't be claimed."
    if one.lost:
        yield f"Without the delay the credit would be {Decimal(exact(one.lost))} {one.currency} higher."
