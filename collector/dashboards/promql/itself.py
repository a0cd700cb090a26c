"""linkledger itself: is this host on time, does the ledger keep up, do the outputs take what there is."""

from __future__ import annotations

from collector.dashboards import looks
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row, Step, Variable, Word
from collector.dashboards.promql.asking import OWN, now

_BUILD = "linkledger_build_info"
JOB = Variable("job", "Job", f"label_values({_BUILD}, job)", every=".+")
INSTANCE = Variable("instance", "Instance", f'label_values({_BUILD}{{job=~"$job"}}, instance)', every=".+")
_RATE = "[$__rate_interval]"


def itself(names: Names) -> Dashboard:
    """The dashboard."""
    return Dashboard(
        looks.uid("promql", "itself"),
        "linkledger: itself",
        "Is every linkledger on time, does its ledger keep up, and do its outputs take what there is?",
        "promql",
        (JOB, INSTANCE),
        (
            Row("Now", _now()),
            Row("Measuring", _measuring()),
            Row("Keeping", _ledger()),
            Row("Handing on", _outputs()),
            Row("Process", _process()),
        ),
        (),
        looks.page(names, "/host", "linkledger: this host"),
        begin="now-6h",
    )


def _stat(
    title: str,
    text: str,
    query: str,
    unit: str,
    steps: tuple[Step, ...] = (),
    words: tuple[Word, ...] = (),
    nothing: str = "no data",
) -> Panel:
    asked = (Query(query, "{{instance}}"),)
    return Panel("stat", title, text, asked, 4, 4, unit, steps=steps, words=words, nothing=nothing)


def _chart(title: str, text: str, unit: str, *queries: Query, width: int = 8) -> Panel:
    return Panel("timeseries", title, text, queries, width, 8, unit, low=0)


def _now() -> tuple[Panel, ...]:
    return (
        _stat(
            "Configuration",
            "Whether the file's last reading is in force; else an older one is, and "
            "`linkledger check` says why.",
            f"min by (instance) (linkledger_config_last_reload_successful{{{OWN}}})",
            "none",
            words=(Word("1", "✓ in force", "green"), Word("0", "✗ file refused", "red")),
        ),
        _stat(
            "Newest round",
            "How long ago the newest finished round began.",
            f"time() - max by (instance) (linkledger_probe_last_round_timestamp_seconds{{{OWN}}})",
            "s",
            steps=(Step(None, "green"), Step(120, "orange"), Step(600, "red")),
            nothing="no round yet",
        ),
        _stat(
            "Slots skipped",
            "In the time shown: slots that could not run are unknown time.",
            f"sum by (instance) (increase(linkledger_scheduler_skipped_total{{{OWN}}}[$__range]))",
            "none",
            steps=looks.GOOD_IF_NONE,
        ),
        _stat(
            "Rounds dropped",
            "In the time shown: rounds that the full queue before the ledger refused.",
            f"sum by (instance) (increase(linkledger_ledger_dropped_rounds_total{{{OWN}}}[$__range]))",
            "none",
            steps=looks.GOOD_IF_NONE,
        ),
        _stat(
            "Clock",
            "Whether the kernel believes that its clock is disciplined: times are evidence.",
            f"min by (instance) (linkledger_clock_synchronised{{{OWN}}})",
            "none",
            words=(Word("1", "✓ in time", "green"), Word("0", "✗ runs free", "red")),
        ),
        Panel(
            "table",
            "Build",
            "What runs where.",
            (now(f"max by (instance, version) ({_BUILD}{{{OWN}}})"),),
            4,
            4,
            columns=(
                Column("instance", "Instance"),
                Column("version", "Version"),
                *looks.hidden("Time", "Value"),
            ),
            nothing="",
        ),
    )


def _measuring() -> tuple[Panel, ...]:
    late = f"sum by (instance, le) (rate(linkledger_scheduler_lateness_seconds_bucket{{{OWN}}}{_RATE}))"
    engine = f"sum by (kind, event) (rate(linkledger_engine_events_total{{{OWN}}}{_RATE}))"
    return (
        _chart(
            "Lateness",
            "How long after its time a slot was served: half, and one of a hundred.",
            "s",
            Query(f"histogram_quantile(0.5, {late})", "{{instance}} p50"),
            Query(f"histogram_quantile(0.99, {late})", "{{instance}} p99"),
        ),
        _chart(
            "Rounds by what they say",
            "Rounds a second: unknown ones speak of us, not of a carrier.",
            "ops",
            Query(f"sum by (result) (rate(linkledger_probe_rounds_total{{{OWN}}}{_RATE}))", "{{result}}"),
        ),
        _chart(
            "Slots skipped",
            "Slots a second that could not run: this host is too busy.",
            "ops",
            Query(
                f"sum by (instance) (rate(linkledger_scheduler_skipped_total{{{OWN}}}{_RATE}))",
                "{{instance}}",
            ),
        ),
        _chart(
            "Engines: events",
            "What the engines saw and did: requests, answers, late and stray ones.",
            "ops",
            Query(engine, "{{kind}} {{event}}"),
        ),
        _chart(
            "Engines: packets out now",
            "Requests that wait for an answer, and the most that ever did.",
            "none",
            Query(f"sum by (kind) (linkledger_engine_outstanding_packets{{{OWN}}})", "{{kind}} now"),
            Query(f"sum by (kind) (linkledger_engine_outstanding_packets_peak{{{OWN}}})", "{{kind}} peak"),
        ),
        _chart(
            "Engines: receive buffers",
            "Of all sockets together: too small a buffer loses answers.",
            "bytes",
            Query(f"sum by (kind) (linkledger_engine_receive_buffer_bytes{{{OWN}}})", "{{kind}}"),
        ),
    )


def _ledger() -> tuple[Panel, ...]:
    name = "linkledger_ledger"
    return (
        _chart(
            "Ledger: size",
            "Pages in use in the ledger's file; beyond the limit the oldest hours go.",
            "bytes",
            Query(f"sum by (instance) ({name}_bytes{{{OWN}}})", "{{instance}} used"),
            Query(f"max by (instance) ({name}_max_bytes{{{OWN}}})", "{{instance}} limit"),
            width=6,
        ),
        _chart(
            "Ledger: disk",
            "What is left of the disk that holds the ledger.",
            "bytes",
            Query(f"min by (instance) ({name}_disk_free_bytes{{{OWN}}})", "{{instance}}"),
            width=6,
        ),
        _chart(
            "Ledger: commit",
            "How long the newest commit took: the disk's answer time.",
            "s",
            Query(f"max by (instance) ({name}_commit_seconds{{{OWN}}})", "{{instance}}"),
            width=6,
        ),
        _chart(
            "Ledger: rounds",
            "Rounds that wait for the next commit, and rounds committed a second.",
            "none",
            Query(f"sum by (instance) ({name}_queued_rounds{{{OWN}}})", "{{instance}} waiting"),
            Query(
                f"sum by (instance) (rate({name}_committed_rounds_total{{{OWN}}}{_RATE}))",
                "{{instance}} committed a second",
            ),
            width=6,
        ),
    )


def _outputs() -> tuple[Panel, ...]:
    name = "linkledger_output"
    wrong = f"sum by (instance, output) (increase({name}_{{}}_total{{{{{OWN}}}}}{_RATE}))"
    return (
        _chart(
            "Outputs: what waits",
            "Committed rows or notices that an output has not taken yet.",
            "none",
            Query(f"sum by (instance, output) ({name}_lag_rounds{{{OWN}}})", "{{instance}} {{output}}"),
            width=6,
        ),
        _chart(
            "Outputs: sent",
            "Lines or notices a second that were acknowledged.",
            "ops",
            Query(
                f"sum by (instance, output) (rate({name}_sent_total{{{OWN}}}{_RATE}))",
                "{{instance}} {{output}}",
            ),
            width=6,
        ),
        _chart(
            "Outputs: refused and dropped",
            "Refused for what they are; or dropped by the ledger before they "
            "were taken. Both should be none.",
            "none",
            Query(wrong.format("rejected"), "{{instance}} {{output}} refused"),
            Query(wrong.format("gap_rounds"), "{{instance}} {{output}} dropped"),
            width=6,
        ),
        _chart(
            "Outputs: since the last success",
            "How long ago something was last acknowledged; nothing before that.",
            "s",
            Query(
                f"time() - max by (instance, output) ({name}_last_success_timestamp_seconds{{{OWN}}})",
                "{{instance}} {{output}}",
            ),
            width=6,
        ),
    )


def _process() -> tuple[Panel, ...]:
    return (
        _chart(
            "CPU",
            "Of one core.",
            "percentunit",
            Query(f"sum by (instance) (rate(process_cpu_seconds_total{{{OWN}}}{_RATE}))", "{{instance}}"),
        ),
        _chart(
            "Memory",
            "Resident memory of the daemon.",
            "bytes",
            Query(f"sum by (instance) (process_resident_memory_bytes{{{OWN}}})", "{{instance}}"),
        ),
        _chart(
            "Open files",
            "File descriptors in use, and how many there may be.",
            "none",
            Query(f"sum by (instance) (process_open_fds{{{OWN}}})", "{{instance}} open"),
            Query(f"sum by (instance) (process_max_fds{{{OWN}}})", "{{instance}} limit"),
        ),
    )
