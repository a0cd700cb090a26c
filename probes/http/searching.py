"""Regexes, searched in a process of their own.

Python's `re` holds the interpreter while it searches, so that neither the event loop nor a thread could
stop it, and a regex of five characters can need longer than a night for a short text. Here each search
has its second: then the process is ended, the answer is a failure, and the next question starts it anew.
Nothing is started before a regex is configured and a text is there to be searched.
"""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from probes.http.expectations import Question, Searched
from probes.model import Failure, Reason
from probes.values import Duration

ALLOWED = Duration(1_000)
_PROGRAM = Path(__file__).with_name("searcher.py")
_ANSWER_BYTES = 4_096
_GRACE_SECONDS = 1.0
"""How much later the process ends itself: for the case that nobody is left to end it."""


class Searcher:
    """The process, started when it is needed; one search at a time."""

    def __init__(self, allowed: Duration = ALLOWED) -> None:
        self._allowed = allowed
        self._turn = asyncio.Lock()
        self._child: tuple[subprocess.Popen[bytes], socket.socket] | None = None

    async def search(self, questions: Sequence[Question], seconds: float) -> Searched | Failure:
        """Search within `seconds`, of which waiting is not held against it; a failure is always our own."""
        given, begun = min(seconds, self._allowed.seconds), False
        try:
            async with asyncio.timeout(seconds), self._turn:
                begun = True
                async with asyncio.timeout(given):
                    found = await self._ask(questions, given)
        except TimeoutError:
            if not begun:
                return Failure(Reason.LOCAL, "the regexes of other probes left no time for those of expect")
            size = sum(len(one.text) for one in questions)
            text = f"the regexes of expect were not through {size} bytes in {given:.3g} s: make them simpler"
            return Failure(Reason.LOCAL, text)
        except OSError as error:
            return Failure(Reason.LOCAL, f"the regexes of expect can't be searched: {error.strerror}")
        return {(one.where, one.regex): hit for one, hit in zip(questions, found, strict=True)}

    async def _ask(self, questions: Sequence[Question], seconds: float) -> list[bool]:
        """What was found; raises OSError, and ends a process that has not answered."""
        loop, whole = asyncio.get_running_loop(), b""
        head = {
            "seconds": seconds + _GRACE_SECONDS,
            "regexes": [one.regex for one in questions],
            "lengths": [len(one.text) for one in questions],
        }
        _, pipe = self._child = self._child or _start()
        try:
            await loop.sock_sendall(pipe, json.dumps(head).encode() + b"\n")
            for one in questions:
                await loop.sock_sendall(pipe, one.text)
            while not whole.endswith(b"\n"):
                piece = await loop.sock_recv(pipe, _ANSWER_BYTES)
                if not piece:
                    raise BrokenPipeError(errno.EPIPE, "the process that does it has ended")
                whole += piece
        finally:
            if not whole.endswith(b"\n"):  # also when we were cancelled: it must not answer the next one
                self.close()
        found: list[bool] = json.loads(whole)
        return found

    def close(self) -> None:
        """End the process, if there is one."""
        if self._child is not None:
            process, pipe = self._child
            self._child = None
            pipe.close()
            process.kill()
            process.wait()


def _start() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Raises OSError."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program, without a shell
                [sys.executable, "-I", "-S", str(_PROGRAM)],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                env={},  # where secrets may stand
                start_new_session=True,  # a terminal's Ctrl-C is for us
            )
        except OSError:
            ours.close()
            raise
    ours.setblocking(False)
    return process, ours
