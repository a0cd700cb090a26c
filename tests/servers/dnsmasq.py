"""dnsmasq (Debian's `dnsmasq-base`): a real DNS server that owns a few names and asks nobody."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from tests.servers.processes import Server


class Dnsmasq(Server):
    """Answers on 127.0.0.1 and ::1, over UDP and TCP, what `records` (its own options) say.

    What it has no record of and isn't below example.test is refused.
    """

    program = "dnsmasq"

    def __init__(self, *records: str) -> None:
        super().__init__()
        self._records = records

    def arguments(self) -> Sequence[str]:
        """In the foreground, without this host's own files; records are `--host-record=...` and the like."""
        return [
            *(
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--log-facility=-",
            ),
            *("--user=", "--group=", "--pid-file", "--bind-interfaces", "--edns-packet-max=65535"),
            *("--listen-address=127.0.0.1", "--listen-address=::1", f"--port={self.port}"),
            *("--local=/example.test/", *self._records),
        ]

    def is_ready(self) -> bool:
        """It listens on both addresses."""
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, self.port), 1).close()
        return True
