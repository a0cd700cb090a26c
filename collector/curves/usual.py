"""Where a circuit's RTT usually lies at each time that a chart shows: the band behind the smoke."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from collector.analysis.baseline import LEARN_DAYS, learn
from collector.analysis.finding import Finding
from collector.analysis.kept import levelled
from collector.analysis.readings import Floats, NotEnough, Readings
from collector.curves.grid import DAY_MS, Grid
from collector.curves.probes import judging_series
from collector.curves.rtt import RttCurve, tallied
from collector.ledger.bins import BIN_MS
from collector.ledger.reader import SqliteReader
from config.settings import Settings

LONGEST_MS = 100 * DAY_MS
"""Of a longer time there is no band: four weeks before each day of years take seconds to read."""
_MEDIAN = Fraction(1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """The usual band of the median RTT at each point of a curve; seconds, NaN where too little is known."""

    low: Floats
    middle: Floats
    high: Floats

    @property
    def span(self) -> tuple[float, float] | None:
        """The lowest and the highest of the band; None where nothing of it is known."""
        if bool(np.isnan(self.low).all()):
            return None
        return float(np.nanmin(self.low)), float(np.nanmax(self.high))


def usual(reader: SqliteReader, settings: Settings, curve: RttCurve) -> Usual | NotEnough | None:
    """The band of a curve's circuit and probe, of each day as the 28 days before it had it.

    None for a time longer than LONGEST_MS; NotEnough where no day has enough before it. Found shifts of
    before a day are allowed for, so that the new level is what is usual. Raises NotMeasuredError.
    """
    from_ms, to_ms = int(curve.at_ms[0]), int(curve.at_ms[-1]) + curve.step_ms
    if to_ms - from_ms > LONGEST_MS:
        return None
    first = from_ms // DAY_MS
    zone = settings.zone_of(curve.circuit)
    start_ms = (first - LEARN_DAYS) * DAY_MS
    known = _medians(reader, settings, curve, start_ms, to_ms)
    found = [
        one
        for one in reader.findings(circuit=curve.circuit, from_ms=start_ms, to_ms=to_ms)
        if one.metric == "rtt"
    ]
    return _over(known, found, zone, first, curve)


def _medians(
    reader: SqliteReader, settings: Settings, curve: RttCurve, start_ms: int, to_ms: int
) -> Readings:
    """The median of each five minutes of the curve's probe, as far as days before the last one need it."""
    _, series = judging_series(reader, settings, curve.circuit, to_ms - 1, curve.probe or None)
    until_ms = (to_ms - 1) // DAY_MS * DAY_MS
    cut = Grid(start_ms, BIN_MS, (until_ms - start_ms) // BIN_MS)
    tally = tallied(reader, reader.pictures(), series, start_ms, until_ms, cut)
    return Readings(curve.circuit, "rtt", start_ms, tally.quantiles(_MEDIAN)[0])


def _over(known: Readings, found: list[Finding], zone: str, first: int, curve: RttCurve) -> Usual | NotEnough:
    """The band of each day from `first` on, laid on the points of the curve."""
    end_ms = int(curve.at_ms[-1]) + curve.step_ms
    parts, refused = [], None
    for begin_ms in range(first * DAY_MS, end_ms, DAY_MS):
        before = known.between(begin_ms - LEARN_DAYS * DAY_MS, begin_ms)
        learnt = learn(levelled(before, [one for one in found if one.at_ms < begin_ms]), zone)
        at_ms = np.arange(begin_ms, begin_ms + DAY_MS, BIN_MS, dtype=np.int64)
        if isinstance(learnt, NotEnough):
            refused = learnt
            parts.append(np.full((3, len(at_ms)), np.nan))
        else:
            parts.append(np.stack(learnt.band(at_ms)))
    lines = np.concatenate(parts, axis=1)
    if refused is not None and bool(np.isnan(lines).all()):
        return refused
    return Usual(*_laid(lines, first * DAY_MS, curve))


def _laid(lines: Floats, start_ms: int, curve: RttCurve) -> Floats:
    """Lines of five minutes from `start_ms` on, at the points of a curve: the mean over each."""
    begins = (curve.at_ms - start_ms) // BIN_MS
    ends = np.maximum((curve.at_ms + curve.step_ms - start_ms) // BIN_MS, begins + 1)
    there = ~np.isnan(lines)
    zeros = np.zeros((len(lines), 1))
    sums = np.concatenate([zeros, np.where(there, lines, 0.0).cumsum(axis=1)], axis=1)
    counts = np.concatenate([zeros, there.cumsum(axis=1)], axis=1)
    ends = np.minimum(ends, lines.shape[1])
    total, held = sums[:, ends] - sums[:, begins], counts[:, ends] - counts[:, begins]
    found: Floats = np.where(held > 0, total / np.maximum(held, 1), np.nan)
    return found
