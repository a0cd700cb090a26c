"""Sets of instants: the algebra under timelines, outages and windows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

_start, _end = itemgetter(0), itemgetter(1)


@dataclass(frozen=True, slots=True)
class Spans:
    """Sorted, disjoint, never touching pairs [start, end) in UTC milliseconds.

    Each set of instants has one form only, so that how it was cut on the way never shows.
    """

    pairs: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> Spans:
        """The union of `pairs` in any order; what touches or overlaps is joined, empty ones are none."""
        joined: list[tuple[int, int]] = []
        for start, end in sorted(pair for pair in pairs if pair[0] < pair[1]):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        return cls(tuple(joined))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def total_ms(self) -> int:
        """How long they last together."""
        return sum(end - start for start, end in self.pairs)

    def __or__(self, other: Spans) -> Spans:
        """What is in either."""
        return Spans.of((*self.pairs, *other.pairs))

    def __and__(self, other: Spans) -> Spans:
        """What is in both."""
        found, mine, theirs = list[tuple[int, int]](), 0, 0
        while mine < len(self.pairs) and theirs < len(other.pairs):
            (start, end), (begin, until) = self.pairs[mine], other.pairs[theirs]
            both = (max(start, begin), min(end, until))
            if both[0] < both[1]:
                found.append(both)
            if end <= until:
                mine += 1
            else:
                theirs += 1
        # Between two of them is a gap of either set: they are sorted and never touch.
        return Spans(tuple(found))

    def __sub__(self, other: Spans) -> Spans:
        """What is in these and not in `other`."""
        if not self.pairs or not other.pairs:
            return self
        return self & other.inverse(self.pairs[0][0], self.pairs[-1][1])

    def clip(self, start_ms: int, end_ms: int) -> Spans:
        """What lies in [start, end)."""
        if start_ms >= end_ms:
            return Spans()
        first = bisect_right(self.pairs, start_ms, key=_end)
        last = bisect_left(self.pairs, end_ms, key=_start)
        inside = list(self.pairs[first:last])
        if inside:
            inside[0] = (max(inside[0][0], start_ms), inside[0][1])
            inside[-1] = (inside[-1][0], min(inside[-1][1], end_ms))
        return Spans(tuple(inside))

    def inverse(self, start_ms: int, end_ms: int) -> Spans:
        """What of [start, end) is not in these."""
        edges = [(start_ms, start_ms), *self.clip(start_ms, end_ms), (end_ms, end_ms)]
        gaps = ((before[1], after[0]) for before, after in pairwise(edges))
        return Spans(tuple(gap for gap in gaps if gap[0] < gap[1]))

    def groups(self, within_ms: int) -> Iterator[Spans]:
        """The spans in groups whose neighbours are less than `within_ms` apart; gaps stay gaps."""
        group: list[tuple[int, int]] = []
        for pair in self.pairs:
            if group and pair[0] - group[-1][1] >= within_ms:
                yield Spans(tuple(group))
                group = []
            group.append(pair)
        if group:
            yield Spans(tuple(group))

    def without_first(self, ms: int) -> Spans:
        """These without their first `ms` milliseconds, however many spans that takes."""
        left: list[tuple[int, int]] = []
        for start, end in self.pairs:
            begin = min(end, start + ms)
            ms -= begin - start
            left.append((begin, end))
        return Spans.of(left)

    def hold(self, at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the instants lie inside; shape as `at_ms`."""
        starts = np.array([start for start, _ in self.pairs], np.int64)
        ends = np.array([end for _, end in self.pairs], np.int64)
        return np.searchsorted(starts, at_ms, "right") > np.searchsorted(ends, at_ms, "right")
