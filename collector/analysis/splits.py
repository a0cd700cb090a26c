"""Where a level became another one, and whether and how long it stayed. Pure.

All take residuals: values less what is usual then; NaN is a gap.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from collector.analysis.readings import Floats

_KNOWN_SHARE = 0.25
"""So much of the time must be known to say that something lasted."""
_BEYOND_SHARE = 0.75
_BACK, _OF = 4, 5
"""So many of so many points in a row are back: it is over."""
_FEW_DAYS = 7
_BOUND = 8.0
"""The most that one point may say for a split: no spike decides."""


def centre(values: Floats, *, counts: bool) -> float:
    """The median of what is known, or the mean of counts; NaN where nothing is."""
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan")
    return float(known.mean() if counts else np.median(known))


def spread_of_days(days: Floats, *, counts: bool) -> float:
    """How far the levels of days (a row each) lie from their middle: 1.4826 MAD; 0 of too few."""
    known = [day for day in days if 4 * (~np.isnan(day)).sum() >= len(day)]
    if len(known) < _FEW_DAYS:
        return 0.0
    levels = np.array([centre(day, counts=counts) for day in known])
    return 1.4826 * float(np.median(np.abs(levels - np.median(levels))))


def split(residuals: Floats, spread: Floats, after: float) -> int:
    """The most likely step at which residuals about 0 became residuals about `after`.

    The likelihood ratio of normal noise around both (Hinkley 1970), each point's part of it within bounds.
    """
    gain = after * (residuals - after / 2) / spread**2
    gain = np.clip(np.nan_to_num(gain), -_BOUND, _BOUND)
    sums = gain[::-1].cumsum()[::-1]
    return int(np.argmax(np.where(np.isnan(residuals), -np.inf, sums)))


def over(residuals: Floats, half: float, together: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which parts of `together` steps each lie beyond `half` on average, and which are known."""
    means = _means(residuals[: len(residuals) // together * together].reshape(-1, together))
    known = ~np.isnan(means)
    return known & (np.nan_to_num(means) > half), known


def lasting(beyond: NDArray[np.bool_], known: NDArray[np.bool_]) -> bool:
    """Whether a change went on for all of the time: three quarters of it, and half of its last quarter."""
    last = -max(1, len(beyond) // 4)
    if known.sum() < _KNOWN_SHARE * len(known) or not known[last:].any():
        return False
    return bool(beyond.sum() >= _BEYOND_SHARE * known.sum() and 2 * beyond[last:].sum() >= known[last:].sum())


def returned(residuals: Floats, half: float, together: int) -> int:
    """The step from which on residuals that were beyond `half` are back; their number where they never are.

    Of points 4 of 5 have to be; of counts the mean of `together` steps, up to the last one beyond.
    """
    if together == 1:
        back = residuals <= half
        near = np.concatenate([[0], back.cumsum()])
        done = np.flatnonzero((near[_OF:] - near[:-_OF] >= _BACK) & back[: max(0, len(back) - _OF + 1)])
        return int(done[0]) if len(done) else len(residuals)
    if len(residuals) < together:
        return len(residuals)
    means = _means(np.lib.stride_tricks.sliding_window_view(residuals, together))
    done = np.flatnonzero(means <= half)
    if not len(done):
        return len(residuals)
    before = np.flatnonzero(np.nan_to_num(residuals[: int(done[0]) + together]) > half)
    return int(before[-1]) + 1 if len(before) else max(1, int(done[0]))


def _means(parts: Floats) -> Floats:
    """The mean of what is known in each row; NaN of a row without any."""
    known = ~np.isnan(parts)
    counts = known.sum(axis=1)
    sums = np.where(known, parts, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
