"""What the InfluxQL dashboards share: variables, conditions and queries."""

from __future__ import annotations

from collector.dashboards.model import Annotation, Query, Variable

SITES = '"site" =~ /^$site$/ AND "carrier" =~ /^$carrier$/'
ROUND, OUTAGE, SLA_FIGURES = '"linkledger_round"', '"linkledger_outage"', '"linkledger_sla"'
INTERFACE, TLS = '"linkledger_interface"', '"linkledger_tls"'
LOST = '1 - sum("received") / sum("sent")'
OURS = '"circuit" !~ /^_/'
"""Circuits that begin with an underscore are our own reference targets."""
ONE = '"circuit" =~ /^$circuit$/'
PROBES = f'{ONE} AND "probe" =~ /^$probe$/'
SLA = f'{SITES} AND "contract" =~ /^$contract$/'


def _values(key: str, where: str = "", measurement: str = "linkledger_round") -> str:
    condition = f" WHERE {where}" if where else ""
    return f'SHOW TAG VALUES FROM "{measurement}" WITH KEY = "{key}"{condition}'


SITE = Variable("site", "Site", _values("site"))
CARRIER = Variable("carrier", "Carrier", _values("carrier", f'"site" =~ /^$site$/ AND {OURS}'))
CIRCUIT = Variable("circuit", "Circuit", _values("circuit", f"{SITES} AND {OURS}"), several=False)
CIRCUITS = Variable("circuit", "Circuit", _values("circuit", f"{SITES} AND {OURS}"))
PROBE = Variable("probe", "Probe", _values("probe", f"{SITES} AND {ONE}"))
CONTRACT = Variable("contract", "Contract", _values("contract", SITES, "linkledger_sla"))
HOST = Variable("host", "Host", _values("host"))


def select(
    fields: str, source: str, where: str = "", by: tuple[str, ...] = (), step: bool = False, end: str = ""
) -> str:
    """A query of a measurement, or of another query in brackets; with `step` one row a step of the chart."""
    kept = [f'"{one}"' for one in by]
    parts = [f"SELECT {fields}", f"FROM {source}"]
    if where:
        parts.append(f"WHERE {where}")
    if step or kept:
        parts.append("GROUP BY " + ", ".join((["time($__interval)"] if step else []) + kept))
    if step:
        parts.append("fill(null)")  # a step without data stays empty
    return " ".join((*parts, end) if end else parts)


def shown(where: str) -> str:
    """The condition, within the time shown."""
    return f"{where} AND $timeFilter"


def over_time(fields: str, measurement: str, where: str, by: tuple[str, ...] = (), legend: str = "") -> Query:
    """One point a step and group."""
    return Query(select(fields, measurement, shown(where), by, step=True), legend)


def newest(fields: str, measurement: str, where: str, by: tuple[str, ...] = ()) -> Query:
    """One row a group: what came last in the time shown."""
    return Query(select(fields, measurement, shown(where), by), form="table")


def outages(where: str) -> Annotation:
    """A mark at the end of each outage: a row is written when it is over."""
    query = select('"cause", "circuit"', OUTAGE, shown(where))
    return Annotation("Ends of outages", query, "red", texts=("cause", "circuit"))
