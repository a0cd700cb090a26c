"""What a ledger does for itself between two commits: pack complete hours, drop what may go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from collector.ledger import analysed, archive, store
from collector.ledger.chunks import hour_of
from collector.ledger.compact import Pass, Verdicts, due, load_progress
from collector.ledger.opening import transaction
from collector.ledger.registry import Registry
from collector.ledger.reserve import Reserve
from collector.ledger.retention import KEEP_BINS_MS, Policy, trim
from probes.clock import NS_PER_SECOND, Clock

_RETRY_NS = 60 * NS_PER_SECOND
_SERIES_A_STEP = 256
MOST_EVENTS = 200_000
"""Traps decide nothing, and a device that flaps sends millions: the newest stay."""


class Upkeep:
    """Bounded steps on the writer's connection; each leaves no transaction open."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        registry: Registry,
        clock: Clock,
        reserve: Reserve,
        policy: Policy,
        verdicts: Verdicts,
    ) -> None:
        self.policy = policy
        self.failure = ""
        """Why the last step failed, in a sentence; empty when all is well."""
        self._connection = connection
        self._registry = registry
        self._clock = clock
        self._reserve = reserve
        self._verdicts = verdicts
        self._rest_until_ns = 0
        self._reserve_at_ns = 0

    def steps(self) -> Iterator[None]:
        """All there is to do now; a few look-ups when there is nothing."""
        now = self._clock.now()
        if now.mono_ns < self._rest_until_ns:
            return
        ends = due(
            store.watermarks(self._connection),
            self._registry.longest_every_ms(),
            load_progress(self._connection),
            now.wall_ms,
        )
        if ends:
            yield from Pass(self._connection, self._registry, self._verdicts, ends, now.wall_ms).steps()
            yield from self._drop_bins(now.wall_ms - KEEP_BINS_MS)
            with transaction(self._connection):
                store.drop_events(self._connection, now.wall_ms - self.policy.keep_ms, MOST_EVENTS)
            yield
        yield from trim(self._connection, self.policy, now.wall_ms)
        if now.mono_ns >= self._reserve_at_ns:
            self._reserve.keep()
            self._reserve_at_ns = now.mono_ns + _RETRY_NS
        self.failure = ""

    def failed(self, why: str) -> None:
        """A step raised; rest for a minute before the next try."""
        self.failure = why
        self._rest_until_ns = self._clock.now().mono_ns + _RETRY_NS

    def _drop_bins(self, before_ms: int) -> Iterator[None]:
        """Bins, and what the analysis made of them."""
        numbers = self._registry.numbers()
        for first in range(0, len(numbers), _SERIES_A_STEP):
            some = numbers[first : first + _SERIES_A_STEP]
            with transaction(self._connection):
                for number in some:
                    archive.drop_bins(self._connection, number, hour_of(before_ms))
                circuits = {self._registry.get(number).key.circuit for number in some}
                analysed.drop(self._connection, sorted(circuits), before_ms)
            yield
