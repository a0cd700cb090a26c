"""Circuits from CSV: each row becomes an entry of `circuits`, every cell with its place.

The header names the columns: `circuit` (or `id`), a circuit's keys (dotted for those inside a map:
`bandwidth.down`) and the words of kits. An empty cell is a key that was left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.errors import Path as KeyPath
from config.errors import Place, Problems, nearest
from config.files import Document, Source, Unreadable, read_text
from config.kits import CIRCUIT_KEYS, own_words
from config.reader import known_keys
from config.settings import Circuit
from config.table import Field, Table
from config.tree import Map, Seq, Spot, parse, place_of

KEY = "csv"
IDS = ("circuit", "id")


def with_rows(document: Document, problems: Problems) -> Document:
    """The document with the rows that `circuits: {csv: ...}` names as entries of `circuits`."""
    circuits = document.root.get("circuits")
    if not isinstance(circuits, Map) or not names_rows(circuits):
        return document
    entries, sources, whole = circuits.without(KEY), list(document.sources), document.whole
    entries.spots = {key: circuits.spots[key] for key in entries}
    known = own_words(document.root.get("kits"))
    for name, spot in _files(circuits):
        source = _source(name, spot, problems)
        if source is None:
            whole = False
        else:
            sources.append(source)
            _add(entries, rows(source, known, problems), problems)
    root = document.root.without()
    root.spots = dict(root.spots)
    root["circuits"] = entries
    return Document(root, tuple(sources), whole)


def names_rows(circuits: Map) -> bool:
    """Whether the key `csv` names files, and is no circuit of that name."""
    return KEY in circuits and not isinstance(circuits[KEY], Map)


def _files(circuits: Map) -> Iterator[tuple[object, Spot]]:
    value, spot = circuits[KEY], circuits.spots[KEY]
    yield from zip(value, value.spots, strict=True) if isinstance(value, Seq) else [(value, spot)]


def _source(name: object, spot: Spot, problems: Problems) -> Source | None:
    """The file, its path relative to the one that names it; a byte that is no UTF-8 is told later."""
    if not isinstance(name, str):
        text = "must be the path of a CSV file, or a list of them"
        problems.error(place_of(spot.value), ("circuits", KEY), text)
        return None
    path = Path(spot.value.name).parent / name
    try:
        return Source(str(path), path, read_text(path, errors="surrogateescape"))
    except Unreadable as error:
        problems.error(place_of(spot.value), ("circuits", KEY), f"{path}: {error}")
        return None


def _add(entries: Map, found: Iterator[tuple[str, Map, Spot]], problems: Problems) -> None:
    for name, row, spot in found:
        if name in entries:
            text = f"this circuit is given twice, first at {entries.key_place(name)}: keep one of them"
            problems.error(place_of(spot.key), ("circuits", name), text)
        else:
            entries.put(name, row, spot)


def rows(source: Source, words: frozenset[str], problems: Problems) -> Iterator[tuple[str, Map, Spot]]:
    """Each row's id, its keys, and where it stands; what can't be read is told and left out."""
    lines = Table(source, ("circuits", KEY), problems).lines()
    header = next(lines, [])
    if header is None:  # it was told why
        return
    if not header:
        problems.error(Place(source.name, 1, 1), ("circuits", KEY), "is empty: there is no header")
        return
    columns, is_empty = _Columns.of(header, words, problems), True
    for fields in lines:
        is_empty = False
        if fields is None:
            continue
        if len(fields) != len(header):
            problems.error(*_wrong_count(fields, len(header)))
        elif columns.identity is not None and (row := columns.row(fields, problems)):
            yield row
    if is_empty:
        problems.warn(Place(source.name, 1, 1), ("circuits", KEY), "has a header and no row below it")


def _wrong_count(fields: Sequence[Field], wanted: int) -> tuple[Place, KeyPath, str]:
    """Where a row has too many cells or ends too early, and what would be right."""
    many = len(fields) > wanted
    right = "put a cell that holds a separator in quotes" if many else "an empty cell has its separator too"
    text = f"this row has {len(fields)} cell{'s' * (len(fields) != 1)}, the header {wanted}: {right}"
    return place_of(fields[wanted if many else -1].begin), ("circuits", KEY), text


@dataclass(frozen=True)
class _Columns:
    """What the columns are: where the id is, and each other one's keys (None: it was refused)."""

    identity: int | None
    paths: Sequence[tuple[int, KeyPath]]
    nameless: frozenset[int]

    @classmethod
    def of(cls, header: Sequence[Field], words: frozenset[str], problems: Problems) -> _Columns:
        identity, paths, nameless, seen = None, list[tuple[int, KeyPath]](), set[int](), set[str]()
        for number, one in enumerate(header):
            if not one.text:
                nameless.add(number)
                continue
            path: KeyPath = ("circuits", KEY, one.text)
            if one.text in seen or (one.text in IDS and identity is not None):
                problems.error(place_of(one.begin), path, "there are two columns for this: keep one")
            elif one.text in IDS:
                identity = number
            elif said := _refusal(one.text, words):
                problems.error(place_of(one.begin), path, said)
            else:
                paths.append((number, tuple(one.text.split(".")) if one.text not in words else (one.text,)))
            seen.add(one.text)
        if identity is None:
            text = "no column is named `circuit`: it holds our id of each"
            problems.error(place_of(header[0].begin), ("circuits", KEY), text)
        return cls(identity, paths, frozenset(nameless))

    def row(self, fields: Sequence[Field], problems: Problems) -> tuple[str, Map, Spot] | None:
        """One row as an entry."""
        name = fields[self.identity or 0]
        if not name.text:
            problems.error(place_of(name.begin), ("circuits", KEY), "this row has no circuit's id")
            return None
        for number in self.nameless:
            if fields[number].text:
                text = f"column {number + 1} has no name in the header"
                problems.error(place_of(fields[number].begin), ("circuits", KEY), text)
        found = Map(name.begin)
        for number, path in self.paths:
            one = fields[number]
            if one.text:
                _put(found, path, one, problems, name.text)
        return name.text, found, Spot(name.begin, name.begin, name.end)


def _put(row: Map, path: KeyPath, one: Field, problems: Problems, name: str) -> None:
    spot = Spot(one.begin, one.begin, one.end)
    holder = row
    for key in path[:-1]:
        below = holder.get(str(key))
        if not isinstance(below, Map):
            if below is not None:
                where = ("circuits", name, *path)
                problems.error(place_of(one.begin), where, f"{key!r} has a value of its own in this row")
                return
            below = Map(one.begin)
            holder.put(str(key), below, spot)
        holder = below
    is_key = path[0] in CIRCUIT_KEYS
    value = (
        _flow(one, spot, problems, ("circuits", name, *path)) if is_key and one.text[0] in "[{" else one.text
    )
    holder.put(str(path[-1]), value, spot)


def _flow(one: Field, spot: Spot, problems: Problems, path: KeyPath) -> object:
    """A list or a map that a cell holds as YAML; all of it stands where the cell does."""
    wrong = Problems()
    root = parse(f"cell: {one.text}", "", wrong)
    for problem in wrong.sorted():
        problems.error(
            place_of(spot.value), path, problem.text.partition(", while")[0]
        )  # its lines are the cell's
    return _placed(root.get("cell"), spot) if root else None


def _placed(value: object, spot: Spot) -> object:
    if isinstance(value, Map):
        placed = Map(spot.value)
        for key, one in value.items():
            placed.put(key, _placed(one, spot), spot)
        return placed
    if isinstance(value, Seq):
        listed = Seq(spot.value)
        listed.extend(_placed(one, spot) for one in value)
        listed.spots = [spot] * len(value)
        return listed
    return value


def _refusal(name: str, words: frozenset[str]) -> str:
    """Why a column can't be one; empty when it can."""
    head, *rest = name.split(".")
    if name in words or head in ("probes", "labels") or (head in CIRCUIT_KEYS and not rest):
        needs = {"labels": 1, "probes": 2}.get(head, 0)
        return "" if name in words or len(rest) >= needs else f"write what of it: {head}{'.NAME' * needs}"
    inside = [f"{key}.{one}" for key in CIRCUIT_KEYS for one in known_keys(Circuit, (key,))]
    if name in inside:
        return ""
    if head in CIRCUIT_KEYS:
        known = [one for one in inside if one.startswith(f"{head}.")] or [head]
    else:
        known = [*CIRCUIT_KEYS, *words, *IDS, *(inside if rest else ())]
    return f"unknown column {name!r}: {nearest(name, known)}"
