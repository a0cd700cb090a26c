"""An output and the worker that feeds it from the ledger: at least once, in batches, from a cursor.

The law: nothing lost unreported, nothing doubled. A batch's place is saved only after the store has
acknowledged all of it, and what is sent again after a crash is byte for byte what was sent before.
What a store refuses for good, and what retention dropped before it could be sent, is counted.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol, TypeVar

import structlog

from collector.ledger.model import Gap, LogRow, Series
from collector.outputs.answers import Action, Do
from collector.outputs.batches import Batch, BatchReader, Item
from collector.outputs.journal import Journal
from collector.outputs.progress import Progress, Span
from probes.clock import NS_PER_MS, Clock, Instant

FIRST_RETRY_MS = 1_000
LONGEST_RETRY_MS = 60_000
FIRST_HOLD_MS = 5_000
"""How soon a store is asked again that needs a person's hand: who has lent it wants to see it go on."""
IDLE_MS = 5_000
"""A round whose verdict hangs is looked at again after this long, also without a commit."""
LONG_CUT_BATCHES = 4
"""With `order: newest` a backlog of more than so many batches is filled in afterwards."""
LONE_REFUSALS = 16
"""So many lines refused one by one and none taken: it is not the lines, hold, and keep the batch."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Output(Protocol):
    """A store that takes lines of text."""

    @property
    def name(self) -> str:
        """Its name in the configuration, its cursor's name and its label in /metrics."""

    def encode(self, row: LogRow, series: Series, status: int) -> Sequence[bytes]:
        """A row's lines; pure, called in a worker thread."""

    async def send(self, lines: Sequence[bytes]) -> Action:
        """Send them in one request and judge the answer; raises only cancellation."""

    async def aclose(self) -> None:
        """Release connections."""


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
    """How an output is; counters since the start. A row is a round, an ended outage or SLA figures."""

    name: str
    lag_rounds: int
    """Ledger rows that it has not taken yet."""
    sent_total: int
    """Lines that the store acknowledged: one a row, and one for a round's samples."""
    rejected_total: int
    """Lines that the store refused for good; each is in a gap record with the store's message."""
    gap_rounds_total: int
    """Ledger rows that retention dropped before they could be sent."""
    faults_total: int
    """Errors of our own that supervision caught."""
    state: State
    last_success_ms: int | None
    """When the store last acknowledged something; None before that."""
    failure: str
    """Why it doesn't go on, and what to do, in a sentence; empty when it does."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do for so long; a commit ends it early where `for_commit`."""

    ms: int
    for_commit: bool = False


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


async def _to_its_end(function: Callable[..., T], *arguments: object) -> T:
    """Call it in a worker thread; a cancellation waits for it, so that nobody closes what it reads."""
    call = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.wait({call})
        raise


class OutputWorker:
    """Takes an output through the ledger; one task runs `run`.

    `status` gives a row's verdict (1 up, 0 down, -1 unknown), or None while it hangs on what has not
    been measured yet: the row then waits, so that it never has to be sent with another verdict. It is
    called in a worker thread and must always give a row the same answer.
    """

    def __init__(
        self,
        output: Output,
        journal: Journal,
        clock: Clock,
        status: Callable[[LogRow], int | None],
        *,
        start: Literal["now", "all"] = "all",
        order: Literal["oldest", "newest"] = "oldest",
        batch_rounds: int = 5_000,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._output = output
        self._journal = journal
        self._clock = clock
        self._batches = BatchReader(
            journal,
            status,
            output.encode,
            back_fill_over=LONG_CUT_BATCHES * batch_rounds if order == "newest" else None,
        )
        self._start = start
        self._largest = self._size = batch_rounds
        self._spread = spread
        self._log = log.bind(output=output.name)
        self._progress: Progress | None = None
        self._batch = Batch(Progress.at(0), Span(0, 0))
        self._parts: deque[tuple[Item, ...]] = deque()
        self._aside: list[Gap] = []
        self._gaps: list[Gap] = []
        self._saving: asyncio.Future[None] | None = None
        self._unsaved = False
        self._committed = asyncio.Event()
        self._draining = asyncio.Event()
        self._stopped = asyncio.Event()
        self._failures = self._lone_refusals = 0
        self._sent = self._rejected = self._missing = self._faults = 0
        self._state = State.STARTING
        self._failure = ""
        self._last_success_ms: int | None = None

    def statistics(self) -> OutputStatistics:
        """A picture of now."""
        progress = self._progress
        return OutputStatistics(
            name=self._output.name,
            lag_rounds=0 if progress is None else progress.lag(self._journal.last_seq()),
            sent_total=self._sent,
            rejected_total=self._rejected,
            gap_rounds_total=self._missing,
            faults_total=self._faults,
            state=self._state,
            last_success_ms=self._last_success_ms,
            failure=self._failure,
        )

    async def run(self) -> None:
        """Feed the output until cancelled or drained; what is done is saved, the output closed."""
        loop = asyncio.get_running_loop()

        def on_commit() -> None:
            if not self._stopped.is_set():
                loop.call_soon_threadsafe(self._committed.set)

        self._journal.on_commit(on_commit)
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
            await self._output.aclose()

    async def drain(self, deadline: Instant) -> None:
        """Let `run` go on to the ledger's end and return, as long as the store answers.

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

    async def _step(self) -> Rest | None:
        """One request, or one look at the ledger; gives how long there is nothing to do."""
        if self._progress is None:
            self._progress = await self._register()
        if not self._parts:
            self._committed.clear()
            batch = await _to_its_end(self._batches.next, self._progress, self._size)
            self._progress = batch.progress
            if not batch.span:
                self._state, self._failure = State.IDLE, ""
                return Rest(IDLE_MS, for_commit=True)
            self._begin(batch)
        if self._parts:
            rest = self._apply(await self._output.send([text for _, text in self._parts[0]]))
            if rest is not None:
                return rest
        if not self._parts:
            self._finish(self._batch)
        return None

    async def _register(self) -> Progress:
        """Where to begin; a new output leaves its cursor at once, so that the log is kept for it."""
        progress = await _to_its_end(Progress.load, self._output.name, self._journal.cursor)
        if progress is None:
            end = self._journal.last_seq()
            first = await _to_its_end(self._journal.scan, 0, 1) if self._start == "all" else ()
            progress = Progress.at(first[0].seq - 1 if first else end)
        await self._journal.save(progress.cursors(self._output.name), ())
        self._log.info("output.started", **progress.cursors("seq"))
        return progress

    def _begin(self, batch: Batch) -> None:
        """Send a batch from its first line, as one part."""
        self._batch = batch
        self._parts = deque([batch.lines] if batch.lines else [])
        self._aside.clear()

    def _apply(self, action: Action) -> Rest | None:
        """Do what the store's answer asks; gives a pause where it asks for one."""
        part = self._parts[0]
        if action.do is Do.RETRY:
            return self._retry(action, State.RETRYING)
        if action.do is Do.HOLD:
            return self._retry(action, State.HELD)
        if action.do is Do.SLOW:
            self._halve(for_good=True)
            return self._retry(action, State.RETRYING)
        if action.do is Do.SPLIT or action.do is Do.SHRINK:
            return self._too_much(action)
        self._parts.popleft()
        rejected = min(action.rejected, len(part))
        self._taken(len(part) - rejected)
        if rejected:
            self._put_aside(part, rejected, action.why)
        return None

    def _too_much(self, action: Action) -> Rest | None:
        """Halve what was refused; a line that is refused alone is put aside."""
        if len(self._parts[0]) > 1:
            self._halve(for_good=action.do is Do.SHRINK)
            return None
        self._lone_refusals += 1
        if self._lone_refusals >= LONE_REFUSALS:
            self._lone_refusals = 0
            self._begin(self._batch)  # nothing of it is given up
            return self._retry(Action(Do.HOLD, f"every line is refused, {action.why}"), State.HELD)
        self._put_aside(self._parts.popleft(), 1, action.why)
        return None

    def _halve(self, *, for_good: bool) -> None:
        """Send the first part in halves, and with `for_good` later batches as small (they grow back)."""
        part = self._parts[0]
        half = len(part) // 2
        if for_good:
            self._size = max(1, min(self._size, half))
        if half:
            self._parts.popleft()
            self._parts.extendleft((part[half:], part[:half]))

    def _taken(self, lines: int) -> None:
        if self._failures:
            self._log.info("output.recovered", after_failures=self._failures)
        self._failures = self._lone_refusals = 0
        self._failure = ""
        self._state = State.SENDING
        self._sent += lines
        self._size = min(self._largest, self._size + max(1, self._largest // 16))
        self._last_success_ms = self._clock.now().wall_ms

    def _put_aside(self, part: Sequence[Item], lines: int, why: str) -> None:
        seqs = [seq for seq, _ in part]
        now_ms = self._clock.now().wall_ms
        self._aside.append(
            Gap(self._output.name, min(seqs), max(seqs), lines, f"refused by the store: {why}", now_ms)
        )

    def _retry(self, action: Action, state: State) -> Rest:
        """Wait, longer each time; said once for each new reason."""
        self._failures += 1
        if (state, action.why) != (self._state, self._failure):
            self._log.warning(f"output.{state}", why=action.why)
        self._state, self._failure = state, action.why
        return Rest(retry_delay_ms(action, self._failures, self._spread()))

    def _finish(self, batch: Batch) -> None:
        """The batch is done: step on, and save the place with the next commit."""
        for gap in self._aside:
            self._rejected += gap.rounds
            self._log.warning("output.rejected", lines=gap.rounds, seq=gap.first_seq, why=gap.why)
        self._gaps.extend(self._aside)
        self._aside.clear()
        if batch.missing:
            self._missing += batch.missing
            self._log.warning("output.gap", rounds=batch.missing, after_seq=batch.span.after)
        self._progress = batch.progress.done(batch.span)
        self._save()

    def _save(self) -> None:
        """Save the place, one save at a time: what is done meanwhile goes into the next.

        So sending never waits for a commit of the ledger.
        """
        self._unsaved = True
        if self._saving is not None or self._progress is None:
            return
        self._unsaved = False
        gaps = tuple(self._gaps)
        self._saving = self._journal.save(self._progress.cursors(self._output.name), gaps)
        self._saving.add_done_callback(lambda saving: self._saved(saving, len(gaps)))

    def _saved(self, saving: asyncio.Future[None], gaps: int) -> None:
        self._saving = None
        error = None if saving.cancelled() else saving.exception()
        if saving.cancelled() or error is not None:
            self._log.warning("output.cursor_not_saved", why=repr(error))
            return  # at least once: the next save says the same again
        del self._gaps[:gaps]
        if self._unsaved:
            self._save()

    async def _flush(self) -> None:
        while self._saving is not None:
            await asyncio.wait({self._saving})

    async def _rest(self, rest: Rest) -> None:
        end = self._clock.now().mono_ns + rest.ms * NS_PER_MS
        wakes = [self._committed.wait()] if rest.for_commit else []
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
