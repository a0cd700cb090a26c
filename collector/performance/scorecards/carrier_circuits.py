"""A carrier's circuits over a period, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.analysis.months import Month, joined
from collector.analysis.weighting import by_carrier


@dataclass(frozen=True, slots=True)
class CircuitOver:
    """What a circuit was like."""

    circuit: str
    site: str
    service: str
    availability: float | None
    """A ratio, of the time that is known; None: nothing is."""
    down_seconds: float
    outages: int
    repeats: int
    repair_seconds: float | None
    """The mean; None without an outage."""
    breached_months: int


def worst_circuits(months: Iterable[Month], carrier: str) -> list[CircuitOver]:
    """All of a carrier's, by how long they were down, then by their names."""
    held = by_carrier([one for one in months if one.carrier == carrier]).get(carrier, {})
    found = [_over(name, some) for name, some in held.items()]
    return sorted(found, key=lambda one: (-one.down_seconds, one.circuit))


def _over(name: str, months: Sequence[Month]) -> CircuitOver:
    outages = joined(each for one in months for each in one.outages)
    known, down = sum(one.known_seconds for one in months), sum(one.down_seconds for one in months)
    return CircuitOver(
        circuit=name,
        site=months[0].site,
        service=months[0].service,
        availability=(known - down) / known if known else None,
        down_seconds=down,
        outages=len(outages),
        repeats=sum(one.repeats for one in months),
        repair_seconds=sum(one.seconds for one in outages) / len(outages) if outages else None,
        breached_months=sum(one.breached for one in months),
    )
