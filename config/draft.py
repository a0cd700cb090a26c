"""A configuration half read: each section's entries as models, or None where one was refused.

The checks need the whole picture in spite of a mistake in one entry, so that a person gets every
problem at once; the finished Settings are made only when there was none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel

from config.analysis import AnalysisSettings
from config.contract import Contract
from config.errors import Path, Place
from config.kpis import Kpi
from config.maintenance import MaintenanceWindow
from config.model import Model
from config.outputs import OutputSettings
from config.reader import Entry
from config.reports import ReportSettings
from config.scorecard import ScorecardSettings
from config.settings import (
    Carrier,
    Circuit,
    DemoSettings,
    LedgerSettings,
    ProbeSettings,
    Reference,
    Settings,
    Site,
    TrapSettings,
    WebSettings,
)
from config.tree import Map, Seq
from probes.snmp.credentials import Credentials

M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Part(Generic[M]):
    """One entry of a section, and the model that it makes; None when it was refused."""

    entry: Entry
    model: M | None

    def word(self, key: str) -> str | None:
        """The text under a key, whether or not the entry as a whole is good."""
        return _text(self.entry.map.get(key))

    def words(self, key: str) -> Iterator[tuple[str, Place, Path]]:
        """The texts that a fact is over time, each with its place and path."""
        for value, place, path in self.values(key):
            if (word := _text(value)) is not None:
                yield word, place, path

    def values(self, key: str) -> Iterator[tuple[object, Place, Path]]:
        """The values of a fact over time, each with its place and path."""
        value = self.entry.map.get(key)
        if not isinstance(value, Seq):
            yield value, *self.entry.at(key)
            return
        for number, step in enumerate(value):
            if isinstance(step, Map):
                yield step.get("value"), step.value_place("value"), (*self.entry.path, key, number, "value")


def _text(value: object) -> str | None:
    return None if value is None or isinstance(value, bool | dict | list) else str(value)


@dataclass(slots=True)
class CircuitPart(Part[Circuit]):
    """A circuit, and those of its probes that are good."""

    probes: Mapping[str, ProbeSettings] = field(default_factory=dict)


@dataclass(slots=True)
class SitePart(Part[Site]):
    """A site and its references; `references` is None where the file says `none`."""

    references: list[Part[Reference]] | None = None


@dataclass(slots=True)
class Draft:
    """Everything that was read."""

    root: Entry
    carriers: dict[str, Part[Carrier]]
    contracts: dict[str, Part[Contract]]
    circuits: dict[str, CircuitPart]
    sites: dict[str, SitePart]
    outputs: dict[str, dict[str, Part[Model]]]
    """By kind and name."""
    reports: dict[str, Part[ReportSettings]]
    ledger: Part[LedgerSettings]
    web: Part[WebSettings]
    credentials: dict[str, Part[Credentials]]
    traps: Part[TrapSettings]
    demo: Part[DemoSettings]
    maintenance: list[Part[MaintenanceWindow]]
    kpis: dict[str, Part[Kpi]]
    scorecard: Part[ScorecardSettings]
    analysis: Part[AnalysisSettings]

    def settings(self, site: str, host: str) -> Settings:
        """The frozen whole, made when nothing was refused."""
        return Settings(
            site=site,
            host=host,
            ledger=self.ledger.model or LedgerSettings(),
            web=self.web.model or WebSettings(),
            outputs=OutputSettings(**{kind: _models(parts) for kind, parts in self.outputs.items()}),
            reports=_models(self.reports),
            sites=_models(self.sites),
            carriers=_models(self.carriers),
            circuits=_models(self.circuits),
            contracts=_models(self.contracts),
            maintenance=tuple(part.model for part in self.maintenance if part.model is not None),
            credentials=_models(self.credentials),
            traps=self.traps.model,
            demo=self.demo.model,
            kpis=_models(self.kpis),
            scorecard=self.scorecard.model or ScorecardSettings(),
            analysis=self.analysis.model or AnalysisSettings(),
        )


def _models(parts: Mapping[str, Part[M]]) -> dict[str, M]:
    return {name: part.model for name, part in parts.items() if part.model is not None}


def by_site(circuits: Mapping[str, CircuitPart]) -> dict[str, dict[str, CircuitPart]]:
    """The circuits of each site, by id."""
    found = dict[str, dict[str, CircuitPart]]()
    for name, circuit in circuits.items():
        found.setdefault(circuit.word("site") or "", {})[name] = circuit
    return found
