"""`linkledger contract explain`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli
from collector.cli.contract import wrapped
from collector.wording.lines import Line, Part
from tests.config.contracts import terms
from tests.config.estate import GOOD as ESTATE

EXAMPLE = Path("config/examples/full.yaml").absolute()
TABLE = {"bands": [{"below": "99.9%", "gives": "5%"}]}
PAYING = terms(objectives={"availability": {"target": ">= 99.9%", "credit": TABLE}})


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with contracts, where the command runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINKLEDGER_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    write("c.yaml", {"contracts": {"gold": PAYING}})
    write("two.yaml", {"contracts": {"gold": PAYING, "silver": terms()}})
    return tmp_path


def write(name: str, value: object) -> None:
    """A file of JSON, which is YAML too."""
    Path(name).write_text(json.dumps(value))


def explain(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["contract", "explain", *arguments])


def text(*arguments: str) -> str:
    """What it prints."""
    done = explain(*arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def refusal(*arguments: str) -> str:
    """What it says when it can't do what was asked."""
    done = explain(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


def test_a_contract_of_a_file_is_told_part_by_part(place: Path) -> None:
    told = text("--file", "c.yaml")
    assert told.startswith("Contract gold, carrier acme\n\nPaper\n  No document is named")
    assert "\nWhat it pays\n  availability pays by a table:\n    - By availability as measured: " in told
    assert "\nFor example\n  In " in told
    assert told.endswith(
        "\nRead this against the paper. What is wrong here will be wrong in every\nstatement.\n"
    )


def test_lines_are_no_wider_than_the_terminal_and_nothing_in_them_acts(place: Path) -> None:
    write("c.yaml", {"contracts": {"gold": terms(document={"title": "a\u001b[31mb" + " word" * 60})}})
    told = text("--file", "c.yaml")
    assert max(map(len, told.splitlines())) <= 80
    assert "a?[31mb" in told
    assert "\x1b" not in told


def test_the_examples_arithmetic_is_told_when_asked_for(place: Path) -> None:
    steps = "\n  The arithmetic, as a statement shows it:\n    - "
    assert steps not in text("--file", "c.yaml")
    assert steps in text("--file", "c.yaml", "-v")


def test_items_stand_under_their_sentence() -> None:
    part = Part(
        "Title", (Line("One two three four five six seven eight:", ("nine ten eleven twelve thirteen",)),)
    )
    assert list(wrapped(part, 40)) == [
        "  One two three four five six seven",
        "  eight:",
        "    - nine ten eleven twelve thirteen",
    ]


def test_one_of_several_contracts_is_chosen_by_its_name(place: Path) -> None:
    assert text("--file", "two.yaml#silver").startswith("Contract silver")
    assert text("silver", "--file", "two.yaml").startswith("Contract silver")
    assert text("silver", "--file", "two.yaml#silver").startswith("Contract silver")
    assert "holds 2 contracts (gold, silver)" in refusal("--file", "two.yaml")
    assert "there is no 'bronze'" in refusal("bronze", "--file", "two.yaml")
    assert "'gold' and 'silver': name one contract" in refusal("gold", "--file", "two.yaml#silver")


def test_json_has_the_same_words(place: Path) -> None:
    found: dict[str, Any] = json.loads(text("--file", "c.yaml", "--json"))
    assert (found["contract"], found["carrier"], found["undecided"]) == ("gold", "acme", None)
    (version,) = found["versions"]
    assert (version["effective"], version["until"]) == ("2020-01-01", None)
    assert [part["title"] for part in version["parts"]][:2] == ["Paper", "Period"]
    assert version["parts"][0]["lines"][1]["text"].startswith("It holds from 2020-01-01")
    assert found["example"]["title"] == "For example"


def test_versions_have_headings_with_their_days(place: Path) -> None:
    later = [{"effective": "2026-07-01", "currency": "EUR"}]
    write("c.yaml", {"contracts": {"gold": PAYING | {"versions": later}}})
    told = text("--file", "c.yaml")
    assert "\nVersion from 2020-01-01 to 2026-06-30\n\nPaper\n" in told
    assert "\nVersion from 2026-07-01 on\n\nPaper\n" in told
    assert [one["until"] for one in json.loads(text("--file", "c.yaml", "--json"))["versions"]] == [
        "2026-06-30",
        None,
    ]


def test_what_is_undecided_comes_first(place: Path) -> None:
    given = PAYING | {"denominator": None, "undecided": ["denominator"]}
    write("c.yaml", {"contracts": {"gold": {key: one for key, one in given.items() if one is not None}}})
    told = text("--file", "c.yaml")
    assert told.index("Not decided") < told.index("Paper")
    assert "denominator is still in dispute. It may be one of 2:" in told
    assert json.loads(text("--file", "c.yaml", "--json"))["undecided"]["title"] == "Not decided"


def test_a_contract_of_the_configuration_is_told_with_a_circuit_that_has_it(place: Path) -> None:
    told = " ".join(text("acme-dia-gold", "-c", str(EXAMPLE)).split())
    assert told.startswith("Contract acme-dia-gold, carrier acme ")
    assert "on lon-acme, which costs 1,200.00 USD a month, would give:" in told
    assert "there is no contract 'acme-dia-god': did you mean" in refusal("acme-dia-god", "-c", str(EXAMPLE))


def test_a_circuit_without_a_charge_is_no_example(place: Path) -> None:
    Path("linkledger.yaml").write_text(ESTATE)
    assert "on a made-up circuit that costs 1,000.00 USD a month" in " ".join(text("gold").split())


def test_without_a_configuration_it_says_what_to_name(place: Path) -> None:
    assert "there is no configuration: name a contracts file with --file" in refusal("gold")


def test_a_file_that_is_no_contract_is_refused_with_its_places(place: Path) -> None:
    write("c.yaml", {"contracts": {"gold": {"carrier": "acme"}}})
    assert "the contract can't be used:\nc.yaml:1:" in refusal("--file", "c.yaml")
    assert "the configuration can't be used:\nc.yaml" in refusal("gold", "-c", "c.yaml")


@pytest.mark.parametrize("kind", sorted(path.stem for path in Path("config/contracts/kinds").glob("*.yaml")))
def test_every_shipped_kind_is_explained(kind: str) -> None:
    told = text("--file", f"config/contracts/kinds/{kind}.yaml")
    assert "For example\n  " in told
    assert "None" not in told
