"""Key figures for /metrics: rated every five minutes, niced, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import structlog

from collector.analysis.ratings import Rated
from collector.apart import WorkFailedError, tried
from collector.bare import bare
from collector.clerk import Desk
from collector.ledger.opening import reading
from collector.lowly import be_lowly
from collector.performance.kpis.kpis import kpis_now
from collector.sla.calendar import local_day
from collector.web.sources import KpiValueNow
from config.settings import Settings
from probes.clock import NS_PER_SECOND, Clock, Instant

log = structlog.get_logger()

FIRST_NS = 90 * NS_PER_SECOND
"""So long after the start the first look is taken: what matters more comes first."""
EVERY_NS = 300 * NS_PER_SECOND
PAUSE_TO_WORK = 9
NICENESS = 10
MOST_SERIES = 20_000
"""Of more only those that aren't good are told of circuits; each takes two series."""
_BASE: Mapping[str, float] = {"%": 0.01, "ms": 1e-3, "h": 3600.0, "d": 86_400.0, "Mbit/s": 125_000.0}
"""From what people read to ratios, seconds and bytes a second, as all metrics are in."""


def values_now(settings: Settings, ledger: Path, now: Instant) -> tuple[KpiValueNow, ...]:
    """Every key figure over all of its circuits, and of each; runs in a process. Raises LedgerError."""
    be_lowly(NICENESS)
    with reading(ledger):
        desk = Desk(settings, ledger, now)
        with closing(desk.reader):
            found = kpis_now(desk)
    each = [row for one in found for row in one.each]
    if len(each) > MOST_SERIES:
        each = [row for row in each if row.rating in ("critical", "warning")][:MOST_SERIES]
    return tuple(_shown(row, settings, now) for row in (*(one.whole for one in found), *each))


def _shown(row: Rated, settings: Settings, now: Instant) -> KpiValueNow:
    circuit = settings.circuits.get(row.of)
    site = circuit.site if circuit else settings.site
    day = local_day(now.wall_ms, settings.sites[site].timezone)
    return KpiValueNow(
        kpi=row.kpi,
        site=site,
        carrier=(circuit.carrier.at(day) or "") if circuit else "",
        circuit=row.of,
        value=None if row.value is None else row.value * _BASE.get(row.unit, 1.0),
        rating=row.rating,
    )


class KpiWatch:
    """Keeps the newest values; where they can't be had there are none, rather than old ones."""

    def __init__(self, ledger: Path, clock: Clock, settings: Callable[[], Settings]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self._trouble = ""
        self.newest: Sequence[KpiValueNow] = ()

    def values(self) -> Sequence[KpiValueNow]:
        """As last computed."""
        return self.newest

    async def run(self) -> None:
        """Look every five minutes, until cancelled; never for more than a tenth of the time."""
        await self._clock.sleep_until(self._clock.now().mono_ns + FIRST_NS)
        while True:
            begun = self._clock.now()
            await self.look()
            pause = max(EVERY_NS, PAUSE_TO_WORK * (self._clock.now() - begun))
            await self._clock.sleep_until(self._clock.now().mono_ns + pause)

    async def look(self) -> None:
        """Rate them once; what goes wrong is logged, once as long as it is the same."""
        settings, problem = self._settings(), ""
        try:
            self.newest = (
                await tried(values_now, bare(settings), self._ledger, self._clock.now())
                if settings.kpis
                else ()
            )
        except WorkFailedError as error:
            problem, self.newest = str(error), ()
        if problem and problem != self._trouble:
            log.warning("kpis.not_rated", problem=problem)
        self._trouble = problem
