"""The estate at a glance, from rounds, ended outages and SLA figures."""

from __future__ import annotations

from collector.dashboards import looks
from collector.dashboards.influxql.asking import (
    CARRIER,
    OURS,
    OUTAGE,
    ROUND,
    SITE,
    SITES,
    SLA_FIGURES,
    newest,
    outages,
    over_time,
    select,
    shown,
)
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row, Step

RECENT = "15m"
"""What is no newer than that says nothing about now."""
_WHERE = f"{SITES} AND {OURS}"
_WHO = ("site", "carrier", "circuit")


def estate(names: Names) -> Dashboard:
    """The dashboard."""
    return Dashboard(
        looks.uid("influxql", "estate"),
        "linkledger: estate (InfluxQL)",
        "Every circuit that linkledger measures, from what it pushed: what is down or unknown, and "
        "what is at risk. "
        "Open outages, tickets and deadlines are not in line protocol: they are on linkledger's page "
        "and in PromQL.",
        "influxql",
        (SITE, CARRIER),
        (
            Row("Now", (*_counts(), _breaches())),
            Row("What needs a person", _trouble(names)),
            Row("Promises of this period", _promises(names)),
            Row("In the time shown", _history(names)),
        ),
        (outages(SITES),),
        looks.page(names, "/", "linkledger's page"),
    )


def _of_status(status: int) -> Query:
    """How many circuits: the worst probe speaks, and down is worse than unknown."""
    field, worst, each = 'last("status") AS "status"', 'min("status") AS "status"', ("circuit",)
    newest_each = f"({select(field, ROUND, shown(_WHERE), ('circuit', 'probe'))})"
    found = {
        0: select(field, newest_each, '"status" = 0', each),
        -1: select(worst, newest_each, by=each),
        1: select(worst, newest_each, by=each),
    }[status]
    return Query(select('count("status")', f"({found})", f'"status" = {status}'))


def _counts() -> tuple[Panel, ...]:
    since = "By each probe's newest round of the last 15 minutes; a circuit without one is counted nowhere."
    shown = (
        ("▼ Down", 0, "red", f"Circuits of which a probe says that they are down. {since}", "none down"),
        (
            "? Unknown",
            -1,
            "orange",
            f"Circuits of which a probe can't tell: never up. {since}",
            "none unknown",
        ),
        ("▲ Up", 1, "green", f"Circuits of which every probe says that they are up. {since}", "none up"),
    )
    return tuple(
        Panel(
            "stat",
            title,
            text,
            (_of_status(status),),
            6,
            4,
            "none",
            0,
            steps=(Step(None, colour),),
            nothing=nothing,
            last=RECENT,
        )
        for title, status, colour, text, nothing in shown
    )


def _breaches() -> Panel:
    each = select('last("violations") AS "broken"', SLA_FIGURES, shown(SITES), ("circuit", "contract"))
    return Panel(
        "stat",
        "Broken promises",
        "Objectives that are breached, by the newest figures in the time shown.",
        (Query(select('sum("broken")', f"({each})")),),
        6,
        4,
        "none",
        0,
        steps=looks.GOOD_IF_NONE,
        nothing="nothing judged",
    )


def _trouble(names: Names) -> tuple[Panel, ...]:
    tags = ", ".join(f'"{one}"' for one in (*_WHO, "probe"))
    probes = select('last("status") AS "status", "reason"', ROUND, shown(_WHERE), (*_WHO, "probe"))
    began = '"start_seconds" * 1000 AS "start", "duration_seconds" AS "duration", "cause"'
    ended = select(f'{began}, "site", "carrier", "circuit"', OUTAGE, shown(SITES), end="ORDER BY time DESC")
    return (
        Panel(
            "table",
            "Probes that don't say up",
            "The newest round of each probe in the last 15 minutes, where it isn't up, with its reason.",
            (Query(select(f'"status", "reason", {tags}', f"({probes})", '"status" < 1'), form="table"),),
            12,
            8,
            columns=(
                Column("status", "Status", words=looks.ROUND_STATUS),
                *looks.who("influxql", names),
                Column("probe", "Probe"),
                Column("reason", "Cause"),
                Column("Time", "Last seen", unit="dateTimeFromNow"),
            ),
            nothing="",
            last=RECENT,
        ),
        Panel(
            "table",
            "Outages that ended",
            "Each outage that ended in the time shown, the newest first: when it began, how long, and why.",
            (Query(ended, form="table"),),
            12,
            8,
            columns=(
                Column("start", "Began", unit="dateTimeAsIso"),
                Column("duration", "Lasted", unit="s"),
                *looks.who("influxql", names),
                Column("cause", "Cause"),
                *looks.hidden("Time"),
            ),
            nothing="",
        ),
    )


def _promises(names: Names) -> tuple[Panel, ...]:
    return (
        Panel(
            "table",
            "Figures so far",
            "The newest figures of each circuit with a contract: availability and how long it may "
            "still be down.",
            (
                newest(
                    'last("availability_ratio") AS "availability", "budget_remaining_seconds" AS "budget", '
                    '"violations"',
                    SLA_FIGURES,
                    SITES,
                    (*_WHO, "contract", "period"),
                ),
            ),
            24,
            9,
            columns=(
                *looks.who("influxql", names),
                Column("contract", "Contract"),
                Column("period", "Period"),
                Column("availability", "Availability", unit="percentunit", decimals=4),
                Column("budget", "Budget left", unit="s", decimals=0, steps=looks.BUDGET),
                Column("violations", "Broken", steps=looks.GOOD_IF_NONE),
                *looks.hidden("Time"),
            ),
            nothing="",
            sort=("Budget left", False),
        ),
    )


def _history(names: Names) -> tuple[Panel, ...]:
    return (
        Panel(
            "state-timeline",
            "Status by probe",
            "Each probe's newest round of each step; choose a site or a carrier in a large estate. A "
            "gap is time in which nobody measured.",
            (over_time('last("status")', ROUND, _WHERE, ("circuit", "probe"), "$tag_circuit $tag_probe"),),
            24,
            10,
            words=looks.ROUND_STATUS,
            links=looks.from_series("influxql", names),
            interval=names.interval,
        ),
        Panel(
            "timeseries",
            "Median RTT by site",
            "The median of the rounds' own medians. Empty: nothing came back.",
            (over_time('median("rtt_p50_seconds")', ROUND, _WHERE, ("site",), "$tag_site"),),
            12,
            9,
            "s",
            low=0,
            interval=names.interval,
        ),
        Panel(
            "timeseries",
            "Loss by site",
            "Packets without an answer, of those sent.",
            (
                over_time(
                    '1 - sum("received") / sum("sent")',
                    ROUND,
                    _WHERE,
                    ("site",),
                    "$tag_site",
                ),
            ),
            12,
            9,
            "percentunit",
            low=0,
            interval=names.interval,
        ),
    )
