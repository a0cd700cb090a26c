"""Worker processes: they end with the command that started them, and the end of one is said."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from collector import many
from collector.statements import Cause

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 10_000
COMMAND = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from collector import many

if __name__ == "__main__":
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, initializer=many._heed_the_command) as pool:
        while True:
            print(pool.submit(os.getpid).result(), flush=True)
            input()
"""


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that tells its worker's process, again at each line that it is given."""
    (tmp_path / "command.py").write_text(COMMAND)
    words, environ = [sys.executable, str(tmp_path / "command.py")], {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, env=environ) as started:
        yield started
        started.kill()


def worker(command: subprocess.Popen[str]) -> int:
    assert command.stdout is not None
    return int(command.stdout.readline())


@pytest.mark.slow
def test_a_worker_leaves_a_ctrl_c_to_the_command_and_ends_when_that_is_killed(
    command: subprocess.Popen[str],
) -> None:
    pid = worker(command)
    with closing(open(os.pidfd_open(pid), closefd=True)) as seen:  # noqa: PTH123
        os.kill(pid, signal.SIGINT)
        assert command.stdin is not None
        command.stdin.write("again\n")
        command.stdin.flush()
        assert worker(command) == pid
        command.kill()
        poll = select.poll()
        poll.register(seen, select.POLLIN)
        assert poll.poll(PATIENCE_MS), "the worker stayed behind"


def test_the_end_of_a_worker_is_said_in_a_sentence() -> None:
    class Pool:
        """Its worker was killed."""

        def submit(self, *_: object) -> Future[Any]:
            done: Future[Any] = Future()
            done.set_exception(BrokenProcessPool())
            return done

        def shutdown(self, **_: object) -> None:
            """Nothing is left to end."""

    with pytest.raises(ChildProcessError, match="a worker process was killed"):
        list(many._in_order(cast(Any, Pool()), [cast(Cause, "lon-acme")], 1, print))
