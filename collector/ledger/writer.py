"""The one thread that writes: groups, retries, and the ledger's upkeep in between."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from collector.ledger import log, store
from collector.ledger.errors import LedgerClosed
from collector.ledger.opening import beside, is_damage, transaction, why_unwritable
from collector.ledger.queue import Group, Job, Queue
from collector.ledger.registry import Registry, insert_epoch, insert_series
from collector.ledger.reserve import Reserve
from collector.ledger.upkeep import Upkeep
from probes.clock import NS_PER_SECOND, Clock

_RETRY_SECONDS = 1.0
_LAST_TRIES = 2
"""A closing ledger tries so often before it gives up what could not be written."""
_SURROUNDINGS = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_NOMEM,
    }
)
"""Errors that are not the statement's fault: the whole group is tried again."""
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_OVER = object()


class _Delivery:
    """Hands what is raised inside to a future, as an executor does: the writer must outlive it."""

    def __init__(self, future: Future[Any]) -> None:
        self._future = future

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None:
            self._future.set_exception(error)
        return error is not None


@dataclass(slots=True)
class Written:
    """What has become of it; read by other threads, written by the writer alone."""

    rows: int = 0
    commits: int = 0
    last_seq: int = 0
    last_commit_seconds: float = 0.0
    failure: str = ""
    bytes: int = 0


class Writer:
    """Runs until the queue is closed and empty."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        *,
        queue: Queue,
        registry: Registry,
        reserve: Reserve,
        upkeep: Upkeep,
        clock: Clock,
        commit_every_seconds: float,
    ) -> None:
        self.written = Written(last_seq=log.last_seq(connection), bytes=store.bytes_in_use(connection))
        self.callbacks: list[Callable[[int], None]] = []
        self.idle = threading.Event()
        """Set while the upkeep has nothing left to do."""
        self._path = path
        self._connection = connection
        self._queue = queue
        self._registry = registry
        self._reserve = reserve
        self._upkeep = upkeep
        self._clock = clock
        self._commit_every_seconds = commit_every_seconds
        self._steps: Iterator[None] | None = None
        self._began_at = 0
        self._tries_left = _LAST_TRIES
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)

    def start(self) -> None:
        """Begin; the connection is the thread's from here on."""
        self._steps = self._begin_steps()
        self._thread.start()

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while True:
            self._gather()
            group = self._queue.take()
            if group.ticket:
                self._write(group)
            elif self._queue.closed:
                return

    def _gather(self) -> None:
        """Let a group come together, and use the time."""
        if self._steps is None:
            self._queue.wait_for_any()
        started = self._clock.now()
        left = self._commit_every_seconds
        while self._steps is not None and left > 0 and not self._queue.due():
            self._step(self._steps)
            left = self._commit_every_seconds - (self._clock.now() - started) / NS_PER_SECOND
        if self._steps is None:
            self._queue.wait_until_due(max(0.0, left))

    def _step(self, steps: Iterator[None]) -> None:
        """One piece of upkeep; what it raises is told and tried again later."""
        step: Future[bool] = Future()
        with _Delivery(step):
            step.set_result(next(steps, _OVER) is _OVER)
        error = step.exception()
        if error is not None:
            self._upkeep.failed(self._told(error))
        if error is not None or step.result():
            # What was committed since these steps began may have given more to do.
            more = error is None and self.written.commits != self._began_at
            self._steps = self._begin_steps() if more else None
            if not more:
                self.written.bytes = store.bytes_in_use(self._connection)
                self.idle.set()

    def _begin_steps(self) -> Iterator[None]:
        self.idle.clear()
        self._began_at = self.written.commits
        return self._upkeep.steps()

    def _told(self, error: BaseException) -> str:
        if isinstance(error, sqlite3.Error):
            return why_unwritable(self._path, error)
        return f"{self._path}: packing or retention failed: {error!r}; rounds are still kept in the log"

    def _write(self, group: Group) -> None:
        started = self._clock.now()
        try:
            finished = self._commit(group)
        except sqlite3.Error as error:
            self._failed(group, error)
            return
        self.written.last_commit_seconds = (self._clock.now() - started) / NS_PER_SECOND
        self.written.failure = ""
        self.written.rows += len(group.rows)
        self.written.commits += 1
        self.written.bytes = store.bytes_in_use(self._connection)
        for resolve in finished:
            resolve()
        if self._steps is None:
            self._steps = self._begin_steps()
        self._queue.done(group)
        for callback in self.callbacks:
            # The event loop that the callback wakes may have been closed already.
            with suppress(RuntimeError):
                callback(self.written.last_seq)

    def _commit(self, group: Group) -> list[Callable[[], None]]:
        """Make the group durable; returns what tells the jobs' futures."""
        series, epochs = self._registry.pending()
        with transaction(self._connection):
            for one in series:
                insert_series(self._connection, one, self.written.last_seq)
            for epoch in epochs:
                insert_epoch(self._connection, epoch)
            if group.rows:
                log.insert_rows(self._connection, group.rows)
            for site, at_ms in group.watermarks.items():
                store.put_watermark(self._connection, site, at_ms)
            finished = [self._do(job) for job in group.jobs if _begin(job)]
            last_seq = log.last_seq(self._connection)  # jobs may append too
        self._registry.written(len(series), len(epochs))
        self.written.last_seq = last_seq
        return finished

    def _do(self, job: Job) -> Callable[[], None]:
        """Run a job on its own savepoint; its error is its caller's, the disk's is the group's."""
        outcome: Future[Any] = Future()
        self._connection.execute("SAVEPOINT job")
        with _Delivery(outcome):
            outcome.set_result(job.run(self._connection))
        error = outcome.exception()
        if isinstance(error, sqlite3.Error) and _is_surroundings(error):
            raise error
        if error is not None:
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")
        if error is not None:
            return lambda: job.future.set_exception(error)
        return lambda: job.future.set_result(outcome.result())

    def _failed(self, group: Group, error: sqlite3.Error) -> None:
        """Say why, keep the group, and try again: at once if the reserve could be freed."""
        self.written.failure = why_unwritable(self._path, error)
        if is_damage(error):
            with suppress(OSError):
                beside(self._path, ".suspect").touch()
        if self._queue.closed and self._tries_left == 0:
            self._give_up(group)
            return
        self._tries_left -= self._queue.closed
        self._queue.give_back(group)
        if not (_code(error) in _NO_ROOM and self._reserve.free()):
            self._queue.rest(_RETRY_SECONDS)

    def _give_up(self, group: Group) -> None:
        """The ledger closes and can't be written: what waited is lost, and counted."""
        self._queue.dropped += len(group.rows)
        for job in group.jobs:
            if _begin(job):
                job.future.set_exception(LedgerClosed(self.written.failure))
        self._queue.done(group)


def _begin(job: Job) -> bool:
    """Whether the job is still wanted; a group that is tried again has begun it before."""
    return job.future.running() or job.future.set_running_or_notify_cancel()


def _is_surroundings(error: sqlite3.Error) -> bool:
    return _code(error) in _SURROUNDINGS


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for an error of the module's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
