"""Who witnessed for silent rounds, by the ledger: read a day at a time, and only where a round asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from collector.blame import Witnesses
from collector.ledger.model import LedgerReader, Series
from collector.verdicts import witnesses

DAY_MS = 86_400_000
KEPT_DAYS = 400
"""So many days' witnesses are remembered: those of a year, for all circuits that share them."""


@dataclass
class DailyWitnesses:
    """A ledger's references, for the circuits of one site after the other.

    A day of UTC is the same whatever period is asked for, and so are the verdicts of its rounds.
    """

    reader: LedgerReader
    _whose: tuple[str, str] = ("", "")
    _days: dict[int, Witnesses] = field(default_factory=dict)

    def of(self, site: str, circuit: str, references: Iterable[Series], *, needed: bool) -> Seeing:
        """Who witnessed for a circuit; where its site's references speak for all they are read once."""
        shared = not any(series.key.covers for series in references)
        whose = (site, "" if shared else circuit)
        if whose != self._whose or len(self._days) > KEPT_DAYS:
            self._whose, self._days = whose, {}
        return Seeing(self.reader, site, circuit, needed, self._days)


@dataclass(frozen=True, slots=True)
class Seeing:
    """The witnesses of one circuit; `days` is filled with each that is asked for."""

    reader: LedgerReader
    site: str
    circuit: str
    needed: bool
    days: dict[int, Witnesses]

    def saw(self, first_ms: NDArray[np.int64], last_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether a witness stands for packets sent from `first_ms` to `last_ms`; shapes (n,)."""
        found = np.zeros(len(first_ms), np.bool_)
        day = first_ms // DAY_MS
        for one in np.unique(day).tolist():
            here = day == one
            found[here] = self._on(one).saw(first_ms[here], last_ms[here])
        return found

    def _on(self, day: int) -> Witnesses:
        if day not in self.days:
            begin_ms = day * DAY_MS
            self.days[day] = witnesses(
                self.reader, self.site, self.circuit, begin_ms, begin_ms + DAY_MS, needed=self.needed
            )
        return self.days[day]
