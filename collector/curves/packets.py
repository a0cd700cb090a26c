"""Points out of rounds: every packet counts, so each figure is exact. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from collector.curves.grid import Grid
from collector.curves.tally import UNITS_PER_SECOND
from collector.ledger.rounds import Rounds

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """n points; seconds, NaN where there is none. `quantiles` has a row for each that was asked for."""

    sent: Ints
    received: Ints
    quantiles: Floats
    lowest: Floats
    highest: Floats
    mean: Floats
    jitter: Floats


def count(found: Sequence[Rounds], points: Grid, wanted: Sequence[Fraction]) -> Counted:
    """What the rounds of some series add up to in each point, and nearest-rank quantiles of their RTTs."""
    place = np.concatenate([np.zeros(0, np.int64), *(points.place(one.at_ms) for one in found)])
    of_rtt = [_of_rtt(one, points) for one in found]
    at = np.concatenate([np.zeros(0, np.int64), *of_rtt])
    rtts = np.concatenate([np.zeros(0, np.int64), *(one.rtts for one in found)])
    if sum(len(one) > 0 for one in found) > 1:
        order = np.argsort(at, kind="stable")
        at, rtts = at[order], rtts[order]
    quantiles, lowest, highest, mean = _ranked(at, rtts, points.n, wanted)
    return Counted(
        sent=_summed(place, [one.sent for one in found], points.n),
        received=_summed(place, [one.received for one in found], points.n),
        quantiles=quantiles,
        lowest=lowest,
        highest=highest,
        mean=mean,
        jitter=_jitter(found, of_rtt, points.n),
    )


def _of_rtt(rounds: Rounds, points: Grid) -> Ints:
    """The point of each RTT."""
    return np.repeat(points.place(rounds.at_ms), np.diff(rounds.first))[rounds.answered]


def _summed(place: Ints, values: Sequence[Ints], n: int) -> Ints:
    total = np.zeros(n, np.int64)
    np.add.at(total, place, np.concatenate([np.zeros(0, np.int64), *values]))
    return total


def _ranked(
    at: Ints, rtts: Ints, n: int, wanted: Sequence[Fraction]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Quantiles (a row each), least, most and mean of the RTTs in each point; `at` rises."""
    found = np.full((len(wanted) + 3, n), np.nan)
    filled, begins = np.unique(at, return_index=True)
    edges = pairwise([*begins.tolist(), len(at)])
    for point, (begin, end) in zip(filled.tolist(), edges, strict=True):
        some = np.sort(rtts[begin:end])
        rank = [max(1, -(-q.numerator * len(some) // q.denominator)) - 1 for q in wanted]
        found[:-1, point] = some[[*rank, 0, -1]]
        found[-1, point] = some.mean()
    found /= UNITS_PER_SECOND
    return found[:-3], found[-3], found[-2], found[-1]


def _jitter(found: Sequence[Rounds], of_rtt: Sequence[Ints], n: int) -> Floats:
    """Mean distance of neighbouring packets in seconds; it counts where the later one lies."""
    total, pairs = np.zeros(n), np.zeros(n)
    for rounds, at in zip(found, of_rtt, strict=True):
        neighbour = _neighbours(rounds)
        np.add.at(total, at[1:][neighbour], np.abs(np.diff(rounds.rtts))[neighbour].astype(np.float64))
        np.add.at(pairs, at[1:][neighbour], 1)
    return np.where(pairs > 0, total / np.maximum(pairs, 1) / UNITS_PER_SECOND, np.nan)


def _neighbours(rounds: Rounds) -> NDArray[np.bool_]:
    """Of each RTT but the first, whether the packet just before was answered too (RFC 3393, RFC 5481).

    Rounds that follow each other are joined, as in statements (sla/variation.py): a lost packet, a round
    left out and one of which only counts are known break the pair.
    """
    lengths = np.diff(rounds.first)
    anew = np.ones(len(rounds), np.bool_)
    anew[1:] = (np.diff(rounds.at_ms) != rounds.every_ms) | (lengths[:-1] == 0)
    paired = np.concatenate([[False], rounds.answered])
    paired[rounds.first[:-1][anew]] = False
    return paired[:-1][rounds.answered][1:]
