"""The engine against a second reading of the contract model: random contracts, random histories."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from collector.history import read_history
from collector.sla.evaluate import statements_of
from config.contract import Contract
from tests.collector.sla.build import base_terms, merged
from tests.collector.sla.oracle import judge
from tests.collector.sla.oracle.making import cases

Json = dict[str, Any]
SHOWN = Fraction(1, 1000)
"""Seconds are printed to the millisecond."""
OF_OUTAGE = ("counted_seconds", "excluded_seconds")
OF_CLOCK = ("contractual_seconds", "lost_to_late_ticket_seconds")


def stated(contract: Json, history: Json, period: str, file: Path) -> Json:
    """The engine's statement, from a written file on."""
    file.write_text(json.dumps(history))
    read = read_history(file)
    made = statements_of(
        Contract.model_validate(contract),
        "gold",
        list(read.circuits.values()),
        period,
        now_ms=read.now_ms,
        engine="1.0.0",
        config="sha256:00",
    )
    return made[0].as_json()


def differences(ours: Json, theirs: Json) -> Iterator[tuple[str, object, object]]:
    """Every figure that the two don't agree on: where it stands, ours, the oracle's."""
    for name, figure in _plain(theirs):
        told = _at(ours, name)
        if isinstance(figure, Fraction):
            if told is None or abs(Fraction(str(told)) - figure) > SHOWN:
                yield name, told, str(figure)
        elif told != figure:
            yield name, told, figure
    yield from _bounds(ours, theirs)
    found, wanted = ([(one["from"], one["to"]) for one in told["outages"]] for told in (ours, theirs))
    if found != wanted:
        yield "outages", found, wanted
    if ours["claim"]["state"] != "none" and ours["claim"] != ours["claim"] | theirs["claim"]:
        yield "claim", ours["claim"], theirs["claim"]


def _plain(theirs: Json) -> Iterator[tuple[str, object]]:
    """All of the oracle's figures that a statement has under the same name, each with its path."""
    yield "coverage", theirs["coverage"]
    for part in ("period", "seconds", "credit", "chronic"):
        yield from ((f"{part}.{key}", value) for key, value in theirs[part].items())
    for place, one in enumerate(theirs["outages"]):
        yield from ((f"outages.{place}.{key}", one[key]) for key in OF_OUTAGE)
        yield from ((f"outages.{place}.clock.{key}", one[key]) for key in OF_CLOCK)
    for place, one in enumerate(theirs["objectives"]):
        yield from ((f"objectives.{place}.{key}", one[key]) for key in ("id", "measured", "verdict"))
        if one["amount"] is not None:
            yield f"objectives.{place}.credit.amount", one["amount"]


def _bounds(ours: Json, theirs: Json) -> Iterator[tuple[str, object, object]]:
    """Availability's; where rounding or the denominator takes the figure out of them ours are wider."""
    for place, one in enumerate(theirs["objectives"]):
        found, wanted = ours["objectives"][place]["bounds"], one["bounds"]
        if found is None or None in wanted or one["measured"] is None:
            continue
        worst, figure, best = map(Fraction, (wanted[0], one["measured"], wanted[1]))
        if worst <= figure <= best and found != wanted:
            yield f"objectives.{place}.bounds", found, wanted


def _at(statement: Json, path: str) -> object:
    value: Any = statement
    for key in path.split("."):
        if value is None or (isinstance(value, list) and int(key) >= len(value)):
            return None
        value = value[int(key) if isinstance(value, list) else key]
    return value


@settings(
    max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(case=cases())
def test_two_careful_readers_get_the_same_numbers(
    case: tuple[Json, Json, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    contract, history, period = case
    ours = stated(contract, history, period, tmp_path_factory.getbasetemp() / "oracle.json")
    assert list(differences(ours, judge(contract, history, period))) == []


VECTORS: list[Json] = json.loads((Path(__file__).parents[2] / "golden" / "vectors.json").read_text())
NOT_READ = {"claim.state"}


@pytest.mark.parametrize("case", VECTORS, ids=[one["name"] for one in VECTORS])
def test_the_oracle_gives_the_worked_vectors_too(case: Json) -> None:
    circuit = {"id": "X-1", "monthly_charge": "3000.00", "timezone": "UTC"} | case.get("circuit", {})
    contract = merged(base_terms(), case.get("contract", {}))
    told = judge(contract, {"circuit": circuit} | case["history"], case["period"])
    wanted = {path: value for path, value in case["expect"].items() if path not in NOT_READ}
    assert {path: _printed(_at(told, path)) for path in wanted} == wanted


def _printed(value: object) -> object:
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value
