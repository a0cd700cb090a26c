"""A year of key figures, month by month: which of them ever told anybody anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from collector.analysis.kpis import rate, shown
from collector.analysis.ratings import Rating
from collector.analysis.readings import Floats, NotEnough
from collector.clerk import Desk
from collector.performance.kpis.scope import circuits_of, measurable
from collector.performance.kpis.sources import Sources
from collector.performance.kpis.times import Spans, months_of
from collector.performance.kpis.values import METRICS, Values, of_spans
from collector.sla.calendar import local_day
from config.kpis import DAY_MS, Definition, Kpi, lacking
from probes.values import Duration

LEAST_MONTHS = 3
"""Of fewer nothing is said."""
WARNED: frozenset[Rating] = frozenset({"critical", "warning"})


@dataclass(frozen=True, slots=True)
class KpiMonth:
    """One month of a key figure."""

    label: str
    """`2025-03`."""
    value: float | None
    """Over all of its circuits."""
    rating: Rating
    warned: int
    """So many circuits were at or beyond a threshold (the target, where there is none)."""


@dataclass(frozen=True, slots=True)
class KpiYear:
    """What a year of a key figure was like."""

    kpi: str
    name: str
    year: int
    owner: str
    level: str
    months: tuple[KpiMonth, ...]
    verdict: str
    """useful, never moved, never warned, always warned or not enough data."""
    sentence: str
    lacking: tuple[str, ...]
    """What its definition doesn't say: owner, target, period, approval."""


def yearly(desk: Desk, year: int) -> list[KpiYear]:
    """Every key figure over the months of a year that have begun; raises LedgerError.

    Each month is judged by the definition of its last day, whatever time the figure is usually of; where
    that is less than a day, what the month's highest value crossed counts as warned too.
    """
    sources = Sources(desk, desk.now.wall_ms, 0)
    spans = months_of(year, sources.at_ms, sources.zone)
    if not spans:
        return []
    sources.from_ms = spans[0][0] - DAY_MS
    return [_year(sources, key, kpi, year, spans) for key, kpi in desk.settings.kpis.items()]


def _year(sources: Sources, key: str, kpi: Kpi, year: int, spans: Spans) -> KpiYear:
    settings = sources.desk.settings
    held = [kpi.on(local_day(end - 1, sources.zone)) for _, end in spans]
    newest = held[-1]
    today = local_day(sources.at_ms, sources.zone)
    circuits = circuits_of(settings, kpi, today, sources.desk.reader.sites())
    some = measurable(settings, newest.measure, circuits, kpi.probe) if newest else []
    months: tuple[KpiMonth, ...] = ()
    if newest and some:
        values = of_spans(sources, newest, some, spans, kpi.probe)
        months = tuple(
            _months(spans, held, newest, values, _highest(sources, newest, some, spans), sources.zone)
        )
    verdict, told = _verdict(months, newest)
    return KpiYear(
        kpi=key,
        name=kpi.name or key,
        year=year,
        owner=kpi.owner or "",
        level=kpi.level or "",
        months=months,
        verdict=verdict,
        sentence=told,
        lacking=tuple(lacking(kpi, newest)),
    )


def _highest(
    sources: Sources, definition: Definition, circuits: Sequence[str], spans: Spans
) -> Values | None:
    """The months' highest values of what is usually looked at in minutes."""
    over = definition.over
    if not (isinstance(over, Duration) and over.ms < DAY_MS and definition.measure in METRICS):
        return None
    return of_spans(sources, replace(definition, statistic="max"), circuits, spans)


def _months(
    spans: Spans,
    held: Sequence[Definition | None],
    newest: Definition,
    values: Values,
    highest: Values | None,
    zone: str,
) -> list[KpiMonth]:
    found = []
    for place, (begin, _) in enumerate(spans):
        definition = held[place]
        fits = definition is not None and definition.measure == newest.measure
        value = float(values.whole[place]) if fits and isfinite(values.whole[place]) else None
        rating: Rating = rate(value, definition)[0] if definition and fits else "unknown"
        each = (highest or values).each if fits else {}
        warned = _warned(each, place, definition) if definition else 0
        found.append(KpiMonth(f"{local_day(begin, zone):%Y-%m}", value, rating, warned))
    return found


def _warned(each: Mapping[str, Floats], place: int, definition: Definition) -> int:
    counted = WARNED if definition.warning or definition.critical else frozenset({"off target"})
    return sum(rate(float(one[place]), definition)[0] in counted for one in each.values())


def _verdict(months: Sequence[KpiMonth], definition: Definition | None) -> tuple[str, str]:
    """Whether it told anything, and that in a sentence."""
    known = [one for one in months if one.value is not None]
    if definition is None or len(known) < LEAST_MONTHS:
        return "not enough data", str(NotEnough(len(known), LEAST_MONTHS, "months"))
    reads = {shown(one.value or 0.0, definition.kind) for one in known}
    amiss = [one for one in known if one.rating in WARNED or one.rating == "off target"]
    warned = [one for one in known if one.warned or one in amiss]
    if len(reads) == 1:
        return "never moved", f"reads {reads.pop()} in each of {len(known)} months: nobody can act on it"
    if not warned:
        told = f"no circuit was beyond a bound in {len(known)} months: tighten them, or look less often"
        return "never warned", told
    if len(amiss) == len(known):
        told = f"was beyond its bounds in all {len(known)} months: act, or set a bound that can be kept"
        return "always warned", told
    return "useful", f"some circuit was beyond a bound in {len(warned)} of {len(known)} months"
