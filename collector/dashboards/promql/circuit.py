"""One circuit: how it is, what it was like, and how much of its promises is left."""

from __future__ import annotations

from collector.dashboards import looks
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row, Step, Word
from collector.dashboards.promql.asking import (
    CARRIER,
    CIRCUIT,
    ONE,
    PROBE,
    PROBES,
    SITE,
    each,
    loss,
    mean_rtt,
    now,
    outages,
    percentile,
    status,
)

AGREED = "agreed"
_AGREED = (Column(AGREED, dashed=True),)


def circuit(names: Names) -> Dashboard:
    """The dashboard."""
    return Dashboard(
        looks.uid("promql", "circuit"),
        "linkledger: circuit",
        "One circuit: status, round-trip time, loss, interface, certificate, and its contract's "
        "figures so far.",
        "promql",
        (SITE, CARRIER, CIRCUIT, PROBE),
        (
            Row("Now", (*_now(), _status())),
            Row("Round trips", _round_trips()),
            Row("Contract, this period so far", _promises()),
            Row("Other objectives, this period so far", _others()),
            Row("Interface", _interface()),
            Row("Service", _service()),
        ),
        (outages(ONE),),
        looks.page(names, "/circuits/${circuit}", "linkledger: evidence, ticket, claim"),
    )


def _stat(
    title: str,
    text: str,
    query: str,
    unit: str,
    steps: tuple[Step, ...] = (),
    words: tuple[Word, ...] = (),
    decimals: int | None = None,
    nothing: str = "no data",
) -> Panel:
    return Panel(
        "stat",
        title,
        text,
        (Query(query, title),),
        4,
        4,
        unit,
        decimals,
        steps=steps,
        words=words,
        nothing=nothing,
    )


def _now() -> tuple[Panel, ...]:
    return (
        _stat(
            "Status",
            "By the newest rounds; unknown is never up.",
            status("circuit", ONE),
            "none",
            words=looks.STATUS,
        ),
        _stat(
            "RTT p95",
            "Of every answered packet of the last minutes, by the chosen probes.",
            percentile(0.95, "", PROBES),
            "s",
            nothing="no answer",
        ),
        _stat(
            "Loss",
            "Packets without an answer, of those sent in the last minutes.",
            loss("circuit", PROBES),
            "percentunit",
            looks.LOSS,
            decimals=2,
        ),
        _stat(
            "Availability so far",
            "This period's, by the contract's own rules.",
            f"min(linkledger_sla_availability_ratio{{{ONE}}})",
            "percentunit",
            decimals=4,
            nothing="not judged yet",
        ),
        _stat(
            "Budget left",
            "How long it may still be down this period; below 0 it was down too long.",
            f"min(linkledger_sla_budget_remaining_seconds{{{ONE}}})",
            "s",
            looks.BUDGET,
            nothing="no budget",
        ),
        _stat(
            "Certificate",
            "How long the certificate that was shown is still valid; the first to end.",
            f"min(linkledger_tls_remaining_seconds{{{PROBES}}})",
            "s",
            looks.TLS_DAYS,
            nothing="none read",
        ),
    )


def _status() -> Panel:
    return Panel(
        "state-timeline",
        "Status",
        "Up, down or unknown. A gap is time in which nobody measured.",
        (Query(status("circuit", ONE), "{{circuit}}"),),
        24,
        4,
        words=looks.STATUS,
    )


def _round_trips() -> tuple[Panel, ...]:
    buckets = f"sum by (le) (increase(linkledger_probe_rtt_seconds_bucket{{{PROBES}}}[$__rate_interval]))"
    ways = tuple(
        Query(percentile(share, "probe", PROBES), f"{{{{probe}}}} p{round(share * 100)}")
        for share in (0.5, 0.95, 0.99)
    )
    rounds = f"sum by (result) (increase(linkledger_probe_rounds_total{{{PROBES}}}[$__rate_interval]))"
    return (
        Panel(
            "heatmap",
            "RTT: every packet",
            "How many answers took how long. Empty: nothing came back, or nobody asked.",
            (Query(buckets, form="heatmap"),),
            12,
            9,
            "s",
        ),
        Panel(
            "timeseries",
            "RTT percentiles",
            "From the histogram, so between two bounds it is a guess; the mean is exact. Dashed: "
            "what is agreed.",
            (
                *ways,
                Query(mean_rtt("probe", PROBES), "{{probe}} mean"),
                Query(f"min(linkledger_sla_target_rtt_seconds{{{ONE}}})", AGREED),
            ),
            12,
            9,
            "s",
            columns=_AGREED,
            low=0,
        ),
        Panel(
            "timeseries",
            "Loss",
            "Packets without an answer, of those sent. Dashed: what is agreed over the whole period.",
            (
                Query(loss("probe", PROBES), "{{probe}}"),
                Query(f"min(linkledger_sla_target_loss_ratio{{{ONE}}})", AGREED),
            ),
            12,
            8,
            "percentunit",
            columns=_AGREED,
            low=0,
        ),
        Panel(
            "timeseries",
            "Rounds by what they say",
            "ok and lost speak of the circuit; unknown speaks of us: nobody could tell.",
            (Query(rounds, "{{result}}"),),
            12,
            8,
            "none",
            0,
            low=0,
            stacked=True,
        ),
    )


def _figure(
    title: str, text: str, metric: str, unit: str, decimals: int | None = None, worst: str = "max"
) -> Panel:
    return Panel(
        "timeseries",
        title,
        f"{text} Dashed: what is agreed.",
        (
            Query(each(f"linkledger_sla_{metric}", ONE, "objective", worst), "{{objective}}"),
            Query(f"min(linkledger_sla_target_{metric}{{{ONE}}})", AGREED),
        ),
        8,
        7,
        unit,
        decimals,
        columns=_AGREED,
        nothing="not in the contract, or not judged yet",
    )


def _promises() -> tuple[Panel, ...]:
    return (
        _figure(
            "Availability so far",
            "This period's availability.",
            "availability_ratio",
            "percentunit",
            4,
            "min",
        ),
        Panel(
            "timeseries",
            "Budget burn-down",
            "How long the circuit may still be down this period: it falls with each outage; below 0 "
            "it is a breach.",
            (
                Query(
                    each("linkledger_sla_budget_remaining_seconds", ONE, "objective", "min"), "{{objective}}"
                ),
            ),
            8,
            7,
            "s",
            steps=(Step(None, "red"), Step(0, "green")),
            nothing="no budget",
        ),
        Panel(
            "table",
            "Objectives",
            "What is broken, what is kept so far; an objective without enough data is not here.",
            (now(each("linkledger_sla_violation", ONE, "objective, contract")),),
            8,
            7,
            columns=(
                Column("objective", "Objective"),
                Column("contract", "Contract"),
                Column("Value", "Verdict", words=looks.VIOLATED),
                *looks.hidden("Time"),
            ),
            nothing="",
        ),
    )


def _others() -> tuple[Panel, ...]:
    return (
        _figure("RTT so far", "This period's round-trip time as the contract counts it.", "rtt_seconds", "s"),
        _figure("Loss so far", "This period's loss as the contract counts it.", "loss_ratio", "percentunit"),
        _figure("Jitter so far", "This period's packet delay variation.", "jitter_seconds", "s"),
        _figure(
            "MOS so far", "This period's mean opinion score, 1 to 4.5 (ITU-T G.107).", "mos", "none", 2, "min"
        ),
        _figure("Time to repair so far", "This period's, as the contract counts it.", "repair_seconds", "s"),
        _figure(
            "Utilisation so far",
            "This period's, as the contract counts it.",
            "utilisation_ratio",
            "percentunit",
        ),
    )


def _both_ways(title: str, text: str, metric: str, unit: str, factor: str = "") -> Panel:
    names = f"linkledger_interface_{{way}}_{metric}{{{{{PROBES}}}}}"
    return Panel(
        "timeseries",
        title,
        text,
        tuple(
            Query(f"{factor}rate({names.format(way=way)}[$__rate_interval])", f"{{{{probe}}}} {shown}")
            for way, shown in (("receive", "in"), ("transmit", "out"))
        ),
        8,
        7,
        unit,
        low=0,
        nothing="no interface read",
    )


def _interface() -> tuple[Panel, ...]:
    ratio = "linkledger_interface_{}_utilisation_ratio"
    wrong = tuple(
        Query(
            f"rate(linkledger_interface_{way}_{what}_total{{{PROBES}}}[$__rate_interval])",
            f"{what} {shown}",
        )
        for what in ("errors", "discards")
        for way, shown in (("receive", "in"), ("transmit", "out"))
    )
    return (
        Panel(
            "timeseries",
            "Utilisation",
            "Share of the line rate between two polls of the interface.",
            (
                Query(f"{ratio.format('receive')}{{{PROBES}}}", "{{probe}} in"),
                Query(f"{ratio.format('transmit')}{{{PROBES}}}", "{{probe}} out"),
            ),
            8,
            7,
            "percentunit",
            low=0,
            high=1,
            nothing="no interface read",
        ),
        _both_ways("Traffic", "Bits a second through the interface.", "bytes_total", "bps", "8 * "),
        Panel(
            "timeseries",
            "Errors and discards",
            "Packets a second that the device dropped or could not read. They should be none.",
            wrong,
            8,
            7,
            "pps",
            low=0,
            nothing="no interface read",
        ),
    )


def _service() -> tuple[Panel, ...]:
    return (
        Panel(
            "timeseries",
            "HTTP: phases of a request",
            "Where the time of the newest request went; dns, connect, tls and first_byte follow each other.",
            (Query(f"linkledger_http_phase_seconds{{{PROBES}}}", "{{probe}} {{phase}}"),),
            16,
            7,
            "s",
            low=0,
            nothing="no HTTP probe",
        ),
        Panel(
            "timeseries",
            "Certificate: time left",
            "How long the certificate that was shown is still valid.",
            (Query(f"linkledger_tls_remaining_seconds{{{PROBES}}}", "{{probe}}"),),
            8,
            7,
            "s",
            nothing="no certificate read",
        ),
    )
