"""What key figures are made of, read once for all of them: status, outages, days and five-minute values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from collector.analysis.readings import Day, Floats
from collector.analysis.voice import scores
from collector.clerk import Desk
from collector.curves.probes import NotMeasuredError, polled_series
from collector.ledger.bins import BIN_MS
from collector.ledger.model import Outage, Series
from collector.ledger.records import CircuitNow
from collector.performance.nightly.reading import measured
from collector.performance.nightly.usage import utilisation
from collector.sla.calendar import local_day
from probes.model import Sample

BITS_A_BYTE, MEGA = 8, 1e6
_TLS_BACK_MS = 2 * 3_600_000
"""A certificate that was shown longer ago than this may have been replaced."""
_SPEED_BACK_MS = 2 * 3_600_000


@dataclass(frozen=True, slots=True, eq=False)
class Status:
    """How long a circuit was up and down, by the stored status; what is neither is unknown."""

    edges_ms: Floats
    up_ms: Floats
    """How long it was up before each edge."""
    down_ms: Floats

    def within(self, bounds_ms: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Up and down between each two bounds; shape (n + 1,) gives (n,)."""
        if not len(self.edges_ms):
            return np.zeros(len(bounds_ms) - 1), np.zeros(len(bounds_ms) - 1)
        up = np.interp(bounds_ms, self.edges_ms, self.up_ms)
        return np.diff(up), np.diff(np.interp(bounds_ms, self.edges_ms, self.down_ms))


@dataclass(frozen=True, slots=True, eq=False)
class Failures:
    """When a circuit's outages began, in order, and how long they lasted; an open one until now."""

    start_ms: NDArray[np.int64]
    length_ms: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What was measured in each five minutes from `start_ms` on; seconds and ratios, NaN: an absence."""

    start_ms: int
    rtt: Floats
    loss: Floats
    jitter: Floats

    @property
    def mos(self) -> Floats:
        """Mean opinion scores."""
        return scores(self.rtt, self.loss)


@dataclass
class Sources:
    """Reads the ledger as of `at_ms`; each thing once."""

    desk: Desk
    at_ms: int
    from_ms: int
    """Nothing older is asked for."""
    _status: dict[str, Status] = field(default_factory=dict)
    _failures: Mapping[str, Failures] | None = None
    _days: dict[tuple[str, str], tuple[date, Sequence[Day]]] = field(default_factory=dict)
    _steps: dict[tuple[str, int], Steps] = field(default_factory=dict)
    _usage: dict[tuple[str, int], Floats] = field(default_factory=dict)
    _rates: dict[str, float | None] = field(default_factory=dict)
    _now: Mapping[str, CircuitNow] | None = None
    _watermarks: dict[str, int] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        """Whose calendar cuts months and weeks: that of this host's site, for all circuits alike."""
        return self.desk.settings.zone

    def status(self, circuit: str) -> Status:
        """Its status over time, the provisional one too."""
        if circuit not in self._status:
            self._status[circuit] = self._read_status(circuit)
        return self._status[circuit]

    def failures(self, circuit: str) -> Failures:
        """Its outages."""
        if self._failures is None:
            by_circuit: dict[str, list[Outage]] = {}
            for one in self.desk.reader.outages(from_ms=self.from_ms, to_ms=self.at_ms):
                by_circuit.setdefault(one.circuit, []).append(one)
            self._failures = {name: self._lengths(some) for name, some in by_circuit.items()}
        return self._failures.get(circuit) or self._lengths(())

    def days(self, circuit: str, metric: str, first: date) -> Sequence[Day]:
        """Its days from `first` on that are over, as the nightly analysis summed them up."""
        known = self._days.get((circuit, metric))
        if known is None or known[0] > first:
            zone = self.desk.settings.zone_of(circuit)
            today = local_day(self.at_ms, zone)
            found = self.desk.reader.days(circuit, metric, first, today)
            known = self._days[circuit, metric] = first, [one for one in found if one.day < today]
        return known[1]

    def steps(self, circuit: str, from_ms: int) -> Steps:
        """RTT, loss and jitter in the five minutes from `from_ms` until now."""
        if (circuit, from_ms) not in self._steps:
            desk = self.desk
            try:
                found = measured(desk.reader, desk.settings, circuit, from_ms, self.at_ms)
                steps = Steps(found.rtt.start_ms, *(one.values for one in found))
            except NotMeasuredError:
                steps = Steps(from_ms, *(np.full((self.at_ms - from_ms) // BIN_MS, np.nan),) * 3)
            self._steps[circuit, from_ms] = steps
        return self._steps[circuit, from_ms]

    def usage(self, circuit: str, from_ms: int) -> Floats:
        """The fuller direction's ratio in the five minutes from `from_ms` until now."""
        if (circuit, from_ms) not in self._usage:
            found = utilisation(self.desk.reader, self.desk.settings, circuit, from_ms, self.at_ms)
            self._usage[circuit, from_ms] = found.values
        return self._usage[circuit, from_ms]

    def mbit_per_second(self, circuit: str) -> float | None:
        """The line rate: what its device last said, else the larger of what was bought."""
        if circuit not in self._rates:
            self._rates[circuit] = self._polled_rate(circuit) or self._bought_rate(circuit)
        return self._rates[circuit]

    def certificate_days(self, circuit: str, probe: str | None, at_ms: int) -> float | None:
        """The least number of days left of the certificates that were shown shortly before a time."""
        probes = self.desk.settings.circuits[circuit].probes
        kinds = {
            name for name, one in probes.items() if one.kind in ("http", "tcp") and probe in {None, name}
        }
        series = [one.id for one in self._series(circuit) if one.key.probe in kinds]
        found = self.desk.reader.samples(series, at_ms - _TLS_BACK_MS, at_ms) if series else ()
        newest = {one.series: float(one.value) for one in found if one.name == "tls_days_left"}
        return min(newest.values(), default=None)

    def _series(self, circuit: str) -> Sequence[Series]:
        return self.desk.reader.series(circuit=circuit)

    def _polled_rate(self, circuit: str) -> float | None:
        series = [one.id for one in polled_series(self.desk.reader, self.desk.settings, circuit)]
        if not series:
            return None
        found: Sequence[Sample] = self.desk.reader.samples(series, self.at_ms - _SPEED_BACK_MS, self.at_ms)
        speeds = [float(one.value) for one in found if one.name == "if_speed_bytes_per_second"]
        return speeds[-1] * BITS_A_BYTE / MEGA if speeds else None

    def _bought_rate(self, circuit: str) -> float | None:
        bought = self.desk.settings.circuits[circuit].bandwidth.at(local_day(self.at_ms, self.zone))
        rates = [one.bits_per_second for one in (bought.down, bought.up) if one] if bought else []
        return max(rates) / MEGA if rates else None

    def _lengths(self, outages: Sequence[Outage]) -> Failures:
        ends = [self.at_ms if one.end_ms is None else min(one.end_ms, self.at_ms) for one in outages]
        starts = np.array([one.start_ms for one in outages], np.int64)
        return Failures(starts, np.array(ends, np.int64) - starts)

    def _read_status(self, circuit: str) -> Status:
        stored = self.desk.reader.transitions(circuit, self.from_ms, self.at_ms)
        site = self.desk.settings.circuits[circuit].site
        if self._now is None:
            self._now = {one.circuit: one for one in self.desk.reader.circuit_now()}
        if site not in self._watermarks:
            self._watermarks[site] = self.desk.reader.watermark(site)
        now = self._now.get(circuit)
        until = (
            self._watermarks[site]
            if now is None
            else max(self._watermarks[site], min(now.since_ms, now.at_ms))
        )
        bands = [(one.at_ms, after.at_ms, one.status) for one, after in pairwise(stored)]
        if stored:
            bands.append((stored[-1].at_ms, until, stored[-1].status))
        if now is not None:
            bands.append((max(until, now.since_ms), now.at_ms, now.status))
        return _added_up([one for one in bands if one[0] < min(one[1], self.at_ms)], self.at_ms)


def _added_up(bands: Sequence[tuple[int, int, str]], at_ms: int) -> Status:
    edges = np.array([edge for begin, end, _ in bands for edge in (begin, min(end, at_ms))], np.float64)
    lengths = {kind: np.zeros(len(edges)) for kind in ("up", "down")}
    for place, (begin, end, kind) in enumerate(bands):
        if kind in lengths:
            lengths[kind][2 * place + 1] = min(end, at_ms) - begin
    return Status(edges, np.cumsum(lengths["up"]), np.cumsum(lengths["down"]))
