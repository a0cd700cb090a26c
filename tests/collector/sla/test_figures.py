"""What /metrics and outputs are told."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from collector.sla.case import Judgement
from collector.sla.evidence import Load
from collector.sla.figures import Figures, figure_of, figures
from tests.collector.sla.build import HOUR_MS, contract, history, measured, ms, rounds, spans
from tests.collector.sla.build import judged as stated
from tests.collector.sla.cases import APRIL, a_case, april, at, judged

OBJECTIVES = {
    "availability": {"target": ">= 99.9%", "credit": {"flat": "12.50"}},
    "rtt": {"stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"},
    "worst": {"metric": "rtt", "stat": "max", "of": "samples", "lost": "infinite", "target": "<= 1s"},
    "loss": {"target": "<= 50%"},
    "jitter": {"definition": "ipdv_mean", "target": "<= 2ms"},
    "mos": {"target": ">= 4.0"},
    "response": {"each": "<= 1h"},
}


def april_so_far() -> Figures:
    down = spans([("2026-04-01T01:00:00Z", "2026-04-01T02:00:00Z")])
    seen = history(ms("2026-04-01T00:00:00Z"), APRIL + 10 * HOUR_MS, down)
    return figures(stated(contract(objectives=OBJECTIVES), seen, now="2026-04-01T10:00:00Z"))


def test_figures_are_ratios_and_seconds() -> None:
    found = april_so_far()
    assert (found.availability_ratio, found.rtt_seconds, found.loss_ratio) == (0.9, 0.02, 1 / 3)
    assert (found.jitter_seconds, found.period, found.closed) == (None, "2026-04", False)
    assert [one.target for one in found.objectives] == [0.999, 0.045, 1.0, 0.5, 0.002, 4.0]


def test_a_violation_is_absent_while_there_is_not_enough_data() -> None:
    found = {one.objective: one for one in april_so_far().objectives}
    violated = {name: one.violated for name, one in found.items()}
    assert violated == {
        "availability": True, "rtt": False, "worst": True, "loss": False, "jitter": None, "mos": False,
    }  # fmt: skip
    assert found["worst"].measured is None


def test_the_budget_is_below_zero_once_it_is_overspent() -> None:
    assert april_so_far().budget_remaining_seconds == 2592 - 3600
    assert april_so_far().objectives[0].budget_seconds == 2592
    assert april_so_far().objectives[0].certain
    assert april_so_far().violations == 2


def test_what_the_contract_pays_goes_along_as_a_number() -> None:
    assert (april_so_far().credit, april_so_far().currency) == (12.5, "USD")


def test_figures_go_to_another_process_and_back() -> None:
    found = april_so_far()
    assert Figures.from_json(json.loads(json.dumps(found.as_json()))) == found
    assert pickle.loads(pickle.dumps(found)) == found


CASE = a_case(
    measured(rounds(APRIL, HOUR_MS, ["20", "30"])),
    down=april((10, 15)),
    loads=[Load(at(1), "cpe", "receive", Fraction(3, 4))],
)


@pytest.mark.parametrize(
    ("objective", "metric", "measured_as", "target"),
    [
        ({"metric": "availability", "target": ">= 99.9%"}, "availability_ratio", 715 / 720, 0.999),
        ({"metric": "time_to_repair", "each": "<= 4h"}, "repair_seconds", 18_000.0, 14_400.0),
        ({"metric": "mttr", "target": "<= 30m"}, "repair_seconds", 18_000.0, 1_800.0),
        ({"metric": "utilisation", "target": "<= 80%"}, "utilisation_ratio", 0.75, 0.8),
        ({"metric": "loss", "target": "<= 1%"}, "loss_ratio", 0.0, 0.01),
        ({"metric": "jitter", "definition": "range", "target": "<= 1s"}, "jitter_seconds", 0.01, 1.0),
    ],
)
def test_each_metric_has_its_own_base_unit(
    objective: dict[str, Any], metric: str, measured_as: float, target: float
) -> None:
    one = figure_of(judged(objective, CASE))
    assert (one.metric, one.measured, one.target) == (metric, measured_as, target)


def test_a_score_is_a_bare_number() -> None:
    one = figure_of(judged({"metric": "mos", "target": ">= 4.2"}, CASE))
    assert one.target == 4.2
    assert one.measured == pytest.approx(4.4026, abs=1e-3)


@pytest.mark.parametrize(
    "objective",
    [
        {"metric": "time_to_repair", "share": {"within": "4h", "at_least": "95%"}},
        {
            "metric": "rtt",
            "stat": {"share_above": "10ms"},
            "of": "samples",
            "lost": "ignore",
            "target": "<= 1%",
        },
    ],
)
def test_a_share_is_no_time_but_a_violation_all_the_same(objective: dict[str, Any]) -> None:
    one = figure_of(judged(objective, CASE))
    assert (one.measured, one.target, one.violated) == (None, None, True)


def test_a_verdict_without_a_target_or_figure_has_neither() -> None:
    kept: Judgement = judged({"metric": "mttr", "target": "<= 4h"}, a_case())
    assert (figure_of(kept).measured, figure_of(kept).violated) == (None, False)
    assert figure_of(replace(kept, target=None)).target is None
