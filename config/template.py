"""Texts with `{word}` in them, in maps and lists that know where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from config.errors import Place
from config.tree import Filled, Map, Seq, Spot, place_of

_TOKEN = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_.-]*)\}|[{}]")
_WORD_HELP = "a brace that begins no {word} is written twice: {{ or }}"


class Word(NamedTuple):
    """A place in a text that each circuit fills."""

    name: str


class Value(NamedTuple):
    """What a circuit says for a word, and where (None: nowhere, it is the circuit's id)."""

    text: str
    spot: Spot | None


Values = Mapping[str, Value]


def split(text: str) -> list[str | Word]:
    """The pieces of a template; raises ValueError for a brace that stands alone."""
    pieces, end = list[str | Word](), 0
    for token in _TOKEN.finditer(text):
        if token.start() > end:
            pieces.append(text[end : token.start()])
        if token[1]:
            pieces.append(Word(token[1]))
        elif len(token[0]) == 2:
            pieces.append(token[0][0])
        else:
            raise ValueError(_WORD_HELP)
        end = token.end()
    return [*pieces, text[end:]] if end < len(text) else pieces


@dataclass(frozen=True)
class Template:
    """A map or list of a kit; `holes` are its texts that hold words, and the parts that have such texts."""

    value: Map | Seq
    holes: Mapping[Any, list[str | Word] | Template]

    @cached_property
    def words(self) -> Mapping[str, Place]:
        """The words that it needs, with the place of each one's first use."""
        found = dict[str, Place]()
        for key, hole in self.holes.items():
            if isinstance(hole, Template):
                found = {**hole.words, **found}
            else:
                place = place_of(self.value.spots[key].value)
                found = {**{one.name: place for one in hole if isinstance(one, Word)}, **found}
        return found

    def fill(self, values: Values) -> Map | Seq:
        """The same with each word's value; what holds no word is shared and not copied."""
        filled = _copy(self.value)
        spots: Any = filled.spots
        for key, hole in self.holes.items():
            if isinstance(hole, Template):
                filled[key] = hole.fill(values)
            else:
                filled[key] = text = _joined(hole, values)
                if text.spots:
                    said = text.spots[0]
                    spots[key] = Spot(spots[key].key, said.value, said.end)
        return filled


def _copy(value: Map | Seq) -> Map | Seq:
    copied: Map | Seq
    if isinstance(value, Map):
        copied = Map(value.begin)
        copied.update(value)
        copied.spots = dict(value.spots)
    else:
        copied = Seq(value.begin)
        copied.extend(value)
        copied.spots = list(value.spots)
    return copied


def _joined(pieces: Iterable[str | Word], values: Values) -> Filled:
    said = [values[one.name] if isinstance(one, Word) else Value(one, None) for one in pieces]
    return Filled("".join(one.text for one in said), tuple(one.spot for one in said if one.spot))


def words_in(value: object) -> frozenset[str]:
    """The words in all texts below, however wrong these are."""
    if isinstance(value, Map | Seq):
        parts = value.values() if isinstance(value, Map) else value
        return frozenset[str]().union(*map(words_in, parts))
    found = _TOKEN.findall(value) if isinstance(value, str) else []
    return frozenset(filter(None, found))
