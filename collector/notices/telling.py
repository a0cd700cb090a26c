"""Tells people and alerting systems of outages and breaches: a worker for each.

What is to be told is decided and written down first (lookout.py); each output then takes it from the
ledger in its own time (outputs/notifier.py), so that neither a receiver that hangs nor a restart loses
any.
"""

from __future__ import annotations

import asyncio
from importlib import import_module

import structlog

from collector.board import Board
from collector.ledger.notices import NoticeBook
from collector.measuring import Measuring
from collector.notices.lookout import Lookout
from collector.notices.notice import Notice
from collector.outputs.alertmanager import Alertmanager
from collector.outputs.notifier import NoticeWorker, Notifier
from collector.outputs.webhook import Webhook
from collector.outputs.worker import OutputStatistics
from config.outputs import AlertmanagerOutput, MailOutput, WebhookOutput
from config.settings import Settings
from probes.clock import Clock, Instant

log = structlog.get_logger()

Notified = AlertmanagerOutput | WebhookOutput | MailOutput


def make(name: str, settings: Notified, host: str, clock: Clock) -> Notifier:
    """The notifier that an entry of `outputs` describes."""
    if isinstance(settings, AlertmanagerOutput):
        return Alertmanager(name, settings, clock)
    if isinstance(settings, WebhookOutput):
        return Webhook(name, settings, host, clock)
    module = import_module("collector.outputs.mail")  # its library takes a tenth of a second
    notifier: Notifier = module.Mail(name, settings, host)
    return notifier


def wants(settings: Notified, notice: Notice) -> bool:
    """Whether a notice is for an output: its circuit, its carrier, its event."""
    events = None if isinstance(settings, AlertmanagerOutput) else settings.events
    if events is not None and notice.event not in events:
        return False
    circuit, carrier = notice.about.circuit, notice.about.carrier
    of_circuit = settings.circuits is None or circuit in settings.circuits
    return of_circuit and (settings.carriers is None or carrier in settings.carriers)


class Noticing:
    """The lookout, and one worker and one task for each output."""

    def __init__(self, measuring: Measuring, clock: Clock, board: Board) -> None:
        self._measuring = measuring
        self._clock = clock
        self._lookout = Lookout(measuring, clock, board, self._wake)
        self._loaded = False
        self._settings: dict[str, Notified] = {}
        self._workers: dict[str, tuple[NoticeWorker, asyncio.Task[None], NoticeBook]] = {}

    def statistics(self) -> list[OutputStatistics]:
        """How each output is, as they stand in the configuration."""
        return [self._workers[name][0].statistics() for name in self._settings if name in self._workers]

    async def run(self) -> None:
        """Look out until cancelled."""
        await self._lookout.run()

    async def configure(self, settings: Settings) -> None:
        """Tell these from now on; one whose settings are the same goes on undisturbed."""
        if not self._loaded:
            await self._lookout.load()
            self._loaded = True
        outputs = settings.outputs.notified()
        changed = [name for name in self._workers if self._settings.get(name) != outputs.get(name)]
        await asyncio.gather(*(self._end(name) for name in changed))
        self._settings = outputs
        for name in outputs:
            if name not in self._workers:
                await self._begin(name, settings.host)
        self._lookout.outputs = list(outputs)

    async def drain(self, deadline: Instant) -> None:
        """Let every output that answers tell what waits until `deadline`; then stop all."""
        await asyncio.gather(*(worker.drain(deadline) for worker, _, _ in self._workers.values()))
        for one in self.statistics():
            if one.lag_rounds:
                log.warning("output.behind_at_stop", output=one.name, notices=one.lag_rounds, why=one.failure)
        await asyncio.gather(*(self._end(name) for name in list(self._workers)))

    def _wake(self) -> None:
        """There are new notices, and perhaps old ones that are no more."""
        dropped = self._lookout.dropped()
        for name, (worker, _, _) in self._workers.items():
            if name in dropped:
                worker.missed(dropped[name])
            worker.wake()

    async def _begin(self, name: str, host: str) -> None:
        settings = self._settings[name]
        notifier = await asyncio.to_thread(make, name, settings, host, self._clock)
        book = NoticeBook(self._measuring.ledger)

        def wanted(notice: Notice) -> bool:
            return wants(settings, notice)

        worker = NoticeWorker(notifier, book, self._clock, self._lookout, wanted)
        task = asyncio.create_task(worker.run(), name=f"output {name}")
        self._workers[name] = (worker, task, book)

    async def _end(self, name: str) -> None:
        _, task, book = self._workers.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        book.close()
