"""The worked vectors of the contract model, end to end: a history and a contract in, a statement out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collector.history import read_history
from collector.sla.evaluate import statements_of
from config.contract import Contract
from tests.collector.sla.build import base_terms, merged

Json = dict[str, Any]
GOLDEN = Path(__file__).parents[2] / "golden"
CASES: list[Json] = [
    case
    for name in ("vectors.json", "vectors_more.json")
    for case in json.loads((GOLDEN / name).read_text(encoding="utf-8"))
]


def _found(statement: Json, path: str) -> object:
    value: Any = statement
    for key in path.split("."):
        value = value[int(key) if isinstance(value, list) else key]
    return value


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_worked_vector_gives_exactly_its_figures(case: Json, tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    circuit = {"id": "X-1", "monthly_charge": "3000.00", "timezone": "UTC"} | case.get("circuit", {})
    history.write_text(json.dumps({"circuit": circuit} | case["history"]))
    read = read_history(history)
    contract = Contract.model_validate(merged(base_terms(), case.get("contract", {})))
    made = statements_of(
        contract,
        "gold",
        list(read.circuits.values()),
        case["period"],
        now_ms=read.now_ms,
        engine="1.0.0",
        config="sha256:00",
    )
    told = made[0].as_json()
    assert {path: _found(told, path) for path in case["expect"]} == case["expect"]
