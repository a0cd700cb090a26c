"""What a process of the nightly analysis takes, measured inside it."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from collector.performance.nightly.foresight import foresee
from collector.performance.nightly.work import Analysed, slice_of
from config.settings import Settings
from probes.clock import Instant
from tests.bench.sla import peak


class Spent(NamedTuple):
    """A slice, and what its process took for it."""

    done: list[Analysed]
    cpu_seconds: float
    peak_bytes: int


def spent(read: Settings, ledger: Path, now_ms: int, names: Sequence[str]) -> Spent:
    """Analyse a slice; runs in a process of its own, whose start counts too."""
    done = slice_of(read, ledger, now_ms, names)
    return Spent(done, _cpu_seconds(), peak())


def foreseen(read: Settings, ledger: Path, now: Instant) -> tuple[Spent, int]:
    """The look ahead that ends a night, in a process of its own too, and of how much it tells."""
    _, told = foresee(read, ledger, now)
    return Spent([], _cpu_seconds(), peak()), len(told)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
