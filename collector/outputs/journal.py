"""The part of the ledger that an output uses, as one narrow seam."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Sequence
from typing import Protocol

from collector.ledger.model import Gap, Judged, LogRow, Series
from collector.ledger.places import Again
from collector.outputs.progress import Progress


class Journal(Protocol):
    """Rows in commit order, and an output's place. All but the last four is called in a worker thread."""

    def scan(self, after_seq: int, limit: int) -> Sequence[LogRow]:
        """Log rows with a greater seq, in order."""

    def series(self) -> Sequence[Series]:
        """Every series there is."""

    def packed(self, again: Again, limit: int) -> tuple[Sequence[Judged], Again | None, int]:
        """The next rows of packed hours, about `limit`, and the place after them; None: it was the last.

        And how many rounds between them could not be read.
        """

    def progress(self, output: str) -> Progress | None:
        """Where an output is, None for a new one."""

    def rewind_asked(self, output: str) -> bool:
        """Whether a person wants the output to go back."""

    def last_seq(self) -> int:
        """The newest committed row's seq, 0 in an empty ledger."""

    def save(self, output: str, progress: Progress, gaps: Sequence[Gap]) -> Future[None]:
        """Keep a place and append gap records in one transaction; done once it is committed."""

    def rewind(self, output: str) -> Future[None]:
        """Put the place back as it was asked for; done once it is committed."""

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each commit, in whatever thread."""
