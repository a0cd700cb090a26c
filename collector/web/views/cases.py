"""Circuits with what is known of them, and how much each needs a person. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from collector.circuits import Status
from collector.claims_open import SOON_MS, ClaimLine
from collector.sla.evaluate import period_of
from collector.sla.rules import CircuitFacts
from collector.times import span
from collector.web.seen import Seen
from collector.web.sources import CircuitNow, FigureNow

LITTLE_LEFT = 25
"""A budget of which no more percent are left is at risk."""
AVAILABILITY = "availability_ratio"
Lapse = tuple[int, str, ClaimLine]
"""A deadline: when in UTC ms, which, and of which claim."""


class Need(IntEnum):
    """How much a circuit needs a person: the first most."""

    DOWN = 0
    UNKNOWN = 1
    DEADLINE = 2
    BREACHED = 3
    AT_RISK = 4
    NOTHING = 5


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of the time that a circuit may be down in this period."""

    text: str
    share: int | None
    """Percent of it that are left; None where the whole isn't known."""
    whole: int
    """Seconds that it may be down in the whole period; 0 where that isn't known."""
    kind: str
    """`low` or `bad`; empty while there is enough."""


@dataclass(frozen=True, slots=True)
class Case:
    """A circuit and what is known of it."""

    now: CircuitNow
    figures: Sequence[FigureNow]
    """The objectives of its contract."""
    availability: FigureNow | None
    budget: Budget | None
    claim: Lapse | None
    need: Need = Need.NOTHING


def cases_of(seen: Seen) -> Iterator[Case]:
    """Each circuit with what is known of it, and how much that needs a person."""
    figures, claims, periods = _by_circuit(seen.figures), _claims(seen.claims, seen.now_ms), _Periods(seen)
    for now in seen.circuits:
        told = figures.get(now.circuit, ())
        availability = next((one for one in told if one.metric == AVAILABILITY), None)
        budget = None if availability is None else periods.budget(availability)
        case = Case(now, told, availability, budget, claims.get(now.circuit))
        yield replace(case, need=_need(case, seen.now_ms))


def _by_circuit(figures: Sequence[FigureNow]) -> dict[str, list[FigureNow]]:
    grouped: dict[str, list[FigureNow]] = {}
    for figure in figures:
        grouped.setdefault(figure.circuit, []).append(figure)
    return grouped


def _claims(claims: Sequence[ClaimLine], now_ms: int) -> dict[str, Lapse]:
    """The next deadline that is ahead of each circuit: when, which, and of which claim."""
    found: dict[str, Lapse] = {}
    for claim in claims:
        ahead = [(at_ms, name) for name, at_ms in claim.deadlines.items() if at_ms > now_ms]
        for circuit in claim.circuits if ahead else ():
            at_ms, name = min(ahead)
            if circuit not in found or at_ms < found[circuit][0]:
                found[circuit] = (at_ms, name, claim)
    return found


def urgency(one: Case) -> tuple[int, int, str, str]:
    """What needs a person first; of what is down or unknown the longest first, of deadlines the nearest."""
    since = one.now.since_ms if one.need in (Need.DOWN, Need.UNKNOWN) else 0
    due_ms = one.claim[0] if one.claim and one.need is Need.DEADLINE else 0
    return one.need, since or due_ms, one.now.site, one.now.circuit


def _need(one: Case, now_ms: int) -> Need:
    if one.now.status is not Status.UP:
        return Need.DOWN if one.now.status is Status.DOWN else Need.UNKNOWN
    if one.claim is not None and one.claim[0] <= now_ms + SOON_MS:
        return Need.DEADLINE
    if any(figure.violated for figure in one.figures):
        return Need.BREACHED
    return Need.AT_RISK if one.budget and one.budget.kind else Need.NOTHING


class _Periods:
    """How long the running periods are, each reckoned once."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._known: dict[tuple[str, str], int | None] = {}

    def budget(self, one: FigureNow) -> Budget | None:
        """What is left of a figure's budget; None of a figure without one."""
        left = one.budget_remaining_seconds
        if left is None:
            return None
        text = f"{span(round(abs(left)))} {'left' if left >= 0 else 'over'}"
        whole = self._seconds(one.contract, one.site)
        if whole is None or one.target is None or one.target >= 1:
            return Budget(text, None, 0, "bad" if left < 0 else "")
        allowed = whole * (1 - one.target)
        share = max(0, min(100, round(100 * left / allowed)))
        kind = "bad" if left < 0 else "low" if share <= LITTLE_LEFT else ""
        return Budget(text, share, round(allowed), kind)

    def _seconds(self, contract: str, site: str) -> int | None:
        key = (contract, site)
        if key not in self._known:
            settings = self._seen.settings
            agreed, there = settings.contracts.get(contract), settings.sites.get(site)
            self._known[key] = None
            if agreed is not None and there is not None:
                facts = CircuitFacts(id="", timezone=there.timezone)
                period = period_of(agreed, facts, "current", self._seen.now_ms)
                self._known[key] = (period.end_ms - period.start_ms) // 1000
        return self._known[key]
