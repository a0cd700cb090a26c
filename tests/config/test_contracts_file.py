"""Contracts alone: what `replay` reads of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.contracts_file import load_contract, load_contracts, read_contracts_file, split_choice
from config.errors import ConfigErrors
from tests.config.estate import GOOD

ALONE = GOOD[GOOD.index("contracts:") :]
SILVER = ALONE.replace("contracts:\n", "").replace("gold", "silver")


def written(directory: Path, text: str) -> Path:
    """A file `c.yaml`."""
    path = directory / "c.yaml"
    path.write_text(text)
    return path


def refused(path: Path, name: str | None = None) -> list[str]:
    """The problems of a file, or of a choice from it."""
    with pytest.raises(ConfigErrors) as caught:
        load_contract(path, name)
    return [str(one).removeprefix(f"{path.parent}/") for one in caught.value.problems]


def test_contracts_alone_are_enough(tmp_path: Path) -> None:
    assert list(load_contracts(written(tmp_path, ALONE))) == ["gold"]


def test_the_carrier_need_not_be_declared_and_other_sections_are_left_alone(tmp_path: Path) -> None:
    found = read_contracts_file(written(tmp_path, GOOD.replace("icmp:", "nonsense:") + "ledger: 7\n"))
    assert list(found.contracts) == ["gold"]
    assert found.carriers["acme"].name == "Acme Telecom"
    assert read_contracts_file(written(tmp_path, ALONE)).carriers == {}


def test_defaults_and_include_work_as_usual(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text(ALONE.replace("    currency: USD\n", ""))
    text = "include: [more.yaml]\ndefaults: {contracts: {currency: EUR}}\n"
    _, gold = load_contract(written(tmp_path, text))
    assert gold.currency == "EUR"


def test_one_of_several_is_chosen_by_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, ALONE + SILVER)
    assert load_contract(path, "silver")[0] == "silver"
    assert refused(path) == [
        f"c.yaml: contracts: holds 2 contracts (gold, silver): choose one, as in {path}#gold"
    ]
    assert refused(path, "silvr") == ["c.yaml: contracts: there is no 'silvr': did you mean 'silver'?"]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = ALONE.replace("denominator: elapsed", "denominatr: elapsed").replace("99.9%", "99.9ms")
    assert [
        line.partition(": contracts.")[2].partition(":")[0] for line in refused(written(tmp_path, text))
    ] == [
        "gold.denominator",
        "gold.denominatr",
        "gold.objectives.availability.target",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "c.yaml:1:1: contracts: 'contracts' is needed: what was promised, by name"),
        ("contract: {}\n", "c.yaml:1:1: contracts: 'contracts' is needed: what was promised, by name"),
        ("contracts: {}\n", "c.yaml:1:1: contracts: 'contracts' is needed: what was promised, by name"),
        ("contracts: 7\n", "c.yaml:1:12: contracts: must be a map: lines of `key: value`"),
        ("contracts: {gold: 7}\n", "c.yaml:1:19: contracts.gold: must be a map: lines of `key: value`"),
        ("contracts: {Gold: {}}\n", "c.yaml:1:13: contracts.Gold: 'Gold' is not a slug: "),
    ],
)
def test_a_file_without_contracts_says_so(tmp_path: Path, text: str, said: str) -> None:
    assert any(line.startswith(said) for line in refused(written(tmp_path, text)))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "c.yaml") == ["c.yaml: there is no such file"]


def test_a_choice_is_cut_at_the_last_mark(tmp_path: Path) -> None:
    assert split_choice("a.yaml#gold") == (Path("a.yaml"), "gold")
    assert split_choice("a#b.yaml#gold") == (Path("a#b.yaml"), "gold")
    assert split_choice("a.yaml") == (Path("a.yaml"), None)
    assert split_choice("a.yaml#") == (Path("a.yaml#"), None)
    odd = tmp_path / "odd#name"
    odd.write_text(ALONE)
    assert split_choice(str(odd)) == (odd, None)
