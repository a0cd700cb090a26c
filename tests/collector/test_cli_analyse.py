"""`linkledger analyse`, and where else it is said how far the ledger is analysed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli
from collector.performance.nightly import work as nightly
from tests.collector.ledgers import BEGIN_MS
from tests.collector.performance.filled import CONFIG, DAY_MS, Jump, fill, rounds

END_MS = BEGIN_MS + 40 * DAY_MS


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Forty days until two days after a rise; the clock stands at their end."""
    fill(tmp_path / "ledger.db", {"a": rounds(40, [Jump(38, 15)])})
    path = tmp_path / "linkledger.yaml"
    path.write_text(f"ledger: {{path: ledger.db}}\ndemo: {{clock: 2026-02-10T00:00:00Z}}\n{CONFIG}")
    return path


def call(config: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "-c", str(config)])


def test_it_tells_what_is_new_and_how_far_it_is(config: Path) -> None:
    assert "not analysed yet" in call(config, "ledger", "info").output
    done = call(config, "analyse", "-v")
    assert (done.exit_code, done.exception) == (0, None)
    lines = done.output.splitlines()
    assert lines[0].startswith("a: RTT rose from")
    assert lines[-2].startswith("analysed 2 circuits until 2026-02-10T00:00:00Z in ")
    assert lines[-1] == "120 days summed up"
    assert "analysed until 2026-02-10T00:00:00Z, 2 circuits" in call(config, "ledger", "info").output
    told = json.loads(call(config, "status", "--json").output)["analysis"]
    assert (told["until"], told["circuits"]) == ("2026-02-10T00:00:00Z", 2)
    again = json.loads(call(config, "analyse", "--json").output)
    assert (again["findings"], again["failed"], again["circuits"]) == ([], {}, 2)
    whole = json.loads(call(config, "analyse", "--all", "--json").output)
    assert whole["days"] == 120
    assert whole["findings"] == []


def test_as_json_a_finding_has_its_figures(config: Path) -> None:
    found = json.loads(call(config, "analyse", "--json").output)["findings"]
    (one,) = [each for each in found if each["metric"] == "rtt"]
    assert (one["circuit"], one["kind"], one["until"]) == ("a", "shift", None)
    assert one["after"] - one["before"] == pytest.approx(0.015, rel=0.1)
    assert one["at"][:10] in {"2026-02-07", "2026-02-08"}


def test_a_circuit_that_cannot_be_analysed_is_exit_1(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(readings: object, zone: str, **_: int) -> None:
        raise ValueError("odd")

    monkeypatch.setattr(nightly, "detect", refuse)
    done = call(config, "analyse")
    assert done.exit_code == 1
    assert "a: ValueError: odd" in done.output


def test_without_a_ledger_it_is_exit_3_and_without_a_configuration_2(tmp_path: Path) -> None:
    config = tmp_path / "linkledger.yaml"
    config.write_text(f"ledger: {{path: none.db}}\n{CONFIG}")
    assert call(config, "analyse").exit_code == 3
    assert call(tmp_path / "none.yaml", "analyse").exit_code == 2
