"""`linkledger demo`, and that every command goes by a demo's clock."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.cli import COMMANDS, cli
from collector.cli.common import clock_for
from collector.cli.demo import demo_command
from collector.clocks import clock_of
from collector.demo.configuration import MARK, configuration
from collector.demo.estate import NOW_MS, lines, places
from config.light import demo_clock_ns
from config.load import load

MAY_ASK_THE_SYSTEM = {
    "collector.cli.probing": "it measures now, whatever a demo says",
    "collector.cli.output_test": "the notice goes out now",
    "collector.cli.common": "`clock_for` gives it where there is no demo",
    "collector.cli.contract": "of a contract in a file of its own, which no demo has",
}


def modules() -> list[str]:
    """Every module of the command line."""
    folder = Path(next(iter(find_spec("collector.cli").submodule_search_locations or ())))  # type: ignore[union-attr]
    return sorted(f"collector.cli.{one.stem}" for one in folder.glob("*.py") if one.stem != "__init__")


def asks_the_system(module: str) -> bool:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    return "SystemClock" in names


def demo_config(folder: Path, mark: str = MARK) -> Path:
    """A demo's configuration without its ledger."""
    some = lines(2)
    text = configuration(some, [places()["lon-01"]], "127.0.0.1:0")
    path = folder / "linkledger.yaml"
    path.write_text(text.replace(MARK, mark))
    return path


@pytest.mark.parametrize("module", modules())
def test_no_command_asks_the_systems_clock_without_a_reason(module: str) -> None:
    assert asks_the_system(module) == (module in MAY_ASK_THE_SYSTEM)


def test_every_command_there_is_was_looked_at() -> None:
    assert {path.partition(":")[0] for path in COMMANDS.values()} <= set(modules())


def test_a_glance_and_a_full_reading_agree_on_the_clock(tmp_path: Path) -> None:
    path = demo_config(tmp_path)
    settings = load(path, environ={}).settings
    assert clock_of(settings).now().wall_ms == clock_for(path).now().wall_ms == NOW_MS


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("demo: {clock: 2025-12-31T23:59:00Z}\n", NOW_MS),
        ('demo: {clock: "2025-12-31T23:59:00Z"} # stands\n', NOW_MS),
        ("demo:\n  clock: 2025-12-31T23:59:00Z\n", NOW_MS),
        ("demo:\n  clock: 2026-01-01T00:59:00+01:00\n", NOW_MS),
        ("demo: {clock: never}\n", None),
        ("demo: {}\n", None),
        ("site: lon\n# demo: {clock: 2025-12-31T23:59:00Z}\n", None),
        ("sites:\n  demo: {clock: 2025-12-31T23:59:00Z}\n", None),
    ],
)
def test_a_glance_finds_a_demos_clock_in_any_form(tmp_path: Path, text: str, clock: int | None) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text(text)
    assert demo_clock_ns(path) == (None if clock is None else clock * 1_000_000)


def test_what_is_there_and_no_demos_is_left_alone(tmp_path: Path) -> None:
    path = demo_config(tmp_path, mark="# somebody's own")
    before = path.read_text()
    done = CliRunner().invoke(demo_command, ["--out", str(tmp_path), "--no-serve", "--force"])
    assert done.exit_code == 2
    assert "no demo's" in done.stderr
    assert path.read_text() == before


def test_a_ledger_without_a_configuration_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("somebody's")
    done = CliRunner().invoke(demo_command, ["--out", str(tmp_path), "--force"])
    assert done.exit_code == 2
    assert (tmp_path / "ledger.db").read_text() == "somebody's"


def test_a_demo_that_is_there_is_served_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = demo_config(tmp_path)
    served: list[Path] = []
    before = path.read_text()
    monkeypatch.setattr("collector.cli.demo.serve_demo", served.append)
    done = CliRunner().invoke(demo_command, ["--out", str(tmp_path)])
    assert done.exit_code == 0
    assert served == [path]
    assert "--force" in done.stderr
    assert path.read_text() == before


def test_a_demo_that_is_there_is_made_anew_only_when_told(tmp_path: Path) -> None:
    demo_config(tmp_path)
    done = CliRunner().invoke(demo_command, ["--out", str(tmp_path), "--no-serve"])
    assert done.exit_code == 2
    assert "--force" in done.stderr


def test_an_address_that_is_none_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    done = CliRunner().invoke(demo_command, ["--out", str(tmp_path / "d"), "--listen", "nowhere"])
    assert done.exit_code == 2
    assert "--listen nowhere" in done.stderr
    assert not (tmp_path / "d" / "linkledger.yaml").exists()


def test_it_stands_among_the_commands() -> None:
    assert "demo" in CliRunner().invoke(cli, ["--help"]).output
