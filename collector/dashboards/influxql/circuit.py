"""One circuit, from its rounds, interface and SLA figures."""

from __future__ import annotations

from collector.dashboards import looks
from collector.dashboards.influxql.asking import (
    CARRIER,
    CIRCUIT,
    INTERFACE,
    LOST,
    ONE,
    OUTAGE,
    PROBE,
    PROBES,
    ROUND,
    SITE,
    SLA_FIGURES,
    TLS,
    newest,
    outages,
    over_time,
    select,
    shown,
)
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row, Step, Word

_RTTS = (
    ('min("rtt_min_seconds")', "min"),
    ('mean("rtt_mean_seconds")', "mean"),
    ('median("rtt_p50_seconds")', "p50"),
    ('max("rtt_p95_seconds")', "p95"),
    ('max("rtt_max_seconds")', "max"),
)
_RECENT = "15m"


def circuit(names: Names) -> Dashboard:
    """The dashboard."""
    return Dashboard(
        looks.uid("influxql", "circuit"),
        "linkledger: circuit (InfluxQL)",
        "One circuit: status, round-trip time, loss, jitter, interface, certificate, and its "
        "contract's figures.",
        "influxql",
        (SITE, CARRIER, CIRCUIT, PROBE),
        (
            Row("Now", (*_now(names), _status(names))),
            Row("Round trips", _round_trips(names)),
            Row("Contract, this period so far", _promises()),
            Row("Interface and service", _interface(names)),
            Row("Outages", (_outages(),)),
        ),
        (outages(ONE),),
        looks.page(names, "/circuits/${circuit}", "linkledger: evidence, ticket, claim"),
    )


def _stat(
    title: str,
    text: str,
    query: Query,
    unit: str,
    steps: tuple[Step, ...] = (),
    words: tuple[Word, ...] = (),
    decimals: int | None = None,
    last: str = "",
    interval: str = "",
    nothing: str = "no data",
) -> Panel:
    return Panel("stat", title, text, (query,), 4, 4, unit, decimals, steps=steps, words=words,
                 last=last, interval=interval, nothing=nothing)  # fmt: skip


def _newest(field: str, measurement: str, where: str) -> Query:
    return Query(select(f'last("{field}")', measurement, shown(where)))


def _now(names: Names) -> tuple[Panel, ...]:
    loss = Query(select(LOST, ROUND, shown(PROBES)))
    budget = _newest("budget_remaining_seconds", SLA_FIGURES, ONE)
    return (
        _stat(
            "Status",
            "By the chosen probes' newest round of the last 15 minutes; unknown is never up.",
            _newest("status", ROUND, PROBES),
            "none",
            words=looks.ROUND_STATUS,
            last=_RECENT,
            nothing="not measured",
        ),
        _stat(
            "RTT p95",
            "Of the newest round of the last 15 minutes in which anything came back.",
            _newest("rtt_p95_seconds", ROUND, PROBES),
            "s",
            last=_RECENT,
            nothing="no answer",
        ),
        _stat(
            "Loss",
            "Packets without an answer, of those sent in the last 15 minutes.",
            loss,
            "percentunit",
            looks.LOSS,
            decimals=2,
            last=_RECENT,
        ),
        _stat(
            "Availability so far",
            "This period's, by the contract's own rules.",
            _newest("availability_ratio", SLA_FIGURES, ONE),
            "percentunit",
            decimals=4,
            nothing="not judged yet",
        ),
        _stat(
            "Budget left",
            "How long it may still be down this period; below 0 it was down too long.",
            budget,
            "s",
            looks.BUDGET,
            nothing="no budget",
        ),
        _stat(
            "Certificate",
            "How many days the certificate that was shown is still valid.",
            _newest("days_left", TLS, PROBES),
            "d",
            (Step(None, "red"), Step(14, "orange"), Step(30, "green")),
            nothing="none read",
        ),
    )


def _status(names: Names) -> Panel:
    return Panel(
        "state-timeline",
        "Status",
        "What each probe's rounds say: up, down or unknown. A gap is time in which nobody measured.",
        (over_time('last("status")', ROUND, PROBES, ("probe",), "$tag_probe"),),
        24,
        5,
        words=looks.ROUND_STATUS,
        interval=names.interval,
    )


def _chart(
    title: str,
    text: str,
    unit: str,
    *queries: Query,
    width: int = 8,
    interval: str = "",
    nothing: str = "no data",
) -> Panel:
    return Panel(
        "timeseries", title, text, queries, width, 8, unit, low=0, interval=interval, nothing=nothing
    )


def _round_trips(names: Names) -> tuple[Panel, ...]:
    return (
        _chart(
            "Round-trip time",
            "The least, mean, median, worst p95 and worst packet of each step's rounds. "
            "Empty: nothing came back.",
            "s",
            *(over_time(what, ROUND, PROBES, ("probe",), f"$tag_probe {name}") for what, name in _RTTS),
            width=24,
            interval=names.interval,
        ),
        _chart(
            "Loss",
            "Packets without an answer, of those sent.",
            "percentunit",
            over_time(LOST, ROUND, PROBES, ("probe",), "$tag_probe"),
            interval=names.interval,
        ),
        _chart(
            "Jitter",
            "Mean difference of the RTTs of two packets sent one after the other (RFC 3393).",
            "s",
            over_time('mean("jitter_seconds")', ROUND, PROBES, ("probe",), "$tag_probe"),
            interval=names.interval,
        ),
        _chart(
            "Packets",
            "Sent and answered in each step.",
            "none",
            over_time('sum("sent")', ROUND, PROBES, ("probe",), "$tag_probe sent"),
            over_time('sum("received")', ROUND, PROBES, ("probe",), "$tag_probe answered"),
            interval=names.interval,
        ),
    )


def _promises() -> tuple[Panel, ...]:
    sla = SLA_FIGURES
    by = ("contract", "period")
    legend = "$tag_contract $tag_period"
    return (
        Panel(
            "timeseries",
            "Availability so far",
            "The period's availability by the contract's own rules.",
            (over_time('last("availability_ratio")', sla, ONE, by, legend),),
            8,
            7,
            "percentunit",
            4,
            nothing="not judged yet",
        ),
        Panel(
            "timeseries",
            "Budget burn-down",
            "How long it may still be down in the period; below 0 it is a breach.",
            (over_time('last("budget_remaining_seconds")', sla, ONE, by, legend),),
            8,
            7,
            "s",
            nothing="no budget",
        ),
        Panel(
            "table",
            "Objectives broken and credit",
            "The newest figures of each period. The credit is in the "
            "contract's own currency, which line protocol doesn't name.",
            (newest('last("violations") AS "broken", "credit"', sla, ONE, by),),
            8,
            7,
            columns=(
                Column("contract", "Contract"),
                Column("period", "Period"),
                Column("broken", "Broken", steps=looks.GOOD_IF_NONE),
                Column("credit", "Credit", decimals=2),
                *looks.hidden("Time"),
            ),
            nothing="",
        ),
    )


def _both_ways(what: str) -> tuple[Query, ...]:
    return tuple(
        over_time(what.format(way=way), INTERFACE, PROBES, ("interface",), f"$tag_interface {shown}")
        for way, shown in (("receive", "in"), ("transmit", "out"))
    )


def _interface(names: Names) -> tuple[Panel, ...]:
    rate = 'non_negative_derivative(last("{{way}}_{what}_total"), 1s)'
    wrong = tuple(query for what in ("errors", "discards") for query in _both_ways(rate.format(what=what)))
    named = tuple(
        Query(one.text, f"{one.legend} {what}")
        for one, what in zip(wrong, ("errors", "errors", "discards", "discards"), strict=True)
    )
    octets = _both_ways(rate.format(what="bytes") + " * 8")
    return (
        _chart(
            "Utilisation",
            "Share of the line rate between two polls of the interface.",
            "percentunit",
            *_both_ways('mean("{way}_utilisation_ratio")'),
            width=6,
            interval=names.interval,
            nothing="no interface read",
        ),
        _chart(
            "Traffic",
            "Bits a second through the interface.",
            "bps",
            *octets,
            width=6,
            interval=names.interval,
            nothing="no interface read",
        ),
        _chart(
            "Errors and discards",
            "Packets a second that the device dropped or could not read.",
            "pps",
            *named,
            width=6,
            interval=names.interval,
            nothing="no interface read",
        ),
        _chart(
            "Certificate: days left",
            "How many days the certificate that was shown is still valid.",
            "d",
            over_time('last("days_left")', TLS, PROBES, ("probe",), "$tag_probe"),
            width=6,
            nothing="none read",
        ),
    )


def _outages() -> Panel:
    fields = '"start_seconds" * 1000 AS "start", "duration_seconds" AS "duration", "cause"'
    text = select(fields, OUTAGE, shown(ONE), end="ORDER BY time DESC")
    return Panel(
        "table",
        "Outages that ended",
        "Each outage that ended in the time shown; an open one is on linkledger's page.",
        (Query(text, form="table"),),
        24,
        7,
        columns=(
            Column("start", "Began", unit="dateTimeAsIso"),
            Column("Time", "Ended", unit="dateTimeAsIso"),
            Column("duration", "Lasted", unit="s"),
            Column("cause", "Cause"),
        ),
        nothing="",
    )
