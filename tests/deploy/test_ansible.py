"""The Ansible role, played on a machine of a test's own: it has no systemd, so the service is left alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.machine import CONFIG, PLAIN, ROOT, Machine, loopback

pytestmark = [pytest.mark.slow, pytest.mark.root]

ROLES = ROOT / "deploy" / "ansible" / "roles"
README = ROLES / "linkledger" / "README.md"
RECAP = re.compile(r"ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


class Control:
    """ansible-playbook on this side; what it would do on a host it does in a machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environ = {
            **PLAIN,
            "HOME": str(folder),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_ROLES_PATH": str(ROLES),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "1",
        }

    def play(self, *options: str, **variables: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
        """Play the role on localhost with these variables."""
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "roles": [{"role": "linkledger", "vars": variables}],
        }
        playbook = self._folder / "play.yml"
        playbook.write_text(json.dumps([play]))
        return subprocess.run(
            [Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", *options, playbook],
            cwd=self._folder, env=self._environ, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def enter(self, machine: Machine) -> None:
        """From now on a host's shell is the machine's, and files are handed over in a folder of both."""
        shared = self._folder / "shared"
        shared.mkdir()
        machine.share(shared)
        shell = self._folder / "shell"
        shell.write_text(f'#!/bin/sh\nexec chroot {machine.root} /bin/sh "$@"\n')
        shell.chmod(0o755)
        (machine.root / shell.relative_to("/")).symlink_to("/bin/sh")  # what it calls by the same name
        self._environ |= {
            "ANSIBLE_EXECUTABLE": str(shell),
            "ANSIBLE_REMOTE_TMP": str(shared),
            "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
        }


@pytest.fixture
def control(tmp_path_factory: pytest.TempPathFactory) -> Control:
    """A controller with a home of its own."""
    return Control(tmp_path_factory.mktemp("control"))


def changes(done: subprocess.CompletedProcess[str]) -> int:
    """How many tasks changed something; fails where one failed."""
    recap = RECAP.search(done.stdout)
    assert recap, done.stdout + done.stderr
    assert (recap[3], recap[4], done.returncode) == ("0", "0", 0), done.stdout
    return int(recap[2])


def settings() -> dict[str, Any]:
    """A configuration with a secret in it."""
    parsed: dict[str, Any] = yaml.safe_load(loopback("127.0.0.1:9850"))
    output = {"url": "http://192.0.2.1:8086", "api": "v2", "org": "ops", "token": {"credential": "influx"}}
    return {**parsed, "outputs": {"influxdb": {"central": output}}}


def test_a_second_play_changes_nothing_and_a_bad_configuration_nothing_either(
    debian: Machine, control: Control, package: Path
) -> None:
    control.enter(debian)
    variables: dict[str, Any] = {
        "linkledger_package": str(package),
        "linkledger_config": settings(),
        "linkledger_secrets": {"influx": "s3cret"},
        "linkledger_manage_service": False,
    }
    first = control.play(**variables)
    assert changes(first) >= 5
    assert "s3cret" not in first.stdout + first.stderr
    assert debian.run("stat", "-c", "%a %U %G", Path("/", CONFIG)) == "640 root linkledger\n"
    assert debian.run("stat", "-c", "%a %U", "/etc/linkledger/secrets/influx") == "600 root\n"
    assert "LoadCredential=influx:/etc/linkledger/secrets/influx\n" in debian.run(
        "cat", "/etc/systemd/system/linkledger.service.d/credentials.conf"
    )
    written = (debian.root / CONFIG).read_text()
    assert changes(control.play(**variables)) == 0

    variables["linkledger_config"] = {**settings(), "circuits": {"near": {}}}
    bad = control.play("--start-at-task", "Write the configuration", **variables)
    assert bad.returncode != 0
    assert "circuits.near" in bad.stdout
    assert (debian.root / CONFIG).read_text() == written


def test_the_readmes_example_says_what_the_role_asks_for(control: Control) -> None:
    (play,) = yaml.safe_load(README.read_text().partition("```yaml\n")[2].partition("```")[0])
    variables = play["roles"][0]["vars"]
    specs = yaml.safe_load((ROLES / "linkledger/meta/argument_specs.yml").read_text())
    assert set(variables) <= set(specs["argument_specs"]["main"]["options"])
    done = control.play("--syntax-check", **variables)
    assert done.returncode == 0, done.stderr
