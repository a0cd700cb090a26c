"""Contracts alone, without circuits to judge: what `replay` reads.

Any configuration file will do. Of its sections `contracts` is needed, `carriers` is read where it is
there (a contract's carrier need not be in it), `include` and `defaults` work as usual, and all else is
left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from config.contract import Contract
from config.defaults import Defaults
from config.draft import Part
from config.errors import A_MAP, ConfigErrors, Place, Problems, nearest
from config.fields import slug
from config.files import read
from config.kinds import DIRECTORY, read_contract
from config.reader import Entry, Reader
from config.secret import Secrets
from config.settings import Carrier
from config.tree import Map

M = TypeVar("M", bound=BaseModel)

SEPARATOR = "#"
"""Between a file and the contract in it."""


@dataclass(frozen=True, slots=True)
class ContractsFile:
    """What a file says of contracts, by name; `carriers` may be empty."""

    contracts: Mapping[str, Contract]
    carriers: Mapping[str, Carrier]


def load_contracts(path: Path, kinds: Path = DIRECTORY) -> Mapping[str, Contract]:
    """The contracts of a file by name; raises ConfigErrors with every problem at once."""
    return read_contracts_file(path, kinds).contracts


def load_contract(path: Path, name: str | None = None, kinds: Path = DIRECTORY) -> tuple[str, Contract]:
    """One contract of a file and its name; without a name the file must hold exactly one.

    Raises ConfigErrors, which list the contracts that there are when the choice isn't clear.
    """
    contracts, problems = load_contracts(path, kinds), Problems()
    place = Place(str(path))
    if name is None and len(contracts) == 1:
        return next(iter(contracts.items()))
    if name is None:
        names = ", ".join(contracts)
        text = f"holds {len(contracts)} contracts ({names}): choose one, as in {path}{SEPARATOR}"
        problems.error(place, ("contracts",), f"{text}{next(iter(contracts))}")
    elif name in contracts:
        return name, contracts[name]
    else:
        problems.error(place, ("contracts",), f"there is no {name!r}: {nearest(name, contracts)}")
    raise ConfigErrors(problems.sorted())


def split_choice(text: str) -> tuple[Path, str | None]:
    """`FILE#ID` as a path and a name, `FILE` as a path and None; a file of that whole name goes first."""
    head, mark, name = text.rpartition(SEPARATOR)
    if not mark or not name or not head or Path(text).is_file():
        return Path(text), None
    return Path(head), name


def read_contracts_file(path: Path, kinds: Path = DIRECTORY) -> ContractsFile:
    """Contracts and carriers of a file; raises ConfigErrors with every problem at once."""
    problems = Problems()
    document = read(path, problems)
    reader = Reader(problems, Secrets(problems, {}, needed=False))
    root = Entry(document.root, (), Place(str(path), 1, 1))
    defaults = Defaults(root, reader)
    contracts = {
        name: read_contract(reader, one, kinds) for name, one in _entries("contracts", root, reader, defaults)
    }
    carriers = {
        name: Part(one, reader.model(Carrier, one))
        for name, one in _entries("carriers", root, reader, defaults)
    }
    if document.whole and not document.root.get("contracts"):
        problems.error(*root.at_key("contracts"), "'contracts' is needed: what was promised, by name")
    if problems.has_errors:
        raise ConfigErrors(problems.sorted())
    return ContractsFile(_models(contracts), _models(carriers))


def _entries(section: str, root: Entry, reader: Reader, defaults: Defaults) -> Iterator[tuple[str, Entry]]:
    """The entries of a section of named maps, with their defaults."""
    holder = reader.map_at(root, section)
    if holder is None:
        return
    for name, value in holder.map.items():
        path, place = (*holder.path, name), holder.map.key_place(name)
        try:
            slug(name)
        except ValueError as error:
            reader.problems.error(place, path, str(error))
        if isinstance(value, Map):
            yield name, defaults.under(section, Entry(value, path, place))
        else:
            reader.problems.error(holder.map.value_place(name), path, A_MAP)


def _models(parts: Mapping[str, Part[M]]) -> dict[str, M]:
    return {name: part.model for name, part in parts.items() if part.model is not None}
