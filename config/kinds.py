"""Shipped examples of contracts, and the contract that extends one.

`extends: kinds/NAME` takes the contract NAME of contracts/kinds/NAME.yaml: maps merge, a list or a value
of the contract's own replaces the example's, and a key with nothing after it takes the example's out.
Every key keeps its place, so that a mistake is told where it stands: in the own file, else in the example's.
"""

from __future__ import annotations

from pathlib import Path

from config.contract import Contract
from config.draft import Part
from config.errors import A_MAP, Place, Problems, nearest
from config.files import Unreadable, read_text
from config.reader import Entry, Reader
from config.tree import Map, Seq, parse, plain

DIRECTORY = Path(__file__).parent / "contracts" / "kinds"
PREFIX = "kinds/"
OWN = ("carrier", "effective", "document")
"""What only the contract's own paper can say: never taken from an example."""
KEY = "extends"
CLAUSE = "clause"


def kinds(directory: Path = DIRECTORY) -> tuple[str, ...]:
    """The names that `extends` takes after `kinds/`, sorted."""
    return tuple(sorted(path.stem for path in directory.glob("*.yaml")))


def read_contract(reader: Reader, entry: Entry, directory: Path = DIRECTORY) -> Part[Contract]:
    """The contract that an entry makes with what it extends; problems are reported with their places."""
    whole = extended(entry, reader.problems, directory)
    if whole is None:
        return Part(entry, None)
    return Part(whole, reader.model(Contract, whole, plain(whole.map)))


def extended(entry: Entry, problems: Problems, directory: Path = DIRECTORY) -> Entry | None:
    """The entry over what it extends, itself when it extends nothing; None after a problem."""
    named = entry.map.get(KEY)
    if named is None:
        return entry
    known = [f"{PREFIX}{name}" for name in kinds(directory)]
    if named not in known:
        text = f"{str(named)!r} is no shipped contract: {nearest(str(named), known)}"
        problems.error(*entry.at(KEY), text)
        return None
    example = _example(str(named).removeprefix(PREFIX), problems, directory)
    if example is None:
        return None
    _drop_clauses(example)
    return Entry(merged(entry.map, example.without(*OWN)), entry.path, entry.place)


def _drop_clauses(part: object) -> None:
    """An example's clauses are those of no paper of the customer's: quoting them would be wrong."""
    if isinstance(part, Map) and CLAUSE in part:
        del part[CLAUSE]
    for inner in part.values() if isinstance(part, Map) else part if isinstance(part, Seq) else ():
        _drop_clauses(inner)


def _example(name: str, problems: Problems, directory: Path) -> Map | None:
    path = directory / f"{name}.yaml"
    try:
        root = parse(read_text(path), str(path), problems)
    except Unreadable as error:
        problems.error(Place(str(path)), (), str(error))
        return None
    holder = root.get("contracts") if root is not None else None
    example = holder.get(name) if isinstance(holder, Map) else None
    if isinstance(example, Map):
        return example
    if root is not None:
        problems.error(root.value_place("contracts"), ("contracts", name), A_MAP)
    return None


def merged(own: Map, example: Map) -> Map:
    """The keys of both, `own` first in rank; what is empty in `own` is taken out."""
    whole = own.over(example)
    for key in list(whole):
        ours, theirs = own.get(key), example.get(key)
        if key in own and ours is None:
            del whole[key]
        elif isinstance(ours, Map) and isinstance(theirs, Map):
            whole[key] = merged(ours, theirs)
    return whole
