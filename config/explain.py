"""Where each effective value of a circuit comes from: its entry or row, a kit, `defaults`, or built in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeGuard

from config.draft import Draft
from config.entries import named_keys
from config.errors import dotted
from config.names import METRICS
from config.settings import AtLeast, Circuit, ProbeSettings
from config.table import Cell
from config.traffic import Traffic, monthly
from config.tree import Filled, Map, Mark, Seq, Spot, place_of

Keys = tuple[str, ...]


class Layer(StrEnum):
    """What a value comes from; each wins over those below it."""

    ENTRY = "entry"
    ROW = "row"
    KIT = "kit"
    DEFAULTS = "defaults"
    BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class Said:
    """One effective value; `places` are `file:line`: none of what is built in, two where a kit has a word."""

    key: str
    value: str
    layer: Layer
    places: Sequence[str]


@dataclass(frozen=True, slots=True)
class Judges:
    """Who answers which question from a day on (empty: from the beginning)."""

    since: str
    up_when: str
    judged_by: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that a configuration says of one circuit; `traffic` is each probe's in thirty days."""

    circuit: str
    values: Sequence[Said]
    judges: Sequence[Judges]
    traffic: Mapping[str, Traffic]


def explain(draft: Draft, circuit: Circuit, name: str) -> Explanation:
    """What became of the circuit `name`, which is known and good."""
    return Explanation(
        circuit=name,
        values=list(_Sources(draft, name).values(circuit)),
        judges=list(_judges(circuit)),
        traffic={one.name: monthly(one) for one in circuit.probes.values()},
    )


class _Sources:
    """Tells a value's layer by its place: what a kit or `defaults` gave still stands there."""

    def __init__(self, draft: Draft, name: str) -> None:
        root = draft.root.map
        self._entry = draft.circuits[name].entry.map
        self._of_probes: Map | None = (root.get("defaults") or {}).get("probes")
        self._defaults, self._kits = _marks(root.get("defaults")), _marks(root.get("kits"))

    def values(self, circuit: Circuit) -> Iterator[Said]:
        """The circuit's own keys, then probe by probe."""
        own = circuit.model_dump(mode="json", by_alias=True, exclude={"probes"})
        for key, value in ({"kit": list(circuit.kit)} | own).items():
            yield from self._below((key,), value, self._entry, key)
        for name, probe in circuit.probes.items():
            entry: Map = self._entry["probes"][name]
            whole = entry.over(self._of_probes) if self._of_probes else entry
            for key, value in _keys_of(probe, whole).items():
                yield from self._below(("probes", name, key), value, whole, key)

    def _below(self, path: Keys, value: object, holder: object, key: str) -> Iterator[Said]:
        """`value`, or what is in it; in the file it stands under `key` of `holder`, if there at all."""
        spot = holder.spots.get(key) if isinstance(holder, Map) and key in holder else None
        written = holder[key] if isinstance(holder, Map) and spot else None
        if isinstance(value, Mapping):
            for one, inner in value.items():
                yield from self._below((*path, one), inner, written, one)
        elif _is_dated(value):
            for step in value:
                since = f"{dotted(path)} from {step['from']}" if step["from"] else dotted(path)
                yield self._said(since, step["value"], spot, written)
        elif value not in (None, [], ""):
            yield self._said(dotted(path), value, spot, written)

    def _said(self, key: str, value: object, spot: Spot | None, written: object) -> Said:
        shown = _shown(value)
        if spot is None:
            return Said(key, shown, Layer.BUILT_IN, ())
        marks = (
            [spot.key, *(one.value for one in written.spots)] if isinstance(written, Filled) else [spot.key]
        )
        return Said(key, shown, self._layer(spot), [_line(mark) for mark in marks])

    def _layer(self, spot: Spot) -> Layer:
        key = (spot.key.name, spot.key.index)
        if key in self._kits:
            return Layer.KIT
        if key in self._defaults:
            return Layer.DEFAULTS
        return Layer.ROW if isinstance(spot.key, Cell) else Layer.ENTRY


def _keys_of(probe: ProbeSettings, entry: Map) -> dict[str, Any]:
    """A probe's keys as a file has them; credentials by their name."""
    options = probe.options.model_dump(mode="json", by_alias=True)
    named = {key: str(entry[key]) for key in named_keys(probe.kind) & entry.keys()}
    return {probe.kind: probe.address, **options, **named, "proves": probe.proves}


def _is_dated(value: object) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "from" in value[0]


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(one)}" for key, one in value.items() if one is not None)
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return str(value).lower() if isinstance(value, bool) else "none" if value is None else str(value)


def _line(mark: Mark) -> str:
    place = place_of(mark)
    return f"{place.file}:{place.line}"


def _marks(value: object) -> frozenset[tuple[str, int]]:
    """The places of all keys and entries below."""
    if not isinstance(value, Map | Seq):
        return frozenset()
    spots = value.spots.values() if isinstance(value, Map) else value.spots
    below = value.values() if isinstance(value, Map) else value
    return frozenset((spot.key.name, spot.key.index) for spot in spots).union(*map(_marks, below))


def _judges(circuit: Circuit) -> Iterator[Judges]:
    for day in (date.min, *sorted(circuit.up_when.days | circuit.judged_by.days)):
        standing = circuit.on(day)
        judges, rule = standing.judges(), standing.up_when
        yield Judges(
            since="" if day == date.min else day.isoformat(),
            up_when=f"at least {rule.at_least}" if isinstance(rule, AtLeast) else rule,
            judged_by={metric: _names(getattr(judges, metric)) for metric in METRICS},
        )


def _names(chosen: Sequence[str] | str) -> str:
    return chosen if isinstance(chosen, str) else ", ".join(chosen)
