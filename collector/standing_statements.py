"""The statements of a period as they stand: issued ones from the ledger, the others as they are today.

For whoever asks often, at the clerk's desk: what was computed a moment ago is not computed again until
the ledger or the notes have gone on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from collector.clerk import Desk
from collector.standing import Office, Standing
from collector.statements import statements

FRESH_MS = 60_000
MOST_KEPT = 32
_KEPT = "standing statements"


@dataclass(frozen=True, slots=True)
class Stood:
    """Statements, and a name for what they say; empty while a period of them runs or isn't issued."""

    statements: tuple[Standing, ...]
    etag: str


def stood(desk: Desk, period: str, circuits: Sequence[str]) -> Stood:
    """What stands of `circuits` in a period; raises ValueError for one that can't be read, LedgerError."""
    notes = desk.reader.notes()
    key = (period, tuple(circuits), desk.now.wall_ms // FRESH_MS, len(notes), len(desk.reader.drafts()))
    kept = desk.kept.setdefault(_KEPT, {})
    if key not in kept:
        while len(kept) >= MOST_KEPT:
            del kept[next(iter(kept))]
        kept[key] = _stood(desk, period, circuits)
    found: Stood = kept[key]
    return found


def _stood(desk: Desk, period: str, circuits: Sequence[str]) -> Stood:
    made = statements(desk.settings, desk.reader, period=period, circuits=circuits, now=desk.now)
    standing = tuple(Office(desk.settings, desk.ledger).standing(made, recompute=False))
    return Stood(standing, _etag(standing))


def _etag(standing: Sequence[Standing]) -> str:
    if not standing or any(one.issued is None for one in standing):
        return ""
    told = [one.told for one in standing]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]
