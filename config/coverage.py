"""Days in service on which no contract holds: they are measured, not judged. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from config.contract import Contract
from config.settings import Circuit

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """The days from `first` to `last`, both inside (None: for good), and the contract that begins later."""

    first: date
    last: date | None
    waits_for: str | None

    def __str__(self) -> str:
        """A sentence for `check`."""
        until = f"to {self.last}" if self.last else "on"
        why = f": {self.waits_for!r} begins later" if self.waits_for else ""
        return f"from {self.first} {until} it has no contract{why}: these days are measured, not judged"


def first_days(contracts: Mapping[str, Contract]) -> dict[str, date | None]:
    """The first day of each contract's first version."""
    return {name: contract.each_version()[0].effective for name, contract in contracts.items()}


def uncovered(circuit: Circuit, begins: Mapping[str, date | None]) -> list[Uncovered]:
    """The days in service without a contract, in order; `begins` are the contracts' first days.

    Where nobody says since when a circuit is in service, the days before its first contract aren't asked
    about. A contract of an unknown name holds.
    """
    first = circuit.active.start or _first_contract(circuit, begins)
    if first is None or not circuit.contract.values:
        return []
    edges = {first, *circuit.contract.days, *(day for day in begins.values() if day is not None)}
    last = circuit.active.until
    days = sorted(day for day in edges if day >= first and (last is None or day <= last))
    found = [(day, *_standing(circuit, day, begins)) for day in days]
    runs = [(key, list(run)) for key, run in groupby(found, key=lambda one: one[1:])]
    ends = [run[0][0] - _ONE_DAY for _, run in runs[1:]]
    return [
        Uncovered(run[0][0], end, waits_for)
        for (key, run), end in zip(runs, [*ends, last], strict=True)
        for covered, waits_for in [key]
        if not covered
    ]


def _standing(circuit: Circuit, day: date, begins: Mapping[str, date | None]) -> tuple[bool, str | None]:
    """Whether a contract holds on a day, and the one that stands but hasn't begun."""
    name = circuit.contract.at(day)
    if name is None:
        return False, None
    begin = begins.get(name)
    return (True, None) if begin is None or begin <= day else (False, name)


def _first_contract(circuit: Circuit, begins: Mapping[str, date | None]) -> date | None:
    days = list(_contract_days(circuit, begins))
    return min(days, default=None)


def _contract_days(circuit: Circuit, begins: Mapping[str, date | None]) -> Iterator[date]:
    for start, name in circuit.contract.entries:
        begin = begins.get(name or "")
        if name is not None and (start or begin) is not None:
            yield max(day for day in (start, begin) if day is not None)
