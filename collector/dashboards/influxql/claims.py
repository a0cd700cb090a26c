"""Promises, from the SLA figures that linkledger pushes whenever it computes them."""

from __future__ import annotations

from collector.dashboards import looks
from collector.dashboards.influxql.asking import (
    CARRIER,
    CIRCUITS,
    CONTRACT,
    SITE,
    SLA,
    SLA_FIGURES,
    outages,
    over_time,
    select,
    shown,
)
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row

_WHERE = f'{SLA} AND "circuit" =~ /^$circuit$/'


def claims(names: Names) -> Dashboard:
    """The dashboard."""
    return Dashboard(
        looks.uid("influxql", "claims"),
        "linkledger: SLA (InfluxQL)",
        "What is broken this period and what it pays. Claims, tickets and deadlines are not in line "
        "protocol: they "
        "are on linkledger's page and in PromQL.",
        "influxql",
        (SITE, CARRIER, CIRCUITS, CONTRACT),
        (
            Row("Now", (*_counts(), _credits())),
            Row("Promises of this period", (_figures(names), *_burning(names))),
        ),
        (outages('"circuit" =~ /^$circuit$/'),),
        looks.page(names, "/claims", "linkledger: claims"),
        begin="now-30d",
    )


def _each(field: str) -> str:
    by = ("site", "carrier", "circuit", "contract")
    return "(" + select(f'last("{field}") AS "each"', SLA_FIGURES, shown(_WHERE), by) + ")"


def _counts() -> tuple[Panel, ...]:
    shown = (
        (
            "Broken promises",
            "Objectives that are breached, by the newest figures.",
            select('sum("each")', _each("violations")),
            "none",
            looks.GOOD_IF_NONE,
            "nothing judged",
        ),
        (
            "Least budget left",
            "How long the circuit nearest to a breach may still be down; below 0 it was too long.",
            select('min("each")', _each("budget_remaining_seconds")),
            "s",
            looks.BUDGET,
            "no budget judged",
        ),
        (
            "Lowest availability",
            "Of the circuits shown, by the contracts' own rules.",
            select('min("each")', _each("availability_ratio")),
            "percentunit",
            (),
            "nothing judged",
        ),
    )
    return tuple(
        Panel(
            "stat",
            title,
            text,
            (Query(query),),
            5,
            6,
            unit,
            4 if unit == "percentunit" else None,
            steps=steps,
            nothing=nothing,
        )
        for title, text, query, unit, steps, nothing in shown
    )


def _credits() -> Panel:
    return Panel(
        "table",
        "Credits so far, by contract",
        "In each contract's own currency, which line protocol doesn't name: contracts are never added.",
        (Query(select('sum("each") AS "credit"', _each("credit"), by=("contract",)), form="table"),),
        9,
        6,
        columns=(
            Column("contract", "Contract"),
            Column("credit", "Credit", decimals=2),
            *looks.hidden("Time"),
        ),
        nothing="",
    )


def _figures(names: Names) -> Panel:
    newest = 'last("availability_ratio") AS "availability", "budget_remaining_seconds" AS "budget"'
    fields = f'{newest}, "violations", "credit"'
    by = ("site", "carrier", "circuit", "contract", "period")
    return Panel(
        "table",
        "Figures",
        "The newest figures of each circuit, contract and period.",
        (Query(select(fields, SLA_FIGURES, shown(_WHERE), by), form="table"),),
        24,
        10,
        columns=(
            *looks.who("influxql", names),
            Column("contract", "Contract"),
            Column("period", "Period"),
            Column("availability", "Availability", unit="percentunit", decimals=4),
            Column("budget", "Budget left", unit="s", decimals=0, steps=looks.BUDGET),
            Column("violations", "Broken", steps=looks.GOOD_IF_NONE),
            Column("credit", "Credit", decimals=2),
            *looks.hidden("Time"),
        ),
        nothing="",
        sort=("Budget left", False),
    )


def _burning(names: Names) -> tuple[Panel, ...]:
    shown = (
        (
            "Budget burn-down",
            "How long a circuit may still be down in the period; below 0 it is a breach.",
            "budget_remaining_seconds",
            "s",
        ),
        (
            "Credits over time",
            "What the period pays so far, in each contract's own currency.",
            "credit",
            "none",
        ),
    )
    return tuple(
        Panel(
            "timeseries",
            title,
            text,
            (
                over_time(
                    f'last("{field}")',
                    SLA_FIGURES,
                    _WHERE,
                    ("circuit", "contract"),
                    "$tag_circuit $tag_contract",
                ),
            ),
            12,
            9,
            unit,
            links=looks.from_series("influxql", names),
            nothing="nothing judged",
        )
        for title, text, field, unit in shown
    )
