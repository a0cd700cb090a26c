"""The values of a history's rounds, column by column: a month of them in a second or two.

A whole column is read at once; only where that fails are its values looked at one by one, to say
which of them are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from collector.history.problems import Complaints
from collector.history.values import moment, number, one_of, seconds, shown, some, text, up_to, whole, word
from config.errors import Path, nearest
from probes.model import Reason

T = TypeVar("T")
Ints = NDArray[np.int64]
Column = list[Any]

NEEDED = ("at", "every", "sent", "received")
FREE = ("rtt_ms", "repeat", "probe", "dscp", "direction", "family", "reason", "circuit")
UNITS_A_MS = 10_000
_RTTS = re.compile(r"(?:\d{1,9}(?:\.\d{1,4})?+\n)*+", re.ASCII)
_TIMES = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n)*+", re.ASCII)
_REASONS = word(*map(str, Reason))


@dataclass(slots=True)
class Raw:
    """Columns of what a file holds, None where a key was left out; `rtt_ms` are lists."""

    name: str
    columns: dict[str, Column]
    scale: int = UNITS_A_MS
    """Units of 100 ns in what an RTT is given in: ms, or seconds."""
    numbers: Sequence[int] = ()
    """The rows' numbers in the file."""
    lost: str = "null"
    """How the file writes a lost packet."""

    def __post_init__(self) -> None:
        self.numbers = self.numbers or range(len(self.columns["at"]))

    def path(self, row: int, *keys: str | int) -> Path:
        """The path of a value."""
        return self.name, self.numbers[row], *keys

    def without(self, numbers: frozenset[int]) -> Raw:
        """The same without some rows."""
        kept = [row for row, number in enumerate(self.numbers) if number not in numbers]
        columns = {key: [those[row] for row in kept] for key, those in self.columns.items()}
        return Raw(self.name, columns, self.scale, [self.numbers[row] for row in kept], self.lost)


def of_maps(given: list[Any], name: str, complaints: Complaints) -> Raw:
    """The columns of a list of maps; what is no map, and keys nobody knows, are complained about."""
    known = frozenset((*NEEDED, *FREE))
    if not all(type(one) is dict and one.keys() <= known for one in given):
        for row, one in enumerate(given):
            if not isinstance(one, dict):
                complaints.add(
                    (name, row), f"must be a map with the keys {', '.join(NEEDED)}, not {shown(one)}"
                )
                continue
            for key in one.keys() - known:
                complaints.add((name, row, key), f"unknown key {key!r}: {nearest(key, known)}")
    rows = [row for row, one in enumerate(given) if isinstance(one, dict)]
    columns = {key: [given[row].get(key) for row in rows] for key in (*NEEDED, *FREE)}
    return Raw(name, columns, numbers=rows)


@dataclass(frozen=True, slots=True)
class Packets:
    """Places of each round's packets: `lengths` (n,), `answered` and `units` (m,), 0 for a loss."""

    lengths: Ints
    answered: NDArray[np.bool_]
    units: Ints


_READERS: dict[str, Callable[[object], Any]] = {
    "at": moment,
    "every": seconds,
    "sent": whole,
    "received": whole,
    "repeat": some,
    "probe": text,
    "dscp": up_to(63),
    "direction": word("forward", "reverse"),
    "family": one_of(4, 6),
    "reason": _REASONS,
    "circuit": text,
}


def values_of(raw: Raw, complaints: Complaints) -> tuple[dict[str, Column], Packets] | None:
    """Every column's values, and the packets; None, and complaints, where any is refused."""
    before = len(complaints)
    values = {key: _column(raw, key, read, complaints) for key, read in _READERS.items()}
    packets = _packets(raw, complaints)
    return None if len(complaints) > before or packets is None else (values, packets)


def _column(raw: Raw, key: str, read: Callable[[object], Any], complaints: Complaints) -> Column:
    """A column's values; what is missing or refused is complained about row by row."""
    given = raw.columns[key]
    if key in NEEDED and None in given:
        for row, one in enumerate(given):
            if one is None:
                complaints.add(raw.path(row, key), f"{key!r} is needed")
    try:
        return (_moments(given) if read is moment else None) or _each_once(given, read)
    except (ValueError, TypeError):  # a TypeError: a list or a map, which can't be looked up
        for row, one in enumerate(given):
            _try(read, one, raw.path(row, key), complaints)
        return []


def _moments(given: Column) -> Column | None:
    """Times in UTC with `Z` and whole seconds; None where one is written otherwise, or is none."""
    try:
        joined = "\n".join((*given, ""))
        if not _TIMES.fullmatch(joined):
            return None
        found = np.array(joined.replace("Z", "").split(), "datetime64[ms]").astype(np.int64)
    except (ValueError, TypeError):
        return None
    return None if (found < 0).any() else found.tolist()


def _each_once(given: Column, read: Callable[[object], Any]) -> Column:
    """Each value read, those that stand there often only once; true is not 1 here."""
    if given.count(None) == len(given):
        return given
    known = {
        key: None if key[1] is None else read(key[1])
        for key in set(zip(map(type, given), given, strict=True))
    }
    return [known[type(one), one] for one in given]


def _try(read: Callable[[object], T], value: object, path: Path, complaints: Complaints) -> T | None:
    try:
        return None if value is None else read(value)
    except ValueError as error:
        complaints.add(path, str(error))
        return None


def _packets(raw: Raw, complaints: Complaints) -> Packets | None:
    lists = raw.columns["rtt_ms"]
    if not all(one is None or type(one) is list for one in lists):
        for row, one in enumerate(lists):
            if one is not None and not isinstance(one, list):
                complaints.add(raw.path(row, "rtt_ms"), f"must be a list of times, not {shown(one)}")
        return None
    lists = [one or [] for one in lists]
    lengths = np.array(list(map(len, lists)), np.int64)
    places = list(chain.from_iterable(lists))
    answered, came = np.ones(len(places), np.bool_), places
    if None in places:
        answered = np.array([one is not None for one in places], np.bool_)
        came = [one for one in places if one is not None]
    units = np.zeros(len(places), np.int64)
    in_bulk = _in_bulk(came, raw.scale)
    units[answered] = _one_by_one(raw, lists, complaints) if in_bulk is None else in_bulk
    return Packets(lengths, answered, units)


def _in_bulk(came: Sequence[Any], scale: int) -> Ints | None:
    """Units of plain times in ms of at most 4 decimals; None where one is anything else.

    Exact in spite of the float on the way: below 2^53 units one is off by less than a thousandth of a
    unit, and what was written is a whole number of them.
    """
    try:
        joined = "\n".join((*came, ""))
    except TypeError:
        return None
    if scale != UNITS_A_MS or not _RTTS.fullmatch(joined):
        return None
    return np.rint(np.fromiter(map(float, came), np.float64, len(came)) * scale).astype(np.int64)


def _one_by_one(raw: Raw, lists: Column, complaints: Complaints) -> list[int]:
    def units(value: object) -> int:
        exact: Decimal = number(value) * raw.scale
        if exact < 0:
            raise ValueError(f"{shown(value)} is below 0: a lost packet is {raw.lost}")
        if exact != int(exact):
            raise ValueError(f"{shown(value)} is finer than 100 ns, which is the finest that is kept")
        if exact >= 2**53:
            raise ValueError(f"{shown(value)} is no round-trip time: over 28 years")
        return int(exact)

    return [
        _try(units, one, raw.path(row, "rtt_ms", place), complaints) or 0
        for row, those in enumerate(lists)
        for place, one in enumerate(those)
        if one is not None
    ]
