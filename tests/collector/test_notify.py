"""Messages to systemd."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector.notify import Notifier
from tests.clock import START_MONO_NS, FakeClock


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket as systemd binds it, and what it puts into NOTIFY_SOCKET."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@linkledger-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as listener:
        listener.bind(name.replace("@", "\0", 1))
        yield listener, name


def test_systemd_hears_each_state(manager: tuple[socket.socket, str], clock: FakeClock) -> None:
    listener, name = manager
    notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "60000000"}, clock)
    said = []
    steps: tuple[Callable[[], None], ...] = (
        lambda: notifier.ready("measuring 3 circuits"),
        notifier.reloading,
        notifier.watchdog,
        lambda: notifier.status("one\nMAINPID=1"),
        notifier.stopping,
    )
    for tell in steps:
        tell()
        said.append(listener.recv(4096).decode())
    assert said == [
        "READY=1\nSTATUS=measuring 3 circuits",
        f"RELOADING=1\nMONOTONIC_USEC={START_MONO_NS // 1000}",
        "WATCHDOG=1",
        "STATUS=one MAINPID=1",
        "STOPPING=1",
    ]
    assert notifier.watchdog_us == 60_000_000


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/nonexistent/notify"}])
def test_where_nobody_listens_nothing_happens(environ: dict[str, str], clock: FakeClock) -> None:
    notifier = Notifier(environ, clock)
    notifier.ready()
    notifier.watchdog()
    assert notifier.watchdog_us == 0
