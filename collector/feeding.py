"""Keeps each configured output fed from the ledger: started, changed by a reload, drained at the stop."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from sqlite3 import Connection

import structlog

from collector.ledger import places
from collector.ledger.ledger import Ledger
from collector.ledger.model import Gap, Judged, LogRow, Series
from collector.ledger.places import Again
from collector.ledger.reader import SqliteReader
from collector.ledger.store import move_cursor, record_gap
from collector.outputs.base import OutputWorker
from collector.outputs.influxdb import Influxdb
from collector.outputs.progress import Progress
from collector.outputs.worker import OutputStatistics
from collector.packed import PackedRows
from collector.verdicts import StoredVerdicts
from config.outputs import InfluxdbOutput
from probes.clock import Clock, Instant

log = structlog.get_logger()


class LedgerJournal:
    """The ledger as an output sees it (outputs.journal.Journal), over a reader of its own."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.reader: SqliteReader = ledger.reader()
        self._packed = PackedRows(self.reader, ledger.verdicts)

    def scan(self, after_seq: int, limit: int) -> Sequence[LogRow]:
        """Log rows with a greater seq, in order."""
        return self.reader.scan(after_seq, limit)

    def series(self) -> Sequence[Series]:
        """Every series there is."""
        return self.reader.series()

    def packed(self, again: Again, limit: int) -> tuple[Sequence[Judged], Again | None, int]:
        """The next rows of packed hours, the place after them, and how many rounds could not be read."""
        return self._packed.next(again, limit)

    def progress(self, output: str) -> Progress | None:
        """Where an output is."""
        return Progress.load(output, self._cursor, self.reader.again(output))

    def _cursor(self, name: str) -> int | None:
        known = self.reader.cursor(name)
        return known.seq if known else None

    def rewind_asked(self, output: str) -> bool:
        """Whether `linkledger output rewind` was called for it."""
        return self.reader.rewind_asked(output)

    def last_seq(self) -> int:
        """The newest committed row's seq."""
        return self._ledger.statistics().last_seq

    def save(self, output: str, progress: Progress, gaps: Sequence[Gap]) -> Future[None]:
        """Keep a place and append gap records in one transaction."""

        def job(connection: Connection) -> None:
            for name, seq in progress.cursors(output).items():
                move_cursor(connection, name, seq)
            places.put_again(connection, output, progress.again)
            for gap in gaps:
                record_gap(connection, gap)

        return asyncio.wrap_future(self._ledger.write(job))

    def rewind(self, output: str) -> Future[None]:
        """Put the place back as it was asked for."""
        return asyncio.wrap_future(self._ledger.write(partial(places.rewind, output=output)))

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each commit."""
        self._ledger.on_commit(lambda _: callback())


class Feeding:
    """One worker and one task for each output."""

    def __init__(self, ledger: Ledger, clock: Clock, verdicts: StoredVerdicts) -> None:
        self._ledger = ledger
        self._clock = clock
        self._verdicts = verdicts
        self._settings: dict[str, InfluxdbOutput] = {}
        self._workers: dict[str, tuple[OutputWorker, asyncio.Task[None], SqliteReader]] = {}

    def statistics(self) -> list[OutputStatistics]:
        """How each output is."""
        return [worker.statistics() for worker, _, _ in self._workers.values()]

    async def configure(self, outputs: Mapping[str, InfluxdbOutput]) -> None:
        """Feed these from now on; one whose settings are the same goes on undisturbed."""
        changed = [name for name in self._workers if self._settings.get(name) != outputs.get(name)]
        await asyncio.gather(*(self._end(name) for name in changed))
        for name, settings in outputs.items():
            if name not in self._workers:
                self._begin(name, settings)
        self._settings = dict(outputs)
        self._name_strangers()

    def _name_strangers(self) -> None:
        """A place that a former output left holds the log for it, up to `ledger.max_bytes`: say so."""
        with self._ledger.reader() as reader:
            strangers = [place for place in reader.places() if place.name not in self._settings]
        for place in strangers:
            log.warning(
                "output.former",
                output=place.name,
                rounds=place.lag_rounds,
                holds="the log is kept for its return",
                free_it=f"linkledger output drop {place.name}",
            )

    def _begin(self, name: str, settings: InfluxdbOutput) -> None:
        journal = LedgerJournal(self._ledger)
        worker = OutputWorker(
            Influxdb(name, settings, self._clock),
            journal,
            self._clock,
            lambda row: self._verdicts.of(row, journal.reader.is_unwitnessed),
            start=settings.start,
            order=settings.order,
            batch_rounds=settings.batch_rounds,
        )
        task = asyncio.create_task(worker.run(), name=f"output {name}")
        self._workers[name] = (worker, task, journal.reader)

    async def _end(self, name: str) -> None:
        _, task, reader = self._workers.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        reader.close()

    async def drain(self, deadline: Instant) -> None:
        """Let every output that answers reach the ledger's end until `deadline`; then stop all."""
        await asyncio.gather(*(worker.drain(deadline) for worker, _, _ in self._workers.values()))
        for one in self.statistics():
            if one.lag_rounds:
                log.warning("output.behind_at_stop", output=one.name, rounds=one.lag_rounds, why=one.failure)
        await asyncio.gather(*(self._end(name) for name in list(self._workers)))
