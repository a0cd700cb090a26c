"""What is usual at each time of the week: median and spread of four weeks, robust to outages and gaps. Pure.

Seasonal robust z: weekday or weekend x 288 five-minute cells by the site's clock, median and MAD of the
28 days before (ECOSYSTEM, "Analysis on an edge host"). Four weeks give a cell of the weekend eight values,
too few to say how widely they lie: the spread is that of the hour around it too. The level of the last
three days counts more than that of the weeks before, so that a slow drift is followed and isn't news.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.analysis.readings import BINS_A_DAY, Floats, NotEnough, Readings
from collector.analysis.season import CELLS, cells

LEARN_DAYS = 28
"""So far back a baseline looks."""
LEAST_DAYS = 21
"""So many of them must be half known: three weeks, with three weekends."""
BAND_SPREADS = 3.0
"""How many spreads the usual band reaches from its middle: 99.7% of normal noise lies inside."""
RECENT_DAYS = 3
FLOORS = {
    "rtt": (0.000_1, 0.02),
    "jitter": (0.000_1, 0.05),
    "utilisation": (0.02, 0.05),
    "loss": (0.002, 0.0),
}
"""The spread is never less than so much, nor than so large a share of the level: what nobody would act on.

RTT 0.1 ms and 2%; jitter 0.1 ms and 5%; utilisation 2 points and 5%; loss 0.2 points (and what counting
tells, see `counting_spread`).
"""
_MAD = 1.4826
"""MAD x this is the standard deviation of normal noise (Rousseeuw and Croux 1993)."""
_ALONE = 15
"""From so many values on a cell's median stands alone; else it is taken with its neighbours'."""
_HOUR = 6
"""Cells on either side whose spread counts too."""
_FEW_RECENT = 72
_USUAL_PACKETS = 300.0
"""One a second, where no loss ever told."""


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """`level` and `spread` (a robust standard deviation) of each cell of the week, in the metric's unit.

    NaN where nothing was ever measured at that time of the week.
    """

    metric: str
    zone: str
    level: Floats
    spread: Floats

    def band(self, at_ms: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        """The usual band at each time (`at_ms` rises): low, middle, high; never below 0."""
        here = cells(at_ms, self.zone)
        middle, reach = self.level[here], BAND_SPREADS * self.spread[here]
        return np.maximum(middle - reach, 0.0), middle, middle + reach


def learn(readings: Readings, zone: str) -> Baseline | NotEnough:
    """What is usual by the last 28 days of the readings, as the clock of an IANA zone has it."""
    last = readings.between(readings.end_ms - LEARN_DAYS * 86_400_000, readings.end_ms)
    values = answered(last)
    have = known_days(values)
    if have < LEAST_DAYS:
        return NotEnough(have, LEAST_DAYS, about=f"{readings.metric} of {readings.circuit}")
    return Baseline(readings.metric, zone, *fitted(values, cells(last.at_ms, zone), readings.metric))


def answered(readings: Readings) -> Floats:
    """The values; of loss without outages, which are no measure of a circuit's quality.

    Five minutes in which all packets were lost are one, and those before and after them its edges.
    """
    if readings.metric != "loss":
        return readings.values
    out = np.concatenate([[False], readings.values >= 1.0, [False]])
    return np.where(out[:-2] | out[1:-1] | out[2:], np.nan, readings.values)


def known_days(values: Floats) -> int:
    """How many times 288 values, from the last one back, are half known."""
    days = len(values) // BINS_A_DAY
    if not days:
        return 0
    known = ~np.isnan(values[len(values) - days * BINS_A_DAY :])
    return int((known.reshape(days, BINS_A_DAY).sum(axis=1) * 2 >= BINS_A_DAY).sum())


def fitted(
    values: Floats, cell: NDArray[np.int16], metric: str, packets: float | None = None
) -> tuple[Floats, Floats]:
    """Level and spread of each cell out of values and the cell of each.

    `packets` (of loss) is about how many a value stands for; None: what the values tell themselves.
    """
    there = ~np.isnan(values)
    held = packets or packets_of(values[there], metric)
    if metric == "loss":
        values = np.minimum(values, _most_loss(values[there], held))
    table, counts = _table(values[there], cell[there])
    medians = _medians(table, counts)
    mads = _medians(np.sort(np.abs(table - medians[:, None]), axis=1), counts)
    level = _loss_level(table, counts) if metric == "loss" else _level(medians, counts)
    level = _followed(level, values[-RECENT_DAYS * BINS_A_DAY :], cell[-RECENT_DAYS * BINS_A_DAY :], metric)
    own = _MAD * mads * counts / np.maximum(counts - 0.8, 0.2)  # few values lie nearer to their median
    return level, _spread(own, counts, level, metric, held, _step(table))


def _level(medians: Floats, counts: NDArray[np.int64]) -> Floats:
    level = np.where(counts >= _ALONE, medians, _pooled(medians, counts, 1))
    return np.where(np.isnan(level), _pooled(medians, counts, _HOUR), level)


def _loss_level(table: Floats, counts: NDArray[np.int64]) -> Floats:
    """The mean: a median is 0 as long as most values have no loss in them."""
    means = np.where(counts > 0, np.nansum(table, axis=1) / np.maximum(counts, 1), np.nan)
    return _pooled(means, counts, _HOUR)


def _most_loss(values: Floats, packets: float) -> float:
    """What one value may tell of the usual loss: three packets, or three times what is usual."""
    return max(3 / packets, 3 * float(np.median(values))) if len(values) else 1.0


def _followed(level: Floats, values: Floats, cell: NDArray[np.int16], metric: str) -> Floats:
    """The level, moved as the last days are: by the median of what is left of them."""
    recent = values - level[cell]
    recent = recent[~np.isnan(recent)]
    if len(recent) < _FEW_RECENT:
        return np.maximum(level, 0.0)
    off = np.mean(recent) if metric == "loss" else np.median(recent)
    return np.maximum(level + off, 0.0)


def counting_spread(level: Floats, packets: float) -> Floats:
    """How far a ratio of lost packets lies off its level by chance alone: binomial, of so many packets.

    Agresti and Coull's adding of one loss keeps it above 0 where nothing was ever lost: 1 of 30 is 3%, and
    no news; 1 of 300 is 0.3%.
    """
    found: Floats = np.sqrt((level + 1 / packets) * (1 - np.minimum(level, 0.5)) / packets)
    return found


def _spread(
    own: Floats, counts: NDArray[np.int64], level: Floats, metric: str, packets: float, step: float
) -> Floats:
    least, share = FLOORS[metric]
    least = max(least, step)
    spread = np.fmax(np.fmax(own, _pooled(own, counts, _HOUR)), np.maximum(least, share * level))
    if metric == "loss":
        spread = np.maximum(spread, counting_spread(level, packets))
    return np.where(np.isnan(level), np.nan, spread)


def _step(table: Floats) -> float:
    """The step in which values are told; 0 of those that are told finely. One step more is no news.

    Values that are often 0 have one, as jitter out of histograms; so have those that are often the same at
    the same time of the week, as whole milliseconds. `table` has a sorted row for each cell, NaN behind.
    """
    apart = np.diff(table, axis=1)
    differ, some = apart > 0, table > 0
    often = _low(apart[differ], 0.1) if (apart == 0).sum() >= differ.sum() else 0.0
    return max(often, _low(table[some], 0.05) if 3 * (table <= 0).sum() >= some.sum() else 0.0)


def _low(values: Floats, share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else 0.0


def packets_of(values: Floats, metric: str) -> float:
    """About how many packets one of the known values of loss stands for: neighbours differ by one of them.

    Hardly a difference is smaller than one packet's, but for the few of five minutes that were cut short.
    """
    apart = np.abs(np.diff(values)) if metric == "loss" else values[:0]
    apart = apart[apart > 1e-6]
    return float(np.clip(np.rint(1 / np.quantile(apart, 0.1)), 1, 10_000)) if len(apart) else _USUAL_PACKETS


def _table(values: Floats, cell: NDArray[np.int16]) -> tuple[Floats, NDArray[np.int64]]:
    """The values of each cell as a sorted row, NaN behind them; and how many they are."""
    counts = np.bincount(cell, minlength=CELLS)
    order = np.argsort(cell, kind="stable")
    begins = np.cumsum(counts) - counts
    table = np.full((CELLS, max(1, int(counts.max()))), np.nan)
    table[cell[order], np.arange(len(order)) - np.repeat(begins, counts)] = values[order]
    return np.sort(table, axis=1), counts


def _medians(table: Floats, counts: NDArray[np.int64]) -> Floats:
    """The median of each sorted row; NaN of an empty one."""
    row = np.arange(len(table))
    low, high = np.maximum(counts - 1, 0) // 2, np.minimum(counts // 2, table.shape[1] - 1)
    found: Floats = (table[row, low] + table[row, high]) / 2
    return found


def _pooled(figures: Floats, counts: NDArray[np.int64], reach: int) -> Floats:
    """The mean over the cells up to `reach` away on the same kind of day, each by how many values it had."""
    weights = np.where(np.isnan(figures), 0, counts).astype(np.float64)
    sums = _around(np.where(weights > 0, figures, 0.0) * weights, reach)
    held = _around(weights, reach)
    return np.where(held > 0, sums / np.maximum(held, 1), np.nan)


def _around(figures: Floats, reach: int) -> Floats:
    """Sums over the cells up to `reach` away; midnight follows midnight of the same kind of day."""
    day = figures.reshape(2, BINS_A_DAY)
    whole = np.concatenate([np.zeros((2, 1)), day[:, -reach:], day, day[:, :reach]], axis=1).cumsum(axis=1)
    found: Floats = (whole[:, 2 * reach + 1 :] - whole[:, : -2 * reach - 1]).ravel()
    return found
