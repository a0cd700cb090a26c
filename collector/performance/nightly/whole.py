"""The whole analysis in one go, for a command: some circuits read, then written, in short transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from collector.analysis.finding import Finding
from collector.ledger import analysed
from collector.ledger.analysed import Ran
from collector.ledger.foreseen import put_foreseen
from collector.ledger.opening import editing
from collector.performance.nightly.foresight import foreseen_now
from collector.performance.nightly.work import Analysed, each, keep
from config.settings import Settings
from probes.clock import NS_PER_SECOND, Clock

CIRCUITS_A_COMMIT = 5
Told = Callable[[int, int], None]


def _tell_nobody(_done: int, _of: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it."""

    ran: Ran
    news: tuple[Finding, ...]
    days: int
    """So many days of a metric were summed up."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Circuit -> why it can't be analysed."""


def analyse(
    settings: Settings, ledger: Path, clock: Clock, *, anew: bool = False, told: Told = _tell_nobody
) -> Done:
    """Analyse every circuit here and keep what is found, also while a daemon writes. Raises LedgerError.

    `anew` begins with the oldest bins again; `told(done, of)` hears how many circuits are.
    """
    begun, names = clock.now(), list(settings.here())
    done: list[Analysed] = []
    waiting: list[Analysed] = []
    for one in each(settings, ledger, begun.wall_ms, names, anew=anew):
        waiting.append(one)
        if len(waiting) == CIRCUITS_A_COMMIT:
            _write(ledger, waiting)
            done, waiting = done + waiting, []
        told(len(done) + len(waiting), len(names))
    _write(ledger, waiting)
    done += waiting
    now = clock.now()
    ran = Ran(now.wall_ms, begun.wall_ms, (now - begun) / NS_PER_SECOND, len(names))
    day, ahead = foreseen_now(settings, ledger, begun)
    with editing(ledger) as connection:
        put_foreseen(connection, day, ahead)
        analysed.put_ran(connection, ran)
    return summed_up(ran, done)


def summed_up(ran: Ran, done: Iterable[Analysed]) -> Done:
    """What is said of all circuits. Pure."""
    done = list(done)
    return Done(
        ran,
        tuple(found for one in done for found in one.news),
        sum(len(one.days) for one in done),
        {one.circuit: one.problem for one in done if one.problem},
    )


def _write(ledger: Path, some: list[Analysed]) -> None:
    with editing(ledger) as connection:
        keep(connection, some)
