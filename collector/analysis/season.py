"""Where a time lies in the week as people live it: weekday or weekend, and which five minutes. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from collector.analysis.readings import BINS_A_DAY
from collector.ledger.bins import BIN_MS

DAY_MS = 86_400_000
CELLS = 2 * BINS_A_DAY
"""The five minutes of a weekday, then those of a day of the weekend."""
_QUARTER_MS = 900_000
"""Clocks are changed at quarters of an hour."""
_THURSDAY = 3
"""The weekday of 1 January 1970, from Monday on."""


def cells(at_ms: NDArray[np.int64], zone: str) -> NDArray[np.int16]:
    """The cell of each time, 0 to CELLS - 1, by the clock of an IANA zone; `at_ms` rises.

    Of an hour that comes twice both go to the same cells, and one that is left out is in none. The weekend
    is Saturday and Sunday everywhere: where it isn't, days differ more, and bands are wider.
    """
    here = at_ms + offsets_ms(at_ms, zone)
    day = here // DAY_MS
    weekend = (day + _THURSDAY) % 7 >= 5
    return (here % DAY_MS // BIN_MS + np.where(weekend, BINS_A_DAY, 0)).astype(np.int16)


def offsets_ms(at_ms: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """How far the zone's clock is ahead of UTC at each time; `at_ms` rises."""
    if not len(at_ms):
        return np.zeros(0, np.int64)
    first, last = int(at_ms[0]) // DAY_MS, int(at_ms[-1]) // DAY_MS
    begin, ahead = [], []
    for day in range(first, last + 1):
        for from_ms, offset_ms in _of_day(zone, day):
            begin.append(from_ms)
            ahead.append(offset_ms)
    place = np.searchsorted(np.array(begin), at_ms, "right") - 1
    found: NDArray[np.int64] = np.array(ahead, np.int64)[place]
    return found


@lru_cache(4096)
def _of_day(zone: str, day: int) -> tuple[tuple[int, int], ...]:
    """From when on which offset, of a day of UTC: one, or two where the clock is changed."""
    begin, end = day * DAY_MS, (day + 1) * DAY_MS
    clock = ZoneInfo(zone)
    before, after = _offset_ms(clock, begin), _offset_ms(clock, end - _QUARTER_MS)
    if before == after:
        return ((begin, before),)
    low, high = begin, end - _QUARTER_MS
    while high - low > _QUARTER_MS:
        middle = low + (high - low) // _QUARTER_MS // 2 * _QUARTER_MS
        low, high = (middle, high) if _offset_ms(clock, middle) == before else (low, middle)
    return ((begin, before), (high, after))


def _offset_ms(clock: ZoneInfo, at_ms: int) -> int:
    ahead = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(clock).utcoffset()
    return int(ahead.total_seconds()) * 1000 if ahead else 0
