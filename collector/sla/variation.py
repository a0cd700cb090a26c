"""Delay variation by its several definitions, exact, over delays in units of 100 ns."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np

from collector.sla.packets import UNITS_PER_MS, delays
from collector.sla.tracks import Flags, Track, Units

OfOne = Callable[[Units], Fraction | None]
"""A figure in ms of one track's delays."""
_MEMORY = 1_024
"""Steps that an RFC 3550 estimate remembers: older ones weigh less than (15/16)^1024, some 2e-29."""


def steps(track: Track, keep: Flags) -> Units:
    """abs(D(i) - D(i-1)) of neighbouring packets of one series in units of 100 ns (RFC 3393, RFC 5481).

    Rounds that follow each other are joined. A lost packet, a round left out, one of which only
    counts are known, and a gap break the pair.
    """
    lengths = np.diff(track.first)
    there = np.repeat(keep, lengths) & track.answered
    apart = track.fresh.copy()
    apart[:1] = True
    apart[1:] |= (track.at_ms[1:] != track.end_ms[:-1]) | (lengths[:-1] == 0)
    # a place whose predecessor is there too; one that begins a new stretch is nobody's neighbour
    paired = np.concatenate([[False], there])
    paired[track.first[:-1][apart]] = False
    neighbours = paired[:-1][there][1:]
    found: Units = np.diff(delays(track, keep).units)[neighbours]
    return np.abs(found, out=found)


def rfc3550(apart: Units) -> Fraction | None:
    """The last value of J += (abs(D) - J)/16 from 0 (RFC 3550 6.4.1), in ms."""
    if not len(apart):
        return None
    estimate, weight = 0, 1
    for step in reversed(apart[-_MEMORY:].tolist()):
        estimate, weight = estimate * 16 + step * weight, weight * 15
    return Fraction(estimate, 16 ** min(len(apart), _MEMORY) * UNITS_PER_MS)


def spread(units: Units) -> Fraction | None:
    """The largest less the smallest delay, in ms."""
    return Fraction(int(units.max() - units.min()), UNITS_PER_MS) if len(units) else None


def deviation(units: Units) -> Fraction | None:
    """The population's standard deviation in ms; the root to 50 digits, all else exact."""
    n = len(units)
    if not n:
        return None
    total = int(units.sum())
    variance = Fraction(_sum_of_squares(units) * n - total * total, (n * UNITS_PER_MS) ** 2)
    context = Context(prec=50)
    return Fraction(context.sqrt(context.divide(Decimal(variance.numerator), Decimal(variance.denominator))))


def _sum_of_squares(units: Units) -> int:
    """In halves of 16 bits, so that no sum leaves 64 bits."""
    wide = units.astype(np.int64)
    high, low = wide >> 16, wide & 0xFFFF
    return (int(high @ high) << 32) + (int(high @ low) << 17) + int(low @ low)
