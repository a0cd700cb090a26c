"""Which contract judges a configured circuit in a period, and what it needs to know of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from collector.sla.calendar import Period, day_start_ms, local_day, rfc3339
from collector.sla.evaluate import period_of
from collector.sla.rules import CircuitFacts, Judges
from collector.targets import up_rule
from config.dated import Dated
from config.settings import FACTS, Circuit, Settings, Standing

FIXED = ("carrier", "contract", "bandwidth")
"""Facts that hold for a whole period as they stood at its start."""
JUDGING = ("up_when", "judged_by")
"""Facts that change at their date."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A contract, the period that it cuts, and the days of it on which it can hold for a circuit."""

    contract: str
    period: Period
    first: date
    last: date | None
    """None: as long as the circuit is in service."""


def agreed(settings: Settings, name: str, text: str, now_ms: int) -> Agreed | None:
    """The contract as it stood at the period's start (else the first in it), and the period; None without.

    A period is cut as its own contract says, which today's may not do: the contract that the first
    cut leads to cuts it again. Raises ValueError for a period that can't be read.
    """
    circuit = settings.circuits[name]
    zone = settings.sites[circuit.site].timezone
    cutter = circuit.contract.at(local_day(now_ms, zone)) or next(iter(circuit.contract.values), None)
    if cutter is None:
        return None
    for _ in range(3):
        period = period_of(settings.contracts[cutter], CircuitFacts(id=name, timezone=zone), text, now_ms)
        found = _under(circuit, period)
        if found is None or found.contract == cutter:
            break
        cutter = found.contract
    return found


def held_by(circuit: Circuit, contract: str, period: Period) -> Agreed:
    """The same for a contract that needn't be the circuit's: the days on which it is in service."""
    return Agreed(contract, period, _first_day(circuit, period), None)


def facts_of(settings: Settings, name: str, agreed: Agreed) -> CircuitFacts:
    """What a contract needs to know of a configured circuit."""
    circuit = settings.circuits[name]
    standing, site = circuit.on(agreed.first), settings.sites[circuit.site]
    return CircuitFacts(
        id=name,
        timezone=site.timezone,
        up_when=up_rule(standing),
        judged_by=standing.judges(),
        later_judges=tuple(_later(circuit, agreed, site.timezone)),
        first_day=agreed.first,
        last_day=min(filter(None, (circuit.active.until, agreed.last)), default=None),
        monthly_charge=circuit.monthly_charge,
        access_charge=circuit.access_charge,
        port_charge=circuit.port_charge,
        one_time_charge=circuit.one_time_charge,
        due=circuit.due,
        delivered=circuit.delivered,
        site=circuit.site,
        carrier_id=circuit.carrier_id or "",
        account=settings.carriers[standing.carrier].account or "",
        bandwidth=standing.bandwidth,
    )


def judging_ever(circuit: Circuit) -> frozenset[str]:
    """The probes that answer any question on any day: what is read of a circuit."""
    days = [date.min, *circuit.up_when.days, *circuit.judged_by.days]
    return frozenset[str]().union(*(circuit.on(day).judging() for day in days))


def carriers_of(circuit: Circuit, site_zone: str) -> Iterator[tuple[int, str]]:
    """Whose a circuit is: from when in UTC milliseconds, and the carrier, in order."""
    for start, carrier in circuit.carrier.entries:
        if carrier is not None:
            yield 0 if start is None else day_start_ms(start, site_zone), carrier


def changes(circuit: Circuit, agreed: Agreed, site_zone: str) -> Iterator[str]:
    """What changes inside a period, in a sentence each.

    A statement's days are those of its contract's zone; what is measured changes with the site's.
    """
    period, last = agreed.period, agreed.last or local_day(agreed.period.end_ms - 1, agreed.period.zone)
    for name in FACTS:
        fact: Dated[object] = getattr(circuit, name)
        for day in sorted(fact.days):
            at_ms = day_start_ms(day, site_zone)
            told = f"{name} changes on {day.isoformat()}"
            if agreed.first < day <= last:
                yield f"{told}, inside this period: {_how(name, at_ms)}"
            elif (
                name not in JUDGING
                and period.start_ms < at_ms < period.end_ms
                and at_ms != day_start_ms(day, period.zone)
            ):
                yield (
                    f"{told}, which begins at {rfc3339(at_ms)} at the site, "
                    f"inside this period: it is judged by the days of {period.zone}"
                )


def _how(name: str, at_ms: int) -> str:
    if name in FIXED:
        return "all of it is judged by what stood at its start"
    if name in JUDGING:
        return f"what is measured from {rfc3339(at_ms)} on is judged by the new one"
    return "the charge of the period is the sum of both by days"


def _later(circuit: Circuit, agreed: Agreed, site_zone: str) -> Iterator[Judges]:
    for day in sorted(circuit.up_when.days | circuit.judged_by.days):
        if day > agreed.first:
            standing: Standing = circuit.on(day)
            yield Judges(day_start_ms(day, site_zone), up_rule(standing), standing.judges())


def _first_day(circuit: Circuit, period: Period) -> date:
    """The first day of a period on which the circuit is in service."""
    day = local_day(period.start_ms, period.zone)
    return max(day, circuit.active.start) if circuit.active.start else day


def _under(circuit: Circuit, period: Period) -> Agreed | None:
    """The first contract of the circuit in a period, until its last one there ends; None without one."""
    first, last = _first_day(circuit, period), local_day(period.end_ms - 1, period.zone)
    days = [first, *(day for day in sorted(circuit.contract.days) if first < day <= last)]
    having = [day for day in days if circuit.contract.at(day)]
    if not having:
        return None
    ended = next((day for day in days if day > having[-1]), None)
    found = circuit.contract.at(having[0]) or ""
    return Agreed(found, period, having[0], ended - timedelta(days=1) if ended else None)
