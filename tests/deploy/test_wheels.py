"""The folder of wheels: complete, checked, and enough without a network."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from tests.deploy.machine import PLAIN, ROOT

pytestmark = pytest.mark.slow

INSTALL = re.compile(r"^sudo (\S+/pip install --no-index (?:.*\\\n)*.*)$", re.MULTILINE)


def test_every_wheel_is_named_with_its_hash(wheels: Path) -> None:
    listed = (wheels / "requirements.txt").read_text()
    files = sorted(wheels.glob("*.whl"))
    assert [file.name for file in files if hashlib.sha256(file.read_bytes()).hexdigest() not in listed] == []
    assert len(files) == sum(1 for path in wheels.iterdir() if path.name != "requirements.txt")
    assert any(file.name.startswith("linkledger-") for file in files)


@pytest.mark.root
def test_the_readmes_words_install_without_a_network(wheels: Path, tmp_path: Path) -> None:
    (install,) = INSTALL.findall((ROOT / "README.md").read_text())
    home = tmp_path / "opt"
    subprocess.run(["/usr/bin/python3", "-m", "venv", home], check=True)
    words = install.replace("\\\n", " ").replace("dist/wheels", str(wheels))
    words = words.replace("/opt/linkledger", str(home))
    plain = {**PLAIN, "PIP_CONFIG_FILE": "/dev/null"}
    for command in (
        words,
        f"{home}/bin/linkledger --version",
        f"{home}/bin/linkledger check {ROOT}/config/examples/minimal.yaml",
    ):
        done = subprocess.run(
            ["unshare", "--net", *command.split()],
            cwd=tmp_path, env=plain, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
