"""Intervals and rounds as CSV: any tool's, in our column names, or our own `export`.

The text is cut quickly where no cell is quoted; for places, and for quotes, by the configuration's
own reader of tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from collector.csv_export import HEADER as EXPORTED
from collector.csv_export import UNITS_A_SECOND
from collector.history.columns import FREE, NEEDED, UNITS_A_MS, Raw
from collector.history.entries import INTERVAL
from collector.history.problems import Complaints, HistoryErrors
from collector.ledger.model import REFERENCE
from config.errors import Path, Place, Problems, nearest
from config.files import Source
from config.table import Table

MOST_CELLS = 50_000_000
MOST_INTERVALS = 500_000
"""More than a circuit that changes once a minute has in a year; each costs a kilobyte or two."""
ALIASES = {"every_seconds": "every", "rtt_seconds": "rtt_ms"}
"""What our export calls them."""
PASSED_OVER = frozenset(EXPORTED) - {*NEEDED, *FREE, *ALIASES}
"""Columns of the export that say nothing about a round."""
HEADER = "header"
Row = list[str]
_NOT_PLAIN = re.compile('["#\x00-\x08\x0b\x0c\x0e-\x1f\x7f]')
"""Quotes, comments, and what no text file holds."""


@dataclass
class CsvFile:
    """The rows of a file by column, as `columns` name them, and a way back to their places."""

    source: Source
    name: str
    """What problems' paths begin with."""
    columns: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    """Each row's number in the file, from 0 after the header."""

    def places(self, wanted: set[Path]) -> Mapping[Path, Place]:
        """Where rows and cells stand; a column that a row lacks is left out."""
        found: dict[Path, Place] = {(): Place(self.source.name)}
        lines = list(filter(None, self._table(Problems())))
        for path in wanted:
            if path[:1] != (self.name,) or len(path) not in {2, 3}:
                continue
            cells = lines[1 + self.kept[path[1]]] if isinstance(path[1], int) else lines[0]
            column = str(path[-1]) if len(path) == 3 else self.columns[0]
            if column in self.columns[: len(cells)]:
                begin = cells[self.columns.index(column)].begin
                found[path] = Place(begin.name, begin.line + 1, begin.column + 1)
        return found

    def _table(self, problems: Problems) -> Any:  # noqa: ANN401
        return Table(self.source, (), problems, MOST_CELLS).lines()

    def read(self, known: Sequence[str], needed: Sequence[str]) -> None:
        """Cut the text into rows; raises HistoryErrors for what is no table, or an unknown column."""
        problems = Problems()
        plain = _plain(self.source.text)
        lines = plain or [[one.text for one in row] for row in self._table(problems) if row]
        if problems.has_errors:
            raise HistoryErrors(problems.sorted())
        complaints = Complaints()
        header = lines[0] if lines else []
        self.columns = [ALIASES.get(one.lower(), one.lower()) for one in header]
        self.rows, self.kept = lines[1:], list(range(len(lines) - 1))
        self._check_header(header, known, needed, complaints)
        width = len(header)
        for number, row in enumerate(self.rows):
            if len(row) > width:
                complaints.add((self.name, number), f"has {len(row)} cells, the header {width}")
        complaints.settle(self.source.name, self.places)

    def _check_header(
        self, header: Sequence[str], known: Sequence[str], needed: Sequence[str], complaints: Complaints
    ) -> None:
        if not header:
            complaints.add((), f"is empty: its first line names the columns {','.join(needed)}")
            return
        for given, column in zip(header, self.columns, strict=True):
            if column not in known:
                complaints.add(
                    (self.name, HEADER, column), f"unknown column {given!r}: {nearest(given, known)}"
                )
            elif self.columns.count(column) > 1:
                complaints.add((self.name, HEADER, column), f"column {given!r} stands here twice")
        for column in needed:
            if column not in self.columns:
                complaints.add((self.name, HEADER), f"column {column!r} is needed")

    def cells(self, column: str) -> list[str | None]:
        """A column's cells; None where one is empty, or the file has no such column."""
        if column not in self.columns:
            return [None] * len(self.rows)
        place = self.columns.index(column)
        return [row[place] or None if place < len(row) else None for row in self.rows]

    def keep(self, rows: Sequence[int]) -> None:
        """Drop all other rows."""
        self.rows, self.kept = [self.rows[one] for one in rows], [self.kept[one] for one in rows]


def _plain(text: str) -> list[Row] | None:
    """The rows of a text without quotes, comments and odd characters; None where it has any."""
    if _NOT_PLAIN.search(text) or text.startswith("sep=") or not text.strip():
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator = max(",;\t", key=lines[0].count)
    rows = ([cell.strip() for cell in line.split(separator)] for line in lines if line.strip())
    return [row for row in rows if any(row)]


def read_intervals(path: FilePath, text: str) -> tuple[CsvFile, list[dict[str, str]]]:
    """The entries of `intervals` that a file holds: from, to, status[, cause, circuit]."""
    file = CsvFile(Source(str(path), path, text), "intervals")
    file.read(list(INTERVAL.all), list(INTERVAL.needed))
    if len(file.rows) > MOST_INTERVALS:
        complaints = Complaints()
        complaints.add((), f"has {len(file.rows):,} intervals: at most {MOST_INTERVALS:,}, split the file")
        complaints.settle(file.source.name, file.places)
    return file, [
        {key: cell for key, cell in zip(file.columns, row, strict=False) if cell} for row in file.rows
    ]


def read_rounds(path: FilePath, text: str) -> tuple[CsvFile, Raw]:
    """The rounds that a file holds: at, every, sent, received[, rtt_ms ...], or as `export` writes them.

    Rounds of reference targets, which are in an export too, are passed over.
    """
    file = CsvFile(Source(str(path), path, text), "rounds")
    file.read([*NEEDED, *FREE, *PASSED_OVER], NEEDED)
    in_seconds = "rtt_seconds" in text.partition("\n")[0].lower()
    circuits = file.cells("circuit")
    if REFERENCE in circuits:
        file.keep([row for row, circuit in enumerate(circuits) if circuit != REFERENCE])
    columns: dict[str, list[Any]] = {key: file.cells(key) for key in (*NEEDED, *FREE)}
    counts = zip(columns["sent"], columns["received"], columns["rtt_ms"], strict=True)
    columns["rtt_ms"] = [_packets(*one) for one in counts] if "rtt_ms" in file.columns else columns["rtt_ms"]
    scale = UNITS_A_SECOND if in_seconds else UNITS_A_MS
    return file, Raw("rounds", columns, scale, lost="an empty place")


def _packets(sent: str | None, received: str | None, cell: str | None) -> list[str | None] | None:
    """The packets of a cell; an empty one knows only the counts, unless the one packet sent was lost."""
    if cell is None:
        return [None] if (sent, received) == ("1", "0") else None
    return [one.strip() or None for one in cell.split(";")]
