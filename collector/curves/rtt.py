"""Round-trip times, loss and jitter of one probe of a circuit over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from collector.curves.grid import DAY_MS, USUAL, Grid, grid
from collector.curves.packets import count
from collector.curves.probes import judging_series
from collector.curves.tally import Tally
from collector.ledger.bin_columns import counted
from collector.ledger.bins import BIN_MS
from collector.ledger.model import HOUR_MS, Series
from collector.ledger.pictures import Pictures
from collector.ledger.reader import SqliteReader
from config.settings import Settings

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
EXACT_MS = 2 * DAY_MS
"""Up to so long a time every packet is read; a longer one comes from five-minute bins."""
_QUANTILES = tuple(Fraction(percent, 100) for percent in (5, 25, 50, 75, 95))


@dataclass(frozen=True, slots=True, eq=False)
class RttCurve:
    """n points of [from, to), all of `step_ms`; the first and the last may reach beyond it.

    `at_ms` is where a point begins. Times are in seconds, NaN where nothing was answered: a loss is a
    gap. `jitter` is the mean distance of neighbouring packets; from bins (`jitter_exact` False) that of
    any two answers of the same five minutes.
    """

    circuit: str
    probe: str
    from_ms: int
    to_ms: int
    step_ms: int
    source: Literal["rounds", "bins"]
    at_ms: Ints
    sent: Ints
    received: Ints
    p5: Floats
    p25: Floats
    p50: Floats
    p75: Floats
    p95: Floats
    min: Floats
    max: Floats
    mean: Floats
    jitter: Floats
    damaged_hours: int = 0
    """Hours whose evidence can't be read any more: they are as if nothing had been measured."""

    @property
    def loss(self) -> Floats:
        """Share of the packets sent that were not answered; NaN where none was sent."""
        lost = (self.sent - self.received) / np.maximum(self.sent, 1)
        return np.where(self.sent > 0, lost, np.nan)

    @property
    def jitter_exact(self) -> bool:
        """Whether each packet was compared with the one before it."""
        return self.source == "rounds"


def rtt(
    reader: SqliteReader,
    settings: Settings,
    circuit: str,
    from_ms: int,
    to_ms: int,
    points: int = USUAL,
    probe: str | None = None,
) -> RttCurve:
    """The curve of a circuit's probe, of the one that judges RTT at the end of the time unless named.

    Raises NotMeasuredError (circuit or probe), and ValueError for the time or the number of points.
    """
    name, series = judging_series(reader, settings, circuit, to_ms - 1, probe)
    return rtt_of(reader, series, from_ms, to_ms, points, circuit=circuit, probe=name)


def rtt_of(
    reader: SqliteReader,
    series: Sequence[Series],
    from_ms: int,
    to_ms: int,
    points: int = USUAL,
    *,
    circuit: str = "",
    probe: str = "",
) -> RttCurve:
    """The curve that some series of one probe make together."""
    every_ms = max((one.key.every_ms for one in series), default=1_000)
    if to_ms - from_ms <= EXACT_MS:
        return _exact(
            reader, series, (from_ms, to_ms), grid(from_ms, to_ms, points, every_ms), circuit, probe
        )
    cut = grid(from_ms, to_ms, points, max(every_ms, BIN_MS))
    return _binned(reader, series, (from_ms, to_ms), cut, circuit, probe)


def _exact(
    reader: SqliteReader, series: Sequence[Series], span: tuple[int, int], cut: Grid, circuit: str, probe: str
) -> RttCurve:
    numbers, hours = [one.id for one in series], range(span[0] // HOUR_MS, -(-span[1] // HOUR_MS))
    found = reader.rounds(numbers, *span)
    damaged = sum(hour in hours and number in numbers for hour, number in reader.damaged)
    counts = count([found[one.id] for one in series], cut, _QUANTILES)
    p5, p25, p50, p75, p95 = counts.quantiles
    return RttCurve(
        *(circuit, probe, *span, cut.step_ms, "rounds", cut.at_ms, counts.sent, counts.received),
        *(p5, p25, p50, p75, p95, counts.lowest, counts.highest, counts.mean, counts.jitter),
        damaged_hours=damaged,
    )


def _binned(
    reader: SqliteReader, series: Sequence[Series], span: tuple[int, int], cut: Grid, circuit: str, probe: str
) -> RttCurve:
    pictures = reader.pictures()
    tally = tallied(reader, pictures, series, *span, cut)
    p5, p25, p50, p75, p95 = tally.quantiles(*_QUANTILES)
    lowest, highest = tally.seconds(tally.lowest), tally.seconds(tally.highest)
    return RttCurve(
        *(circuit, probe, *span, cut.step_ms, "bins", cut.at_ms, tally.sent, tally.received),
        *(p5, p25, p50, p75, p95, lowest, highest, tally.mean, tally.jitter),
        damaged_hours=len(pictures.damaged),
    )


def tallied(
    reader: SqliteReader, pictures: Pictures, series: Sequence[Series], from_ms: int, to_ms: int, cut: Grid
) -> Tally:
    """Bins of [from, to), and what is in none yet: the newest hours come from their rounds."""
    tally = Tally(cut.n)
    for number, until_ms in pictures.binned_until(one.id for one in series).items():
        for part in pictures.bins(number, from_ms, min(to_ms, until_ms)):
            tally.add(part, cut.place(part.number * BIN_MS))
        if (begin_ms := max(from_ms, until_ms)) < to_ms:
            part = counted(reader.rounds([number], begin_ms, to_ms)[number])
            tally.add(part, np.maximum(0, cut.place(part.number * BIN_MS)))
    return tally
