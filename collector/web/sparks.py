"""The last 24 hours of every circuit, for the lines in the table: looked up while anybody looks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from collector.clerk import ClerkBusyError, Desk
from collector.ledger.errors import LedgerError
from collector.web.parts import Parts
from probes.clock import NS_PER_SECOND

_log = structlog.get_logger()

FRESH_NS = 300 * NS_PER_SECOND
"""A point is half an hour: older than this nothing is missed."""
PATIENCE_SECONDS = 0.02
"""A page waits so long for the first ones, and is drawn without them then: they come as an event."""


Lines = Mapping[str, tuple[str, str]]
"""By circuit the `d` of two paths, as charts/spark.py makes them: RTT, and loss."""


def each_spark(desk: Desk) -> dict[str, tuple[str, str]]:
    """The lines of each circuit; runs in the clerk's process, which alone needs what it takes."""
    from collector.charts.spark import spark
    from collector.curves.sparks import sparks_at

    drawn = {name: spark(one.rtt, one.loss) for name, one in sparks_at(desk).each().items()}
    return {name: (one.line, one.loss) for name, one in drawn.items()}


class Sparks:
    """Asks the clerk in the background, one question at a time."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._found: Lines = {}
        self._asked_ns: int | None = None
        self._task: asyncio.Task[None] | None = None

    async def newest(self) -> Lines:
        """What was found last; sets off another look when that is old."""
        now_ns = self._parts.clock.now().mono_ns
        stale = self._asked_ns is None or now_ns - self._asked_ns > FRESH_NS
        if stale and (self._task is None or self._task.done()):
            self._asked_ns = now_ns
            self._task = asyncio.create_task(self._look())
        if self._task and not self._found:
            await asyncio.wait([self._task], timeout=PATIENCE_SECONDS)
        return self._found

    async def _look(self) -> None:
        try:
            self._found = await self._parts.clerk.ask(each_spark)
        except (LedgerError, OSError, TimeoutError, ClerkBusyError) as error:
            _log.warning("web.no_sparklines", problem=str(error) or type(error).__name__)
