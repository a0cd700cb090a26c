"""Reads the hosts of SmokePing's Targets, for `init --from-smokeping`.

The format is Config::Grammar's: `*** Sections ***`, `+` to `++++` for depth, `key = value`, a
backslash at a line's end to go on in the next, `@include FILE` and `@define NAME VALUE`. A target
inherits its probe and the probe's settings from those above it and from the section Probes; a host
that stands for several others (`/Group/Host /Other/Host`) is a chart and no target of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.errors import Place
from config.files import Unreadable, read_text

_SECTION = re.compile(r"\*\*\*\s*(.*?)\s*\*\*\*")
_DEPTH = re.compile(r"(\++)\s*([^\s+].*)")
_PAIR = re.compile(r"(\S+?)\s*=\s*(.*)")
_COMMENT = re.compile(r"(^|\s)#.*")
_DEEPEST_INCLUDE = 10
_OWN = frozenset(
    {"host", "menu", "title", "remark", "alerts", "note", "email", "alertee", "slaves", "nomasterpoll"}
    | {"hide", "parents", "menuextra", "rawlog"}
)
"""What a target doesn't hand down."""
_SETTINGS = {"step": "300", "pings": "20"}
"""SmokePing's own defaults, of its section Database."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """Something that could not be taken over, or not as it was."""

    place: Place
    text: str

    def __str__(self) -> str:
        line = f":{self.place.line}" if self.place.line else ""
        return f"{self.place.file}{line}: {self.text}"


@dataclass(slots=True)
class Node:
    """One `+` entry of a section: its own keys with their lines, and its parent's."""

    name: str
    place: Place
    depth: int
    parent: Node | None = None
    own: dict[str, tuple[str, Place]] = field(default_factory=dict)

    @property
    def path(self) -> tuple[str, ...]:
        """The names from the top down."""
        return (*(self.parent.path if self.parent else ()), self.name) if self.depth else ()

    def inherited(self) -> dict[str, str]:
        """What it says or those above it."""
        above = self.parent.inherited() if self.parent else {}
        return above | {key: value for key, (value, _) in self.own.items() if key not in _OWN}

    def get(self, key: str) -> str:
        """What it says itself; empty where it doesn't."""
        return self.own[key][0] if key in self.own else ""


@dataclass(frozen=True, slots=True)
class Host:
    """A host that SmokePing measures: by which kind of probe (`FPing`), and with what settings."""

    path: tuple[str, ...]
    place: Place
    address: str
    menu: str
    title: str
    probe: str
    settings: Mapping[str, str]


def hosts(path: Path, notes: list[Note]) -> list[Host]:
    """Every host of the Targets in a file and what it includes; raises Unreadable for the file itself."""
    sections = _sections(_Lines(notes).of(path, _text_of(path)), notes)
    targets = sections.get("targets", [])
    kinds = _kinds(sections.get("probes", []))
    database = sections.get("database", [])
    common = _SETTINGS | (database[0].inherited() if database else {})
    found = []
    for node in targets:
        if address := node.get("host"):
            values = node.inherited()
            name = values.pop("probe", "")
            kind, of_kind = kinds.get(name, (name, {}))
            one = Host(
                node.path,
                node.place,
                address,
                node.get("menu"),
                node.get("title"),
                kind,
                common | of_kind | values,
            )
            if _is_measured(node, one, notes):
                found.append(one)
    return found


def _is_measured(node: Node, host: Host, notes: list[Note]) -> bool:
    """Whether SmokePing's own host measures it; if not, a note says why."""
    name = "/".join(host.path)
    if host.address.startswith("/"):
        text = f"{name} is a chart of other targets ({host.address}): these are circuits of their own"
    elif host.address.startswith("DYNAMIC"):
        text = f"{name} is left out: a DYNAMIC host has no address that could be measured"
    elif node.get("nomasterpoll") in ("yes", "true", "1"):
        text = f"{name} is left out: slaves alone measure it; run linkledger where they are"
    else:
        if "slaves" in node.own:
            text = f"{name}: slaves ({node.get('slaves')}) measure it too; run linkledger where they are"
            notes.append(Note(node.own["slaves"][1], text))
        return True
    notes.append(Note(node.own.get("nomasterpoll", node.own["host"])[1], text))
    return False


def _kinds(nodes: Sequence[Node]) -> dict[str, tuple[str, dict[str, str]]]:
    """Each name that a target's `probe` may be: SmokePing's module and the settings for it."""
    return {node.name: (node.path[0], node.inherited()) for node in nodes if node.depth}


def _sections(lines: Iterator[tuple[Place, str]], notes: list[Note]) -> dict[str, list[Node]]:
    """The nodes of each section in order, its head (depth 0) first; a file without any is the Targets."""
    sections = {"targets": [Node("", Place(""), 0)]}
    nodes = sections["targets"]
    for place, line in lines:
        if match := _SECTION.fullmatch(line):
            nodes = sections.setdefault(match[1].lower(), [Node("", place, 0)])
        elif match := _DEPTH.fullmatch(line):
            depth = len(match[1])
            parent = next((one for one in reversed(nodes) if one.depth < depth), None)
            nodes.append(Node(match[2], place, depth, parent))
        elif match := _PAIR.fullmatch(line):
            nodes[-1].own[match[1].lower()] = match[2].strip('"'), place
        elif nodes is sections["targets"]:
            notes.append(Note(place, f"is neither a `+ name` nor a `key = value`: {line[:40]!r}"))
    return sections


def _text_of(path: Path) -> str:
    """A file's text; many are Latin-1, and their odd letters stand in menus and titles alone."""
    return read_text(path, errors="replace")


class _Lines:
    """The lines of a file and what it includes, without comments, continuations joined."""

    def __init__(self, notes: list[Note]) -> None:
        self._notes = notes
        self._defined = dict[str, str]()

    def of(self, path: Path, text: str, depth: int = 0) -> Iterator[tuple[Place, str]]:
        begun, held = 0, ""
        for number, raw in enumerate(text.splitlines(), 1):
            line = _COMMENT.sub("", raw).strip()
            begun = begun if held else number
            if line.endswith("\\"):
                held += f"{line[:-1].rstrip()} "
                continue
            line, held, place = (held + line).strip(), "", Place(str(path), begun, 1)
            word, *rest = line.split(maxsplit=2) or [""]
            if word == "@include" and rest:
                yield from self._included(path, " ".join(rest), place, depth)
            elif word == "@define" and rest:
                self._defined[rest[0]] = "".join(rest[1:])
            elif line:
                yield place, self._expanded(line)

    def _expanded(self, line: str) -> str:
        for name, value in self._defined.items():
            line = line.replace(name, value)
        return line

    def _included(self, path: Path, name: str, place: Place, depth: int) -> Iterator[tuple[Place, str]]:
        file = path.parent / name.strip('"')
        if depth >= _DEEPEST_INCLUDE:
            self._notes.append(
                Note(place, f"{name} is not read: included deeper than {_DEEPEST_INCLUDE} files")
            )
            return
        try:
            text = _text_of(file)
        except Unreadable as error:
            self._notes.append(Note(place, f"{file}: {error}"))
            return
        yield from self.of(file, text, depth + 1)
