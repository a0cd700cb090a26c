"""The values of a key figure: of each circuit and of all together, over spans or in five-minute steps.

How several circuits make one figure (docs/performance.md says the same): availability and coverage add up
time, reliability adds up outages (their number is that of a circuit in the mean), a certificate is the least,
loss the mean, and what is left the median of the circuits: so each can be held against the same bounds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from collector.analysis.readings import Day, Floats
from collector.analysis.voice import scores
from collector.ledger.bins import BIN_MS
from collector.performance.kpis.sources import Sources
from collector.performance.kpis.times import Spans
from collector.sla.calendar import local_day
from config.bounds import Measure, Statistic
from config.kpis import DAY_MS, STEP_MS, Definition

HOUR_MS = 3_600_000
METRICS: Mapping[Measure, str] = {
    "rtt": "rtt",
    "loss": "loss",
    "jitter": "jitter",
    "utilisation": "utilisation",
}
_FACTORS: Mapping[Measure, float] = {"rtt": 1e3, "jitter": 1e3, "loss": 1e2, "utilisation": 1e2}
"""From seconds and ratios to what people read."""
COUNTED = ("availability", "coverage", "outages", "mtbf", "mttr")
LEAST_KNOWN = 0.5
"""So much of a time must be known for a figure of it."""
Bounds = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Figures in the measure's own unit, shape (n,) each; NaN where too little is known."""

    begins_ms: Sequence[int]
    each: Mapping[str, Floats]
    """By circuit."""
    whole: Floats
    """Of all of them."""
    known: Mapping[str, float] = field(default_factory=dict)
    """Of the newest: what share of it is known, by circuit."""


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """What was counted in each span, shape (n,)."""

    up_ms: Floats
    down_ms: Floats
    all_ms: Floats
    outages: Floats
    outage_ms: Floats

    def figure(self, measure: Measure, circuits: int) -> Floats:
        """One of the figures that are made of counts; of outages a mean over the circuits."""
        known = self.up_ms + self.down_ms
        enough = known >= LEAST_KNOWN * self.all_ms
        with np.errstate(divide="ignore", invalid="ignore"):
            match measure:
                case "availability":
                    value = 100 * self.up_ms / known
                case "coverage":
                    return np.where(known > 0, 100 * known / self.all_ms, np.nan)
                case "outages":
                    value = self.outages / circuits
                case "mtbf":
                    value = self.up_ms / self.outages / DAY_MS
                case _:
                    return self.outage_ms / self.outages / HOUR_MS
            found: Floats = np.where(enough & np.isfinite(value), value, np.nan)
        return found

    @property
    def known(self) -> Floats:
        """The share of the time that is known."""
        return (self.up_ms + self.down_ms) / np.maximum(self.all_ms, 1)


def of_spans(
    sources: Sources,
    definition: Definition,
    circuits: Sequence[str],
    spans: Spans,
    probe: str | None = None,
) -> Values:
    """One value for each span. What days add up to is of the days of each circuit's own calendar."""
    begins = [begin for begin, _ in spans]
    if definition.measure in COUNTED:
        return _counted(sources, definition.measure, dict.fromkeys(circuits, np.array(spans, np.int64)))
    if definition.measure == "tls_days":
        ends = [min(end, sources.at_ms) for _, end in spans]
        each = {
            name: np.array([_or_nan(sources.certificate_days(name, probe, end)) for end in ends])
            for name in circuits
        }
        return Values(begins, each, _together("tls_days", each))
    dates = [
        (local_day(begin, sources.zone), local_day(max(begin, end - 1), sources.zone)) for begin, end in spans
    ]
    each, known = {}, {}
    for name in circuits:
        found = _of_days(sources, definition, name, dates)
        each[name] = np.array([value for value, _ in found])
        known[name] = found[-1][1]
    return Values(begins, each, _together(definition.measure, each), known)


def of_steps(
    sources: Sources, definition: Definition, circuits: Sequence[str], over_ms: int, from_ms: int
) -> Values:
    """The values of `over_ms` that end with each five minutes since `from_ms`."""
    width = over_ms // STEP_MS
    n = (sources.at_ms - from_ms) // STEP_MS
    ends = from_ms + STEP_MS * np.arange(n - width + 1) + over_ms
    begins = [int(end) - over_ms for end in ends]
    if definition.measure in COUNTED:
        edges = {name: np.stack([ends - over_ms, ends], axis=1) for name in circuits}
        return _counted(sources, definition.measure, edges)
    each, known = {}, {}
    for name in circuits:
        values = _stepwise(sources, definition.measure, name, from_ms)[:n]
        windows = np.lib.stride_tricks.sliding_window_view(values, width)
        each[name] = _statistics(windows, definition.statistic or definition.kind.statistic or "mean")
        known[name] = float(np.isfinite(windows[-1]).mean()) if len(windows) else 0.0
    return Values(begins, each, _together(definition.measure, each), known)


def _stepwise(sources: Sources, measure: Measure, circuit: str, from_ms: int) -> Floats:
    if measure in ("utilisation", "throughput"):
        ratio = sources.usage(circuit, from_ms)
        return ratio * (100 if measure == "utilisation" else sources.mbit_per_second(circuit) or np.nan)
    steps = sources.steps(circuit, from_ms)
    values: Floats = steps.mos if measure == "mos" else getattr(steps, METRICS[measure])
    return values * _FACTORS.get(measure, 1)


def _statistics(windows: Floats, statistic: Statistic) -> Floats:
    """One of each row, shape (n, width); NaN where less than half of it is known."""
    known = np.isfinite(windows)
    enough = known.mean(axis=1) >= LEAST_KNOWN
    found = np.full(len(windows), np.nan)
    if enough.any():
        some = windows[enough]
        match statistic:
            case "mean":
                found[enough] = np.nanmean(some, axis=1)
            case "median":
                found[enough] = np.nanmedian(some, axis=1)
            case "max":
                found[enough] = np.nanmax(some, axis=1)
            case _:
                found[enough] = np.nanpercentile(some, 95, axis=1, method="inverted_cdf")
    return found


def _counted(sources: Sources, measure: Measure, edges: Mapping[str, Bounds]) -> Values:
    """Figures of time and outages; the sums of all circuits make that of all."""
    counts = {name: _counts(sources, name, bounds) for name, bounds in edges.items()}
    parts = [
        np.stack([getattr(one, key) for one in counts.values()]).sum(axis=0) for key in _Counts.__slots__
    ]
    whole = _Counts(*parts)
    return Values(
        [int(begin) for begin in next(iter(edges.values()))[:, 0]],
        {name: one.figure(measure, 1) for name, one in counts.items()},
        whole.figure(measure, len(counts)),
        {name: float(one.known[-1]) for name, one in counts.items()},
    )


def _counts(sources: Sources, circuit: str, edges: Bounds) -> _Counts:
    """What was counted in each span, shape (n, 2); an outage counts where it begins, with all its length."""
    status, failures = sources.status(circuit), sources.failures(circuit)
    up, down = status.within(edges.ravel())
    first, last = (np.searchsorted(failures.start_ms, edges[:, side]) for side in (0, 1))
    lengths = np.concatenate([[0], np.cumsum(failures.length_ms)])
    return _Counts(
        up_ms=up[::2],
        down_ms=down[::2],
        all_ms=(edges[:, 1] - edges[:, 0]).astype(np.float64),
        outages=(last - first).astype(np.float64),
        outage_ms=(lengths[last] - lengths[first]).astype(np.float64),
    )


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _of_days(
    sources: Sources, definition: Definition, circuit: str, dates: Sequence[tuple[date, date]]
) -> list[tuple[float, float]]:
    """One value of the days from each date to another, both inside, and what share of its steps is known."""
    measure, statistic = definition.measure, definition.statistic or definition.kind.statistic or "mean"
    metric = "rtt" if measure == "mos" else METRICS.get(measure, "utilisation")
    days = sources.days(circuit, metric, dates[0][0])
    losses = {one.day: one for one in sources.days(circuit, "loss", dates[0][0])} if measure == "mos" else {}
    numbers = [one.day for one in days]
    factor = (
        1.0
        if measure == "mos"
        else _FACTORS.get(measure) or (sources.mbit_per_second(circuit) if days else None) or np.nan
    )
    found = []
    for first, last in dates:
        some = days[bisect_left(numbers, first) : bisect_right(numbers, last)]
        share = sum(one.known for one in some) / ((last - first).days + 1) / (DAY_MS // BIN_MS)
        if share < LEAST_KNOWN:
            found.append((np.nan, share))
        elif measure == "mos":
            found.append((_voice_of(some, losses), share))
        else:
            found.append((_summed(some, statistic) * factor, share))
    return found


def _summed(days: Sequence[Day], statistic: Statistic) -> float:
    """Of days: a mean by what is known of each; the middle one of medians or of p95s; the highest."""
    match statistic:
        case "mean":
            return float(np.average([one.mean for one in days], weights=[one.known for one in days]))
        case "median":
            return float(np.median([one.median for one in days]))
        case "max":
            return max(one.highest for one in days)
        case _:
            return float(np.median([one.p95 for one in days]))


def _voice_of(days: Sequence[Day], losses: Mapping[date, Day]) -> float:
    """The mean of the days' scores, each by its median round trip and its mean loss."""
    both = [(one.median, losses[one.day].mean) for one in days if one.day in losses]
    if not both:
        return float(np.nan)
    rtt, loss = np.array(both).T
    return float(scores(rtt, loss).mean())


def _together(measure: Measure, each: Mapping[str, Floats]) -> Floats:
    """The figure of all circuits that are known, shape (n,)."""
    table = np.stack(list(each.values()))
    found = np.full(table.shape[1], np.nan)
    some = np.isfinite(table).any(axis=0)
    if not some.any():
        return found
    known = table[:, some]
    match measure:
        case "tls_days":
            found[some] = np.nanmin(known, axis=0)
        case "loss":
            found[some] = np.nanmean(known, axis=0)
        case _:
            found[some] = np.nanmedian(known, axis=0)
    return found
