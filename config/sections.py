"""Reads each section of a configuration's map into a draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel

from config.analysis import AnalysisSettings
from config.defaults import Defaults
from config.draft import CircuitPart, Draft, Part, SitePart, by_site
from config.entries import (
    REFERENCE_DEFAULTS,
    REFUSED,
    ProbeReader,
    read_probes,
    read_reference,
    reference_entries,
)
from config.errors import A_MAP, Place
from config.fields import slug
from config.kinds import read_contract
from config.kits import Kits
from config.kpis import Kpi
from config.maintenance import MaintenanceWindow
from config.model import Model
from config.outputs import KINDS
from config.reader import Entry, Reader, known_keys, unknown_key
from config.reports import ReportSettings
from config.scorecard import ScorecardSettings
from config.settings import (
    Carrier,
    Circuit,
    DemoSettings,
    LedgerSettings,
    Reference,
    Settings,
    Site,
    TrapSettings,
    WebSettings,
)
from config.tree import Map, Seq, place_of
from probes.model import ProbeOptions
from probes.snmp.credentials import Credentials

M = TypeVar("M", bound=BaseModel)

TOP_KEYS = (*(key for key in known_keys(Settings) if key not in ("host", "digest")), "defaults", "kits")


def read_sections(root: Map, file: str, reader: Reader) -> Draft:
    """The draft of a whole configuration; problems are reported on the way."""
    return _Sections(Entry(root, (), Place(file, 1, 1)), reader).draft()


class _Sections:
    def __init__(self, root: Entry, reader: Reader) -> None:
        self._root = root
        self._reader = reader
        self._problems = reader.problems
        self._defaults = Defaults(root, reader)
        self._kits = Kits(root, reader, self._defaults.of("circuits"))
        self._credentials = {
            name: self._part(Credentials, entry) for name, entry in self._entries("credentials")
        }
        self._known = {name: part.model for name, part in self._credentials.items()}
        self._probes = ProbeReader(reader, self._defaults.of("probes"), self._known)

    def draft(self) -> Draft:
        self._check_top()
        self._defaults.check(self._kits.words)
        outputs = self._outputs()
        circuits = {name: self._circuit(entry) for name, entry in self._entries("circuits")}
        at = by_site(circuits)
        return Draft(
            root=self._root,
            carriers={name: self._part(Carrier, entry) for name, entry in self._entries("carriers")},
            contracts={
                name: read_contract(self._reader, entry) for name, entry in self._entries("contracts")
            },
            circuits=circuits,
            sites={name: self._site(entry, at.get(name, {})) for name, entry in self._entries("sites")},
            outputs=outputs,
            reports={name: self._part(ReportSettings, entry) for name, entry in self._entries("reports")},
            ledger=self._section("ledger", LedgerSettings),
            web=self._section("web", WebSettings),
            credentials=self._credentials,
            traps=self._section("traps", TrapSettings),
            demo=self._section("demo", DemoSettings),
            maintenance=list(self._maintenance()),
            kpis={name: self._part(Kpi, entry) for name, entry in self._entries("kpis")},
            scorecard=self._section("scorecard", ScorecardSettings),
            analysis=self._section("analysis", AnalysisSettings),
        )

    def _check_top(self) -> None:
        for key in self._root.map:
            if key not in TOP_KEYS:
                self._problems.error(*self._root.at_key(key), unknown_key(key, [*TOP_KEYS, "include"]))

    def _section(self, key: str, model: type[M]) -> Part[M]:
        entry = self._reader.map_at(self._root, key)
        if entry is None:
            return Part(Entry(Map(self._root.map.begin), (key,), self._root.place), None)
        return Part(entry, self._reader.model(model, entry))

    def _entries(self, section: str) -> Iterator[tuple[str, Entry]]:
        """The entries of a section of named things, with their defaults."""
        holder = self._reader.map_at(self._root, section)
        if holder is not None:
            for name, entry in self._named(holder):
                yield name, self._defaults.under(section, entry)

    def _named(self, holder: Entry) -> Iterator[tuple[str, Entry]]:
        for name, value in holder.map.items():
            path, place = (*holder.path, name), holder.map.key_place(name)
            try:
                slug(name)
            except ValueError as error:
                self._problems.error(place, path, str(error))
            if value is None:
                yield name, Entry(Map(holder.map.spots[name].value), path, place)
            elif isinstance(value, Map):
                yield name, Entry(value, path, place)
            else:
                self._problems.error(holder.map.value_place(name), path, A_MAP)

    def _part(self, model: type[M], entry: Entry) -> Part[M]:
        return Part(entry, self._reader.model(model, entry))

    def _circuit(self, entry: Entry) -> CircuitPart:
        entry = self._kits.expand(entry)
        holder = self._reader.map_at(entry, "probes")
        probes = read_probes(self._probes, holder) if holder else {}
        if not entry.map.get("probes") and not entry.map.get("kit"):
            text = "'probes' is required: what measures it, such as {pe: {icmp: 192.0.2.1}}, or a kit"
            self._problems.error(entry.place, (*entry.path, "probes"), text)
        ready: dict[str, object] = {"probes": probes or {REFUSED.name: REFUSED}}
        model = self._reader.model(Circuit, entry.without("probes"), ready)
        return CircuitPart(entry, model, probes)

    def _site(self, entry: Entry, circuits: Mapping[str, CircuitPart]) -> SitePart:
        entries = reference_entries(entry, self._defaults.of("references"), self._problems)
        every = min(
            (probe.options.every for circuit in circuits.values() for probe in circuit.probes.values()),
            default=ProbeOptions().every,
        )
        built_in = {"every": every, **REFERENCE_DEFAULTS}
        probes = ProbeReader(self._reader, self._defaults.of("references"), self._known, built_in)
        parts = [Part(one, read_reference(probes, self._reader, one)) for one in entries or ()]
        for part in parts:
            part.model = part.model and _owned(part.model, circuits)
        good = None if entries is None else tuple(part.model for part in parts if part.model)
        model = self._reader.model(Site, entry.without("reference"), {"reference": good})
        return SitePart(entry, model, None if entries is None else parts)

    def _outputs(self) -> dict[str, dict[str, Part[Model]]]:
        """The entries of each kind of output."""
        holder = self._reader.map_at(self._root, "outputs")
        if holder is None:
            return {}
        for key in holder.map.keys() - set(KINDS):
            self._problems.error(*holder.at_key(key), unknown_key(key, KINDS))
        found = {kind: self._reader.map_at(holder, kind) for kind in KINDS}
        return {
            kind: {name: self._part(KINDS[kind], entry) for name, entry in self._named(entries)}
            for kind, entries in found.items()
            if entries
        }

    def _maintenance(self) -> Iterator[Part[MaintenanceWindow]]:
        windows = self._root.map.get("maintenance")
        if windows is None:
            return
        if not isinstance(windows, Seq):
            text = "must be a list of planned windows, such as [{from: TIME, to: TIME}]"
            self._problems.error(*self._root.at("maintenance"), text)
            return
        for number, (one, spot) in enumerate(zip(windows, windows.spots, strict=True)):
            place, path = place_of(spot.value), ("maintenance", number)
            if isinstance(one, Map):
                yield self._part(MaintenanceWindow, Entry(one, path, place))
            else:
                self._problems.error(place, path, A_MAP)


def _owned(reference: Reference, circuits: Mapping[str, CircuitPart]) -> Reference:
    """The same with its carrier filled in, where it speaks for the circuits of one alone."""
    covered = [circuits[name] for name in reference.covers or circuits if name in circuits]
    carriers = {word for circuit in covered for word, _, _ in circuit.words("carrier")}
    if reference.owner == "ours" or reference.carrier is not None or len(carriers) != 1:
        return reference
    return reference.model_copy(update={"carrier": carriers.pop()})
