"""Counters and histograms of the measurements themselves.

A thousand targets at a round a second pass here, so a round costs about a microsecond: all the
counters of all targets lie in one array of integers, a row each, and an RTT finds its bucket by
bisection. RTTs are summed in units of 100 ns, exactly. A snapshot is a copy of the array, so that
what a scrape says of a target (sent, received, buckets) was true at one moment.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from collector.ledger.model import SeriesKey
from collector.web.textformat import labels
from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock
from probes.model import RTT_UNIT_NS, Outcome, Round, Sample

RTT_BOUNDS_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""From a metro circuit to a satellite hop and past every sensible time-out."""
UNITS_PER_SECOND = NS_PER_SECOND // RTT_UNIT_NS
_BOUNDS = [round(bound * UNITS_PER_SECOND) for bound in RTT_BOUNDS_SECONDS]

BUCKETS = len(_BOUNDS) + 1
SENT, RECEIVED, OK, LOST, UNKNOWN, RTT_SUM, LAST_AT_MS = range(BUCKETS, BUCKETS + 7)
WIDTH = BUCKETS + 7
_RESULT = {1: OK, 0: LOST, -1: UNKNOWN}


Value = int | float | str
"""A sample's value."""
LONGEST_LABEL = 256
"""A longer text (a path, say) is no label."""


@dataclass(slots=True)
class _Target:
    """One set of labels, its row in the array and what was heard of it last."""

    labels: str
    circuit: str
    probe: str
    begin: int
    fresh_ns: int
    declared: int = 0
    round: Round | None = None
    heard_ns: int = 0
    samples: dict[str, tuple[int, Value]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TargetNow:
    """What a scrape says of one target's rounds: `cells` is its row."""

    labels: str
    cells: Sequence[int]


@dataclass(frozen=True, slots=True)
class FactsNow:
    """What a target's probe found beside its rounds: the samples that are fresh, by name."""

    labels: str
    samples: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The targets of one moment; iterating is cheap to begin, pause and begin again."""

    _targets: tuple[_Target, ...]
    _cells: array[int]
    _now_ns: int

    def __iter__(self) -> Iterator[TargetNow]:
        cells = memoryview(self._cells)
        for target in self._targets:
            yield TargetNow(target.labels, cells[target.begin : target.begin + WIDTH])

    def facts(self) -> Sequence[FactsNow]:
        """The targets of which there is something beside rounds."""
        return [
            FactsNow(target.labels, fresh)
            for target in self._targets
            if target.samples and (fresh := self._fresh(target))
        ]

    def _fresh(self, target: _Target) -> dict[str, Value]:
        return {
            name: value
            for name, (heard_ns, value) in target.samples.items()
            if self._now_ns - heard_ns <= target.fresh_ns
        }


class ProbeMetrics:
    """What was measured of every target since the daemon started; used on the event loop only.

    A target is its labels. A reload that changes a probe's options makes a new series of the same
    labels, which goes on counting where the old one was: declare the new one, then forget the old.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cells = array("q")
        self._free: list[int] = []
        self._targets: dict[str, _Target] = {}
        self._series: dict[int, _Target] = {}

    def declare(self, series: int, key: SeriesKey, timeout_ms: int) -> None:
        """Count for `series` from now on: every counter of it exists, at 0."""
        if series in self._series:
            return
        text = labels(site=key.site, carrier=key.carrier, circuit=key.circuit, probe=key.probe, kind=key.kind)
        target = self._targets.get(text)
        if target is None:
            target = self._targets[text] = _Target(text, key.circuit, key.probe, self._row(), 0)
        # Two rounds come at most every + timeout apart; three intervals forgive a skipped slot.
        target.fresh_ns = max(3 * key.every_ms, key.every_ms + timeout_ms) * NS_PER_MS
        target.declared += 1
        self._series[series] = target

    def forget(self, series: int) -> None:
        """The configuration no longer has `series`; what is still in flight of it is not counted."""
        target = self._series.pop(series, None)
        if target is None:
            return
        target.declared -= 1
        if not target.declared:
            del self._targets[target.labels]
            self._free.append(target.begin)

    def observe(self, outcomes: Iterable[Outcome]) -> None:
        """Count a batch as it finished; what its rounds say of the circuit comes later, in `judge`."""
        now_ns = self._clock.now().mono_ns
        for outcome in outcomes:
            if outcome.round:
                self._count(outcome.round, now_ns)
            if outcome.samples:
                self._keep(outcome.samples, now_ns)

    def judge(self, series: int, verdict: int) -> None:
        """Count a round's verdict once it stands: 1 up, 0 down, -1 unknown."""
        target = self._series.get(series)
        if target:
            self._cells[target.begin + _RESULT[verdict]] += 1

    def latest(self) -> dict[tuple[str, str], Round]:
        """The last round by (circuit, probe), where it is fresh."""
        now_ns = self._clock.now().mono_ns
        return {
            (target.circuit, target.probe): target.round
            for target in self._targets.values()
            if target.round and now_ns - target.heard_ns <= target.fresh_ns
        }

    def if_indexes(self) -> dict[tuple[str, str], int]:
        """The ifIndex of the interface that a probe read last, by (circuit, probe), where one was read."""
        return {
            (target.circuit, target.probe): int(target.samples["if_index"][1])
            for target in self._targets.values()
            if "if_index" in target.samples
        }

    def snapshot(self) -> Snapshot:
        """Every target as it is now, in the order in which they were declared."""
        return Snapshot(tuple(self._targets.values()), self._cells[:], self._clock.now().mono_ns)

    def _row(self) -> int:
        blank = array("q", bytes(8 * WIDTH))
        if self._free:
            begin = self._free.pop()
            self._cells[begin : begin + WIDTH] = blank
            return begin
        self._cells.extend(blank)
        return len(self._cells) - WIDTH

    def _count(self, one: Round, now_ns: int) -> None:
        target = self._series.get(one.series)
        if target is None:
            return
        cells, begin, total = self._cells, target.begin, 0
        for rtt in one.rtts:
            if rtt is not None:
                cells[begin + bisect_left(_BOUNDS, rtt)] += 1
                total += rtt
        cells[begin + RTT_SUM] += total
        cells[begin + SENT] += one.sent
        cells[begin + RECEIVED] += one.received
        last = target.round
        if last is None or (one.epoch, one.at_ms) >= (last.epoch, last.at_ms):  # else it is a straggler
            cells[begin + LAST_AT_MS] = one.at_ms
            target.round, target.heard_ns = one, now_ns

    def _keep(self, samples: Iterable[Sample], now_ns: int) -> None:
        """What a probe found stands for all that it found before: what is no longer among it is gone."""
        found = dict[int, dict[str, tuple[int, Value]]]()
        for one in samples:
            if not isinstance(one.value, str) or len(one.value) <= LONGEST_LABEL:
                found.setdefault(one.series, {})[one.name] = (now_ns, one.value)
        for series, by_name in found.items():
            if target := self._series.get(series):
                target.samples = by_name


LATENESS_BOUNDS_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0)


class SchedulerMetrics:
    """How punctual this host is; the runner's observer."""

    def __init__(self) -> None:
        self.buckets = [0] * (len(LATENESS_BOUNDS_SECONDS) + 1)
        self.late_seconds = 0.0
        self.skipped_slots = 0

    def late(self, seconds: Sequence[float]) -> None:
        """Packets were handed over so long after they were due."""
        buckets = self.buckets
        for one in seconds:
            buckets[bisect_left(LATENESS_BOUNDS_SECONDS, one)] += 1
        self.late_seconds += sum(seconds)

    def skipped(self, slots: int) -> None:
        """So many slots could not run: unknown, not lost."""
        self.skipped_slots += slots
