"""The statements that a report rests on: what was issued stands, the rest is computed as `sla` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.authors import login
from collector.ledger.errors import LedgerUnwritable
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.ledger.revisions import RevisionKey
from collector.many import in_processes
from collector.reports.period import ReportPeriod
from collector.reports.report import Stated
from collector.settling import settle
from collector.sla.calendar import Period, local_day
from collector.sla.rules import cycle_of
from collector.sla.statement import Statement
from collector.standing import Office
from collector.statements import Bench, Cause
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
            causes = Bench(self.settings, reader, self.now.wall_ms).causes(circuits, text)
            known = {_key(one): self._issued(reader, one) for one in causes}
        missing = [one for one in causes if known[_key(one)] is None]
        fresh = iter(self._computed(text, missing))
        standing = {(one.told["circuit"], one.told["contract"]): one for one in fresh}
        both = (known[_key(one)] or standing.get((one.scope, one.contract)) for one in causes)
        return [one for one in both if one is not None]

    def _issued(self, reader: SqliteReader, cause: Cause) -> Stated | None:
        """The revision that stands, of a period that is over."""
        if cause.period.end_ms > self.now.wall_ms or not self._owns(cause.contract, cause.period):
            return None
        history = reader.revisions_of(_key(cause))
        issued = history.issued
        if issued is None:
            return None
        draft = history.draft.number if history.draft else None
        return Stated(issued.statement, True, issued.number, issued.digest, draft)

    def _owns(self, contract: str, period: Period) -> bool:
        terms = self.settings.contracts[contract].terms_on(local_day(period.start_ms, period.zone))
        return cycle_of(terms).owns(period)

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
            yield Stated(
                stands.told,
                self._owns(one.contract, one.period),
                stands.issued.number if stands.issued else None,
                stands.issued.digest if stands.issued else None,
                stands.draft.number if stands.draft else None,
            )

    def _settle(self, text: str, found: Sequence[Statement]) -> None:
        """Number what is new of closed periods; whoever may not write the ledger has no number, no error."""
        new = Office(self.settings, self.ledger).unsettled(found)
        try:
            for place in range(0, len(new), AT_ONCE):
                names = [one.circuits[0] for one in new[place : place + AT_ONCE]]
                settle(self.settings, self.ledger, period=text, circuits=names, now=self.now, by=login())
        except LedgerUnwritable:
            return


def _key(cause: Cause) -> RevisionKey:
    return RevisionKey(cause.scope, cause.contract, cause.period.start_ms, cause.period.end_ms)
