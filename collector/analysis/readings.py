"""One metric of a circuit in steps of five minutes, and what a whole day of it adds up to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from collector.ledger.bins import BIN_MS

Floats = NDArray[np.float64]
BINS_A_DAY = 288
METRICS = ("rtt", "loss", "jitter", "utilisation")
"""What is analysed: seconds (median RTT, mean delay variation), and ratios (loss; the fuller direction)."""


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """n values of one metric, one every five minutes from `start_ms` (a multiple of BIN_MS) on.

    Seconds or ratios; NaN where nothing was measured or nothing was answered: an absence, never a number.
    """

    circuit: str
    metric: str
    start_ms: int
    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    @property
    def end_ms(self) -> int:
        """Where the last step ends."""
        return self.start_ms + len(self.values) * BIN_MS

    @property
    def at_ms(self) -> NDArray[np.int64]:
        """Where each step begins."""
        return self.start_ms + np.arange(len(self.values), dtype=np.int64) * BIN_MS

    def between(self, from_ms: int, to_ms: int) -> Readings:
        """The steps that begin in [from, to)."""
        first = max(0, -(-(from_ms - self.start_ms) // BIN_MS))
        last = max(first, -(-(to_ms - self.start_ms) // BIN_MS))
        start_ms = self.start_ms + first * BIN_MS
        return Readings(self.circuit, self.metric, start_ms, self.values[first:last])


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the site's calendar: `known` of `steps` five-minute values, and what they were like."""

    circuit: str
    metric: str
    day: date
    known: int
    steps: int
    """276, 288 or 300: a day has 23, 24 or 25 hours."""
    median: float
    mean: float
    p95: float
    highest: float


@dataclass(frozen=True, slots=True)
class NotEnough:
    """There is too little to say anything: `str()` is the sentence that people read."""

    have: int
    need: int
    what: str = "days"
    """Days, weeks, outages ..."""
    about: str = ""
    """Of what there is too little: `rtt of lon-acme`; empty: it is clear from the place."""

    def __str__(self) -> str:
        of = f" of {self.about}" if self.about else ""
        return f"not enough data{of}, {self.have} of {self.need} {self.what}"
