"""`status --watch` on a real terminal: it draws, follows the size, and leaves everything as it was."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.cli.status import status_command
from tests.collector.ledgers import ledger_at

pytestmark = pytest.mark.slow
PATIENCE_SECONDS = 30.0
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
"""Of xterm's second screen: what was on the first one comes back."""
SHOW = b"\x1b[?25h"
"""The cursor."""
SIZE = ("COLUMNS", "LINES")
"""Where they are set they are believed, and not the terminal."""
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A terminal of so many lines and columns, and a program in it."""

    def __init__(self, words: list[str], lines: int = 24, columns: int = 100) -> None:
        self.main, self._other = pty.openpty()
        self.resize(lines, columns)
        self.before = termios.tcgetattr(self._other)
        self.pid = os.posix_spawn(
            words[0],
            words,
            {name: value for name, value in os.environ.items() if name not in SIZE}
            | {"TERM": "xterm-256color"},
            setsid=True,
            setsigdef=[signal.SIGINT],  # a job in the background is told to ignore it, and would pass that on
            file_actions=[(os.POSIX_SPAWN_DUP2, self._other, descriptor) for descriptor in (0, 1, 2)],
        )
        self.shown = b""

    def resize(self, lines: int, columns: int) -> None:
        """Another size; as a terminal does, tell nobody but the kernel."""
        fcntl.ioctl(self.main, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, key: bytes) -> None:
        """Send what a key sends."""
        os.write(self.main, key)

    def wait_for(self, text: bytes) -> bytes:
        """Read until `text` came; gives what came before it. It is not looked at again."""
        while text not in self.shown:
            assert select.select([self.main], [], [], PATIENCE_SECONDS)[0], self.shown
            self.shown += os.read(self.main, 65_536)
        found, _, self.shown = self.shown.partition(text)
        return found

    def exit_code(self) -> int:
        """Of the program, once it has ended; what it still says is read, else it waits for that."""
        while True:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            if select.select([self.main] if self.main >= 0 else [], [], [], 0.05)[0]:
                self.shown += os.read(self.main, 65_536)

    def settings(self) -> list[object]:
        """How the terminal treats keys now."""
        return termios.tcgetattr(self._other)

    def hang_up(self) -> None:
        """Close the window: whoever still reads or writes there gets an error."""
        os.close(self.main)
        os.close(self._other)
        self.main = -1

    def close(self) -> None:
        """Hang up, and end the program if it is still there."""
        if self.main >= 0:
            self.hang_up()
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "linkledger.yaml"
    path.write_text("ledger: {path: ledger.db}\n")
    with ledger_at(tmp_path / "ledger.db"):
        pass
    return path


@pytest.fixture
def watching(config: Path) -> Iterator[Terminal]:
    terminal = Terminal([sys.executable, "-m", "collector", "status", "--watch", "-c", str(config)])
    yield terminal
    terminal.close()


def test_q_leaves_the_terminal_as_it_was(watching: Terminal) -> None:
    watching.wait_for(ENTER)
    watching.wait_for(b"q quit")
    assert watching.settings() != watching.before
    watching.press(b"q")
    watching.wait_for(SHOW)
    watching.wait_for(LEAVE)
    assert watching.exit_code() == 0
    assert watching.settings() == watching.before


def test_ctrl_c_leaves_the_terminal_as_it_was_too(watching: Terminal) -> None:
    watching.wait_for(b"q quit")
    os.kill(watching.pid, signal.SIGINT)
    watching.wait_for(SHOW)
    watching.wait_for(LEAVE)
    assert watching.exit_code() == 0
    assert watching.settings() == watching.before


def test_a_smaller_terminal_is_drawn_anew_within_its_width(watching: Terminal) -> None:
    watching.wait_for(b"q quit")
    watching.resize(12, 30)
    watching.wait_for(b"\x1b[H")
    watching.wait_for("…".encode())  # a line that no longer fits
    drawn = watching.wait_for(b"\x1b[H")
    lines = ESCAPES.sub(b"", drawn).decode().splitlines()
    assert max(map(len, lines)) <= 30
    assert len(lines) <= 12


def test_it_ends_with_its_terminal(watching: Terminal) -> None:
    watching.wait_for(b"q quit")
    watching.hang_up()
    assert watching.exit_code() in (0, 1)


def test_without_a_terminal_it_says_what_a_script_does(config: Path) -> None:
    done = CliRunner().invoke(status_command, ["--watch", "-c", str(config)])
    assert done.exit_code == 2
    assert "--json" in done.stderr
