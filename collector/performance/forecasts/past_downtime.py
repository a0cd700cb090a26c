"""A circuit's counted downtime of the past, day by day, as its contract's statements told it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from collector.analysis.budget import Past, Span, past_of
from collector.ledger.model import Outage
from collector.ledger.reader import SqliteReader
from collector.ledger.revisions import Revision
from collector.sla.calendar import DAY_MS, day_start_ms, local_day, ms_of

LONGEST_DAYS = 400
LEAST_COVERAGE = Decimal(75)
"""Percent: of a period of which less is known, nobody can say how it was."""
_FEW = 20

Piece = tuple[date, float]


@dataclass(frozen=True, slots=True)
class Told:
    """A closed period as its statement told it: (start, end, counted seconds) of each outage."""

    from_ms: int
    to_ms: int
    outages: tuple[tuple[int, int, float], ...] = field(default=())


def told(
    reader: SqliteReader, circuits: Sequence[str], *, joined: bool
) -> Mapping[tuple[str, str], Sequence[Told]]:
    """Closed periods by (circuit, contract), the oldest first; `joined`: some are judged with others.

    Raises LedgerError.
    """
    some = len(circuits) <= _FEW and not joined
    revisions = (
        [one for name in circuits for one in reader.revisions(name, brief=True)]
        if some
        else reader.revisions(brief=True)
    )
    wanted, found = set(circuits), dict[tuple[str, str], list[Told]]()
    for revision in revisions:
        statement = json.loads(revision.json)
        if Decimal(statement["coverage"]) >= LEAST_COVERAGE:
            one = _told(revision, statement)
            for name in wanted & set(statement["circuits"]):
                found.setdefault((name, revision.key.contract), []).append(one)
    return found


def _told(revision: Revision, statement: Mapping[str, Any]) -> Told:
    outages = tuple(
        (_ms(one["from"]), _ms(one["to"]), float(one["counted_seconds"]))
        for one in statement["outages"]
        if one["counted_seconds"]
    )
    return Told(revision.key.from_ms, revision.key.to_ms, outages)


def _ms(text: str) -> int:
    return ms_of(datetime.fromisoformat(text))


def past(
    periods: Sequence[Told],
    running_ms: int,
    now_ms: int,
    counted_seconds: float,
    outages: Iterable[Outage],
    zone: str,
) -> tuple[Past, list[Span]]:
    """The days up to now, in the zone, and the closed periods among them that follow without a gap.

    Of the period that runs (since `running_ms`) only the sum is told: it lies where its `outages` lie.
    """
    closed = list(_unbroken(periods, running_ms, now_ms))
    today = local_day(now_ms, zone)
    first = local_day(closed[0].from_ms if closed else running_ms, zone)
    pieces = [
        piece
        for period in closed
        for start, end, counted in period.outages
        for piece in by_day(start, end, counted, zone)
    ]
    now = [
        (max(one.start_ms, running_ms), now_ms if one.end_ms is None else min(one.end_ms, now_ms))
        for one in outages
    ]
    now = [(start, end) for start, end in now if start < end]
    measured = sum(end - start for start, end in now)
    for start, end in now if counted_seconds > 0 else ():
        pieces += by_day(start, end, counted_seconds * (end - start) / measured, zone)
    number = sum(len(one.outages) for one in closed) + (len(now) if counted_seconds > 0 else 0)
    spans = [Span(local_day(one.from_ms, zone), local_day(one.to_ms - 1, zone)) for one in closed]
    return past_of(first, today, pieces, number), spans


def _unbroken(periods: Sequence[Told], until_ms: int, now_ms: int) -> Iterator[Told]:
    """The latest periods that lie side by side up to the one that runs, the oldest first."""
    chosen: list[Told] = []
    for one in reversed(periods):
        if one.to_ms == until_ms and now_ms - one.from_ms <= LONGEST_DAYS * DAY_MS:
            chosen.append(one)
            until_ms = one.from_ms
    yield from reversed(chosen)


def by_day(start_ms: int, end_ms: int, counted: float, zone: str) -> Iterator[Piece]:
    """Counted seconds of an outage, shared among the local days that it touches."""
    day, lasts = local_day(start_ms, zone), max(1, end_ms - start_ms)
    while start_ms < end_ms:
        until_ms = min(end_ms, day_start_ms(day + timedelta(days=1), zone))
        yield day, counted * (until_ms - start_ms) / lasts
        start_ms, day = until_ms, day + timedelta(days=1)
