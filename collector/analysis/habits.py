"""What a line does again and again is usual, even where its cells of the week don't show it. Pure.

Backups that come once a week, a second path that some minutes take, traffic in bursts: four weeks of
medians know nothing of them, and each would be told each time. So an alarm has to go further than what
was reached on three of the last 28 days: the first few are told, and then no more until it gets worse.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from collector.analysis.alarms import ENOUGH, FAR, Bounds, crowding, risen
from collector.analysis.readings import BINS_A_DAY, Floats

_DAYS = 28
_OFTEN = 3
"""On so many days it is a habit; on fewer it may still be news."""
_MARGIN = 1.5
"""So much further than a habit is news."""


@dataclass(slots=True)
class Habits:
    """How far figures went on the days before: 4 of 5 points, and CUSUM; upwards and downwards."""

    far: deque[tuple[float, ...]] = field(default_factory=lambda: deque(maxlen=_DAYS))
    sums: deque[tuple[float, ...]] = field(default_factory=lambda: deque(maxlen=_DAYS))

    def learn(self, scores: Floats, steps: tuple[Floats, Floats], *, judged: bool = True) -> None:
        """Some days more: their figures in spreads, and what each adds to CUSUM.

        Of days that nobody has judged, and whose figures lie off for most of a day, only what stands out of
        the day counts: a level that changed is no habit.
        """
        for begin in range(0, len(scores), BINS_A_DAY):
            day = scores[begin : begin + BINS_A_DAY]
            if not judged:
                known = day[~np.isnan(day)]
                day = day - np.median(known) if len(known) else day
            self.far.append((_reached(day, 1), _reached(day, -1)))
            added = (risen(one[begin : begin + BINS_A_DAY], 0.0) for one in steps)
            self.sums.append(tuple(float(one.max(initial=0)) for one in added))

    def bounds(self, *, counts: bool) -> Bounds:
        """What an alarm has to go beyond now; of counts CUSUM makes excursions, and has a habit too."""
        usual = Bounds()
        limit = _beyond(self.sums, usual.limit) if counts else usual.limit
        return Bounds(_beyond(self.far, usual.far), limit)


def _reached(scores: Floats, sign: int) -> float:
    """What 4 of 5 points reached at most; 0 where it is too little to move a bound."""
    if np.count_nonzero(sign * scores > FAR / _MARGIN) < ENOUGH:
        return 0.0
    return float(crowding(scores, sign).max())


def _beyond(days: deque[tuple[float, ...]], least: tuple[float, float]) -> tuple[float, float]:
    if len(days) < _OFTEN:
        return least
    up, down = np.sort(np.array(days), axis=0)[-_OFTEN] * _MARGIN
    return max(least[0], float(up)), max(least[1], float(down))
