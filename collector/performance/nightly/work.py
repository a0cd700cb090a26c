"""One analysis of a ledger: what each circuit's days were like, and what isn't as it was.

It reads, and gives back what is to be written: a process of its own may do it (`slice_of`) beside a
daemon, some circuits at a time, and each circuit's part is kept by itself (`keep`), so that what was
interrupted goes on where it was. A circuit that was analysed before is looked at again for the last
28 days, which learn from the 28 before them; one that never was, from its first bins on.

What isn't packed into bins yet is left to the next night. A clock that stepped back makes no more of it
than a time that is looked at once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from collector.analysis.changes import LEARN_DAYS, detect
from collector.analysis.days import summed
from collector.analysis.finding import Finding
from collector.analysis.kept import DAY_MS, merged, news
from collector.analysis.readings import METRICS, Day, NotEnough, Readings
from collector.ledger import analysed
from collector.ledger.bins import BIN_MS
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.ledger.retention import KEEP_BINS_MS
from collector.ledger.watched import Answers
from collector.lowly import be_lowly
from collector.performance.nightly.reading import measured
from collector.performance.nightly.usage import utilisation
from collector.sla.calendar import day_start_ms, local_day
from config.settings import Settings

NICENESS = 19
WATCH_MS = 28 * DAY_MS
"""What is younger is looked at again each night."""
LEARN_MS = LEARN_DAYS * DAY_MS
AGAIN_MS = 2 * DAY_MS
"""Days that ended so short a time before the last look are summed again: late rounds may have come."""
PART_MS = 28 * DAY_MS
"""So much is read at once: memory stays the same however long a history is."""
DAYS_A_SLICE = 3_000
"""Days of circuits that a process reads: about a minute's work, which a stop may cost."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A metric's findings from a time on, in place of those that are kept."""

    metric: str
    from_ms: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Analysed:
    """What came of a circuit."""

    circuit: str
    until_ms: int | None
    """Up to when it is analysed now; None: nothing was measured yet."""
    days: tuple[Day, ...] = ()
    changed: tuple[Changed, ...] = ()
    news: tuple[Finding, ...] = ()
    """What nobody could have been told before."""
    days_read: int = 0
    problem: str = ""
    """Why it can't be analysed, in a sentence; then nothing is kept of it."""


def slice_of(
    settings: Settings, ledger: Path, now_ms: int, names: Sequence[str], *, anew: bool = False
) -> list[Analysed]:
    """Some circuits, the first of `names` and as many as a process's time allows; runs in a process.

    `anew`: as if none had been analysed before. Raises LedgerError.
    """
    be_lowly(NICENESS)
    done: list[Analysed] = []
    for one in each(settings, ledger, now_ms, names, anew=anew):
        done.append(one)
        if sum(each_done.days_read for each_done in done) >= DAYS_A_SLICE:
            break
    return done


def each(
    settings: Settings,
    ledger: Path,
    now_ms: int,
    names: Sequence[str],
    *,
    anew: bool = False,
    every_days: int = 1,
) -> Iterator[Analysed]:
    """The circuits of `names`, one after the other; what is usual is learnt anew every so many days.

    Raises LedgerError.
    """
    with reading(ledger), SqliteReader(ledger) as reader, closing(Answers(ledger)) as ask:
        untils = {} if anew else ask(analysed.untils)
        for name in names:
            series = [one.id for one in reader.series(circuit=name)]
            first_ms = ask(analysed.first_bins_ms, series)
            done_ms = max(reader.pictures().binned_until(series).values(), default=0)
            span = _span(first_ms, untils.get(name), min(now_ms, done_ms))
            yield _tried(_Look(reader, settings, every_days), name, span, untils.get(name))


@dataclass(frozen=True, slots=True)
class _Span:
    """What is read, and from when on it is watched; times in ms."""

    from_ms: int
    watch_ms: int
    to_ms: int


def _span(first_ms: int | None, until_ms: int | None, end_ms: int) -> _Span | None:
    """None where there is nothing before `end_ms`. Pure."""
    end_ms = end_ms // BIN_MS * BIN_MS
    if first_ms is None or first_ms >= end_ms:
        return None
    first_ms = max(first_ms, end_ms - KEEP_BINS_MS) // DAY_MS * DAY_MS
    if until_ms is None:
        return _Span(first_ms, first_ms, end_ms)
    watch_ms = (min(until_ms, end_ms) - WATCH_MS) // DAY_MS * DAY_MS
    return _Span(max(first_ms, watch_ms - LEARN_MS), max(first_ms, watch_ms), end_ms)


@dataclass(frozen=True, slots=True)
class _Look:
    """What is looked into, and how."""

    reader: SqliteReader
    settings: Settings
    every_days: int


def _tried(look: _Look, circuit: str, span: _Span | None, until_ms: int | None) -> Analysed:
    """A circuit's part, which no other's trouble touches; without a span there is nothing of it yet."""
    if span is None:
        return Analysed(circuit, until_ms)
    try:
        return _analysed(look, circuit, span, until_ms)
    except (ArithmeticError, LookupError, ValueError) as error:
        return Analysed(circuit, until_ms, days_read=1, problem=f"{type(error).__name__}: {error}")


def _analysed(look: _Look, circuit: str, span: _Span, until_ms: int | None) -> Analysed:
    reader, settings = look.reader, look.settings
    zone = settings.zone_of(circuit)
    kept = reader.findings(circuit=circuit, from_ms=0)
    seen_ms = span.from_ms if until_ms is None else min(until_ms, span.to_ms)
    day_ms = day_start_ms(local_day(seen_ms - AGAIN_MS, zone), zone)
    days: list[Day] = []
    changed: list[Changed] = []
    told: list[Finding] = []
    for one in _read(reader, settings, circuit, span):
        days += summed(one.between(day_ms, span.to_ms), zone)
        before = [each_kept for each_kept in kept if each_kept.metric == one.metric]
        now = _found(one, before, span, seen_ms, zone, look.every_days)
        if now is not None:
            first_ms = min((each_now.at_ms for each_now in now), default=span.watch_ms)
            changed.append(Changed(one.metric, min(first_ms, span.watch_ms), tuple(now)))
            told += news(before, now, max(seen_ms, span.to_ms - AGAIN_MS) - DAY_MS)
    read_days = (span.to_ms - span.from_ms) // DAY_MS + 1
    return Analysed(circuit, span.to_ms, tuple(days), tuple(changed), tuple(told), read_days)


def _found(
    readings: Readings, before: Sequence[Finding], span: _Span, seen_ms: int, zone: str, every_days: int
) -> list[Finding] | None:
    """What stands of a metric from the begin of what was read on; None where too little is known."""
    if not np.isfinite(readings.values).any():
        return None
    older = [one for one in before if span.from_ms <= one.at_ms < span.watch_ms]
    found = detect(readings, zone, known=older, every_days=every_days)
    if isinstance(found, NotEnough):
        return None
    return merged(older, found, span.watch_ms, seen_ms)


def _read(reader: SqliteReader, settings: Settings, circuit: str, span: _Span) -> Iterator[Readings]:
    """The four metrics of a circuit, read part by part."""
    parts: Mapping[str, list[Readings]] = {metric: [] for metric in METRICS}
    for begin_ms in range(span.from_ms, span.to_ms, PART_MS):
        end_ms = min(begin_ms + PART_MS, span.to_ms)
        last_ms = span.to_ms  # the probe that judges at the end of all
        for one in measured(reader, settings, circuit, begin_ms, end_ms, newest=False, judged_ms=last_ms):
            parts[one.metric].append(one)
        parts["utilisation"].append(utilisation(reader, settings, circuit, begin_ms, end_ms, newest=False))
    for some in parts.values():
        yield replace(some[0], values=np.concatenate([one.values for one in some]))


def keep(connection: analysed.Connection, done: Sequence[Analysed]) -> None:
    """Write what came of some circuits; commits nothing."""
    for one in done:
        analysed.put_days(connection, one.days)
        for metric in one.changed:
            analysed.put_findings(connection, one.circuit, metric.metric, metric.from_ms, metric.findings)
        if one.until_ms is not None:
            analysed.put_until(connection, one.circuit, one.until_ms)
