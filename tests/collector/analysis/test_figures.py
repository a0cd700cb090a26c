"""A scorecard's figures out of circuit-months, and their points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.figures import BY_NAME, MEASURES
from collector.analysis.months import Month
from config.scorecard import FIGURES
from tests.collector.analysis.made_months import MONTH_SECONDS, faulty, month


def value(name: str, *months: Month) -> float | None:
    above, below = BY_NAME[name].sums(months)
    return above / below if below else None


def test_there_is_a_measure_for_each_figure_that_the_configuration_knows() -> None:
    assert [one.name for one in MEASURES] == list(FIGURES)


@pytest.mark.parametrize(
    ("name", "months", "expected"),
    [
        ("availability", [month(up_seconds=900.0, down_seconds=100.0)], 0.9),
        ("availability", [month(up_seconds=0.0)], None),
        ("outages", [faulty(month(), 1, 20), month(number=1)], 1.0),
        ("repeats", [faulty(month(), 1, 20)], 1.0),
        ("mttr", [faulty(month(), 1, 20, seconds=600)], 600.0),
        ("mttr", [month()], None),
        ("rtt_distance", [month(rtt_seconds=0.02, light_rtt_seconds=0.01)], 2.0),
        ("rtt_distance", [month(rtt_seconds=0.02)], None),
        ("rtt_baseline", [month(rtt_seconds=0.03, baseline_rtt_seconds=0.02)], 1.5),
        ("loss", [month(loss_ratio=0.01), month(number=1, loss_ratio=0.03), month(number=2)], 0.02),
        ("jitter", [month(jitter_seconds=0.002)], 0.002),
        ("breaches", [month(breached=True), month(number=1), month(number=2, judged=False)], 0.5),
        ("notice", [month(works_owed=4, works_kept=3)], 0.75),
        ("notice", [month()], None),
        ("days_to_credit", [month(credit_days=(20.0, 40.0))], 30.0),
    ],
)
def test_each_figure_is_a_quotient_of_what_is_known(
    name: str, months: list[Month], expected: float | None
) -> None:
    found = value(name, *months)
    assert found == (None if expected is None else pytest.approx(expected))


def test_what_is_known_of_a_shorter_time_weighs_less() -> None:
    short: dict[str, Any] = {"up_seconds": MONTH_SECONDS / 4, "loss_ratio": 0.05}
    assert value("loss", month(loss_ratio=0.0), month(number=1, **short)) == pytest.approx(0.01)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda one: one.name)
def test_points_are_full_at_ideal_and_half_at_half(measure: Any) -> None:  # noqa: ANN401
    away = -measure.half if measure.higher_is_better else measure.half
    found = measure.points(np.array([measure.ideal, measure.ideal + away]))
    assert found == pytest.approx([100, 50])


@given(st.sampled_from(MEASURES), st.floats(0, 10), st.floats(1e-6, 10))
def test_the_better_value_has_more_points(measure: Any, away: float, more: float) -> None:  # noqa: ANN401
    sign = -1 if measure.higher_is_better else 1
    near, far = measure.points(np.array([away, away + more]) * sign + measure.ideal)
    assert 0 < far < near <= 100


def test_without_an_outage_nothing_had_to_be_repaired() -> None:
    nothing = np.array([np.nan])
    assert BY_NAME["mttr"].points(nothing)[0] == 100
    assert np.isnan(BY_NAME["loss"].points(nothing)[0])
