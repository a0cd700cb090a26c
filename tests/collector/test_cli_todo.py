"""`linkledger todo` over a real ledger."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli
from collector.cli.todo import NOTHING
from probes.clock import NS_PER_MS, Instant, SystemClock
from tests.collector.claiming.estate import FEBRUARY_MS, OVER_MS, note
from tests.collector.claiming.estate import written as configured
from tests.collector.web.booked import made


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration and an issued January."""
    return made(tmp_path_factory.mktemp("todo"))


@pytest.fixture
def folder(issued: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for file in issued.glob("l*"):
        if file.is_file():
            shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(SystemClock, "now", lambda self: Instant(OVER_MS * NS_PER_MS, 0))
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["todo", *words])


@pytest.mark.usefixtures("folder")
def test_it_lists_what_to_do_with_its_day_and_its_worth() -> None:
    told = run()
    assert told.exit_code == 0, told.output
    assert "100.00 GBP to claim" in told.stdout
    (line,) = [line for line in told.stdout.splitlines() if "100.00 GBP for 1 circuit" in line]
    assert line.split()[0] == "soon"
    assert "2026-03-02" in line


@pytest.mark.usefixtures("folder")
def test_with_v_it_says_why_and_the_key_that_a_dismissal_names() -> None:
    told = run("-v", "--carrier", "beta").stdout
    assert "A credit is due and nobody has claimed it." in told
    assert "key: claim:beta/USD:2026-01" in told
    assert "acme" not in told


def test_what_is_dismissed_is_left_out_unless_all_are_asked_for(folder: Path) -> None:
    settings = configured(folder)
    note(settings, "dismiss", key="claim:beta/USD:2026-01", at_ms=FEBRUARY_MS)
    assert "claim:beta" not in run("--json").stdout
    found = {one["key"]: one for one in json.loads(run("--json", "--all").stdout)}
    assert found["claim:beta/USD:2026-01"]["dismissed_by"] == "ann"
    told = run("--carrier", "beta")
    assert (told.exit_code, told.stdout) == (0, "")
    assert NOTHING in told.stderr


@pytest.mark.usefixtures("folder")
def test_a_carrier_that_there_is_not_is_exit_2_and_no_ledger_exit_3() -> None:
    told = run("--carrier", "acmee")
    assert (told.exit_code, "has no carrier 'acmee'; it has acme, beta" in told.stderr) == (2, True)
    Path("ledger.db").unlink()
    assert run().exit_code == 3
