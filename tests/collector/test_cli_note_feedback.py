"""`linkledger note feedback`: how it went for somebody, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli
from tests.collector.ledgers import BEGIN_MS, good, key, ledger_at
from tests.collector.test_statements import CONFIG

THEN = "2026-01-05T10:00:00Z"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "linkledger.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    with ledger_at(tmp_path / "ledger.db") as ledger:
        ledger.append([good(ledger.series(key()), BEGIN_MS)])
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["note", *words])


def test_it_is_written_and_listed_with_its_site_and_circuit() -> None:
    said = ("--score", "2", "--text", "calls broke", "--at", THEN, "--from", "Jo")
    done = run("feedback", "lon", *said, "--circuit", "lon-acme")
    assert done.exit_code == 0, done.output
    (row,) = json.loads(run("list", "--kind", "feedback", "--json").stdout)
    given = {
        "at": THEN,
        "circuit": "lon-acme",
        "from": "Jo",
        "score": 2,
        "site": "lon",
        "text": "calls broke",
    }
    assert row["body"].items() >= given.items()
    assert row["says"].startswith("site lon")


def test_what_names_a_circuit_concerns_it_alone_and_what_names_none_all_of_the_site() -> None:
    run("feedback", "lon", "--score", "1", "--at", THEN, "--circuit", "lon-acme")
    run("feedback", "lon", "--score", "5", "--at", THEN)
    scores = {
        name: [one["body"]["score"] for one in json.loads(run("list", "--circuit", name, "--json").stdout)]
        for name in ("lon-acme", "lon-beta")
    }
    assert scores == {"lon-acme": [1, 5], "lon-beta": [5]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lom", "--score", "1"), "did you mean 'lon'?"),
        (("lon", "--score", "6"), "6 is not in the range"),
        (("lon", "--score", "1", "--circuit", "lon-acm"), "did you mean 'lon-acme'?"),
        (("lon", "--score", "1", "--at", "2999-01-01T00:00:00Z"), "is yet to come"),
        (("lon", "--score", "1", "--at", "noon"), "is not a time"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(words: tuple[str, ...], said: str) -> None:
    done = run("feedback", *words)
    assert done.exit_code == 2
    assert said in done.output
