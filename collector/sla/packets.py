"""Statistics over every packet, exact: sums in integers of 100 ns, figures as fractions of a millisecond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np

from collector.sla.tracks import Flags, Ints, Track
from config.terms import INFINITE, Figure
from probes.model import RTT_UNIT_NS

UNITS_PER_MS = 1_000_000 // RTT_UNIT_NS
_MEMORY = 1_024
"""Steps that an RFC 3550 estimate remembers: older ones weigh less than (15/16)^1024, some 2e-29."""


@dataclass(frozen=True, slots=True)
class LostAs:
    """What a lost packet counts as: nothing (`units` None), never (`infinite`), or a delay."""

    units: int | None = None
    infinite: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Delays:
    """The delays of the answered packets in units of 100 ns, in sending order, and how many were lost."""

    units: Ints
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


def stretch_means(
    tracks: Sequence[tuple[Track, Flags]], start_ms: int, length_ms: int, lost: LostAs
) -> list[Figure]:
    """The mean delay in ms of each stretch of `length_ms` since `start_ms`, without those that have none."""
    columns = [_by_round(track, keep, (track.at_ms - start_ms) // length_ms) for track, keep in tracks]
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


def _by_round(track: Track, keep: Flags, where: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Where each kept round belongs, the sum and number of its delays, and its losses."""
    sums = np.concatenate([[0], np.cumsum(track.rtts)])
    edges = np.concatenate([[0], np.cumsum(track.answered)])[track.first]
    return where[keep], np.diff(sums[edges])[keep], np.diff(edges)[keep], track.lost[keep]


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
    ordered = sorted(figures, key=lambda figure: (not isinstance(figure, Fraction), figure))
    rank = -(-percent.numerator * len(ordered) // (percent.denominator * 100))
    return ordered[rank - 1] if ordered else None


def steps(track: Track, keep: Flags) -> Ints:
    """abs(D(i) - D(i-1)) of neighbouring packets of one series in units of 100 ns (RFC 3393, RFC 5481).

    Rounds that follow each other are joined. A lost packet, a round left out, one of which only
    counts are known, and a gap break the pair.
    """
    lengths = np.diff(track.first)
    places = np.flatnonzero(np.repeat(keep, lengths) & track.answered)
    units = delays(track, keep).units
    neighbours = np.diff(places) == 1
    apart = track.fresh.copy()
    apart[1:] |= (track.at_ms[1:] != track.end_ms[:-1]) | (lengths[:-1] == 0)
    if np.count_nonzero(apart) > 1:
        # a place that begins a new stretch is nobody's neighbour
        begins = np.zeros(len(track.answered) + 1, np.bool_)
        begins[track.first[:-1][apart]] = True
        neighbours &= ~begins[places[1:]]
    apart_units: Ints = np.abs(np.diff(units)[neighbours])
    return apart_units


def rfc3550(apart: Ints) -> Fraction | None:
    """The last value of J += (abs(D) - J)/16 from 0 (RFC 3550 6.4.1), in ms."""
    if not len(apart):
        return None
    estimate, weight = 0, 1
    for step in reversed(apart[-_MEMORY:].tolist()):
        estimate, weight = estimate * 16 + step * weight, weight * 15
    return Fraction(estimate, 16 ** min(len(apart), _MEMORY) * UNITS_PER_MS)


def above_least(units: Ints) -> Ints:
    """D(i) - D(min), RFC 5481's packet delay variation, in units of 100 ns."""
    return units - units.min() if len(units) else units


def spread(units: Ints) -> Fraction | None:
    """The largest less the smallest delay, in ms."""
    return Fraction(int(units.max() - units.min()), UNITS_PER_MS) if len(units) else None


def deviation(units: Ints) -> Fraction | None:
    """The population's standard deviation in ms; the root to 50 digits, all else exact."""
    n = len(units)
    if not n:
        return None
    total = int(units.sum())
    variance = Fraction(_sum_of_squares(units) * n - total * total, (n * UNITS_PER_MS) ** 2)
    context = Context(prec=50)
    return Fraction(context.sqrt(context.divide(Decimal(variance.numerator), Decimal(variance.denominator))))


def _sum_of_squares(units: Ints) -> int:
    """In halves of 16 bits, so that no sum leaves 64 bits."""
    high, low = units >> 16, units & 0xFFFF
    return (int(high @ high) << 32) + (int(high @ low) << 17) + int(low @ low)
