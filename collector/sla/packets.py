"""Statistics over every packet, exact: sums in integers of 100 ns, figures as fractions of a millisecond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf

import numpy as np
from numpy.typing import NDArray

from collector.sla.tracks import Flags, Ints, T, Track, Units
from config.objectives import ShareAbove, Stat
from config.objectives import percentile as nearest_rank
from config.terms import INFINITE, Figure
from probes.model import RTT_UNIT_NS

UNITS_PER_MS = 1_000_000 // RTT_UNIT_NS


@dataclass(frozen=True, slots=True)
class LostAs:
    """What a lost packet counts as: nothing (`units` None), never (`infinite`), or a delay."""

    units: int | None = None
    infinite: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Delays:
    """The delays of the answered packets in units of 100 ns, in sending order, and how many were lost."""

    units: Units
    lost: int


def delays(track: Track, keep: Flags) -> Delays:
    """The packets of the rounds to keep."""
    lost = int(track.lost[keep].sum())
    if keep.all():
        return Delays(track.rtts, lost)
    return Delays(track.rtts[np.repeat(keep, np.diff(track.first))[track.answered]], lost)


def mean(packets: Delays, lost: LostAs) -> Figure | None:
    """The mean delay in ms; None without a packet."""
    if lost.infinite and packets.lost:
        return INFINITE
    counted = packets.lost if lost.units is not None else 0
    n = len(packets.units) + counted
    return Fraction(int(packets.units.sum()) + counted * (lost.units or 0), n * UNITS_PER_MS) if n else None


def percentile(packets: Delays, percent: Fraction, lost: LostAs) -> Figure | None:
    """Nearest rank: the smallest delay with at least so many of the packets at or under it; in ms."""
    values = packets.units
    if lost.units is not None:
        values = np.concatenate([values, np.full(packets.lost, lost.units, np.int64)])
    n = len(values) + (packets.lost if lost.infinite else 0)
    if not n:
        return None
    rank = -(-percent.numerator * n // (percent.denominator * 100))
    if rank > len(values):
        return INFINITE
    return Fraction(int(np.partition(values, rank - 1)[rank - 1]), UNITS_PER_MS)


def share_above(packets: Delays, units: int, lost: LostAs) -> Fraction | None:
    """Percent of all sent packets with a delay of strictly more than `units`; None without a packet."""
    above = int(np.count_nonzero(packets.units > units))
    if lost.infinite or (lost.units is not None and lost.units > units):
        above += packets.lost
    sent = len(packets.units) + packets.lost
    return Fraction(100 * above, sent) if sent else None


def statistic(packets: Delays, stat: Stat, lost: LostAs) -> Figure | None:
    """A mean, a percentile or the largest delay in ms, or a share of packets in percent."""
    if isinstance(stat, ShareAbove):
        return share_above(packets, stat.share_above.ms * UNITS_PER_MS, lost)
    return mean(packets, lost) if stat == "mean" else percentile(packets, percent_of(stat), lost)


def percent_of(stat: str) -> Fraction:
    """What a percentile is of a hundred; the largest value is the last percentile."""
    return Fraction(100) if stat == "max" else nearest_rank(stat)


def statistic_of_figures(figures: Sequence[Figure], stat: Stat) -> Figure | None:
    """The same over ready figures; a share is of figures in ms."""
    if isinstance(stat, ShareAbove):
        above = sum(figure == INFINITE or figure > stat.share_above.ms for figure in figures)
        return Fraction(100 * above, len(figures)) if figures else None
    return mean_of_figures(figures) if stat == "mean" else percentile_of_figures(figures, percent_of(stat))


def stretch_means(kept: Sequence[tuple[Track, Flags]], edges: Ints, lost: LostAs) -> list[Figure]:
    """The mean delay in ms of each stretch between two `edges`, without those that have none."""
    columns = [
        (np.searchsorted(edges, track.at_ms[keep], "right"), *by_round(track, keep)) for track, keep in kept
    ]
    where, units, answered, gone = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.argsort(where, kind="stable")
    begins = np.flatnonzero(np.diff(where[order], prepend=-1)) if len(order) else order
    if not len(begins):
        return []
    sums, counts, losses = (np.add.reduceat(one[order], begins).tolist() for one in (units, answered, gone))
    return [
        figure
        for total, n, missing in zip(sums, counts, losses, strict=True)
        if (figure := _mean_of(total, n, missing, lost)) is not None
    ]


def _mean_of(total: int, n: int, missing: int, lost: LostAs) -> Figure | None:
    if lost.infinite and missing:
        return INFINITE
    counted = missing if lost.units is not None else 0
    n, total = n + counted, total + counted * (lost.units or 0)
    return Fraction(total, n * UNITS_PER_MS) if n else None


def by_round(track: Track, keep: Flags) -> tuple[Ints, Ints, Ints]:
    """The sum (units of 100 ns) and number of the delays of each kept round, and its losses."""
    answers = _sums(track.answered, np.diff(track.first))
    return _sums(track.rtts, answers)[keep], answers[keep], track.lost[keep]


def _sums(values: NDArray[T], lengths: Ints) -> Ints:
    """The sum of each of the stretches into which `lengths` cut the values; no column as long as these."""
    sums, some = np.zeros(len(lengths), np.int64), lengths > 0
    if some.any():
        begins = np.cumsum(lengths) - lengths
        sums[some] = np.add.reduceat(values, begins[some], dtype=np.int64)
    return sums


def mean_of_figures(figures: Sequence[Figure]) -> Figure | None:
    """The plain mean; infinite when one of them is."""
    if not figures:
        return None
    total = dict[int, int]()
    for figure in figures:
        if not isinstance(figure, Fraction):
            return INFINITE
        total[figure.denominator] = total.get(figure.denominator, 0) + figure.numerator
    # a sum by denominator first: few large fractions instead of thousands
    return sum((Fraction(above, below) for below, above in total.items()), Fraction(0)) / len(figures)


def percentile_of_figures(figures: Sequence[Figure], percent: Fraction) -> Figure | None:
    """Nearest rank over ready figures."""
    # a float never orders two fractions the wrong way round; where it can't tell them apart they decide
    ordered = sorted(figures, key=lambda figure: (not isinstance(figure, Fraction), _float(figure), figure))
    rank = -(-percent.numerator * len(ordered) // (percent.denominator * 100))
    return ordered[rank - 1] if ordered else None


def _float(figure: Figure) -> float:
    return float(figure) if isinstance(figure, Fraction) else inf
