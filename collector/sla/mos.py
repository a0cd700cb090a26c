"""Mean opinion score by ITU-T G.107's E-model: of each round that has an answer, then the mean.

The shortcut is exact: the score of a round is a cubic in its delay, so that sums of the first three
powers of the rounds' delays, in integers, give the sum of the scores. The full delay impairment is
irrational beyond 100 ms: there each round's score is rounded to 12 places, which no promise sees.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal

import numpy as np

from collector.sla.packets import UNITS_PER_MS
from collector.sla.tracks import Ints

_BEST = Fraction("93.2")
_CUBIC = (Fraction(1), Fraction("-0.007"), Fraction("0.00112"), Fraction("-0.000007"))
"""1 + 0.035R + R(R-60)(100-R)*7e-6, by powers of R."""
_KNEE_MS, _SLOPE, _STEEPER = Fraction("177.3"), Fraction("0.024"), Fraction("0.11")
_FREE_MS = 100
_PLACES = 12
_LIMB_BITS = 13
"""Three limbs multiplied and added up 2^24 times stay inside of 64 bits."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How a codec takes loss: its equipment impairment and its robustness, and how bursty the loss is."""

    ie: Fraction
    bpl: Fraction
    burst: Fraction = Fraction(1)

    def rating(self, loss_percent: Fraction) -> Fraction:
        """R without any delay."""
        ie_eff = self.ie
        if loss_percent:
            ie_eff += (95 - self.ie) * loss_percent / (loss_percent / self.burst + self.bpl)
        return _BEST - ie_eff


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Rounds with an answer, shape (n,): the sum of their delays in units of 100 ns, and packets."""

    units: Ints
    answered: Ints
    lost: Ints
    sent: Ints

    def alike(self) -> Iterator[tuple[Ints, int, Fraction]]:
        """The sums of rounds with the same number of answers and share of loss, with both of these."""
        size = int(self.sent.max(initial=0)) + 1
        kind = (self.answered * size + self.lost) * size + self.sent
        order = np.argsort(kind, kind="stable")
        begins = np.flatnonzero(np.diff(kind[order], prepend=-1))
        for rows in np.split(order, begins[1:]) if len(begins) else ():
            one = int(rows[0])
            percent = Fraction(100 * int(self.lost[one]), int(self.sent[one]))
            yield self.units[rows], int(self.answered[one]), percent


def score(rating: Fraction) -> Fraction:
    """MOS of a rating R, 1 to 4.5, exactly."""
    if rating <= 0:
        return Fraction(1)
    if rating >= 100:
        return Fraction("4.5")
    return max(Fraction(1), sum((c * rating**power for power, c in enumerate(_CUBIC)), Fraction(0)))


def mean_score(
    rounds: Answers, codec: Codec, *, one_way: Fraction, method: Literal["shortcut", "full"]
) -> Fraction | None:
    """The mean of the rounds' scores; None without any. `one_way` is the share of a delay that is one way."""
    sum_of = _shortcut if method == "shortcut" else _full
    total = Fraction(0)
    for units, answered, loss_percent in rounds.alike():
        unit_ms = one_way / (answered * UNITS_PER_MS)
        total += sum_of(units, unit_ms, codec.rating(loss_percent))
    return total / len(rounds.units) if len(rounds.units) else None


def _shortcut(units: Ints, unit_ms: Fraction, rating: Fraction) -> Fraction:
    """The scores' sum with Id = 0.024d + 0.11(d - 177.3) where that is above 0."""
    beyond = units > int(_KNEE_MS / unit_ms)
    near = _sum_of_line(units[~beyond], rating, _SLOPE * unit_ms)
    if not beyond.any():
        return near
    return near + _sum_of_line(units[beyond], rating + _STEEPER * _KNEE_MS, (_SLOPE + _STEEPER) * unit_ms)


def _full(units: Ints, unit_ms: Fraction, rating: Fraction) -> Fraction:
    """The scores' sum with Idd = 25((1+X^6)^(1/6) - 3(1+(X/3)^6)^(1/6) + 2), X = log2(d/100), over 100 ms."""
    beyond = units > int(_FREE_MS / unit_ms)
    near = int(np.count_nonzero(~beyond)) * score(rating)
    x = np.log2(units[beyond] * float(unit_ms / _FREE_MS))
    impairment = 25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2)
    left = np.clip(float(rating) - impairment, 0, 100)
    scores = np.maximum(1, 1 + 0.035 * left + left * (left - 60) * (100 - left) * 7e-6)
    whole = np.rint(scores * 10**_PLACES).astype(np.int64)
    parts = np.array_split(whole, 1 + len(whole) // 2**20)  # so that no sum leaves 64 bits
    return near + Fraction(sum(int(part.sum()) for part in parts), 10**_PLACES)


def _sum_of_line(units: Ints, rating: Fraction, slope: Fraction) -> Fraction:
    """The sum of the scores of R = rating - slope * units."""
    top = int(units.max(initial=0)) + 1
    bottom = bisect_left(range(top), True, key=lambda one: score(rating - slope * one) == 1)
    curved = units[units < bottom]
    n, first, second, third = _power_sums(curved)
    powers = (
        Fraction(n),
        rating * n - slope * first,
        rating**2 * n - 2 * rating * slope * first + slope**2 * second,
        rating**3 * n - 3 * rating**2 * slope * first + 3 * rating * slope**2 * second - slope**3 * third,
    )
    cubic = sum((c * one for c, one in zip(_CUBIC, powers, strict=True)), Fraction(0))
    return cubic + len(units) - n


def _power_sums(units: Ints) -> tuple[int, int, int, int]:
    """How many, their sum, the sum of their squares and of their cubes, exactly."""
    bits = int(units.max(initial=0)).bit_length()
    shifts = range(0, bits, _LIMB_BITS)
    limbs = [(units >> shift) & (2**_LIMB_BITS - 1) for shift in shifts]
    pairs = list(product(zip(limbs, shifts, strict=True), repeat=2))
    products = [(one * other, shift + more) for (one, shift), (other, more) in pairs]
    squares = sum(int(one.sum()) << shift for one, shift in products)
    cubes = sum(
        int(one @ limb) << (shift + more)
        for (one, shift), (limb, more) in product(products, zip(limbs, shifts, strict=True))
    )
    return len(units), int(units.sum()), squares, cubes
