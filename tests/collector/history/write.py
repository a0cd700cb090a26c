"""Writes histories for tests, and reads them back."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from collector.history import History, HistoryErrors, read_history
from collector.sla.calendar import ms_of
from collector.sla.evidence import Evidence
from collector.sla.rules import CircuitFacts

CIRCUIT = {"id": "X-1", "timezone": "UTC"}


def ms(text: str) -> int:
    """An RFC 3339 time as UTC milliseconds."""
    return ms_of(datetime.fromisoformat(text))


def history(directory: Path, **parts: object) -> History:
    """The history of one circuit, or of `circuits`, with these lists."""
    whole = parts if "circuit" in parts or "circuits" in parts else {"circuit": CIRCUIT, **parts}
    path = directory / "history.json"
    path.write_text(json.dumps(whole))
    return read_history(path)


def known(directory: Path, **parts: object) -> tuple[CircuitFacts, Evidence]:
    """What is known of the only circuit."""
    ((_, only),) = history(directory, **parts).circuits.items()
    return only


def evidence(directory: Path, **parts: object) -> Evidence:
    """What was measured and said of the only circuit."""
    return known(directory, **parts)[1]


def mistakes(directory: Path, text: str) -> list[str]:
    """What is said of a text, without the file's path; none: it was read."""
    path = directory / "h.json"
    path.write_text(text)
    try:
        read_history(path)
    except HistoryErrors as errors:
        return str(errors).replace(f"{path}:", "").splitlines()
    return []
