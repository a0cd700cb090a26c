"""A machine of a test's own: what is installed and started in it touches nothing else.

It is this machine's system with a layer above it that lives in memory. A system that holds nothing of
ours is a stricter test, and takes a minute to make:

    mmdebstrap --variant=apt --include=python3,python3-apt,python3-venv,systemd bookworm FOLDER
    LINKLEDGER_SYSTEM=FOLDER .venv/bin/pytest tests/deploy
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.processes import Server, http

ROOT = Path(__file__).parents[2]
SYSTEM = Path(os.environ.get("LINKLEDGER_SYSTEM", "/"))
UNIT = ROOT / "deploy" / "systemd" / "linkledger.service"
CONFIG = Path("etc/linkledger/linkledger.yaml")
LEDGER = Path("var/lib/linkledger/ledger.db")
PLAIN = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
"""The environment of what runs in it: none of ours."""
DEVICES = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9)}


class Machine:
    """A tree with a system in it; programs see it as their root."""

    def __init__(self, root: Path, mounts: ExitStack) -> None:
        self.root, self._mounts = root, mounts

    def share(self, folder: Path, place: Path | None = None) -> None:
        """Let the machine see a folder of ours, at the same place or another."""
        there = self.root / (place or folder).relative_to("/")
        there.mkdir(parents=True, exist_ok=True)
        _mount(self._mounts, there, folder, "--bind")

    def run(self, *words: str | Path) -> str:
        """What a command prints; fails unless it succeeds."""
        done = self.attempt(*words)
        assert done.returncode == 0, f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def attempt(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command and keep what it says."""
        return subprocess.run(
            ["chroot", self.root, *words], env=PLAIN, capture_output=True, text=True, check=False, timeout=120
        )

    def bring(self, file: Path) -> Path:
        """Put a file of ours into its /root; gives where it is for the programs in it."""
        (self.root / "root" / file.name).write_bytes(file.read_bytes())
        return Path("/root", file.name)

    def configure(self, text: str) -> None:
        """Write the configuration as an administrator would."""
        path = self.root / CONFIG
        path.write_text(text)
        path.chmod(0o640)
        self.run("chgrp", "linkledger", Path("/", CONFIG))

    def ledger_is_kept(self) -> bool:
        """Whether there is a ledger with something in it."""
        ledger = self.root / LEDGER
        return ledger.exists() and ledger.stat().st_size > 0


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """A machine whose changes are gone after the block. No service manager runs in it."""
    root = folder / "machine"
    with ExitStack() as mounts:
        _mount(mounts, folder, "tmpfs", "-t", "tmpfs")
        for name in ("changes", "work", "machine"):
            (folder / name).mkdir()
        layers = f"lowerdir={SYSTEM},upperdir={folder / 'changes'},workdir={folder / 'work'}"
        _mount(mounts, root, "overlay", "-t", "overlay", "-o", layers)
        _mount(mounts, root / "proc", "proc", "-t", "proc")
        for place in ("run", "tmp", "dev"):
            _mount(mounts, root / place, "tmpfs", "-t", "tmpfs")
        for name, numbers in DEVICES.items():
            os.mknod(root / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(*numbers))
            (root / "dev" / name).chmod(0o666)
        (root / "dev" / "shm").mkdir()
        for shared in ("tmp", "dev/shm"):
            (root / shared).chmod(0o1777)
        yield Machine(root, mounts)


def _mount(mounts: ExitStack, place: Path, what: Path | str, *options: str) -> None:
    subprocess.run(["mount", *options, what, place], check=True, capture_output=True)
    mounts.callback(_unmount, place)


def _unmount(place: Path) -> None:
    subprocess.run(["umount", "--lazy", place], check=True)


def unit_settings() -> dict[str, list[str]]:
    """The unit's keys and the values of each, in order."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


class Service(Server):
    """What the unit starts, started as systemd would: its command, user, capabilities and directories."""

    program = "chroot"

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self._machine = machine

    def arguments(self) -> Sequence[str]:
        """Into the machine, then down to what the unit leaves of root."""
        unit = {key: values[0] for key, values in unit_settings().items()}
        capabilities = f"-all,+{unit['AmbientCapabilities'].removeprefix('CAP_').lower()}"
        state = f"/var/lib/{unit['StateDirectory']}"
        owner = f"{unit['User']}:{unit['Group']}"
        begin = (
            f"test -e {unit['ConditionPathExists']} && umask {unit['UMask']} && mkdir -p {state} && "
            f"chown {owner} {state} && chmod {unit['StateDirectoryMode']} {state} && "
            f'cd {unit["WorkingDirectory"]} && exec "$@"'
        )
        return [
            *(str(self._machine.root), "env", "-i", *(f"{key}={value}" for key, value in PLAIN.items())),
            *("sh", "-c", begin, "sh", "setpriv", "--no-new-privs", "--init-groups"),
            *(f"--reuid={unit['User']}", f"--regid={unit['Group']}"),
            *(f"--{which}-caps={capabilities}" for which in ("inh", "ambient")),
            f"--bounding-set={capabilities}",
            *unit["ExecStart"].split(),
        ]

    def is_ready(self) -> bool:
        """It answers `/-/healthy`."""
        return bool(http(f"{self.url}/-/healthy"))

    def config(self) -> str:
        """A configuration that measures this machine's loopback, ten packets a second."""
        return loopback(f"127.0.0.1:{self.port}")

    def wait_for_answers(self) -> None:
        """Return once a probe got an answer."""
        self.wait_until(lambda: answers(http(f"{self.url}/metrics").decode()) or None)


def answers(metrics: str) -> float:
    """How many packets were answered, by a /metrics page."""
    found = re.findall(r"^linkledger_probe_packets_received_total\{.*\} (\S+)$", metrics, re.MULTILINE)
    return sum(map(float, found))


def loopback(listen: str) -> str:
    """A configuration that measures loopback ten times a second and listens there."""
    return f"""\
site: lab
ledger: {{path: {Path("/", LEDGER)}}}
web: {{listen: "{listen}"}}
sites: {{lab: {{timezone: UTC, reference: none}}}}
carriers: {{acme: {{name: Acme}}}}
circuits:
  near:
    carrier: acme
    site: lab
    probes: {{near: {{icmp: 127.0.0.1, every: 1s, packets: 10, timeout: 500ms}}}}
"""


def build(target: str, out: Path) -> Path:
    """`make TARGET` into a folder."""
    done = subprocess.run(
        ["make", target, f"DIST={out}"], cwd=ROOT, env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return out
