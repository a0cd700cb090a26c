"""What pictures are drawn from: bins as columns, what is in no bin yet, and samples out of chunks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from collector.ledger import archive, log
from collector.ledger.bin_columns import BinColumns, decode_columns, decode_hours
from collector.ledger.chunks import HOUR_MS, SampleRow, decode_samples, sample_rows
from collector.ledger.columns import Builder
from collector.ledger.errors import ChunkDamaged
from collector.ledger.model import Series
from collector.ledger.rounds import Rounds
from probes.model import Sample

_PACKED_AT_ONCE = 500
"""Packed hours read and parsed together."""


class Pictures:
    """A part of `SqliteReader`, on its connection. Pictures may lack what came late into a packed hour."""

    def __init__(self, connection: sqlite3.Connection, known: Callable[[int], Series]) -> None:
        """`known` gives the series of a number."""
        self._connection = connection
        self._known = known
        self.damaged: list[bytes] = []
        """Bins of hours that were damaged, as they are packed: they are left out."""

    def bins(self, series: int, from_ms: int, to_ms: int) -> Iterator[BinColumns]:
        """The bins of a series that begin in [from, to), some weeks at a time.

        A bin that several hours' rounds cover stands there several times.
        """
        packed = archive.packed_bins(
            self._connection, series, self._known(series).key.every_ms, from_ms, to_ms
        )
        for part in decode_columns(packed, self.damaged):
            yield part.between(from_ms, to_ms)

    def bins_of_hours(
        self, series: Iterable[int], from_hour: int, to_hour: int
    ) -> Iterator[tuple[NDArray[np.int64], BinColumns]]:
        """The bins made of the rounds of some hours, and the series of each; some hundred hours at a time."""
        found = archive.packed_bins_of(self._connection, series, from_hour, to_hour)
        while some := list(islice(found, _PACKED_AT_ONCE)):
            columns, bins = decode_hours([data for _, data in some], self.damaged)
            yield np.repeat(np.array([number for number, _ in some], np.int64), bins), columns

    def last_hours(self, series: Iterable[int]) -> Mapping[int, int]:
        """Series -> the newest hour of which it has bins; a series without any is left out."""
        return archive.last_bins(self._connection, series)

    def binned_until(self, series: Iterable[int]) -> Mapping[int, int]:
        """Series -> up to when, in ms, its rounds are in bins; 0 when none are."""
        wanted = list(series)
        done: dict[str, int] = dict(self._connection.execute("SELECT site, until_ms FROM compaction"))
        last = archive.last_bins(self._connection, wanted)
        return {
            number: max(done.get(self._known(number).key.site, 0), (last.get(number, -1) + 1) * HOUR_MS)
            for number in wanted
        }

    def newest(
        self, series: Iterable[int], after_seq: int, from_ms: int, to_ms: int
    ) -> Iterator[tuple[int, Rounds]]:
        """What the log holds beyond `after_seq` of slots in [from, to), whatever is in chunks too.

        A series may come several times, each time with rounds that were committed later.
        """
        wanted = {number: self._known(number).key.every_ms for number in series}
        last = log.last_seq(self._connection)
        for seqs in log.slices(self._connection, after_seq, last, from_ms, to_ms):
            builders = {number: Builder() for number in wanted}
            log.collect(self._connection, builders, seqs, from_ms, to_ms)
            yield from ((number, one.build(wanted[number])) for number, one in builders.items() if len(one))

    def samples(self, series: Sequence[int], hours: Sequence[int]) -> Iterator[Sequence[Sample]]:
        """The samples that chunks hold of some hours, an hour of a series at a time, of every epoch.

        What is damaged is left out.
        """
        for _, number, packed in archive.packed_samples(self._connection, hours, series):
            try:
                yield decode_samples(packed, number)
            except ChunkDamaged:
                continue

    def sample_rows(self, series: Sequence[int], hours: Sequence[int]) -> Iterator[Sequence[SampleRow]]:
        """The same as rows, for who reads months of them."""
        for _, _, packed in archive.packed_samples(self._connection, hours, series):
            try:
                yield sample_rows(packed)
            except ChunkDamaged:
                continue

    def hours(self, from_ms: int, to_ms: int) -> Sequence[int]:
        """The hours since the Unix epoch that have chunks and touch [from, to), in order."""
        return archive.hours(self._connection, from_ms, to_ms)
