"""What was found before beside what is found now: each night looks at the last weeks again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from collector.analysis.baseline import answered
from collector.analysis.finding import Finding
from collector.analysis.readings import Readings
from collector.ledger.bins import BIN_MS

DAY_MS = 86_400_000
_BACK = 0.5
"""A level is back where it was when less than so much of a shift is left."""


def levelled(readings: Readings, known: Iterable[Finding]) -> Readings:
    """Readings as baselines are to learn them: on the last level, and without what was no usual time.

    `known` was found before the time that is watched; a shift that nobody knew of would be found again
    weeks later, when the baseline has half forgotten the old level.
    """
    known = list(known)
    return without(moved(readings, known), known)


def moved(readings: Readings, known: Iterable[Finding]) -> Readings:
    """Readings on the last level; of loss without outages, which are looked for on the level that was.

    Values may come to lie below 0: a mean of counts that is cut there is no mean.
    """
    values = answered(readings).copy()
    for one in known:
        if one.kind == "shift":
            values[: _place(readings, one.at_ms)] += one.after - one.before
    return replace(readings, values=values)


def without(readings: Readings, known: Iterable[Finding]) -> Readings:
    """Readings without excursions."""
    values = readings.values.copy()
    for one in known:
        if one.kind == "excursion":
            until = len(values) if one.until_ms is None else _place(readings, one.until_ms)
            values[_place(readings, one.at_ms) : until] = np.nan
    return replace(readings, values=values)


def merged(
    before: Sequence[Finding], found: Sequence[Finding], from_ms: int, seen_until_ms: int
) -> list[Finding]:
    """What stands once [from, ...) was looked at again: what is older stays, all else is as found now.

    Something found within a day of `from_ms` that goes on from what is kept is told once; an excursion
    that is kept without an end has the end that is known now, and if none is, that of what was seen.
    """
    old = [one for one in before if one.at_ms < from_ms]
    fresh = []
    for one in found:
        if one.at_ms < from_ms:
            continue
        place = next((i for i, kept in enumerate(old) if _goes_on(kept, one, from_ms)), None)
        if place is None:
            fresh.append(one)
        elif one.kind == "excursion":
            old[place] = replace(old[place], until_ms=one.until_ms)
    return ended(
        replace(one, until_ms=max(seen_until_ms, one.at_ms))
        if one.kind == "excursion" and one.until_ms is None and one.at_ms < from_ms - DAY_MS
        else one
        for one in (*old, *fresh)
    )


def ended(found: Iterable[Finding]) -> list[Finding]:
    """The findings of a metric, in order: a shift lasts until another one brings its level back."""
    found = list(found)
    shifts = [one for one in found if one.kind == "shift"]
    return [replace(one, until_ms=_back_ms(one, shifts)) if one.kind == "shift" else one for one in found]


def _back_ms(one: Finding, shifts: Sequence[Finding]) -> int | None:
    size = one.after - one.before
    return next(
        (
            each.at_ms
            for each in shifts
            if each.at_ms > one.at_ms
            and each.worse is not one.worse
            and (each.after - one.before) / size < _BACK
        ),
        None,
    )


def news(before: Iterable[Finding], now: Iterable[Finding], since_ms: int) -> list[Finding]:
    """What of `now` nobody could have been told before: known since then, and not found already."""
    before = list(before)
    return [
        one
        for one in now
        if one.known_ms > since_ms
        and not any(_alike(old, one) and abs(old.at_ms - one.at_ms) <= DAY_MS for old in before)
    ]


def is_open(one: Finding, now_ms: int) -> bool:
    """Whether it is to be minded now: for the worse, not over, and of a level that it is new for a week."""
    young = one.kind == "excursion" or one.at_ms > now_ms - 7 * DAY_MS
    return one.worse and one.until_ms is None and young


def _goes_on(kept: Finding, one: Finding, from_ms: int) -> bool:
    if not _alike(kept, one) or one.at_ms >= from_ms + DAY_MS:
        return False
    last_ms = kept.at_ms if kept.kind == "shift" else kept.until_ms
    return last_ms is None or last_ms >= one.at_ms - DAY_MS


def _alike(a: Finding, b: Finding) -> bool:
    return (a.metric, a.kind, a.worse) == (b.metric, b.kind, b.worse)


def _place(readings: Readings, at_ms: int) -> int:
    """The step that begins at a time, or the nearest that there is."""
    return min(max((at_ms - readings.start_ms) // BIN_MS, 0), len(readings))
