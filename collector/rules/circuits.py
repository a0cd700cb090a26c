"""Circuits and sites: down, and unknown. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from collector.notices.ticket_text import CLOSING, LINES, OPENING, TOGETHER
from collector.rules.phrases import (
    HERE,
    OUTAGE,
    Place,
    carrier_id,
    literal,
    of_carrier,
    of_outage,
    together,
)
from collector.rules.rule import BRIDGE, CIRCUIT, Alert, Recording

ONE = Place("$one.Labels")
SCRAPES_SECONDS = 30
"""So long at most until Prometheus has seen a status: two scrapes of 15 s."""
UNKNOWN_SECONDS = 600
UP = "linkledger:circuit:up"
"""1 where any host sees the circuit up, 0 where none does and one sees it down; absent while unknown."""
CIRCUITS = "linkledger:site:circuits"


def down_for_seconds(slowest_every_seconds: int) -> int:
    """How long a circuit must be down before it is told.

    `down` already means two rounds in a row. What is waited for here is the site's slowest circuit:
    where all fail together the site's alert must be there first, for it silences theirs.
    """
    return max(60, slowest_every_seconds + SCRAPES_SECONDS)


def recordings() -> Iterator[Recording]:
    """Statuses as the alerts need them: of all hosts that measure a circuit, and over a restart of theirs."""
    yield Recording(
        UP,
        f"max by ({CIRCUIT}) (linkledger_circuit_up) or (max by ({CIRCUIT}) "
        f"(last_over_time(linkledger_circuit_up[{BRIDGE}])) {_UNSHOWN})",
    )
    yield Recording(
        CIRCUITS,
        "count by (site) (group by (site, circuit) "
        f'(last_over_time(linkledger_circuit_status{{status="up"}}[{BRIDGE}])))',
    )
    yield Recording(
        OUTAGE,
        f"max without (instance, job) (linkledger_outage_info) or on ({CIRCUIT}) "
        f"(max without (instance, job) (last_over_time(linkledger_outage_info[{BRIDGE}])) {_UNSHOWN})",
    )


_UNSHOWN = f"unless on ({CIRCUIT}) linkledger_circuit_status"


def alerts(slowest_every_seconds: int, url: str) -> Iterator[Alert]:
    """Of circuits; `url` is how people reach the page, or empty."""
    yield Alert(
        name="LinkledgerSiteDown",
        expr=f"count by (site) ({UP} == 0) == {CIRCUITS} > 1",
        severity="critical",
        summary="All {{ $value }} circuits of {{ $labels.site }} are down",
        description=(
            "They went down together while what is ours answers: look for one cause (power, a duct, a "
            "shared building, upstream).\n"
            + _each(f"{ONE.shown('circuit')}{carrier_id(ONE, ' [', ']')}{_whom(ONE)}: {_why(ONE)}\n")
        ),
        annotations={**_link(url, "?site={{ $labels.site }}"), "ticket": _each(f"{ticket(ONE)}\n\n")},
    )
    yield Alert(
        name="LinkledgerCircuitDown",
        expr=f"{UP} == 0",
        held_seconds=down_for_seconds(slowest_every_seconds),
        severity="critical",
        summary="{{ $labels.circuit }} ({{ $labels.carrier }}) at {{ $labels.site }} is down",
        description=(
            f"{of_outage('since', before='Down since ', after='. ')}"
            f"{of_outage('cause', before='What we see: ', after='. ')}"
            f"{of_outage('ruled_out', before='Ruled out: ', after='. ')}{together(TOGETHER_TOLD)}"
            "Open a ticket with the carrier and record its number."
        ),
        annotations=outage_annotations(url),
    )
    yield Alert(
        name="LinkledgerCircuitUnknown",
        expr=f'max by ({CIRCUIT}) (linkledger_circuit_status{{status="unknown"}}) == 1'
        f" unless max by ({CIRCUIT}) (linkledger_circuit_up)",
        held_seconds=UNKNOWN_SECONDS,
        severity="warning",
        summary="{{ $labels.circuit }} at {{ $labels.site }} is unknown",
        description=(
            "For 10 minutes nothing tells whether it is up or down: look at this site's own gateway, link "
            "and host. The time is unknown in every statement."
        ),
        annotations=_link(url, "circuits/{{ $labels.circuit }}"),
    )


TOGETHER_TOLD = "All circuits of the site are down together: look for one cause. "


def outage_annotations(url: str) -> dict[str, str]:
    """What somebody needs who picks up the telephone; the names are those of the direct output."""
    return {
        "carrier_id": carrier_id(),
        "account": of_carrier("account"),
        "noc_phone": of_carrier("noc_phone"),
        "noc_mail": of_carrier("noc_mail"),
        "portal": of_carrier("portal"),
        "since": of_outage("since"),
        "cause": of_outage("cause"),
        "ruled_out": of_outage("ruled_out"),
        "common_cause": of_outage("common_cause"),
        **_link(url, f"outages/{{{{ $labels.circuit }}}}/{of_outage('since')}"),
        "ticket": ticket(HERE),
        "record": _record(url),
    }


def ticket(place: Place) -> str:
    """The ticket's text, its facts looked up; a line without a fact is left out."""
    return OPENING + "\n" + "".join(_line(title, fact, place) for title, fact in LINES) + CLOSING


def _line(title: str, fact: str, place: Place) -> str:
    before, after = f"{title}: ", "\n"
    match fact:
        case "carrier_id":
            return carrier_id(place, before, after)
        case "account":
            return of_carrier("account", place, before, after)
        case "together":
            return together(TOGETHER, place, before, after)
        case "since" | "cause" | "ruled_out":
            return of_outage(fact, place, before, after)
        case _:
            return f"{before}{place.shown(fact)}{after}"


def _record(url: str) -> str:
    """How the ticket's number gets into the ledger: as a command to be pasted, `NUMBER` filled in."""
    body = (
        '{"kind": "ticket", "id": "NUMBER", "external_id": "NUMBER", "carrier": "{{ $labels.carrier }}", '
        '"circuits": ["{{ $labels.circuit }}"], "opened": "\'$(date -u +%FT%TZ)\'"}'
    )
    host = literal(url.rstrip("/")) or PAGE_UNKNOWN
    return f"curl -fsS {host}/api/v1/notes -H 'Content-Type: application/json' -d '{body}'"


PAGE_UNKNOWN = "http://127.0.0.1:9850"
"""Where nobody said how to reach the page: on the edge host itself."""


def _link(url: str, path: str) -> dict[str, str]:
    return {"page": f"{literal(url.rstrip('/'))}/{path}"} if url else {}


def _whom(place: Place) -> str:
    return f" ({place.shown('carrier')}{of_carrier('noc_phone', place, ', call ')})"


def _why(place: Place) -> str:
    return of_outage("cause", place)


def _each(text: str) -> str:
    """`text` for each circuit of the site that is down."""
    down = f'printf "max by (site, carrier, circuit) ({OUTAGE}{{site=%q}})" $labels.site'
    return f'{{{{ range $one := {down} | query | sortByLabel "circuit" }}}}{text}{{{{ end }}}}'
