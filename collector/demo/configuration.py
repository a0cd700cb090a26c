"""The made-up estate as a configuration file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from collector.demo.contracts import CONTRACT_OF, CONTRACTS
from collector.demo.estate import CLOCK, COMPANIES, Company, Line, Place
from collector.demo.figures import SCORECARD, kpis

MARK = "# Made up by `linkledger demo`: no carrier, circuit, outage or credit in here exists."
"""The first line, by which a demo of ours is known again."""

_HEAD = f"""\
{MARK}
# Nothing is measured: the page and all commands go by the clock below, which stands still.

demo: {{clock: {CLOCK}}}
site: lon-01
ledger: {{path: ledger.db, keep: 3650d, max_bytes: 20G}}
"""


def configuration(lines: Sequence[Line], places: Sequence[Place], listen: str) -> str:
    """The file's text, for these circuits and their sites."""
    known = {line.id for line in lines}
    return "\n".join(
        [
            _HEAD + f"web: {{listen: {listen}}}\n",
            "defaults:\n  circuits: {active: {from: 2024-10-01}}\n",
            "credentials:\n  demo: {version: 3, user: made-up}\n",
            "sites:\n" + "".join(map(_site, places)),
            "carriers:\n" + "".join(map(_carrier, COMPANIES)),
            "circuits:\n" + "".join(row for line in lines for row in _circuit(line, known)),
            CONTRACTS,
            kpis({line.service for line in lines}),
            SCORECARD,
        ]
    )


def _site(one: Place) -> str:
    reference = f"[{{icmp: {one.gateway}, owner: ours, every: 60s, packets: 1}}]"
    return (
        f"  {one.id}: {{timezone: {one.timezone}, country: {one.country}, labels: {{region: {one.region}}},\n"
        f"    reference: {reference}}}\n"
    )


def _carrier(one: Company) -> str:
    prices = "".join(
        f"      - {{service: {service}, bandwidth: {bandwidth}, monthly: {monthly}}}\n"
        for service, bandwidth, monthly in one.prices
    )
    return (
        f"  {one.id}:\n    name: {one.name}\n    account: {one.account}\n"
        f'    noc: {{mail: noc@{one.id}.example, phone: "{one.phone}", portal: "https://{one.id}.example/noc"}}\n'
        + (f"    prices:\n{prices}" if prices else "")
    )


def _circuit(one: Line, known: Collection[str]) -> Iterator[str]:
    contract = CONTRACT_OF[one.carrier, one.service]
    yield f"  {one.id}:\n"
    yield f"    {{carrier: {one.carrier}, carrier_id: {one.carrier_id},\n"
    yield f"     site: {one.site}, service: {one.service},\n"
    yield f"     contract: {contract}, monthly_charge: {one.charge},\n"
    commit = f", commit: {one.commit}" if one.commit else ""
    yield f"     bandwidth: {{down: {one.bandwidth}, up: {one.bandwidth}{commit}}},\n"
    if one.term:
        yield f"     term: {{{one.term}}},\n"
    if one.kilometres:
        yield f"     distance: {one.kilometres}km,\n"
    if one.diverse_from in known:
        yield f"     diverse_from: [{one.diverse_from}],\n"
    probes = f"pe: {{icmp: 203.0.113.{one.number}, every: 60s, packets: 3}}"
    if one.measured_load:
        snmp = f"snmp: 198.51.100.{one.number}, credentials: demo, interface: wan0, every: 300s"
        probes = f"{probes},\n              cpe: {{{snmp}}}"
    yield f"     probes: {{{probes}}}}}\n"
