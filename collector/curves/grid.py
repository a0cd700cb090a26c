"""How a time is cut into points: round steps that everybody can read off an axis. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST, MOST, USUAL = 50, 2_000, 800
"""Points that may be asked for."""
DAY_MS = 86_400_000
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200)
_STEPS_MS = tuple(1_000 * seconds for seconds in _SECONDS)


@dataclass(frozen=True, slots=True)
class Grid:
    """`n` points of `step_ms` each; the first begins at `start_ms`, a multiple of the step."""

    start_ms: int
    step_ms: int
    n: int

    @property
    def at_ms(self) -> NDArray[np.int64]:
        """Where each point begins, shape (n,)."""
        return self.start_ms + self.step_ms * np.arange(self.n, dtype=np.int64)

    def place(self, at_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """In which point each of the times lies."""
        return (at_ms - self.start_ms) // self.step_ms


def grid(from_ms: int, to_ms: int, points: int, least_ms: int) -> Grid:
    """At most `points` points over [from, to), none shorter than `least_ms`; raises ValueError.

    Steps are 1, 2, 5, 10, 15 or 30 seconds or minutes, 1, 2, 3, 6 or 12 hours, or whole days.
    """
    if from_ms >= to_ms:
        raise ValueError("the time ends before it begins, or at once: `to` must be later than `from`")
    if not FEWEST <= points <= MOST:
        raise ValueError(f"{points} points: ask for {FEWEST} to {MOST}")
    whole_days = DAY_MS * max(1, -(-least_ms // DAY_MS), (to_ms - from_ms) // DAY_MS // points)
    for step_ms in (*(step for step in _STEPS_MS if step >= least_ms), whole_days):
        if (found := _cut(from_ms, to_ms, step_ms)).n <= points:
            return found
    while found.n > points:
        whole_days += DAY_MS
        found = _cut(from_ms, to_ms, whole_days)
    return found


def _cut(from_ms: int, to_ms: int, step_ms: int) -> Grid:
    start_ms = from_ms // step_ms * step_ms
    return Grid(start_ms, step_ms, -(-(to_ms - start_ms) // step_ms))
