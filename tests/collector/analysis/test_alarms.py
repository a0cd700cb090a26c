"""4 of 5 points, and CUSUM of figures and of counts."""

from __future__ import annotations

import numpy as np
import pytest

from collector.analysis.alarms import NO_SUMS, Alarm, Sums, count_steps, crowded, first_alarm, z_steps


def first(scores: np.ndarray, begin: Sums = NO_SUMS) -> Alarm | None:
    return first_alarm(scores, z_steps(scores), begin)[0]


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ([6, 6, 6, 6], [3]),
        ([6, 6, 0, 6, 6], [4]),
        ([6, 6, 0, 0, 6, 6], []),
        ([6, 6, np.nan, 6, 6], [4]),
        ([5, 5, 5, 5, 5], []),
        ([-6, -6, -6, -6], []),
    ],
)
def test_four_of_five_points_far_off_on_a_side_are_an_alarm(scores: list[float], found: list[int]) -> None:
    assert np.flatnonzero(crowded(np.array(scores, float), 1)).tolist() == found


@pytest.mark.parametrize(
    ("scores", "alarm"),
    [
        ([0] * 5 + [6] * 4, Alarm(8, 4, 1, True)),
        ([0] * 5 + [-6] * 4, Alarm(8, 4, -1, True)),
        ([0] * 5 + [3] * 20, Alarm(15, 5, 1, False)),
        ([0] * 5 + [1.4] * 900, None),
        ([1000, 0, 0, 0] * 50, None),
        ([np.nan] * 50, None),
        ([], None),
    ],
)
def test_an_alarm_says_where_it_began_and_on_which_side(scores: list[float], alarm: Alarm | None) -> None:
    assert first(np.array(scores, float)) == alarm


def test_the_sums_go_on_from_one_day_to_the_next() -> None:
    scores = np.full(30, 2.5)
    whole = first(scores)
    assert whole is not None
    _, sums = first_alarm(scores[:10], z_steps(scores[:10]))
    later = first(scores[10:], sums)
    assert later is not None
    assert (later.place + 10, later.begin + 10) == (whole.place, whole.begin)


@pytest.mark.parametrize(("share", "steps"), [(0.02, 60), (0.1, 12), (0.001, None)])
def test_few_packets_add_up_to_loss_that_no_five_minutes_show(share: float, steps: int | None) -> None:
    lost = np.random.default_rng(1).binomial(15, share, 500).astype(float)
    found = count_steps(lost, 15, np.full(500, 0.0005))
    alarm, _ = first_alarm(np.zeros(500), found)
    assert (alarm is None) == (steps is None)
    if alarm is not None and steps is not None:
        assert alarm.place < steps


def test_one_burst_of_loss_is_one_event() -> None:
    up, down = count_steps(np.array([14.0, np.nan]), 15, np.zeros(2))
    assert (up[0], up[1]) == (4.0, 0.0)
    assert (down < 0.01).all()
