"""The verdict on a stored round, for whoever must say the same of it for ever.

An output sends a round once, with its verdict: up and down stand at once (a witness that was seen
stays seen), and only a silent round without a witness waits until the judge has passed it. Which
rounds found none is written down by the judge, so that a re-send after a restart says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from collector.blame import Verdict, Witnesses, in_the_air, needs_witness, phase, verdict, verdicts
from collector.judge import Judge
from collector.ledger.model import REFERENCE, LedgerReader, LogRow, Series
from collector.ledger.rounds import Rounds
from collector.targets import Planned
from collector.witness import WitnessLog

AROUND_MS = 3_600_000
"""How far around an hour references are read: further than any of them reaches."""
KEPT_HOURS = 64
"""So many hours' witnesses are remembered while an hour is compacted."""


class StoredVerdicts:
    """Answers for log rows; asked in worker threads, told of a new configuration on the event loop."""

    def __init__(self) -> None:
        self._known: tuple[Mapping[int, Planned], Mapping[str, WitnessLog], Judge | None] = ({}, {}, None)

    def configure(self, plans: Mapping[int, Planned], logs: Mapping[str, WitnessLog], judge: Judge) -> None:
        """From now on these series are judged, with these witnesses, by this judge."""
        self._known = (plans, logs, judge)

    def of(self, row: LogRow, is_unwitnessed: Callable[[int], bool]) -> int | None:
        """1 up, 0 down, -1 unknown; None while it can't be said for ever.

        `is_unwitnessed` asks the ledger whether a row's seq was written down as such.
        """
        one = row.outcome.round
        plans, logs, judge = self._known
        plan = plans.get(row.series)
        if one is None:
            return Verdict.UNKNOWN
        if plan is None or not needs_witness(one):
            return verdict(one, plan.key.proves if plan else "path", witnessed=not is_unwitnessed(row.seq))
        log = logs.get(plan.key.circuit)
        if log is None:
            return Verdict.DOWN  # a reference's own silence: what it measured is not a circuit
        first, last = in_the_air(one.at_ms, one.every_ms, one.sent, phase(*_name(plan)))
        if log.saw(first, last):
            return Verdict.DOWN
        if judge is None or not judge.has_passed(row.seq, one, log.decided_ms(last)):
            return None
        return Verdict.UNKNOWN if is_unwitnessed(row.seq) else Verdict.DOWN


def _name(plan: Planned) -> tuple[str, str, str]:
    return plan.key.site, plan.key.circuit, plan.key.probe


def witnesses(
    reader: LedgerReader, site: str, circuit: str, from_ms: int, to_ms: int, *, needed: bool
) -> Witnesses:
    """Who witnessed for a circuit from `from_ms` to `to_ms`, by the ledger alone."""
    if not needed:
        return Witnesses.not_needed()
    references = _covering(reader, site, circuit)
    return Witnesses.of(reader.rounds(references, from_ms - AROUND_MS, to_ms + AROUND_MS).values())


def _covering(reader: LedgerReader, site: str, circuit: str) -> list[int]:
    """The series of our references that speak for a circuit."""
    return [
        series.id
        for series in reader.series(site=site, circuit=REFERENCE)
        if series.key.owner == "ours" and (not series.key.covers or circuit in series.key.covers)
    ]


def hourly(needed: Callable[[str], bool]) -> Callable[[Series, Rounds, LedgerReader], NDArray[np.int8]]:
    """The verdicts of one hour of a series, as the compactor asks for them when it makes bins.

    `needed` says of a site whether its failures need a witness. Circuits with the same references
    share one look at the ledger.
    """
    cache: dict[tuple[str, frozenset[int], int], Witnesses] = {}

    def seen(reader: LedgerReader, site: str, circuit: str, hour: int) -> Witnesses:
        key = (site, frozenset(_covering(reader, site, circuit)), hour)
        found = cache.get(key)  # another thread may clear it at any time
        if found is None:
            if len(cache) >= KEPT_HOURS:
                cache.clear()
            begin = hour * AROUND_MS
            found = witnesses(reader, site, circuit, begin, begin + AROUND_MS, needed=needed(site))
            cache[key] = found
        return found

    def judge(series: Series, rounds: Rounds, reader: LedgerReader) -> NDArray[np.int8]:
        key = series.key
        if not len(rounds) or key.circuit == REFERENCE:
            return verdicts(rounds, key.proves, Witnesses.not_needed())
        seen_then = seen(reader, key.site, key.circuit, int(rounds.at_ms[0]) // AROUND_MS)
        return verdicts(rounds, key.proves, seen_then, phase(key.site, key.circuit, key.probe))

    return judge
