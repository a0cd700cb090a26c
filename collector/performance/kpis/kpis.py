"""Key figures now: each one's value of every circuit and of all, what it is worth, and since when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from collector.analysis.ratings import Rated
from collector.clerk import Desk
from collector.performance.kpis.look import KpiNow, Look
from collector.performance.kpis.scope import circuits_of, measurable
from collector.performance.kpis.sources import Sources
from collector.performance.kpis.times import FURTHER_MS, Over
from collector.performance.kpis.year import KpiYear
from collector.performance.kpis.year import yearly as yearly
from collector.sla.calendar import local_day
from config.kpis import DAY_MS, Kpi

__all__ = ["KpiNow", "KpiYear", "kpis_now", "rated", "yearly"]

KEPT_MS = 60_000
"""For so long an answer is given again."""


def rated(desk: Desk, *, at_ms: int | None = None, kpis: Collection[str] | None = None) -> list[Rated]:
    """Every key figure (or those of some keys) over all of its circuits, and then of each of them.

    `at_ms`: as of then; left out: now. Raises LedgerError.
    """
    return [one for found in kpis_now(desk, at_ms=at_ms, kpis=kpis) for one in (found.whole, *found.each)]


def kpis_now(
    desk: Desk,
    *,
    at_ms: int | None = None,
    kpis: Collection[str] | None = None,
    circuits: Collection[str] | None = None,
) -> list[KpiNow]:
    """The same with definitions and what they were; in the configuration's order. Raises LedgerError.

    One that has no definition yet, or that no probe of its circuits measures, is left out. With `circuits`
    each is of those alone.
    """
    now_ms = desk.now.wall_ms if at_ms is None else at_ms
    wanted = {key: one for key, one in desk.settings.kpis.items() if kpis is None or key in kpis}
    only = None if circuits is None else frozenset(circuits)
    kept = desk.kept.get("kpis")
    if kept is not None and kept[0] == (tuple(wanted), only) and 0 <= now_ms - kept[1] < KEPT_MS:
        found: list[KpiNow] = kept[2]
        return found
    found = _all(desk, now_ms, wanted, only)
    desk.kept["kpis"] = ((tuple(wanted), only), now_ms, found)
    return found


def _all(desk: Desk, at_ms: int, wanted: Mapping[str, Kpi], only: Collection[str] | None) -> list[KpiNow]:
    settings = desk.settings
    sources = Sources(desk, at_ms, at_ms - FURTHER_MS)
    today = local_day(at_ms - 1, sources.zone)
    held = [(key, kpi, definition) for key, kpi in wanted.items() if (definition := kpi.on(today))]
    overs = {key: Over(definition.over or "month") for key, _, definition in held}
    begins = [one.spans(at_ms - DAY_MS, sources.zone)[0][0] for one in overs.values() if not one.step_ms]
    sources.from_ms = min([sources.from_ms, *begins]) - DAY_MS
    found = []
    for key, kpi, definition in held:
        circuits = circuits_of(settings, kpi, today, desk.reader.sites())
        circuits = [one for one in circuits if only is None or one in only]
        if some := measurable(settings, definition.measure, circuits, kpi.probe):
            look = Look(sources, key, kpi, definition, overs[key], some)
            found.append(replace(look.now(), unmeasured=len(circuits) - len(some)))
    return found
