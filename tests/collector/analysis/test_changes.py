"""What is found of what was injected, when and how large; and hardly anything where nothing was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from collector.analysis.changes import LEARN_DAYS, detect
from collector.analysis.finding import Finding
from collector.analysis.readings import NotEnough, Readings
from tests.collector.analysis.made_series import START_MS, ZONE, Change, Line, at_ms, made, step

CALM = Line(gaps=0)
LOSS = Line("loss", 0.0005, 0, packets=300)
FEW = Line("loss", 0.0005, 0.001, packets=15)
AT = step(40) + 29
"""03:25 of a Saturday by the site's clock."""
BIN_MINUTES = 5


def found(readings: Readings) -> list[Finding]:
    told = detect(readings, ZONE)
    assert isinstance(told, list)
    return told


def off(one: Finding, place: int) -> int:
    """How many steps a finding's time is off what was injected at a place."""
    return abs(one.at_ms - at_ms(place)) // 300_000


GOLDEN = [
    ("a step up", CALM, [(AT, 56, 0.013)], [("shift", AT, None, 0.013)], 0),
    ("a small step up", CALM, [(AT, 56, 0.002)], [("shift", AT, None, 0.002)], 1),
    ("a step down", CALM, [(AT, 56, -0.004)], [("shift", AT, None, -0.004)], 0),
    (
        "there and back",
        CALM,
        [(AT, 47, 0.006)],
        [("shift", AT, step(47), 0.006), ("shift", step(47), None, -0.006)],
        1,
    ),
    (
        "two steps",
        CALM,
        [(AT, 56, 0.004), (step(48), 56, 0.004)],
        [("shift", AT, None, 0.004), ("shift", step(48), None, 0.004)],
        0,
    ),
    (
        "an afternoon",
        CALM,
        [(AT + 120, (AT + 150) / 288, 0.012)],
        [("excursion", AT + 120, AT + 150, 0.012)],
        1,
    ),
    ("spikes", replace(CALM, spikes=0.02), [], [], 0),
    ("a drift", replace(CALM, trend_a_day=0.000_15), [], [], 0),
    ("four hours of gap", CALM, [(AT, (AT + 48) / 288, np.nan)], [], 0),
    ("ten days of gap", CALM, [(AT, 50, np.nan)], [], 0),
    ("loss of 2%", LOSS, [(AT, 56, 0.02)], [("shift", AT, None, 0.02)], 1),
    ("loss of few packets", FEW, [(AT, 56, 0.02)], [("shift", AT, None, 0.02)], 8),
    ("an hour of loss", FEW, [(AT, (AT + 12) / 288, 0.1)], [("excursion", AT, AT + 12, 0.1)], 3),
    ("an outage", LOSS, [(AT, (AT + 40) / 288, 1.0)], [], 0),
]


@pytest.mark.parametrize(("name", "line", "injected", "truth", "within"), GOLDEN, ids=[g[0] for g in GOLDEN])
def test_what_was_injected_is_found_with_its_time_and_size_and_nothing_else(
    name: str,
    line: Line,
    injected: list[tuple[int, float, float]],
    truth: list[tuple[str, int, int | None, float]],
    within: int,
) -> None:
    changes = [Change(begin, step(end), by) for begin, end, by in injected]
    told = found(made(2, 56, line, changes))
    assert [one.kind for one in told] == [kind for kind, *_ in truth]
    for one, (_, begin, end, size) in zip(told, truth, strict=True):
        assert off(one, begin) <= within, name
        assert one.after - one.before == pytest.approx(size, rel=0.15, abs=0.000_5)
        assert one.worse == (size > 0) == (one.score > 0)
        if end is None:
            assert one.until_ms is None
        else:
            assert one.until_ms is not None
            assert abs(one.until_ms - at_ms(end)) // 300_000 <= max(within, 1)


def test_a_large_shift_is_known_within_half_an_hour_and_a_small_one_after_a_day() -> None:
    (large,) = found(made(2, 56, CALM, [Change(AT, step(56), 0.013)]))
    assert large.known_ms - large.at_ms <= 30 * 60_000
    (small,) = found(made(2, 56, CALM, [Change(AT, step(56), 0.002)]))
    assert 24 * 3_600_000 <= small.known_ms - small.at_ms <= 36 * 3_600_000


def test_what_goes_on_at_the_end_is_an_excursion_until_it_has_lasted_a_day() -> None:
    whole = made(2, 56, CALM, [Change(AT, step(56), 0.013)])
    (young,) = found(whole.between(START_MS, at_ms(AT + 100)))
    assert (young.kind, young.until_ms, off(young, AT)) == ("excursion", None, 0)
    (later,) = found(whole.between(START_MS, at_ms(AT + 300)))
    assert (later.kind, later.at_ms) == ("shift", young.at_ms)


def test_a_shift_before_the_first_watched_day_is_not_found() -> None:
    assert found(made(2, 56, CALM, [Change(step(10), step(56), 0.013)])) == []


def test_findings_do_not_depend_on_what_came_long_before() -> None:
    whole = made(2, 70, CALM, [Change(step(50), step(70), 0.005)])
    (one,) = found(whole)
    (other,) = found(whole.between(at_ms(step(15)), whole.end_ms))
    assert (one.at_ms, one.kind) == (other.at_ms, other.kind)


@pytest.mark.parametrize(
    ("values", "have", "need"),
    [
        (np.zeros(0), 0, LEARN_DAYS + 1),
        (np.array([0.02]), 0, LEARN_DAYS + 1),
        (np.full(5 * 288, 0.02), 5, LEARN_DAYS + 1),
        (np.full(28 * 288, 0.02), 28, LEARN_DAYS + 1),
        (np.full(60 * 288, np.nan), 0, 21),
        (np.where(np.arange(60 * 288) // 288 % 2 == 0, 0.02, np.nan), 14, 21),
    ],
    ids=["empty", "one value", "shorter than a season", "nothing to watch", "all lost", "half of the days"],
)
def test_too_little_is_said_in_days_and_nothing_is_made_up(values: np.ndarray, have: int, need: int) -> None:
    told = detect(Readings("lon-acme", "rtt", START_MS, values), ZONE)
    assert told == NotEnough(have, need, about="rtt of lon-acme")


def test_all_packets_lost_for_weeks_is_too_little_and_no_loss_of_100_percent() -> None:
    told = detect(Readings("lon-acme", "loss", START_MS, np.ones(60 * 288)), ZONE)
    assert told == NotEnough(0, 21, about="loss of lon-acme")


@pytest.mark.parametrize(
    "steps", [-288 * 7, -13, 12, 288 * 9], ids=["a week back", "1 h back", "1 h", "9 days"]
)
def test_a_clock_that_steps_is_no_change_of_the_line(steps: int) -> None:
    values = made(3, 70, CALM).values
    at = step(45)
    gap = np.full(max(steps, 0), np.nan)
    stepped = np.concatenate([values[: at + min(steps, 0)], gap, values[at:]])
    assert found(Readings("lon-acme", "rtt", START_MS, stepped)) == []


def test_a_value_that_never_differs_has_no_anomaly() -> None:
    assert found(Readings("lon-acme", "rtt", START_MS, np.full(60 * 288, 0.02))) == []


def test_a_shift_of_few_packets_loss_is_found_and_so_is_its_end() -> None:
    """0.75% of fifteen packets in five minutes for a fortnight: about one lost packet in 45 minutes."""
    told = found(made(4, 70, replace(FEW, level=0, season=0), [Change(step(35), step(49), 0.0075)]))
    rise, fall = told
    assert (rise.kind, rise.worse, fall.kind, fall.worse) == ("shift", True, "shift", False)
    assert off(rise, step(35)) <= 144
    assert off(fall, step(49)) <= 144
    assert rise.until_ms == fall.at_ms
    assert fall.after == pytest.approx(0, abs=0.001)


def test_three_packets_in_five_minutes_are_enough_for_loss_of_five_percent() -> None:
    three = Line("loss", 0.0005, 0, packets=3)
    (rise,) = found(made(3, 56, three, [Change(AT, step(56), 0.05)]))
    assert (rise.kind, rise.worse) == ("shift", True)
    assert rise.after == pytest.approx(0.05, rel=0.35)
    assert found(made(2, 56, three)) == []


@pytest.mark.parametrize("milliseconds", [1, 10])
def test_whole_milliseconds_between_which_a_line_lies_are_no_anomalies(milliseconds: int) -> None:
    readings = made(5, 56, replace(CALM, level=0.0205, season=0, noise=0.000_1))
    steps = np.round(readings.values * 1000 / milliseconds) * milliseconds / 1000
    assert found(replace(readings, values=steps)) == []


def test_a_backup_each_week_is_told_hardly_ever_and_never_once_it_is_a_habit() -> None:
    line = Line("utilisation", 0.2, 0.3, 0.03, daily=0.01)
    weekly = [Change(step(7 * week + 2), step(7 * week + 2) + 36, 0.5) for week in range(10)]
    assert found(made(6, 70, line, weekly)) == []
    worse = [*weekly[:8], Change(step(58), step(58) + 36, 2.0), weekly[9]]
    (one,) = found(made(6, 70, line, worse))
    assert (one.kind, off(one, step(58)) <= 1) == ("excursion", True)


def test_what_was_found_before_is_learnt_from_and_not_found_again() -> None:
    whole = made(2, 70, LOSS, [Change(step(30), step(70), 0.02), Change(step(50), step(70), -0.02)])
    rise, fall = found(whole)
    later = whole.between(at_ms(step(40)), whole.end_ms)
    assert detect(later, ZONE, known=[rise, fall]) == []


@pytest.mark.parametrize("metric", ["rtt", "loss"])
def test_at_most_one_false_alarm_a_circuit_month(metric: str) -> None:
    """A sample; `python -m tests.bench anomalies` prints the rates of a large one."""
    line = Line() if metric == "rtt" else FEW
    alarms = sum(len(found(made(seed, 56, line))) for seed in range(12))
    assert alarms <= 12 * (56 - LEARN_DAYS) / 30.4


def test_days_that_differ_are_no_shifts() -> None:
    restless = Line(daily=0.001, noise=0.000_3)
    assert sum(len(found(made(seed, 56, restless))) for seed in range(6)) <= 6


@pytest.mark.parametrize("seed", [3, 4])
def test_who_learns_once_a_week_finds_the_same_step(seed: int) -> None:
    told = detect(made(seed, 70, CALM, [Change(AT, step(70), 0.013)]), ZONE, every_days=7)
    assert isinstance(told, list)
    assert [(one.kind, off(one, AT)) for one in told] == [("shift", 0)]
