"""Where a daily figure is heading, and when it reaches a threshold. Pure.

The line is Theil's and Sen's: the median of the slopes of all pairs of days (Theil 1950, Sen 1968), which
a quarter of bad days doesn't move. What a weekday always has above the others is taken out first. How sure
the line is, a bootstrap says: whole weeks of what the line doesn't explain are drawn again and again
(Kuensch 1989: blocks keep what days have in common with their neighbours).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from collector.analysis.forecast import Backtest, Crossing
from collector.analysis.readings import Day, Floats, NotEnough

LEAST_DAYS = 28
"""So many known days are needed, over four weeks at least."""
LEAST_KNOWN = 4
"""A day counts when one in so many of its five-minute values is there."""
HORIZON_DAYS = 730
"""Nobody believes a line further than that."""
LONGEST_DAYS = 400
"""Of so many days all pairs are looked at; of more as many pairs, drawn at random."""
DRAWS = 200
PAIRS = 1_000
"""Of so many pairs, drawn at random, a bootstrap's slopes are the median."""
SURE = (2.5, 97.5)
"""Percentiles of the interval."""
HORIZONS = (60, 30)
"""Days ahead that a back-test tries, the longest for which there is history."""
ORIGINS = 10
"""So many times a back-test stands in the past."""

_APART = 4
"""Weeks between which a level that wanders has gone further than noise."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """A line through n days, `x` days after the last: `level + slope * x`, and what may be as well."""

    level: float
    """Of a middle weekday, on the last day."""
    slope: float
    """A day."""
    weekdays: Floats
    """(7,): what Monday to Sunday have above a middle weekday."""
    slopes: Floats
    """(draws,): of the bootstrap."""
    levels: Floats
    """(draws,): the same."""
    weekly: Floats
    """What whole weeks had above the line: the noise of a week's median."""
    wander: Floats
    """(draws,): how far the level itself wanders in a week, up or down."""
    last: date
    days: int

    @property
    def growing(self) -> bool:
        """Whether it grows beyond noise."""
        return bool(np.percentile(self.slopes, SURE[0]) > 0)

    def ahead(self, days: int) -> tuple[float, float, float]:
        """A week's median so many days ahead: what is likely, and the interval in which it lies."""
        lines = self.levels + self.slopes * days + self.wander * math.sqrt(days / 7)
        drawn = (lines[:, None] + self.weekly[None, :]).ravel()
        low, high = np.percentile(drawn, SURE)
        return self.level + self.slope * days, float(low), float(high)

    def reaches(self, threshold: float) -> tuple[date | None, date | None, date | None]:
        """The days (likely, earliest, latest) on which a middle weekday reaches a threshold above it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            waits = np.where(self.slopes > 0, (threshold - self.levels) / self.slopes, np.inf)
        low = float(np.percentile(waits, SURE[0], method="lower"))
        high = float(np.percentile(waits, SURE[1], method="higher"))
        likely = (threshold - self.level) / self.slope if self.slope > 0 else math.inf
        ends = (likely, min(low, likely), max(high, likely))
        found = [self._day(wait) for wait in ends]
        return found[0], found[1], found[2]

    def _day(self, wait: float) -> date | None:
        if not wait <= HORIZON_DAYS:
            return None
        return self.last + timedelta(days=max(1, math.ceil(wait)))


def known_days(days: Sequence[Day]) -> list[Day]:
    """Those of which enough is known to speak of them, in order."""
    return sorted((one for one in days if one.known * LEAST_KNOWN >= one.steps), key=lambda one: one.day)


def fit(days: Sequence[date], values: Floats, *, seed: int = 0, draws: int = DRAWS) -> Trend | NotEnough:
    """The line through (n,) daily values of known days in order; `seed` draws the bootstrap."""
    if len(days) < LEAST_DAYS:
        return NotEnough(len(days), LEAST_DAYS)
    if (weeks := ((days[-1] - days[0]).days + 1) // 7) < LEAST_DAYS // 7:
        return NotEnough(weeks, LEAST_DAYS // 7, "weeks")
    x = np.array([(one - days[-1]).days for one in days], np.int64)
    of_week = np.array([one.weekday() for one in days], np.int64)
    first = _slope(x, values)
    weekdays = _weekdays(values - first * x, of_week)
    plain = values - weekdays[of_week]
    slope = _slope(x, plain)
    level = float(np.median(plain - slope * x))
    rest = plain - level - slope * x
    weekly = _weekly(x, rest)
    few, wander = _few(len(weekly)), _wander(weekly)
    random = np.random.default_rng(seed)
    slopes, levels = _drawn(x, rest, wander, random, draws)
    return Trend(
        level=level,
        slope=slope,
        weekdays=weekdays,
        slopes=slope + few * slopes,
        levels=level + few * levels,
        weekly=few * weekly,
        wander=wander * random.standard_normal(draws),
        last=days[-1],
        days=len(days),
    )


def crossing(
    days: Sequence[Day], threshold: float, name: str, today: date, *, tried: Backtest | None = None
) -> Crossing | NotEnough:
    """When the days' figure reaches `threshold`; `tried` is what `backtest` said of it.

    No date is before tomorrow. Of utilisation a day's 95th percentile is followed: a line that is full at
    noon is full; of all else a day's mean.
    """
    found = trend(days)
    if isinstance(found, NotEnough):
        return found
    return crossing_of(found, days[0], threshold, name, today, tried=tried)


def crossing_of(
    found: Trend, of: Day, threshold: float, name: str, today: date, *, tried: Backtest | None = None
) -> Crossing:
    """The same of a line that is known; `of` is any of its days."""
    growing, since = found.growing, max(0, (today - found.last).days)
    level = max(0.0, found.level + found.slope * since if growing else found.level)
    reached = level >= threshold
    dates = found.reaches(threshold) if growing and not reached else (None, None, None)
    likely, earliest, latest = (None if at is None else max(at, today + timedelta(days=1)) for at in dates)
    return Crossing(
        circuit=of.circuit,
        metric=of.metric,
        threshold=threshold,
        threshold_name=name,
        level=level,
        a_month=found.slope * 30,
        likely=likely,
        earliest=earliest,
        latest=latest,
        days=found.days,
        backtest=tried,
        growing=growing,
        reached=reached,
    )


def trend(days: Sequence[Day], *, draws: int = DRAWS) -> Trend | NotEnough:
    """The line through the days of one circuit and metric."""
    known = known_days(days)
    about = f"{days[0].metric} of {days[0].circuit}" if days else ""
    found = fit([one.day for one in known], values_of(known), draws=draws)
    return NotEnough(found.have, found.need, found.what, about) if isinstance(found, NotEnough) else found


def values_of(days: Sequence[Day]) -> Floats:
    """(n,): what of each day is followed."""
    return np.array([one.p95 if one.metric == "utilisation" else one.mean for one in days], np.float64)


def backtest(days: Sequence[Day], *, unit: str) -> Backtest | None:
    """The same line drawn at times of the past, beside what came 60 (or 30) days later.

    What came is the median of the week around that day. None: there is too little history for one try.
    """
    known = known_days(days)
    at, values = [one.day for one in known], values_of(known)
    for horizon in HORIZONS:
        tried = [one for origin in _origins(at, horizon) if (one := _try(at, values, origin, horizon))]
        if tried:
            errors = [abs(likely - came) for likely, _, _, came in tried]
            hits = sum(low <= came <= high for _, low, high, came in tried)
            return Backtest(len(tried), horizon, float(np.mean(errors)), unit, hits)
    return None


def _origins(days: Sequence[date], horizon: int) -> list[int]:
    """Places of days, evenly spread, with enough days before each and a horizon behind it."""
    if not days:
        return []
    last = days[-1] - timedelta(days=horizon)
    least = max(LEAST_DAYS, horizon)  # nobody looks further ahead than back
    able = [place for place, day in enumerate(days) if place >= least and day <= last]
    if not able:
        return []
    chosen = np.linspace(0, len(able) - 1, min(ORIGINS, -(-len(able) // 7)))
    return [able[round(float(one))] for one in chosen]


def _try(
    days: Sequence[date], values: Floats, origin: int, horizon: int
) -> tuple[float, float, float, float] | None:
    """What was likely, its interval, and what came."""
    found = fit(days[: origin + 1], values[: origin + 1], seed=origin, draws=DRAWS // 4)
    aim = days[origin] + timedelta(days=horizon)
    if isinstance(found, NotEnough):
        return None
    week = [place for place, day in enumerate(days) if abs((day - aim).days) <= 3]
    if len(week) < LEAST_KNOWN:
        return None
    came = [values[place] - found.weekdays[days[place].weekday()] for place in week]
    return (*found.ahead(horizon), float(np.median(came)))


# --- the arithmetic


def _slope(x: Ints, y: Floats) -> float:
    """The median slope of all pairs (of many days: of as many pairs as LONGEST_DAYS have, drawn)."""
    early, late = _pairs(len(x))
    return float(np.median((y[late] - y[early]) / (x[late] - x[early])))


@cache
def _pairs(n: int) -> tuple[Ints, Ints]:
    if n <= LONGEST_DAYS:
        early, late = np.triu_indices(n, 1)
        return early.astype(np.int64), late.astype(np.int64)
    return _some_pairs(n, LONGEST_DAYS * (LONGEST_DAYS - 1) // 2)


@cache
def _some_pairs(n: int, pairs: int) -> tuple[Ints, Ints]:
    """Pairs (early, late) of n places, drawn with a seed of their own: the same for the same n."""
    random = np.random.default_rng(n)
    one = random.integers(0, n, pairs)
    other = (one + random.integers(1, n, pairs)) % n
    return np.minimum(one, other), np.maximum(one, other)


def _weekdays(flat: Floats, of_week: Ints) -> Floats:
    """(7,): the median of each weekday, the middle weekday's taken as none."""
    found = np.full(7, np.nan)
    for day in range(7):
        some = flat[of_week == day]
        if len(some):
            found[day] = np.median(some)
    centred: Floats = np.nan_to_num(found - np.nanmedian(found))
    return centred


def _weeks(x: Ints, rest: Floats) -> Floats:
    """(weeks, 7): what the line leaves, by whole weeks back from the last day; NaN where no day is known."""
    back = -x
    found = np.full((int(back.max()) // 7 + 1, 7), np.nan)
    found[back // 7, back % 7] = rest
    return found


def _weekly(x: Ints, rest: Floats) -> Floats:
    weeks = _weeks(x, rest)
    whole = weeks[np.count_nonzero(~np.isnan(weeks), axis=1) >= 4]
    return np.asarray(np.nanmedian(whole, axis=1), np.float64) if len(whole) else np.zeros(1)


def _few(weeks: int) -> float:
    """How much wider an interval of so few weeks has to be: Student's t, and what the line took of them.

    The quantile by Cornish's and Fisher's expansion (Abramowitz and Stegun 26.7.5), to the second term.
    """
    free = max(weeks - 2, 1)
    return (1 + 1.211 / free + 1.44 / free**2) * math.sqrt(weeks / free)


def _wander(weekly: Floats) -> float:
    """How far a level wanders in a week: the weeks four apart differ by more than those beside each other.

    Noise alone makes both differ alike, a random walk makes it grow with the time between (the variogram).
    """
    if len(weekly) <= 2 * _APART:
        return 0.0
    near, far = (float(np.mean((weekly[lag:] - weekly[:-lag]) ** 2)) for lag in (1, _APART))
    return math.sqrt(max(0.0, far - near) / (_APART - 1))


def _drawn(
    x: Ints, rest: Floats, wander: float, random: np.random.Generator, draws: int
) -> tuple[Floats, Floats]:
    """Slopes and levels (draws,) that lines through whole weeks of what is left have, drawn anew.

    A day that isn't known in a drawn week takes what is left of a day drawn for it. Where the level wanders,
    each draw wanders on a way of its own that ends where the level is now.
    """
    weeks = _weeks(x, rest)
    gaps = np.isnan(weeks)
    weeks[gaps] = random.choice(rest, np.count_nonzero(gaps))
    chosen = random.integers(0, len(weeks), (draws, len(weeks)))
    made = weeks[chosen].reshape(draws, -1)[:, -x]
    if wander:
        made = made + np.cumsum(wander * random.standard_normal((draws, len(weeks))), axis=1)[:, -x // 7]
    early, late = _some_pairs(len(x), min(PAIRS, len(x) * (len(x) - 1) // 2))
    slopes = np.median((made[:, late] - made[:, early]) / (x[late] - x[early]), axis=1)
    levels = np.median(made - slopes[:, None] * x, axis=1)
    return np.asarray(slopes, np.float64), np.asarray(levels, np.float64)
