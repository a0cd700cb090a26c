"""A document, from JSON or from CSV, becomes a History."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from collector.history.circuits import Circuit, read_circuits
from collector.history.columns import Raw, of_maps
from collector.history.entries import (
    EXCLUSION,
    INTERVAL,
    SAMPLE,
    TICKET,
    WORK,
    Entry,
    Keys,
    earlier,
    earlier_periods,
    entries,
    excuse,
    listed,
    load,
    maintenance,
    stretch,
    ticket,
)
from collector.history.model import History
from collector.history.problems import Complaints
from collector.history.rounds import measured
from collector.history.values import moment, shown
from collector.sla.calendar import rfc3339
from collector.sla.evidence import Evidence, Ticket
from collector.sla.timeline import Stretch, Timeline
from collector.sla.tracks import Measured
from config.errors import Path, nearest

LISTS = ("intervals", "rounds", "maintenance", "exclusions", "tickets", "samples", "previous")
KNOWN = ("circuit", "circuits", *LISTS, "now")
T = TypeVar("T")


def gather(document: object, complaints: Complaints, rounds: Raw | None = None) -> History:
    """The history in a document whose rounds stand in it, or are given as columns.

    Worth something only when nothing was complained about.
    """
    if not isinstance(document, dict):
        complaints.add(
            (), f'must be a map such as {{"circuit": ..., "intervals": [...]}}, not {shown(document)}'
        )
        return History({})
    for key in document:
        if key not in KNOWN:
            complaints.add((key,), f"unknown key {key!r}: {nearest(key, KNOWN)}")
    circuits = read_circuits(document, complaints)
    parts = _Parts(document, circuits, complaints)
    found = parts.evidence(rounds)
    return History(
        {name: (one.facts, found[name]) for name, one in circuits.items()},
        now_ms=parts.now(),
        zoneless=frozenset(name for name, one in circuits.items() if not one.has_zone),
        contracts={name: one.contract for name, one in circuits.items()},
        bandwidths={name: one.bandwidth for name, one in circuits.items() if len(one.bandwidth.entries) > 1},
    )


class _Parts:
    """Deals a document's lists out to its circuits."""

    def __init__(
        self, document: Mapping[str, Any], circuits: Mapping[str, Circuit], complaints: Complaints
    ) -> None:
        self._document, self._circuits, self._complaints = document, circuits, complaints
        self._only = next(iter(circuits)) if len(circuits) == 1 else None

    def now(self) -> int | None:
        """When it was written."""
        given = self._document.get("now")
        try:
            return None if given is None else moment(given)
        except ValueError as error:
            self._complaints.add(("now",), str(error))
            return None

    def evidence(self, columns: Raw | None) -> dict[str, Evidence]:
        """What is known of each circuit."""
        intervals = self._intervals()
        excuses = self._dealt(
            [
                *((one, maintenance(one[1])) for one in self._read("maintenance", WORK)),
                *((one, excuse(one[1])) for one in self._read("exclusions", EXCLUSION)),
            ]
        )
        tickets = self._tickets()
        loads = self._dealt((one, load(*one, self._complaints)) for one in self._read("samples", SAMPLE))
        past = self._dealt(
            (one, earlier(one[1])) for one in earlier_periods(self._document, self._complaints)
        )
        rounds = self._rounds(columns)
        return {
            name: Evidence(
                measured=tuple(rounds.get(name, ())),
                intervals=intervals.get(name),
                excuses=tuple(excuses.get(name, ())),
                tickets=tuple(tickets.get(name, ())),
                loads=tuple(sorted(loads.get(name, ()), key=lambda one: one.at_ms)),
                earlier=tuple(past.get(name, ())),
            )
            for name in self._circuits
        }

    def _read(self, name: str, keys: Keys) -> Iterator[Entry]:
        return entries(self._document, name, keys, self._complaints)

    def _whose(self, path: Path, named: str | None) -> str | None:
        """The circuit of an entry; None, and a complaint, where that is nobody's."""
        if named in self._circuits:
            return named
        if named is None and self._only is not None:
            return self._only
        if not self._circuits:
            return None  # they were all refused: nothing of it is this entry's fault
        if named is None:
            self._complaints.add(path, f"'circuit' is needed: which of {', '.join(self._circuits)}")
        else:
            why = f"no circuit {named!r} stands here: {nearest(named, self._circuits)}"
            self._complaints.add((*path, "circuit"), why)
        return None

    def _dealt(self, made: Iterable[tuple[Entry, T]]) -> dict[str, list[T]]:
        """What was made of entries, by circuit, in the file's order."""
        found: dict[str, list[T]] = {}
        for (path, values), one in made:
            if (name := self._whose(path, values.get("circuit"))) is not None:
                found.setdefault(name, []).append(one)
        return found

    def _intervals(self) -> dict[str, Timeline]:
        """The timeline of every circuit, where the document has intervals at all; overlaps are refused."""
        if self._document.get("intervals") is None:
            return {}
        dealt = self._dealt((one, (one[0], stretch(one[1]))) for one in self._read("intervals", INTERVAL))
        found = {}
        for name in self._circuits:
            those = sorted(dealt.get(name, ()), key=lambda one: one[1].start_ms)
            if not self._overlap(those):
                found[name] = Timeline.of(one for _, one in those)
        return found

    def _overlap(self, those: Iterable[tuple[Path, Stretch]]) -> bool:
        """Whether any interval begins before one that began earlier is over."""
        found, last = False, 0
        held: Path = ()
        for path, one in those:
            if held and one.start_ms < last:
                text = f"begins before {rfc3339(last)}, when the interval before it ends"
                self._complaints.add((*path, "from"), text, held)
                found = True
            if one.end_ms > last:
                last, held = one.end_ms, path
        return found

    def _tickets(self) -> dict[str, list[Ticket]]:
        found: dict[str, list[Ticket]] = {}
        seen: dict[tuple[str, str], Path] = {}
        read = self._read("tickets", TICKET)
        dealt = self._dealt((one, (one[0], ticket(*one, self._complaints))) for one in read)
        for name, those in dealt.items():
            for path, one in those:
                if (name, one.id) in seen:
                    twice = f"ticket {one.id!r} stands here a second time"
                    self._complaints.add((*path, "id"), twice, (*seen[name, one.id], "id"))
                seen.setdefault((name, one.id), path)
            found[name] = [one for _, one in those]
        return found

    def _rounds(self, columns: Raw | None) -> dict[str, list[Measured]]:
        given = listed(self._document.get("rounds"), ("rounds",), self._complaints)
        raw = columns or of_maps(given, "rounds", self._complaints)
        names = raw.columns["circuit"]
        if any(one != self._only or one is None for one in names if one is not None or self._only is None):
            for row, one in enumerate(names):
                if one is None or isinstance(one, str):  # else it is no name, and told so later
                    self._whose(raw.path(row), one)
        return measured(raw, self._only, self._complaints)
