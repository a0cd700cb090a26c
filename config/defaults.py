"""`defaults`: keys that every entry of a kind has unless it says otherwise.

An entry's key replaces the default's as a whole, but for `labels`: these are added to the default's.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from config.entries import PROVES, REFERENCE_KEYS, named_keys, option_keys
from config.reader import Entry, Reader, unknown_key
from config.settings import Carrier, Circuit, Reference, Site
from config.tree import Map
from probes import PROBES, probe_kind

SECTIONS: Mapping[str, type[BaseModel]] = {"sites": Site, "carriers": Carrier, "circuits": Circuit}
CONTRACTS = "contracts"
"""Their defaults are checked in the contracts that they come to stand in: half a contract is none."""
PROBE_LIKE: Mapping[str, tuple[str, ...]] = {"probes": (PROVES,), "references": (PROVES, *REFERENCE_KEYS)}
"""What takes the options of probes, and its keys beside them."""
KINDS = (*SECTIONS, CONTRACTS, *PROBE_LIKE)
_READ_ELSEWHERE = ("probes", "reference")
"""Keys that hold probes: checked in the entries that they come to stand in."""
_MERGED = "labels"


class Defaults:
    """The `defaults` of one configuration; a mistake is told once, where it stands."""

    def __init__(self, root: Entry, reader: Reader) -> None:
        self._reader = reader
        self._kinds = dict[str, Entry]()
        holder = reader.map_at(root, "defaults")
        if holder is None:
            return
        for kind in holder.map:
            if kind not in KINDS:
                reader.problems.error(*holder.at_key(kind), unknown_key(kind, KINDS))
            elif entry := reader.map_at(holder, kind):
                self._kinds[kind] = entry

    def of(self, kind: str) -> Map | None:
        """The default keys of a kind of entry, None where there are none."""
        entry = self._kinds.get(kind)
        return entry.map if entry else None

    def under(self, kind: str, entry: Entry) -> Entry:
        """An entry of a kind with the keys that it leaves out."""
        defaults = self.of(kind)
        if defaults is None:
            return entry
        whole = entry.over(defaults)
        ours, theirs = entry.map.get(_MERGED), defaults.get(_MERGED)
        if isinstance(ours, Map) and isinstance(theirs, Map):
            whole.map[_MERGED] = ours.over(theirs)
        return whole

    def check(self, words: frozenset[str]) -> None:
        """Report mistakes in the defaults themselves; `words` are what kits ask circuits for."""
        for kind, entry in self._kinds.items():
            if kind in SECTIONS:
                self._reader.partial(SECTIONS[kind], entry.without(*_READ_ELSEWHERE, *words))
            elif kind in PROBE_LIKE:
                self._check_options(entry, PROBE_LIKE[kind])

    def _check_options(self, entry: Entry, beside: tuple[str, ...]) -> None:
        known = {key for kind in PROBES for key in option_keys(kind)}
        for key in entry.map.keys() - known - set(beside):
            text = unknown_key(key, [*known, *beside])
            self._reader.problems.error(*entry.at_key(key), text)
        for kind in PROBES:
            others = (entry.map.keys() - option_keys(kind)) | named_keys(kind)
            self._reader.partial(probe_kind(kind).options, entry.without(*others))
        said = entry.without(*(entry.map.keys() - set(REFERENCE_KEYS)))
        self._reader.partial(Reference, said)
