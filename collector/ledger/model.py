"""What the ledger keeps, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # `status` reads the ledger without the cost of numpy and pydantic
    from collector.ledger.records import Note
    from collector.ledger.revisions import Revision
    from collector.ledger.rounds import Rounds
    from probes.model import Outcome, Sample

HOUR_MS = 3_600_000
"""What is kept long is kept by the hour."""
REFERENCE = "_reference"
"""Stands where a circuit's id would: no slug begins with an underscore."""
OURS = "_ours"
"""Stands where a carrier's id would, for a reference target of our own."""


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """What makes a series; immutable, so that a re-send of its rounds has the same tags for ever.

    `owner` is empty for a circuit's probe, `ours` or `carrier` for a reference target, whose
    `covers` names the circuits it speaks for (empty: all of the site). `options` is a digest of
    what else changes the meaning of a measurement (target, packets, size ...).
    """

    host: str
    site: str
    carrier: str
    circuit: str
    probe: str
    kind: str
    every_ms: int
    options: str
    owner: str = ""
    covers: tuple[str, ...] = ()
    proves: str = "path"


@dataclass(frozen=True, slots=True)
class Series:
    """A series as the ledger knows it: its number and its key."""

    id: int
    key: SeriesKey


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch in which a circuit was down, by the operational rule; `end_ms` None while it is open."""

    site: str
    carrier: str
    circuit: str
    start_ms: int
    end_ms: int | None
    cause: str
    common_cause: bool = False


@dataclass(frozen=True, slots=True)
class EndedOutage:
    """An outage that is over, and the host that measured it."""

    host: str
    outage: Outage


@dataclass(frozen=True, slots=True)
class SlaFigures:
    """A circuit's SLA figures at one time; None for a figure that there is not."""

    at_ms: int
    host: str
    site: str
    carrier: str
    circuit: str
    contract: str
    period: str
    availability_ratio: float | None
    budget_remaining_seconds: float | None
    violations: int
    credit: float | None = None


Derived = EndedOutage | SlaFigures


@dataclass(frozen=True, slots=True)
class LogRow:
    """One committed outcome and its place in the commit order.

    Or, beside an outcome without anything in it, what was `derived` from outcomes before: then
    `series` is just any of the circuit's.
    """

    seq: int
    series: int
    outcome: Outcome
    derived: Derived | None = None


Judged = tuple[LogRow, int]
"""A row and its verdict: 1 up, 0 down, -1 unknown."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a consumer has come: it has taken every row up to `seq`."""

    name: str
    seq: int


@dataclass(frozen=True, slots=True)
class Gap:
    """What a consumer never got because retention had to drop it first."""

    consumer: str
    first_seq: int
    last_seq: int
    rounds: int
    why: str
    at_ms: int
    from_ms: int | None = None
    """Where the gap is one of time: the evidence of [from_ms, to_ms)."""
    to_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LedgerStatistics:
    """How the ledger is; every figure since it was opened unless said otherwise."""

    queued: int
    """Outcomes that wait for the next commit."""
    queued_peak: int
    dropped: int
    """Outcomes that the full queue refused: counted, logged, and unknown in every statement."""
    committed: int
    commits: int
    last_seq: int
    """The newest committed row's seq; 0 in an empty ledger."""
    last_commit_seconds: float
    """How long the newest commit took."""
    failure: str
    """Why the last commit failed, in a sentence; empty when it succeeded."""
    bytes: int
    """Pages in use, not the file's length."""


class LedgerReader(Protocol):
    """Read access to a ledger, wherever it is kept. Times are UTC in whole milliseconds, [from, to)."""

    def series(self, *, site: str | None = None, circuit: str | None = None) -> Sequence[Series]:
        """Series in order of their number; `circuit` REFERENCE asks for the reference targets."""

    def rounds(self, series: Sequence[int], from_ms: int, to_ms: int) -> Mapping[int, Rounds]:
        """Rounds by series number, every series asked for present (perhaps with no rounds).

        Where two epochs hold the same slot, the one whose clock was synchronised stands, else the
        later one.
        """

    def samples(self, series: Sequence[int], from_ms: int, to_ms: int) -> Sequence[Sample]:
        """Samples in order of (series, at)."""

    def scan(self, after_seq: int, limit: int) -> Sequence[LogRow]:
        """Log rows in commit order; chunked rows may be gone from it."""

    def outages(
        self, *, circuit: str | None = None, from_ms: int = 0, to_ms: int = 2**62
    ) -> Sequence[Outage]:
        """Outages that touch the time, by start."""

    def gaps(self, consumer: str | None = None) -> Sequence[Gap]:
        """What a consumer never got, oldest first; of one or of all."""

    def watermark(self, site: str) -> int:
        """The earliest slot of the site that may still gain a round, in ms; 0 when it never ran."""

    def notes(self, kind: str | None = None) -> Sequence[Note]:
        """Notes in the order they were written, withdrawn ones too; of one kind or of all."""

    def revisions(
        self, scope: str | None = None, label: str | None = None, *, brief: bool = False
    ) -> Sequence[Revision]:
        """The latest issued revision of each scope, contract and period, by period."""
