"""Runs what takes long in a process of its own: nothing over 5 ms of CPU runs on the event loop.

Spawned and never forked: a fork would take along sockets, threads' locks and the ledger's connection.
A pool of the standard library would leave semaphores behind when it is given up at a stop.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WorkFailedError(Exception):
    """What was tried in a process came to nothing; the text says why."""


_CHILD = """
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from collector.apart import answer
answer()
"""


async def in_a_process(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`work(*args, **kwargs)` in a process that ends with it, and at once with a cancellation.

    All of it must pickle. Raises what `work` raises, and ChildProcessError when the process died.
    """
    error, result = await _answered(work, args, kwargs)
    if error is not None:
        raise error
    done: T = result
    return done


async def tried(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same, for work that only tells people more: raises nothing but WorkFailedError.

    Measuring goes on, whatever is wrong with such work, a defect of ours too.
    """
    try:
        error, result = await _answered(work, args, kwargs)
    except OSError as died:
        raise WorkFailedError(str(died)) from died
    if error is not None:
        raise WorkFailedError(str(error) or type(error).__name__) from error
    done: T = result
    return done


async def _answered(
    work: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[BaseException | None, Any]:
    job = await asyncio.to_thread(pickle.dumps, (work, args, kwargs))
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", _CHILD),
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,  # a Ctrl-C at the terminal is for the daemon alone to act on
    )
    try:
        told, _ = await child.communicate(pickle.dumps(sys.path) + job)
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        raise
    if child.returncode:
        raise ChildProcessError(f"the process for {work.__qualname__} ended with code {child.returncode}")
    answered: tuple[BaseException | None, Any] = await asyncio.to_thread(pickle.loads, told)
    return answered


def answer() -> None:
    """The child's side: the job comes on stdin, an error or a result goes out on stdout."""
    work, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started us
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(work, *args, **kwargs)
    error = done.exception()
    sys.stdout.buffer.write(pickle.dumps((error, None if error else done.result())))
