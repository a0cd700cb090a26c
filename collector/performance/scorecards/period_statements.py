"""The statements that a period is made of: its own, or those of its months where it has several.

A quarter's figures are those of its issued months: what a closed month said stands, and nothing is
computed anew. A month, a day or a time that has none is computed, as far as there is time for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from collector.clerk import Desk
from collector.ledger.revisions import Revision, RevisionKey
from collector.periods import ReportPeriod, read_period
from collector.standing_statements import stood

Json = dict[str, Any]
_KEPT = "issued statements"
_ITS_OWN = frozenset({"steps", "undecided", "document", "chronic", "reliability", "config", "because"})
_OF_OBJECTIVES = frozenset({"id", "metric", "target", "measured", "unit", "verdict"})


@dataclass(frozen=True, slots=True)
class PeriodStatements:
    """What there is of a period."""

    period: ReportPeriod
    told: tuple[Json, ...]
    """As `sla --json` tells them, by circuit and time."""
    missing: int
    """Circuits that were too many to be computed now."""
    lacking: tuple[str, ...]
    """Months of the period that have no statement yet."""
    settled: bool
    """Whether all of them are issued, so that they stay as they are until a person changes them."""


@dataclass(frozen=True, slots=True)
class Issued:
    """An issued statement; its text and its steps are let go: years of them are kept."""

    key: RevisionKey
    label: str
    told: Json

    @property
    def middle_ms(self) -> int:
        """In the middle of its period: zones differ at the edges."""
        return (self.key.from_ms + self.key.to_ms) // 2

    def within(self, start_ms: int, end_ms: int) -> bool:
        """Whether its period is one of those that a longer one consists of."""
        length_ms = self.key.to_ms - self.key.from_ms
        return start_ms <= self.middle_ms < end_ms and length_ms <= end_ms - start_ms


def issued(desk: Desk) -> Sequence[Issued]:
    """Every issued statement, read once as long as none is added; raises LedgerError."""
    count = desk.reader.count_issued()
    kept: tuple[int, Sequence[Issued]] | None = desk.kept.get(_KEPT)
    if kept is None or kept[0] != count:
        newest = desk.reader.revisions()
        kept = desk.kept[_KEPT] = count, tuple(Issued(one.key, one.label, _slim(one)) for one in newest)
    return kept[1]


def _slim(one: Revision) -> Json:
    """The statement without what only its own page shows."""
    told = {name: value for name, value in one.statement.items() if name not in _ITS_OWN}
    told["objectives"] = [
        {name: value for name, value in each.items() if name in _OF_OBJECTIVES} for each in told["objectives"]
    ]
    return told


def period_statements(desk: Desk, label: str, circuits: Iterable[str], most: int) -> PeriodStatements:
    """The statements on these circuits, `most` of them computed at most.

    Raises ValueError for a period that can't be read, LedgerError.
    """
    period, wanted = read_period(label, desk.settings.zone, desk.now.wall_ms), list(circuits)
    if not period.months:
        found = stood(desk, label, wanted, most)
        told = tuple(one.told for one in found.statements)
        return PeriodStatements(period, told, found.missing, (), bool(found.etag))
    inside = [one for one in issued(desk) if one.within(period.start_ms, period.end_ms)]
    those = set(wanted)
    told = tuple(one.told for one in inside if those.intersection(one.told["circuits"]))
    lacking = tuple(_lacking(desk, period, inside))
    return PeriodStatements(period, told, 0, lacking, not lacking and period.end_ms <= desk.now.wall_ms)


def _lacking(desk: Desk, period: ReportPeriod, inside: Sequence[Issued]) -> Iterable[str]:
    """The months that have begun and of which no statement is issued."""
    for label in period.months:
        month = read_period(label, period.zone, desk.now.wall_ms)
        begun = month.start_ms < desk.now.wall_ms
        if begun and not any(_covers(one, month) for one in inside):
            yield label


def _covers(one: Issued, month: ReportPeriod) -> bool:
    middle = (month.start_ms + month.end_ms) // 2
    return one.key.from_ms <= middle < one.key.to_ms
