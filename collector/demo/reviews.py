"""Goals, actions and reviews of the made-up year, out of reviews.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

from collector.demo.written import Written

_REFERRING = ("of", "goal")
"""Fields that name another note: by its name in the file, by its number in the ledger."""


def reviewed(circuits: Collection[str]) -> list[Written]:
    """The notes that concern these circuits, or a carrier as a whole; their names are not numbers yet."""
    rows = tomllib.loads(resources.files("collector.demo").joinpath("reviews.toml").read_text())["note"]
    return list(_kept(rows, set(circuits)))


def _kept(rows: Sequence[Mapping[str, Any]], circuits: Collection[str]) -> Iterator[Written]:
    """Those of circuits that there are; what adds to a note goes with it."""
    gone: set[str] = set()
    for row in rows:
        says, name = row["says"], row.get("name", "")
        if says.get("of") in gone or not set(says.get("circuits", ())) <= set(circuits):
            gone.add(name)
            continue
        if says.get("goal") in gone:
            says = {key: value for key, value in says.items() if key != "goal"}
        at_ms = round(row["at"].timestamp() * 1000)
        yield Written(at_ms, row["author"], row["kind"], says, name)


def numbered(notes: Sequence[Written]) -> list[Written]:
    """The same with the numbers that they will have in an empty ledger, written in this order."""
    numbers = {one.name: number for number, one in enumerate(notes, 1) if one.name}
    return [
        replace(one, values=dict(one.values) | _references(one.values, numbers))
        if one.values.keys() & set(_REFERRING)
        else one
        for one in notes
    ]


def _references(values: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, int]:
    return {key: numbers[values[key]] for key in _REFERRING if key in values}
