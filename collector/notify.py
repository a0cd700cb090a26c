"""Tells systemd how the service is, by the protocol of sd_notify(3); silent where nobody listens.

`Type=notify-reload` and `WatchdogSec=` rest on it. A message is one datagram of `NAME=value` lines
to the socket that `NOTIFY_SOCKET` names: a path, or `@name` in the abstract namespace.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping

from probes.clock import Clock


class Notifier:
    """A service's side of sd_notify; every method is a no-op outside systemd."""

    def __init__(self, environ: Mapping[str, str], clock: Clock) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._clock = clock
        self.watchdog_us = int(environ.get("WATCHDOG_USEC", 0))
        """How often systemd wants `watchdog` at the latest, in microseconds; 0: never."""

    def ready(self, status: str = "") -> None:
        """Started, or done with a reload."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """A reload begins; systemd orders it by the monotonic time that comes along."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={self._clock.now().mono_ns // 1000}")

    def stopping(self) -> None:
        """The service is on its way out."""
        self._tell("STOPPING=1")

    def watchdog(self) -> None:
        """Still alive."""
        self._tell("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._tell(f"STATUS={text}")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        message = "\n".join(" ".join(line.splitlines()) for line in lines)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as channel:
            try:
                channel.sendto(message.encode(), self._address)
            except OSError:
                return  # a manager that does not listen is no reason to stop measuring
