"""Work in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from collector.apart import WorkFailedError, in_a_process, tried
from collector.lowly import AUTOGROUP, be_lowly

pytestmark = pytest.mark.slow


def _tell_pid_and_hang(pipe: str) -> None:
    Path(pipe).write_text(str(os.getpid()))
    signal.pause()


def _divide(one: int, other: int) -> float:
    return one / other


def _die() -> None:
    os._exit(9)


async def test_it_gives_back_what_the_work_gives_or_raises_what_it_raises() -> None:
    assert await in_a_process(_divide, 1, other=4) == 0.25
    with pytest.raises(ZeroDivisionError):
        await in_a_process(_divide, 1, 0)
    with pytest.raises(ChildProcessError, match="the process for _die ended with code 9"):
        await in_a_process(_die)


async def test_what_is_only_tried_fails_in_one_way_whatever_is_wrong_with_it() -> None:
    assert await tried(_divide, 1, other=4) == 0.25
    with pytest.raises(WorkFailedError, match="division by zero"):
        await tried(_divide, 1, 0)
    with pytest.raises(WorkFailedError, match="the process for _die ended with code 9"):
        await tried(_die)


def _priority() -> tuple[int, str]:
    be_lowly(19)
    return os.nice(0), AUTOGROUP.read_text().split()[-1] if AUTOGROUP.exists() else "19"


async def test_low_priority_holds_in_a_session_of_its_own_too() -> None:
    assert await in_a_process(_priority) == (19, "19")


async def test_a_cancellation_ends_the_process_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pid"
    os.mkfifo(pipe)
    task = asyncio.create_task(in_a_process(_tell_pid_and_hang, str(pipe)))
    pid = int(await asyncio.to_thread(pipe.read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    process = Path("/proc", str(pid))
    for _ in range(1_000):
        if not process.exists():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"process {pid} still runs")
