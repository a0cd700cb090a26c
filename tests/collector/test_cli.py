"""What all commands have in common."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from collector.cli import COMMANDS, SUMMARIES, cli
from collector.ledger.ledger import Ledger
from tests.clock import FakeClock

PRINT_DATA = {
    *("review", "scorecard", "analyse", "anomalies", "kpi"),
    *("check", "probe", "status", "sla", "report", "dispute", "replay", "output list"),
    *("contract explain", "claim", "credits list", "credits import", "forecast", "todo"),
    *("ledger backup", "ledger restore", "ledger info", "ledger check"),
    *(
        f"note {one}"
        for one in ("ticket", "maintenance", "exclude", "carrier", "claim", "feedback", "withdraw", "list")
    ),
    *(f"note {one}" for one in ("goal", "action", "review", "practice", "dismiss")),
}
"""Beside `export`, whose data is CSV."""
GROUPS = {"contract", "credits", "ledger", "note", "output"}


def command(name: str) -> click.Command:
    """A command by its words."""
    found: click.Command = cli
    for word in name.split():
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), word)
        assert inner is not None
        found = inner
    return found


def leaves() -> list[str]:
    """Every command that does something, by its words."""
    groups = {name: command(name) for name in sorted(GROUPS)}
    inner = [
        f"{name} {word}"
        for name, one in groups.items()
        if isinstance(one, click.Group)
        for word in one.commands
    ]
    return [*(name for name in COMMANDS if name not in GROUPS), *inner]


def options(name: str) -> set[str]:
    """Every spelling of every option of a command."""
    return {word for parameter in command(name).params for word in parameter.opts}


def test_the_help_names_every_command() -> None:
    assert set(SUMMARIES) == set(COMMANDS)


@pytest.mark.parametrize("name", [*leaves(), *sorted(GROUPS)])
def test_every_command_has_help_with_an_example(name: str) -> None:
    told = CliRunner().invoke(cli, [*name.split(), "--help"])
    assert told.exit_code == 0
    assert f"Examples:\n    linkledger {name}" in told.stdout


@pytest.mark.parametrize("name", leaves())
def test_every_command_takes_a_configuration_and_more_words(name: str) -> None:
    without = {"demo", "completion"}  # one writes its own, one prints a script that finds it
    assert ({"-c", "--config", "-v", "--verbose"} <= options(name)) == (name not in without)
    assert ("--json" in options(name)) == (name in PRINT_DATA)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["probe", "192.0.2.1", "--every", "0s"], "every is 0ms: at least 1ms"),
        (["probe", "192.0.2.1", "--timeout", "0s"], "timeout is 0ms: at least 1ms"),
        (["probe", "192.0.2.1", "--every", "banana"], "is not a duration"),
        (["probe", "lon-acme/far", "-c", "none.yaml"], "none.yaml: there is no such file"),
        (["status", "--watch"], "--watch draws on a terminal"),
        (["export", "--from", "2026-02-01", "--to", "2026-01-01"], "--to 2026-01-01 lies before"),
    ],
)
def test_a_wrong_command_line_is_exit_2_and_a_sentence(words: list[str], said: str) -> None:
    done = CliRunner().invoke(cli, words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("name", ["status", "export"])
def test_more_words_name_the_ledger_that_was_read(
    name: str, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "linkledger.yaml").write_text("ledger: {path: a.db}\n")
    Ledger.open(tmp_path / "a.db", clock=clock, reserve_bytes=0).close()
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, [name, "-v"])
    assert done.exit_code == 0
    assert "a.db" in done.stderr
