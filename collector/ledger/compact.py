"""From the log to chunks: complete hours of every series, and their bins.

A pass takes the hours that every site's watermark has left behind. It walks the log in slices and
holds a sixteenth of the rows at a time, so that memory stays small and no step is long: a caller
advances the generator between its commits. What was interrupted is simply done again, since a
chunk merges by (series, at, epoch); a late round merges the same way.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collector.ledger import archive, log, store
from collector.ledger.bins import DOWN, UNKNOWN, UP, make_bins
from collector.ledger.chunks import (
    HOUR_MS,
    decode,
    decode_samples,
    encode,
    encode_samples,
)
from collector.ledger.columns import Builder, between, merge, settled
from collector.ledger.errors import ChunkDamaged
from collector.ledger.model import Gap, LedgerReader, Series
from collector.ledger.opening import transaction
from collector.ledger.reader import SqliteReader
from collector.ledger.registry import CHUNKS, Registry, load_epochs
from collector.ledger.retention import EVIDENCE
from collector.ledger.rounds import Rounds
from probes.model import Sample

Verdicts = Callable[[Series, Rounds, LedgerReader], NDArray[np.int8]]
"""Rounds of a series, one a slot, and a reader for its witnesses -> UP, DOWN or UNKNOWN a round."""

ROWS_HELD = 200_000
"""Rows of the log held at once, about 10 MB, or a sixteenth of the pass if that is more."""
_PASSES = 16
_SERIES_A_STEP = 32
_STRAGGLER_MS = 60_000
"""How long a pass waits for the site that is last over the hour, so that all go in one."""
_OPEN_MS = 3 * HOUR_MS
"""Slots further ahead come from a clock that was wrong; they are packed, or they would stay for ever."""
_SILENT_MS = 86_400_000
"""A site whose watermark stands for a day is over: its last hour is closed at what it has."""


def answered(series: Series, rounds: Rounds, reader: LedgerReader) -> NDArray[np.int8]:
    """Verdicts without witnesses: an answer is up, silence down, nothing sent unknown."""
    silent = np.where(rounds.sent > 0, DOWN, UNKNOWN)
    return np.where(rounds.received > 0, UP, silent).astype(np.int8)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a site's rounds are in chunks: rows up to `through_seq` of slots before `until_ms`."""

    until_ms: int = 0
    through_seq: int = 0


def due(
    watermarks: Mapping[str, int],
    longest_every_ms: Mapping[str, int],
    progress: Mapping[str, Progress],
    now_ms: int,
) -> dict[str, int]:
    """Site -> the end of its complete hours, of every site of the ledger; empty while nothing is due.

    An hour is complete when the watermark has passed its end by the site's longest interval, since a
    round may need a witness of the interval beside it. One that a stepped clock took back is followed.
    """
    newest = max(watermarks.values(), default=0)
    silent_ms = min(now_ms, newest) - _SILENT_MS
    settled_ms = {
        site: max(watermarks.get(site, 0) - min(every, HOUR_MS), silent_ms, 0)
        for site, every in longest_every_ms.items()
    }
    ends = {site: at_ms // HOUR_MS * HOUR_MS for site, at_ms in settled_ms.items()}
    if all(end == progress.get(site, Progress()).until_ms for site, end in ends.items()):
        return {}
    first = max(settled_ms.values())
    waited_for = any(
        first // HOUR_MS * HOUR_MS - HOUR_MS <= at_ms < first // HOUR_MS * HOUR_MS
        for at_ms in settled_ms.values()
    )
    return {} if waited_for and first % HOUR_MS < _STRAGGLER_MS else ends


def load_progress(connection: sqlite3.Connection) -> dict[str, Progress]:
    """How far each site is."""
    return {
        site: Progress(until_ms, through_seq)
        for site, until_ms, through_seq in connection.execute(
            "SELECT site, until_ms, through_seq FROM compaction"
        )
    }


@dataclass(slots=True)
class _Survey:
    """What a pass has before it."""

    rows: Counter[tuple[int, int]] = field(default_factory=Counter)
    """(hour, series) -> rows to pack, perhaps some that are packed already."""
    first_open: dict[str, int] = field(default_factory=dict)
    """Site -> the first row that must stay in the log."""


class Pass:
    """One walk from the log to chunks, for the hours in `ends`; see `due`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        registry: Registry,
        verdicts: Verdicts,
        ends: Mapping[str, int],
        now_ms: int,
    ) -> None:
        self._connection = connection
        self._registry = registry
        self._verdicts = verdicts
        self._ends = ends
        self._now_ms = now_ms
        self._progress = load_progress(connection)
        self._through_seq = log.last_seq(connection)
        self._after_seq = min(
            (one.seq for one in store.cursors(connection) if one.name.startswith(CHUNKS)), default=0
        )
        self._survey = _Survey()

    def steps(self) -> Iterator[None]:
        """Do the pass, a bounded piece a step; no transaction is open between two."""
        yield from self._look()
        references = frozenset(self._registry.references())
        for hour in sorted({hour for hour, _ in self._survey.rows}):
            series = [number for found, number in self._survey.rows if found == hour]
            # References first: what they saw must be in reach when the others are judged.
            witnesses = sorted(references.intersection(series))
            for group in self._groups(hour, witnesses):
                yield from self._pack(hour, group, SqliteReader.over(self._connection))
            reader = HourReader(self._connection, hour, self._registry)
            for group in self._groups(hour, sorted(references.symmetric_difference(series) & set(series))):
                yield from self._pack(hour, group, reader)
        self._finish()

    def _look(self) -> Iterator[None]:
        """Count the rows of each hour and series."""
        marks = sorted({one.through_seq for one in self._progress.values()} | {self._through_seq})
        after = self._after_seq
        for mark in marks:
            for first, last in log.slices(self._connection, after, mark, 0, 2**62):
                self._count(first, last)
                yield
            after = max(after, mark)

    def _count(self, first: int, last: int) -> None:
        for number, hour, rows, seq in self._connection.execute(
            f"SELECT series, at_ms / {HOUR_MS}, count(*), min(seq) FROM log "  # noqa: S608 - a number of ours
            "WHERE seq BETWEEN ? AND ? AND derived IS NULL GROUP BY 1, 2",
            (first, last),
        ):
            site = self._registry.get(number).key.site
            done, end_ms = self._progress.get(site, Progress()), (hour + 1) * HOUR_MS
            if self._ends[site] < end_ms <= self._ends[site] + _OPEN_MS:
                self._survey.first_open[site] = min(seq, self._survey.first_open.get(site, seq))
            elif last > done.through_seq or end_ms > done.until_ms:
                self._survey.rows[hour, number] += rows

    def _groups(self, hour: int, series: Sequence[int]) -> Iterator[list[int]]:
        """Series whose rows are held together."""
        most = max(ROWS_HELD, self._survey.rows.total() // _PASSES)
        group: list[int] = []
        held = 0
        for number in series:
            rows = self._survey.rows[hour, number]
            if group and held + rows > most:
                yield group
                group, held = [], 0
            group.append(number)
            held += rows
        if group:
            yield group

    def _pack(self, hour: int, group: Sequence[int], reader: LedgerReader) -> Iterator[None]:
        builders = {number: Builder() for number in group}
        samples: dict[int, list[Sample]] = {number: [] for number in group}
        from_ms, to_ms = hour * HOUR_MS, (hour + 1) * HOUR_MS
        for seqs in log.slices(self._connection, self._after_seq, self._through_seq, from_ms, to_ms):
            log.collect(self._connection, builders, seqs, from_ms, to_ms)
            for one in log.samples(self._connection, group, seqs, from_ms, to_ms):
                samples[one.series].append(one)
            yield
        synchronised = np.array(
            [one.id for one in load_epochs(self._connection) if one.synchronised], np.int64
        )
        for first in range(0, len(group), _SERIES_A_STEP):
            with transaction(self._connection):
                for number in group[first : first + _SERIES_A_STEP]:
                    fresh = builders.pop(number).build(self._registry.every_ms(number))
                    rounds = self._put(hour, number, fresh, samples.pop(number))
                    whole = settled(rounds, synchronised)
                    verdicts = self._verdicts(self._registry.get(number), whole, reader)
                    archive.put_bins(self._connection, number, hour, make_bins(whole, verdicts))
            yield

    def _put(self, hour: int, number: int, rounds: Rounds, samples: Sequence[Sample]) -> Rounds:
        """Write a series' hour together with what was there of it; returns the whole."""
        old = archive.get_chunk(self._connection, hour, number)
        kept = {(one.at_ms, one.epoch, one.name): one for one in samples}
        if old is not None:
            try:
                rounds = merge(decode(old.data), rounds)
                for one in decode_samples(old.samples, number) if old.samples else ():
                    kept.setdefault((one.at_ms, one.epoch, one.name), one)
            except ChunkDamaged as error:
                why = f"the chunk of series {number}, hour {hour} was damaged: {error}"
                begin = hour * HOUR_MS
                gap = Gap(EVIDENCE, 0, 0, old.rounds, why, self._now_ms, begin, begin + HOUR_MS)
                store.record_gap(self._connection, gap)
        # Within a slot they stay as the probe gave them, so that a line made of them stays as it was.
        order = sorted(kept, key=lambda key: key[:2])
        packed = encode_samples(kept[key] for key in order) if kept else None
        archive.put_chunk(self._connection, archive.Chunk(hour, number, len(rounds), encode(rounds), packed))
        return rounds

    def _finish(self) -> None:
        """Say how far every site is; its rows before that may go."""
        with transaction(self._connection):
            for site, end in self._ends.items():
                self._connection.execute(
                    "INSERT OR REPLACE INTO compaction (site, until_ms, through_seq) VALUES (?, ?, ?)",
                    (site, end, self._through_seq),
                )
                first_open = self._survey.first_open.get(site, self._through_seq + 1)
                store.move_cursor(self._connection, f"{CHUNKS}{site}", first_open - 1)


class HourReader(SqliteReader):
    """A reader for judging one hour: the references of an hour either side are held in memory."""

    def __init__(self, connection: sqlite3.Connection, hour: int, registry: Registry) -> None:
        super().__init__(Path(), connection=connection)
        self._lists: dict[tuple[str | None, str | None], Sequence[Series]] = {}
        self._from_ms, self._to_ms = (hour - 1) * HOUR_MS, (hour + 2) * HOUR_MS
        wanted = {number: registry.every_ms(number) for number in registry.references()}
        beyond_ms = (hour + 1) * HOUR_MS
        # The hour's own rows are chunked by now, so only what is beyond it is read from the log.
        ahead_ms = beyond_ms + max(registry.longest_every_ms().values(), default=0)
        logged = self._logged(wanted, beyond_ms, min(ahead_ms, self._to_ms))
        chunked = self._chunked(wanted, self._from_ms, self._to_ms)
        synchronised = self._synchronised()
        self._held = {
            number: settled(merge(chunked[number], logged[number]), synchronised) for number in wanted
        }

    def series(self, *, site: str | None = None, circuit: str | None = None) -> Sequence[Series]:
        """As SqliteReader's, but asked of the file once."""
        if (site, circuit) not in self._lists:
            self._lists[site, circuit] = super().series(site=site, circuit=circuit)
        return self._lists[site, circuit]

    def rounds(self, series: Sequence[int], from_ms: int, to_ms: int) -> Mapping[int, Rounds]:
        """As SqliteReader's; references are given from memory, an hour either side at most."""
        held = {
            number: between(self._held[number], from_ms, to_ms) for number in series if number in self._held
        }
        others = [number for number in series if number not in held]
        return {**held, **(super().rounds(others, from_ms, to_ms) if others else {})}
