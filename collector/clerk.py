"""Reads the ledger for the page and the API in one process beside the daemon's.

Statements, charts and lists take milliseconds to seconds of CPU: in the daemon, even in a thread, they
would hold up packets. The process is spawned at the first question and niced; it keeps its settings and
its connection from one question to the next, and ends when nobody has asked for a while.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Concatenate, ParamSpec, TypeVar

from collector.bare import bare
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.lowly import be_lowly
from config.settings import Settings
from probes.clock import NS_PER_SECOND, Clock, Instant

NICENESS = 5
WAITING = 32
"""So many questions may wait; one more is turned away."""
LONGEST_SECONDS = 25
"""A question that takes longer is given up: others wait behind it."""
IDLE_NS = 900 * NS_PER_SECOND

_CHILD = """
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from collector.clerk import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""

P = ParamSpec("P")
T = TypeVar("T")


class ClerkBusyError(Exception):
    """So many questions wait that one more is turned away: ask again in a moment."""


@dataclass
class Desk:
    """What a question is answered from; it lives as long as its process."""

    settings: Settings
    ledger: Path
    now: Instant
    """When the question was asked."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What an answer wants to find again at the next question; each kind under a key of its own."""

    @cached_property
    def reader(self) -> SqliteReader:
        """A connection of its own, opened when first needed; raises LedgerError."""
        return SqliteReader(self.ledger)


class Clerk:
    """Answers one question after the other."""

    def __init__(self, settings: Callable[[], Settings], ledger: Path, clock: Clock) -> None:
        """`settings` gives the configuration in force; another one gets another process."""
        self._settings = settings
        self._ledger = ledger
        self._clock = clock
        self._child: Process | None = None
        self._digest = ""
        self._asked = clock.now()
        self._turn = asyncio.Lock()
        self._questions: set[asyncio.Task[Any]] = set()

    async def ask(self, work: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work(desk, *args)` in the process; all of it must pickle.

        Raises what `work` raises, LedgerError for a ledger that can't be read, ClerkBusyError,
        TimeoutError, and ChildProcessError when the process died of it.
        """
        if len(self._questions) >= WAITING:
            raise ClerkBusyError
        now = self._asked = self._clock.now()
        task = asyncio.create_task(self._answered(pickle.dumps((work, now, args, kwargs))))
        self._questions.add(task)
        task.add_done_callback(self._questions.discard)
        error, result = await asyncio.shield(task)  # who goes away leaves its answer unread, not half read
        if error is not None:
            raise error
        done: T = result
        return done

    async def rest(self) -> None:
        """End the process when nobody has asked for a while; it comes back with the next question."""
        if self._child and not self._questions and self._clock.now() - self._asked > IDLE_NS:
            await self._dismiss()

    async def close(self) -> None:
        """End the process, whatever it is doing."""
        for task in self._questions:
            task.cancel()
        await asyncio.gather(*self._questions, return_exceptions=True)
        await self._dismiss()

    async def _answered(self, question: bytes) -> tuple[BaseException | None, Any]:
        async with self._turn:
            try:
                async with asyncio.timeout(LONGEST_SECONDS):
                    child = await self._ready()
                    answer = await _exchange(child, question)
            except (TimeoutError, asyncio.CancelledError):
                await self._dismiss()
                raise
            except (OSError, EOFError) as error:
                await self._dismiss()
                raise ChildProcessError(
                    "the process that reads the ledger for the page was killed over this, perhaps because "
                    "the machine has no memory left: ask for a shorter time"
                ) from error
        found: tuple[BaseException | None, Any] = pickle.loads(answer)  # noqa: S301 - of our own process
        return found

    async def _ready(self) -> Process:
        settings = self._settings()
        if self._child and (settings.digest != self._digest or self._child.returncode is not None):
            await self._dismiss()
        if self._child is None:
            self._digest = settings.digest
            begin = await asyncio.to_thread(pickle.dumps, (bare(settings), self._ledger))
            self._child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-c", _CHILD), stdin=PIPE, stdout=PIPE, start_new_session=True
            )
            _pipe(self._child).write(pickle.dumps(sys.path) + _framed(begin))
        return self._child

    async def _dismiss(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.communicate()


async def _exchange(child: Process, question: bytes) -> bytes:
    pipe, answers = _pipe(child), child.stdout
    assert answers is not None  # noqa: S101 - it was asked for
    pipe.write(_framed(question))
    await pipe.drain()
    size = int.from_bytes(await answers.readexactly(8), "big")
    return await answers.readexactly(size)


def _pipe(child: Process) -> asyncio.StreamWriter:
    assert child.stdin is not None  # noqa: S101 - it was asked for
    return child.stdin


def _framed(text: bytes) -> bytes:
    return len(text).to_bytes(8, "big") + text


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """The process's side: answer until the daemon closes the pipe or is gone."""
    be_lowly(NICENESS)
    sys.stdout = sys.stderr  # the pipe is for answers alone
    settings, ledger = pickle.loads(_read(questions))  # noqa: S301 - from the process that started us
    desk = Desk(settings, ledger, Instant(0, 0))
    with ThreadPoolExecutor(1) as thread:
        while question := _read(questions):
            done = thread.submit(_answer, desk, question)
            error = done.exception()  # it is raised again where the question came from
            answers.write(_framed(pickle.dumps((error, None if error else done.result()))))
            answers.flush()


def _read(questions: IO[bytes]) -> bytes:
    return questions.read(int.from_bytes(questions.read(8), "big"))


def _answer(desk: Desk, question: bytes) -> object:
    work, desk.now, args, kwargs = pickle.loads(question)  # noqa: S301 - from the process that started us
    with reading(desk.ledger):
        return work(desk, *args, **kwargs)
