"""The estate at a glance: what needs a person, and how every circuit is."""

from __future__ import annotations

from collector.dashboards import looks
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row, Step, Word
from collector.dashboards.promql.asking import (
    CARRIER,
    PROMISE,
    SITE,
    SITES,
    WHO,
    down_time,
    each,
    loss,
    now,
    outages,
    percentile,
    statuses,
)
from collector.dashboards.promql.asking import status as status_of

_EACH = statuses(SITES)


def estate(names: Names) -> Dashboard:
    """The dashboard."""
    return Dashboard(
        looks.uid("promql", "estate"),
        "linkledger: estate",
        "Every circuit that linkledger measures: what is down or unknown, what is at risk, and where.",
        "promql",
        (SITE, CARRIER),
        (
            Row("Now", _counts()),
            Row("What needs a person", _trouble(names)),
            Row("Promises of this period", _promises(names)),
            Row("In the time shown", _history(names)),
            Row("Every circuit", (_circuits(names),)),
        ),
        (outages(SITES),),
        looks.page(names, "/", "linkledger's page"),
    )


def _count(title: str, text: str, query: str, steps: tuple[Step, ...], nothing: str = "no data") -> Panel:
    return Panel("stat", title, text, (Query(query, title),), 4, 4, "none", 0, steps=steps, nothing=nothing)


def _counts() -> tuple[Panel, ...]:
    return (
        _count(
            "▼ Down",
            "Circuits that are down: the carrier's as far as a reference of ours can tell.",
            f"sum({_EACH} == bool 3)",
            looks.GOOD_IF_NONE,
        ),
        _count(
            "? Unknown",
            "Circuits of which nobody can tell: never counted as up. Look at our own gateway, link and host.",
            f"sum({_EACH} == bool 2)",
            looks.WATCH_IF_ANY,
        ),
        _count(
            "▲ Up",
            "Circuits that answer. With those down and unknown it is all that is measured.",
            f"sum({_EACH} == bool 1)",
            (Step(None, "green"),),
        ),
        _count(
            "Outages without a ticket",
            "Open outages that no ticket names: under many contracts the clock waits for one.",
            f"sum({each('linkledger_outage_ticketed', SITES, WHO)} == bool 0)",
            looks.GOOD_IF_NONE,
            "no outage open",
        ),
        _count(
            "Broken promises",
            "Objectives that are breached this period, whatever comes after.",
            f"sum({each('linkledger_sla_violation', SITES, PROMISE)})",
            looks.GOOD_IF_NONE,
            "nothing judged",
        ),
        Panel(
            "stat",
            "Next claim deadline",
            "How long until something is to be done for an open claim: ticket, submit or notice.",
            (Query(f"min(linkledger_claim_deadline_timestamp_seconds{{{SITES}}}) - time()", "left"),),
            4,
            4,
            "s",
            steps=looks.DAYS_LEFT,
            nothing="no claim open",
        ),
    )


def _trouble(names: Names) -> tuple[Panel, ...]:
    bad = f"{_EACH} > 1"
    up = f'linkledger_circuit_status{{{SITES},status="up"}} == 1'
    last_up = f"1000 * max by (circuit) (max_over_time(timestamp({up})[$__range:1m]))"
    budget = f"min by (circuit) (linkledger_sla_budget_remaining_seconds{{{SITES}}})"
    return (
        Panel(
            "table",
            "Circuits that are not up",
            "Since when, why, and what is ruled out, of each open outage. Last up: the last time in the time "
            "shown; empty when the circuit was never up in it. Of an unknown circuit nobody knows more.",
            (
                now(bad),
                now(f"{last_up} and on (circuit) ({bad})"),
                now(f"max by (circuit) (linkledger_outage_ticketed{{{SITES}}})"),
                now(f"{budget} and on (circuit) ({bad})"),
                now(f"1000 * max by (circuit) (linkledger_outage_start_timestamp_seconds{{{SITES}}})"),
                now(f"max by (circuit, cause, ruled_out) (linkledger_outage_info{{{SITES}}})"),
            ),
            17,
            8,
            columns=(
                Column("Value #A", "Status", words=looks.STATUS),
                *looks.who("promql", names),
                Column("Value #E", "Down since", unit="dateTimeFromNow"),
                Column("Value #B", "Last up", unit="dateTimeFromNow"),
                Column("cause", "Cause"),
                Column("ruled_out", "Ruled out"),
                Column("Value #C", "Ticket", words=looks.TICKETED),
                Column("Value #D", "Budget left", unit="s", decimals=0, steps=looks.BUDGET),
                *looks.hidden("Time", "Value", "Value #F"),
            ),
            nothing="",
            sort=("Status", True),
        ),
        Panel(
            "table",
            "Sites and carriers",
            "The worst status of a carrier's circuits at a site; empty where it has none there.",
            (now(status_of("site, carrier", SITES)),),
            7,
            8,
            words=looks.STATUS,
            matrix=("site", "carrier", "Value"),
            nothing="",
        ),
    )


def _promises(names: Names) -> tuple[Panel, ...]:
    links = looks.from_series("promql", names)
    return (
        Panel(
            "bargauge",
            "Lowest availability so far",
            "This period's availability by the contract's own rules: the ten lowest.",
            (
                Query(
                    f"bottomk(10, min by ({WHO}) (linkledger_sla_availability_ratio{{{SITES}}}))",
                    "{{circuit}}",
                ),
            ),
            12,
            8,
            "percentunit",
            4,
            steps=(Step(None, "red"), Step(0.99, "orange"), Step(0.999, "green")),
            links=links,
            nothing="nothing judged yet",
        ),
        Panel(
            "bargauge",
            "Least budget left",
            "How long a circuit may still be down this period: the ten with least; below 0 it was too long.",
            (
                Query(
                    f"bottomk(10, min by ({WHO}) (linkledger_sla_budget_remaining_seconds{{{SITES}}}))",
                    "{{circuit}}",
                ),
            ),
            12,
            8,
            "s",
            steps=looks.BUDGET,
            links=links,
            nothing="no budget judged yet",
        ),
    )


def _history(names: Names) -> tuple[Panel, ...]:
    ever = f'max_over_time(linkledger_circuit_status{{{SITES},status!="up"}}[$__range] @ end()) == 1'
    return (
        Panel(
            "state-timeline",
            "Circuits that were not always up",
            "Status over time, of circuits that were down or unknown at some time shown. A gap is "
            "time in which "
            "nobody measured.",
            (Query(f"{status_of(WHO, SITES)} and on (circuit) ({ever})", "{{circuit}}"),),
            24,
            9,
            words=looks.STATUS,
            links=looks.from_series("promql", names),
            nothing="all up",
        ),
        Panel(
            "timeseries",
            "Circuits by status",
            "How many circuits were up, down and unknown.",
            tuple(
                Query(f"sum({_EACH} == bool {code})", word)
                for code, word in ((3, "▼ down"), (2, "? unknown"), (1, "▲ up"))
            ),
            12,
            8,
            "none",
            0,
            low=0,
            stacked=True,
        ),
        Panel(
            "bargauge",
            "Longest down",
            "Time down within the time shown, unplanned and planned: the ten with most. No contract's rules.",
            (Query(f"topk(10, {down_time(WHO, SITES)} > 0)", "{{circuit}}"),),
            12,
            8,
            "s",
            steps=(Step(None, "green"), Step(60, "orange"), Step(1_800, "red")),
            links=looks.from_series("promql", names),
            nothing="none was down",
        ),
    )


def _circuits(names: Names) -> Panel:
    columns = (
        Column("Value #A", "Status", words=looks.STATUS),
        *looks.who("promql", names),
        Column("carrier_id", "Carrier's id"),
        Column("service", "Service"),
        Column("contract", "Contract", words=(Word("", "none"),)),
        Column("Value #C", "RTT p50", unit="s"),
        Column("Value #D", "Loss", unit="percentunit", decimals=2, steps=looks.LOSS),
        Column("Value #E", "Availability so far", unit="percentunit", decimals=4),
        Column("Value #F", "Budget left", unit="s", decimals=0, steps=looks.BUDGET),
        *looks.hidden("Time", "Value", "Value #B"),
    )
    return Panel(
        "table",
        "Circuits",
        "One row a circuit. RTT and loss are of all its probes together, of the last minutes; an empty cell "
        "is a value that there is not.",
        (
            now(status_of(WHO, SITES)),
            now(f"max by (circuit, carrier_id, service, contract) (linkledger_circuit_info{{{SITES}}})"),
            now(percentile(0.5, "circuit", f'{SITES},circuit!~"_.*"')),
            now(loss("circuit", f'{SITES},circuit!~"_.*"')),
            now(f"min by (circuit) (linkledger_sla_availability_ratio{{{SITES}}})"),
            now(f"min by (circuit) (linkledger_sla_budget_remaining_seconds{{{SITES}}})"),
        ),
        24,
        12,
        columns=columns,
        nothing="",
        sort=("Status", True),
    )
