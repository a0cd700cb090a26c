"""A ledger and a store that live in memory, for tests of outputs."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from collector.ledger.model import Derived, Gap, Judged, LogRow, Series
from collector.ledger.places import Again
from collector.outputs.answers import Action, Do
from collector.outputs.progress import Progress
from probes.model import Outcome

ACCEPT = Action(Do.ACCEPT)


class FakeJournal:
    """The ledger as an output sees it; `commit` appends, `drop` is retention, `hold_saves` a slow disk.

    `chunks` are rows that a rewind finds packed; `asked` is the seq to which one is asked for.
    """

    def __init__(self, series: Sequence[Series] = ()) -> None:
        self.rows: list[LogRow] = []
        self.cursors: dict[str, int] = {}
        self.gaps: list[Gap] = []
        self.chunks: list[Judged] = []
        self.again: Again | None = None
        self.asked: int | None = None
        self.saves = 0
        self.hold_saves = False
        self.waiting: list[asyncio.Future[None]] = []
        self._series = list(series)
        self._last = 0
        self._callbacks: list[Callable[[], None]] = []

    def commit(self, outcomes: Sequence[Outcome], series: int = 1) -> None:
        """Append rows and wake whoever waits."""
        for outcome in outcomes:
            self._append(outcome.round.series if outcome.round else series, outcome)
        self._wake()

    def derive(self, found: Sequence[Derived], series: int = 1) -> None:
        """Append what was derived, and wake whoever waits."""
        for one in found:
            self._append(series, Outcome(None), one)
        self._wake()

    def _append(self, series: int, outcome: Outcome, derived: Derived | None = None) -> None:
        self._last += 1
        self.rows.append(LogRow(self._last, series, outcome, derived))

    def _wake(self) -> None:
        for callback in self._callbacks:
            callback()

    def drop(self, upto: int) -> None:
        """Take the rows up to a seq out of the log."""
        self.rows = [row for row in self.rows if row.seq > upto]

    def scan(self, after_seq: int, limit: int) -> Sequence[LogRow]:
        first = bisect_right(self.rows, after_seq, key=lambda row: row.seq)
        return self.rows[first : first + limit]

    def series(self) -> Sequence[Series]:
        return self._series

    def progress(self, output: str) -> Progress | None:
        return Progress.load(output, self.cursors.get, self.again)

    def packed(self, again: Again, limit: int) -> tuple[Sequence[Judged], Again | None, int]:
        """`again.series` counts the rows that were taken."""
        rows = self.chunks[again.series : again.series + limit]
        rest = replace(again, series=again.series + len(rows))
        return rows, rest if rest.series < len(self.chunks) else None, 0

    def rewind_asked(self, output: str) -> bool:
        return self.asked is not None

    def rewind(self, output: str) -> asyncio.Future[None]:
        """All cursors to what was `asked`, and everything in `chunks` again."""
        assert self.asked is not None
        self.cursors.update(dict.fromkeys(self.cursors, self.asked))
        self.asked, self.again = None, Again(0, 1, 0) if self.chunks else None
        return self._saved()

    def last_seq(self) -> int:
        return self._last

    def save(self, output: str, progress: Progress, gaps: Sequence[Gap]) -> asyncio.Future[None]:
        self.saves += 1
        self.cursors.update(progress.cursors(output))
        self.again = progress.again
        self.gaps.extend(gaps)
        return self._saved()

    def _saved(self) -> asyncio.Future[None]:
        saved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(saved)
        if not self.hold_saves:
            self.finish_saves()
        return saved

    def finish_saves(self, error: Exception | None = None) -> None:
        """What waits for the disk is committed, or fails."""
        waiting, self.waiting = self.waiting, []
        for saved in waiting:
            if error is None:
                saved.set_result(None)
            else:
                saved.set_exception(error)

    def on_commit(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)


class FakeOutput:
    """A store that answers by script, then accepts; or by a rule that sees the lines."""

    name = "central"

    def __init__(self, *script: Action, rule: Callable[[Sequence[bytes]], Action] | None = None) -> None:
        self.script = list(script)
        self.rule = rule
        self.requests: list[list[bytes]] = []
        self.taken: list[bytes] = []
        self.closed = False

    def encode(self, row: LogRow, series: Series, status: int) -> Sequence[bytes]:
        """One line a round: its seq and status; none for a row without a round."""
        return [f"{row.seq} {status}".encode()] if row.outcome.round else []

    async def send(self, lines: Sequence[bytes]) -> Action:
        self.requests.append(list(lines))
        await asyncio.sleep(0)
        action = self.script.pop(0) if self.script else self.rule(lines) if self.rule else ACCEPT
        if action.do is Do.ACCEPT:
            self.taken.extend(lines)
        return action

    async def aclose(self) -> None:
        self.closed = True


async def until(condition: Callable[[], object], turns: int = 400_000) -> None:
    """Let tasks and worker threads run until `condition` holds; AssertionError if it never does."""
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came so")
