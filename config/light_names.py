"""The names in a configuration, for whoever completes what a person types: no problem is told here."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SECTIONS = ("circuits", "carriers", "contracts", "sites")
_KEY = re.compile(r"  ([\"']?)([A-Za-z0-9][A-Za-z0-9._-]*)\1:(?: |$)")
_FLOW_KEY = re.compile(r"[{,] *[\"']?([A-Za-z0-9][A-Za-z0-9._-]*)[\"']?: *\{")
_TABLE = re.compile(r"\{ *csv: *[\"']?([^\"'},]+)[\"']? *[,}]")
_INCLUDE = re.compile(r"[\w./*?-]+\.ya?ml")
_CSV = re.compile(r"[\w./-]+\.csv")
_IDS = ("circuit", "id")
"""The columns of a table of circuits that may have their names."""


def names(path: Path, section: str) -> list[str]:
    """The keys of a section in a configuration and what it includes, as far as a glance at the lines tells.

    A file in a form that nobody writes by hand may hide some; what can't be read has none.
    """
    found: dict[str, None] = {}
    for file in (path, *_included(path)):
        found.update(dict.fromkeys(_of_file(file, section)))
    return list(found)


def _lines(path: Path) -> list[str]:
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text("utf-8-sig").splitlines()
    return []


def _included(path: Path) -> Iterator[Path]:
    inside = False
    for line in _lines(path):
        inside = line.startswith("include:") or (inside and line[:1] in {" ", "-"})
        if inside:
            for pattern in _INCLUDE.findall(line.partition("#")[0]):
                yield from sorted(path.parent.glob(pattern)) if pattern[0] != "/" else [Path(pattern)]


def _of_file(path: Path, section: str) -> Iterator[str]:
    inside = False
    for line in _lines(path):
        if line[:1] not in {" ", "#", ""}:
            inside = line.startswith(f"{section}:")
            if inside:
                rest = line.removeprefix(f"{section}:")
                yield from _FLOW_KEY.findall(rest)
                yield from _of_tables(path, _TABLE.findall(rest))
        elif inside and (match := _KEY.match(line)):
            tables = match[2] == "csv" and section == "circuits"
            yield from _of_tables(path, _CSV.findall(line)) if tables else [match[2]]


def _of_tables(path: Path, files: list[str]) -> Iterator[str]:
    for file in files:
        rows = (line for line in _lines(path.parent / file.strip()) if not line.startswith("#"))
        with suppress(csv.Error):
            for row in csv.DictReader(rows):
                yield from (name for column in _IDS if (name := row.get(column)))
