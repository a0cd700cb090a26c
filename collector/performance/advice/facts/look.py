"""The time that recommendations are about, and what all rules look at of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import quote

from collector.claiming.book import Book, ClaimNow
from collector.claiming.track import Track
from collector.clerk import Desk
from collector.ledger.model import Outage
from collector.notebook.book import Notebook
from collector.sla.calendar import DAY_MS, local_day
from config.settings import Circuit, Standing
from probes.clock import NS_PER_MS, Instant

LONGEST_BACK_MS = 366 * DAY_MS
FRESH_MS = 300_000
_KEPT = "book of claims"


@dataclass
class Look:
    """With `past` what arose in [from, to), as far as it is known now; else what is to be done now."""

    desk: Desk
    from_ms: int
    to_ms: int
    """Never after now."""
    past: bool

    @property
    def now_ms(self) -> int:
        """When it is asked."""
        return self.desk.now.wall_ms

    @cached_property
    def today(self) -> date:
        """The last day that is looked at, by the clocks of this host's site."""
        settings = self.desk.settings
        return local_day(self.to_ms - (1 if self.past else 0), settings.zone)

    @cached_property
    def desk_then(self) -> Desk:
        """The desk as if it were asked at the end of the time; it reads through the same connection."""
        if not self.past:
            return self.desk
        then = Desk(
            self.desk.settings, self.desk.ledger, Instant(self.to_ms * NS_PER_MS, self.desk.now.mono_ns)
        )
        then.__dict__["reader"] = self.desk.reader  # a cached property's value
        return then

    @cached_property
    def book(self) -> Book:
        """Claims as they stand now."""
        return book_of(self.desk)

    @cached_property
    def claims(self) -> list[tuple[ClaimNow, Track]]:
        """Each claim with what it was read from; of the past those of periods that ended in it."""
        by_key = {one.key: one for one in self.book.tracks}
        return [(one, by_key[one.key]) for one in self.book.claims if not self.past or self._holds(one)]

    @cached_property
    def notebook(self) -> Notebook:
        """All notes."""
        return Notebook(self.desk.reader.notes())

    @cached_property
    def outages(self) -> Mapping[str, Sequence[Outage]]:
        """By circuit, those of the year before the end."""
        found: dict[str, list[Outage]] = {}
        for one in self.desk.reader.outages(from_ms=self.to_ms - LONGEST_BACK_MS, to_ms=self.to_ms):
            found.setdefault(one.circuit, []).append(one)
        return found

    @cached_property
    def circuits(self) -> Mapping[str, Circuit]:
        """Those that were in service at any time of [from, to), by id."""
        return {
            name: one
            for name, one in self.desk.settings.circuits.items()
            if one.active.start is None or one.active.start <= self.today
        }

    def _holds(self, one: ClaimNow) -> bool:
        return one.ended_within(self.from_ms, self.to_ms, self.desk.settings.zone)

    def zone(self, circuit: str) -> str:
        """Of the circuit's site; of one that the configuration lacks by now, this host's."""
        settings = self.desk.settings
        return settings.zone_of(circuit) if circuit in settings.circuits else settings.zone

    def day(self, at_ms: int, circuit: str) -> date:
        """Which day that was at the circuit's site."""
        return local_day(at_ms, self.zone(circuit))

    def standing(self, circuit: str) -> Standing:
        """A circuit's facts on the last day that is looked at."""
        return self.desk.settings.circuits[circuit].on(self.today)

    def name(self, carrier: str) -> str:
        """As it stands on the contract; the key of one that the configuration lacks by now."""
        known = self.desk.settings.carriers.get(carrier)
        return known.name if known else carrier


def as_of(desk: Desk) -> tuple[object, ...]:
    """What is the same while an answer that was kept may be given again: five minutes, notes, outages."""
    reader = desk.reader
    newest = max((one.id for one in reader.notes()), default=0)
    open_now = tuple((one.circuit, one.start_ms) for one in reader.outages(from_ms=desk.now.wall_ms))
    return desk.now.wall_ms // FRESH_MS, newest, len(reader.drafts()), open_now


def book_of(desk: Desk) -> Book:
    """The book of claims; at the clerk's desk it is read once while `as_of` is the same."""
    at = as_of(desk)
    kept = desk.kept.get(_KEPT)
    if kept is None or kept[0] != at:
        kept = desk.kept[_KEPT] = (at, Book.read(desk.settings, desk.reader, desk.now.wall_ms))
    book: Book = kept[1]
    return book


def place(*parts: str) -> str:
    """A page's path, each part quoted whole."""
    return "/" + "/".join(quote(one, safe=":") for one in parts)
