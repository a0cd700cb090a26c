"""Promises and claims: what is broken, what it pays, and until when something is to be done."""

from __future__ import annotations

from collector.dashboards import looks
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row, Step
from collector.dashboards.promql.asking import (
    CARRIER,
    CIRCUITS,
    CONTRACT,
    PROMISE,
    SITE,
    SITES,
    WHO,
    each,
    now,
    outages,
)

_CIRCUIT = f'{SITES},circuit=~"$circuit"'
_OF = f'{_CIRCUIT},contract=~"$contract"'
_BUDGET = each("linkledger_sla_budget_remaining_seconds", _OF, PROMISE, "min")
_DEADLINE = f"linkledger_claim_deadline_timestamp_seconds{{{_OF}}}"
_CREDIT = each("linkledger_sla_credit_amount", _OF, f"{WHO}, contract, currency")
_LEFT_NOW = f"linkledger_sla_budget_remaining_seconds{{{_OF}}} @ end()"
_BROKEN = each("linkledger_sla_violation", _OF, PROMISE)


def claims(names: Names) -> Dashboard:
    """The dashboard."""
    return Dashboard(
        looks.uid("promql", "claims"),
        "linkledger: SLA and claims",
        "What is broken this period, what the contracts pay for it, and what is to be done until when.",
        "promql",
        (SITE, CARRIER, CIRCUITS, CONTRACT),
        (
            Row("Now", _counts()),
            Row("To be done", _to_do(names)),
            Row("Promises of this period", (*_promises(names), *_over_time(names))),
        ),
        (outages(_CIRCUIT),),
        looks.page(names, "/claims", "linkledger: claims"),
        begin="now-30d",
    )


def _count(title: str, text: str, query: str, nothing: str, steps: tuple[Step, ...]) -> Panel:
    return Panel("stat", title, text, (Query(query, title),), 5, 4, "none", 0, steps=steps, nothing=nothing)


def _counts() -> tuple[Panel, ...]:
    return (
        _count(
            "Broken promises",
            "Objectives that are breached this period.",
            f"sum({_BROKEN})",
            "nothing judged",
            looks.GOOD_IF_NONE,
        ),
        _count(
            "Budgets nearly used",
            "Circuits that may be down less than half an hour more, or were down too long.",
            f"sum(min by ({WHO}) ({_BUDGET}) < bool 1800)",
            "no budget judged",
            looks.WATCH_IF_ANY,
        ),
        _count(
            "Outages without a ticket",
            "Open outages that no ticket names.",
            f"sum({each('linkledger_outage_ticketed', _CIRCUIT, WHO)} == bool 0)",
            "no outage open",
            looks.GOOD_IF_NONE,
        ),
        Panel(
            "stat",
            "Next deadline",
            "Until something is to be done for an open claim.",
            (Query(f"min({_DEADLINE}) - time()", "left"),),
            4,
            4,
            "s",
            steps=looks.DAYS_LEFT,
            nothing="no claim open",
        ),
        Panel(
            "stat",
            "Credits so far",
            "In each currency by itself: currencies are never added.",
            (Query(f"sum by (currency) ({_CREDIT})", "{{currency}}"),),
            5,
            4,
            "none",
            2,
            nothing="nothing pays",
        ),
    )


def _to_do(names: Names) -> tuple[Panel, ...]:
    of = "site, carrier, circuit, contract, period, deadline"
    return (
        Panel(
            "table",
            "Deadlines",
            "Until when a ticket, a claim or a notice is due, the next first. The claims' letters are on "
            "linkledger's page and in `linkledger claim`.",
            (now(f"sort(max by ({of}) ({_DEADLINE}) - time())"),),
            12,
            9,
            columns=(
                Column("Value", "Left", unit="s", decimals=0, steps=looks.DAYS_LEFT),
                Column("deadline", "What is due"),
                Column("period", "Period"),
                Column("contract", "Contract"),
                *looks.who("promql", names),
                *looks.hidden("Time"),
            ),
            nothing="",
            sort=("Left", False),
        ),
        Panel(
            "table",
            "Open outages",
            "Each open outage, whether a ticket names it, and what its absence has cost so far where the "
            "contract counts from the ticket; in its own currency.",
            (
                now(f"max by (site, carrier, circuit) (linkledger_outage_open{{{_CIRCUIT}}} == 1)"),
                now(f"max by (circuit) (linkledger_outage_ticketed{{{_CIRCUIT}}})"),
                now(f"1000 * max by (circuit) (linkledger_outage_start_timestamp_seconds{{{_CIRCUIT}}})"),
                now(f"max by (circuit) (linkledger_outage_ticket_lost_seconds{{{_CIRCUIT}}})"),
                now(f"max by (circuit, currency) (linkledger_outage_ticket_lost_amount{{{_CIRCUIT}}})"),
            ),
            12,
            9,
            columns=(
                Column("Value #B", "Ticket", words=looks.TICKETED),
                *looks.who("promql", names),
                Column("Value #C", "Since", unit="dateTimeFromNow"),
                Column("Value #D", "Time lost", unit="s", steps=looks.WATCH_IF_ANY),
                Column("Value #E", "Credit lost", decimals=2),
                Column("currency", "Currency"),
                *looks.hidden("Time", "Value", "Value #A"),
            ),
            nothing="",
        ),
    )


def _promises(names: Names) -> tuple[Panel, ...]:
    return (
        Panel(
            "table",
            "Objectives",
            "Every objective that can be judged, the broken ones first; one without enough data is not here.",
            (now(_BROKEN),),
            14,
            10,
            columns=(
                Column("Value", "Verdict", words=looks.VIOLATED),
                *looks.who("promql", names),
                Column("contract", "Contract"),
                Column("objective", "Objective"),
                *looks.hidden("Time"),
            ),
            nothing="",
            sort=("Verdict", True),
        ),
        Panel(
            "table",
            "Credits so far",
            "What the contracts pay for this period so far, a row a circuit; circuits judged as one "
            "have it once.",
            (now(_CREDIT),),
            10,
            10,
            columns=(
                Column("Value", "Amount", decimals=2),
                Column("currency", "Currency"),
                *looks.who("promql", names),
                Column("contract", "Contract"),
                *looks.hidden("Time"),
            ),
            nothing="",
            sort=("Amount", True),
        ),
    )


def _over_time(names: Names) -> tuple[Panel, ...]:
    return (
        Panel(
            "timeseries",
            "Budget burn-down",
            "How long a circuit may still be down this period; the ten with least now. Below 0 it is "
            "a breach.",
            (
                Query(
                    f"min by (circuit) ({_BUDGET}) and on (circuit) "
                    f"bottomk(10, min by (circuit) ({_LEFT_NOW}))",
                    "{{circuit}}",
                ),
            ),
            14,
            9,
            "s",
            links=looks.from_series("promql", names),
            nothing="no budget judged",
        ),
        Panel(
            "timeseries",
            "Credits over time",
            "What this period pays so far, in each currency by itself; it starts anew with each period.",
            (Query(f"sum by (currency) ({_CREDIT})", "{{currency}}"),),
            10,
            9,
            "none",
            2,
            low=0,
            nothing="nothing pays",
        ),
    )
