"""`kits`: probes that many circuits share, with `{word}` where each circuit says its own.

A kit's texts are templates; each circuit that names the kit fills them from its own keys, and what
comes out stands among its probes as if it had been written there. What was filled in remembers both
places: a problem with the value is told where the circuit says it, any other where the kit does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from config.entries import LACKING
from config.errors import A_MAP, Place, nearest
from config.errors import Path as KeyPath
from config.fields import slug
from config.reader import Entry, Reader, known_keys, unknown_key
from config.secret import SOURCES
from config.settings import Circuit
from config.template import Template, Value, Values, Word, split, words_in
from config.tree import Map, Seq, Spot, place_of
from probes import PROBES

CIRCUIT_KEYS = tuple(known_keys(Circuit))
_CIRCUIT_KEYS = frozenset(CIRCUIT_KEYS)
CIRCUIT = "circuit"
"""The word for the circuit's own id."""


@dataclass(frozen=True, slots=True)
class Kit:
    """One kit: its probes by name, with the place of each name; None for one that was refused."""

    name: str
    probes: Mapping[str, tuple[Template | None, Spot]]

    @property
    def words(self) -> Mapping[str, Place]:
        """The words that its probes need."""
        found = dict[str, Place]()
        for template, _ in self.probes.values():
            found = {**(template.words if template else {}), **found}
        return found


class Kits:
    """The kits of one configuration; a mistake in them is told once, where it stands."""

    def __init__(self, root: Entry, reader: Reader, defaults: Map | None) -> None:
        self._problems = reader.problems
        self._defaults = defaults
        holder = reader.map_at(root, "kits")
        self._kits = {name: self._kit(name, holder) for name in holder.map} if holder else {}
        self._words = {name: kit.words for name, kit in self._kits.items()}

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of a circuit's own that some kit uses."""
        return frozenset(word for words in self._words.values() for word in words if _is_own(word))

    def _kit(self, name: str, holder: Entry) -> Kit:
        path = (*holder.path, name)
        try:
            slug(name)
        except ValueError as error:
            self._problems.error(holder.map.key_place(name), path, str(error))
        value = holder.map[name]
        if not isinstance(value, Map):
            text = f"{A_MAP}, a probe each, such as `pe: {{icmp: '{{pe}}'}}`"
            self._problems.error(holder.map.value_place(name), path, text)
            return Kit(name, {})
        found = dict[str, tuple[Template | None, Spot]]()
        for probe, entry in value.items():
            if isinstance(entry, Map):
                told = len(self._problems)
                template = self._template(entry, (*path, probe))
                found[probe] = None if len(self._problems) > told else template, value.spots[probe]
            else:
                found[probe] = None, value.spots[probe]
                text = f"{A_MAP}, such as {{icmp: '{{pe}}'}}"
                self._problems.error(value.value_place(probe), (*path, probe), text)
        if not value:
            self._problems.error(holder.map.key_place(name), path, "a kit needs one probe at least")
        return Kit(name, found)

    def _template(self, value: Map | Seq, path: KeyPath) -> Template:
        holes = dict[Any, list[str | Word] | Template]()
        items: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, Map) else enumerate(value)
        for key, one in items:
            here, place = (*path, key), place_of(value.spots[key].value)
            if isinstance(one, Map) and len(one) == 1 and None in one.values():
                text = f"write a word in quotes, '{{{next(iter(one))}}}': YAML takes this for a map"
                self._problems.error(place, here, text)
            elif isinstance(one, Map | Seq):
                part = self._template(one, here)
                if part.holes:
                    holes[key] = part
            elif isinstance(one, str) and ("{" in one or "}" in one):
                try:
                    holes[key] = split(one)
                except ValueError as error:
                    self._problems.error(place, here, str(error))
        return Template(value, holes)

    def expand(self, entry: Entry) -> Entry:
        """A circuit with the probes of its kits among its own, and without the words that were for them."""
        names = _names(entry.map.get("kit"))
        kits = [self._kits[name] for name in names if name in self._kits]
        words = {word: place for kit in kits for word, place in self._words[kit.name].items()}
        odd = [key for key in entry.map if key not in _CIRCUIT_KEYS]
        if len(kits) == len(names):
            self._refuse_odd(entry, odd, words)
        else:  # nobody knows what its words are
            self._refuse_names(entry, names)
        if not kits:
            return entry.without(*odd) if odd else entry
        values = self._values(entry, words, kits)
        probes = Map(entry.map.begin)
        for kit in kits:
            for name, (template, spot) in kit.probes.items():
                if name in probes:
                    text = f"two of its kits have a probe {name!r}: give one another name"
                    self._problems.error(*entry.at("kit"), text)
                else:
                    is_whole = template and values.keys() >= template.words.keys()
                    probes.put(name, template.fill(values) if template and is_whole else LACKING, spot)
        return _with_probes(entry.without(*odd), probes)

    def _refuse_odd(self, entry: Entry, odd: list[str], words: Mapping[str, Place]) -> None:
        """Report keys that are neither a circuit's nor words of its kits."""
        for key in odd:
            if key in words or self._is_default(entry, key):
                continue
            text = unknown_key(key, [*CIRCUIT_KEYS, *filter(_is_own, words)])
            if key in self.words:
                text = f"{key!r} is a word for kits, and none of this circuit's uses it"
            self._problems.error(*entry.at_key(key), text)

    def _is_default(self, entry: Entry, key: str) -> bool:
        """Whether a key comes from `defaults`: a word there is for those whose kit uses it."""
        spots = self._defaults.spots if self._defaults else {}
        return key in spots and entry.map.spots[key] is spots[key] and key in self.words

    def _refuse_names(self, entry: Entry, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._kits:
                text = f"{name!r} is not in `kits`: {nearest(name, self._kits)}"
                self._problems.error(*entry.at("kit"), text)

    def _values(self, entry: Entry, words: Mapping[str, Place], kits: list[Kit]) -> Values:
        """What the circuit says for each word; one that it doesn't say is a problem."""
        found = dict[str, Value]()
        for word, place in words.items():
            value = _value(entry, word)
            if isinstance(value, Value):
                found[word] = value
                continue
            kit = next(kit.name for kit in kits if word in self._words[kit.name])
            text = f"{value}: kit {kit!r} uses it at {place}"
            self._problems.error(entry.place, (*entry.path, word), text)
        return found


def _names(value: object) -> list[str]:
    """The kits that a circuit names; what is no text its model refuses."""
    return [str(one) for one in (value if isinstance(value, Seq) else [value]) if isinstance(one, str | int)]


def own_words(value: object) -> frozenset[str]:
    """The words of circuits' own that a file's `kits` ask for, however wrong these are."""
    return frozenset(filter(_is_own, words_in(value)))


def _is_own(word: str) -> bool:
    """Whether a word is the kit's own, and no key that every circuit has."""
    return word != CIRCUIT and word.partition(".")[0] not in _CIRCUIT_KEYS


def _value(entry: Entry, word: str) -> Value | str:
    """What a circuit says for a word: its own key, or one of every circuit's (`via.source`)."""
    if word == CIRCUIT:
        return Value(str(entry.path[-1]), None)
    holder: object = entry.map
    keys = [word] if _is_own(word) else word.split(".")
    spot = None
    for key in keys:
        if not isinstance(holder, Map) or holder.get(key) is None:
            return f"{word!r} is required"
        spot, holder = holder.spots[key], holder[key]
    if isinstance(holder, Map | Seq):
        return f"{word!r} must be one text, no list or map"
    return Value(str(holder).lower() if isinstance(holder, bool) else str(holder), spot)


def _with_probes(entry: Entry, shared: Map) -> Entry:
    """The circuit with shared probes under its own; one of the same name replaces keys."""
    own = entry.map.get("probes")
    if own is not None and not isinstance(own, Map):
        return entry
    whole = Map(entry.map.begin)
    whole.update(entry.map)
    whole.spots = dict(entry.map.spots)
    spot = entry.map.spots["kit" if own is None else "probes"]
    whole.put("probes", merged(own, shared) if own else shared, spot)
    return Entry(whole, entry.path, entry.place)


def merged(own: Map, shared: Map) -> Map:
    """Both maps' keys, also inside of maps; a key of `own` wins, unless it has nothing after it.

    A map is replaced as a whole where it says another kind of thing: another kind of probe, another
    source of a secret.
    """
    both = own.over(shared)
    for key in own.keys() & shared.keys():
        ours, theirs = own[key], shared[key]
        if ours is None or theirs is LACKING:
            both[key], both.spots[key] = theirs, shared.spots[key]
        elif isinstance(ours, Map) and isinstance(theirs, Map) and not _is_another(ours, theirs):
            both[key] = merged(ours, theirs)
    return both


def _is_another(ours: Map, theirs: Map) -> bool:
    kinds = [key for key in ours if key in PROBES or key in SOURCES]
    return any(key not in theirs for key in kinds)
