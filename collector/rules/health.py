"""A host's own health: does it measure, in time, does what it found arrive, is there room. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collector.rules.rule import CIRCUIT, Alert

DAY = 86_400
SHOWN = 'linkledger_circuit_status{status="up"}'
"""Is there of each circuit that is measured, whatever its status."""
ON_INSTANCE = "{{ $labels.instance }}"


def alerts(sites: Sequence[str], stale_seconds: int) -> Iterator[Alert]:
    """Of the hosts; `sites` must show data (none: all that have shown any within a day)."""
    yield from _there(sites, stale_seconds)
    yield from _in_time()
    yield from _outputs()
    yield from _room()
    yield from _measured()


def _there(sites: Sequence[str], stale_seconds: int) -> Iterator[Alert]:
    seen = f"group by (instance, job, site) (last_over_time({SHOWN}[1d]))"
    gone = 'up{job="linkledger"} == 0'
    yield Alert(
        name="LinkledgerDown",
        expr=f"({gone}) * on (instance, job) group_right () {seen}"
        f" or ({gone}) unless on (instance, job) {seen}",
        held_seconds=120,
        severity="critical",
        summary="Nobody measures on {{ $labels.instance }}",
        description="linkledger does not answer. The time without it is unknown in every statement.",
    )
    yield Alert(
        name="LinkledgerNoData",
        expr=" or ".join(f'absent(linkledger_circuit_status{{site="{site}"}})' for site in sites)
        or f"group by (site) (last_over_time({SHOWN}[1d])) unless group by (site) ({SHOWN})",
        held_seconds=120,
        severity="critical",
        summary="No data from {{ $labels.site }}",
        description=(
            "No circuit of {{ $labels.site }} is shown by any host. While this lasts no other alert of "
            "the site can tell anything."
        ),
    )
    yield Alert(
        name="LinkledgerRoundsStale",
        expr=f"time() - max by ({CIRCUIT}, probe) (linkledger_probe_last_round_timestamp_seconds)"
        f" > {stale_seconds}",
        held_seconds=300,
        severity="warning",
        summary="{{ $labels.probe }} of {{ $labels.circuit }} at {{ $labels.site }} has measured nothing for "
        "{{ $value | humanizeDuration }}",
        description="The daemon answers, and this probe finishes no round: its time is unknown. See its log.",
    )


def _in_time() -> Iterator[Alert]:
    yield Alert(
        name="LinkledgerClockUnsynchronised",
        expr="linkledger_clock_synchronised == 0",
        held_seconds=600,
        severity="warning",
        summary=f"The clock of {ON_INSTANCE} is not synchronised",
        description=(
            "What is measured has times that a carrier may dispute, and no period is closed until it is: "
            "start an NTP client."
        ),
    )
    yield Alert(
        name="LinkledgerSchedulerLate",
        expr="histogram_quantile(0.99, sum by (instance, le) "
        "(rate(linkledger_scheduler_lateness_seconds_bucket[10m]))) > 0.1",
        held_seconds=600,
        severity="warning",
        summary=f"On {ON_INSTANCE} one slot in a hundred is {{{{ $value | humanizeDuration }}}} late",
        description="The host is too busy, or the process is held up. RTTs stay right; slots may be missed.",
    )
    yield Alert(
        name="LinkledgerSlotsSkipped",
        expr="rate(linkledger_scheduler_skipped_total[10m]) > 0",
        held_seconds=600,
        severity="warning",
        summary=f"{ON_INSTANCE} is too busy to measure on time",
        description="Slots that could not run are unknown time.",
    )
    yield Alert(
        name="LinkledgerReloadFailed",
        expr="linkledger_config_last_reload_successful == 0",
        held_seconds=300,
        severity="warning",
        summary=f"{ON_INSTANCE} runs an older configuration than its file",
        description="`linkledger check` names what is wrong with the file.",
    )
    on = "linkledger_analysis_enabled == 1"
    last = "linkledger_analysis_last_success_timestamp_seconds"
    yield Alert(
        name="LinkledgerAnalysisStale",
        expr=f"(time() - {last} or time() - process_start_time_seconds"
        f" unless on (instance, job) {last}) > {36 * 3_600} and on (instance, job) {on}",
        held_seconds=600,
        severity="warning",
        summary=f"{ON_INSTANCE} has analysed nothing for {{{{ $value | humanizeDuration }}}}",
        description="What changed, forecasts and reviews rest on older nights. Its log says why.",
    )


def _outputs() -> Iterator[Alert]:
    behind = "600 * rate(linkledger_ledger_committed_rounds_total[10m])"
    yield Alert(
        name="LinkledgerOutputLag",
        expr=f"linkledger_output_lag_rounds > on (instance, job) group_left () {behind}"
        " and linkledger_output_lag_rounds > 1000",
        held_seconds=600,
        severity="warning",
        summary="The output {{ $labels.output }} is more than ten minutes behind: {{ $value }} rows wait",
        description="Nothing is lost while the ledger keeps them. Does it catch up, or is it too slow?",
    )
    yield Alert(
        name="LinkledgerOutputFailing",
        expr="linkledger_output_lag_rounds > 0 and rate(linkledger_output_sent_total[10m]) == 0",
        held_seconds=300,
        severity="warning",
        summary="The output {{ $labels.output }} takes nothing: {{ $value }} rows or notices wait",
        description=f"Nothing is lost while the ledger keeps them. /-/ready on {ON_INSTANCE} says why.",
    )
    yield Alert(
        name="LinkledgerOutputRejects",
        expr="increase(linkledger_output_rejected_total[1h]) > 0",
        severity="warning",
        summary="{{ $labels.output }} refused {{ $value | humanize }} lines or notices within an hour",
        description="They were refused for what they are, and are put aside. The log says what it disliked.",
    )
    yield Alert(
        name="LinkledgerOutputGap",
        expr="increase(linkledger_output_gap_rounds_total[1h]) > 0",
        severity="critical",
        summary="The ledger dropped rounds that {{ $labels.output }} had not taken",
        description="It is out of room or of time: see ledger.keep and ledger.max_bytes.",
    )


def _room() -> Iterator[Alert]:
    yield Alert(
        name="LinkledgerLedgerFull",
        expr="linkledger_ledger_bytes / linkledger_ledger_max_bytes > 0.9",
        held_seconds=600,
        severity="warning",
        summary=f"The ledger of {ON_INSTANCE} is {{{{ $value | humanizePercentage }}}} full",
        description="At ledger.max_bytes the oldest hours go, and with them what a contract looks back on.",
    )
    yield Alert(
        name="LinkledgerDiskNearFull",
        expr="linkledger_ledger_disk_free_bytes < 1e9",
        held_seconds=300,
        severity="critical",
        summary=f"{{{{ $value | humanize1024 }}}}B are left on the ledger's disk of {ON_INSTANCE}",
        description="Without room nothing that is measured is kept: the time is unknown in every statement.",
    )


def _measured() -> Iterator[Alert]:
    remaining = f"min by ({CIRCUIT}, probe) (linkledger_tls_remaining_seconds)"
    for severity, days in (("warning", 30), ("critical", 7)):
        yield Alert(
            name="LinkledgerCertificateEnds",
            expr=f"{remaining} < {days * DAY}",
            held_seconds=3_600,
            severity="critical" if severity == "critical" else "warning",
            summary="The certificate behind {{ $labels.circuit }}/{{ $labels.probe }} ends in "
            "{{ $value | humanizeDuration }}",
            description="Then a probe with `proves: service` calls the circuit down: tell who runs it.",
        )
    ways = " or ".join(
        f'label_replace(linkledger_interface_{way}_utilisation_ratio, "direction", "{way}", "", "")'
        for way in ("receive", "transmit")
    )
    yield Alert(
        name="LinkledgerInterfaceUtilisationHigh",
        expr=f"max by ({CIRCUIT}, probe, direction) ({ways}) > 0.9",
        held_seconds=900,
        severity="warning",
        summary="{{ $labels.circuit }} at {{ $labels.site }} is {{ $value | humanizePercentage }} full "
        "({{ $labels.direction }})",
        description=(
            "For 15 minutes. Loss and delay of a full circuit are ours, and a contract may leave them out."
        ),
    )
