"""Statements of many circuits in worker processes: spawned, never forked, and nicer than the probes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread

from collector.bare import bare
from collector.ledger.reader import SqliteReader
from collector.sla.statement import Statement
from collector.statements import Bench, Cause
from config.settings import Settings
from probes.clock import Instant

NICENESS = 10
MOST_WORKERS = 2
WORTH_IT = 16
"""With fewer statements to make a process costs more than it gives: a second each to start."""
_AHEAD = 4
"""So many jobs a worker wait: what is made is held until its turn comes."""

_bench: Bench | None = None


def in_processes(
    settings: Settings,
    ledger: Path,
    *,
    period: str,
    circuits: Sequence[str],
    now: Instant,
    workers: int | None = None,
    done: Callable[[int], None] = lambda circuits: None,
) -> Iterator[Statement]:
    """What `each_statement` gives, in the same order; `done` hears how many circuits are through.

    Few are made in this process. Raises ValueError for a bad `period`, LedgerError, ChildProcessError.
    """
    with SqliteReader(ledger) as reader:
        bench = Bench(settings, reader, now.wall_ms)
        causes = bench.causes(circuits, period)
        at_once = workers if workers is not None else min(MOST_WORKERS, os.cpu_count() or 1)
        if len(causes) < WORTH_IT or at_once < 1:
            for number, cause in enumerate(causes, 1):
                yield from (one.statement for one in bench.decided(cause))
                done(number)
            return
    with ProcessPoolExecutor(
        at_once,
        multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(bare(settings), ledger, now.wall_ms),
    ) as pool:
        yield from _in_order(pool, causes, at_once * _AHEAD, done)


def _in_order(
    pool: ProcessPoolExecutor, causes: Sequence[Cause], ahead: int, done: Callable[[int], None]
) -> Iterator[Statement]:
    waiting: list[Future[list[Statement]]] = []
    rest, number = iter(causes), 0
    try:
        while True:
            while len(waiting) < ahead and (cause := next(rest, None)) is not None:
                waiting.append(pool.submit(_decide, cause))
            if not waiting:
                return
            yield from waiting.pop(0).result()
            number += 1
            done(number)
    except BrokenProcessPool:
        raise ChildProcessError(
            "a worker process was killed, perhaps because the machine has no memory left: "
            "try again, or with fewer circuits (--circuit, --carrier)"
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _begin(settings: Settings, ledger: Path, now_ms: int) -> None:
    """In each worker, once."""
    global _bench  # a worker is one bench
    _heed_the_command()
    os.nice(NICENESS)
    _bench = Bench(settings, SqliteReader(ledger), now_ms)


def _heed_the_command() -> None:
    """End with the command: a worker holds both ends of the pipe for jobs, and never hears of its death."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the command to act on
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _decide(cause: Cause) -> list[Statement]:
    assert _bench is not None  # noqa: S101 - `_begin` has run
    return [one.statement for one in _bench.decided(cause)]
