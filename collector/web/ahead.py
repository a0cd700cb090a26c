"""What /metrics says of the time to come: when budgets of downtime end, and when lines fill up."""

from __future__ import annotations

from collections.abc import Iterator

from collector.web.sources import AheadNow, BudgetEndNow, CrossingNow
from collector.web.textformat import Family, family, labels, sample

BUDGET_END = Family(
    "linkledger_sla_budget_end_timestamp_seconds",
    "gauge",
    "The day on which a promise's budget of downtime ends at the present pace; absent where it most likely "
    "lasts the period, or is spent.",
)
BUDGET_CHANCE = Family(
    "linkledger_sla_budget_end_chance_ratio",
    "gauge",
    "The chance that a promise's budget of downtime ends before the period does; absent once it is spent.",
)
CROSSING = Family(
    "linkledger_utilisation_crossing_timestamp_seconds",
    "gauge",
    "The day on which a line's utilisation reaches a threshold if it goes on to grow as it does.",
)


def families_ahead(ahead: AheadNow, openmetrics: bool) -> Iterator[bytes]:
    """Their families, in pieces."""
    yield from family(BUDGET_END, openmetrics, ahead.budget_ends, _budget_end)
    yield from family(BUDGET_CHANCE, openmetrics, ahead.budget_ends, _budget_chance)
    yield from family(CROSSING, openmetrics, ahead.crossings, _crossing)


def _of_budget(now: BudgetEndNow) -> str:
    return labels(
        site=now.site,
        carrier=now.carrier,
        circuit=now.circuit,
        contract=now.contract,
        objective=now.objective,
    )


def _budget_end(now: BudgetEndNow) -> str:
    return sample(BUDGET_END.name, _of_budget(now), now.at_seconds)


def _budget_chance(now: BudgetEndNow) -> str:
    return sample(BUDGET_CHANCE.name, _of_budget(now), now.chance)


def _crossing(now: CrossingNow) -> str:
    of = labels(site=now.site, carrier=now.carrier, circuit=now.circuit, threshold=now.threshold)
    return sample(CROSSING.name, of, now.at_seconds)
