"""The process's own metrics: few, so prometheus_client renders them."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from itertools import accumulate

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from collector.analysis.readings import METRICS
from collector.analysis.state import AnalysisNow
from collector.ledger.model import LedgerStatistics
from collector.web.metrics import LATENESS_BOUNDS_SECONDS, SchedulerMetrics
from collector.web.sources import Sources

_LEVELS = {
    "buffer_bytes": ("linkledger_engine_receive_buffer_bytes", "Receive buffers of all sockets together."),
    "outstanding": ("linkledger_engine_outstanding_packets", "Requests that are out now."),
    "outstanding_peak": (
        "linkledger_engine_outstanding_packets_peak",
        "The most that were ever out at once.",
    ),
}
"""Of an engine's statistics those that rise and fall; the others only ever count."""


def registry(sources: Sources, scheduler: SchedulerMetrics) -> CollectorRegistry:
    """A registry of our own, not the process-wide one, with all of them."""
    own = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=own)
    own.register(OwnMetrics(sources, scheduler))
    return own


class OwnMetrics(Collector):
    """Outputs, scheduler, ledger, engines and configuration, read when they are asked for."""

    def __init__(self, sources: Sources, scheduler: SchedulerMetrics) -> None:
        self._sources = sources
        self._scheduler = scheduler

    def collect(self) -> Iterator[Metric]:
        """Every family, as it is now."""
        yield from self._outputs()
        yield from self._reports()
        yield from _analysis(self._sources.analysis())
        yield from self._schedule()
        yield from _ledger(self._sources.ledger())
        yield from self._room()
        yield GaugeMetricFamily(
            "linkledger_clock_synchronised",
            "1 while the kernel believes that its clock is disciplined (adjtimex), 0 while it does not.",
            value=float(self._sources.clock_synchronised()),
        )
        yield from self._engines()
        yield GaugeMetricFamily(
            "linkledger_config_last_reload_successful",
            "1 when the configuration file's last reading is in force, 0 when an older one is.",
            value=float(not self._sources.reload_problem()),
        )
        build = GaugeMetricFamily(
            "linkledger_build_info", "What runs here.", labels=("version", "python_version")
        )
        build.add_metric((version("linkledger"), platform.python_version()), 1)
        yield build

    def _room(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "linkledger_ledger_max_bytes",
            "ledger.max_bytes: beyond it the oldest hours go.",
            value=self._sources.settings().ledger.max_bytes.bytes,
        )
        free = self._sources.ledger_free_bytes()
        if free is not None:
            yield GaugeMetricFamily(
                "linkledger_ledger_disk_free_bytes", "What is left of the ledger's disk.", value=free
            )

    def _outputs(self) -> Iterator[Metric]:
        label = ("output",)
        lag = GaugeMetricFamily(
            "linkledger_output_lag_rounds",
            "Committed rows of the ledger (rounds, ended outages, SLA figures), or notices, not taken yet.",
            labels=label,
        )
        sent = CounterMetricFamily(
            "linkledger_output_sent",
            "Lines (one a row, and one for its samples) or notices that were acknowledged.",
            labels=label,
        )
        rejected = CounterMetricFamily(
            "linkledger_output_rejected",
            "Lines or notices that were refused for what they are.",
            labels=label,
        )
        gaps = CounterMetricFamily(
            "linkledger_output_gap_rounds", "Rows or notices dropped before they were taken.", labels=label
        )
        success = GaugeMetricFamily(
            "linkledger_output_last_success_timestamp_seconds",
            "When something was last acknowledged; absent before that.",
            labels=label,
        )
        for one in self._sources.outputs():
            lag.add_metric((one.name,), one.lag_rounds)
            sent.add_metric((one.name,), one.sent_total)
            rejected.add_metric((one.name,), one.rejected_total)
            gaps.add_metric((one.name,), one.gap_rounds_total)
            if one.last_success_ms is not None:
                success.add_metric((one.name,), one.last_success_ms / 1000)
        yield from (lag, sent, rejected, gaps, success)

    def _reports(self) -> Iterator[Metric]:
        label = ("report",)
        success = GaugeMetricFamily(
            "linkledger_report_last_success_timestamp_seconds",
            "When a report of this name was last sent to all who get it; absent before that.",
            labels=label,
        )
        failures = CounterMetricFamily(
            "linkledger_report_failures", "Tries to make or send it that came to nothing.", labels=label
        )
        for one in self._sources.reports():
            failures.add_metric((one.report,), one.failures_total)
            if one.last_success_ms is not None:
                success.add_metric((one.report,), one.last_success_ms / 1000)
        yield from (success, failures)

    def _schedule(self) -> Iterator[Metric]:
        bounds = (*map(str, LATENESS_BOUNDS_SECONDS), "+Inf")
        yield HistogramMetricFamily(
            "linkledger_scheduler_lateness_seconds",
            "How long after its time a slot was served.",
            buckets=list(zip(bounds, map(float, accumulate(self._scheduler.buckets)), strict=True)),
            sum_value=self._scheduler.late_seconds,
        )
        yield CounterMetricFamily(
            "linkledger_scheduler_skipped",
            "Slots that could not run: unknown time.",
            value=self._scheduler.skipped_slots,
        )

    def _engines(self) -> Iterator[Metric]:
        labels = ("kind",)
        levels = {name: GaugeMetricFamily(*named, labels=labels) for name, named in _LEVELS.items()}
        events = CounterMetricFamily(
            "linkledger_engine_events",
            "What a probe engine saw and did: requests, answers, and what should not have been.",
            labels=(*labels, "event"),
        )
        for kind, counts in self._sources.engines().items():
            for name, count in counts.items():
                if name in levels:
                    levels[name].add_metric((kind,), count)
                else:
                    events.add_metric((kind, name), count)
        yield from (events, *levels.values())


def _analysis(how: AnalysisNow) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "linkledger_analysis_enabled",
        "1 while the nightly analysis is on (`analysis.enabled`), else 0.",
        value=float(how.enabled),
    )
    if how.last_success_ms is not None:
        yield GaugeMetricFamily(
            "linkledger_analysis_last_success_timestamp_seconds",
            "When the nightly analysis last came to its end; absent before that.",
            value=how.last_success_ms / 1000,
        )
        if how.seconds is not None:
            yield GaugeMetricFamily(
                "linkledger_analysis_seconds", "How long that analysis took.", value=how.seconds
            )
        anomalies = GaugeMetricFamily(
            "linkledger_anomalies",
            "Circuits of which a metric isn't as it was, for the worse, as the last analysis found.",
            labels=("metric",),
        )
        counts = Counter(one.metric for one in how.open)
        for metric in METRICS:
            anomalies.add_metric((metric,), counts[metric])
        yield anomalies
        open_now = GaugeMetricFamily(
            "linkledger_circuit_anomaly",
            "1 while a metric of the circuit has left what is usual for the worse, or its level rose within "
            "a week; absent else.",
            labels=("site", "carrier", "circuit", "metric"),
        )
        for one in how.open:
            open_now.add_metric((one.site, one.carrier, one.circuit, one.metric), 1)
        yield open_now


def _ledger(how: LedgerStatistics) -> Iterator[Metric]:
    yield GaugeMetricFamily("linkledger_ledger_bytes", "Pages in use in the ledger's file.", value=how.bytes)
    yield GaugeMetricFamily(
        "linkledger_ledger_commit_seconds", "How long the newest commit took.", value=how.last_commit_seconds
    )
    yield GaugeMetricFamily(
        "linkledger_ledger_queued_rounds", "Rounds that wait for the next commit.", value=how.queued
    )
    yield CounterMetricFamily(
        "linkledger_ledger_dropped_rounds", "Rounds that the full queue refused.", value=how.dropped
    )
    yield CounterMetricFamily(
        "linkledger_ledger_committed_rounds", "Rounds that are on disk.", value=how.committed
    )
