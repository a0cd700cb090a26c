"""What a night foresees for the whole estate, in a process of its own, and what a sweep shows of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from collector.analysis.forecast import BudgetForecast, Crossing
from collector.clerk import Desk
from collector.ledger.opening import reading
from collector.lowly import be_lowly
from collector.performance.forecasts.as_json import Json, as_json
from collector.performance.forecasts.forecasts import budgets_of, crossings_of, kept
from collector.sla.calendar import day_start_ms, local_day
from collector.sla.figures import Figures
from config.settings import Settings
from probes.clock import Instant

NICENESS = 19


def foresee(settings: Settings, ledger: Path, now: Instant) -> tuple[date, list[Json]]:
    """When levels are reached, of all circuits, as `foreseen.put_foreseen` takes it; runs in a process.

    Raises LedgerError.
    """
    be_lowly(NICENESS)
    return foreseen_now(settings, ledger, now)


def foreseen_now(settings: Settings, ledger: Path, now: Instant) -> tuple[date, list[Json]]:
    """The same in this process, as it is."""
    with reading(ledger):
        desk = Desk(settings, ledger, now)
        found = [as_json(one) for name in settings.here() for one in crossings_of(desk, name)]
        desk.reader.close()
    return local_day(now.wall_ms, "UTC"), found


def ahead_of(
    settings: Settings, ledger: Path, now: Instant, figures: Iterable[Figures]
) -> tuple[list[BudgetForecast], list[Crossing]]:
    """What is known of the time to come: budgets of the circuits that were judged, levels of all.

    Raises LedgerError.
    """
    with reading(ledger):
        desk = Desk(settings, ledger, now)
        found = [one for one in budgets_of(desk, figures) if isinstance(one, BudgetForecast)]
        desk.reader.close()
    levels = kept(settings, ledger, now) or ()
    return found, [one for one in levels if isinstance(one, Crossing)]


def begins_seconds(settings: Settings, circuit: str, day: date) -> float:
    """When a day begins at the circuit's site, Unix time."""
    zone = settings.zone_of(circuit)
    return day_start_ms(day, zone) / 1000
