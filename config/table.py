"""CSV cut into rows of cells, each with its place.

By RFC 4180, with what spreadsheets make of it: `;` or a tab instead of the comma, any line end. But a
cell holds no line break: no value of ours has one, and a quote left open would swallow the rows up to
the next. What can't be read is told with its line and column, and the rows after it are read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from config.errors import Path, Problems
from config.files import Source
from config.tree import MAX_NODES, place_of

_SEPARATORS = ",;\t"
_SAID = re.compile(r"sep=([,;\t])(?:\r\n?|\n)")
_BREAK = re.compile(r"\r\n?|\n")
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
"""Possessive: a quote that is never closed is looked for once, and not again from every place."""
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\udc80-\udcff]")
"""Control characters, and what stands for a byte that is no UTF-8."""


@dataclass(slots=True)
class Cell:
    """A place in a CSV file, as the parser's marks: all count from 0, `index` in characters."""

    name: str
    line: int
    column: int
    index: int


class Field(NamedTuple):
    """One cell: its text, and where it begins and ends."""

    text: str
    begin: Cell
    end: Cell


@dataclass
class Table:
    """A file of rows; its problems are told under `path`."""

    source: Source
    path: Path
    problems: Problems
    most_cells: int = MAX_NODES

    def lines(self) -> Iterator[Sequence[Field] | None]:
        """The cells of each row that holds any, the header first; None for one that was refused."""
        text, separator, cells = self.source.text, "", 0
        index = line = 0
        if said := _SAID.match(text):  # what Excel takes for the separator, and no row
            separator, index, line = said[1], said.end(), 1
        while index < len(text):
            end = _BREAK.search(text, index)
            stop, following = (end.start(), end.end()) if end else (len(text), len(text))
            if not separator:
                separator = max(_SEPARATORS, key=text[index:stop].count)
            if '"' in text[index:stop]:
                fields, following = self._quoted(index, line, separator)
            else:
                fields = self._plain(text[index:stop], index, line, separator)
            index, line = following, line + 1
            if not fields:
                yield None
                continue
            cells += len(fields)
            if cells > self.most_cells:
                self._tell(fields[0].begin, f"the file holds over {self.most_cells:,} cells")
                return
            if any(one.text for one in fields) and not fields[0].text.startswith("#"):
                yield fields

    def _tell(self, cell: Cell, text: str) -> None:
        self.problems.error(place_of(cell), self.path, text)

    def _plain(self, text: str, index: int, line: int, separator: str) -> list[Field]:
        """The cells of a line without quotes; none when it holds what no text file does."""
        if not text.isprintable() and (odd := _ODD.search(text)):
            self._tell(Cell(self.source.name, line, odd.start(), index), _odd(odd[0]))
            return []
        name, column, fields = self.source.name, 0, []
        for one in text.split(separator):
            begin = Cell(name, line, column, index + column)
            column += len(one)
            fields.append(Field(one.strip(), begin, Cell(name, line, column, index + column)))
            column += 1
        return fields

    def _quoted(self, index: int, line: int, separator: str) -> tuple[list[Field], int]:
        """The cells of a row with quotes, and where the next row begins; none when it is not good."""
        text, begun, fields = self.source.text, index, list[Field]()
        while True:
            here = Cell(self.source.name, line, index - begun, index)
            if quoted := _QUOTED.match(text, index):
                content, stop = quoted[1].replace('""', '"'), quoted.end()
                if breaks := len(_BREAK.findall(content)):
                    why = f"this quote is closed in line {line + breaks + 1}: a cell holds no line break"
                    return self._give_up(here, why, begun)
            elif text.startswith('"', index):
                return self._give_up(here, "this quote is never closed", begun)
            else:
                stop = _until(text, index, separator)
                content = text[index:stop].strip()
            if odd := _ODD.search(text, index, stop):
                return self._give_up(here, _odd(odd[0]), begun)
            fields.append(Field(content, here, Cell(here.name, line, stop - begun, stop)))
            if stop == len(text):
                return fields, stop
            if end := _BREAK.match(text, stop):
                return fields, end.end()
            if text[stop] != separator:
                why = (
                    "after a quoted cell comes a separator or the line's end; a quote inside is written twice"
                )
                return self._give_up(Cell(here.name, line, stop - begun, stop), why, begun)
            index = stop + 1

    def _give_up(self, cell: Cell, why: str, begun: int) -> tuple[list[Field], int]:
        """Tell it, and go on with the line after the row's."""
        self._tell(cell, why)
        end = _BREAK.search(self.source.text, begun)
        return [], end.end() if end else len(self.source.text)


def _until(text: str, index: int, separator: str) -> int:
    """Where an unquoted cell ends."""
    end = _BREAK.search(text, index)
    stop = end.start() if end else len(text)
    found = text.find(separator, index, stop)
    return stop if found < 0 else found


def _odd(character: str) -> str:
    code = ord(character)
    if code >= 0xDC80:
        return f"is not UTF-8 text: byte 0x{code - 0xDC00:02x}; save the file as UTF-8"
    return f"character U+{code:04X} can't stand in a CSV file"
