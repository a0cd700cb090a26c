"""A contract that extends a shipped example: what merges, and where a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from config.contracts_file import load_contract, load_contracts
from config.errors import ConfigErrors
from config.kinds import DIRECTORY, kinds

KIND = """\
contracts:
  small:
    carrier: example
    effective: 2020-01-01
    document: {title: An example}
    timezone: UTC
    currency: USD
    period: calendar_month
    denominator: elapsed
    outage:
      down: {loss_above: 50%, for: 60s, clear: 60s}
      clock: {start: measured, end: restored}
      across_periods: split
    unknown: {policy: exclude}
    objectives:
      availability: {target: ">= 99.9%"}
      loss: {target: "<= 0.1%"}
      rtt: {stat: mean, target: "<= 45ms", of: samples, lost: ignore, dscp: [34, 36]}
"""
OWN = "contracts:\n  gold:\n    extends: kinds/small\n    carrier: acme\n    effective: 2026-01-01\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory of examples that holds one, `small`."""
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "small.yaml").write_text(KIND)
    return tmp_path


def written(directory: Path, text: str) -> Path:
    """A file with contracts."""
    path = directory / "gold.yaml"
    path.write_text(text)
    return path


def refused(directory: Path, text: str) -> list[str]:
    """The problems of a text, with places that begin with the file's name."""
    with pytest.raises(ConfigErrors) as caught:
        load_contracts(written(directory, text), directory / "kinds")
    return [str(one).removeprefix(f"{directory}/") for one in caught.value.problems]


def test_maps_merge_lists_replace_and_an_empty_key_takes_the_examples_out(directory: Path) -> None:
    more = """\
    outage: {down: {loss_above: 10%}, minimum: {at_least: 5m}}
    objectives:
      loss:
      rtt: {dscp: [46], clause: "4.2"}
"""
    _, gold = load_contract(written(directory, OWN + more), kinds=directory / "kinds")
    assert gold.written()["outage"] == {
        "down": {"loss_above": "10%", "for": "1m", "clear": "1m"},
        "clock": {"start": "measured", "end": "restored"},
        "across_periods": "split",
        "minimum": {"at_least": "5m"},
    }
    assert list(gold.written()["objectives"]) == ["availability", "rtt"]
    assert gold.written()["objectives"]["rtt"]["dscp"] == [46]
    assert gold.written()["objectives"]["rtt"]["stat"] == "mean"


def test_what_only_the_own_paper_says_is_never_taken_from_an_example(directory: Path) -> None:
    _, gold = load_contract(written(directory, OWN), kinds=directory / "kinds")
    assert (gold.carrier, str(gold.effective), gold.document) == ("acme", "2026-01-01", None)
    bare = "contracts:\n  gold:\n    extends: kinds/small\n"
    assert [line.partition(" is ")[0] for line in refused(directory, bare)] == [
        "gold.yaml:2:3: contracts.gold.carrier: 'carrier'",
        "gold.yaml:2:3: contracts.gold.effective: 'effective'",
    ]


def test_a_mistake_is_told_where_its_key_stands(directory: Path) -> None:
    example = directory / "kinds" / "small.yaml"
    example.write_text(KIND.replace("<= 0.1%", ">= 0.1%"))
    assert refused(directory, OWN + "    denominator: real\n") == [
        "gold.yaml:6:18: contracts.gold.denominator: 'real' is not elapsed, nominal or {fixed: 720h}",
        "kinds/small.yaml:17:22: contracts.gold.objectives.loss.target: '>= 0.1%': a smaller value is "
        "better here: use <=",
    ]


@pytest.mark.parametrize("named", ["kinds/smal", "small", "Small"])
def test_a_wrong_name_is_told_with_what_there_is(directory: Path, named: str) -> None:
    text = OWN.replace("kinds/small", named)
    assert refused(directory, text) == [
        f"gold.yaml:3:14: contracts.gold.extends: {named!r} is no shipped contract: "
        "did you mean 'kinds/small'?"
    ]


def test_an_example_file_without_its_contract_is_a_problem_of_that_file(directory: Path) -> None:
    (directory / "kinds" / "small.yaml").write_text("contracts:\n  other: {}\n")
    assert refused(directory, OWN) == [
        "kinds/small.yaml:2:3: contracts.small: must be a map: lines of `key: value`"
    ]


def without_clauses(part: BaseModel | None) -> object:
    """What a part says, without the example's own clauses, which nobody takes over."""

    def bare(value: object) -> object:
        if isinstance(value, dict):
            return {key: bare(one) for key, one in value.items() if key != "clause"}
        return [bare(one) for one in value] if isinstance(value, list) else value

    return None if part is None else bare(part.model_dump(mode="json"))


@pytest.mark.parametrize("name", kinds())
def test_every_shipped_example_is_good_alone_and_when_it_is_extended(name: str, tmp_path: Path) -> None:
    found, alone = load_contract(DIRECTORY / f"{name}.yaml")
    assert found == name
    text = OWN.replace("kinds/small", f"kinds/{name}")
    _, extended = load_contract(written(tmp_path, text))
    assert without_clauses(extended.objectives) == without_clauses(alone.objectives)
    assert without_clauses(extended.outage) == without_clauses(alone.outage)
