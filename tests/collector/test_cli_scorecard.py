"""`linkledger scorecard`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli
from tests.collector.performance.scorecards.made_statements import MONTHS, SITES, desk, quiet, statement

BAD = [
    statement(f"{site}-bolt", month, (f"{month}-05T10:00:00Z", 7200)) for month in MONTHS for site in SITES
]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scorecard")
    desk(folder, [*quiet("acme"), *BAD], "scorecard:\n  tiers:\n    watch: {where: {}}\n")
    return folder / "linkledger.yaml"


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["scorecard", "--config", str(config), *words])


def test_a_table_tells_rank_score_tier_and_figures(config: Path) -> None:
    result = run(config, "--period", "2026-Q1")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "dia, 2026-Q1"
    assert lines[2].split()[:2] == ["1", "acme"]
    assert lines[3].split()[:2] == ["2", "bolt"]
    assert "watch asks for nothing" in lines[3]
    assert "Time to repair" in result.stdout
    assert "2 h" in result.stdout


def test_json_has_a_card_for_each_carrier(config: Path) -> None:
    found = json.loads(run(config, "--period", "2026", "--json").stdout)
    assert [(one["carrier"], one["rank"], one["of"]) for one in found] == [("acme", 1, 2), ("bolt", 2, 2)]
    figures = {one["name"]: one for one in found[1]["figures"]}
    assert figures["mttr"]["value"] == 7200
    assert figures["availability"]["peers_median"] == 1
    assert found[1]["due"] == {"EUR": "120.00"}


def test_one_carrier_is_still_compared_with_its_peers(config: Path) -> None:
    (one,) = json.loads(run(config, "--period", "2026", "--carrier", "bolt", "--json").stdout)
    assert (one["carrier"], one["rank"]) == ("bolt", 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--carrier", "bolts"), "did you mean 'bolt'"),
        (("--service", "dai"), "did you mean 'dia'"),
        (("--period", "soon"), "'soon' is not a period"),
    ],
)
def test_what_there_is_not_is_a_mistake_of_use(config: Path, words: tuple[str, ...], said: str) -> None:
    result = run(config, *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_without_a_statement_that_is_said(config: Path) -> None:
    result = run(config, "--period", "2024")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no statement" in result.stderr
