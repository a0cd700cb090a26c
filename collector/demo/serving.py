"""Serves a demo's page and API: its clock stands, nothing is measured, and notes may be tried."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, cast

import structlog

from collector.apart import in_a_process
from collector.clerk import Clerk
from collector.clocks import clock_of
from collector.ledger import store, watched
from collector.ledger.opening import editing
from collector.reporting import rendered_apart, reviewed_apart
from collector.reports.render import Form, Rendered
from collector.reports.review.rendering import Form as ReviewForm
from collector.serving import reports_now
from collector.shown import Shown
from collector.sla_watch import Seen, kept, sweep
from collector.web.exposition import Exposition
from collector.web.health import Health
from collector.web.metrics import ProbeMetrics, SchedulerMetrics
from collector.web.parts import Parts
from collector.web.server import WebServer
from config.settings import Settings

if TYPE_CHECKING:
    from sqlite3 import Connection

T = TypeVar("T")
log = structlog.get_logger()

MADE_UP = "everything here is made up (`linkledger demo`): nothing is measured"


async def serve(settings: Settings, listening: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `listening` hears the page's address.

    Raises WebUnavailable, WebConfigError, LedgerError.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await DemoServing(settings).run(stop, listening)


class DemoServing:
    """The web server over a ledger that only people's notes change."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._clock = clock_of(settings)
        self._ledger = settings.ledger.path
        self.shown = Shown(settings, self._ledger)
        self._writer = ThreadPoolExecutor(1, "demo notes")
        self._reporting = asyncio.Lock()
        self._changed = asyncio.Event()
        self._changed.set()

    async def run(self, stop: asyncio.Event, listening: Callable[[str], None]) -> None:
        """Serve until `stop`."""
        await asyncio.to_thread(self.shown.look)
        clerk = Clerk(lambda: self.settings, self._ledger, self._clock)
        server = WebServer(self.settings.web, self._parts(clerk), self._clock)
        await server.start()
        listening(server.url)
        sweeping = asyncio.create_task(self._sweep_after_changes())
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([sweeping, stopping], return_when=asyncio.FIRST_COMPLETED)
            if sweeping in done:
                await sweeping  # it ends by itself with an error alone
        finally:
            sweeping.cancel()
            stopping.cancel()
            await asyncio.wait([sweeping, stopping])
            await server.stop()
            await clerk.close()
            await asyncio.to_thread(self._writer.shutdown)

    def _parts(self, clerk: Clerk) -> Parts:
        probes = ProbeMetrics(self._clock)
        health = Health(self._clock, {})
        health.trouble("demo", MADE_UP)
        return Parts(
            sources=self.shown,
            probes=probes,
            exposition=Exposition(probes, SchedulerMetrics(), self.shown),
            health=health,
            reload=_no_reload,
            clerk=clerk,
            write=self._write,
            clock=self._clock,
            report=self._report,
            review=self._review,
            reports=reports_now,
            latest=self.shown.latest,
        )

    def _write(self, job: Callable[[Any], T]) -> Future[T]:
        loop = asyncio.get_running_loop()
        written = self._writer.submit(self._edit, job)
        written.add_done_callback(lambda _: loop.call_soon_threadsafe(self._changed.set))
        return written

    def _edit(self, job: Callable[[Connection], T]) -> T:
        with editing(self._ledger) as connection:
            return job(connection)

    async def _sweep_after_changes(self) -> None:
        """What contracts say: at the start, and after each note."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            seen = await in_a_process(sweep, self.settings, self._ledger, self._clock.now(), 0, frozenset())
            await asyncio.to_thread(self._keep, seen)

    def _keep(self, seen: Seen) -> None:
        with editing(self._ledger) as connection:
            store.put_figures(connection, seen.rows)
            watched.keep(connection, self._clock.now().wall_ms, *kept(seen.swept))
        self.shown.look(seen)

    async def _review(self, period: str, form: str, carrier: str | None) -> Rendered:
        async with self._reporting:
            return await in_a_process(
                reviewed_apart,
                self.settings,
                self._ledger,
                self._clock.now(),
                period,
                cast(ReviewForm, form),
                carrier,
            )

    async def _report(self, period: str, form: str, carrier: str | None, site: str | None) -> Rendered:
        async with self._reporting:
            return await in_a_process(
                rendered_apart,
                self.settings,
                self._ledger,
                self._clock.now(),
                period,
                cast(Form, form),
                carrier,
                site,
            )


async def _no_reload() -> Sequence[str]:
    return [f"{MADE_UP}, and nothing is read again; start it anew"]
