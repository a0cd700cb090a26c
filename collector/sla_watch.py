"""Judges the running period again and again, in a process of its own, and flags what is broken.

A sweep reads every packet of the period, which is seconds of work for an estate: it runs spawned and
niced, and the pause after it is nine times its length, so that it never takes more than a tenth of
a core from the probes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import structlog

from collector.apart import in_a_process
from collector.board import Board
from collector.ledger import derived
from collector.ledger.errors import LedgerError
from collector.ledger.ledger import Ledger
from collector.ledger.model import SlaFigures
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.ledger.records import Figures as StoredFigures
from collector.ledger.store import put_figures
from collector.sla.calendar import local_day
from collector.sla.figures import Figures, figures
from collector.statements import statements
from collector.web.sources import FigureNow
from config.outputs import OutputSettings
from config.settings import Settings
from probes.clock import NS_PER_SECOND, Clock, Instant

log = structlog.get_logger()

FIRST_NS = 5 * NS_PER_SECOND
SHORTEST_PAUSE_NS = 60 * NS_PER_SECOND
PAUSE_TO_WORK = 9
NICENESS = 10


def sweep(settings: Settings, ledger: Path, now: Instant) -> list[Figures]:
    """The figures of the current period of every circuit here that has a contract; runs in a process."""
    os.nice(NICENESS)
    judged = [name for name, circuit in settings.here().items() if circuit.contract.values]
    with reading(ledger), SqliteReader(ledger) as reader:
        return [
            figures(one) for one in statements(settings, reader, period="current", circuits=judged, now=now)
        ]


class SlaWatch:
    """Keeps the figures that /metrics, the page and `status` show; a changed verdict is a log event."""

    def __init__(self, ledger: Ledger, clock: Clock, board: Board) -> None:
        self._ledger = ledger
        self._clock = clock
        self._board = board
        self._verdicts = _known_verdicts(ledger)

    async def run(self) -> None:
        """Sweep until cancelled."""
        begun = self._clock.now()
        await self._clock.sleep_until(begun.mono_ns + FIRST_NS)
        while True:
            begun = self._clock.now()
            await self.sweep()
            spent = self._clock.now() - begun
            pause = max(SHORTEST_PAUSE_NS, PAUSE_TO_WORK * spent)
            await self._clock.sleep_until(self._clock.now().mono_ns + pause)

    async def sweep(self) -> None:
        """Judge once; what goes wrong is logged, and the figures of before stand."""
        settings = self._board.settings()
        if not any(circuit.contract.values for circuit in settings.here().values()):
            self._take([], settings)
            return
        bare = settings.model_copy(
            update={"outputs": OutputSettings(), "credentials": {}}
        )  # it needs no secret of these
        try:
            found = await in_a_process(sweep, bare, self._ledger.path, self._clock.now())
        except (LedgerError, OSError) as error:
            log.warning("sla.sweep_failed", problem=str(error) or type(error).__name__)
            return
        self._take(found, settings)

    def _take(self, found: Sequence[Figures], settings: Settings) -> None:
        self._board.judged = found
        self._board.newest_figures = [figure for one in found for figure in _shown(one, settings)]
        rows = [StoredFigures(one.circuit, one.as_of_ms, json.dumps(one.as_json())) for one in found]
        sent = [_sent(one, settings) for one in found]
        self._ledger.write(lambda connection: put_figures(connection, rows))
        self._ledger.write(lambda connection: derived.append(connection, sent)).add_done_callback(_report)
        for one in found:
            self._flag(one)

    def _flag(self, figures: Figures) -> None:
        """Log each verdict that changed since the last sweep, also across a restart."""
        for one in figures.objectives:
            key = (figures.circuit, figures.contract, figures.period, one.objective)
            before, self._verdicts[key] = self._verdicts.get(key), one.verdict
            if one.verdict == before or (before is None and not one.violated):
                continue
            tell = log.warning if one.violated else log.info
            tell(
                "sla.violation" if one.violated else "sla.verdict",
                circuit=figures.circuit,
                contract=figures.contract,
                period=figures.period,
                objective=one.objective,
                verdict=one.verdict,
                measured=one.measured,
                target=one.target,
            )


def _known_verdicts(ledger: Ledger) -> dict[tuple[str, str, str, str], str]:
    """The verdicts of the last sweep before this process."""
    with ledger.reader() as reader:
        kept = [Figures.from_json(json.loads(row.json)) for row in reader.figures()]
    return {
        (one.circuit, one.contract, one.period, objective.objective): objective.verdict
        for one in kept
        for objective in one.objectives
    }


def _report(written: Future[None]) -> None:
    error = written.exception()
    if error is not None:
        log.warning("sla.figures_not_kept", problem=str(error) or type(error).__name__)


def _sent(figures: Figures, settings: Settings) -> SlaFigures:
    """The figures as outputs get them."""
    circuit = settings.circuits[figures.circuit]
    return SlaFigures(
        at_ms=figures.as_of_ms,
        host=settings.host,
        site=circuit.site,
        carrier=_carrier(figures, settings),
        circuit=figures.circuit,
        contract=figures.contract,
        period=figures.period,
        availability_ratio=figures.availability_ratio,
        budget_remaining_seconds=figures.budget_remaining_seconds,
        violations=figures.violations,
    )


def _carrier(figures: Figures, settings: Settings) -> str:
    """Whose the circuit was when the figures were computed."""
    circuit = settings.circuits[figures.circuit]
    return circuit.on(local_day(figures.as_of_ms, settings.sites[circuit.site].timezone)).carrier


def _shown(figures: Figures, settings: Settings) -> list[FigureNow]:
    circuit, carrier = settings.circuits[figures.circuit], _carrier(figures, settings)
    return [
        FigureNow(
            site=circuit.site,
            carrier=carrier,
            circuit=figures.circuit,
            contract=figures.contract,
            objective=one.objective,
            metric=one.metric,
            measured=one.measured,
            target=one.target,
            violated=one.violated,
            budget_remaining_seconds=one.budget_remaining_seconds,
        )
        for one in figures.objectives
    ]
