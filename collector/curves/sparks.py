"""The last day of every circuit in half hours, for a small picture in its row."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from collector.curves.probes import rtt_probes
from collector.curves.tally import Tally
from collector.ledger.bin_columns import BinColumns, counted, joined
from collector.ledger.bins import BIN_MS
from collector.ledger.model import HOUR_MS
from collector.ledger.reader import SqliteReader
from collector.sla.calendar import local_day
from config.settings import Settings

if TYPE_CHECKING:
    from collector.clerk import Desk

STEP_MS = 1_800_000
POINTS = 48
_BINS_A_STEP = STEP_MS // BIN_MS
_MEDIAN = Fraction(1, 2)
_KEPT = "sparks"


@dataclass(frozen=True, slots=True)
class Spark:
    """48 half hours of one circuit: median RTT in seconds, ratio of lost packets; None: no data."""

    rtt: tuple[float | None, ...]
    loss: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sparks:
    """All circuits with a probe that measures RTT. `rtt` (s) and `loss` (ratio) have shape (circuits, 48).

    NaN is no data. The first half hour begins at `from_ms`, the last is the one that runs.
    """

    from_ms: int
    step_ms: int
    circuits: tuple[str, ...]
    rtt: NDArray[np.float32]
    loss: NDArray[np.float32]

    def each(self) -> dict[str, Spark]:
        """The spark of each circuit."""
        rows = zip(self.circuits, _gaps(self.rtt), _gaps(self.loss), strict=True)
        return {name: Spark(rtt, loss) for name, rtt, loss in rows}


@dataclass(slots=True, eq=False)
class _Kept:
    """What the next question finds: half hours that are over and in bins, and how far the log was read."""

    rows: Mapping[int, int]
    """Series -> the circuit's row."""
    start: int
    """The half hour of the first point."""
    rtt: NDArray[np.float64]
    sent: NDArray[np.int64]
    received: NDArray[np.int64]
    packed_ms: dict[int, int]
    """Series -> up to when `rtt`, `sent` and `received` hold what is in bins."""
    seq: int = 0
    open: list[tuple[int, BinColumns]] = field(default_factory=list)
    """Series and bins of what is not packed yet."""


def sparks_at(desk: Desk) -> Sparks:
    """The sparks at this moment; for `Clerk.ask`."""
    return sparks(desk.reader, desk.settings, desk.now.wall_ms, desk.kept)


def sparks(reader: SqliteReader, settings: Settings, now_ms: int, kept: MutableMapping[str, Any]) -> Sparks:
    """The sparks of every circuit, of the probe that judges its RTT today.

    What was read stays in `kept`: the next time only newly packed hours and the log's new rows are read.
    """
    circuits, rows = _rows(reader, settings, now_ms)
    start = now_ms // STEP_MS - POINTS + 1
    state: _Kept | None = kept.get(_KEPT)
    if state is None or state.rows != rows or not state.start <= start < state.start + POINTS:
        state = _empty(rows, start, len(circuits))
    _slide(state, start)
    _take_packed(reader, state)
    _take_newest(reader, state, now_ms)
    kept[_KEPT] = state
    return _drawn(state, circuits)


def _rows(reader: SqliteReader, settings: Settings, now_ms: int) -> tuple[tuple[str, ...], dict[int, int]]:
    """The circuits that have a probe for RTT, and of each series of it the circuit's row."""
    probes = {}
    for name, circuit in settings.circuits.items():
        day = local_day(now_ms, settings.sites[circuit.site].timezone)
        if able := rtt_probes(settings, name, day):
            probes[name] = able[0]
    places = {name: row for row, name in enumerate(probes)}
    return tuple(probes), {
        one.id: places[one.key.circuit]
        for one in reader.series()
        if probes.get(one.key.circuit) == one.key.probe
    }


def _empty(rows: Mapping[int, int], start: int, circuits: int) -> _Kept:
    shape = (circuits, POINTS)
    counts = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    return _Kept(rows, start, np.full(shape, np.nan), *counts, dict.fromkeys(rows, start * STEP_MS))


def _slide(state: _Kept, start: int) -> None:
    """Forget the half hours before `start`."""
    by = start - state.start
    if by:
        for table, nothing in ((state.rtt, np.nan), (state.sent, 0), (state.received, 0)):
            table[:, :-by] = table[:, by:].copy()
            table[:, -by:] = nothing
    state.start = start


def _take_packed(reader: SqliteReader, state: _Kept) -> None:
    """Read the hours that were packed since; a series is read from where it was."""
    pictures, groups = reader.pictures(), dict[tuple[int, int], list[int]]()
    for number, until_ms in pictures.binned_until(state.rows).items():
        begin = max(state.packed_ms[number], state.start * STEP_MS) // HOUR_MS
        if until_ms // HOUR_MS > begin:
            groups.setdefault((begin, until_ms // HOUR_MS), []).append(number)
    for (begin, end), series in groups.items():
        tally = Tally(len(state.rtt) * POINTS)
        for owner, bins in pictures.bins_of_hours(series, begin, end):
            _add(state, tally, owner, bins)
        fresh = tally.sent > 0
        rtt = tally.quantiles(_MEDIAN)[0]
        for table, found in ((state.rtt, rtt), (state.sent, tally.sent), (state.received, tally.received)):
            table.reshape(-1)[fresh] = found[fresh]
        state.packed_ms.update(dict.fromkeys(series, end * HOUR_MS))


def _take_newest(reader: SqliteReader, state: _Kept, now_ms: int) -> None:
    """Read the log's new rows, and forget those that are packed by now."""
    before = min(state.packed_ms.values(), default=0)
    last = reader.last_seq()
    for number, rounds in reader.pictures().newest(state.rows, state.seq, before, now_ms + STEP_MS):
        state.open.append((number, counted(rounds)))
    state.seq = last
    opened = [(number, bins.between(state.packed_ms[number], 2**62)) for number, bins in state.open]
    state.open = [(number, bins) for number, bins in opened if len(bins)]


def _drawn(state: _Kept, circuits: tuple[str, ...]) -> Sparks:
    tally = Tally(len(circuits) * POINTS)
    if state.open:
        owner = np.repeat([number for number, _ in state.open], [len(bins) for _, bins in state.open])
        _add(state, tally, owner, joined([bins for _, bins in state.open]))
    fresh = (tally.answers > 0).reshape(state.rtt.shape)
    rtt = np.where(fresh, tally.quantiles(_MEDIAN)[0].reshape(fresh.shape), state.rtt)
    sent = state.sent + tally.sent.reshape(fresh.shape)
    lost = sent - state.received - tally.received.reshape(fresh.shape)
    loss = np.where(sent > 0, lost / np.maximum(sent, 1), np.nan)
    return Sparks(state.start * STEP_MS, STEP_MS, circuits, rtt.astype(np.float32), loss.astype(np.float32))


def _add(state: _Kept, tally: Tally, owner: NDArray[np.int64], bins: BinColumns) -> None:
    """Add bins, each of the series in `owner`, to the points of their circuits."""
    point = bins.number // _BINS_A_STEP - state.start
    inside = (point >= 0) & (point < POINTS)
    row = np.array([state.rows[number] for number in owner[inside].tolist()], np.int64)
    tally.add(bins.only(inside), row * POINTS + point[inside])


def _gaps(table: NDArray[np.float32]) -> list[tuple[float | None, ...]]:
    return [tuple(None if one != one else one for one in row) for row in table.tolist()]
