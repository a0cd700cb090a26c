"""Which references answered lately: the growing twin of `blame.Witnesses`. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

KEEP_MS = 2 * 3_600_000
"""Longer than a round waits to be asked about, beside the references' reach."""

TAIL = 16
"""So many stretches are kept over a restart: each is as long as the references went on answering."""


@dataclass
class WitnessLog:
    """Stretches in which a reference of ours answered, as disjoint [begin, end) in ms, in order.

    `reach_ms` is the longest reference interval, `needed` False where a site has no reference and
    accepts that failures count.
    """

    reach_ms: int
    needed: bool = True
    begins: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, at_ms: int, every_ms: int) -> None:
        """A reference answered in the slot `at_ms`."""
        begin, end = at_ms, at_ms + every_ms
        low, high = bisect_left(self.ends, begin), bisect_right(self.begins, end)
        if low < high:
            begin, end = min(begin, self.begins[low]), max(end, self.ends[high - 1])
        self.begins[low:high] = [begin]
        self.ends[low:high] = [end]
        if self.ends[0] < at_ms - KEEP_MS - 2 * self.reach_ms and len(self.ends) > 1:
            del self.begins[0], self.ends[0]

    def rewind(self, now_ms: int) -> None:
        """The clock stepped back: what answered at a time that is still to come says nothing of it."""
        kept = bisect_left(self.begins, now_ms)
        del self.begins[kept:], self.ends[kept:]
        if self.ends:
            self.ends[-1] = min(self.ends[-1], now_ms)

    def saw(self, first_ms: int, last_ms: int) -> bool:
        """Whether a reference answered around packets sent from `first_ms` to `last_ms`, or on both sides."""
        if not self.needed:
            return True
        i = bisect_right(self.ends, first_ms)
        before = i > 0 and self.ends[i - 1] >= first_ms - self.reach_ms
        after = i < len(self.begins) and self.begins[i] <= last_ms + self.reach_ms
        return (i < len(self.begins) and self.begins[i] <= last_ms) or (before and after)

    def touches(self, begin_ms: int, end_ms: int) -> bool:
        """Whether any stretch has a part in [begin, end)."""
        i = bisect_right(self.ends, begin_ms)
        return i < len(self.begins) and self.begins[i] < end_ms

    def tail(self) -> list[list[int]]:
        """The newest stretches, as JSON can hold them."""
        return [self.begins[-TAIL:], self.ends[-TAIL:]]

    def restore(self, tail: Sequence[Sequence[int]]) -> None:
        """Go on from a `tail`, unless something newer is known."""
        if not self.begins:
            self.begins, self.ends = map(list, tail)

    def decided_ms(self, last_ms: int) -> int:
        """By when every reference slot that could bear witness has begun and ended."""
        return last_ms + 2 * self.reach_ms if self.needed else last_ms
