"""A problem of a configuration: where it is, what it is, and what would be right."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

Path = tuple[str | int, ...]
"""The keys and list places that lead to a value."""


class Severity(StrEnum):
    """Whether a configuration can be used in spite of the problem."""

    ERROR = "error"
    WARNING = "warning"


class Place(NamedTuple):
    """A character of a file; line and column count from 1, and are 0 where the whole file is meant."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Problem(NamedTuple):
    """One sentence about one place. They sort by file, line and column."""

    file: str
    line: int
    column: int
    path: str
    text: str
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Whether the configuration is refused for it."""
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        """`file:line:column: path: what, and what would be right`."""
        marker = "" if self.is_error else "warning: "
        path = f"{self.path}: " if self.path else ""
        return f"{Place(self.file, self.line, self.column)}: {marker}{path}{self.text}"


class ConfigErrors(Exception):  # noqa: N818 - plural, as it carries every problem at once
    """A configuration was refused; `problems` are all that were found, warnings too, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems if problem.is_error)


MOST_PROBLEMS = 1_000


class Problems:
    """Gathers problems while a configuration is read; the same one at the same place counts once.

    After MOST_PROBLEMS errors, or warnings, more are only counted: ten thousand rows may have one each.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[Place, str], Problem] = {}
        self._told = Counter[Severity]()

    def error(self, place: Place, path: Path, text: str) -> None:
        """The configuration can't be used."""
        self._add(place, path, text, Severity.ERROR)

    def warn(self, place: Place, path: Path, text: str) -> None:
        """The configuration can be used, and someone should know."""
        self._add(place, path, text, Severity.WARNING)

    def _add(self, place: Place, path: Path, text: str, severity: Severity) -> None:
        if (place, text) not in self._found:
            self._told[severity] += 1
            if self._told[severity] <= MOST_PROBLEMS:
                self._found[place, text] = Problem(*place, dotted(path), text, severity)

    def sorted(self) -> tuple[Problem, ...]:
        """All that were kept, by file, line and column, and how many more there are."""
        found = tuple(sorted(self._found.values()))
        more = {severity: told - MOST_PROBLEMS for severity, told in self._told.items()}
        return (*found, *(_more(found[-1].file, one, many) for one, many in more.items() if many > 0))

    def __len__(self) -> int:
        return self._told.total()

    @property
    def has_errors(self) -> bool:
        """Whether one of them is an error."""
        return self._told[Severity.ERROR] > 0


def _more(file: str, severity: Severity, many: int) -> Problem:
    return Problem(file, 0, 0, "", f"and {many:,} more {severity}s", severity)


def dotted(path: Path) -> str:
    """`circuits.lon-acme.probes.pe`, `sites.lon-01.reference[0]`; a key with a dot is quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += "." * bool(text) + (f'"{part}"' if "." in part else part)
    return text


A_MAP = "must be a map: lines of `key: value`"
SENTENCES = {
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "tuple_type": "must be a list, such as [a, b]",
    "list_type": "must be a list, such as [a, b]",
    "dict_type": A_MAP,
    "mapping_type": A_MAP,
    "model_type": A_MAP,
    "too_short": "is empty: write one at least, or leave it out",
    "path_type": "must be the path of a file",
}
"""What pydantic says of a value's type, by its name for the mistake, for a person."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence's end that names the known word nearest to `word`, or all of them if none is near."""
    words = sorted(known)
    spelled = {one.lower(): one for one in words}
    if close := difflib.get_close_matches(word.lower(), spelled, n=1):
        return f"did you mean {spelled[close[0]]!r}?"
    if not words:
        return "there are none"
    return f"known here: {', '.join(words[:20])}{' ...' if len(words) > 20 else ''}"
