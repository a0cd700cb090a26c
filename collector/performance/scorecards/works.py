"""Announced work, circuit by circuit, and whether it was announced as early as the contract wants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from collector.agreed import carriers_of
from collector.clerk import Desk
from collector.notebook.book import Notebook, concerns
from collector.sla.business import BusinessDays
from collector.sla.calendar import local_day
from collector.sla.deadlines import later_ms
from collector.sla.evidence import MAINTENANCE
from collector.sla.rounding import in_words
from collector.sla.rules import Rules
from config.outage import Exclusion
from config.settings import Settings

_SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True)
class Work:
    """Planned work on one circuit; an emergency owes no notice and is none."""

    circuit: str
    carrier: str
    start_ms: int
    end_ms: int
    announced_ms: int | None
    reason: str
    owed: str
    """The notice that the contract wants, in words: `5 business days`; empty: none."""
    kept: bool | None
    """Whether it was; None where none is owed."""


def works(desk: Desk, carrier: str | None = None) -> list[Work]:
    """All work that stands in the notes and the configuration, by begin and circuit; raises LedgerError."""
    notebook, notices = Notebook(desk.reader.notes("maintenance")), _Notices(desk.settings)
    found = []
    for name, circuit in desk.settings.circuits.items():
        zone = desk.settings.sites[circuit.site].timezone
        for start_ms, end_ms, announced_ms, reason in _announced(desk.settings, notebook, name):
            day = local_day(start_ms, zone)
            whose = circuit.carrier.at(day) or ""
            if carrier in {None, whose}:
                owed, kept = notices.judged(name, day, start_ms, announced_ms)
                found.append(Work(name, whose, start_ms, end_ms, announced_ms, reason, owed, kept))
    return sorted(found, key=lambda one: (one.start_ms, one.circuit))


def _announced(
    settings: Settings, notebook: Notebook, name: str
) -> Iterator[tuple[int, int, int | None, str]]:
    circuit = settings.circuits[name]
    zone = settings.sites[circuit.site].timezone
    carriers = tuple(carriers_of(circuit, zone))
    for _, body in notebook.maintenance:
        if body.kind == _SCHEDULED and concerns(body, name, circuit.site, carriers):
            yield body.start_ms, body.end_ms, body.announced, body.reason or ""
    for one in settings.maintenance:
        if one.exclude_key == MAINTENANCE and one.concerns(name, circuit):
            yield *one.span_ms(zone), one.announced_ms(zone), one.reason or ""


class _Notices:
    """The notice that each contract wants, looked up once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[tuple[str, str, date], tuple[str, BusinessDays] | None] = {}

    def judged(
        self, name: str, day: date, start_ms: int, announced_ms: int | None
    ) -> tuple[str, bool | None]:
        circuit = self._settings.circuits[name]
        contract = circuit.contract.at(day)
        wanted = self._wanted(contract, self._settings.sites[circuit.site].timezone, day)
        if wanted is None:
            return "", None
        notice, business = wanted
        kept = announced_ms is not None and later_ms(announced_ms, notice, business) <= start_ms
        return in_words(notice), kept

    def _wanted(self, contract: str | None, zone: str, day: date) -> tuple[str, BusinessDays] | None:
        if contract is None or contract not in self._settings.contracts:
            return None
        key = (contract, zone, day)
        if key not in self._known:
            rules = Rules.of(self._settings.contracts[contract].terms_on(day), zone)
            exclude = rules.terms.exclude
            how = (exclude.__pydantic_extra__ or {}).get(MAINTENANCE) if exclude else None
            notice = how.notice if isinstance(how, Exclusion) else None
            self._known[key] = None if notice is None else (str(notice), rules.business)
        return self._known[key]
