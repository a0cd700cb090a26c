"""One site being measured: schedule, runner, provisional and stored status, held together.

`reconfigure` changes what is measured; `deliver` is where every finished round passes; `pulse` does
what is done by the clock and not by a round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import date

import structlog

from collector.blame import Verdict
from collector.circuits import NOT_MEASURED, Change, Status
from collector.judge import Judge
from collector.ledger.ledger import Ledger
from collector.ledger.records import CircuitNow
from collector.ledger.store import keep_circuits, put_circuit_now
from collector.live import Live
from collector.runner import Runner
from collector.schedule import Schedule
from collector.sla.calendar import local_day
from collector.targets import Planned, judging, planned
from collector.timekeeping import Step, boot_id, synchronised
from collector.verdicts import StoredVerdicts
from collector.web.metrics import ProbeMetrics, SchedulerMetrics
from config.settings import Settings, Standing
from probes.clock import NS_PER_SECOND, Clock, Instant
from probes.model import Outcome, Resolver

log = structlog.get_logger()

CHANGES_TOLD = 20
"""So many circuits whose facts change with the day are named in the log."""


class Measuring:
    """Everything that turns settings into rounds and rounds into status."""

    def __init__(self, settings: Settings, ledger: Ledger, clock: Clock, resolver: Resolver) -> None:
        self.ledger = ledger
        self.clock = clock
        self.metrics = ProbeMetrics(clock)
        self.scheduling = SchedulerMetrics()
        self.live = Live(self._decided)
        self.verdicts = StoredVerdicts()
        self.plans: dict[int, Planned] = {}
        self.settings = settings
        self.standing: Mapping[str, Standing] = {}
        """The facts of the circuits here as they stand today."""
        self.judge = Judge(settings.site, {}, [], needed=True, host=settings.host)
        self._judging: Future[bool] | None = None
        schedule = Schedule(self._open_epoch(clock.now(), "start"))
        self.runner = Runner(clock, resolver, schedule, self.deliver, self.scheduling, self._stepped)
        newest_ms, now_ms = ledger.newest_ms(), clock.now().wall_ms
        # A slot that an earlier process ran by a clock that was ahead is one of another epoch.
        self._configure(settings, after_ms=newest_ms if newest_ms <= now_ms else 0)

    def reconfigure(self, settings: Settings) -> None:
        """Measure by new settings; what is unchanged keeps its series, its slots and its sockets.

        A new series begins with the next slot, so that no slot of a probe is measured twice.
        """
        self.ledger.write(self.judge.save)
        self._configure(settings, after_ms=self.clock.now().wall_ms)

    def _configure(self, settings: Settings, after_ms: int) -> None:
        self._day = day = self._today(settings)
        self.standing = {name: circuit.on(day) for name, circuit in settings.here().items()}
        plans = {self.ledger.series(plan.key): plan for plan in planned(settings, day)}
        gone, fresh = self.plans.keys() - plans.keys(), sorted(plans.keys() - self.plans.keys())
        before, self.settings, self.plans = self.plans, settings, plans
        for series in fresh:
            self.metrics.declare(series, plans[series].key, plans[series].timeout_ms)
        for series in gone:
            self.metrics.forget(series)
        needed = settings.sites[settings.site].reference is not None
        judged = judging(settings, day)
        self.live.configure(plans, judged, needed=needed, now_ms=self.clock.now().wall_ms)
        ending = {series: plan for series, plan in before.items() if not plan.key.owner}
        self.judge = Judge(settings.site, ending | plans, judged, needed=needed, host=settings.host)
        self.verdicts.configure(plans, self.live.logs, self.judge)
        site, here = settings.site, set(settings.here())
        self.ledger.write(lambda connection: keep_circuits(connection, site, here))
        self.runner.remove(gone)
        for series in plans.keys() & before.keys():
            if plans[series].probe != before[series].probe:  # a secret: it is no part of a series' key
                self.runner.schedule.retarget(plans[series].entry(series).target)
        self.runner.add({one: (plans[one].key.kind, plans[one].entry(one)) for one in fresh}, after_ms)

    def _today(self, settings: Settings) -> date:
        """The day at this host's site: dated facts change at its midnight."""
        return local_day(self.clock.now().wall_ms, settings.zone)

    def _turn_the_page(self) -> None:
        """At midnight go on by what changes with the new day, if anything does."""
        before, today = self._day, self._today(self.settings)
        if today == before:
            return
        self._day = today
        here = self.settings.here()
        if changed := [name for name, one in self.standing.items() if here[name].on(today) != one]:
            log.info("circuits.facts_changed", day=today.isoformat(), circuits=changed[:CHANGES_TOLD])
            self.reconfigure(self.settings)

    def deliver(self, outcomes: Sequence[Outcome]) -> None:
        """Keep, judge and count finished rounds."""
        self.ledger.append(outcomes)
        self.metrics.observe(outcomes)
        self.live.observe(outcomes, self.clock.now().wall_ms)

    def _decided(self, outcome: Outcome, verdict: Verdict) -> None:
        """A verdict stands, at once or after a wait for a witness."""
        if outcome.round is not None:
            self.metrics.judge(outcome.round.series, verdict)

    def pulse(self) -> None:
        """A few times a second: mind silences, move the watermark, let the judge go on, show changes."""
        self._turn_the_page()
        now = self.clock.now()
        self.live.tick(now.wall_ms)
        watermark = self.runner.watermark()
        if watermark is not None:
            self.ledger.append((), {self.settings.site: watermark})
        self._show(self.live.changed(), now.wall_ms)
        if self._judging is None or self._judging.done():
            self._judging = self.judge.go_on(self.ledger)

    def _show(self, changed: Mapping[str, Change], now_ms: int) -> None:
        if not changed:
            return
        rows = [
            CircuitNow(
                name, self.settings.site, one.status, one.at_ms, one.cause, provisional=True, at_ms=now_ms
            )
            for name, one in changed.items()
        ]
        self.ledger.write(lambda connection: put_circuit_now(connection, rows))
        for row in rows:
            if row.cause == NOT_MEASURED:
                continue  # a thousand lines at each start would say nothing
            tell = log.warning if row.status == Status.DOWN else log.info
            tell(
                "circuit.status",
                circuit=row.circuit,
                status=row.status,
                cause=row.cause,
                since_ms=row.since_ms,
            )

    def finish(self) -> None:
        """After the last round: judge what can be judged, and keep the place to go on from."""
        self.judge.go_on(self.ledger)
        self.ledger.write(self.judge.save)

    def _open_epoch(self, at: Instant, why: str) -> int:
        return self.ledger.open_epoch(at, boot_id=boot_id(), synchronised=synchronised(), why=why)

    def _stepped(self, now: Instant, step: Step) -> int:
        """The clocks parted: say so, and begin a new epoch."""
        log.warning(f"clock.{step.why}", seconds=step.ns / NS_PER_SECOND)
        if step.ns < 0:
            self.live.step_back(now.wall_ms)
        return self._open_epoch(now, step.why)
