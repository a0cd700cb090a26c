"""Packed hours as rows of the log again: what a rewind sends once more, to the byte as it was.

A chunk has no place in the commit order, so the rows come by hour and in it by series, and after them
what was derived of that hour: each outage that ended in it, and SLA figures as long as the log still
has them. Verdicts are those of the bins, which are those that were sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from collector.ledger.compact import Verdicts
from collector.ledger.model import HOUR_MS, EndedOutage, Judged, LogRow, Series
from collector.ledger.places import Again
from collector.ledger.reader import SqliteReader
from collector.ledger.rounds import Rounds
from probes.model import Outcome, Sample

UNKNOWN = -1
"""The verdict of a row without a round, which nobody asks for."""


class PackedRows:
    """Reads for one output, in one thread at a time."""

    def __init__(self, reader: SqliteReader, verdicts: Verdicts) -> None:
        self._reader = reader
        self._verdicts = verdicts

    def next(self, again: Again, limit: int) -> tuple[list[Judged], Again | None, int]:
        """About `limit` rows, a series' hour at least, the place after them, and the rounds that are damaged.

        A place of None: they were the last.
        """
        self._reader.damaged.clear()
        rows, rest = self._next(again, limit)
        return rows, rest, sum(self._reader.damaged.values())

    def _next(self, again: Again, limit: int) -> tuple[list[Judged], Again | None]:
        hour = self._reader.packed_hour(again.hour, again.until_ms)
        if hour is None:
            return [], None
        known = {one.id: one for one in self._reader.series()}
        rows: list[Judged] = []
        done = again.series if hour == again.hour else 0
        for number in self._reader.packed_series(hour, done):
            rows += self._of_series(known[number], *_within(again, hour))
            if len(rows) >= limit:
                return rows, replace(again, hour=hour, series=number)
        rows += ((row, UNKNOWN) for row in self._derived(known, hour, again))
        return rows, replace(again, hour=hour + 1, series=0)

    def _of_series(self, series: Series, from_ms: int, to_ms: int) -> Iterator[Judged]:
        """A series' rounds, each with its samples, and samples that stand alone."""
        rounds = self._reader.rounds([series.id], from_ms, to_ms)[series.id]
        samples: dict[int, list[Sample]] = {}
        for sample in self._reader.samples([series.id], from_ms, to_ms):
            samples.setdefault(sample.at_ms, []).append(sample)
        for i, status in enumerate(self._judge(series, rounds)):
            one = rounds.row(series.id, i)
            yield LogRow(0, series.id, Outcome(one, tuple(samples.pop(one.at_ms, ())))), status
        for found in samples.values():
            yield LogRow(0, series.id, Outcome(None, tuple(found))), UNKNOWN

    def _judge(self, series: Series, rounds: Rounds) -> Sequence[int]:
        found: list[int] = self._verdicts(series, rounds, self._reader).tolist()
        return found

    def _derived(self, known: dict[int, Series], hour: int, again: Again) -> Iterator[LogRow]:
        from_ms, to_ms = _within(again, hour)
        here = [known[number] for number in self._reader.packed_series(hour, 0)]
        newest = {(one.key.site, one.key.circuit): one for one in (*known.values(), *here)}
        for outage in self._reader.outages(from_ms=from_ms - 1, to_ms=to_ms):
            measured = newest.get((outage.site, outage.circuit))
            if measured and outage.end_ms is not None and from_ms <= outage.end_ms < to_ms:
                ended = EndedOutage(measured.key.host, replace(outage, common_cause=False))
                yield LogRow(0, measured.id, Outcome(None), ended)
        for figures in self._reader.figures_sent(from_ms, to_ms):
            yield LogRow(0, newest[figures.site, figures.circuit].id, Outcome(None), figures)


def _within(again: Again, hour: int) -> tuple[int, int]:
    """The part of an hour that is asked for."""
    return max(again.from_ms, hour * HOUR_MS), min(again.until_ms, (hour + 1) * HOUR_MS)
