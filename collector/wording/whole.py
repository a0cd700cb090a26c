"""All of a contract: its parts in the order of a paper, each version with its dates, what is undecided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from collector.sla.wording import ACROSS, POLICIES
from collector.wording.downtime import counting, down
from collector.wording.lines import Line, Part
from collector.wording.payments import payments
from collector.wording.period import paper, period, versions
from collector.wording.promises import promises
from collector.wording.remedies import chronic, claims
from config.contract import Contract, Terms
from config.decisions import choices

PARTS = (paper, period, down, counting, promises, payments, claims, chronic)
_MEANS: Mapping[str, Mapping[str, str]] = {
    "period": {
        "calendar_month": "an outage is measured against one month",
        "calendar_quarter": "against three, and weighs a third",
        "calendar_year": "against twelve, and weighs a twelfth",
    },
    "denominator": {
        "elapsed": "a month with a clock change is an hour longer or shorter",
        "nominal": "every day has 24 hours",
    },
    "start": {
        "measured": "time counts from the first lost packets on",
        "reported": "time before the report doesn't count",
        "ticket": "time before the ticket doesn't count",
    },
    "end": {
        "restored": "time counts until the service is back",
        "ticket_closed": "time counts until the carrier closes the ticket",
    },
    "across_periods": {key: text[:1].lower() + text[1:] for key, text in ACROSS.items()},
    "policy": POLICIES,
    "day_rate": {
        "1/30": "a day is worth the same in every month",
        "1/days_in_month": "a day of February is worth more than one of March",
        "12/365": "a year's charge by the day",
    },
    "combine": {"sum": "every broken promise pays", "max": "only the largest credit is paid"},
    "lost": {
        "ignore": "a lost packet has no delay",
        "infinite": "a lost packet is later than any that came",
    },
    "partial": {
        "whole": "a begun unit pays nothing",
        "fraction": "a begun unit pays whole",
        "proportional": "a begun unit pays its share",
    },
    "each": {
        "period": "the period's sum is divided into units",
        "outage": "each outage is divided by itself",
        "day": "each day is divided by itself",
    },
}
"""What each choice of an undecided key would mean."""


@dataclass(frozen=True, slots=True)
class Told:
    """One version of a contract, from its first day to its last (None: open)."""

    effective: date | None
    until: date | None
    parts: tuple[Part, ...]


def told(contract: Contract) -> list[Told]:
    """Every version, oldest first; a part that says the same as in the version before only says so."""
    known, found = contract.each_version(), list[Told]()
    whole = [_parts(terms, len(known)) for terms in known]
    for place, terms in enumerate(known):
        after = known[place + 1].effective if place + 1 < len(known) else None
        parts = whole[place] if not place else _changed(whole[place - 1], whole[place])
        found.append(Told(terms.effective, after - timedelta(days=1) if after else None, parts))
    return found


def _parts(terms: Terms, known: int) -> tuple[Part, ...]:
    first, *others = (part(terms) for part in PARTS)
    return (Part(first.title, (*first.lines, *versions(known))), *others)


def _changed(before: tuple[Part, ...], after: tuple[Part, ...]) -> tuple[Part, ...]:
    same = (Line("As in the version before."),)
    return tuple(Part(new.title, same) if new == old else new for old, new in zip(before, after, strict=True))


def undecided(contract: Contract) -> Part | None:
    """What the contract leaves open, with its choices; None where all is decided."""
    found = choices(contract.written())
    if not found:
        return None
    lines = [
        Line(_open(label, ways), tuple(_means(label, way) for way in ways)) for label, ways in found.items()
    ]
    lines.append(
        Line(
            "Each choice is computed, the credit shown is the smallest, and nothing is claimable until all "
            "is decided. What follows is told with the first choice of each."
        )
    )
    return Part("Not decided", tuple(lines))


def _open(label: str, ways: tuple[object, ...]) -> str:
    return f"{label} is still in dispute. It may be one of {len(ways)}:"


def _means(label: str, way: object) -> str:
    key = label.rpartition(".")[2]
    means = _MEANS["policy" if key == "unknown" else key]
    return f"{way}: {means[str(way)]}."


def as_json(part: Part) -> dict[str, Any]:
    """A part as other programs read it."""
    return {
        "title": part.title,
        "lines": [{"text": one.text, "items": list(one.items)} for one in part.lines],
    }
