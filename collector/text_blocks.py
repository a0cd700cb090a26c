"""Blocks of text for people: facts, tables and sentences, as plain lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from probes.shown import clean

LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with a value each."""

    title: str
    rows: Sequence[tuple[str, str]]


GAP = 3
"""Places between two columns on a terminal."""
SENTENCE = 12
"""A column of sentences is at least so wide."""
WRAPPED = frozenset(
    {"what to do", "why", "cause", "which is", "verdicts", "reason", "next step", "forecast", "before"}
)
"""Columns of sentences: all others stay on one line where there is room."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; the columns of numbers stand to the right, `spare` ones only where there is room for them."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[str] = frozenset()
    spare: Sequence[str] = ()
    """The first of them goes first."""

    def widths(self) -> dict[str, int]:
        """How many places each column needs; one that is empty in every row isn't there."""
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.header)
        found = dict(zip(self.header, (max(map(len, one), default=0) for one in columns), strict=True))
        return {
            name: max(len(name), min(width, SENTENCE) if name in WRAPPED else width)
            for name, width in found.items()
            if width or not self.rows
        }

    def fitting(self, room: int) -> dict[str, int]:
        """The columns that a terminal of so many places shows, without spare ones where they don't fit."""
        widths = self.widths()
        for name in self.spare:
            if fits(widths, room):
                break
            widths.pop(name, None)
        return widths


def fits(widths: Mapping[str, int], room: int) -> bool:
    """Whether columns stand side by side in so many places."""
    return sum(widths.values()) + GAP * len(widths) <= room


@dataclass(frozen=True, slots=True)
class Sentences:
    """One sentence a line, numbered where their order matters."""

    title: str
    lines: Sequence[str]
    numbered: bool = False


Block = Facts | Grid | Sentences


def plain(parts: Sequence[Block]) -> str:
    """Blocks as lines of text, an empty line between them."""
    return "\n".join("\n".join(lines_of(part)) + "\n" for part in parts)


def lines_of(part: Block) -> Iterator[str]:
    """A block line by line."""
    if part.title:
        yield cleaned(part.title)
    if isinstance(part, Facts):
        width = max((len(name) for name, _ in part.rows), default=0)
        yield from (f"  {name:<{width}}  {cleaned(value)}".rstrip() for name, value in part.rows)
    elif isinstance(part, Grid):
        yield from _grid_lines(part)
    else:
        width = len(str(len(part.lines)))
        for number, line in enumerate(part.lines, 1):
            yield f"  {f'{number:>{width}}. ' if part.numbered else ''}{cleaned(line)}"


def _grid_lines(grid: Grid) -> Iterator[str]:
    rows = [list(map(cleaned, row)) for row in (grid.header, *grid.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if name in grid.numbers else cell.ljust(width)
            for name, cell, width in zip(grid.header, row, widths, strict=True)
        ]
        yield f"  {'  '.join(cells)}".rstrip()


def cleaned(text: str) -> str:
    """On one line, with nothing that acts on a terminal."""
    return clean(str(text), LONGEST)
