"""Carriers side by side, from rounds, ended outages and SLA figures.

Line protocol does not say which service a circuit is: a person chooses the circuits to compare.
"""

from __future__ import annotations

from collector.dashboards import looks
from collector.dashboards.influxql.asking import (
    CARRIER,
    CIRCUITS,
    LOST,
    OURS,
    OUTAGE,
    ROUND,
    SITE,
    SITES,
    SLA_FIGURES,
    outages,
    over_time,
    select,
    shown,
)
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row

_WHERE = f'{SITES} AND "circuit" =~ /^$circuit$/'
_ROUNDS = f"{_WHERE} AND {OURS}"


def carrier(names: Names) -> Dashboard:
    """The dashboard."""
    return Dashboard(
        looks.uid("influxql", "carrier"),
        "linkledger: carriers (InfluxQL)",
        "Carriers side by side. Choose circuits of one service to compare like with like: line "
        "protocol doesn't "
        "say which service a circuit is.",
        "influxql",
        (SITE, CARRIER, CIRCUITS),
        (
            Row("Side by side", _scores(names)),
            Row("Round trips and loss", _quality(names)),
        ),
        (outages(_WHERE),),
        looks.page(names, "/carriers", "linkledger: carriers"),
        begin="now-7d",
    )


def _table(title: str, text: str, query: str, width: int, *columns: Column) -> Panel:
    return Panel(
        "table",
        title,
        text,
        (Query(query, form="table"),),
        width,
        8,
        columns=(*columns, *looks.hidden("Time")),
        nothing="",
    )


def _scores(names: Names) -> tuple[Panel, ...]:
    by = ("carrier",)
    who = Column("carrier", "Carrier", words=looks.carrier_words(names))
    newest = 'last("availability_ratio") AS "availability", "violations"'
    each = select(newest, SLA_FIGURES, shown(_WHERE), ("carrier", "circuit", "contract"))
    rtts = 'median("rtt_p50_seconds") AS "rtt", percentile("rtt_p95_seconds", 95) AS "worst"'
    lengths = 'sum("duration_seconds") AS "down", max("duration_seconds") AS "longest"'
    promised = 'min("availability") AS "worst", mean("availability") AS "mean", sum("violations") AS "broken"'
    return (
        _table(
            "Measured",
            "Of the time shown: no contract's rules. Empty cells are values that there are not.",
            select(f'{rtts}, {LOST} AS "loss"', ROUND, shown(_ROUNDS), by),
            9,
            who,
            Column("rtt", "RTT p50", unit="s"),
            Column("worst", "RTT p95", unit="s"),
            Column("loss", "Loss", unit="percentunit", decimals=2, steps=looks.LOSS),
        ),
        _table(
            "Outages that ended",
            "How many ended in the time shown, how long they were together, and the longest.",
            select(f'count("duration_seconds") AS "outages", {lengths}', OUTAGE, shown(_WHERE), by),
            8,
            who,
            Column("outages", "Outages"),
            Column("down", "Time down", unit="s"),
            Column("longest", "Longest", unit="s"),
        ),
        _table(
            "Promised",
            "Availability and breaches of this period, by the newest figures.",
            select(promised, f"({each})", by=by),
            7,
            who,
            Column("worst", "Worst availability", unit="percentunit", decimals=4),
            Column("mean", "Mean", unit="percentunit", decimals=4),
            Column("broken", "Breaches", steps=looks.GOOD_IF_NONE),
        ),
    )


def _quality(names: Names) -> tuple[Panel, ...]:
    shown = (
        (
            "RTT p50",
            "The median of the rounds' own medians. Circuits of different lengths mix here.",
            'median("rtt_p50_seconds")',
            "s",
        ),
        (
            "RTT p95",
            "The 95th of a hundred rounds by their own p95: queues show here first.",
            'percentile("rtt_p95_seconds", 95)',
            "s",
        ),
        (
            "Jitter",
            "Mean difference of the RTTs of two packets sent one after the other (RFC 3393).",
            'mean("jitter_seconds")',
            "s",
        ),
        ("Loss", "Packets without an answer, of all sent over a carrier's circuits.", LOST, "percentunit"),
    )
    return tuple(
        Panel(
            "timeseries",
            title,
            text,
            (over_time(what, ROUND, _ROUNDS, ("carrier",), "$tag_carrier"),),
            12,
            8,
            unit,
            low=0,
            interval=names.interval,
        )
        for title, text, what, unit in shown
    )
