"""The daemon: the one place where the parts are put together, started, reloaded and stopped."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import structlog

from collector.ledger.aside import damage
from collector.ledger.ledger import Ledger
from collector.ledger.records import Heartbeat
from collector.ledger.store import put_config, put_heartbeat
from collector.measuring import Measuring
from collector.notify import Notifier
from collector.timekeeping import synchronised
from collector.web.health import Health
from config.errors import ConfigErrors
from config.load import Loaded
from config.settings import Settings
from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock
from probes.resolve import SystemResolver

if TYPE_CHECKING:
    from collector.outputs.worker import OutputStatistics
    from collector.serving import Serving

log = structlog.get_logger()

PULSE_NS = 250 * NS_PER_MS
HEARTBEAT_NS = NS_PER_SECOND
CLOCK_RETRY_NS = NS_PER_SECOND
LEDGER_RETRY_NS = 2 * NS_PER_SECOND
UNTIL_THEN = "until then what is measured is served and pushed, but kept in memory alone"
SILENT_MS = {"scheduler": 15_000, "ledger writer": 30_000}
"""How long a part may be silent before the daemon is not healthy."""
FLUSH_SECONDS = 1.0
DRAIN_NS = 3 * NS_PER_SECOND
"""What an output that answers may take at a stop to reach the ledger's end."""
PROBLEMS_TOLD = 3
"""So many problems of a configuration stand in /-/ready; the log has all."""

Reread = Callable[[], Awaitable[Loaded]]
Missing = Callable[[], str]
"""Why the configured ledger can't be had now, and what to do; empty: it can. Called in a thread."""


class App:
    """One daemon. `run` returns when it was asked to stop, with everything committed."""

    def __init__(
        self, loaded: Loaded, ledger: Ledger, clock: Clock, reread: Reread, missing: Missing | None = None
    ) -> None:
        """Put the parts together; with `missing` the ledger is a passing one, until `missing` is empty."""
        self.clock = clock
        self.ledger = ledger
        self.loaded = loaded
        self.ledger_is_back = False
        """Whether `run` returned for this, and not because it was told to stop."""
        self._reread = reread
        self._missing = missing
        self._life: Future[None] | None = None
        self.health = Health(clock, SILENT_MS)
        self.notifier = Notifier(os.environ, clock)
        self.resolver = SystemResolver(clock)
        self.measuring = Measuring(loaded.settings, ledger, clock, self.resolver)
        self.serving: Serving | None = None
        self._config_files: list[str] = []
        self._config_at_ms = 0
        self._stop = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._reloads: set[asyncio.Task[Sequence[str]]] = set()

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        return self.loaded.settings

    async def run(self) -> None:
        """Measure until SIGTERM or SIGINT."""
        self._listen_to_signals()
        self._keep_config()
        gc.collect()
        gc.freeze()  # what is loaded stays: a full collection over 10,000 circuits takes 0.9 s
        names = {"runner": self._measure, "pulse": self._pulse, "serving": self._serve}
        if self._missing:
            names["ledger"] = self._mind_ledger
        tasks = {name: asyncio.create_task(work(), name=name) for name, work in names.items()}
        log.info("daemon.started", site=self.settings.site, circuits=len(self.settings.here()))
        stopping = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([stopping, *tasks.values()], return_when=asyncio.FIRST_COMPLETED)
        await self._shut_down(tasks)
        for task in done - {stopping}:
            await task  # a part that ended by itself has a defect: say which

    def stop(self) -> None:
        """Ask the daemon to stop."""
        self.ledger_is_back = False  # whatever else was going to end this run
        self._stop.set()

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._on_hangup)

    async def _measure(self) -> None:
        """Run the schedule; not before the clock can be trusted to be ahead of the ledger."""
        while self._is_behind():
            self.health.beat("scheduler")
            await self.clock.sleep_until(self.clock.now().mono_ns + CLOCK_RETRY_NS)
        await self.measuring.runner.run()

    def _is_behind(self) -> bool:
        newest, now = self.ledger.newest_ms(), self.clock.now().wall_ms
        behind = now < newest and not synchronised()
        sentence = (
            f"it is {(newest - now) / 1000:.0f} s behind the ledger's newest round and not synchronised: "
            "nothing is measured until it is (start an NTP client, or set the clock)"
        )
        self.health.trouble("clock", sentence if behind else "")
        return behind

    async def _mind_ledger(self) -> None:
        """Return, which ends this run, once the configured ledger can be had."""
        self.health.trouble("ledger", f"it is being opened; {UNTIL_THEN}")
        while self._missing:
            why = await asyncio.to_thread(self._missing)
            self.health.trouble("ledger", why and f"{why}; {UNTIL_THEN}")
            if not why:
                self.ledger_is_back = not self._stop.is_set()
                return
            await self.clock.sleep_until(self.clock.now().mono_ns + LEDGER_RETRY_NS)

    async def _serve(self) -> None:
        module = await asyncio.to_thread(import_module, "collector.serving")
        self.serving = module.Serving(self.measuring, self.clock, self.health, self.reload)
        self.notifier.ready(self._summary())
        await self.serving.run()

    def _summary(self) -> str:
        return f"measuring {len(self.settings.here())} circuits at {self.settings.site}"

    async def _pulse(self) -> None:
        """What is done by the clock: statuses, watermark, heartbeat, watchdog, health."""
        said_ns = 0
        while True:
            self.measuring.pulse()
            now = self.clock.now()
            if now.mono_ns - said_ns >= HEARTBEAT_NS:
                said_ns = now.mono_ns
                self._beat()
            await self.clock.sleep_until(now.mono_ns + PULSE_NS)

    def _beat(self) -> None:
        """Say that the daemon lives: to the health checks, in the ledger and to systemd."""
        alive = self.measuring.runner.last_alive()
        if alive is not None and self.clock.now() - alive < SILENT_MS["scheduler"] * NS_PER_MS:
            self.health.beat("scheduler")
        failure = self.ledger.statistics().failure
        if failure and self.ledger.alive:
            self.health.beat("ledger writer")  # it answers, with a reason: a restart would help nobody
        if not self._missing:
            self.health.trouble("ledger", failure or self.ledger.displaced() or damage(self.ledger.path))
        self.health.trouble("probes", "; ".join(self.measuring.runner.problems()))
        if self.serving:
            self.serving.report(self.health)
        self.notifier.status("; ".join(self.health.reasons()) or self._summary())
        if self._life is None or self._life.done():  # else the disk takes nothing: don't pile them up
            self._sign_of_life(stopped=False)
        if self.notifier.watchdog_us and not self.health.silent():
            self.notifier.watchdog()

    def _sign_of_life(self, *, stopped: bool) -> None:
        """Leave word in the ledger, for `status`: that somebody measures, or that nobody does any more."""
        state = {
            "reasons": self.health.reasons(),
            "synchronised": synchronised(),
            "stopped": stopped,
            "outputs": {one.name: how(one) for one in self.serving.board.outputs()} if self.serving else {},
            "reports": list(self.settings.reports),
            "site": self.settings.site,
            "config_files": self._config_files,
            "config_at_ms": self._config_at_ms,
        }
        at, digest = self.clock.now().wall_ms, self.settings.digest
        row = Heartbeat(at, os.getpid(), version("linkledger"), digest, json.dumps(state))
        self._life = self.ledger.write(lambda connection: put_heartbeat(connection, row))
        self._life.add_done_callback(lambda _: self.health.beat("ledger writer"))

    def _on_hangup(self) -> None:
        task = asyncio.create_task(self.reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def reload(self) -> Sequence[str]:
        """Read the configuration again; a bad one keeps the old and its problems are returned."""
        async with self._reloading:
            self.notifier.reloading()
            try:
                await self._take(await self._reread())
                problems = []
            except ConfigErrors as errors:
                problems = [str(problem) for problem in errors.problems if problem.is_error]
            except OSError as error:
                problems = [f"the configuration could not be read again: {error}"]
            finally:
                self.notifier.ready(self._summary())
            self._say_reloaded(problems)
            return problems

    async def _take(self, loaded: Loaded) -> None:
        before, self.loaded = self.settings, loaded
        self._keep_config()
        self.measuring.reconfigure(loaded.settings)
        if self.serving:
            await self.serving.configure(loaded.settings)
        after = self.settings
        if not self._missing:
            self.ledger.keep(keep_ms=after.ledger.keep.ms, max_bytes=after.ledger.max_bytes.bytes)
        changed = {"ledger.path": before.ledger.path != after.ledger.path, "web": before.web != after.web}
        if any(changed.values()):
            log.warning("config.needs_restart", keys=[key for key, other in changed.items() if other])
        log.info("config.loaded", circuits=len(self.settings.here()), digest=self.settings.digest)

    def _say_reloaded(self, problems: Sequence[str]) -> None:
        failed = ""
        if problems:
            log.error("config.rejected", problems=problems)
            more = [f"and {len(problems) - PROBLEMS_TOLD} more"] if len(problems) > PROBLEMS_TOLD else []
            failed = f"the old one stays in force: {'; '.join([*problems[:PROBLEMS_TOLD], *more])}"
        self.health.trouble("config", failed)
        if self.serving:
            self.serving.board.reload_failed = failed

    def _keep_config(self) -> None:
        digest, text, at = self.settings.digest, self.loaded.text, self.clock.now().wall_ms
        self._config_files = [str(file.absolute()) for file in self.loaded.files if file.exists()]
        self._config_at_ms = at
        self.ledger.write(lambda connection: put_config(connection, digest, text, at))

    async def _shut_down(self, tasks: dict[str, asyncio.Task[None]]) -> None:
        """Stop within five seconds: commit what is finished, then let outputs reach the end."""
        drained = self.clock.now().plus(DRAIN_NS)
        if not self.ledger_is_back:
            self.notifier.stopping()
        self._stop.set()
        last = tasks.pop("serving")
        for task in (*tasks.values(), *self._reloads):
            task.cancel()
        await asyncio.wait([*tasks.values(), *self._reloads])
        self.measuring.finish()
        self._sign_of_life(stopped=True)
        await asyncio.to_thread(self.ledger.flush, FLUSH_SECONDS)
        if self.serving:
            await self.serving.drain(drained)
            await asyncio.wait([last], timeout=1)
        last.cancel()
        await self.resolver.aclose()
        await asyncio.to_thread(self.ledger.close)
        given_up = self.ledger.statistics()
        if given_up.dropped:
            log.error("ledger.rounds_lost", rounds=given_up.dropped, why=given_up.failure)
        log.info("daemon.stopped")


def how(output: OutputStatistics) -> dict[str, Any]:
    """What a sign of life says of an output."""
    return {
        "state": output.state,
        "failure": output.failure,
        "last_success_ms": output.last_success_ms,
        "lag": output.lag_rounds,
    }
