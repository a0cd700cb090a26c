"""The nightly analysis beside the daemon's measuring: once a night, niced, in processes of its own.

It runs from `analysis.at` on by the site's clock. Where a night was missed it runs some minutes after the
start, when what matters more has settled. What a process gives back is written in small commits, each
with how far its circuits are analysed: a stop costs a minute's work, and the next run goes on from there.
"""

from __future__ import annotations

import asyncio
from asyncio import wrap_future
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from collector.analysis.finding import Finding
from collector.analysis.kept import is_open
from collector.analysis.sentences import sentence
from collector.analysis.state import AnalysisNow, AnomalyNow
from collector.apart import WorkFailedError, tried
from collector.bare import bare
from collector.ledger import analysed
from collector.ledger.analysed import Ran
from collector.ledger.errors import LedgerError
from collector.ledger.foreseen import put_foreseen
from collector.ledger.ledger import Ledger
from collector.ledger.watched import Answers
from collector.performance.nightly.foresight import foresee
from collector.performance.nightly.work import Analysed, keep, slice_of
from collector.sla.calendar import at_wall_ms, local_day
from config.settings import Settings
from probes.clock import NS_PER_SECOND, Clock

log = structlog.get_logger()

FIRST_NS = 300 * NS_PER_SECOND
"""So long after the start the first look is taken."""
LOOK_NS = 60 * NS_PER_SECOND
REST_NS = 3_600 * NS_PER_SECOND
"""So long after a failure there is another try."""
AHEAD_MS = 3_600_000
"""A run that is said to have been so much later than now was by a clock that was wrong."""
FRESH_MS = 4 * 3_600_000
"""A circuit that is analysed up to so short a time ago was looked at by a run that was stopped."""
CIRCUITS_A_COMMIT = 5
LINES_AT_ONCE = 20
RECENT_MS = 60 * 86_400_000
"""Findings that began so long ago are over, or a level that everybody knows by now."""


def is_due(settings: Settings, ran_ms: int | None, now_ms: int) -> bool:
    """Whether the newest night has not been analysed; `ran_ms` is when the last analysis began. Pure."""
    if not settings.analysis.enabled or settings.demo is not None or not settings.here():
        return False
    if ran_ms is None or ran_ms > now_ms + AHEAD_MS:
        return True
    zone = settings.zone
    return _last_night_ms(settings.analysis.at, zone, now_ms) > ran_ms


def _last_night_ms(at: str, zone: str, now_ms: int) -> int:
    """When it was `at` o'clock last; an hour that is skipped is the moment of the skip."""
    hours, _, minutes = at.partition(":")
    clock_ms = (int(hours) * 60 + int(minutes)) * 60_000
    today = local_day(now_ms, zone)
    begun_ms = at_wall_ms(today, clock_ms, zone)
    return begun_ms if begun_ms <= now_ms else at_wall_ms(today - timedelta(days=1), clock_ms, zone)


def state(settings: Settings, ledger: Path, now_ms: int) -> AnalysisNow:
    """How far the analysis is, and what is open now of the circuits here. Raises LedgerError."""
    with closing(Answers(ledger)) as ask:
        ran = ask(analysed.ran)
        found = ask(analysed.findings, None, now_ms - RECENT_MS, now_ms + 1)
    return shown(settings, ran, found, now_ms)


def waiting(settings: Settings, ledger: Path, now_ms: int) -> list[str]:
    """The circuits that a run looks at now, without those that one has just done. Raises LedgerError."""
    with closing(Answers(ledger)) as ask:
        untils = ask(analysed.untils)
    return [name for name in settings.here() if not now_ms - FRESH_MS < untils.get(name, 0) <= now_ms]


def shown(settings: Settings, ran: Ran | None, found: Sequence[Finding], now_ms: int) -> AnalysisNow:
    """The same of what was read. Pure."""
    return AnalysisNow(
        enabled=settings.analysis.enabled,
        last_success_ms=ran.at_ms if ran else None,
        looked_ms=ran.until_ms if ran else None,
        seconds=ran.seconds if ran else None,
        open=tuple(dict.fromkeys(_open(settings, found, now_ms))),
    )


def _open(settings: Settings, found: Sequence[Finding], now_ms: int) -> Iterator[AnomalyNow]:
    here = settings.here()
    for one in found:
        if one.circuit in here and is_open(one, now_ms):
            circuit = here[one.circuit]
            zone = settings.sites[circuit.site].timezone
            carrier = circuit.on(local_day(now_ms, zone)).carrier
            yield AnomalyNow(circuit.site, carrier, one.circuit, one.metric)


class AnalysisWatch:
    """Runs it when it is due, one at a time, and keeps what /metrics shows of it."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        settings: Callable[[], Settings],
        trouble: Callable[[str, str], None],
    ) -> None:
        """`trouble(subject, sentence)` tells health; an empty sentence: all is well."""
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self._trouble = trouble
        self._problems: frozenset[tuple[str, str]] = frozenset()
        self.now = AnalysisNow()

    def statistics(self) -> AnalysisNow:
        """How it goes, for /metrics."""
        return replace(self.now, enabled=self._settings().analysis.enabled)

    async def run(self) -> None:
        """Look every minute, until cancelled."""
        await self._look()
        await self._clock.sleep_until(self._clock.now().mono_ns + FIRST_NS)
        while True:
            done = await self.night() if self._is_due() else True
            pause = LOOK_NS if done else REST_NS
            await self._clock.sleep_until(self._clock.now().mono_ns + pause)

    def _is_due(self) -> bool:
        return is_due(self._settings(), self.now.looked_ms, self._clock.now().wall_ms)

    async def night(self) -> bool:
        """Analyse everything once; False where it came to nothing, which is logged."""
        try:
            await self._night()
            await self._look()
        except (WorkFailedError, LedgerError, OSError) as error:
            problem = str(error) or type(error).__name__
            log.error("analysis.failed", problem=problem)
            self._trouble("analysis", f"it failed: {problem}")
            return False
        self._trouble("analysis", "")
        return True

    async def _night(self) -> None:
        begun, settings = self._clock.now(), self._settings()
        left = await asyncio.to_thread(waiting, settings, self._ledger.path, begun.wall_ms)
        problems, new = dict[str, str](), 0
        while left and settings.analysis.enabled:
            done = await tried(slice_of, bare(settings), self._ledger.path, begun.wall_ms, left)
            left = left[len(done) :]
            for first in range(0, len(done), CIRCUITS_A_COMMIT):
                part = done[first : first + CIRCUITS_A_COMMIT]
                await wrap_future(self._ledger.write(partial(keep, done=part)))
            problems |= {one.circuit: one.problem for one in done if one.problem}
            new += await self._tell(settings, done)
            settings = self._settings()  # a reload may have taken circuits out, or turned it off
            left = [name for name in left if name in settings.here()]
        if not settings.analysis.enabled:
            return
        self._tell_problems(problems)
        day, ahead = await tried(foresee, bare(settings), self._ledger.path, begun)
        await wrap_future(self._ledger.write(partial(put_foreseen, day=day, found=ahead)))
        seconds = (self._clock.now() - begun) / NS_PER_SECOND
        circuits = len(settings.here())
        now_ms = self._clock.now().wall_ms
        job = partial(analysed.put_ran, one=Ran(now_ms, begun.wall_ms, seconds, circuits))
        await wrap_future(self._ledger.write(job))
        log.info("analysis.done", circuits=circuits, findings=new, seconds=round(seconds, 3))

    async def _tell(self, settings: Settings, done: Sequence[Analysed]) -> int:
        """A line of the log for what is new; how many there were."""
        told = 0
        for one in done:
            zone = settings.zone_of(one.circuit)
            for found in one.news:
                log.info("analysis.found", circuit=found.circuit, metric=found.metric,
                         kind=found.kind, told=sentence(found, zone))  # fmt: skip
                told += 1
                if told % LINES_AT_ONCE == 0:
                    await asyncio.sleep(0)
        return told

    def _tell_problems(self, problems: dict[str, str]) -> None:
        """What some circuits can't be analysed for, once as long as it is the same."""
        for circuit, problem in problems.items():
            if (circuit, problem) not in self._problems:
                log.warning("analysis.circuit_failed", circuit=circuit, problem=problem)
        self._problems = frozenset(problems.items())

    async def _look(self) -> None:
        """Read how far it is; what can't be read now stays as it was."""
        try:
            settings, now_ms = self._settings(), self._clock.now().wall_ms
            self.now = await asyncio.to_thread(state, settings, self._ledger.path, now_ms)
        except LedgerError as error:
            log.warning("analysis.not_read", problem=str(error))
