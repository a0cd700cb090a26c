"""The Dockerfile: linted, and what it says run as a container engine would run it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.deploy.machine import CONFIG, ROOT, Machine, answers, loopback, machine

DOCKERFILE = ROOT / "Dockerfile"
POLLS, POLL_SECONDS = 300, 0.1

ACCOUNTS = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "group": "root:x:0:\n",
    "shadow": "root:*:19000:0:99999:7:::\n",
    "gshadow": "root:*::\n",
}
"""Those of an image that has no users of its own yet."""


def instructions() -> dict[str, str]:
    """The last stage's instructions; their line continuations joined."""
    text = "".join(line for line in DOCKERFILE.read_text().splitlines(True) if not line.startswith("#"))
    stage = text.replace("\\\n", " ").rpartition("FROM ")[2]
    return dict(re.findall(r"^([A-Z]+) +(.*)$", stage, re.MULTILINE))


def test_hadolint_has_nothing_to_say() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "hadolint", DOCKERFILE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_context_holds_what_the_build_reads_and_nothing_secret() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert lines.index("*") < min(lines.index(f"!{path}") for path in allowed)
    scripts = {ROOT / "deploy/wheels", ROOT / "deploy/environment"}
    read = {path for script in scripts for path in re.findall(r"tests/setup/[\w.]+", script.read_text())}
    read |= {"pylock.toml", "pyproject.toml", "README.md", "LICENSE", "collector", "config", "probes"}
    assert read | {str(script.relative_to(ROOT)) for script in scripts} == allowed


class Container:
    """What an engine makes of the image: process 1, the image's user, no capability, a read-only root."""

    def __init__(self, made: Machine, process: subprocess.Popen[bytes]) -> None:
        self._root, self._process = made.root, process

    @property
    def pid(self) -> int:
        """Process 1, as seen from outside."""
        engine = self._process.pid
        for _ in range(POLLS):
            if children := Path(f"/proc/{engine}/task/{engine}/children").read_text().split():
                return int(children[0])
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(POLL_SECONDS)
        pytest.fail(f"there is no process 1; its engine's exit code: {self._process.returncode}")

    def attempt(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the container (docker exec)."""
        there = ["nsenter", "--net", "--target", str(self.pid), "chroot", str(self._root)]
        return subprocess.run([*there, *words], capture_output=True, text=True, check=False)

    def wait_until_healthy(self, check: list[str]) -> None:
        """Return once the health check says so."""
        for _ in range(POLLS):
            if self.attempt(*check).returncode == 0:
                return
            with suppress(subprocess.TimeoutExpired):
                pytest.fail(f"it ended with exit code {self._process.wait(POLL_SECONDS)}")
        pytest.fail("it never got healthy")

    def wait_for_answers(self) -> None:
        """Return once a probe got an answer."""
        ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9850/metrics').read().decode())"
        for _ in range(POLLS):
            if answers(self.attempt("/opt/linkledger/bin/python", "-c", ask).stdout):
                return
        pytest.fail("no probe got an answer")

    def stop(self) -> int:
        """SIGTERM to process 1 (docker stop); gives its exit code."""
        subprocess.run(["kill", "-TERM", str(self.pid)], check=True)
        return self._process.wait(15)


@contextmanager
def container(made: Machine) -> Iterator[Container]:
    """One that runs the image's command with a volume on a root that can't be written to."""
    said = instructions()
    user, group = said["USER"].split(":")
    path = f"PATH={said['ENV'].partition('PATH=')[2].replace('$PATH', '/usr/bin:/bin')}"
    command = [*json.loads(said["ENTRYPOINT"]), *json.loads(said["CMD"])]
    begin = f"""
        ip link set lo up
        echo "0 2147483647" > /proc/sys/net/ipv4/ping_group_range
        mount --rbind {made.root} {made.root}
        mount --bind {made.root}{said["VOLUME"]} {made.root}{said["VOLUME"]}
        mount -o remount,bind,ro {made.root}
        exec chroot {made.root} env -i {path} --chdir={said["WORKDIR"]} \\
            setpriv --reuid={user} --regid={group} --clear-groups --no-new-privs \\
            --inh-caps=-all --ambient-caps=-all --bounding-set=-all {shlex.join(command)}
    """
    engine = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-ec", begin]
    with subprocess.Popen(engine) as process:
        try:
            yield Container(made, process)
        finally:
            process.kill()


@pytest.fixture
def image(unpacked: Path, tmp_path: Path) -> Iterator[Machine]:
    """The image's last stage: accounts of its own, and the environment that the same scripts made."""
    with machine(tmp_path) as made:
        for name, text in ACCOUNTS.items():
            (made.root / "etc" / name).write_text(text)
        made.run("sh", "-ec", instructions()["RUN"])
        made.share(unpacked / "opt/linkledger", Path("/opt/linkledger"))
        config = made.root / CONFIG
        config.parent.mkdir(exist_ok=True)
        config.write_text(loopback("127.0.0.1:9850"))
        yield made


@pytest.mark.slow
@pytest.mark.root
def test_the_image_runs_as_process_1_without_a_privilege_and_stops_when_told(image: Machine) -> None:
    said = instructions()
    check = ["env", "PATH=/opt/linkledger/bin", *json.loads(said["HEALTHCHECK"].partition("CMD ")[2])]
    assert image.attempt(*check).returncode != 0
    with container(image) as running:
        running.wait_until_healthy(check)
        status = Path(f"/proc/{running.pid}/status").read_text()
        assert re.search(r"^NSpid:\s+\d+\s+1$", status, re.MULTILINE)
        assert re.search(rf"^Uid:\s+{said['USER'].split(':')[0]}\b", status, re.MULTILINE)
        assert set(re.findall(r"^Cap\w+:\s+(\w+)$", status, re.MULTILINE)) == {"0" * 16}
        running.wait_for_answers()
        assert running.stop() == 0
    assert image.ledger_is_kept()
