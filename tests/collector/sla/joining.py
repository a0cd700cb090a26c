"""Circuits with histories, tickets and notes for whole statements; times are `04-03T10:00` of 2026 in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from collector.circuits import Status
from collector.sla.evaluate import statements_of
from collector.sla.evidence import EarlierPeriod, Evidence, Excuse, Ticket
from collector.sla.rules import CircuitFacts
from collector.sla.statement import Statement
from collector.sla.timeline import Stretch, Timeline
from config.contract import Contract
from config.dated import Dated
from config.fields import Money
from tests.collector.sla.build import base_terms, outage
from tests.collector.sla.money import ms

LATE = ms("01-01T00:00") + 4 * 366 * 86_400_000
"""Long after everything: in 2030."""
PER_OUTAGE: Mapping[str, Any] = {
    "availability": {
        "target": ">= 100%",
        "credit": {"per": "1h", "gives": "1 day", "partial": "fraction", "each": "outage"},
    }
}
"""A day of the charge, a thirtieth, for each begun hour of each outage."""
Pair = tuple[str, str]
Member = tuple[CircuitFacts, Evidence]


def terms(objectives: Mapping[str, Any] = PER_OUTAGE, **changes: object) -> Contract:
    """A contract with every required key, also that of several credits."""
    given = base_terms() | {"combine": "sum", "objectives": objectives} | changes
    return Contract.model_validate({key: value for key, value in given.items() if value is not None})


def clocked(start: object = "measured", end: object = "restored", **changes: object) -> dict[str, Any]:
    """The keys of an outage with such a clock."""
    return outage(clock={"start": start, "end": end}, **changes)


def circuit(
    name: str = "x-1",
    charge: str | None = "3000.00 USD",
    *,
    site: str = "",
    first: date | None = None,
    last: date | None = None,
    zone: str = "UTC",
) -> CircuitFacts:
    held: Dated[Money] = Dated() if charge is None else Dated.always(Money.parse(charge))
    return CircuitFacts(name, zone, first_day=first, last_day=last, monthly_charge=held, site=site)


def known(
    *down: Pair,
    tickets: Sequence[Ticket] = (),
    excuses: Sequence[Excuse] = (),
    earlier: Sequence[EarlierPeriod] = (),
    cause: str = "",
) -> Evidence:
    """A history that names when it was down, and why; all other time is up."""
    tags = frozenset({f"cause:{cause}"}) if cause else frozenset[str]()
    stretches = (Stretch(ms(start), ms(end), Status.DOWN, tags) for start, end in down)
    return Evidence(
        intervals=Timeline.of(stretches),
        tickets=tuple(tickets),
        excuses=tuple(excuses),
        earlier=tuple(earlier),
    )


def ticket(name: str, opened: str, closed: str | None = None, *, late_ms: int = 0) -> Ticket:
    """`late_ms` is added to when it was opened."""
    return Ticket(name, ms(opened) + late_ms, ms(closed) if closed else None)


def excuse(start: str, end: str, **changes: Any) -> Excuse:  # noqa: ANN401 - fields of a note
    """What the customer did."""
    return Excuse(ms(start), ms(end), "customer", **changes)


def made(
    agreed: Contract,
    members: Iterable[Member],
    period: str = "2026-04",
    now: str | int | None = LATE,
) -> list[Statement]:
    """The statements; `now` is None, milliseconds or `05-01T00:00`."""
    now_ms = ms(now) if isinstance(now, str) else now
    found = [(facts, evidence) for facts, evidence in members]
    return statements_of(agreed, "gold", found, period, now_ms=now_ms, engine="1.0.0", config="sha256:00")


def told(
    agreed: Contract,
    evidence: Evidence,
    period: str = "2026-04",
    now: str | int | None = LATE,
    facts: CircuitFacts | None = None,
) -> dict[str, Any]:
    """The statement of one circuit of 3000 USD a month, as JSON."""
    (one,) = made(agreed, [(facts or circuit(), evidence)], period, now)
    return one.as_json()


def codes(statement: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """What blocks the claim: code and outage."""
    return [(one["code"], one["outage"]) for one in statement["credit"]["blocked_by"]]


def figures(statement: Mapping[str, Any]) -> list[tuple[str | None, str]]:
    """What was measured of each objective, and its verdict."""
    return [(one["measured"], one["verdict"]) for one in statement["objectives"]]
