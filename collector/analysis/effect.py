"""Whether a metric moved after something was done, and whether that is more than noise. Pure.

The test is a permutation test on blocks: days beside each other are alike (a busy week, a slow path), so
single days can't be shuffled. The blocks are whole weeks counted from the day of the change, which also
keeps the shape of a week out of it; half weeks where a side has fewer than four. Under "nothing changed"
every way of calling as many of the blocks `before` is as likely as the one that was; the statistic is the
difference of the means of the blocks' medians. Where there are few ways all of them are tried, else so
many by chance from a fixed seed (Good, Permutation, Parametric, and Bootstrap Tests of Hypotheses, 3.2;
the count includes the one that was, Phipson and Smyth 2010). Counts (outages) are tested by the binomial
law: where nothing changed, each of all the outages fell into the days after with their share of the days
(Przyborowski and Wilenski 1940).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np

from collector.analysis.readings import Day, Floats

Verdict = Literal["better", "worse", "no more than noise", "not enough data"]
LEAST_DAYS = 14
"""So many days must be known on each side."""
LEVEL = Fraction(1, 25)
"""A difference that chance makes less often than that is told as one.

One in 25 and not in 20: neighbouring blocks are still a little alike, and with that one in 20 is kept.
"""
EXACT = 5_000
"""So many ways are all tried; of more so many are drawn."""
DRAWN = 9_999
_ROUNDING = 1e-15
"""Sums of the same values in another order differ by so little."""
_WEEK = 7
_WEEKS = 4
"""So many weeks a side can tell chance from change: of 8 there are 70 ways to take 4."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A metric's daily values before and after a day."""

    metric: str
    unit: str
    before: float | None
    """Median of the days before; of outages, how many there were a week."""
    after: float | None
    days_before: int
    days_after: int
    p: float | None
    """The chance of so large a difference if nothing had changed (a permutation test of blocks of days)."""
    verdict: Verdict
    sentence: str


def effect(
    before: Sequence[Day],
    after: Sequence[Day],
    *,
    metric: str,
    about: str,
    seed: int = 0,
    higher_is_better: bool = False,
) -> Effect:
    """Compare the days' medians before and after something was done.

    Each side is in order; days on which nothing was known are to be left out. `about` names what was
    measured (`lon-acme`) in the sentence. Values are seconds or ratios, told as ms or %.
    """
    unit, scale = UNITS.get(metric, ("", 1.0))
    sides = _levels(before, scale), _levels(after, scale)
    old, new = (float(np.median(one)) if len(one) else None for one in sides)
    if old is None or new is None or min(len(before), len(after)) < LEAST_DAYS:
        return _too_little(metric, about, unit, (old, new), (len(before), len(after)))
    blocks = _blocks(before, after)
    if min(map(len, blocks)) < _WEEKS:  # days enough, but scattered
        return _too_little(metric, about, unit, (old, new), _whole(blocks))
    p = permuted(*blocks, seed=seed)
    verdict = _verdict(new - old, p, higher_is_better=higher_is_better)
    said = f"median {_told(old, unit)} before, {_told(new, unit)} after"
    return Effect(metric, unit, old, new, len(before), len(after), p, verdict,
                  _sentence(metric, about, said, (len(before), len(after)), verdict, p))  # fmt: skip


def rate_effect(
    before: int, after: int, *, days_before: int, days_after: int, about: str, metric: str = "outages"
) -> Effect:
    """Compare how many outages there were in so many days before and after."""
    rates = [7 * n / days if days else None for n, days in ((before, days_before), (after, days_after))]
    unit = "a week"
    if min(days_before, days_after) < LEAST_DAYS:
        return _too_little(metric, about, unit, (rates[0], rates[1]), (days_before, days_after))
    p = split(before, after, Fraction(days_after, days_before + days_after))
    old, new = 7 * before / days_before, 7 * after / days_after
    verdict = _verdict(new - old, p, higher_is_better=False)
    said = f"{before} before, {after} after"
    return Effect(metric, unit, old, new, days_before, days_after, p, verdict,
                  _sentence(metric, about, said, (days_before, days_after), verdict, p))  # fmt: skip


UNITS = {
    "rtt": ("ms", 1000.0),
    "jitter": ("ms", 1000.0),
    "loss": ("%", 100.0),
    "utilisation": ("%", 100.0),
    "availability": ("%", 100.0),
}
"""How people read a metric, and how many of that unit make one of the ledger's."""
NAMES = {"rtt": "RTT", "outages": "Outages"}


def permuted(before: Floats, after: Floats, *, seed: int = 0) -> float:
    """Two-sided p of the difference of two groups' means, exact where there are few ways to group."""
    pool, n = np.concatenate((before, after)), len(before)
    if comb(len(pool), n) <= EXACT:
        ways = np.array(list(combinations(range(len(pool)), n)))
        taken = pool[ways].sum(axis=1)
        return float(np.mean(_apart(taken, pool, n) >= _apart(before.sum(), pool, n) - _ROUNDING))
    shuffled = np.random.default_rng(seed).permuted(np.tile(pool, (DRAWN, 1)), axis=1)
    drawn = _apart(shuffled[:, :n].sum(axis=1), pool, n) >= _apart(before.sum(), pool, n) - _ROUNDING
    return float((1 + np.count_nonzero(drawn)) / (DRAWN + 1))


def _apart(taken: Floats | np.float64, pool: Floats, n: int) -> Floats:
    """How far the mean of n of the pool, whose sum is `taken`, lies from the mean of the rest."""
    apart: Floats = np.abs(taken / n - (pool.sum() - taken) / (len(pool) - n))
    return apart


def split(before: int, after: int, share: Fraction) -> float:
    """Two-sided p that `after` of all events fell into a part of the time that is `share` of it.

    The sum of all outcomes that are no likelier than the one that was; exact.
    """
    total = before + after
    chances = [comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(total + 1)]
    return float(sum(one for one in chances if one <= chances[after]))


def _levels(days: Sequence[Day], scale: float) -> Floats:
    return np.array([one.median for one in days], np.float64) * scale


def _whole(blocks: tuple[Floats, Floats]) -> tuple[int, int]:
    """How many days of blocks that are whole enough there are on either side."""
    return min(LEAST_DAYS - 1, 3 * len(blocks[0])), min(LEAST_DAYS - 1, 3 * len(blocks[1]))


def _blocks(before: Sequence[Day], after: Sequence[Day]) -> tuple[Floats, Floats]:
    """The medians of whole blocks of days, counted from the change: those beside it are whole."""
    old = [((before[-1].day - one.day).days, one) for one in before]
    new = [((one.day - after[0].day).days, one) for one in after]
    weeks = _medians(old, 0), _medians(new, 0)
    if min(map(len, weeks)) >= _WEEKS:
        return weeks
    return _medians(old, 4), _medians(new, 4)


def _medians(days: Sequence[tuple[int, Day]], cut: int) -> Floats:
    """By weeks, or each cut in two after `cut` days; a block of which less than half is known is left out."""
    blocks: dict[tuple[int, bool], list[float]] = {}
    weeks = (max(away for away, _ in days) + 1) // _WEEK  # what is left of another has other weekdays
    for away, one in days:
        week, place = divmod(away, _WEEK)
        if week >= weeks:
            continue
        blocks.setdefault((week, bool(cut) and place >= cut), []).append(one.median)
    least = 2 if cut else 4
    return np.array([np.median(some) for some in blocks.values() if len(some) >= least], np.float64)


def _verdict(change: float, p: float, *, higher_is_better: bool) -> Verdict:
    if p > LEVEL or not change:
        return "no more than noise"
    return "better" if (change > 0) is higher_is_better else "worse"


def _too_little(
    metric: str, about: str, unit: str, sides: tuple[float | None, float | None], days: tuple[int, int]
) -> Effect:
    side, have = ("before", days[0]) if days[0] < LEAST_DAYS else ("after", days[1])
    told = f"{_named(metric, about)}: not enough data, {have} of {LEAST_DAYS} days {side}"
    return Effect(metric, unit, *sides, *days, None, "not enough data", told)


def _sentence(metric: str, about: str, said: str, days: tuple[int, int], verdict: Verdict, p: float) -> str:
    chance = "p < 0.001" if p < 0.001 else f"p {p:.3f}" if p < 0.1 else f"p {p:.2f}"
    return f"{_named(metric, about)}: {said} ({days[0]} and {days[1]} days): {verdict}, {chance}"


def _named(metric: str, about: str) -> str:
    name = NAMES.get(metric, metric.capitalize())
    return f"{name} of {about}" if about else name


def _told(value: float, unit: str) -> str:
    digits = f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    if unit == "%":
        digits = f"{value:.4g}"
    return f"{digits}{unit}" if unit == "%" else f"{digits} {unit}".rstrip()
