"""What is done with the measurements: outputs, /metrics, the page, the running period's figures.

A module of its own, imported once the first packets are on their way: the HTTP libraries that it
brings along take half a second, which a restart shouldn't cost in measurements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from importlib.util import find_spec
from typing import cast

import structlog

from collector.apart import in_a_process
from collector.bare import bare
from collector.board import Board
from collector.clerk import Clerk, Desk
from collector.feeding import Feeding
from collector.kpi_watch import KpiWatch
from collector.measuring import Measuring
from collector.notices.telling import Noticing
from collector.performance.nightly.watch import AnalysisWatch
from collector.reporting import Reporting, delivered, offered, rendered_apart, reviewed_apart
from collector.reports.render import Form, Rendered
from collector.reports.review.rendering import Form as ReviewForm
from collector.sla_watch import SlaWatch
from collector.timekeeping import synchronised
from collector.trapping import Trapping
from collector.web.exposition import Exposition
from collector.web.health import Health
from collector.web.parts import Parts
from collector.web.server import WebServer, WebUnavailable
from collector.web.views.view import HostNow, OutputNow, ReportsNow
from collector.web.webconfig import WebConfigError
from config.outputs import OutputSettings
from config.settings import Settings
from probes.clock import NS_PER_SECOND, Clock, Instant

log = structlog.get_logger()

WEB_RETRY_NS = 2 * NS_PER_SECOND
REST_NS = 60 * NS_PER_SECOND
"""How often it is looked whether the clerk may go."""
Reload = Callable[[], Awaitable[Sequence[str]]]


def reports_now(desk: Desk) -> ReportsNow:
    """Which reports there are, and how far the configured ones are; for the clerk."""
    return ReportsNow(tuple(offered(desk)), tuple(delivered(desk)), find_spec("weasyprint") is not None)


class Serving:
    """Outputs, web server and SLA watch over one `Measuring`."""

    def __init__(self, measuring: Measuring, clock: Clock, health: Health, reload: Reload) -> None:
        self._measuring = measuring
        self._clock = clock
        self._health = health
        self._reload = reload
        self._since_ms = clock.now().wall_ms
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
        self.reports = Reporting(self.board.settings, measuring.ledger, clock, health.trouble)
        self.board.reported = self.reports.statistics
        self._analysis = AnalysisWatch(measuring.ledger, clock, self.board.settings, health.trouble)
        self.board.analysed = self._analysis.statistics
        self._kpis = KpiWatch(measuring.ledger.path, clock, self.board.settings)
        self.board.rated = self._kpis.values

    async def run(self) -> None:
        """Serve and push until cancelled or drained."""
        await self.configure(self._measuring.settings)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._serve(), name="web")
            watch = group.create_task(self._sla.run(), name="sla")
            notice = group.create_task(self.noticing.run(), name="notices")
            traps = group.create_task(self._traps.run(), name="traps")
            reports = group.create_task(self.reports.run(), name="reports")
            analysis = group.create_task(self._analysis.run(), name="analysis")
            kpis = group.create_task(self._kpis.run(), name="kpis")
            await self._stop.wait()
            for task in (watch, notice, traps, reports, analysis, kpis):
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
        clerk = Clerk(self.board.settings, measuring.ledger.path, self._clock)
        parts = Parts(
            sources=self.board,
            probes=measuring.metrics,
            exposition=exposition,
            health=self._health,
            reload=self._reload,
            clerk=clerk,
            write=measuring.ledger.write,
            clock=self._clock,
            report=self._report,
            review=self._review,
            reports=reports_now,
            host=self._host,
        )
        server = await self._listen(parts)
        rest = asyncio.create_task(self._rest(clerk))
        try:
            await self._stop.wait()
        finally:
            rest.cancel()
            if server is not None:
                await server.stop()
            await clerk.close()

    async def _report(self, period: str, form: str, carrier: str | None, site: str | None) -> Rendered:
        """In a process of its own: a large estate's takes longer than the clerk may."""
        settings, ledger = self.board.settings(), self._measuring.ledger.path
        held = settings.model_copy(update={"outputs": OutputSettings(), "credentials": {}, "reports": {}})
        return await in_a_process(
            rendered_apart, held, ledger, self._clock.now(), period, cast(Form, form), carrier, site
        )

    async def _review(self, period: str, form: str, carrier: str | None) -> Rendered:
        """The same of a review's pack."""
        settings, ledger = bare(self.board.settings()), self._measuring.ledger.path
        return await in_a_process(
            reviewed_apart, settings, ledger, self._clock.now(), period, cast(ReviewForm, form), carrier
        )

    async def _rest(self, clerk: Clerk) -> None:
        """Let the clerk's process go when nobody asks."""
        while True:
            await self._clock.sleep_until(self._clock.now().mono_ns + REST_NS)
            await clerk.rest()

    def _host(self) -> HostNow:
        scheduling = self._measuring.scheduling
        return HostNow(
            since_ms=self._since_ms,
            synchronised=synchronised(),
            lateness_buckets=tuple(scheduling.buckets),
            late_seconds=scheduling.late_seconds,
            skipped=scheduling.skipped_slots,
            ledger=self.board.ledger(),
            outputs=tuple(
                OutputNow(
                    name=one.name,
                    state=one.state,
                    lag_rounds=one.lag_rounds,
                    sent_total=one.sent_total,
                    rejected_total=one.rejected_total,
                    gap_rounds_total=one.gap_rounds_total,
                    last_success_ms=one.last_success_ms,
                    failure=one.failure,
                )
                for one in self.board.outputs()
            ),
            reload_problem=self.board.reload_problem(),
            listen="",
        )

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
