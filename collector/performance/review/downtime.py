"""What was down in a period and in the one before it, carrier by carrier, as the probes saw it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from collector.clerk import Desk
from collector.ledger.model import Outage
from collector.periods import ReportPeriod


@dataclass(frozen=True, slots=True)
class Downtime:
    """A carrier's outages that touch the time; of each only what lies in it counts."""

    carrier: str
    circuits: int
    """How many were down."""
    outages: int
    down_ms: int
    worst: str
    """The circuit that was down the longest; empty: none was."""
    worst_ms: int
    before_outages: int
    """In the period before, of the same length."""
    before_ms: int


def downtimes(desk: Desk, period: ReportPeriod, before: ReportPeriod) -> list[Downtime]:
    """One for each carrier that was down in either, the longest first; raises LedgerError."""
    end_ms = min(period.end_ms, desk.now.wall_ms)
    now = _by_carrier(desk, period.start_ms, end_ms)
    then = _by_carrier(desk, before.start_ms, before.end_ms)
    found = [
        _of(carrier, now.get(carrier, ()), then.get(carrier, ()), period.start_ms, end_ms, before)
        for carrier in {**now, **then}
    ]
    return sorted(found, key=lambda one: (-one.down_ms, one.carrier))


def still_down(desk: Desk, at_ms: int) -> tuple[str, ...]:
    """The circuits that are down at a moment, by name; raises LedgerError."""
    found = desk.reader.outages(from_ms=at_ms - 1, to_ms=at_ms)
    return tuple(sorted({one.circuit for one in found if one.end_ms is None or one.end_ms > at_ms}))


def lasting_ms(one: Outage, from_ms: int, to_ms: int) -> int:
    """How much of an outage lies in [from, to)."""
    end_ms = to_ms if one.end_ms is None else min(one.end_ms, to_ms)
    return max(0, end_ms - max(one.start_ms, from_ms))


def _by_carrier(desk: Desk, from_ms: int, to_ms: int) -> dict[str, list[Outage]]:
    found: dict[str, list[Outage]] = {}
    for one in desk.reader.outages(from_ms=from_ms, to_ms=to_ms) if from_ms < to_ms else ():
        if lasting_ms(one, from_ms, to_ms):
            found.setdefault(one.carrier, []).append(one)
    return found


def _of(
    carrier: str,
    now: Sequence[Outage],
    then: Sequence[Outage],
    from_ms: int,
    to_ms: int,
    before: ReportPeriod,
) -> Downtime:
    by_circuit: Counter[str] = Counter()
    for one in now:
        by_circuit[one.circuit] += lasting_ms(one, from_ms, to_ms)
    worst, worst_ms = min(by_circuit.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
    return Downtime(
        carrier=carrier,
        circuits=len(by_circuit),
        outages=len(now),
        down_ms=sum(by_circuit.values()),
        worst=worst,
        worst_ms=worst_ms,
        before_outages=len(then),
        before_ms=sum(lasting_ms(one, before.start_ms, before.end_ms) for one in then),
    )
