"""`linkledger output test`: it arrives, marked as a test, or the command says why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.cli.output import output_command
from tests.config.estate import GOOD
from tests.e2e.hooks import hooked


def run(tmp_path: Path, outputs: dict[str, object], name: str) -> tuple[int, str, str]:
    path = tmp_path / "linkledger.yaml"
    path.write_text(f"{GOOD}outputs: {json.dumps(outputs)}\n")
    done = CliRunner().invoke(output_command, ["test", name, "-c", str(path)])
    return done.exit_code, done.stdout, done.stderr


def test_a_test_arrives_and_says_that_it_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "edge-lon-01")
    with hooked() as hook:
        assert run(tmp_path, {"webhook": {"noc": {"url": hook.url}}}, "noc") == (0, "noc took it\n", "")
    (notice,) = hook.notices
    assert (notice["test"], notice["about"]["circuit"]) == (True, "lon-acme")
    assert notice["outage"]["cause"] == "a test: nothing is down"


@pytest.mark.parametrize(
    ("outputs", "code", "said"),
    [
        (
            {"webhook": {"noc": {"url": "http://127.0.0.1:1/"}}},
            3,
            "noc: not reached: 127.0.0.1:1: Connection refused",
        ),
        ({"webhook": {"desk": {"url": "http://127.0.0.1:1/"}}}, 2, "breaches; it has: desk"),
        ({"influxdb": {"noc": {"url": "http://127.0.0.1:1/", "api": "v1"}}}, 2, "noc is a store"),
    ],
)
def test_what_does_not_arrive_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outputs: dict[str, object], code: int, said: str
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "edge-lon-01")
    exit_code, _, stderr = run(tmp_path, outputs, "noc")
    assert (exit_code, said in stderr) == (code, True)
