"""What a circuit's figures may reach: its commit, its line rate, its contract's round-trip time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from config.objectives import RttObjective
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level of one metric, in its unit, and what people call it."""

    metric: str
    value: float
    name: str


def thresholds(settings: Settings, circuit: str, day: date) -> list[Threshold]:
    """Those of a circuit on a day, lowest first within a metric; utilisation is a ratio of the line rate."""
    return [*_of_line(settings, circuit, day), *_of_contract(settings, circuit, day)]


def _of_line(settings: Settings, circuit: str, day: date) -> Iterator[Threshold]:
    """The commit as a share of what was bought, and the whole of it; of a circuit whose device is asked."""
    one = settings.circuits[circuit]
    if not any(probe.kind == "snmp" for probe in one.probes.values()):
        return
    bought = one.bandwidth.at(day)
    rates = [rate.bits_per_second for rate in (bought.down, bought.up) if rate] if bought else []
    if bought and bought.commit and rates and bought.commit.bits_per_second < max(rates):
        share = Fraction(bought.commit.bits_per_second, max(rates))
        yield Threshold("utilisation", float(share), "commit")
    yield Threshold("utilisation", 1.0, "line rate")


def _of_contract(settings: Settings, circuit: str, day: date) -> Iterator[Threshold]:
    """The contract's mean or percentile of the round-trip time, where it is one that a day has too."""
    contract = settings.circuits[circuit].contract.at(day)
    terms = settings.contracts[contract].terms_on(day) if contract else None
    promised = terms.objectives.by_name() if terms and terms.objectives else {}
    for name, one in promised.items():
        if isinstance(one, RttObjective) and one.stat == "mean" and one.target is not None:
            called = "contract" if name == "rtt" else f"contract ({name})"
            yield Threshold("rtt", float(one.target.value / 1000), called)
