"""What a shell is told when it asks what could stand next."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from collector.cli import ASKED, cli
from config.light_names import names

CONFIG = """\
demo: {clock: 2025-12-31T23:59:00Z}
include: [conf.d/*.yaml]
sites:
  # one a town
  lon-01: {timezone: UTC}
  nyc-01:
    timezone: UTC
carriers: {acme: {name: Acme}, blink: {name: Blink}}
circuits:
  lon-acme: {site: lon-01}
  csv: more.csv
  "lon-blink":
    site: lon-01
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "linkledger.yaml").write_text(CONFIG)
    (tmp_path / "more.csv").write_text("# a table\ncircuit,site\nnyc-acme,nyc-01\n")
    (tmp_path / "conf.d" / "a.yaml").write_text("contracts:\n  gold:\n    carrier: acme\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(ASKED, "bash_complete")
    monkeypatch.delenv("LINKLEDGER_CONFIG", raising=False)
    return tmp_path / "linkledger.yaml"


def asked(words: str) -> list[str]:
    *before, last = words.split(" ")
    shell = BashComplete(cli, {}, "linkledger", ASKED)
    return [one.value for one in shell.get_completions(before, last)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("sta", ["status"]),
        ("sla --circuit lon", ["lon-acme", "lon-blink"]),
        ("sla --carrier ", ["acme", "blink"]),
        ("note ticket nyc", ["nyc-acme"]),
        ("contract explain ", ["gold"]),
        ("check --site l", ["lon-01"]),
        ("contract new --kind wave", ["wavelength-duration-bands"]),
        ("probe lon-a", ["lon-acme/"]),
        ("sla --period 2025-Q", ["2025-Q4", "2025-Q3", "2025-Q2", "2025-Q1"]),
        ("sla --period cur", ["current"]),
        ("completion f", ["fish"]),
        ("sla --nothing", []),
    ],
)
@pytest.mark.usefixtures("config")
def test_it_completes(words: str, expected: list[str]) -> None:
    assert asked(words)[:4] == expected


@pytest.mark.usefixtures("config")
def test_options_are_completed_too() -> None:
    assert "--circuit" in asked("sla --c")


def test_the_months_are_those_of_a_demo(config: Path) -> None:
    assert asked(f"sla -c {config} --period 2025-12") == ["2025-12"]


def test_names_are_found_in_every_usual_form(config: Path) -> None:
    assert names(config, "circuits") == ["lon-acme", "nyc-acme", "lon-blink"]
    assert names(config, "sites") == ["lon-01", "nyc-01"]
    assert names(config, "contracts") == ["gold"]


def test_a_configuration_that_is_not_there_has_no_names(tmp_path: Path) -> None:
    assert names(tmp_path / "none.yaml", "circuits") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_command_and_the_shell_understands_it(shell: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["completion", shell])
    assert done.exit_code == 0
    assert ASKED in done.output
    if program := shutil.which(shell):
        script = tmp_path / "script"
        script.write_text(done.output)
        assert subprocess.run([program, "-n", str(script)], check=False).returncode == 0


def test_the_list_of_commands_is_told_without_importing_one() -> None:
    code = (
        "import sys; from collector.cli import cli; "
        "from click.shell_completion import BashComplete as B; "
        f"assert len(B(cli, {{}}, 'linkledger', {ASKED!r}).get_completions([], '')) > 10; "
        "assert not any(one.startswith('collector.cli.') for one in sys.modules), sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.usefixtures("config")
def test_names_come_before_anything_slow_would_be_imported() -> None:
    lines = (
        *("sla --circuit l", "note ticket l", "probe l", "check --explain l", "export --circuit l"),
        *("dispute --circuit l", "replay --circuit l", "claim --carrier a", "contract explain g"),
        "report --carrier a",
    )
    code = f"""
import sys
from click.shell_completion import BashComplete
from collector.cli import cli
shell = BashComplete(cli, {{}}, "linkledger", {ASKED!r})
for line in {lines!r}:
    *before, last = line.split()
    assert shell.get_completions(before, last), line
    slow = {{"numpy", "pydantic", "rich", "yaml", "asyncio"}} & set(sys.modules)
    assert not slow, (line, slow)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
