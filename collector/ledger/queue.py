"""What waits for the next commit: bounded, in order, counted."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from collector.ledger.log import Row

GROUP_ROWS = 4_096
"""So many rows don't wait for the time to be up."""
JOBS = 10_000
"""So many jobs may wait for a disk."""


@dataclass(frozen=True, slots=True)
class Job:
    """A consumer's write and the future of what it returns."""

    run: Callable[[sqlite3.Connection], Any]
    future: Future[Any]


@dataclass(slots=True)
class Group:
    """What one transaction makes durable, in this order."""

    rows: list[Row] = field(default_factory=list)
    watermarks: dict[str, int] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    ticket: int = 0
    """Everything handed in up to this ticket is inside."""


class Queue:
    """Handed over by any thread, taken by the writer."""

    def __init__(self, limit_rows: int) -> None:
        self._changed = threading.Condition()
        self._limit_rows = limit_rows
        self._waiting = Group()
        self._in_hand = 0
        self._ticket = 0
        self._done_ticket = 0
        self._urgent = False
        self.closed = False
        """Nothing more is taken in; what waits is still written."""
        self.dropped = 0
        self.peak = 0

    def __len__(self) -> int:
        """Rows that are not durable yet."""
        return self._in_hand + len(self._waiting.rows)

    def add(self, rows: Sequence[Row], watermarks: Mapping[str, int]) -> None:
        """Hand over; rows beyond the limit are counted as dropped, never waited for."""
        with self._changed:
            room = 0 if self.closed else max(0, self._limit_rows - len(self))
            self.dropped += max(0, len(rows) - room)
            self._waiting.rows.extend(rows if len(rows) <= room else rows[:room])
            self._waiting.watermarks.update(watermarks)
            self.peak = max(self.peak, len(self))
            self._stamp()

    def add_job(self, job: Job) -> bool:
        """Hand over a job; False when the queue is closed, or full because nothing can be written."""
        with self._changed:
            if self.closed or len(self._waiting.jobs) >= JOBS:
                return False
            self._waiting.jobs.append(job)
            self._stamp()
            return True

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until everything handed over so far is durable; False when the time is up."""
        with self._changed:
            wanted = self._ticket
            self._urgent = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._done_ticket >= wanted, timeout_seconds)

    def close(self) -> None:
        """Take in nothing more."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    # --- the writer's side

    def wait_for_any(self) -> None:
        """Return once something waits, or the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or self._waiting.ticket > 0)

    def wait_until_due(self, timeout_seconds: float) -> None:
        """Return once the group is full, someone flushes, the queue is closed or the time is up."""
        with self._changed:
            self._changed.wait_for(self.due, timeout_seconds)

    def due(self) -> bool:
        """Whether the group should not wait for its time."""
        return self.closed or self._urgent or len(self._waiting.rows) >= GROUP_ROWS

    def rest(self, timeout_seconds: float) -> None:
        """Wait before the next try, unless the queue is closed meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed, timeout_seconds)

    def take(self) -> Group:
        """Everything that waits; `done` or `give_back` follows."""
        with self._changed:
            group, self._waiting = self._waiting, Group()
            self._in_hand = len(group.rows)
            self._urgent = False
            return group

    def done(self, group: Group) -> None:
        """The group is durable, or given up."""
        with self._changed:
            self._in_hand = 0
            self._done_ticket = max(self._done_ticket, group.ticket)
            self._changed.notify_all()

    def give_back(self, group: Group) -> None:
        """The group could not be written: it goes before what came meanwhile."""
        with self._changed:
            later = self._waiting
            group.rows.extend(later.rows)
            group.watermarks.update(later.watermarks)
            group.jobs.extend(later.jobs)
            group.ticket = max(group.ticket, later.ticket)
            self._waiting = group
            self._in_hand = 0

    def _stamp(self) -> None:
        first = self._waiting.ticket == 0
        self._ticket += 1
        self._waiting.ticket = self._ticket
        if first or self.due():
            self._changed.notify_all()
