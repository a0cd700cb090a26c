"""What `deploy/install` puts on a machine, and that it runs from there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root that linkledger was installed into, from this checkout."""
    root = tmp_path_factory.mktemp("root")
    done = subprocess.run(
        [ROOT / "deploy/install", root], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return root


@pytest.mark.slow
def test_every_file_is_in_its_place(installed: Path) -> None:
    places = (
        "opt/linkledger/bin/linkledger",
        "etc/systemd/system/linkledger.service",
        "usr/lib/sysusers.d/linkledger.conf",
        "usr/lib/tmpfiles.d/linkledger.conf",
        "etc/sysctl.d/60-linkledger.conf",
    )
    assert [place for place in places if not (installed / place).is_file()] == []
    assert (installed / "usr/local/bin/linkledger").readlink() == Path("/opt/linkledger/bin/linkledger")


@pytest.mark.slow
def test_the_installed_command_needs_nothing_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    command = installed / "opt/linkledger/bin/linkledger"
    example = ROOT / "config/examples/minimal.yaml"
    for words in (["--version"], ["check", str(example)], ["check", "--schema"]):
        done = subprocess.run([command, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert str(ROOT) not in done.stdout.replace(str(example), "")
