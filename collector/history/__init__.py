"""History files: what was measured and said of circuits, from JSON or CSV, for `replay`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collector.history.columns import Raw
from collector.history.csv_text import CsvFile, read_intervals, read_rounds
from collector.history.gather import gather
from collector.history.json_text import no_garbage, places, read_json
from collector.history.model import History
from collector.history.problems import Complaints, HistoryErrors
from config.errors import Path as KeyPath
from config.errors import Place, Problem
from config.files import Unreadable, read_text

__all__ = ["History", "HistoryErrors", "read_csv", "read_history"]

MAX_BYTES = 1_000_000_000


def read_history(path: Path) -> History:
    """The history in a JSON file; raises HistoryErrors with every problem at once, each with its line."""
    text, complaints = _text(path), Complaints()
    with no_garbage():
        history = gather(read_json(text, str(path)), complaints)
    complaints.settle(str(path), lambda wanted: places(text, str(path), wanted))
    return history


def read_csv(
    intervals: Path | None,
    rounds: Path | None,
    *,
    circuit: str = "circuit",
    charge: str | None = None,
    zone: str | None = None,
) -> History:
    """The history in two CSV files, either of which may be left out.

    Rows without a circuit are of `circuit`; every circuit costs `charge` a month and stands in `zone`.
    Raises HistoryErrors for the files, ValueError for what is given beside them.
    """
    with no_garbage():
        return _from_tables(intervals, rounds, circuit, charge, zone)


def _from_tables(
    intervals: Path | None, rounds: Path | None, circuit: str, charge: str | None, zone: str | None
) -> History:
    document: dict[str, Any] = {}
    files, named, raw = list[CsvFile](), list[str | None](), None
    if intervals is not None:
        file, document["intervals"] = read_intervals(intervals, _text(intervals))
        files, named = [file], file.cells("circuit")
    if rounds is not None:
        file, raw = read_rounds(rounds, _text(rounds))
        files, named = [*files, file], [*named, *file.cells("circuit")]
    each = dict.fromkeys(one or circuit for one in named) or {circuit: None}
    extra = {key: value for key, value in (("monthly_charge", charge), ("timezone", zone)) if value}
    document["circuits"] = [{"id": one, **extra} for one in each]
    return _gathered(document, files, raw, circuit)


def _gathered(document: dict[str, Any], files: list[CsvFile], raw: Raw | None, circuit: str) -> History:
    for one in document.get("intervals", ()):
        one.setdefault("circuit", circuit)
    if raw is not None:
        raw.columns["circuit"] = [one or circuit for one in raw.columns["circuit"]]
    complaints = Complaints()
    history = gather(document, complaints, raw)

    def locate(wanted: set[KeyPath]) -> Mapping[KeyPath, Place]:
        return {path: place for file in files for path, place in file.places(wanted).items() if path}

    complaints.settle(str(files[0].source.path) if files else "", locate)
    return history


def _text(path: Path) -> str:
    try:
        return read_text(path, MAX_BYTES)
    except Unreadable as error:
        raise HistoryErrors([Problem(str(path), 0, 0, "", str(error))]) from None
