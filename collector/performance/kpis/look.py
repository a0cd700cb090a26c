"""One key figure, looked at: of each circuit and of all together, what it is worth, and since when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, isfinite

import numpy as np

from collector.analysis.kpis import Since, length, rate, sentence, since
from collector.analysis.ratings import Rated, Rating
from collector.analysis.readings import Floats, NotEnough
from collector.performance.kpis.sources import Sources
from collector.performance.kpis.times import FURTHER_MS, LOOK_MS, Over, Spans, steps_end
from collector.performance.kpis.values import COUNTED, LEAST_KNOWN, Values, of_spans, of_steps
from collector.sla.calendar import day_start_ms, local_day
from config.benchmarks import Benchmark, beside
from config.kpis import DAY_MS, STEP_MS, Definition, Kpi

RANK: Mapping[Rating, int] = {"critical": 0, "warning": 1, "off target": 2, "unknown": 3, "good": 4}
"""The worst first."""
AMISS: frozenset[Rating] = frozenset({"critical", "warning", "off target"})
_OVERDUE_STEPS = 2
"""A device is asked every five minutes: so many of the newest steps may still lack an answer."""


@dataclass(frozen=True, slots=True)
class KpiNow:
    """A key figure as it stands."""

    key: str
    kpi: Kpi
    definition: Definition
    over: Over
    whole: Rated
    """Over all of its circuits."""
    each: tuple[Rated, ...]
    """Of every circuit, the worst first."""
    begins_ms: tuple[int, ...]
    values: tuple[float | None, ...]
    """Over all of its circuits, in time: what a sparkline shows."""
    beside: Benchmark | None
    unmeasured: int = 0
    """So many more circuits have no probe that tells of it."""

    @property
    def name(self) -> str:
        """How people call it."""
        return self.kpi.name or self.key

    @property
    def counted(self) -> Mapping[Rating, int]:
        """So many circuits are rated so, the worst first."""
        found = Counter(one.rating for one in self.each)
        return {rating: found[rating] for rating in RANK if found[rating]}

    @property
    def worst(self) -> Rating:
        """The worst rating of any circuit and of all together; `unknown` only where nothing is known."""
        ratings = {one.rating for one in (self.whole, *self.each)}
        return min(ratings - {"unknown"} or {"unknown"}, key=RANK.__getitem__)


@dataclass
class Look:
    """Rates one key figure as of its sources' time."""

    sources: Sources
    key: str
    kpi: Kpi
    definition: Definition
    over: Over
    circuits: Sequence[str]

    def now(self) -> KpiNow:
        """Its values and what they are worth; raises LedgerError."""
        values = self._values()
        each = [self._rated(name, values, series) for name, series in values.each.items()]
        if self.over.step_ms and self.definition.measure != "tls_days":
            each = self._further(each)
        each = [replace(one, benchmark=self._paper(one.of)) for one in each]
        each.sort(key=lambda one: (RANK[one.rating], self._badness(one), one.of))
        return KpiNow(
            key=self.key,
            kpi=self.kpi,
            definition=self.definition,
            over=self.over,
            whole=replace(self._rated("", values, values.whole), benchmark=self._paper("")),
            each=tuple(each),
            begins_ms=tuple(values.begins_ms),
            values=tuple(float(one) if isfinite(one) else None for one in values.whole),
            beside=self._beside(""),
        )

    # --- values

    def _values(self) -> Values:
        if not self.over.step_ms:
            return of_spans(self.sources, self.definition, self.circuits, self._spans, self.kpi.probe)
        if self.definition.measure == "tls_days":
            span = (self.sources.at_ms - self.over.step_ms, self.sources.at_ms)
            return of_spans(self.sources, self.definition, self.circuits, [span], self.kpi.probe)
        return self._steps(self.circuits, self._looked_from_ms)

    def _steps(self, circuits: Sequence[str], from_ms: int) -> Values:
        return of_steps(self.sources, self.definition, circuits, self.over.step_ms, from_ms)

    @property
    def _looked_from_ms(self) -> int:
        return steps_end(self.sources.at_ms) - max(LOOK_MS, 2 * self.over.step_ms)

    def _further(self, each: list[Rated]) -> list[Rated]:
        """What is amiss as far back as was read is looked at further back, to say since when."""
        edge_ms = self._looked_from_ms + self.over.step_ms
        long = [one.of for one in each if one.rating in AMISS and one.since_ms and one.since_ms <= edge_ms]
        if not long:
            return each
        values = self._steps(long, steps_end(self.sources.at_ms) - FURTHER_MS)
        again = {name: self._rated(name, values, values.each[name]) for name in long}
        return [again.get(one.of, one) for one in each]

    @cached_property
    def _spans(self) -> Spans:
        """What days add up to is of days that are over; what is counted, of now."""
        return self.over.spans(self._until_ms, self.sources.zone)

    @cached_property
    def _until_ms(self) -> int:
        at_ms, zone = self.sources.at_ms, self.sources.zone
        if self.definition.measure in COUNTED or self.definition.measure == "tls_days":
            return at_ms - 1  # at midnight of a first the month that has just ended is told of
        return day_start_ms(local_day(at_ms, zone), zone) - 1

    # --- ratings

    def _rated(self, of: str, values: Values, series: Floats) -> Rated:
        series = _newest_known(series, _OVERDUE_STEPS if self.over.step_ms else self._overdue)
        value = float(series[-1]) if len(series) and isfinite(series[-1]) else None
        rating, bound = rate(value, self.definition)
        base = Rated(
            kpi=self.key,
            of=of,
            value=value,
            unit=self.definition.kind.unit.strip(),
            rating=rating,
            threshold=None if bound is None else float(bound.of(self.definition.measure)),
            since_ms=None,
            sentence="",
            target=self._target,
            name=self.kpi.name or self.key,
            level=self.kpi.level or "",
            circuits=1 if of else len(self.circuits),
        )
        if value is None:
            return self._unknown(base, values)
        began = since(values.begins_ms[: len(series)], series, self._defined(values)[: len(series)])
        since_ms, lasting = self._lasting(began, value)
        told = sentence(base.name, of, value, rating, bound, self.definition, lasting)
        return replace(base, since_ms=since_ms, sentence=told)

    def _defined(self, values: Values) -> list[Definition | None]:
        """What held at each value; of one measure alone: another measure's bounds say nothing of these."""
        if len(self.kpi.versions) < 2:
            return [self.definition] * len(values.begins_ms)
        held = (self.kpi.on(local_day(begin, self.sources.zone)) for begin in values.begins_ms)
        return [one if one and one.measure == self.definition.measure else None for one in held]

    def _lasting(self, began: Since | None, value: float) -> tuple[int | None, str]:
        if self.definition.measure == "tls_days":
            return self._certificate_since(value)
        if began is None:
            return None, ""
        if not self.over.step_ms:
            return began.at_ms, self.over.lasting(began.values, whole=began.whole, over=self._is_over)
        since_ms = began.at_ms + self.over.step_ms - STEP_MS
        lasted = length(steps_end(self.sources.at_ms) - since_ms)
        return since_ms, f"for {lasted}" if began.whole else f"for more than {lasted}"

    def _certificate_since(self, value: float) -> tuple[int | None, str]:
        """A certificate has a day less each day: it crossed its bound when it had just so many left."""
        rating, bound = rate(value, self.definition)
        if bound is None or rating == "good":
            return None, ""
        past_ms = round((float(bound.of("tls_days")) - value) * DAY_MS)
        return self.sources.at_ms - past_ms, f"for {length(past_ms)}"

    @cached_property
    def _is_over(self) -> bool:
        """Whether the newest span has ended: the next one has no day yet."""
        running = self.over.spans(self.sources.at_ms - 1, self.sources.zone)[-1]
        return self._spans[-1][0] < running[0]

    @property
    def _overdue(self) -> int:
        """In the hours before the nightly analysis yesterday has no figures yet."""
        return int(self.over.text == "day" and self._until_ms < self.sources.at_ms)

    # --- what isn't known

    def _unknown(self, base: Rated, values: Values) -> Rated:
        """Why there is no value; reliability without an outage is no lack of data."""
        name = f"{base.name} of {base.of}" if base.of else base.name
        if self.definition.measure in ("mttr", "mtbf"):
            quiet_ms = self._quiet_ms([base.of] if base.of else self.circuits)
            if quiet_ms is not None:
                return self._without_outage(base, name, quiet_ms)
        if self.definition.measure == "tls_days":
            return replace(base, sentence=f"{name}: no certificate was shown in the last 2 hours")
        begin, end = self._spans[-1]
        need = self.over.step_ms // STEP_MS or max(1, -(-(end - begin) // DAY_MS))
        share = values.known.get(base.of, 0.0) if base.of else max(values.known.values(), default=0.0)
        what = "five-minute values" if self.over.step_ms else "days"
        short = NotEnough(int(share * need), max(1, ceil(need * LEAST_KNOWN)), what)
        return replace(base, sentence=f"{name}: {short}")

    def _quiet_ms(self, circuits: Sequence[str]) -> int | None:
        """How long circuits were up in the newest span, where enough of it is known and none went down."""
        up, known, whole = 0.0, 0.0, 0.0
        begin, end = self._spans[-1]
        for name in circuits:
            starts = self.sources.failures(name).start_ms
            if ((starts >= begin) & (starts < end)).any():
                return None
            there = self.sources.status(name).within(np.array([begin, end]))
            up, known, whole = up + there[0][0], known + there[0][0] + there[1][0], whole + end - begin
        return round(up) if whole and known >= LEAST_KNOWN * whole else None

    def _without_outage(self, base: Rated, name: str, quiet_ms: int) -> Rated:
        if self.definition.measure == "mttr":
            lasting = self.over.lasting(1, whole=True)
            return replace(base, sentence=f"{name}: no outage {lasting}, so nothing was repaired")
        told = f"{name}: no outage in {length(quiet_ms)} of service"
        if self._target is None or quiet_ms >= self._target * DAY_MS:
            return replace(base, rating="good", sentence=f"{told}, longer than its target")
        return replace(base, sentence=f"{told}, which is not yet its target of {self._target:g} d")

    # --- what stands beside

    @property
    def _target(self) -> float | None:
        target = self.definition.target
        return None if target is None else float(target.of(self.definition.measure))

    def _beside(self, of: str) -> Benchmark | None:
        """The industry's figure: of the circuit's service, or of the first one that the KPI is about."""
        service = (
            self.sources.desk.settings.circuits[of].service if of else next(iter(self.kpi.services or ()), "")
        )
        return beside(self.definition.measure, service, self.kpi.benchmark)

    def _paper(self, of: str) -> str:
        found = self._beside(of)
        return found.told if found else ""

    def _badness(self, one: Rated) -> float:
        """Less is worse."""
        if one.value is None:
            return 0.0
        return one.value if self.definition.kind.more_is_better else -one.value


def _newest_known(series: Floats, most: int) -> Floats:
    """The series up to its newest value, where only a few are missing after it."""
    for missing in range(min(most, len(series) - 1) + 1):
        if isfinite(series[len(series) - 1 - missing]):
            return series[: len(series) - missing]
    return series
