"""What arrives of linkledger: its own metrics are in PromQL alone, what it pushed shows how it does."""

from __future__ import annotations

from collector.dashboards import looks
from collector.dashboards.influxql.asking import HOST, ROUND, over_time, select, shown
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row

_WHERE = '"host" =~ /^$host$/'


def itself(names: Names) -> Dashboard:
    """The dashboard."""
    return Dashboard(
        looks.uid("influxql", "itself"),
        "linkledger: itself (InfluxQL)",
        "What arrives from each host. Lateness, ledger and outputs are not in line protocol: they are on "
        "linkledger's page and in PromQL.",
        "influxql",
        (HOST,),
        (Row("What arrives", _arriving(names)), Row("By probe", (_newest(names),))),
        (),
        looks.page(names, "/host", "linkledger: this host"),
        begin="now-6h",
    )


def _chart(title: str, text: str, query: Query, interval: str) -> Panel:
    return Panel("timeseries", title, text, (query,), 8, 9, "none", 0, low=0, interval=interval)


def _arriving(names: Names) -> tuple[Panel, ...]:
    return (
        _chart(
            "Rounds by host",
            "Rounds in each step. A fall means a host that doesn't measure, or an output that "
            "waits: what waits comes later.",
            over_time('count("sent")', ROUND, _WHERE, ("host",), "$tag_host"),
            names.interval,
        ),
        _chart(
            "Unknown rounds by host",
            "Rounds of which nobody can tell what they say: they speak of us.",
            over_time('count("status")', ROUND, f'{_WHERE} AND "status" < 0', ("host",), "$tag_host"),
            names.interval,
        ),
        _chart(
            "Rounds by kind of probe",
            "Rounds in each step.",
            over_time('count("sent")', ROUND, _WHERE, ("kind",), "$tag_kind"),
            names.interval,
        ),
    )


def _newest(names: Names) -> Panel:
    by = ("host", "site", "carrier", "circuit", "probe")
    text = select('last("status") AS "status"', ROUND, shown(_WHERE), by)
    return Panel(
        "table",
        "Newest round of each probe",
        "When each probe's newest round in the time shown began: the oldest first.",
        (Query(text, form="table"),),
        24,
        12,
        columns=(
            Column("Time", "Newest round", unit="dateTimeFromNow"),
            Column("status", "Status", words=looks.ROUND_STATUS),
            *looks.who("influxql", names),
            Column("probe", "Probe"),
            Column("host", "Host"),
        ),
        nothing="",
        sort=("Newest round", False),
    )
