"""`linkledger probe` against this host's own loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli.probe import probe_command
from tests.config.estate import changed


def probe(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(probe_command, words)


@pytest.mark.root
def test_rounds_that_come_faster_than_their_answers_are_all_told() -> None:
    told = json.loads(probe("127.0.0.1", "--count", "20", "--every", "1ms", "--json").stdout)
    assert (told["sent"], len({one["at_ms"] for one in told["rounds"]})) == (20, 20)


@pytest.mark.root
@pytest.mark.parametrize(
    ("kind", "target", "options"), [("icmp", "127.0.0.7", "size: 100"), ("tcp", "127.0.0.7:1", "every: 5s")]
)
def test_a_configured_probe_is_measured_as_the_daemon_measures_it(
    tmp_path: Path, kind: str, target: str, options: str
) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text(changed(("icmp: 203.0.113.1", f'{kind}: "{target}", {options}')))
    done = probe("lon-acme/pe", "-c", str(path), "--count", "1", "--json", "-v")
    told = json.loads(done.stdout)
    assert (told["target"], told["received"], done.exit_code) == (target, 1, 0)
    assert done.stderr == f"{kind} to {target}, one each 1s\n"


def test_a_probe_that_is_not_configured_is_exit_2_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text(changed())
    done = probe("lon-acme/pf", "-c", str(path))
    assert (done.exit_code, done.stderr) == (
        2,
        f"linkledger: {path} has no probe 'lon-acme/pf': did you mean 'lon-acme/pe'?\n",
    )


@pytest.mark.root
def test_a_packet_that_this_host_keeps_is_exit_3() -> None:
    done = probe("255.255.255.255", "--count", "1", "--timeout", "100ms")
    assert (done.exit_code, "not sent" in done.stdout) == (3, True)
