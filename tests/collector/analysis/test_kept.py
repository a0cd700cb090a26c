"""What was found before beside what is found now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from collector.analysis.finding import Finding
from collector.analysis.kept import DAY_MS, is_open, levelled, merged, news
from collector.analysis.readings import Readings
from collector.ledger.bins import BIN_MS

FROM = 100 * DAY_MS
SEEN = 120 * DAY_MS


def shift(day: float, before: float = 0.02, after: float = 0.03, until: float | None = None) -> Finding:
    at_ms = round(day * DAY_MS)
    until_ms = None if until is None else round(until * DAY_MS)
    return Finding("a", "rtt", "shift", at_ms, until_ms, before, after, 9.0, at_ms + DAY_MS)


def excursion(day: float, until: float | None = None, after: float = 0.05) -> Finding:
    at_ms = round(day * DAY_MS)
    until_ms = None if until is None else round(until * DAY_MS)
    return Finding("a", "rtt", "excursion", at_ms, until_ms, 0.02, after, 9.0, at_ms + BIN_MS)


def test_what_is_older_stays_and_what_is_younger_is_as_found_now() -> None:
    before = [shift(50), shift(110)]
    assert merged(before, [shift(60), shift(111)], FROM, SEEN) == [shift(50), shift(111)]


@pytest.mark.parametrize(
    ("kept", "found", "stands"),
    [
        (shift(99.5), shift(100.2), [shift(99.5)]),
        (shift(98), shift(100.2), [shift(98), shift(100.2)]),
        (shift(99.5), shift(100.2, after=0.01), [shift(99.5, until=100.2), shift(100.2, after=0.01)]),
        (shift(99.5), shift(101.5), [shift(99.5), shift(101.5)]),
        (excursion(99.9), excursion(100, 100.5), [excursion(99.9, 100.5)]),
        (excursion(99.5), excursion(100), [excursion(99.5)]),
        (excursion(99.5), shift(100.2), [excursion(99.5), shift(100.2)]),
        (excursion(99, 99.2), excursion(100.5, 100.6), [excursion(99, 99.2), excursion(100.5, 100.6)]),
    ],
)
def test_what_goes_on_over_the_begin_is_told_once(
    kept: Finding, found: Finding, stands: list[Finding]
) -> None:
    assert merged([kept], [found], FROM, SEEN) == stands


def test_an_excursion_that_nobody_saw_the_end_of_ended_when_it_was_last_seen() -> None:
    assert merged([excursion(60)], [], FROM, SEEN) == [excursion(60, 120)]


def test_the_same_again_changes_nothing() -> None:
    once = merged([], [shift(110), excursion(112, 112.1)], FROM, SEEN)
    assert merged(once, once, FROM, SEEN) == once


def test_news_is_what_nobody_could_have_been_told() -> None:
    old, later = shift(110), shift(118)
    wobbled = replace(old, at_ms=old.at_ms + DAY_MS // 2, known_ms=SEEN + 1)
    assert news([old], [old, later], 0) == [later]
    assert news([old], [wobbled], 0) == []
    assert news([], [old, later], 112 * DAY_MS) == [later]
    assert news([old], [replace(old, metric="loss")], 0) == [replace(old, metric="loss")]


@pytest.mark.parametrize(
    ("one", "is_so"),
    [
        (shift(114), True),
        (shift(112), False),
        (shift(114, after=0.01), False),
        (excursion(119), True),
        (excursion(119, after=0.01), False),
        (excursion(119, 119.5), False),
        (excursion(60), True),
        (replace(shift(114), until_ms=115 * DAY_MS), False),
    ],
)
def test_open_is_what_goes_on_for_the_worse_or_rose_within_a_week(one: Finding, is_so: bool) -> None:
    assert is_open(one, SEEN) is is_so


@pytest.mark.parametrize(
    ("later", "until"),
    [
        ([(110, 0.03, 0.02)], 110),
        ([(110, 0.03, 0.024)], 110),
        ([(110, 0.03, 0.026)], None),
        ([(110, 0.03, 0.026), (115, 0.026, 0.021)], 115),
        ([(110, 0.03, 0.04)], None),
        ([(110, 0.03, 0.04), (112, 0.04, 0.03)], None),
        ([], None),
    ],
)
def test_a_shift_lasts_until_another_brings_its_level_back(
    later: list[tuple[float, float, float]], until: float | None
) -> None:
    one, *_ = merged([shift(50)], [shift(*each) for each in later], FROM, SEEN)
    assert one.until_ms == (None if until is None else until * DAY_MS)


def test_an_outage_before_a_fall_of_loss_stays_an_outage() -> None:
    """Moved by the fall's size it would be 98% of loss, and learnt."""
    values = np.zeros(9)
    values[2:4] = 1.0
    fall = Finding("a", "loss", "shift", FROM + 7 * BIN_MS, None, 0.02, 0.0, -9.0, FROM)
    found = levelled(Readings("a", "loss", FROM, values), [fall]).values
    np.testing.assert_allclose(found, [-0.02, *[np.nan] * 4, -0.02, -0.02, 0, 0])


def test_readings_are_levelled_by_shifts_and_excursions_are_left_out() -> None:
    readings = Readings("a", "rtt", FROM, np.full(6, 0.02))
    at_ms = FROM + 3 * BIN_MS
    rise = replace(shift(0), at_ms=at_ms)
    found = levelled(readings, [rise, replace(excursion(0), at_ms=FROM, until_ms=FROM + BIN_MS)])
    np.testing.assert_allclose(found.values, [np.nan, 0.03, 0.03, 0.02, 0.02, 0.02])
    fall = replace(rise, before=0.5, after=0.0)
    np.testing.assert_allclose(levelled(readings, [fall]).values, [*[-0.48] * 3, 0.02, 0.02, 0.02])
    np.testing.assert_allclose(readings.values, 0.02)
    early, late = replace(rise, at_ms=0), replace(excursion(0), at_ms=FROM + 99 * BIN_MS)
    np.testing.assert_allclose(levelled(readings, [early, late]).values, 0.02)
