"""What contracts make of the made-up year: issued statements, claims, and the figures that run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from collector.claiming.book import claims_now
from collector.demo.analysing import keeping, looking
from collector.demo.estate import NOW_MS, Line
from collector.demo.knowledge import WRITERS
from collector.demo.money import money
from collector.demo.written import Written
from collector.ledger import store, watched
from collector.ledger.opening import editing
from collector.ledger.reader import SqliteReader
from collector.ledger.records import Heartbeat
from collector.news import PROGRAM
from collector.settling import drafts_of, issue, settle
from collector.sla_watch import kept, sweep
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant

if TYPE_CHECKING:
    from sqlite3 import Connection

_GROUPS = 10
"""So many circuits' worth of work is handed out at once: both processes end together."""
_STATED_MS = 36 * 3_600_000
"""So long after a month's end its statements are made."""
_NOW = Instant(NOW_MS * NS_PER_MS, 0)
_LATE_NOTES = (
    ("dub-basalt-mpls", "2025-03", "03-26 01:20", "power was switched off by the tenant", True),
    ("lyo-basalt-mpls", "2025-06", "06-03 08:00", "access to the building was refused", False),
)
"""Time that the carrier got excluded after the statement: which circuit, period, from when on, why, and
whether the revision that it makes was issued."""


def judged(
    ledger: Path,
    settings: Settings,
    lines: Sequence[Line],
    from_ms: int,
    pool: Executor,
    told: Callable[[str, float], None],
) -> None:
    """Settle every closed month, write down what became of the claims, and sweep once."""
    months = list(closed_months(from_ms))
    groups = [[line.id for line in lines[first::_GROUPS]] for first in range(min(_GROUPS, len(lines)))]
    jobs = [pool.submit(settled, ledger, settings, group, months) for group in groups]
    for done, job in enumerate(as_completed(jobs), 1):
        job.result()
        told("judging", 0.8 * done / len(jobs))
    looked = looking(ledger, settings, pool)  # two processes go on while the rest is written here
    with editing(ledger) as connection:
        _number_in_order(connection)
    with SqliteReader(ledger) as reader:
        notes = money(claims_now(settings, reader, NOW_MS), lines)
    _write(ledger, [one for one in notes if one.at_ms <= NOW_MS])
    _revise(ledger, settings, {line.id for line in lines}, {label for label, _ in months})
    told("judging", 0.85)
    for done, _ in enumerate(keeping(ledger, settings, looked), 1):
        told("analysing", 0.85 + 0.1 * done / len(looked))
    _sweep(ledger, settings, pool)
    told("judging", 1.0)


def closed_months(from_ms: int) -> Iterator[tuple[str, int]]:
    """Label and end (ms) of each month that was measured from its first day on and is over."""
    begin = datetime.fromtimestamp(from_ms / 1000, UTC)
    month = begin.replace(day=1) if begin.day == 1 else _next(begin)
    while (end := _next(month)).timestamp() * 1000 <= NOW_MS:
        yield f"{month:%Y-%m}", round(end.timestamp() * 1000)
        month = end


def _next(month: datetime) -> datetime:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def settled(
    ledger: Path, settings: Settings, circuits: Sequence[str], months: Sequence[tuple[str, int]]
) -> None:
    """Issue the statements of some circuits, month by month, each soon after its end."""
    for label, end_ms in months:
        now = Instant(min(end_ms + _STATED_MS, NOW_MS) * NS_PER_MS, 0)
        settle(settings, ledger, period=label, circuits=circuits, now=now, by=PROGRAM)


def _number_in_order(connection: Connection) -> None:
    """Two processes issued the statements: which came first is chance, and a demo is always the same."""
    order = "ORDER BY to_ms, scope, contract"
    rows = connection.execute(f"SELECT id FROM revision {order}").fetchall()  # noqa: S608 - our own text
    for sign, numbers in (
        (-1, [number for (number,) in rows]),
        (1, [-place for place, _ in enumerate(rows, 1)]),
    ):
        connection.executemany(
            "UPDATE revision SET id = ? WHERE id = ?",
            ((sign * place, number) for place, number in enumerate(numbers, 1)),
        )


def _write(ledger: Path, notes: Sequence[Written]) -> None:
    with editing(ledger) as connection:
        for one in notes:
            store.put_note(connection, at_ms=one.at_ms, author=one.author, kind=one.kind, body=one.text())


def _revise(ledger: Path, settings: Settings, circuits: set[str], labels: set[str]) -> None:
    """Notes that came late, and the revisions that they made: one issued, one that waits."""
    for circuit, label, begin, why, decided in _LATE_NOTES:
        if circuit not in circuits or label not in labels:
            continue
        start = datetime.strptime(f"2025-{begin}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        start_ms = round(start.timestamp() * 1000)
        span = {"from": start_ms, "to": start_ms + 3_600_000, "circuits": (circuit,)}
        values = {**span, "kind": "customer", "state": "accepted", "reason": why}
        noted_ms = start_ms + 40 * 86_400_000
        _write(ledger, [Written(noted_ms, WRITERS[2], "exclude", values)])
        now = Instant((noted_ms + 3_600_000) * NS_PER_MS, 0)
        settle(settings, ledger, period=label, circuits=[circuit], now=now, by=PROGRAM)
        if decided and (drafts := drafts_of(ledger, [circuit], label)):
            issue(ledger, drafts, now_ms=noted_ms + 7_200_000, by=WRITERS[0], reason="the carrier is right")


def _sweep(ledger: Path, settings: Settings, pool: Executor) -> None:
    """The figures of the running month and the open claims, as a daemon's sweep keeps them."""
    seen = pool.submit(sweep, settings, ledger, _NOW, 0, frozenset()).result()
    with editing(ledger) as connection:
        store.put_figures(connection, seen.rows)
        watched.keep(connection, NOW_MS, *kept(seen.swept))
        if mark := watched.mark(connection):  # whatever this host's own clock is
            watched.put_mark(connection, replace(mark, trusted_ms=NOW_MS))
        _beat(connection, settings)


def _beat(connection: Connection, settings: Settings) -> None:
    """The last sign of life, at the demo's own time."""
    state = {
        "reasons": [],
        "synchronised": True,
        "stopped": False,
        "outputs": {},
        "site": settings.site,
        "config_files": [],
        "config_at_ms": NOW_MS,
    }
    row = Heartbeat(NOW_MS, 1, version("linkledger"), settings.digest, json.dumps(state))
    store.put_heartbeat(connection, row)
