"""Both sides of April 2026 in a few words: `03T10:00` is a time of it in UTC, lengths are minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from collector.circuits import Status
from collector.disputes.dispute import Dispute, dispute
from collector.disputes.matching import Stated
from collector.sla.calendar import ms_of, parse_period
from collector.sla.evaluate import statements_of
from collector.sla.evidence import Evidence, Excuse, Ticket
from collector.sla.rules import CircuitFacts
from collector.sla.statement import CountedOutage
from collector.sla.timeline import Stretch, Timeline
from collector.statements import Cause, Decided
from config.contract import Contract
from config.dated import Dated
from config.fields import Money
from tests.collector.sla.build import contract, outage

MINUTE = 60_000
NOW_MS = ms_of(datetime.fromisoformat("2026-06-20T00:00:00+00:00"))
CIRCUIT = "x-1"
FACTS = CircuitFacts(CIRCUIT, "UTC", monthly_charge=Dated.always(Money(Decimal("3000.00"), "USD")))
A_MINUTE_A_DOLLAR = {"per": "1m", "gives": "1.00 USD", "partial": "fraction", "each": "outage"}
PERIOD = parse_period("2026-04", "UTC", NOW_MS)


def at(text: str) -> int:
    """A time of April as UTC milliseconds; `05-01T10:00` is one of another month."""
    month = "" if text.count("-") else "04-"
    return ms_of(datetime.fromisoformat(f"2026-{month}{text}+00:00"))


def theirs(
    begin: str,
    minutes: float,
    *off: tuple[float, str],
    circuit: str = CIRCUIT,
    **more: Any,  # noqa: ANN401 - fields of any kind
) -> Stated:
    """An outage as the carrier gives it."""
    held = tuple((Fraction(length) * MINUTE, why) for length, why in off)
    end_ms = at(begin) + round(minutes * MINUTE)
    return Stated(1, frozenset({circuit}), at(begin), end_ms, held, **more)


def counted(begin: str, minutes: float, **more: Any) -> CountedOutage:  # noqa: ANN401 - fields of any kind
    """An outage of ours that counts in full."""
    ms = round(minutes * MINUTE)
    fields: dict[str, Any] = {
        "down_ms": ms, "excluded_ms": 0, "counted_ms": Fraction(ms), "contractual_ms": ms,
        "lost_to_late_ticket_ms": Fraction(0), "cause": "", "tickets": (),
    }  # fmt: skip
    return CountedOutage(start_ms=at(begin), end_ms=at(begin) + ms, **fields | more)


def terms(credit: Mapping[str, Any] = A_MINUTE_A_DOLLAR, **changes: Any) -> Contract:  # noqa: ANN401 - keys
    """A promise of no downtime at all that pays a dollar a minute; `changes` replace keys whole."""
    promised = {"availability": {"target": ">= 100%", "credit": dict(credit)}}
    return contract(**{"objectives": promised, "outage": outage()} | changes)


def known(
    *down: tuple[str, float], tickets: Sequence[Ticket] = (), excuses: Sequence[Excuse] = ()
) -> Evidence:
    """A circuit that was down then, and up else."""
    stretches = (
        Stretch(at(begin), at(begin) + round(length * MINUTE), Status.DOWN) for begin, length in down
    )
    return Evidence(intervals=Timeline.of(stretches), tickets=tuple(tickets), excuses=tuple(excuses))


def decided(contract: Contract, *evidence: Evidence) -> Decided:
    """The statement of circuits x-1, x-2, ... that the contract judges as one, or of one alone."""
    members = [(replace(FACTS, id=f"x-{number}"), one) for number, one in enumerate(evidence, 1)]
    (made,) = statements_of(
        contract, "gold", members, "2026-04", now_ms=NOW_MS, engine="1", config="sha256:0"
    )
    return Decided(Cause(made.circuit, "gold", PERIOD, ()), contract, made, tuple(members), PERIOD.end_ms, ())


def between(
    contract: Contract,
    evidence: Evidence | Sequence[Evidence],
    stated: Sequence[Stated],
    figures: Mapping[str, Decimal] | None = None,
) -> Dispute:
    """Both sides of April."""
    those = [evidence] if isinstance(evidence, Evidence) else evidence
    return dispute(decided(contract, *those), stated, figures or {}, NOW_MS)
