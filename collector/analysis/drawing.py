"""Circuits drawn again: how far figures and scores would move if other circuits had been bought. Pure.

Circuits are drawn whole, with all their months: months of one circuit are no independent witnesses
(block bootstrap; Efron and Tibshirani, An Introduction to the Bootstrap, 1993, 8.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, sqrt

import numpy as np

from collector.analysis.figures import MEASURES
from collector.analysis.months import Month
from collector.analysis.readings import Floats

DRAWS = 1_000
LEAST_CIRCUITS = 3
"""With fewer nothing says how far they differ."""
SHARE = 0.9
EXACT = 6_000
"""So many ways to share circuits out are all tried; of more as many as DRAWS are drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What stands above and below each figure's line: two arrays of circuits x figures (as MEASURES)."""

    above: Floats
    below: Floats

    def __len__(self) -> int:
        return len(self.above)

    def values(self, drawn: Floats | None = None) -> Floats:
        """Draws x figures: the figures when each circuit is taken `drawn` (draws x circuits) times."""
        taken = np.ones((1, len(self))) if drawn is None else drawn
        above, below = taken @ self.above, taken @ self.below
        found: Floats = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
        return found


def sums_of(circuits: Sequence[Sequence[Month]], weights: Sequence[float]) -> Sums:
    """A carrier's sums, a row a circuit."""
    each = np.array([[one.sums(months) for one in MEASURES] for months in circuits], dtype=np.float64)
    each = each.reshape(len(circuits), len(MEASURES), 2) * np.array(weights).reshape(-1, 1, 1)
    return Sums(each[:, :, 0], each[:, :, 1])


def both(first: Sums, second: Sums) -> Sums:
    """The circuits of two carriers, those of the first before."""
    return Sums(np.vstack([first.above, second.above]), np.vstack([first.below, second.below]))


def points(values: Floats) -> Floats:
    """What each figure gives of 100; NaN where it isn't known."""
    return np.column_stack([one.points(values[:, place]) for place, one in enumerate(MEASURES)])


def scores(values: Floats, weights: Floats) -> Floats:
    """The weighed mean of what is known, for each draw; NaN where nothing is."""
    given = points(values)
    counts = np.where(np.isnan(given), 0.0, weights)
    whole = counts.sum(axis=1)
    total = np.where(counts > 0, np.nan_to_num(given) * counts, 0.0).sum(axis=1)
    found: Floats = np.divide(total, whole, out=np.full_like(total, np.nan), where=whole > 0)
    return found


def resampled(circuits: int, seed: int) -> Floats:
    """How often each circuit is taken in each draw with replacement."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(circuits, [1 / circuits] * circuits, size=DRAWS).astype(np.float64)


def interval(value: float, draws: Floats, circuits: int) -> tuple[float | None, float | None]:
    """Where 90% of the draws lie, spread by sqrt(n/(n-1)): n circuits vary less among themselves.

    None where there are too few circuits or nothing differs: that is no certainty.
    """
    known = draws[~np.isnan(draws)]
    if circuits < LEAST_CIRCUITS or len(known) < DRAWS // 2 or np.ptp(known) <= 1e-12 * abs(value):
        return None, None
    spread = sqrt(circuits / (circuits - 1))
    low, high = np.quantile(known, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return min(value, value + spread * (float(low) - value)), max(
        value, value + spread * (float(high) - value)
    )


def shared_out(first: int, second: int, seed: int) -> Floats:
    """Ways to share out the circuits of two carriers between them, the true one first: rows of 1 and 0."""
    whole = first + second
    if comb(whole, first) <= EXACT:
        chosen = np.array(list(combinations(range(whole), first)), dtype=np.intp).reshape(-1, first)
    else:
        order = np.random.default_rng(seed).random((DRAWS - 1, whole)).argsort(axis=1)
        chosen = np.vstack([np.arange(first), order[:, :first]])
    ways = np.zeros((len(chosen), whole))
    np.put_along_axis(ways, chosen, 1.0, axis=1)
    return ways
