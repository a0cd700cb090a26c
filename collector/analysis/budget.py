"""How long a period's budget of downtime lasts, if outages go on to come as they do. Pure.

Days of the past are drawn anew in blocks of a week (Kuensch 1989), the recent ones more often, and added to
what is spent: over many such futures one sees how often the budget ends before the period, and when. What
is drawn is counted downtime, as the contract's own statements told it. The seconds are floats: nothing here
decides money.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from collector.analysis.forecast import Backtest, BudgetForecast
from collector.analysis.readings import Floats, NotEnough

LEAST_DAYS = 28
LEAST_OUTAGES = 3
"""Of fewer outages nobody can say a pace."""
BLOCK_DAYS = 7
HALF_LIFE_DAYS = 90
"""A day so long ago is drawn half as often as today: the pace is the present one."""
DRAWS = 2_000
DRAWS_BACK = 200
"""Of each forecast of a back-test."""
AT_RISK = 0.1
"""From such a chance on a budget is at risk: the interval holds a day on which it ends."""
TRIED_AT = (5, 10, 15, 20)
"""Days of a month of thirty on which a back-test stands; of other periods the same shares."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Counted downtime of n days from `first` on, without a gap; the last one is the day before `today`."""

    first: date
    seconds: Floats
    """(n,): of each day."""
    outages: int
    """That counted at all."""

    @property
    def today(self) -> date:
        """The first day that isn't in it."""
        return self.first + timedelta(days=len(self.seconds))


@dataclass(frozen=True, slots=True)
class Span:
    """A period: its first and its last day."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Running:
    """A budget of the period that runs."""

    circuit: str
    contract: str
    objective: str
    period: str
    span: Span
    today: date
    budget_seconds: float
    left_seconds: float


def past_of(first: date, today: date, pieces: Iterable[tuple[date, float]], outages: int) -> Past:
    """The days from `first` to before `today` out of (day, counted seconds); others are left out."""
    seconds = np.zeros(max(0, (today - first).days))
    for day, counted in pieces:
        if first <= day < today:
            seconds[(day - first).days] += counted
    return Past(first, seconds, outages)


def forecast(
    running: Running, past: Past, periods: Sequence[Span] = (), *, seed: int = 0
) -> BudgetForecast | NotEnough:
    """When the budget ends; `periods` are closed ones of the past, to try it on.

    Of a budget that is spent no pace is needed to say so.
    """
    spent = running.left_seconds <= 0
    if not spent and (lacking := _lacking(running, past)) is not None:
        return lacking
    days = (running.span.last - running.today).days + 1
    ends = (
        np.zeros(0, np.int64)
        if spent
        else ends_of(past.seconds, running.left_seconds, days, DRAWS, np.random.default_rng(seed))
    )
    likely, earliest, latest = (_reached(ends, share, days) for share in (0.5, 0.1, 0.9))
    return BudgetForecast(
        circuit=running.circuit,
        contract=running.contract,
        objective=running.objective,
        period=running.period,
        budget_seconds=round(running.budget_seconds),
        left_seconds=max(0, round(running.left_seconds)) if spent else max(1, round(running.left_seconds)),
        chance=1.0 if spent else float(np.mean(ends < days)),
        likely=_day(running.today, likely),
        earliest=_day(running.today, earliest),
        latest=_day(running.today, latest),
        tiers=(),
        backtest=backtest(past, periods, running.budget_seconds / running.span.days, seed=seed),
        first=running.span.first,
        last=running.span.last,
        today=running.today,
        days=len(past.seconds),
        outages=past.outages,
    )


def _lacking(running: Running, past: Past) -> NotEnough | None:
    about = f"downtime of {running.circuit}"
    if len(past.seconds) < LEAST_DAYS:
        return NotEnough(len(past.seconds), LEAST_DAYS, about=about)
    if past.outages < LEAST_OUTAGES:
        return NotEnough(past.outages, LEAST_OUTAGES, "outages", about=about)
    return None


def ends_of(past: Floats, left: float, days: int, draws: int, random: np.random.Generator) -> Ints:
    """(draws,): on which of the next days each future has spent `left` (0 is the first; `days`: none)."""
    if days <= 0:
        return np.zeros(draws, np.int64)
    blocks = -(-days // BLOCK_DAYS)
    starts = len(past) - BLOCK_DAYS + 1
    weights = 0.5 ** (np.arange(starts - 1, -1, -1) / HALF_LIFE_DAYS)
    edges = np.cumsum(weights) / weights.sum()
    chosen = np.minimum(np.searchsorted(edges, random.random((draws, blocks))), starts - 1)
    drawn = past[chosen[:, :, None] + np.arange(BLOCK_DAYS)].reshape(draws, -1)[:, :days]
    over = np.cumsum(drawn, axis=1) > left
    return np.where(over.any(axis=1), over.argmax(axis=1), days)


def _reached(ends: Ints, share: float, days: int) -> int | None:
    """The first day by which so large a share of the futures has spent it; None: not in the period."""
    if not len(ends):
        return None
    place = int(np.sort(ends)[max(0, int(np.ceil(share * len(ends))) - 1)])
    return place if place < days else None


def _day(today: date, wait: int | None) -> date | None:
    return None if wait is None else today + timedelta(days=wait)


def backtest(past: Past, periods: Sequence[Span], a_day: float, *, seed: int = 0) -> Backtest | None:
    """The same forecast made in closed periods of the past, with today's budget (seconds for each day).

    The error is in days between the likely end and the one that came; an end that doesn't come is the day
    after the period. It is of the tries in which the budget ended or was at risk: that nothing comes where
    nothing was to be feared is easily said. None where no period has four weeks of history before it.
    """
    random = np.random.default_rng(seed)
    tried = [
        one
        for period in periods
        for share in TRIED_AT
        if (one := _try(past, period, a_day * period.days, share * period.days // 30, random))
    ]
    if not tried:
        return None
    chances = [(chance - came_to_end) ** 2 for _, _, chance, came_to_end in tried]
    errors = [error for error, _, chance, came_to_end in tried if came_to_end or chance >= AT_RISK]
    return Backtest(
        tried=len(tried),
        horizon_days=max(one.days for one in periods),
        error=float(np.mean(errors)) if errors else 0.0,
        unit="days",
        hits=sum(hit for _, hit, _, _ in tried),
        brier=float(np.mean(chances)),
        at_risk=len(errors),
    )


def _try(
    past: Past, period: Span, budget: float, after: int, random: np.random.Generator
) -> tuple[float, bool, float, bool] | None:
    """Error in days, whether what came lay inside, the chance that was given, and whether it ended."""
    begin = (period.first - past.first).days
    origin, end = begin + after, begin + period.days
    if origin < LEAST_DAYS or end > len(past.seconds):
        return None
    left = budget - float(past.seconds[max(begin, 0) : origin].sum())
    if left <= 0:
        return None
    days = end - origin
    ends = ends_of(past.seconds[:origin], left, days, DRAWS_BACK, random)
    over = np.cumsum(past.seconds[origin:end]) > left
    came = int(over.argmax()) if over.any() else days
    low, middle, high = (
        days if at is None else at for at in (_reached(ends, share, days) for share in (0.1, 0.5, 0.9))
    )
    return float(abs(middle - came)), low <= came <= high, float(np.mean(ends < days)), bool(over.any())
