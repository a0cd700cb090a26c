"""A server process that lives as long as a `with` block."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

POLL_SECONDS = 0.025
POLLS = 1200

T = TypeVar("T")


def free_port() -> int:
    """A TCP port of loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def http(url: str, *, data: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
    """The body of a 2xx answer; raises urllib's HTTPError or URLError."""
    request = urllib.request.Request(url, data=data, headers=headers or {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def http_json(
    url: str, parameters: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> Any:  # noqa: ANN401
    """A JSON answer to a GET."""
    query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
    return json.loads(http(url + query, headers=headers))


class Server(ABC):
    """One process: started on entry, ready when `is_ready` says so, gone on exit.

    The port and the folder stay the same over `stop` and `start`, so that a test can take a store
    away and bring it back.
    """

    program: str

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix=f"linkledger-{self.program}-")
        self.folder = Path(self._folder.name)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def arguments(self) -> Sequence[str]:
        """What follows the program's name on its command line."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers; may raise OSError while it does not."""

    def start(self) -> None:
        """Start it and return once it answers; raises RuntimeError with its output if it does not."""
        log = self.folder / "output.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [self.program, *self.arguments()], stdout=output, stderr=output, cwd=self.folder
            )
        try:
            self.wait_until(self._answers)
        except (TimeoutError, RuntimeError) as error:
            self.stop(signal.SIGKILL)
            raise RuntimeError(
                f"{self.program}: {error}\n{log.read_text(errors='replace')[-4000:]}"
            ) from error

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it; SIGKILL is what a power cut looks like."""
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Freeze it: it holds its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen one go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def wait_until(self, ask: Callable[[], T | None]) -> T:
        """Poll until `ask` gives something true; raises RuntimeError (it ended) or TimeoutError."""
        assert self._process is not None
        for _ in range(POLLS):
            answer = ask()
            if answer:
                return answer
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(POLL_SECONDS)
                raise RuntimeError(f"ended with exit code {code}")
        raise TimeoutError(f"not so within {POLLS * POLL_SECONDS:.0f} s")

    def _answers(self) -> bool:
        with suppress(OSError):  # urllib's errors are OSErrors
            return self.is_ready()
        return False

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
        self.stop(signal.SIGKILL)
        self._folder.cleanup()
