"""Reading a ledger, also while the daemon writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from collector.analysis.finding import Finding
from collector.analysis.readings import Day
from collector.ledger import analysed, archive, judged, log, places, registry, revisions, store
from collector.ledger.archive import Chunk
from collector.ledger.bins import Bin
from collector.ledger.chunk_columns import decode_all
from collector.ledger.chunks import HOUR_MS, decode, decode_samples
from collector.ledger.columns import Builder, between, join, merge, settled
from collector.ledger.errors import ChunkDamaged
from collector.ledger.model import Cursor, Gap, LogRow, Outage, Series, SlaFigures
from collector.ledger.opening import connect_reader
from collector.ledger.pictures import Pictures
from collector.ledger.places import Again, Place
from collector.ledger.records import CircuitNow, Epoch, Event, Figures, Heartbeat, Note, Transition
from collector.ledger.revisions import History, Revision, RevisionKey
from collector.ledger.rounds import Rounds
from probes.model import Sample

_PAGE_CHUNKS = 2_000
"""Chunks read in one transaction: far under a second, so that the WAL can always be folded back."""
_SERIES_A_PASS = 64
"""Series held at once while everything is streamed."""


class SqliteReader:
    """A `LedgerReader` on a connection of its own, for one thread at a time.

    Every call reads the newest commits. A row is in the log, in a chunk, or for a while in both;
    the log is read first and the chunks after it, so that a row on its way is seen once at least,
    and its key (series, at, epoch) makes it once at most.
    """

    def __init__(self, path: Path, *, connection: sqlite3.Connection | None = None) -> None:
        """Open the file read-only; raises LedgerUnreadable, LedgerTooNew, NotALedger.

        A `connection` given stays its owner's, and what it has not committed yet is read too.
        """
        self._connection = connection or connect_reader(path)
        self._series: dict[int, Series] = {}
        self.damaged: dict[tuple[int, int], int] = {}
        """(hour, series) of chunks that could not be read, and how many rounds are missing for that."""

    @classmethod
    def over(cls, connection: sqlite3.Connection) -> Self:
        """A reader on someone's connection: a write job reads what it writes. Never to be closed."""
        return cls(Path(), connection=connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- LedgerReader

    def series(self, *, site: str | None = None, circuit: str | None = None) -> Sequence[Series]:
        """Series in order of their number; `circuit` REFERENCE asks for the reference targets."""
        return registry.load_series(self._connection, site, circuit)

    def rounds(self, series: Sequence[int], from_ms: int, to_ms: int) -> Mapping[int, Rounds]:
        """Rounds by series number, each slot once; raises KeyError for a number that is none."""
        wanted = {number: self._known(number).key.every_ms for number in series}
        logged = self._logged(wanted, from_ms, to_ms)
        chunked = self._chunked(wanted, from_ms, to_ms)
        synchronised = self._synchronised()
        return {number: settled(_joined(chunked[number], logged[number]), synchronised) for number in wanted}

    def samples(self, series: Sequence[int], from_ms: int, to_ms: int) -> Sequence[Sample]:
        """Samples in order of (series, at), of the epoch that stands where two hold the same slot."""
        found: dict[tuple[int, int, int, str], Sample] = {}
        for seqs in self._slices(series, from_ms, to_ms):
            for one in log.samples(self._connection, series, seqs, from_ms, to_ms):
                found[one.series, one.at_ms, one.epoch, one.name] = one
        for hours in _pages(archive.hours(self._connection, from_ms, to_ms), len(series)):
            for hour, number, packed in archive.packed_samples(self._connection, hours, series):
                for one in self._unpacked_samples(hour, number, packed):
                    if from_ms <= one.at_ms < to_ms:
                        found.setdefault((one.series, one.at_ms, one.epoch, one.name), one)
        trusted = set(self._synchronised().tolist())
        standing: dict[tuple[int, int], tuple[bool, int]] = {}
        for one in found.values():
            slot, rank = (one.series, one.at_ms), (one.epoch in trusted, one.epoch)
            standing[slot] = max(standing.get(slot, rank), rank)
        return sorted(
            (one for one in found.values() if standing[one.series, one.at_ms][1] == one.epoch),
            key=lambda one: (one.series, one.at_ms),
        )

    def scan(self, after_seq: int, limit: int) -> Sequence[LogRow]:
        """Log rows in commit order; chunked rows may be gone from it."""
        return log.scan(self._connection, _Intervals(self), after_seq, limit)

    def outages(
        self, *, circuit: str | None = None, from_ms: int = 0, to_ms: int = 2**62
    ) -> Sequence[Outage]:
        """Outages that touch the time, by start."""
        return store.outages(self._connection, circuit, from_ms, to_ms)

    def watermark(self, site: str) -> int:
        """The earliest slot of the site that may still gain a round, in ms; 0 when it never ran."""
        return store.watermarks(self._connection).get(site, 0)

    # --- everything, as a stream

    def iter_rounds(
        self, from_ms: int = 0, to_ms: int = 2**62, circuit: str | None = None
    ) -> Iterator[tuple[Series, Rounds]]:
        """Every series' rounds hour by hour in order of (hour, series), a few series in memory at a time."""
        for some, start, end in self._passes(from_ms, to_ms, circuit):
            found = self.rounds([one.id for one in some], start, end)
            yield from ((one, found[one.id]) for one in some if len(found[one.id]))

    def iter_samples(
        self, from_ms: int = 0, to_ms: int = 2**62, circuit: str | None = None
    ) -> Iterator[tuple[Series, Sequence[Sample]]]:
        """Every series' samples in the same order."""
        for some, start, end in self._passes(from_ms, to_ms, circuit):
            known = {one.id: one for one in some}
            for number, found in groupby(self.samples(list(known), start, end), key=lambda one: one.series):
                yield known[number], list(found)

    def _passes(
        self, from_ms: int, to_ms: int, circuit: str | None
    ) -> Iterator[tuple[Sequence[Series], int, int]]:
        """Some series and an hour of [from, to), again and again until all were given."""
        series = self.series(circuit=circuit)
        for hour in self.hours(from_ms, to_ms):
            start, end = max(from_ms, hour * HOUR_MS), min(to_ms, (hour + 1) * HOUR_MS)
            for first in range(0, len(series), _SERIES_A_PASS):
                yield series[first : first + _SERIES_A_PASS], start, end

    def hours(self, from_ms: int = 0, to_ms: int = 2**62) -> Sequence[int]:
        """The hours since the Unix epoch that hold rounds or samples in [from, to)."""
        found = set(archive.hours(self._connection, from_ms, to_ms))
        for first, last in self._slices([one.id for one in self.series()], from_ms, to_ms):
            found.update(
                hour
                for (hour,) in self._connection.execute(
                    f"SELECT DISTINCT at_ms / {HOUR_MS} FROM log "  # noqa: S608 - a number of ours
                    "WHERE seq BETWEEN ? AND ? AND at_ms >= ? AND at_ms < ? AND derived IS NULL",
                    (first, last, from_ms, to_ms),
                )
            )
        return sorted(found)

    def count_rounds(self, from_ms: int = 0, to_ms: int = 2**62) -> int:
        """About how many rounds `iter_rounds` will give, for a progress bar: whole hours and commits."""
        hours = archive.hours(self._connection, from_ms, to_ms)
        (chunked,) = self._connection.execute(
            "SELECT coalesce(sum(rounds), 0) FROM hour WHERE hour BETWEEN ? AND ?",
            (hours[0], hours[-1]) if hours else (1, 0),
        ).fetchone()
        open_slices = self._slices([one.id for one in self.series()], from_ms, to_ms)
        return int(chunked) + sum(last - first + 1 for first, last in open_slices)

    # --- what is derived

    def bins(self, series: int, from_ms: int, to_ms: int) -> Sequence[Bin]:
        """The five-minute bins of a series that begin in [from, to), of its chunked hours."""
        every_ms = self._known(series).key.every_ms
        return archive.get_bins(self._connection, series, every_ms, from_ms, to_ms)

    def pictures(self) -> Pictures:
        """What pictures are drawn from, on the same connection."""
        return Pictures(self._connection, self._known)

    def cursor(self, name: str) -> Cursor | None:
        """A consumer's place; None when it never moved."""
        return store.cursor(self._connection, name)

    def cursors(self) -> Sequence[Cursor]:
        """Every consumer's place, by name."""
        return store.cursors(self._connection)

    def places(self) -> Sequence[Place]:
        """Where each output is, by name."""
        return places.places(self._connection)

    def again(self, output: str) -> Again | None:
        """What a rewind of the output has still to send."""
        return places.load_again(self._connection, output)

    def rewind_asked(self, output: str) -> bool:
        """Whether a person wants the output to go back."""
        return places.asked(self._connection, output) is not None

    def packed_hour(self, hour: int, until_ms: int) -> int | None:
        """The first hour with chunks from `hour` to before `until_ms`."""
        return next(iter(archive.hours(self._connection, hour * HOUR_MS, until_ms)), None)

    def packed_series(self, hour: int, after: int) -> Sequence[int]:
        """The series with a greater number that have a chunk in an hour, in order."""
        return archive.series_of(self._connection, hour, after)

    def figures_sent(self, from_ms: int, to_ms: int) -> Sequence[SlaFigures]:
        """The SLA figures of [from, to) that the log still holds for the outputs."""
        return list(log.figures(self._connection, from_ms, to_ms))

    def gaps(self, consumer: str | None = None) -> Sequence[Gap]:
        """What retention had to drop before a consumer took it, oldest first."""
        return store.gaps(self._connection, consumer)

    def last_seq(self) -> int:
        """The newest committed row's seq; 0 in an empty ledger."""
        return log.last_seq(self._connection)

    def transitions(self, circuit: str, from_ms: int = 0, to_ms: int = 2**62) -> Sequence[Transition]:
        """The stored status at `from_ms` and each change until `to_ms`."""
        return store.transitions(self._connection, circuit, from_ms, to_ms)

    def circuit_now(self) -> Sequence[CircuitNow]:
        """Every circuit's status, by circuit."""
        return store.circuit_now(self._connection)

    def figures(self) -> Sequence[Figures]:
        """Every circuit's newest SLA figures, by circuit."""
        return store.figures(self._connection)

    def heartbeat(self) -> Heartbeat | None:
        """The daemon's last sign of life; None before the first."""
        return store.heartbeat(self._connection)

    def epochs(self) -> Sequence[Epoch]:
        """Every epoch, by number."""
        return registry.load_epochs(self._connection)

    def config_of(self, digest: str) -> str | None:
        """The text of a configuration; None when it was never loaded."""
        return store.config_of(self._connection, digest)

    def events(self, *, circuit: str | None = None, from_ms: int = 0, to_ms: int = 2**62) -> Sequence[Event]:
        """What devices said in [from, to), in the order it came."""
        return store.events(self._connection, circuit, from_ms, to_ms)

    def is_unwitnessed(self, seq: int) -> bool:
        """Whether the round at `seq` fell silent while no reference of ours answered."""
        return judged.is_unwitnessed(self._connection, seq)

    def days(
        self, circuit: str, metric: str, first: date | None = None, last: date | None = None
    ) -> Sequence[Day]:
        """What a circuit's days of a metric were like, from `first` to `last`, both inside."""
        return analysed.days(self._connection, circuit, metric, first, last)

    def day_rows(self, circuit: str, metric: str) -> Sequence[tuple[int, int, float, float]]:
        """A circuit's days of a metric as bare (day since 1970, known, median, mean)."""
        return analysed.day_rows(self._connection, circuit, metric)

    def findings(
        self, *, circuit: str | None = None, from_ms: int = 0, to_ms: int = 2**62
    ) -> Sequence[Finding]:
        """What the analysis found that touches [from, to), by time."""
        return analysed.findings(self._connection, circuit, from_ms, to_ms)

    def analysed_until(self) -> Mapping[str, int]:
        """Circuit -> up to when, in ms, the nightly analysis looked at it; who isn't in it was never seen."""
        return analysed.untils(self._connection)

    def notes(self, kind: str | None = None) -> Sequence[Note]:
        """Notes in the order they were written, withdrawn ones too."""
        return store.notes(self._connection, kind)

    def revisions(
        self, scope: str | None = None, label: str | None = None, *, brief: bool = False
    ) -> Sequence[Revision]:
        """The latest issued revision of each scope, contract and period, by period."""
        return revisions.latest(self._connection, scope, label, brief=brief)

    def count_issued(self) -> int:
        """How many revisions were ever issued: as long as that is the same, `revisions` are."""
        return revisions.count_issued(self._connection)

    def revisions_of(self, key: RevisionKey) -> History:
        """Every revision of one scope and period, drafts and dismissed ones too."""
        return revisions.history(self._connection, key)

    def drafts(self) -> Sequence[Revision]:
        """Revisions that wait for a person, the oldest period first."""
        return revisions.drafts(self._connection)

    def sites(self) -> Sequence[str]:
        """The sites whose rounds are kept here, by name."""
        return [site for (site,) in self._connection.execute("SELECT DISTINCT site FROM series ORDER BY 1")]

    # --- parts

    def _known(self, number: int) -> Series:
        if number not in self._series:
            self._series = {one.id: one for one in registry.load_series(self._connection)}
        return self._series[number]

    def _synchronised(self) -> NDArray[np.int64]:
        return np.array([one.id for one in self.epochs() if one.synchronised], np.int64)

    def _logged(self, wanted: Mapping[int, int], from_ms: int, to_ms: int) -> dict[int, Rounds]:
        builders = {number: Builder() for number in wanted}
        for seqs in self._slices(list(wanted), from_ms, to_ms):
            log.collect(self._connection, builders, seqs, from_ms, to_ms)
        return {number: builder.build(wanted[number]) for number, builder in builders.items()}

    def _chunked(self, wanted: Mapping[int, int], from_ms: int, to_ms: int) -> dict[int, Rounds]:
        parts: dict[int, list[Rounds]] = {number: [] for number in wanted}
        for hours in _pages(archive.hours(self._connection, from_ms, to_ms), len(wanted)):
            packed: dict[int, list[Chunk]] = {}
            for chunk in archive.chunks(self._connection, hours, list(wanted)):
                packed.setdefault(chunk.series, []).append(chunk)
            for number, found in packed.items():
                parts[number] += (between(one, from_ms, to_ms) for one in self._unpacked(found))
        return {number: join(found, wanted[number]) for number, found in parts.items()}

    def _unpacked(self, chunks: Sequence[Chunk]) -> Iterator[Rounds]:
        """The rounds of a series' chunks, without those that are damaged."""
        try:
            yield from decode_all([one.data for one in chunks])
        except ChunkDamaged:
            for one in chunks:
                try:
                    yield decode(one.data)
                except ChunkDamaged:
                    self.damaged[one.hour, one.series] = one.rounds

    def _slices(self, series: Iterable[int], from_ms: int, to_ms: int) -> list[tuple[int, int]]:
        """Where in the log rounds of [from, to) may be that are in no chunk yet."""
        done = {
            site: (until_ms, through_seq)
            for site, until_ms, through_seq in self._connection.execute(
                "SELECT site, until_ms, through_seq FROM compaction"
            )
        }
        places = [done.get(self._known(number).key.site, (0, 0)) for number in series]
        until_ms = min((until for until, _ in places), default=0)
        through_seq = min((through for _, through in places), default=0)
        last = log.last_seq(self._connection)
        if to_ms <= until_ms:
            return log.slices(self._connection, through_seq, last, from_ms, to_ms)
        return [
            *log.slices(self._connection, 0, through_seq, max(from_ms, until_ms), to_ms),
            *log.slices(self._connection, through_seq, last, from_ms, to_ms),
        ]

    def _unpacked_samples(self, hour: int, series: int, packed: bytes) -> list[Sample]:
        try:
            return decode_samples(packed, series)
        except ChunkDamaged:
            self.damaged.setdefault((hour, series), 0)
            return []


class _Intervals(dict[int, int]):
    """Series -> every, looked up in the ledger when first asked for."""

    def __init__(self, reader: SqliteReader) -> None:
        self._reader = reader

    def __missing__(self, number: int) -> int:
        self[number] = self._reader._known(number).key.every_ms  # noqa: SLF001 - its own part
        return self[number]


def _joined(chunked: Rounds, logged: Rounds) -> Rounds:
    """The chunks with the log's rounds in their places; only the end of the chunks is sorted again."""
    if not len(logged) or not len(chunked):
        return chunked if len(chunked) else logged
    start = int(logged.at_ms[0])
    kept, touched = between(chunked, -(2**62), start), between(chunked, start, 2**62)
    return join([kept, merge(touched, logged)], chunked.every_ms)


def _pages(hours: Sequence[int], series: int) -> Iterator[Sequence[int]]:
    """Hours in groups that keep one statement short."""
    size = max(1, _PAGE_CHUNKS // max(1, series))
    for first in range(0, len(hours), size):
        yield hours[first : first + size]
