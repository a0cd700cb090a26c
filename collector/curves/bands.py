"""What a chart shades: outages, time without evidence, announced work and other excuses."""

from __future__ import annotations

from collections.abc import Iterator

from collector.agreed import carriers_of
from collector.curves.band import Band as Band
from collector.curves.band import clipped
from collector.curves.status import strip
from collector.ledger.reader import SqliteReader
from collector.notebook.book import Notebook, concerns
from config.settings import Settings

_WORK = frozenset({"maintenance", "emergency_maintenance"})
_SAID = {"claimed": "claimed by the carrier", "disputed": "disputed", "accepted": ""}


def bands(
    reader: SqliteReader, settings: Settings, circuit: str, from_ms: int, to_ms: int, now_ms: int
) -> tuple[Band, ...]:
    """What touches [from, to) of a circuit, cut to it, by begin; bands of different kinds may overlap.

    An outage that goes on ends at `now_ms`. Raises KeyError for a circuit that isn't configured.
    """
    status = strip(reader, settings, circuit, from_ms, to_ms, now_ms)
    found = [
        *(one for one in status if one.kind in {"unknown", "no_data"}),
        *_outages(reader, circuit, from_ms, to_ms, now_ms),
        *announced(settings, Notebook(reader.notes()), circuit),
    ]
    return tuple(sorted(clipped(found, from_ms, to_ms), key=lambda one: (one.from_ms, one.to_ms, one.kind)))


def announced(settings: Settings, book: Notebook, circuit: str) -> Iterator[Band]:
    """Announced work and excuses that notes and configuration tell of, of all times."""
    yield from _noted(settings, book, circuit)
    yield from _planned(settings, circuit)


def _outages(reader: SqliteReader, circuit: str, from_ms: int, to_ms: int, now_ms: int) -> Iterator[Band]:
    for one in reader.outages(circuit=circuit, from_ms=from_ms, to_ms=to_ms):
        yield Band(one.start_ms, now_ms if one.end_ms is None else one.end_ms, "outage", one.cause)


def _noted(settings: Settings, book: Notebook, circuit: str) -> Iterator[Band]:
    facts = settings.circuits[circuit]
    carriers = tuple(carriers_of(facts, settings.sites[facts.site].timezone))
    for _, work in book.maintenance:
        if concerns(work, circuit, facts.site, carriers):
            yield Band(work.start_ms, work.end_ms, "maintenance", work.reason or "")
    for _, excuse in book.exclusions:
        if concerns(excuse, circuit, facts.site, carriers):
            yield _excused(excuse.start_ms, excuse.end_ms, excuse.kind, excuse.state, excuse.reason)


def _planned(settings: Settings, circuit: str) -> Iterator[Band]:
    facts = settings.circuits[circuit]
    zone = settings.sites[facts.site].timezone
    for one in settings.maintenance:
        if one.concerns(circuit, facts):
            yield _excused(*one.span_ms(zone), one.exclude_key, one.state, one.reason)


def _excused(from_ms: int, to_ms: int, kind: str, state: str, reason: str | None) -> Band:
    told = ", ".join(word for word in (reason or kind.replace("_", " "), _SAID[state]) if word)
    return Band(from_ms, to_ms, "maintenance" if kind in _WORK else "excluded", told)
