"""Makes a demo: the estate's configuration and its ledger, in two processes and a writer."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from collector.demo.configuration import MARK, configuration
from collector.demo.estate import DAY_MS, END_MS, HOST, NOW_MS, Line, lines, places
from collector.demo.history import History, Run, history
from collector.demo.judging import judged
from collector.demo.knowledge import knowledge
from collector.demo.ledger import SeriesNumbers, making, put_history, put_made, put_series, replace
from collector.demo.signal import Span
from collector.demo.story import story
from collector.demo.work import Job, Made, work
from collector.demo.written import Written
from collector.ledger import store
from collector.ledger.opening import beside
from config.load import load_text
from config.settings import Settings

if TYPE_CHECKING:
    from sqlite3 import Connection

WORKERS = 2
CONFIG, LEDGER = "linkledger.yaml", "ledger.db"
ALL_DAYS = 365
PART_MS = 30 * DAY_MS
"""So much of a site is made in one go."""
_MEASURING = 0.6
"""The share of the whole work that it is, for who waits."""

Told = Callable[[str, float], None]
"""Hears what is being done, and which share of all is, 0 to 1."""


def _tell_nobody(_what: str, _share: float) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Demo:
    """What was made."""

    config: Path
    ledger: Path
    rounds: int


def make(
    folder: Path,
    *,
    listen: str,
    circuits: int | None = None,
    days: int = ALL_DAYS,
    told: Told = _tell_nobody,
) -> Demo:
    """Write a demo's two files into `folder`, over those that are there; raises OSError, LedgerError.

    It has the first `circuits` of the estate (None: all), and the last `days` before its clock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    here, config, ledger = lines(circuits), folder / CONFIG, folder / LEDGER
    known = places()
    text = configuration(here, [known[site] for site in dict.fromkeys(line.site for line in here)], listen)
    settings = load_text(text, CONFIG, host=HOST, environ={}).settings
    part = beside(ledger, ".part")
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:
        maker = _Maker(here, settings, text, END_MS - days * DAY_MS, pool, told)
        with making(part) as connection:
            maker.measure(connection)
        judged(part, settings, here, maker.from_ms, pool, lambda what, share: told(what, _after(share)))
    config.unlink(missing_ok=True)  # so that a half-made demo is no demo
    replace(part, ledger)
    config.write_text(text, "utf-8")
    return Demo(config, ledger, maker.rounds)


def _after(share: float) -> float:
    return _MEASURING + (1 - _MEASURING) * share


@dataclass
class _Maker:
    """Measures the whole time, part by part."""

    lines: Sequence[Line]
    settings: Settings
    text: str
    from_ms: int
    pool: Executor
    told: Told
    rounds: int = 0
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def measure(self, connection: Connection) -> None:
        """Everything that is measured, and what the daemon derives of it and people write down."""
        numbers = put_series(connection, self.settings, self.from_ms)
        self.runs = {line.id: [] for line in self.lines}
        parts = list(range(self.from_ms, END_MS, PART_MS))
        waiting = [self._submit(numbers, from_ms) for from_ms in parts[:2]]
        for done in range(len(parts)):
            if done + 2 < len(parts):
                waiting.append(self._submit(numbers, parts[done + 2]))  # one is made while one is written
            self._take(connection, list(waiting.pop(0)))
            self.told("measuring", _MEASURING * (done + 1) / len(parts))
        self._derive(connection)

    def _submit(self, numbers: SeriesNumbers, from_ms: int) -> Iterator[Made]:
        span = Span(from_ms, min(from_ms + PART_MS, END_MS), NOW_MS)
        return self.pool.map(work, list(self._jobs(numbers, span)))

    def _jobs(self, numbers: SeriesNumbers, span: Span) -> Iterator[Job]:
        known, tale = places(), story(self.lines)
        for number, (site, series) in enumerate(numbers.items()):
            mine = tuple(line for line in self.lines if line.site == site)
            yield Job(known[site], number, mine, dict(series), tale, span)

    def _take(self, connection: Connection, made: Sequence[Made]) -> None:
        put_made(connection, made)
        for one in made:
            self.rounds += sum(row[2] for row in one.chunks)
            for circuit, runs in one.runs.items():
                self.runs[circuit] += runs

    def _derive(self, connection: Connection) -> None:
        found: History = history(self.lines, self.runs, self.from_ms, NOW_MS)
        put_history(connection, self.settings, self.text, found, NOW_MS)
        put_notes(connection, knowledge(self.lines, story(self.lines), found.outages))


def put_notes(connection: Connection, notes: Sequence[Written]) -> None:
    """Append notes."""
    for one in notes:
        store.put_note(connection, at_ms=one.at_ms, author=one.author, kind=one.kind, body=one.text())


def is_ours(folder: Path) -> bool:
    """Whether the configuration in a folder is a demo's."""
    try:
        with (folder / CONFIG).open(encoding="utf-8", errors="replace") as file:
            return file.readline().rstrip("\n") == MARK
    except OSError:
        return False
