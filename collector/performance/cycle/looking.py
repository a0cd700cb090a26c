"""What a metric is now over some circuits, and whether it moved after a day: for goals and actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from math import isfinite

import numpy as np

from collector.analysis.effect import UNITS, Effect, effect, rate_effect
from collector.analysis.readings import METRICS, Day
from collector.clerk import Desk
from collector.notebook.naming import measure_of
from collector.performance.kpis.sources import Sources
from collector.performance.kpis.values import of_spans
from collector.sla.calendar import day_start_ms, local_day
from collector.sla.rounding import joined
from config.bounds import KINDS, Measure
from config.kpis import Kpi

NOW_DAYS = 30
"""What a goal's metric is now is that of the last so many whole days."""
EFFECT_DAYS = 56
"""Looked at are so many days at most on each side of a change: what was long before says little."""
LEAST_DAYS = 14
"""So many are looked at even where the trouble that was to be mended began later."""
COUNTED: tuple[Measure, ...] = ("availability", "outages", "mtbf")
"""Of these the number of outages is compared: a day's availability is mostly 100%."""
LEAST_KNOWN = 0.5
"""A day counts of which so much is known."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a metric is now."""

    measure: Measure | None
    value: float | None
    unit: str
    text: str
    """In words with what it rests on; or why there is none."""


NOTHING = Value(None, None, "", "")


@dataclass(frozen=True, slots=True)
class Moved:
    """Whether it moved, and the days to draw: in the effect's unit, of outages how many there were."""

    effect: Effect
    strip: tuple[tuple[date, float], ...]


@dataclass
class Looked:
    """Reads what is needed for it, each thing once."""

    desk: Desk
    _values: dict[tuple[str, tuple[str, ...], str], Value] = field(default_factory=dict)

    @cached_property
    def today(self) -> date:
        """At this host's site."""
        return local_day(self.desk.now.wall_ms, self.desk.settings.zone)

    @cached_property
    def _sources(self) -> Sources:
        return Sources(self.desk, self.desk.now.wall_ms, 0)

    def circuits(self, metric: str, names: Sequence[str], carrier: str) -> tuple[str, ...]:
        """The named ones; else of the carrier's (or all) those that the key figure is about."""
        settings = self.desk.settings
        kpi = settings.kpis.get(metric)
        found = []
        for name in names or settings.circuits:
            one = settings.circuits.get(name)
            if one is None:
                continue
            whose = one.on(self.today).carrier
            ended = one.active.until is not None and one.active.until < self.today
            about = kpi is None or kpi.is_about(name, whose, one.site, one.service)
            if names or (carrier in {"", whose} and not ended and about):
                found.append(name)
        return tuple(found)

    def value(self, metric: str, names: Sequence[str], carrier: str) -> Value:
        """What a metric (or key figure) is over its last days; raises LedgerError."""
        key = (metric, tuple(names), carrier)
        if key not in self._values:
            self._values[key] = self._value(metric, self.circuits(metric, names, carrier))
        return self._values[key]

    def _value(self, metric: str, circuits: Sequence[str]) -> Value:
        measure = measure_of(self.desk.settings, metric, self.today)
        if measure is None:
            return Value(None, None, "", f"{metric!r} is no metric and no key figure any more")
        kind = KINDS[measure]
        if not circuits:
            return Value(measure, None, kind.unit.strip(), "no circuit of it is configured")
        kpi = self.desk.settings.kpis.get(metric)
        definition = (kpi or Kpi(measure=measure)).on(self.today)
        if definition is None:  # measure_of knows of one
            return NOTHING
        probe = kpi.probe if kpi else None
        found = float(of_spans(self._sources, definition, circuits, [self._last_days()], probe).whole[0])
        if not isfinite(found):
            return Value(measure, None, kind.unit.strip(), f"too little is known of the last {NOW_DAYS} days")
        over = joined(circuits) if len(circuits) <= 2 else f"{len(circuits)} circuits"
        text = f"{found:.{kind.places}f}{kind.unit} over the last {NOW_DAYS} days ({over})"
        return Value(measure, found, kind.unit.strip(), text)

    def _last_days(self) -> tuple[int, int]:
        zone = self.desk.settings.zone
        begin_ms = day_start_ms(self.today - timedelta(days=NOW_DAYS), zone)
        return begin_ms, day_start_ms(self.today, zone)

    def moved(
        self, metric: str, names: Sequence[str], carrier: str, *, written_ms: int, done_ms: int
    ) -> Moved | None:
        """Before and after a moment; None of a metric that no day has a figure of. Raises LedgerError."""
        measure = measure_of(self.desk.settings, metric, self.today)
        circuits = self.circuits(metric, names, carrier)
        if measure is None or not circuits:
            return None
        about = joined(circuits) if len(circuits) <= 2 else f"{len(circuits)} circuits"
        zone = self.desk.settings.zone_of(circuits[0])
        done = local_day(done_ms, zone)
        if measure in METRICS:
            first = self._before(circuits, measure, local_day(written_ms, zone), done, zone)
            return self._levels(measure, circuits, about, first, done)
        if measure not in COUNTED:
            return None
        first = self._before(circuits, "", local_day(written_ms, zone), done, zone)
        return self._outages(circuits, about, first, done, zone)

    def _levels(self, metric: str, circuits: Sequence[str], about: str, first: date, done: date) -> Moved:
        last = min(done + timedelta(days=EFFECT_DAYS), self.today - timedelta(days=1))
        days = {name: self.desk.reader.days(name, metric, first, last) for name in circuits}
        table = together(days, metric)
        before, after = (
            [one for one in table if one.day < done],
            [one for one in table if one.day > done],  # the day itself is of both
        )
        factor = UNITS[metric][1]
        strip = tuple((one.day, one.median * factor) for one in table if one.day != done)
        return Moved(effect(before, after, metric=metric, about=about), strip)

    def _before(self, circuits: Sequence[str], metric: str, written: date, done: date, zone: str) -> date:
        """From which day on the time before is looked at: since the level stands that was to be changed.

        That is since the last shift of a single circuit, as the analysis found it; else since the action
        was written down, which somebody does when there is trouble. LEAST_DAYS to EFFECT_DAYS in all.
        """
        first = done - timedelta(days=EFFECT_DAYS)
        from_ms, to_ms = day_start_ms(first, zone), day_start_ms(done, zone)
        begun = [
            local_day(one.at_ms, zone) + timedelta(days=1)
            for name in circuits[:1]
            for one in self.desk.reader.findings(circuit=name, from_ms=from_ms, to_ms=to_ms)
            if one.metric == metric and one.kind == "shift" and one.at_ms >= from_ms and len(circuits) == 1
        ]
        return max(first, min(max(begun, default=written), done - timedelta(days=LEAST_DAYS)))

    def _outages(self, circuits: Sequence[str], about: str, first: date, done: date, zone: str) -> Moved:
        whole = (done - first).days + EFFECT_DAYS
        days = [day for n in range(whole + 1) if (day := first + timedelta(days=n)) != done]
        known = [day for day in days if day < self.today and self._is_known(circuits, day, zone)]
        starts = [local_day(at_ms, zone) for at_ms in self._begun(circuits, known, zone)]
        old, new = [one for one in known if one < done], [one for one in known if one > done]
        found = rate_effect(
            sum(day in set(old) for day in starts),
            sum(day in set(new) for day in starts),
            days_before=len(old),
            days_after=len(new),
            about=about,
        )
        return Moved(found, tuple((day, float(starts.count(day))) for day in known))

    def _is_known(self, circuits: Sequence[str], day: date, zone: str) -> bool:
        bounds = np.array([day_start_ms(day, zone), day_start_ms(day + timedelta(days=1), zone)], np.int64)
        for name in circuits:
            up, down = self._sources.status(name).within(bounds)
            if up[0] + down[0] >= LEAST_KNOWN * (bounds[1] - bounds[0]):
                return True
        return False

    def _begun(self, circuits: Sequence[str], days: Sequence[date], zone: str) -> list[int]:
        """When outages began; circuits that fail together are one."""
        if not days:
            return []
        from_ms = day_start_ms(days[0], zone)
        to_ms = day_start_ms(days[-1] + timedelta(days=1), zone)
        found, until_ms = [], 0
        for one in self.desk.reader.outages(from_ms=from_ms, to_ms=to_ms):
            if one.circuit in circuits:
                if one.start_ms >= max(from_ms, until_ms):
                    found.append(one.start_ms)
                until_ms = max(until_ms, self.desk.now.wall_ms if one.end_ms is None else one.end_ms)
        return found


def together(days: Mapping[str, Sequence[Day]], metric: str) -> list[Day]:
    """One series out of several circuits': their mean, each moved to the mean of all.

    So a circuit of which a day is missing doesn't move that day. A day's level is its median, of loss its
    mean: most of a day nothing is lost.
    """
    levels = {
        name: {one.day: one.mean if metric == "loss" else one.median for one in some if _enough(one)}
        for name, some in days.items()
    }
    usual = {name: float(np.mean(list(one.values()))) for name, one in levels.items() if one}
    if not usual:
        return []
    middle = float(np.mean(list(usual.values())))
    found = []
    for day in sorted({day for one in levels.values() for day in one}):
        some = [levels[name][day] - usual[name] for name in usual if day in levels[name]]
        level = middle + float(np.mean(some))
        found.append(Day("", metric, day, len(some), len(usual), level, level, level, level))
    return found


def _enough(one: Day) -> bool:
    return one.known >= LEAST_KNOWN * one.steps
