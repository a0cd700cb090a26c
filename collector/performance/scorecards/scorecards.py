"""The carriers' scorecards of any period: gathered from statements, the analysis' days, notes and claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from collector.analysis.comparing import compared
from collector.analysis.money import Money, by_currency
from collector.analysis.months import Month
from collector.analysis.scorecard import Card
from collector.claiming.book import ClaimNow
from collector.clerk import Desk
from collector.performance.scorecards.circuit_months import MonthMaker, Repeat
from collector.performance.scorecards.period_statements import (
    Json,
    PeriodStatements,
    period_statements,
)
from collector.periods import ReportPeriod
from collector.scorecards import scorecards
from collector.sla.calendar import QUARTER
from collector.sla.rounding import joined

QUARTERS = 5
"""So many are shown as a trend."""
MOST_COMPUTED = 60
"""Of a period without statements so many circuits are computed: each takes a tenth of a second and more."""
FRESH_MS = 60_000
MOST_KEPT = 8
_KEPT = "scorecards"


@dataclass(frozen=True, slots=True)
class Scored:
    """A period's cards with what they rest on."""

    period: ReportPeriod
    cards: tuple[Card, ...]
    """By service and rank."""
    months: tuple[Month, ...]
    statements: PeriodStatements
    claims: tuple[ClaimNow, ...]
    """Those of the period's statements."""
    repeats: tuple[Repeat, ...]
    """The faults that came back in the period, by time."""


def cards(desk: Desk, label: str, carrier: str | None = None, service: str | None = None) -> list[Card]:
    """Each carrier's card for each service, by service and rank; `carrier`: only its own.

    The label is any period: 2026-10, 2026-Q3, 2026, a week, a day, FROM..TO, current. Raises ValueError
    for one that can't be read, LedgerError.
    """
    return [one for one in scored(desk, label, service).cards if carrier in {None, one.carrier}]


def scored(desk: Desk, label: str, service: str | None = None) -> Scored:
    """The cards with their circuit-months, statements and claims; kept for a while. Raises as `cards`.

    Only like is compared, so a service alone has the same cards as among all.
    """
    reader = desk.reader
    key = (label, service, desk.now.wall_ms // FRESH_MS, len(reader.notes()), desk.reader.count_issued())
    kept: dict[Any, Scored] = desk.kept.setdefault(_KEPT, {})
    if key not in kept:
        while len(kept) >= MOST_KEPT:
            del kept[next(iter(kept))]
        kept[key] = _scored(desk, label, service)
    return kept[key]


def _scored(desk: Desk, label: str, service: str | None) -> Scored:
    circuits = [name for name, one in desk.settings.circuits.items() if service in {None, one.service}]
    found = period_statements(desk, label, circuits, MOST_COMPUTED)
    maker = MonthMaker.of(desk)
    months = tuple(maker.months(found.told))
    past = _quarters(desk, found.period, maker)
    plain = compared(months, found.period.label, desk.settings.scorecard, past)
    wanted = {(one["circuit"], one["contract"], one["period"]["label"]) for one in found.told}
    claims = tuple(one for one in maker.claims if one.key in wanted)
    said = tuple(_said(found))
    due = _due(desk, found.told)
    days = _days(maker, found.told, months)
    made = (_with_money(one, claims, due, days, said) for one in plain)
    repeats = [each for one in months for each in maker.repeats(one.circuit, one.start_ms, one.end_ms)]
    repeats.sort(key=lambda one: (one.outage.start_ms, one.circuit))
    return Scored(found.period, tuple(made), months, found, claims, tuple(repeats))


def _quarters(desk: Desk, period: ReportPeriod, maker: MonthMaker) -> dict[str, list[Month]]:
    """The issued months of the last quarters, up to the one in which the period ends."""
    zone = desk.settings.zone
    one, quarters = QUARTER.containing(min(period.end_ms, desk.now.wall_ms) - 1, zone), []
    for _ in range(QUARTERS):
        quarters.append(one)
        one = QUARTER.containing(one.start_ms - 1, zone)
    found = {}
    for quarter in reversed(quarters):
        told = [each.told for each in maker.issued if each.within(quarter.start_ms, quarter.end_ms)]
        if told:
            found[quarter.label] = maker.months(told)
    return found


def _said(found: PeriodStatements) -> Iterable[str]:
    if found.lacking:
        yield f"No statement is issued yet for {joined(found.lacking)}: it isn't in the figures."
    if found.missing:
        yield f"{found.missing} circuits are left out: so many statements can't be computed at once."


Named = tuple[str, str]
"""Carrier and service."""


def _due(desk: Desk, told: Sequence[Json]) -> dict[Named, Money]:
    return {(one.carrier, one.service): one.credits for one in scorecards(desk.settings, told)}


def _days(maker: MonthMaker, told: Sequence[Json], months: Sequence[Month]) -> dict[Named, list[Fraction]]:
    found: dict[Named, list[Fraction]] = {}
    for statement, month in zip(told, months, strict=True):
        found.setdefault((month.carrier, month.service), []).extend(maker.credit_days(statement))
    return found


def _with_money(
    card: Card,
    claims: Sequence[ClaimNow],
    due: Mapping[Named, Money],
    days: Mapping[Named, Sequence[Fraction]],
    said: tuple[str, ...],
) -> Card:
    key, circuits = (card.carrier, card.service), set(card.all_circuits)
    mine = [one for one in claims if one.carrier == card.carrier and one.scope in circuits]
    waited = days.get(key, ())
    return replace(
        card,
        due=due.get(key, {}),
        claimed=by_currency((one.currency, one.submitted) for one in mine),
        received=by_currency((one.currency, one.received) for one in mine),
        days_to_credit=sum(waited, Fraction(0)) / len(waited) if waited else None,
        fairness=(*said, *card.fairness),
    )
