"""What is done with the measurements: outputs, /metrics, the page, the running period's figures.

A module of its own, imported once the first packets are on their way: the HTTP libraries that it
brings along take half a second, which a restart shouldn't cost in measurements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from collector.board import Board
from collector.feeding import Feeding
from collector.measuring import Measuring
from collector.notices.telling import Noticing
from collector.sla_watch import SlaWatch
from collector.trapping import Trapping
from collector.web.exposition import Exposition
from collector.web.health import Health
from collector.web.server import Parts, WebServer, WebUnavailable
from collector.web.webconfig import WebConfigError
from config.settings import Settings
from probes.clock import NS_PER_SECOND, Clock, Instant

log = structlog.get_logger()

WEB_RETRY_NS = 2 * NS_PER_SECOND
Reload = Callable[[], Awaitable[Sequence[str]]]


class Serving:
    """Outputs, web server and SLA watch over one `Measuring`."""

    def __init__(self, measuring: Measuring, clock: Clock, health: Health, reload: Reload) -> None:
        self._measuring = measuring
        self._clock = clock
        self._health = health
        self._reload = reload
        self._stop = asyncio.Event()
        self.feeding = Feeding(measuring.ledger, clock, measuring.verdicts)
        self.board = Board(measuring, self.feeding)
        self.noticing = Noticing(measuring, clock, self.board)
        self.board.notified = self.noticing.statistics
        self._sla = SlaWatch(measuring.ledger, clock, self.board)
        self._traps = Trapping(
            measuring.ledger,
            clock,
            measuring.runner.resolver,
            measuring.metrics.if_indexes,
            lambda problem: health.trouble("traps", problem),
        )
        self.board.traps = self._traps.statistics

    async def run(self) -> None:
        """Serve and push until cancelled or drained."""
        await self.configure(self._measuring.settings)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._serve(), name="web")
            watch = group.create_task(self._sla.run(), name="sla")
            notice = group.create_task(self.noticing.run(), name="notices")
            traps = group.create_task(self._traps.run(), name="traps")
            await self._stop.wait()
            for task in (watch, notice, traps):
                task.cancel()

    async def configure(self, settings: Settings) -> None:
        """Go on with new settings; what is unchanged is left alone."""
        await self.feeding.configure(settings.outputs.influxdb)
        await self.noticing.configure(settings)
        self._traps.configure(settings)

    async def drain(self, deadline: Instant) -> None:
        """Let outputs that answer reach the ledger's end; end the web server and the watch."""
        self._stop.set()
        await asyncio.gather(self.feeding.drain(deadline), self.noticing.drain(deadline))

    def report(self, health: Health) -> None:
        """Tell the health checks how the outputs are."""
        for output in self.board.outputs():
            health.trouble(f"output {output.name}", output.failure)

    async def _serve(self) -> None:
        """Serve the page and /metrics; while nothing can listen, measure on and try again."""
        measuring = self._measuring
        exposition = Exposition(measuring.metrics, measuring.scheduling, self.board)
        parts = Parts(self.board, measuring.metrics, exposition, self._health, self._reload)
        server = await self._listen(parts)
        if server is not None:
            await self._stop.wait()
            await server.stop()

    async def _listen(self, parts: Parts) -> WebServer | None:
        """The server once it listens; None when the daemon stops before that."""
        problem = ""
        while not self._stop.is_set():
            try:
                server = WebServer(self._measuring.settings.web, parts, self._clock)
                await server.start()
            except (WebUnavailable, WebConfigError) as error:
                if str(error) != problem:
                    log.error("web.unavailable", problem=str(error))
                problem = str(error)
                self._health.trouble("web", problem)
            else:
                self._health.trouble("web", "")
                return server
            again = asyncio.create_task(self._clock.sleep_until(self._clock.now().mono_ns + WEB_RETRY_NS))
            stop = asyncio.create_task(self._stop.wait())
            await asyncio.wait([again, stop], return_when=asyncio.FIRST_COMPLETED)
            again.cancel()
            stop.cancel()
        return None
