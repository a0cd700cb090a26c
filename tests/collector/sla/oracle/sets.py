"""Sets of time as plain lists of (from, to), half open, sorted, neither overlapping nor touching."""

from __future__ import annotations

from collections.abc import Iterable

Pair = tuple[int, int]
Times = list[Pair]


def joined(pairs: Iterable[Pair]) -> Times:
    """The union; what touches becomes one."""
    found: Times = []
    for begin, end in sorted(pair for pair in pairs if pair[0] < pair[1]):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def both(one: Iterable[Pair], other: Iterable[Pair]) -> Times:
    """What lies in both."""
    others = list(other)
    return joined((max(a, c), min(b, d)) for a, b in one for c, d in others)


def less(one: Iterable[Pair], other: Iterable[Pair]) -> Times:
    """What lies in `one` and not in `other`."""
    left = list(one)
    for c, d in other:
        left = [part for a, b in left for part in ((a, min(b, c)), (max(a, d), b)) if part[0] < part[1]]
    return joined(left)


def length(times: Iterable[Pair]) -> int:
    """How long it is, in ms."""
    return sum(end - begin for begin, end in times)


def first_of(times: Times, most: int) -> Times:
    """The first `most` ms of it."""
    found: Times = []
    for begin, end in times:
        took = min(end - begin, most)
        found.append((begin, begin + took))
        most -= took
    return joined(found)
