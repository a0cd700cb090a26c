"""What is wrong with a history: gathered by path while it is read, placed in the text at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from config.errors import Path, Place, Problem, dotted

MOST = 20
"""So many problems are told at once; of the others, how many they are."""

Locate = Callable[[set[Path]], Mapping[Path, Place]]
"""Where the values of some paths stand; one that stands nowhere (a missing key) is left out."""


class HistoryErrors(ValueError):  # noqa: N818 - plural, as it carries every problem at once
    """A history was refused; `problems` are the first MOST of all that were found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = sorted(set(problems))
        self.problems = tuple(found[:MOST])
        self.more = len(found) - len(self.problems)
        super().__init__(self.problems, self.more)

    def __str__(self) -> str:
        more = [f"and {self.more:,} more problem{'s' if self.more > 1 else ''}"] if self.more else []
        return "\n".join([*map(str, self.problems), *more])


class _Complaint(NamedTuple):
    path: Path
    text: str
    other: Path | None


class Complaints:
    """Problems by the path of the value that is wrong.

    Paths cost nothing while all is well; lines are looked for only once something is wrong.
    """

    def __init__(self) -> None:
        self._found: list[_Complaint] = []

    def __len__(self) -> int:
        return len(self._found)

    def rows(self, name: str, since: int) -> frozenset[int]:
        """The entries of the list `name` that are among the problems from the `since`-th on."""
        new = (one.path for one in self._found[since:] if one.path[:1] == (name,))
        return frozenset(path[1] for path in new if len(path) > 1 and isinstance(path[1], int))

    def add(self, path: Path, text: str, other: Path | None = None) -> None:
        """One problem; `other` is a second place that the sentence ends with."""
        self._found.append(_Complaint(path, text, other))

    def settle(self, file: str, locate: Locate) -> None:
        """Raise HistoryErrors when there is any; what stands nowhere is told where its holder stands."""
        if not self._found:
            return
        wanted = {
            head for one in self._found for path in (one.path, one.other or ()) for head in _heads(path)
        }
        places = locate(wanted)

        def place(path: Path) -> Place:
            return next((places[head] for head in _heads(path) if head in places), Place(file))

        raise HistoryErrors(
            Problem(
                *place(one.path),
                dotted(one.path),
                one.text + (f" (line {place(one.other).line})" if one.other is not None else ""),
            )
            for one in self._found
        )


def _heads(path: Path) -> Iterable[Path]:
    """The path, then what holds it, and so on."""
    return (path[:length] for length in range(len(path), -1, -1))
