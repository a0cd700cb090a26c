"""The service manager's end of sd_notify(3)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Manager:
    """Listens where systemd would, and remembers what it was told."""

    def __init__(self, channel: socket.socket, path: Path) -> None:
        self.environ = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "60000000"}
        self._channel = channel
        self._told: list[str] = []

    def told(self) -> list[str]:
        """Every line so far, in order."""
        while True:
            try:
                self._told += self._channel.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self._told

    def count(self, line: str) -> int:
        """How often it was told just this."""
        return self.told().count(line)


@contextmanager
def manager(folder: Path) -> Iterator[Manager]:
    """A manager for a daemon that is started with its `environ`."""
    path = folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(path))
        channel.setblocking(False)
        yield Manager(channel, path)
