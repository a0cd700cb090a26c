"""What /metrics and outputs are told."""

from __future__ import annotations

import json
import pickle

from collector.sla.figures import Figures, figures
from tests.collector.sla.build import HOUR_MS, contract, history, judged, ms, spans

APRIL = ms("2026-04-01T00:00:00Z")
OBJECTIVES = {
    "availability": {"target": ">= 99.9%"},
    "rtt": {"stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"},
    "worst": {"metric": "rtt", "stat": "max", "of": "samples", "lost": "infinite", "target": "<= 1s"},
    "loss": {"target": "<= 50%"},
    "jitter": {"definition": "ipdv_mean", "target": "<= 2ms"},
    "mos": {"target": ">= 4.0"},
}


def april() -> Figures:
    down = spans([("2026-04-01T01:00:00Z", "2026-04-01T02:00:00Z")])
    seen = history(APRIL, APRIL + 10 * HOUR_MS, down)
    return figures(judged(contract(objectives=OBJECTIVES), seen, now="2026-04-01T10:00:00Z"))


def test_figures_are_ratios_and_seconds() -> None:
    found = april()
    assert (found.availability_ratio, found.rtt_seconds, found.loss_ratio) == (0.9, 0.02, 1 / 3)
    assert (found.jitter_seconds, found.period, found.closed) == (None, "2026-04", False)
    assert [one.target for one in found.objectives] == [0.999, 0.045, 1.0, 0.5, 0.002]


def test_a_violation_is_absent_while_there_is_not_enough_data() -> None:
    found = {one.objective: one for one in april().objectives}
    violated = {name: one.violated for name, one in found.items()}
    assert violated == {"availability": True, "rtt": False, "worst": True, "loss": False, "jitter": None}
    assert found["worst"].measured is None


def test_the_budget_is_below_zero_once_it_is_overspent() -> None:
    assert april().budget_remaining_seconds == 2592 - 3600
    assert april().objectives[0].certain
    assert april().violations == 2


def test_figures_go_to_another_process_and_back() -> None:
    found = april()
    assert Figures.from_json(json.loads(json.dumps(found.as_json()))) == found
    assert pickle.loads(pickle.dumps(found)) == found
