"""The statements that a report rests on: what was issued stands, the rest is computed as `sla` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.authors import login
from collector.ledger.errors import LedgerUnwritable
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.many import in_processes
from collector.periods import ReportPeriod
from collector.reports.report import Stated
from collector.settling import settle
from collector.sla.statement import Statement
from collector.standing import Office, Standing
from collector.standing_statements import is_own, taken
from collector.statements import Cause
from config.settings import Settings
from probes.clock import Instant

Told = Callable[[int, int], None]
"""Hears how many statements are through, and of how many."""
AT_ONCE = 16
"""So many are settled between two looks at the clock of progress."""


@dataclass
class Statements:
    """A configuration and its ledger at one moment."""

    settings: Settings
    ledger: Path
    now: Instant
    keep: bool = False
    """Whether what is new of closed periods gets its number, as with `linkledger sla`."""
    workers: int | None = None
    told: Told = lambda done, total: None

    def of(self, period: ReportPeriod, circuits: Sequence[str]) -> list[Stated]:
        """The statements of these circuits: of contracts' own periods where the report's time has some.

        Of a quarter with monthly contracts that is one a month. A contract without a period of its own
        in that time is judged over the report's. Raises ValueError, LedgerError, ChildProcessError.
        """
        found: list[Stated] = []
        for month in period.months:
            found += [one for one in self._of(month, circuits) if one.own]
        if not period.months:
            return self._of(period.text, circuits)
        covered = {name for one in found for name in one.told["circuits"]}
        return found + self._of(period.text, [name for name in circuits if name not in covered])

    def _of(self, text: str, circuits: Sequence[str]) -> list[Stated]:
        """The statements of the period that each contract makes of a text."""
        if not circuits:
            return []
        with reading(self.ledger), SqliteReader(self.ledger) as reader:
            found = taken(self.settings, reader, period=text, circuits=circuits, now=self.now)
        fresh = iter(self._computed(text, [one for one, standing in found if standing is None]))
        computed = {(one.told["circuit"], one.told["contract"]): one for one in fresh}
        both = (
            computed.get((one.scope, one.contract)) if standing is None else _stated(standing, own=True)
            for one, standing in found
        )
        return [one for one in both if one is not None]

    def _computed(self, text: str, causes: Sequence[Cause]) -> Iterator[Stated]:
        names = [one.circuits[0] for one in causes]
        if not names:
            return
        wanted = {(one.scope, one.contract) for one in causes}
        found = [
            one
            for one in in_processes(
                self.settings,
                self.ledger,
                period=text,
                circuits=names,
                now=self.now,
                workers=self.workers,
                done=lambda done: self.told(min(done, len(names)), len(names)),
            )
            if (one.circuit, one.contract) in wanted
        ]
        if self.keep:
            self._settle(text, found)
        office = Office(self.settings, self.ledger)
        for one, stands in zip(found, office.standing(found, recompute=False), strict=True):
            yield _stated(stands, own=is_own(self.settings, one.contract, one.period))

    def _settle(self, text: str, found: Sequence[Statement]) -> None:
        """Number what is new of closed periods; whoever may not write the ledger has no number, no error."""
        new = Office(self.settings, self.ledger).unsettled(found)
        try:
            for place in range(0, len(new), AT_ONCE):
                names = [one.circuits[0] for one in new[place : place + AT_ONCE]]
                settle(self.settings, self.ledger, period=text, circuits=names, now=self.now, by=login())
        except LedgerUnwritable:
            return


def _stated(standing: Standing, *, own: bool) -> Stated:
    issued, draft = standing.issued, standing.draft
    return Stated(
        standing.told,
        own,
        issued.number if issued else None,
        issued.digest if issued else None,
        draft.number if draft else None,
    )
