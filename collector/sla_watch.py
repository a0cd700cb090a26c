"""Judges the running period again and again, in a process of its own, and flags what is broken.

A sweep reads every packet of the period, which is seconds of work for an estate: it runs spawned and
niced, and the pause after it is nine times its length, so that it never takes more than a tenth of
a core from the probes. What it does is sla_sweep.py's; here it is started, and what it found is shown,
kept, handed to the outputs and told.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import structlog

from collector.apart import WorkFailedError, tried
from collector.bare import bare
from collector.board import Board
from collector.claims_open import ClaimLine
from collector.due import Key
from collector.ledger import derived, watched
from collector.ledger.ledger import Ledger
from collector.ledger.model import SlaFigures
from collector.ledger.records import Figures as StoredFigures
from collector.ledger.store import put_figures
from collector.ledger.watched import Mark, OpenClaim
from collector.lowly import be_lowly
from collector.performance.cycle.managed_now import managed_now
from collector.performance.cycle.noticed import ManagedNow
from collector.performance.nightly.foresight import ahead_of, begins_seconds
from collector.sla.calendar import local_day
from collector.sla.figures import Figures
from collector.sla_sweep import Share, Swept, swept
from collector.ticket_loss import TicketLoss
from collector.timekeeping import synchronised
from collector.web.sources import (
    AheadNow,
    BudgetEndNow,
    CreditNow,
    CrossingNow,
    DeadlineNow,
    FigureNow,
    TicketLossNow,
)
from config.settings import Settings
from probes.clock import NS_PER_SECOND, Clock, Instant

log = structlog.get_logger()

FIRST_NS = 5 * NS_PER_SECOND
SHORTEST_PAUSE_NS = 60 * NS_PER_SECOND
IDLE_PAUSE_NS = 600 * NS_PER_SECOND
"""Where no contract is judged here: terms, actions and lines that fill up change with the day."""
PAUSE_TO_WORK = 9
NICENESS = 10
ROWS_A_COMMIT = 200
"""So many circuits' figures are written at once: the writer has rounds to take in between."""
LINES_AT_ONCE = 20
"""So many lines of the log are written before the event loop may do something else."""

T = TypeVar("T")


@dataclass
class Seen:
    """What a sweep found of each circuit, ready to be shown and sent."""

    swept: Swept
    rows: list[StoredFigures] = field(default_factory=list)
    sent: list[SlaFigures] = field(default_factory=list)
    shown: dict[str, list[FigureNow]] = field(default_factory=dict)
    credits: dict[str, list[CreditNow]] = field(default_factory=dict)
    losses: dict[str, list[TicketLossNow]] = field(default_factory=dict)
    deadlines: list[DeadlineNow] | None = None
    ahead: AheadNow = field(default_factory=AheadNow)
    managed: ManagedNow = field(default_factory=ManagedNow)


def sweep(settings: Settings, ledger: Path, now: Instant, at: int, failed: frozenset[Key]) -> Seen:
    """Sweep once, and make rows of what was found; runs in a process."""
    be_lowly(NICENESS)
    found = swept(settings, ledger, now, at, failed, synchronised=synchronised())
    seen = Seen(found)
    for share in found.shares:
        one = share.figures
        seen.rows.append(StoredFigures(one.circuit, one.as_of_ms, json.dumps(one.as_json())))
        seen.sent.append(_sent(one, settings))
        seen.shown[one.circuit] = _shown(one, settings)
        seen.credits[one.circuit] = _credits(share, settings)
    for loss in found.losses:
        seen.losses[loss.circuit] = [_lost(loss, settings)]
    if found.claims is not None:
        seen.deadlines = [row for one in found.claims for row in _deadlines(one, settings, now.wall_ms)]
    bearing = [share.figures for share in found.shares if share.bears]
    seen.ahead = ahead_now(settings, ledger, now, bearing)
    seen.managed = managed_now(settings, ledger, now)
    return seen


def idle(settings: Settings, ledger: Path, now: Instant) -> Seen:
    """What is said where no contract is judged: of terms, actions and the time to come; runs in a process."""
    be_lowly(NICENESS)
    seen = Seen(Swept(claims=[]), deadlines=[])
    seen.ahead, seen.managed = ahead_now(settings, ledger, now, ()), managed_now(settings, ledger, now)
    return seen


class SlaWatch:
    """Keeps what /metrics, the page and `status` show of contracts; what is new of them is a log event."""

    def __init__(self, ledger: Ledger, clock: Clock, board: Board) -> None:
        self._ledger = ledger
        self._clock = clock
        self._board = board
        self._at = 0
        self._digest = ""
        self._failed: frozenset[Key] = frozenset()
        self._trouble = ""
        self._told: set[tuple[str, ...]] = set()
        """What the last sweep told: the ledger may not have it yet, or take nothing now."""
        self._round: set[str] = set()
        """The circuits that were judged since the sweeps last began from the first statement."""
        self._judged: dict[str, Figures] = {}
        self._shown: dict[str, list[FigureNow]] = {}
        self._credits: dict[str, list[CreditNow]] = {}
        self._losses: dict[str, list[TicketLossNow]] = {}
        self._ends: dict[str, list[BudgetEndNow]] = {}

    async def run(self) -> None:
        """Sweep until cancelled."""
        begun = self._clock.now()
        await self._clock.sleep_until(begun.mono_ns + FIRST_NS)
        while True:
            begun = self._clock.now()
            await self.sweep()
            spent = self._clock.now() - begun
            shortest = SHORTEST_PAUSE_NS if self._is_judged(self._board.settings()) else IDLE_PAUSE_NS
            pause = max(shortest, PAUSE_TO_WORK * spent)
            await self._clock.sleep_until(self._clock.now().mono_ns + pause)

    async def sweep(self) -> None:
        """Judge once; what goes wrong is logged, and the figures of before stand."""
        settings = self._board.settings()
        if settings.digest != self._digest:
            self._digest, self._at, self._failed, self._round = settings.digest, 0, frozenset(), set()
        path, now = self._ledger.path, self._clock.now()
        try:
            if self._is_judged(settings):
                seen = await tried(sweep, bare(settings), path, now, self._at, self._failed)
            else:
                seen = await tried(idle, bare(settings), path, now)
        except WorkFailedError as error:
            log.warning("sla.sweep_failed", problem=str(error))
            return
        await self._take(seen)

    @staticmethod
    def _is_judged(settings: Settings) -> bool:
        """Whether a circuit here has a contract."""
        return any(circuit.contract.values for circuit in settings.here().values())

    async def _take(self, seen: Seen) -> None:
        found = seen.swept
        self._at, self._failed = found.at, found.failed
        self._show(seen)
        if found.trouble and found.trouble != self._trouble:
            log.warning("sla.not_settled", problem=found.trouble)
        self._trouble = found.trouble
        for number, one in enumerate(found.news, 1):
            if one.identity not in self._told:
                tell = log.warning if one.level == "warning" else log.info
                tell(one.event, **one.fields)
            if number % LINES_AT_ONCE == 0:
                await asyncio.sleep(0)  # the first of a month is told in thousands of lines
        self._told = {one.identity for one in found.news}
        for rows in _parts(seen.rows):
            self._write(put_figures, rows)
        for sent in _parts(seen.sent):
            self._write(derived.append, sent)
        self._write(watched.keep, self._clock.now().wall_ms, *kept(found))

    def _write(self, write: Callable[..., None], *values: object) -> None:
        self._ledger.write(lambda connection: write(connection, *values)).add_done_callback(_report)

    def _show(self, seen: Seen) -> None:
        """Put it on the board, with what other sweeps found of the other circuits."""
        bearing = {one.figures.circuit: one.figures for one in seen.swept.shares if one.bears}
        swept_now = {one.figures.circuit for one in seen.swept.shares}
        self._round |= swept_now
        whole = seen.swept.at == 0
        judged = {name: one for name, one in self._judged.items() if name not in swept_now} | bearing
        stay = self._round if whole else self._round | set(self._shown)
        self._judged = _only(judged, stay)
        self._shown = _only(self._shown | seen.shown, stay)
        self._credits = _only(self._credits | seen.credits, stay)
        others = {name: lost for name, lost in self._losses.items() if name not in swept_now}
        self._losses = _only(others | seen.losses, stay)
        ends = {name: list[BudgetEndNow]() for name in swept_now}
        for end in seen.ahead.budget_ends:
            ends[end.circuit].append(end)
        self._ends = _only(self._ends | ends, stay)
        if whole:
            self._round = set()
        board = self._board
        board.newest_figures = [row for rows in self._shown.values() for row in rows]
        board.newest_credits = [row for rows in self._credits.values() for row in rows]
        board.newest_ahead = AheadNow(
            tuple(row for rows in self._ends.values() for row in rows), seen.ahead.crossings
        )
        board.newest_managed = seen.managed
        board.newest_ticket_losses = [row for rows in self._losses.values() for row in rows]
        board.tickets = seen.swept.tickets
        if whole or board.judged is not None:  # before a first whole round nobody knows what is unbroken
            board.judged = list(self._judged.values())
        if seen.swept.claims is not None:
            board.open_claims = seen.swept.claims
        if seen.deadlines is not None:
            board.newest_deadlines = seen.deadlines


def _only(rows: Mapping[str, T], names: Collection[str]) -> dict[str, T]:
    return {name: row for name, row in rows.items() if name in names}


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(rows), ROWS_A_COMMIT):
        yield rows[first : first + ROWS_A_COMMIT]


Kept = tuple[Mark | None, list[str], list[tuple[int, str]], list[OpenClaim] | None]


def kept(found: Swept) -> Kept:
    """What the ledger keeps of a sweep, so that the next process goes on from there (`watched.keep`)."""
    told = [one.revision for one in found.news if one.revision]
    claims = None
    if found.claims is not None:
        claims = [OpenClaim(one.scope, one.contract, one.period, one.as_text()) for one in found.claims]
    return found.mark, [name for one in found.news for name in one.names], [*told, *found.silent], claims


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
        carrier=_carrier(figures.circuit, figures.as_of_ms, settings),
        circuit=figures.circuit,
        contract=figures.contract,
        period=figures.period,
        availability_ratio=figures.availability_ratio,
        budget_remaining_seconds=figures.budget_remaining_seconds,
        violations=figures.violations,
        credit=figures.credit,
    )


def _carrier(name: str, at_ms: int, settings: Settings) -> str:
    """Whose the circuit was when the figures were computed."""
    circuit = settings.circuits[name]
    return circuit.on(local_day(at_ms, settings.sites[circuit.site].timezone)).carrier


def _shown(figures: Figures, settings: Settings) -> list[FigureNow]:
    circuit = settings.circuits[figures.circuit]
    carrier = _carrier(figures.circuit, figures.as_of_ms, settings)
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
            budget_seconds=one.budget_seconds,
        )
        for one in figures.objectives
    ]


def _credits(share: Share, settings: Settings) -> list[CreditNow]:
    """What the contract pays so far; of several circuits that are judged as one, at one of them."""
    one = share.figures
    if not share.bears or one.credit is None or one.currency is None:
        return []
    site = settings.circuits[one.circuit].site
    carrier = _carrier(one.circuit, one.as_of_ms, settings)
    return [CreditNow(site, carrier, one.circuit, one.contract, one.currency, one.credit)]


def ahead_now(settings: Settings, ledger: Path, now: Instant, judged: Sequence[Figures]) -> AheadNow:
    """What /metrics says of the time to come; raises LedgerError."""
    budgets, levels = ahead_of(settings, ledger, now, judged)
    ends = (
        BudgetEndNow(
            site=settings.circuits[one.circuit].site,
            carrier=_carrier(one.circuit, now.wall_ms, settings),
            circuit=one.circuit,
            contract=one.contract,
            objective=one.objective,
            at_seconds=None if one.likely is None else begins_seconds(settings, one.circuit, one.likely),
            chance=None if one.spent else one.chance,
        )
        for one in budgets
    )
    crossings = (
        CrossingNow(
            site=settings.circuits[one.circuit].site,
            carrier=_carrier(one.circuit, now.wall_ms, settings),
            circuit=one.circuit,
            threshold=one.threshold_name,
            at_seconds=begins_seconds(settings, one.circuit, one.likely),
        )
        for one in levels
        if one.metric == "utilisation" and one.likely is not None
    )
    return AheadNow(tuple(ends), tuple(crossings))


def _lost(loss: TicketLoss, settings: Settings) -> TicketLossNow:
    return TicketLossNow(
        site=settings.circuits[loss.circuit].site,
        carrier=_carrier(loss.circuit, loss.as_of_ms, settings),
        circuit=loss.circuit,
        contract=loss.contract,
        seconds=float(loss.lost_ms / 1000),
        currency=loss.currency,
        amount=None if loss.amount is None or loss.currency is None else float(loss.amount),
    )


def _deadlines(claim: ClaimLine, settings: Settings, now_ms: int) -> Iterator[DeadlineNow]:
    """An open claim's deadlines that are ahead, at the first of its circuits that is measured here."""
    here = settings.here()
    name = next((one for one in claim.circuits if one in here), None)
    if name is not None:
        for deadline, at_ms in claim.deadlines.items():
            if at_ms > now_ms:
                yield DeadlineNow(
                    here[name].site, claim.carrier, name, claim.contract, claim.period, deadline, at_ms / 1000
                )
