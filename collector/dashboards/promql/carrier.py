"""Carriers side by side, for the same service."""

from __future__ import annotations

from collector.dashboards import looks
from collector.dashboards.model import Column, Dashboard, Names, Panel, Query, Row, Step
from collector.dashboards.promql.asking import (
    CARRIER,
    INFO,
    PROMISE,
    SERVICE,
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

_SAME = f' and on (circuit) {INFO}{{service=~"$service"}}'
"""Only circuits of the chosen service."""
_CREDIT = each("linkledger_sla_credit_amount", SITES, f"{WHO}, contract, currency")
_RAW = f'{SITES},circuit!~"_.*"'


def carrier(names: Names) -> Dashboard:
    """The dashboard."""
    return Dashboard(
        looks.uid("promql", "carrier"),
        "linkledger: carriers",
        "Carriers side by side for the same service: what they deliver, break and owe.",
        "promql",
        (SITE, CARRIER, SERVICE),
        (
            Row("Side by side", (_scores(names),)),
            Row("Round trips and loss", _quality()),
            Row("Promises", _promises(names)),
        ),
        (outages(SITES),),
        looks.page(names, "/carriers", "linkledger: carriers"),
        begin="now-7d",
    )


def _sla(metric: str, worst: str = "max") -> str:
    return f"{each(f'linkledger_sla_{metric}', SITES, PROMISE, worst)}{_SAME}"


def _scores(names: Names) -> Panel:
    return Panel(
        "table",
        "Carriers",
        "One row a carrier, of the circuits with the chosen service. RTT, loss and time down are of the time "
        "shown and of no contract's rules; availability and breaches are of this period. An empty cell is a "
        "value that there is not.",
        (
            now(f"count by (carrier) ({statuses(SITES)}{_SAME})"),
            now(f"sum by (carrier) (({statuses(SITES)} == bool 1){_SAME})"),
            now(f"min by (carrier) ({_sla('availability_ratio', 'min')})"),
            now(f"avg by (carrier) ({_sla('availability_ratio', 'min')})"),
            now(f"sum by (carrier) ({_sla('violation')})"),
            now(percentile(0.5, "carrier", _RAW, _SAME, whole=True)),
            now(loss("carrier", _RAW, _SAME, whole=True)),
            now(down_time("carrier", SITES, _SAME)),
        ),
        24,
        8,
        columns=(
            Column("carrier", "Carrier", words=looks.carrier_words(names)),
            Column("Value #A", "Circuits"),
            Column("Value #B", "▲ Up now"),
            Column("Value #C", "Worst availability", unit="percentunit", decimals=4),
            Column("Value #D", "Mean availability", unit="percentunit", decimals=4),
            Column("Value #E", "Breaches", steps=looks.GOOD_IF_NONE),
            Column("Value #F", "RTT p50", unit="s"),
            Column("Value #G", "Loss", unit="percentunit", decimals=2, steps=looks.LOSS),
            Column("Value #H", "Time down", unit="s"),
            *looks.hidden("Time", "Value"),
        ),
        nothing="",
        sort=("Carrier", False),
    )


def _quality() -> tuple[Panel, ...]:
    return (
        Panel(
            "timeseries",
            "RTT p50",
            "Half of a carrier's answered packets were quicker. Circuits of different lengths mix here.",
            (Query(percentile(0.5, "carrier", _RAW, _SAME), "{{carrier}}"),),
            8,
            9,
            "s",
            low=0,
        ),
        Panel(
            "timeseries",
            "RTT p95",
            "One of twenty answered packets was slower: queues show here first.",
            (Query(percentile(0.95, "carrier", _RAW, _SAME), "{{carrier}}"),),
            8,
            9,
            "s",
            low=0,
        ),
        Panel(
            "timeseries",
            "Loss",
            "Packets without an answer, of all sent over a carrier's circuits.",
            (Query(loss("carrier", _RAW, _SAME), "{{carrier}}"),),
            8,
            9,
            "percentunit",
            low=0,
        ),
    )


def _promises(names: Names) -> tuple[Panel, ...]:
    return (
        Panel(
            "bargauge",
            "Availability so far, by circuit",
            "This period's availability of each circuit with a contract, the lowest first.",
            (
                Query(
                    f"sort(min by (carrier, circuit) ({_sla('availability_ratio', 'min')}))",
                    "{{carrier}} {{circuit}}",
                ),
            ),
            8,
            9,
            "percentunit",
            4,
            steps=(Step(None, "red"), Step(0.99, "orange"), Step(0.999, "green")),
            links=looks.from_series("promql", names),
            nothing="nothing judged yet",
        ),
        Panel(
            "table",
            "Broken promises",
            "How many circuits broke which objective this period.",
            (now(f"sum by (carrier, objective) ({_sla('violation')})"),),
            8,
            9,
            steps=looks.GOOD_IF_NONE,
            matrix=("carrier", "objective", "Value"),
            nothing="",
        ),
        Panel(
            "table",
            "Credits so far",
            "What the contracts pay for this period so far, in each currency by itself: currencies "
            "are never added.",
            (now(f"sum by (carrier, currency) ({_CREDIT}{_SAME})"),),
            8,
            9,
            "none",
            2,
            matrix=("carrier", "currency", "Value"),
            nothing="",
        ),
    )
