"""What drives an output, whatever it sends: steps under supervision, pauses between them, and how it is."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import structlog

from collector.outputs.answers import Action, Do
from probes.clock import NS_PER_MS, Clock, Instant

FIRST_RETRY_MS = 1_000
LONGEST_RETRY_MS = 60_000
FIRST_HOLD_MS = 5_000
"""How soon a store is asked again that needs a person's hand: who has lent it wants to see it go on."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class State(StrEnum):
    """How an output is."""

    STARTING = "starting"
    IDLE = "idle"
    """At the ledger's end, or waiting for the verdict on the next round."""
    SENDING = "sending"
    RETRYING = "retrying"
    """The store doesn't take anything just now; tried again with growing pauses."""
    HELD = "held"
    """The store refuses us: a person has to change something."""
    FAULTY = "faulty"
    """A fault of our own, logged with its trace; tried again."""


@dataclass(frozen=True, slots=True)
class OutputStatistics:
    """How an output is; counters since the start.

    What is counted are, for a store, the ledger's rows (a row is a round, an ended outage or SLA figures)
    and their lines; for who is notified, notices.
    """

    name: str
    lag_rounds: int
    """Ledger rows, or notices, that it has not taken yet."""
    sent_total: int
    """Lines that the store acknowledged: one a row, and one for a round's samples; or notices."""
    rejected_total: int
    """Lines or notices that were refused for good; each is in a gap record with the refusal's words."""
    gap_rounds_total: int
    """Ledger rows or notices that retention dropped before they could be sent."""
    faults_total: int
    """Errors of our own that supervision caught."""
    state: State
    last_success_ms: int | None
    """When something was last acknowledged; None before that."""
    failure: str
    """Why it doesn't go on, and what to do, in a sentence; empty when it does."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do for so long; a wake-up ends it early where `for_wake`."""

    ms: int
    for_wake: bool = False


def retry_delay_ms(action: Action, failures: int, spread: float) -> int:
    """How long to wait after the `failures`-th failure in a row (from 1); `spread` is in [0, 1).

    Retry-After is a lower bound, with a tenth on top so that a fleet does not come back as one. Else
    the pause doubles from a second (a hold: from five) to a minute, half of it random.
    """
    if action.retry_after_ms is not None:
        return int(action.retry_after_ms * (1 + spread / 10))
    steps = min(failures - 1, 10)
    first = FIRST_HOLD_MS if action.do is Do.HOLD else FIRST_RETRY_MS
    return int(min(first << steps, LONGEST_RETRY_MS) * (1 + spread) / 2)


async def to_its_end(function: Callable[..., T], *arguments: object) -> T:
    """Call it in a worker thread; a cancellation waits for it, so that nobody closes what it reads."""
    call = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.wait({call})
        raise


class Worker(ABC):
    """One output's life: one task runs `run`, which takes `_step` after `_step`."""

    def __init__(self, name: str, clock: Clock, spread: Callable[[], float]) -> None:
        self.name = name
        self._clock = clock
        self._spread = spread
        self._log = log.bind(output=name)
        self._woken = asyncio.Event()
        self._draining = asyncio.Event()
        self._stopped = asyncio.Event()
        self._failures = self._sent = self._rejected = self._missing = self._faults = 0
        self._state = State.STARTING
        self._failure = ""
        self._last_success_ms: int | None = None

    @abstractmethod
    async def _step(self) -> Rest | None:
        """One request, or one look at what is to do; gives how long there is nothing to do."""

    @abstractmethod
    async def _flush(self) -> None:
        """Wait until what is done is saved."""

    @abstractmethod
    async def _close(self) -> None:
        """Release connections."""

    @abstractmethod
    def _lag(self) -> int:
        """How much is to do."""

    def statistics(self) -> OutputStatistics:
        """A picture of now."""
        return OutputStatistics(
            name=self.name,
            lag_rounds=self._lag(),
            sent_total=self._sent,
            rejected_total=self._rejected,
            gap_rounds_total=self._missing,
            faults_total=self._faults,
            state=self._state,
            last_success_ms=self._last_success_ms,
            failure=self._failure,
        )

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Feed the output until cancelled or drained; what is done is saved, the output closed."""
        try:
            while True:
                last = self._draining.is_set()
                rest = await self._supervised(self._step)
                if rest is not None:
                    if last:
                        break
                    await self._rest(rest)
            await self._flush()
        finally:
            self._stopped.set()
            await self._close()

    async def drain(self, deadline: Instant) -> None:
        """Let `run` go on to the end of what is to do and return, as long as it is taken.

        Returns once it has, or at `deadline`; the caller then cancels what still runs.
        """
        self._draining.set()
        await self._first_of(self._stopped.wait(), self._clock.sleep_until(deadline.mono_ns))

    async def _supervised(self, step: Callable[[], Awaitable[Rest | None]]) -> Rest | None:
        """One of the project's two broad nets: no fault of ours may end the output for good."""
        try:
            return await step()
        except Exception as error:  # noqa: BLE001 - counted and logged, then tried again
            self._faults += 1
            self._log.exception("output.fault")
            return self._retry(Action(Do.RETRY, f"a fault of our own: {error!r}"), State.FAULTY)

    def _took(self, count: int) -> None:
        """Something was acknowledged: whatever was wrong is over."""
        if self._failures:
            self._log.info("output.recovered", after_failures=self._failures)
        self._failures = 0
        self._failure = ""
        self._state = State.SENDING
        self._sent += count
        self._last_success_ms = self._clock.now().wall_ms

    def _retry(self, action: Action, state: State) -> Rest:
        """Wait, longer each time; said once for each new reason."""
        self._failures += 1
        if (state, action.why) != (self._state, self._failure):
            self._log.warning(f"output.{state}", why=action.why)
        self._state, self._failure = state, action.why
        return Rest(retry_delay_ms(action, self._failures, self._spread()))

    async def _rest(self, rest: Rest) -> None:
        end = self._clock.now().mono_ns + rest.ms * NS_PER_MS
        wakes = [self._woken.wait()] if rest.for_wake else []
        await self._first_of(self._clock.sleep_until(end), self._draining.wait(), *wakes)

    @staticmethod
    async def _first_of(*waits: Awaitable[object]) -> None:
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
