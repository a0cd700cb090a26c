"""What isn't as it was: levels that changed and stayed, and excursions that came back. Pure.

Each day is held against the 28 days before it (baseline.py). An alarm (alarms.py) that lasts a day is a
shift: its time is the most likely split of the five-minute values, its size the difference of the medians
of the days before and after, both without their season. What was before it is then moved by its size, so
that the new level is what is usual from there on and a return to the old one is another shift. An alarm
that doesn't last is an excursion where 4 of 5 points were far off, and nothing where CUSUM alone rose.

Loss is counted, not measured: of fifteen packets in five minutes mostly none is lost. Its levels are
means, its CUSUM is one of counts (which makes excursions too), and what lasts is told by the packets of
some five minutes together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from collector.analysis.alarms import (
    LIMIT,
    NO_SUMS,
    USUAL,
    Alarm,
    Bounds,
    Sums,
    count_steps,
    crowded,
    first_alarm,
    z_steps,
)
from collector.analysis.baseline import LEARN_DAYS as LEARN_DAYS
from collector.analysis.baseline import LEAST_DAYS, answered, counting_spread, fitted, known_days, packets_of
from collector.analysis.finding import Finding, Kind
from collector.analysis.habits import Habits
from collector.analysis.kept import ended, moved, without
from collector.analysis.readings import BINS_A_DAY, Floats, NotEnough, Readings
from collector.analysis.season import cells
from collector.analysis.splits import centre, lasting, over, returned, split, spread_of_days
from collector.ledger.bins import BIN_MS

STAYS_DAYS = {"utilisation": 7}
"""How long a change has to last to be a shift, where it isn't one day: a holiday is no change of use."""
_LEARN = LEARN_DAYS * BINS_A_DAY
_LOOK_BACK, _LOOK_ON = 24, 12
"""Steps before an alarm's begin, and after it, among which the split is looked for: two hours, one hour."""
_FEW = 72
"""Steps of a day that have to be known for its level: a quarter."""
_PAUSE = 12
"""Excursions with less than an hour between them are one."""
_LEAST_SPREADS, _LEAST_DAYS_APART = 1.0, 5.0
"""A shift is as large as the spread at least, and five times as large as days usually differ."""
_LEAST_LASTING = 0.35
"""The day after an alarm reaches so much of the level that raised it: its first points are the highest."""
_LEAST_STEPS = 6
"""Loss that CUSUM alone found goes on for half an hour: what is shorter is the edge of an outage."""
_PACKETS, _LOST = 300, 9
"""So many packets together tell whether loss goes on, and so many lost ones that it has lasted a day."""
_SIX_HOURS = 72


def detect(
    readings: Readings, zone: str, *, known: Sequence[Finding] = (), every_days: int = 1
) -> list[Finding] | NotEnough:
    """The shifts and excursions from the 29th day on, by time, as the clock of an IANA zone tells the season.

    `known` was found before in the days that are only learnt from. What is usual is learnt anew every so
    many days: a long history is through the sooner. NotEnough where no day has four weeks before it of which
    three are half known.
    """
    about = f"{readings.metric} of {readings.circuit}"
    if len(readings) <= _LEARN:
        return NotEnough(known_days(answered(readings)), LEARN_DAYS + 1, about=about)
    level = moved(readings, known)
    learnt = without(level, known).values
    cell = cells(readings.at_ms, zone)
    watch = _Watch(readings, level.values, learnt, cell, every=every_days * BINS_A_DAY)
    have = max(watch.through(), default=0)
    if have < LEAST_DAYS:
        return NotEnough(have, LEAST_DAYS, about=about)
    return ended(_joined(watch.found))


@dataclass(slots=True, eq=False)
class _Watch:
    """Goes through the steps, a day (or `every` steps) after the other."""

    readings: Readings
    values: Floats
    learnt: Floats
    """The values as baselines learn them: moved to the level of now, excursions left out."""
    cell: NDArray[np.int16]
    found: list[Finding] = field(default_factory=list)
    habits: Habits = field(default_factory=Habits)
    bounds: Bounds = USUAL
    packets: float = field(init=False)
    together: int = field(init=False)
    """So many steps are taken together to see whether something lasts."""
    free: int = 0
    """Steps before it belong to what was found already."""
    every: int = BINS_A_DAY
    """After so many steps what is usual is learnt anew."""
    learnt_until: int = -(2**62)
    level: Floats = field(init=False)
    spread: Floats = field(init=False)

    def __post_init__(self) -> None:
        held = answered(self.readings)
        self.packets = packets_of(held[~np.isnan(held)], self.readings.metric)
        self.together = int(np.clip(-(-_PACKETS // self.packets), 1, 24)) if self.counts else 1

    @property
    def counts(self) -> bool:
        """Whether the values are counts of packets."""
        return self.readings.metric == "loss"

    @property
    def stays(self) -> int:
        """Steps that a shift lasts."""
        return STAYS_DAYS.get(self.readings.metric, 1) * BINS_A_DAY

    def through(self) -> Iterator[int]:
        """Go through all; gives how many days were known before each look."""
        sums = NO_SUMS
        for begin in range(_LEARN, len(self.values), self.every):
            have = known_days(self.values[begin - _LEARN : begin])
            yield have
            if have >= LEAST_DAYS:
                sums = self._held(begin, min(begin + self.every, len(self.values)), sums)

    def _held(self, begin: int, end: int, sums: Sums) -> Sums:
        """Hold some days against those before them; CUSUM's sums go on.

        What makes them rise isn't learnt as usual before it is judged.
        """
        rising = max(one.height for one in sums) > LIMIT / 2
        if begin - self.learnt_until >= BINS_A_DAY and not rising:
            self._learn(begin)
        if not self.habits.far:
            self.habits.learn(*self._figures(begin - _LEARN, begin), judged=False)
        self.bounds = self.habits.bounds(counts=self.counts)
        at = max(begin, self.free)
        while at < end:
            alarm, sums = self._alarm(at, end, sums)
            if alarm is None:
                break
            at, sums = max(self._judged(alarm), at + 1), NO_SUMS
            self.free = max(self.free, at)
        self.habits.learn(*self._figures(begin, end))
        return sums

    def _learn(self, until: int) -> None:
        before, self.learnt_until = slice(until - _LEARN, until), until
        self.level, self.spread = fitted(
            self.learnt[before], self.cell[before], self.readings.metric, self.packets
        )

    def _alarm(self, at: int, end: int, sums: Sums) -> tuple[Alarm | None, Sums]:
        """The first alarm in [at, end), its places counted from the first value."""
        alarm, after = first_alarm(*self._figures(at, end), sums, self.bounds)
        if alarm is None:
            return None, after
        return replace(alarm, place=alarm.place + at, begin=alarm.begin + at), after

    def _figures(self, begin: int, end: int) -> tuple[Floats, tuple[Floats, Floats]]:
        """How many spreads each value is off, and what it adds to CUSUM's two sums."""
        scores = self._scores(begin, end)
        if not self.counts:
            return scores, z_steps(scores)
        level = self.level[self.cell[begin:end]]
        return scores, count_steps(self.values[begin:end] * self.packets, self.packets, level)

    def _residuals(self, begin: int, end: int) -> Floats:
        return self.values[begin:end] - self.level[self.cell[begin:end]]

    def _scores(self, begin: int, end: int) -> Floats:
        return self._residuals(begin, end) / self.spread[self.cell[begin:end]]

    def _centre(self, values: Floats) -> float:
        return centre(values, counts=self.counts)

    # --- what an alarm comes to

    def _judged(self, alarm: Alarm) -> int:
        """Keep what an alarm comes to; gives the step from which on to look again."""
        sign, place = alarm.sign, alarm.place
        size = self._centre(sign * self._residuals(alarm.begin, place + 1))
        ahead = sign * self._residuals(place, place + self.stays + _LOOK_ON)
        if place + self.stays <= len(self.values) and self._lasts(size, ahead[: self.stays]):
            return self._shifted(alarm)
        until = place + returned(ahead, size / 2, self.together)
        far = crowded(self._scores(alarm.begin, until), sign, self.bounds.far[sign < 0])
        if far.any():
            return self._left(alarm, alarm.begin + int(np.argmax(far)), until)
        return self._left(alarm, place, until, least=_LEAST_STEPS) if self.counts else until

    def _lasts(self, size: float, ahead: Floats) -> bool:
        """Whether residuals that came to lie at about `size` stay there, on the whole."""
        rough = self._centre(ahead)
        if not rough >= _LEAST_LASTING * size > 0:
            return False
        size = min(size, rough)
        return lasting(*over(ahead, size / 2, self._enough(size)))

    def _enough(self, size: float) -> int:
        """So many steps together show a change of a size: by chance alone few of them are below its half."""
        if not self.counts:
            return 1
        return int(np.clip(-(-_LOST // (size * self.packets)), self.together, _SIX_HOURS))

    def _shifted(self, alarm: Alarm) -> int:
        """A shift, by its split and the days before and after it."""
        place, stays = alarm.place, self.stays
        rough = self._centre(self._residuals(place, place + stays))
        at = self._split(alarm, place + _LOOK_ON, rough)
        if at > place:
            return at  # what changes after an alarm didn't raise it, and will raise its own
        size = self._centre(self._residuals(at, at + stays)) - self._before(at)
        spread = float(np.nanmedian(self.spread[self.cell[at : at + stays]]))
        least = 0.0 if self.counts else _LEAST_SPREADS * spread
        if alarm.sign * size <= max(least, _LEAST_DAYS_APART * self._days_apart(at)):
            return place + _LOOK_ON
        was = self._level_before(at)
        known = place + 1 if alarm.far else place + stays
        score = self._score(size, at, at + stays)
        self._keep("shift", (at, None), (was, max(was + size, 0.0)), score, known)
        self.learnt[:at] += size
        self._learn(place + 1)
        return place + 1

    def _score(self, size: float, begin: int, end: int) -> float:
        """How many spreads a size is; of counts the spread is that of all the packets together."""
        if not self.counts:
            return size / float(np.nanmedian(self.spread[self.cell[begin:end]]))
        there = ~np.isnan(self.values[begin:end])
        level = self._centre(self.level[self.cell[begin:end]][there])
        return size / float(counting_spread(np.array(level), self.packets * there.sum()))

    def _days_apart(self, at: int) -> float:
        """How far the levels of the days of four weeks lie from each other: a robust standard deviation.

        Of counts only what is more than chance: that is CUSUM's.
        """
        begin = max(0, at - _LEARN)
        some = self.learnt[begin:at] - self.level[self.cell[begin:at]]
        days = some[len(some) % BINS_A_DAY :].reshape(-1, BINS_A_DAY)
        apart = spread_of_days(days, counts=self.counts)
        if not self.counts:
            return apart
        chance = float(np.nanmean(self.values[begin:at])) / (self.packets * BINS_A_DAY)
        return float(np.sqrt(max(0.0, apart**2 - chance)))

    def _before(self, at: int) -> float:
        """Where the residuals of the day before lie; 0 where too little of it is known."""
        some = self.learnt[max(0, at - self.stays) : at] - self.level[self.cell[max(0, at - self.stays) : at]]
        return self._centre(some) if (~np.isnan(some)).sum() >= _FEW else 0.0

    def _level_before(self, at: int) -> float:
        """Where the last values before lie: a day of them, as far back as they are."""
        some = self.values[max(0, at - _LEARN) : at]
        return self._centre(some[~np.isnan(some)][-self.stays :])

    def _left(self, alarm: Alarm, far: int, until: int, least: int = 0) -> int:
        """An excursion of `least` steps: what was usual at that time of the week, and what was instead."""
        rough = self._centre(self._residuals(max(alarm.begin, far - 4), until))
        at = self._split(alarm, far + 1, rough)
        if until - at < least:
            return until
        known = ~np.isnan(self.values[at:until])
        usual = self._centre(self.level[self.cell[at:until]][known])
        ends = until if until < len(self.values) else None
        was = self._centre(self.values[at:until])
        score = self._score(was - usual, at, until)
        self._keep("excursion", (at, ends), (usual, was), score, far + 1)
        self.learnt[at:until] = np.nan
        return until

    def _split(self, alarm: Alarm, high: int, after: float) -> int:
        """The step at which the residuals came to lie at `after`, looked for up to `high`."""
        low = max(self.free, alarm.begin - _LOOK_BACK)
        return low + split(
            self._residuals(low, high), self.spread[self.cell[low:high]][: len(self.values) - low], after
        )

    def _keep(
        self, kind: Kind, span: tuple[int, int | None], levels: tuple[float, float], score: float, known: int
    ) -> None:
        start, (at, until) = self.readings.start_ms, span
        until_ms = None if until is None else start + until * BIN_MS
        self.found.append(
            Finding(
                *(self.readings.circuit, self.readings.metric, kind, start + at * BIN_MS, until_ms),
                *(*levels, score, start + known * BIN_MS),
            )
        )


def _joined(found: list[Finding]) -> list[Finding]:
    """By time; excursions to the same side with hardly a pause between them are one."""
    done: list[Finding] = []
    for one in sorted(found, key=lambda one: one.at_ms):
        last = done[-1] if done else None
        if last is not None and _same(last, one):
            longer = max(last, one, key=lambda each: abs(each.score))
            done[-1] = replace(longer, at_ms=last.at_ms, until_ms=one.until_ms, known_ms=last.known_ms)
        else:
            done.append(one)
    return done


def _same(last: Finding, one: Finding) -> bool:
    return (
        last.kind == one.kind == "excursion"
        and last.worse == one.worse
        and last.until_ms is not None
        and one.at_ms - last.until_ms <= _PAUSE * BIN_MS
    )
