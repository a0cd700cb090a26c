"""The nightly analysis of the made-up year, so that its page has findings, days and forecasts at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

from collector.demo.estate import NOW_MS
from collector.ledger import analysed
from collector.ledger.analysed import Ran
from collector.ledger.foreseen import put_foreseen
from collector.ledger.opening import editing
from collector.performance.nightly.foresight import foreseen_now
from collector.performance.nightly.work import Analysed, each, keep
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant

CIRCUITS_A_JOB = 4
RELEARN_DAYS = 14
"""What is usual is learnt anew each fortnight of the past: a demo isn't waited for so long."""


def looking(ledger: Path, settings: Settings, pool: Executor) -> list[Future[list[Analysed]]]:
    """Begin with some circuits after the other, in the pool."""
    names = list(settings.here())
    return [
        pool.submit(_some, ledger, settings, names[first : first + CIRCUITS_A_JOB])
        for first in range(0, len(names), CIRCUITS_A_JOB)
    ]


def _some(ledger: Path, settings: Settings, names: Sequence[str]) -> list[Analysed]:
    return list(each(settings, ledger, NOW_MS, names, every_days=RELEARN_DAYS))


def keeping(ledger: Path, settings: Settings, jobs: Sequence[Future[list[Analysed]]]) -> Iterator[None]:
    """Keep what comes, job by job, and last what is foreseen by it."""
    for job in jobs:
        with editing(ledger) as connection:
            keep(connection, job.result())
        yield
    day, ahead = foreseen_now(settings, ledger, Instant(NOW_MS * NS_PER_MS, 0))
    with editing(ledger) as connection:
        put_foreseen(connection, day, ahead)
        analysed.put_ran(connection, Ran(NOW_MS, NOW_MS, None, len(settings.here())))
