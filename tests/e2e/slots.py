"""Which slots the export of a daemon holds, and which it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

Rows = Iterable[Mapping[str, str]]


def slots(rows: Rows, circuit: str, probe: str = "far") -> list[int]:
    """The slots of a probe's rounds in ms since the epoch, in order, with whatever is there twice."""
    return sorted(slot_of(row) for row in rows if (row["circuit"], row["probe"]) == (circuit, probe))


def slot_of(row: Mapping[str, str]) -> int:
    """A row's slot in ms since the epoch."""
    return round(datetime.fromisoformat(row["at"]).timestamp() * 1_000)


def missing(found: list[int], every_ms: int = 1_000) -> list[int]:
    """The slots that are not there between the first and the last; fails on one that is there twice."""
    assert len(set(found)) == len(found), "a slot was measured twice"
    return sorted(set(range(found[0], found[-1], every_ms)) - set(found))


def lost(rows: Rows) -> list[Mapping[str, str]]:
    """The rounds with a packet that was sent and not answered."""
    return [row for row in rows if row["sent"] != row["received"]]
