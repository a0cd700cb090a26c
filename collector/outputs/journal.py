"""The part of the ledger that an output uses, as one narrow seam."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from collector.ledger.model import Gap, LogRow, Series


class Journal(Protocol):
    """Rows in commit order, cursors by name. `scan`, `series` and `cursor` are called in a worker thread."""

    def scan(self, after_seq: int, limit: int) -> Sequence[LogRow]:
        """Log rows with a greater seq, in order."""

    def series(self) -> Sequence[Series]:
        """Every series there is."""

    def cursor(self, name: str) -> int | None:
        """Where the consumer `name` is, None when there is none of that name."""

    def last_seq(self) -> int:
        """The newest committed row's seq, 0 in an empty ledger."""

    def save(self, cursors: Mapping[str, int], gaps: Sequence[Gap]) -> Future[None]:
        """Set cursors and append gap records in one transaction; done once it is committed."""

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each commit, in whatever thread."""
