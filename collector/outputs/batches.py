"""The next rows of the ledger as lines: what goes into one write, and how far it brings the output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from collector.ledger.model import LogRow, Series
from collector.ledger.places import Again
from collector.outputs.journal import Journal
from collector.outputs.progress import Progress, Span

UNKNOWN = -1
"""The status of a row without a round, which nobody asks for."""

Item = tuple[int, bytes]
"""A line and the seq of its row."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines to send, of the log or else of packed hours; once they are sent, the output is at `after`."""

    progress: Progress
    after: Progress
    """The same as `progress` where there is nothing to do now."""
    lines: tuple[Item, ...] = ()
    missing: int = 0
    """Rows that the log no longer held, or rounds of packed hours that could not be read."""


class BatchReader:
    """Reads batches for one output; synchronous, for a worker thread.

    `back_fill_over` opens a back-fill when more rows than that are to do; None never does.
    """

    def __init__(
        self,
        journal: Journal,
        status: Callable[[LogRow], int | None],
        encode: Callable[[LogRow, Series, int], Sequence[bytes]],
        *,
        back_fill_over: int | None = None,
    ) -> None:
        self._journal = journal
        self._status = status
        self._encode = encode
        self._back_fill_over = back_fill_over
        self._series: dict[int, Series] = {}

    def next(self, progress: Progress, limit: int) -> Batch:
        """The next rows, `limit` at most: new ones first, then what is to be filled in.

        What is to be sent again of packed hours is older than all of them: it goes first, or with
        `back_fill_over` last.
        """
        if progress.again is not None and self._back_fill_over is None:
            return self._packed(progress, progress.again, limit)
        end = self._journal.last_seq()
        if self._back_fill_over is not None and progress.lag(end) > self._back_fill_over:
            progress = self._open_back_fill(progress, end)
        batch = self._upwards(progress, progress.ahead(end, limit), end)
        if batch.after != progress:
            return batch
        if progress.filling:
            batch = self._downwards(progress, progress.behind(limit))
        if batch.after == progress and progress.again is not None:
            return self._packed(progress, progress.again, limit)
        return batch

    def _packed(self, progress: Progress, again: Again, limit: int) -> Batch:
        """Rows of packed hours, which have no place in the log any more."""
        rows, rest, damaged = self._journal.packed(again, limit)
        lines: list[Item] = []
        for row, status in rows:
            lines.extend((row.seq, text) for text in self._encode(row, self._series_of(row), status))
        if rest is None:
            log.info("output.sent_again", from_ms=again.from_ms, until_ms=again.until_ms)
        return Batch(progress, replace(progress, again=rest), tuple(lines), damaged)

    def _open_back_fill(self, progress: Progress, end: int) -> Progress:
        opened = progress.back_fill(end)
        if opened != progress:
            log.info("output.back_fill", rounds=opened.lag(end), from_seq=end)
        return opened

    def _upwards(self, progress: Progress, span: Span, end: int) -> Batch:
        """Oldest first; a hole in the log is passed in one step, a hanging verdict ends the batch."""
        if not span:
            return Batch(progress, progress)
        found = self._journal.scan(span.after, len(span))
        rows = [row for row in found if row.seq <= span.upto]
        if not rows:
            hole = Span(span.after, found[0].seq - 1 if found else end)
            return Batch(progress, progress.done(hole), missing=len(hole))
        lines, taken = self._lines(rows)
        if taken < len(rows):
            span = Span(span.after, rows[taken].seq - 1)
        return Batch(progress, _done(progress, span), lines, len(span) - taken)

    def _downwards(self, progress: Progress, span: Span) -> Batch:
        """Newest first; otherwise as upwards."""
        rows = [row for row in self._journal.scan(span.after, len(span)) if row.seq <= span.upto]
        rows.reverse()
        lines, taken = self._lines(rows)
        if taken < len(rows):
            span = Span(rows[taken].seq, span.upto)
        return Batch(progress, _done(progress, span), lines, len(span) - taken)

    def _lines(self, rows: Sequence[LogRow]) -> tuple[tuple[Item, ...], int]:
        """The rows' lines in the same order, and of how many rows: up to the first whose verdict hangs."""
        lines: list[Item] = []
        for taken, row in enumerate(rows):
            status = self._status(row) if row.outcome.round is not None else UNKNOWN
            if status is None:
                return tuple(lines), taken
            lines.extend((row.seq, text) for text in self._encode(row, self._series_of(row), status))
        return tuple(lines), len(rows)

    def _series_of(self, row: LogRow) -> Series:
        """The row's series; asked anew when it is not known yet."""
        if row.series not in self._series:
            self._series = {series.id: series for series in self._journal.series()}
        return self._series[row.series]


def _done(progress: Progress, span: Span) -> Progress:
    return progress.done(span) if span else progress
