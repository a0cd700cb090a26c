"""Network namespaces: made, entered, and removed also after a crash."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

PREFIX = "lab"
"""Names are lab<pid>-<number>-<host>, so that a later run knows whose process is gone."""
RUN = Path("/run/netns")
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """A command that builds the lab failed; the message holds the command and what it said."""


def command(*words: str) -> str:
    """Run a tool that configures the network and return what it printed."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def add(name: str) -> None:
    """Make the namespace `name` with its loopback up and no reverse path filter in the way."""
    command("ip", "netns", "add", name)
    command("ip", "-n", name, "link", "set", "lo", "up")
    with entered(name):
        for key, value in {
            "ipv4/conf/all/rp_filter": "0",
            "ipv4/conf/default/rp_filter": "0",
            "ipv6/conf/default/accept_dad": "0",
            "ipv4/ping_group_range": "0 2147483647",
        }.items():
            Path("/proc/sys/net", key).write_text(value)


def delete(name: str) -> None:
    """Remove a namespace with every device in it; processes in it should be gone before."""
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def join(name: str) -> None:
    """Move the calling thread into the namespace for good."""
    with (RUN / name).open("rb") as there:
        _setns(there.fileno())


@contextmanager
def entered(name: str) -> Generator[None]:
    """The calling thread is in the namespace within the block: sockets opened there stay there."""
    with Path("/proc/thread-self/ns/net").open("rb") as here:
        join(name)
        try:
            yield
        finally:
            _setns(here.fileno())


def inside(name: str, argv: Sequence[str]) -> list[str]:
    """The command line that runs `argv` in the namespace, in place: it keeps its process id."""
    return ["nsenter", f"--net={RUN / name}", *argv]


def remove_leftovers() -> None:
    """Remove namespaces of labs whose process is gone (it was killed before it could clean up)."""
    for entry in RUN.glob(f"{PREFIX}*-*"):
        owner = entry.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            delete(entry.name)


def _setns(descriptor: int) -> None:
    # os.setns came with Python 3.12.
    if _libc.setns(descriptor, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")
