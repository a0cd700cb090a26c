"""Who is better, and whether it is more than noise. Pure.

Two carriers are held against each other by a permutation test: if it made no difference whose circuit
one is, sharing the circuits of both out anew would often give as large a difference of the scores
(Fisher 1935; Good, Permutation Tests, 2005). It needs no shape of what is measured, and is right with
few circuits: with too few no difference is beyond noise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import combinations
from math import comb

import numpy as np

from collector.analysis.drawing import DRAWS, EXACT, Sums, both, scores, shared_out
from collector.analysis.readings import Floats

LEVEL = 0.05
"""So often two carriers that are alike are told apart, a carrier and all its peers taken together."""
_SAME = 1e-9


def beyond_noise(sums: Mapping[str, Sums], weights: Floats, seed: int) -> set[tuple[str, str]]:
    """Each (better, worse) pair whose difference is more than noise.

    Each carrier is compared with all the others, so each pair gets its part of LEVEL (Bonferroni).
    """
    level = LEVEL / max(1, len(sums) - 1)
    found = set()
    for first, second in combinations(sorted(sums), 2):
        gap, chance = difference(sums[first], sums[second], weights, seed)
        if chance <= level:
            found.add((first, second) if gap > 0 else (second, first))
    return found


def difference(first: Sums, second: Sums, weights: Floats, seed: int) -> tuple[float, float]:
    """How much better the first one's score is, and how often chance alone does as much."""
    pool, ways = both(first, second), shared_out(len(first), len(second), seed)
    gaps = scores(pool.values(ways), weights) - scores(pool.values(1 - ways), weights)
    gap = float(gaps[0])
    gaps = gaps[~np.isnan(gaps)]
    if np.isnan(gap):
        return 0.0, 1.0
    return gap, float(np.mean(np.abs(gaps) >= abs(gap) - _SAME))


def tellable(first: int, second: int, carriers: int) -> bool:
    """Whether so many circuits of two carriers could be told apart at all."""
    ways = comb(first + second, first)
    least = (2 if first == second else 1) / (ways if ways <= EXACT else DRAWS)
    return least <= LEVEL / max(1, carriers - 1)


def ranks(known: Mapping[str, float], better: Collection[tuple[str, str]]) -> dict[str, int]:
    """1 + how many are better beyond noise; who has the lower score never stands above the higher one.

    Without the second half a carrier of which little is known would pass one of which much is.
    """
    found: dict[str, int] = {}
    least = 1
    for score in sorted(set(known.values()), reverse=True):
        alike = [name for name, one in known.items() if one == score]
        counts = [1 + sum(worse == name for _, worse in better) for name in alike]
        least = max(least, *counts)
        found |= dict.fromkeys(alike, least)
    return found
