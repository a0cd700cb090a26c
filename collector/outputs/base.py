"""A store and the worker that feeds it from the ledger: at least once, in batches, from a cursor.

The law: nothing lost unreported, nothing doubled. A batch's place is saved only after the store has
acknowledged all of it, and what is sent again after a crash is byte for byte what was sent before.
What a store refuses for good, and what retention dropped before it could be sent, is counted.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from collector.ledger.model import Gap, LogRow, Series
from collector.outputs.answers import Action, Do
from collector.outputs.batches import Batch, BatchReader, Item
from collector.outputs.journal import Journal
from collector.outputs.progress import Progress
from collector.outputs.worker import Rest, State, Worker, to_its_end
from probes.clock import Clock

IDLE_MS = 5_000
"""A round whose verdict hangs is looked at again after this long, also without a commit."""
LONG_CUT_BATCHES = 4
"""With `order: newest` a backlog of more than so many batches is filled in afterwards."""
LONE_REFUSALS = 16
"""So many lines refused one by one and none taken: it is not the lines, hold, and keep the batch."""


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


class OutputWorker(Worker):
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
        super().__init__(output.name, clock, spread)
        self._output = output
        self._journal = journal
        self._batches = BatchReader(
            journal,
            status,
            output.encode,
            back_fill_over=LONG_CUT_BATCHES * batch_rounds if order == "newest" else None,
        )
        self._start = start
        self._largest = self._size = batch_rounds
        self._progress: Progress | None = None
        self._batch = Batch(Progress.at(0), Progress.at(0))
        self._parts: deque[tuple[Item, ...]] = deque()
        self._aside: list[Gap] = []
        self._gaps: list[Gap] = []
        self._saving: asyncio.Future[None] | None = None
        self._unsaved = False
        self._lone_refusals = 0

    def _lag(self) -> int:
        return 0 if self._progress is None else self._progress.lag(self._journal.last_seq())

    async def run(self) -> None:
        """Feed the output until cancelled or drained; a commit of the ledger wakes it."""
        loop = asyncio.get_running_loop()

        def on_commit() -> None:
            if not self._stopped.is_set():
                loop.call_soon_threadsafe(self.wake)

        self._journal.on_commit(on_commit)
        await super().run()

    async def _step(self) -> Rest | None:
        if self._progress is None:
            self._progress = await self._register()
        if not self._parts:
            self._woken.clear()
            if await to_its_end(self._journal.rewind_asked, self._output.name):
                self._progress = await self._rewind()
            batch = await to_its_end(self._batches.next, self._progress, self._size)
            self._progress = batch.progress
            if batch.after == batch.progress:
                self._state, self._failure = State.IDLE, ""
                return Rest(IDLE_MS, for_wake=True)
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
        progress = await to_its_end(self._journal.progress, self._output.name)
        if progress is None:
            end = self._journal.last_seq()
            first = await to_its_end(self._journal.scan, 0, 1) if self._start == "all" else ()
            progress = Progress.at(first[0].seq - 1 if first else end)
        await self._journal.save(self._output.name, progress, ())
        self._log.info("output.started", **progress.cursors("seq"))
        return progress

    async def _rewind(self) -> Progress:
        """Go back to where a person asked, after what was saved on the way here."""
        self._state = State.SENDING
        await self._flush()
        await self._journal.rewind(self._output.name)
        return await self._register()

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
        self._took(lines)
        self._lone_refusals = 0
        self._size = min(self._largest, self._size + max(1, self._largest // 16))

    def _put_aside(self, part: Sequence[Item], lines: int, why: str) -> None:
        seqs = [seq for seq, _ in part]
        now_ms = self._clock.now().wall_ms
        self._aside.append(
            Gap(self._output.name, min(seqs), max(seqs), lines, f"refused by the store: {why}", now_ms)
        )

    def _finish(self, batch: Batch) -> None:
        """The batch is done: step on, and save the place with the next commit."""
        for gap in self._aside:
            self._rejected += gap.rounds
            self._log.warning("output.rejected", lines=gap.rounds, seq=gap.first_seq, why=gap.why)
        self._gaps.extend(self._aside)
        self._aside.clear()
        if batch.missing:
            self._missing += batch.missing
            self._log.warning("output.gap", rounds=batch.missing, after_seq=batch.progress.taken)
        self._progress = batch.after
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
        self._saving = self._journal.save(self._output.name, self._progress, gaps)
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

    async def _close(self) -> None:
        await self._output.aclose()
