"""What /metrics says of contract terms and actions: out of the configuration and the notes alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

from collector.analysis.recommend.notice import key
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.notebook.book import Notebook
from collector.performance.cycle.noticed import ManagedNow, NoticeNow
from collector.performance.cycle.term_dates import dates
from collector.sla.calendar import day_start_ms, local_day
from config.settings import Settings
from probes.clock import Instant

_KINDS = ("goal", "action", "dismiss", "withdraw")


def managed_now(settings: Settings, ledger: Path, now: Instant) -> ManagedNow:
    """As of now; raises LedgerError."""
    with reading(ledger), SqliteReader(ledger) as reader:
        book = Notebook([note for kind in _KINDS for note in reader.notes(kind)])
    return ManagedNow(tuple(notices(settings, book, now.wall_ms)), overdue(settings, book, now.wall_ms))


def notices(settings: Settings, book: Notebook, now_ms: int) -> Iterator[NoticeNow]:
    """Until when notice must be given, of each circuit here that has a term.

    One that is over is left out, and one that somebody has decided on.
    """
    aside = cache(book.set_aside)
    for name, circuit in settings.here().items():
        zone = settings.sites[circuit.site].timezone
        today = local_day(now_ms, zone)
        found = dates(circuit, today)
        if found is None or found.notice_by is None or found.notice_by < today:
            continue
        carrier = circuit.on(today).carrier
        if key(carrier, found.notice_by) not in aside(today):
            end_ms = day_start_ms(found.notice_by + timedelta(days=1), zone)
            yield NoticeNow(circuit.site, carrier, name, end_ms / 1000)


def overdue(settings: Settings, book: Notebook, now_ms: int) -> int:
    """How many actions are open though their day is over."""
    today = local_day(now_ms, settings.zone)
    return sum(
        one.state in {"open", "doing"} and one.said.by is not None and one.said.by < today
        for one in book.actions.values()
    )
