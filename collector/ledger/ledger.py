"""The ledger of a daemon: everything measured is appended here, once.

One thread owns the one connection that writes. It commits in groups: rounds, watermarks and whatever
consumers derived become durable together, twice a second at most. Between two commits it packs
complete hours and drops what retention lets go, a bounded step at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self, TypeVar

from collector.ledger import log
from collector.ledger.aside import set_aside_if_damaged
from collector.ledger.backup import keep_older
from collector.ledger.compact import Verdicts, answered
from collector.ledger.errors import LedgerClosed
from collector.ledger.inventory import newest_ms
from collector.ledger.model import LedgerStatistics, SeriesKey
from collector.ledger.opening import beside, connect_writer, locked
from collector.ledger.queue import Job, Queue
from collector.ledger.reader import SqliteReader
from collector.ledger.registry import Registry
from collector.ledger.reserve import RESERVE_BYTES, Reserve
from collector.ledger.retention import Policy
from collector.ledger.upkeep import Upkeep
from collector.ledger.writer import Writer
from probes.clock import Clock, Instant
from probes.model import Outcome

T = TypeVar("T")

KEEP_MS = 400 * 86_400_000
MAX_BYTES = 20 * 10**9
COMMIT_EVERY_MS = 500
QUEUE_ROWS = 200_000
"""What may wait for a disk: over three minutes of a thousand targets at one round a second."""
_NO_WATERMARKS: Mapping[str, int] = MappingProxyType({})


class Ledger:
    """Append, write, ask how it is; opened by `open`, a context manager. Thread-safe."""

    def __init__(
        self, path: Path, writer: Writer, queue: Queue, registry: Registry, upkeep: Upkeep, newest_ms: int
    ) -> None:
        self.path = path
        self.set_aside: Path | None = None
        """Where a damaged file was put at the start; None when there was none."""
        self.kept_as: Path | None = None
        """Where a copy of it lies as it was before an upgrade at the start; None when there was none."""
        self.verdicts: Verdicts = answered
        """What the bins' rounds are judged by."""
        self._writer = writer
        self._queue = queue
        self._registry = registry
        self._upkeep = upkeep
        self._newest_ms = newest_ms
        self._identity = _identity(path)
        self._on_close = ExitStack()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        keep_ms: int = KEEP_MS,
        max_bytes: int = MAX_BYTES,
        commit_every_ms: int = COMMIT_EVERY_MS,
        verdicts: Verdicts = answered,
        queue_rows: int = QUEUE_ROWS,
        reserve_bytes: int = RESERVE_BYTES,
        copy_at_most: int = 2**62,
    ) -> Self:
        """Take the lock, set a damaged file aside, bring the schema up to date, start the writer.

        `verdicts` judges the rounds of an hour for its five-minute bins. A ledger of an older schema is
        copied first. Raises LedgerOlder when those were more bytes than `copy_at_most`, LedgerLocked,
        LedgerTooNew, NotALedger, LedgerUnwritable.
        """
        with ExitStack() as undo:
            undo.callback(locked(path).release)
            aside = set_aside_if_damaged(path, clock.now().wall_ms)
            kept_as = keep_older(path, copy_at_most)
            connection = undo.enter_context(closing(connect_writer(path)))
            undo_later = undo.pop_all()
        reserve = Reserve(beside(path, ".reserve"), reserve_bytes)
        reserve.keep()
        queue, registry = Queue(queue_rows), Registry(connection)
        upkeep = Upkeep(connection, registry, clock, reserve, Policy(keep_ms, max_bytes), verdicts)
        writer = Writer(
            path,
            connection,
            queue=queue,
            registry=registry,
            reserve=reserve,
            upkeep=upkeep,
            clock=clock,
            commit_every_seconds=commit_every_ms / 1000,
        )
        ledger = cls(path, writer, queue, registry, upkeep, newest_ms(connection))
        ledger.set_aside, ledger.kept_as = aside, kept_as
        ledger.verdicts = verdicts
        ledger._on_close = undo_later
        writer.start()
        return ledger

    def close(self) -> None:
        """Commit what waits, stop the thread, free the lock. On a full disk it tries twice more."""
        self._queue.close()
        self._writer.join()
        self._on_close.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def series(self, key: SeriesKey) -> int:
        """The number of the series' immutable row, made with the next commit if it is new."""
        known = self._registry.known(key)
        if known is not None:
            return known
        number = self._registry.series(key)
        self._queue.add((), _NO_WATERMARKS)
        return number

    def open_epoch(self, at: Instant, *, boot_id: str, synchronised: bool, why: str) -> int:
        """The number of a new epoch; `why` is start, step or suspend. In the file with its first round."""
        number = self._registry.epoch(at, boot_id, synchronised, why)
        self._queue.add((), _NO_WATERMARKS)
        return number

    def append(self, outcomes: Sequence[Outcome], watermarks: Mapping[str, int] = _NO_WATERMARKS) -> None:
        """Hand over outcomes, and by site the earliest slot that may still gain one; never waits.

        What a full queue refuses is counted as dropped. Raises ValueError for a round of an unknown
        series or of another interval than its series has: it could not be read back.
        """
        for outcome in outcomes:
            self._check(outcome)
        self._queue.add([row for outcome in outcomes for row in log.rows_of(outcome)], watermarks)

    def write(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run `job` on the writer's connection in the next commit, after the rows that wait.

        The future is set once that commit is durable. An error of the job's own undoes the job alone
        and is the future's; when the disk fails, the job runs again with the next try. It must not
        commit.
        """
        future: Future[T] = Future()
        if not self._queue.add_job(Job(job, future)):
            why = self.statistics().failure or f"{self.path}: the ledger is closed"
            future.set_exception(LedgerClosed(why))
        return future

    def on_commit(self, callback: Callable[[int], None]) -> None:
        """Call `callback` with the newest seq after each commit, on the writer's thread."""
        self._writer.callbacks.append(callback)

    def flush(self, timeout_seconds: float) -> bool:
        """Commit everything handed over so far, now; False when the time was up before."""
        return self._queue.flush(timeout_seconds)

    def settle(self, timeout_seconds: float) -> bool:
        """Commit everything handed over so far and wait until packing and retention have nothing to do."""
        return self.flush(timeout_seconds) and self._writer.idle.wait(timeout_seconds)

    def keep(self, *, keep_ms: int, max_bytes: int) -> None:
        """Another retention from now on: a reload changed it."""
        self._upkeep.policy = Policy(keep_ms, max_bytes)

    def statistics(self) -> LedgerStatistics:
        """How the ledger is."""
        written = self._writer.written
        stopped = not self._queue.closed and not self.alive
        return LedgerStatistics(
            queued=len(self._queue),
            queued_peak=self._queue.peak,
            dropped=self._queue.dropped,
            committed=written.rows,
            commits=written.commits,
            last_seq=written.last_seq,
            last_commit_seconds=written.last_commit_seconds,
            failure=f"{self.path}: the writer has stopped; see the log and restart the daemon"
            if stopped
            else written.failure or self._upkeep.failure,
            bytes=written.bytes,
        )

    def displaced(self) -> str:
        """What to do when the file was removed or replaced while it is open; empty when it is in its place.

        SQLite goes on writing to a file that nobody can find any more.
        """
        if _identity(self.path) == self._identity:
            return ""
        return (
            f"{self.path}: was removed or replaced while it is in use: what is measured now is lost when the "
            "daemon stops; put the file back, or restart the daemon to begin a new one"
        )

    @property
    def alive(self) -> bool:
        """Whether the writer's thread runs; it does while a disk takes nothing."""
        return self._writer.alive

    def newest_ms(self) -> int:
        """The newest slot that was in the ledger when it was opened, 0 if it was empty."""
        return self._newest_ms

    def reader(self) -> SqliteReader:
        """A reader on a connection of its own."""
        return SqliteReader(self.path)

    def _check(self, outcome: Outcome) -> None:
        for sample in outcome.samples:
            self._registry.get(sample.series)
        one = outcome.round
        if one is not None and one.every_ms != self._registry.every_ms(one.series):
            raise ValueError(f"a round of every {one.every_ms} ms does not belong in series {one.series}")


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at `path`: its device and inode; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
