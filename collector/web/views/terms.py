"""Contract terms as tables show them: the last day for notice, beside what the circuit delivers and costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from collector.analysis.recommend.words import length
from collector.performance.cycle.terms import TermNow
from collector.sla.rounding import counted
from collector.web.views.page import MONTHS, Clocks, money, percent

STAGES = {
    "30": "bad",
    "60": "soon",
    "90": "soon",
    "120": "open",
    "later": "",
    "over": "",
    "decided": "good",
}
"""How near the notice is, and its badge."""


@dataclass(frozen=True, slots=True)
class TermRow:
    """A circuit's term as the table has it."""

    one: TermNow
    carrier: str
    until: str
    renews: str
    notice: str
    left: str
    badge: str
    availability: str
    price: str
    peers: str
    dear: bool
    """Whether it costs over a tenth more than the peers' median."""
    credits: str


def term_row(clocks: Clocks, one: TermNow) -> TermRow:
    """A term as the table has it."""
    paid = " and ".join(money(amount, currency) for currency, amount in one.credits.items())
    return TermRow(
        one=one,
        carrier=carrier_name(clocks, one.carrier),
        until=day(one.until),
        renews=f"renews for {length(one.renews)}" if one.renews else "then it ends",
        notice=day(one.notice_by) if one.notice_by else "",
        left="decided" if one.stage == "decided" else days_left(one.days_left),
        badge=STAGES[one.stage],
        availability=percent(one.availability, 3) if one.availability is not None else "",
        price=money(one.price, one.currency) if one.price is not None else "",
        peers=money(one.peers_price, one.currency) if one.peers_price is not None else "",
        dear=bool(one.price and one.peers_price and one.price * 10 > one.peers_price * 11),
        credits=paid,
    )


def day(at: date) -> str:
    """`31 Mar 2026`."""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def days_left(days: int) -> str:
    """`26 days left`, `today`, `3 days ago`."""
    if days < 0:
        return f"{counted(-days, 'day')} ago"
    return "today" if not days else f"{counted(days, 'day')} left"


def carrier_name(clocks: Clocks, key: str) -> str:
    """As it stands on the contract; the key of one that the configuration lacks by now."""
    known = clocks.settings.carriers.get(key)
    return known.name if known else key
