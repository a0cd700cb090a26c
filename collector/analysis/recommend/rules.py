"""Every rule in a sentence, and how its recommendations are made and ordered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from collector.analysis.recommendation import Recommendation, Urgency


@dataclass(frozen=True, slots=True)
class Rule:
    """When something is recommended, and how urgent that is by itself; a near date makes it more so."""

    name: str
    says: str
    urgency: Urgency
    does: str
    """What the link to the place where it is done reads."""
    worth: str = ""
    """What its amount is, where it has one."""


_ALL = (
    Rule(
        "ticket",
        "An outage needs a ticket: without one the contract counts nothing, or pays nothing.",
        "now",
        "Record the ticket",
        "at stake",
    ),
    Rule("claim", "A credit is due and nobody has claimed it.", "soon", "Write the claim", "to claim"),
    Rule(
        "chronic",
        "Failures have become a right to leave, which ends unless it is used in time.",
        "soon",
        "Look at the statement",
    ),
    Rule(
        "chase",
        "Money was claimed 30 days ago or more and hasn't come, or was refused and nobody has answered.",
        "soon",
        "Open the claim",
        "missing",
    ),
    Rule(
        "budget",
        "Of the downtime that the contract allows in this period, a quarter or less is left.",
        "soon",
        "Look at the circuit",
    ),
    Rule(
        "notice",
        "A term ends, or renews itself, and notice is due within 120 days.",
        "plan",
        "See the terms",
        "a month",
    ),
    Rule(
        "repeat",
        "A circuit failed three times within 30 days: repairs don't hold.",
        "soon",
        "See the circuit",
    ),
    Rule(
        "shift",
        "A level rose and stayed within the last 30 days, which only the carrier can explain.",
        "soon",
        "Look at the chart",
    ),
    Rule(
        "pair",
        "Two circuits that must not fail together did, more often than chance explains.",
        "soon",
        "See the outage",
    ),
    Rule(
        "commit",
        "What is bought doesn't fit what is used: on the busy days of 90 more than the commit, "
        "or less than half of what is paid for.",
        "plan",
        "See the load",
        "saved a month",
    ),
    Rule(
        "unmeasured",
        "A circuit is paid for, and nothing has measured it for 7 days.",
        "soon",
        "See the circuit",
        "a month",
    ),
    Rule(
        "unused", "A circuit is out of service and still has a charge.", "soon", "See the circuit", "a month"
    ),
    Rule(
        "remedy",
        "What fails most under a contract has no objective there, or one that pays nothing.",
        "plan",
        "See what failed",
    ),
    Rule(
        "lapsed",
        "Credits were lost because a ticket was missing or late, or a claim was not made in time.",
        "plan",
        "See the claims",
        "lost",
    ),
    Rule("tls", "A certificate that is watched ends within 30 days.", "soon", "See the circuit"),
    Rule(
        "revision",
        "What came later changes a period's statement, and a person must decide on the draft.",
        "soon",
        "Look at the draft",
    ),
    Rule("overdue", "An action's day is over and it isn't done.", "soon", "Open the actions"),
)
RULES: Mapping[str, Rule] = MappingProxyType({one.name: one for one in _ALL})
"""By name, roughly in the order in which they matter."""
_RANK = {"now": 0, "soon": 1, "plan": 2}
LONGEST_KEY = 190
NEAR_DAYS = 14
"""What ends within so many days is urgent whatever it is."""


def recommend(rule: str, about: str, period: str, *, text: str, today: date, **more: Any) -> Recommendation:  # noqa: ANN401 - its fields
    """A recommendation of a rule: with its key, its reason, and as urgent as its date makes it.

    `urgency` may be among `more`, where a rule knows better.
    """
    held = RULES[rule]
    until: date | None = more.get("until")
    urgency: Urgency = more.pop("urgency", held.urgency)
    near = until is not None and 0 <= (until - today).days <= NEAR_DAYS
    if near and urgency != "plan":
        urgency = "now"
    return Recommendation(
        key=key_of(rule, about, period),
        rule=rule,
        urgency=urgency,
        carrier=more.pop("carrier", ""),
        circuits=tuple(more.pop("circuits", ())),
        text=text,
        reason=held.says,
        evidence=tuple(more.pop("evidence", ())),
        **more,
    )


def key_of(rule: str, about: str, period: str) -> str:
    """What a dismissal can name: no longer than a note's field."""
    if len(rule) + len(about) + len(period) > LONGEST_KEY:
        about = sha256(about.encode()).hexdigest()[:16]
    return f"{rule}:{about}:{period}"


def ordered(found: Iterable[Recommendation]) -> list[Recommendation]:
    """The most urgent first; of these what ends first, then what is worth most; each key once."""
    by_key: dict[str, Recommendation] = {}
    for one in found:
        by_key.setdefault(one.key, one)
    return sorted(by_key.values(), key=_order)


def _order(one: Recommendation) -> tuple[int, date, Decimal, str, str]:
    worth = one.amount if one.amount is not None else Decimal(0)
    return _RANK[one.urgency], one.until or date.max, -worth, one.currency, one.key
