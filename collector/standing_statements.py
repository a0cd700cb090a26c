"""The statements of a period as they stand: issued ones from the ledger, the others as they are today.

What a closed period said once stands, so it is read and not computed again: of a thousand circuits that
would take minutes. The page, the API and reports all take it from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.clerk import Desk
from collector.ledger.reader import SqliteReader
from collector.ledger.revisions import RevisionKey
from collector.sla.calendar import Period, local_day
from collector.sla.rules import cycle_of
from collector.standing import Office, Standing, as_issued
from collector.statements import Bench, Cause, statements
from config.settings import Settings
from probes.clock import Instant

FRESH_MS = 60_000
MOST_KEPT = 32
_KEPT = "standing statements"
Taken = tuple[Cause, Standing | None]
"""What a statement is about, and the one that stands of it; None: it is to be computed."""


@dataclass(frozen=True, slots=True)
class Stood:
    """Statements, and a name for what they say; empty while a period of them runs or isn't issued."""

    statements: tuple[Standing, ...]
    etag: str
    missing: int = 0
    """So many were too many to be computed now."""


def taken(
    settings: Settings, reader: SqliteReader, *, period: str, circuits: Iterable[str], now: Instant
) -> list[Taken]:
    """Each statement that there is about these circuits, with the revision of it that was issued.

    Raises ValueError for a period that can't be read, LedgerError.
    """
    causes = Bench(settings, reader, now.wall_ms).causes(circuits, period)
    return [(one, _issued(settings, reader, one, now.wall_ms)) for one in causes]


def is_own(settings: Settings, contract: str, period: Period) -> bool:
    """Whether a period is one of the contract's own: only those have numbers, and pay credits."""
    terms = settings.contracts[contract].terms_on(local_day(period.start_ms, period.zone))
    return cycle_of(terms).owns(period)


def stood(desk: Desk, period: str, circuits: Sequence[str], most: int | None = None) -> Stood:
    """What stands of `circuits` in a period; at most `most` are computed.

    At the clerk's desk: what was computed a moment ago isn't again until notes or drafts have come.
    Raises ValueError for a period that can't be read, LedgerError.
    """
    notes, drafts = len(desk.reader.notes()), len(desk.reader.drafts())
    key = (period, tuple(circuits), most, desk.now.wall_ms // FRESH_MS, notes, drafts)
    kept = desk.kept.setdefault(_KEPT, {})
    if key not in kept:
        while len(kept) >= MOST_KEPT:
            del kept[next(iter(kept))]
        kept[key] = _stood(desk, period, circuits, most)
    found: Stood = kept[key]
    return found


def _issued(settings: Settings, reader: SqliteReader, cause: Cause, now_ms: int) -> Standing | None:
    period = cause.period
    if period.end_ms > now_ms or not is_own(settings, cause.contract, period):
        return None
    key = RevisionKey(cause.scope, cause.contract, period.start_ms, period.end_ms)
    return as_issued(reader.revisions_of(key))


def _stood(desk: Desk, period: str, circuits: Sequence[str], most: int | None) -> Stood:
    found = taken(desk.settings, desk.reader, period=period, circuits=circuits, now=desk.now)
    open_ = [cause for cause, standing in found if standing is None]
    computed = _computed(desk, period, open_[:most])
    both = (standing or computed.get((one.scope, one.contract)) for one, standing in found)
    standing = tuple(one for one in both if one is not None)
    return Stood(standing, _etag(standing), 0 if most is None else len(open_[most:]))


def _computed(desk: Desk, period: str, causes: Sequence[Cause]) -> dict[tuple[str, str], Standing]:
    """By scope and contract."""
    names = [one.circuits[0] for one in causes]
    made = statements(desk.settings, desk.reader, period=period, circuits=names, now=desk.now)
    standing = Office(desk.settings, desk.ledger).standing(made, recompute=False)
    return {(one.told["circuit"], one.told["contract"]): one for one in standing}


def _etag(standing: Sequence[Standing]) -> str:
    if not standing or any(one.issued is None for one in standing):
        return ""
    told = [one.told for one in standing]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]
