"""YAML text -> plain values that know where they stand.

The parser's events are read here and nowhere else. What differs from PyYAML's own loader, and why:
- only `true`, `false`, `null`, `~`, plain decimal integers and decimals are more than text, so that
  `no` (Norway), `012` (a dial code) and `1:30` (a time) stay what was written;
- a key given twice is an error that names both places (PyYAML takes the last);
- tags are refused, aliases are counted, and nesting is bounded: a file can't run code, fill the
  memory, or overflow the stack (libyaml's own composer recurses in C).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, Protocol, Self

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from config.errors import Place, Problems

MAX_DEPTH = 50
MAX_NODES = 1_000_000
"""About 40,000 circuits; aliases count as often as they are used."""

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,30}")
_STRING_TAG = "tag:yaml.org,2002:str"
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Figure(float):
    """A decimal that prints as it was written, so that 1.50 is not 1.5 to what keeps text."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Read the text of a plain scalar."""
        figure = super().__new__(cls, text)
        figure.text = text
        return figure

    # A copy is made from the text and not, as the base class declares, from the number.
    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        return (self.text,)

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


class Filled(str):
    """A text that was made from others; `spots` are where those stand."""

    __slots__ = ("spots",)
    spots: tuple[Spot, ...]

    def __new__(cls, text: str, spots: tuple[Spot, ...] = ()) -> Self:
        """The text `text`."""
        filled = super().__new__(cls, text)
        filled.spots = spots
        return filled

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """To another process goes the text alone."""
        return str, (str(self),)


class Mark(Protocol):
    """The parser's idea of a place; all count from 0, `index` in characters."""

    @property
    def name(self) -> str:
        """The file."""

    @property
    def line(self) -> int:
        """Its line."""

    @property
    def column(self) -> int:
        """Its column."""

    @property
    def index(self) -> int:
        """Its place in the whole text."""


Event = Any
"""One of yaml.events; their published types leave open what each holds."""


class Spot(NamedTuple):
    """Where an entry of a map or list stands: its key (in a list its value), its value, its end."""

    key: Mark
    value: Mark
    end: Mark


class Map(dict[str, Any]):
    """A map of the file, with the place of each key and value beside it."""

    __slots__ = ("begin", "spots")

    def __init__(self, begin: Mark) -> None:
        super().__init__()
        self.begin = begin
        self.spots: dict[str, Spot] = {}

    def put(self, key: str, value: object, spot: Spot) -> None:
        """Set a key with its place."""
        self[key] = value
        self.spots[key] = spot

    def over(self, defaults: Map) -> Map:
        """These keys, and those of `defaults` that are missing here; both stay as they are."""
        merged = Map(self.begin)
        merged.update(defaults)
        merged.update(self)
        merged.spots = {**defaults.spots, **self.spots}
        return merged

    def without(self, *keys: str) -> Map:
        """The same map without some keys; it still knows where they stand."""
        left = Map(self.begin)
        left.update((key, value) for key, value in self.items() if key not in keys)
        left.spots = self.spots
        return left

    def key_place(self, key: str) -> Place:
        """Where a key stands, or the map itself when the key isn't there."""
        return place_of(self.spots[key].key if key in self.spots else self.begin)

    def value_place(self, key: str) -> Place:
        """Where a key's value stands, or the map itself when the key isn't there."""
        return place_of(self.spots[key].value if key in self.spots else self.begin)


class Seq(list[Any]):
    """A list of the file, with the place of each entry beside it."""

    __slots__ = ("begin", "spots")

    def __init__(self, begin: Mark) -> None:
        super().__init__()
        self.begin = begin
        self.spots: list[Spot] = []


def place_of(mark: Mark) -> Place:
    """The parser's mark as a place; its lines and columns count from 0."""
    return Place(mark.name, mark.line + 1, mark.column + 1)


def plain(value: object) -> Any:  # noqa: ANN401 - any value that YAML can hold
    """The value without places: dicts, lists and scalars that can go to another process."""
    if isinstance(value, Map):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, Seq):
        return [plain(one) for one in value]
    return value


def parse(text: str, file: str, problems: Problems) -> Map | None:
    """The map that a file's text holds (empty for an empty text), None after a mistake of syntax.

    Problems are reported as they are found: the first mistake of syntax, every doubled key.
    """
    if odd := _NOT_YAML.search(text):
        before = text[: odd.start()]
        column = odd.start() - before.rfind("\n")
        place = Place(file, before.count("\n") + 1, column)
        problems.error(place, (), f"character U+{ord(odd[0]):04X} can't stand in a YAML file")
        return None
    try:
        return _Builder(text, file, problems).document()
    except _Refused as error:
        problems.error(error.place, (), error.text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.error(place_of(mark) if mark else Place(file), (), _wording(error))
    except YAMLError:
        problems.error(Place(file), (), "is not YAML")
    return None


def _wording(error: MarkedYAMLError) -> str:
    what = error.problem or "is not YAML"
    start, end = error.context_mark, error.problem_mark
    if error.context and start and end and start.line < end.line:
        what += f", {error.context} that begins in line {start.line + 1}"
    if "cannot start any token" in what:
        what += " (indent with spaces, not tabs; put text that begins with @, ` or % in quotes)"
    elif "mapping values are not allowed" in what:
        what += " (put text that holds ': ' in quotes, and a space after a key's colon)"
    elif "expected node content" in what:
        what += " (put text that begins with ':', such as an IPv6 address, in quotes)"
    elif "expected comment or line break" in what:
        what += " (put text that begins with > or |, such as '>= 99.9%', in quotes)"
    return f"not YAML: {what}"


class _Refused(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, mark: Mark, text: str) -> None:
        self.place, self.text = place_of(mark), text
        super().__init__(text)


def _refuse(mark: Mark, text: str) -> NoReturn:
    raise _Refused(mark, text)


class _Named(io.StringIO):
    """A text whose marks carry the file's name."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


def _is(event: Event, kind: type) -> bool:
    return isinstance(event, kind)


class _Builder:
    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self._next: Callable[[], Event] = CParser(_Named(text, file)).get_event
        self._problems = problems
        self._anchors: dict[str, tuple[object, int]] = {}
        self._nodes = 0
        self._path: list[str] = []

    def document(self) -> Map:
        """The stream's one document, which is a map."""
        self._next()  # the stream's start
        start = self._next()
        if _is(start, StreamEndEvent):
            return Map(start.start_mark)
        first = self._next()
        value = self._value(first, 0)
        self._next()  # the document's end
        after = self._next()
        if _is(after, DocumentStartEvent):
            _refuse(after.start_mark, "a second document begins here: one file is one document")
        if value is None:
            return Map(first.start_mark)
        if not isinstance(value, Map):
            _refuse(first.start_mark, "the file must be a map: lines of `key: value`")
        return value

    def _value(self, event: Event, depth: int) -> object:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            _refuse(event.start_mark, f"the file holds over {MAX_NODES:,} values (aliases count each time)")
        if _is(event, ScalarEvent) and event.anchor is None and event.tag is None:
            return _scalar(event)
        if _is(event, AliasEvent):
            return self._alias(event)
        return self._anchored(event, depth)

    def _anchored(self, event: Event, depth: int) -> object:
        if event.tag not in (None, "!", _STRING_TAG):
            _refuse(event.start_mark, f"the tag {event.tag} has no meaning here: leave it out")
        if depth >= MAX_DEPTH:
            _refuse(event.start_mark, f"nested deeper than {MAX_DEPTH} levels")
        before = self._nodes
        if _is(event, MappingStartEvent):
            value: object = self._map(event, depth + 1)
        elif _is(event, SequenceStartEvent):
            value = self._seq(event, depth + 1)
        else:
            value = _scalar(event) if event.tag is None else event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = value, self._nodes - before + 1
        return value

    def _alias(self, event: Event) -> object:
        if event.anchor not in self._anchors:
            _refuse(
                event.start_mark,
                f"the alias *{event.anchor} has no anchor &{event.anchor} that ends before it",
            )
        value, size = self._anchors[event.anchor]
        self._nodes += size
        if self._nodes > MAX_NODES:
            _refuse(event.start_mark, f"aliases blow the file up to over {MAX_NODES:,} values")
        return value

    def _map(self, start: Event, depth: int) -> Map:
        found, merged = Map(start.start_mark), []
        while not _is(event := self._next(), MappingEndEvent):
            if not _is(event, ScalarEvent) or event.anchor is not None:
                _refuse(event.start_mark, "a key must be plain text")
            self._path.append(event.value)
            value_event = self._next()
            value = self._value(value_event, depth)
            end = value_event.end_mark
            if event.value == "<<" and event.implicit[0]:
                merged += self._merged(value_event.start_mark, value)
            else:
                self._put(found, event, value, Spot(event.start_mark, value_event.start_mark, end))
            self._path.pop()
        for one in merged:
            found = found.over(one)
        return found

    def _put(self, found: Map, event: Event, value: object, spot: Spot) -> None:
        key = event.value
        if key in found:
            first = place_of(found.spots[key].key)
            text = f"this key is given twice, first at {first}: keep one of them"
            self._problems.error(place_of(spot.key), tuple(self._path), text)
        elif not key:
            self._problems.error(place_of(spot.key), tuple(self._path[:-1]), "a key is empty")
        else:
            found.put(key, value, spot)

    @staticmethod
    def _merged(mark: Mark, value: object) -> list[Map]:
        maps = [one for one in (value if isinstance(value, Seq) else [value]) if isinstance(one, Map)]
        if len(maps) != (len(value) if isinstance(value, Seq) else 1):
            _refuse(mark, "`<<` takes an alias of a map, or a list of them")
        return maps

    def _seq(self, start: Event, depth: int) -> Seq:
        found = Seq(start.start_mark)
        while not _is(event := self._next(), SequenceEndEvent):
            found.append(self._value(event, depth))
            found.spots.append(Spot(event.start_mark, event.start_mark, event.end_mark))
        return found


def _scalar(event: Event) -> object:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "-0123456789":
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return Figure(text)
    return text
