"""Once a second: what of circuits and contracts has not been told becomes a notice in the ledger."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import replace

import structlog

from collector.board import Board
from collector.ledger.ledger import Ledger
from collector.ledger.model import Outage
from collector.ledger.notices import NoticeBook
from collector.ledger.reader import SqliteReader
from collector.measuring import Measuring
from collector.notices.briefing import about, breaches
from collector.notices.incidents import LOOK_BACK_MS, Breaches, Incidents, Seen
from collector.notices.notice import BreachFacts, Event, Notice, from_text
from collector.outputs.notifier import AT_ONCE
from collector.outputs.worker import Rest, Worker, to_its_end
from probes.clock import Clock

log = structlog.get_logger()

LOOK_MS = 1_000
TIDY_MS = 3_600_000
"""How often the mark moves and old notices go, beside what is told."""


class Lookout(Worker):
    """Decides (incidents.py) and writes down; `told` is called after each commit of notices."""

    def __init__(self, measuring: Measuring, clock: Clock, board: Board, told: Callable[[], None]) -> None:
        super().__init__("notices", clock, random.random)
        self._measuring = measuring
        self._board = board
        self._told = told
        ledger: Ledger = measuring.ledger
        self._book = NoticeBook(ledger)
        self._reader: SqliteReader = ledger.reader()
        self._incidents = Incidents()
        self._mark_ms: int | None = None
        """Outages that ended before were told, or before anybody was to be told."""
        self._newest = 0
        self._tidied_ms = 0
        self._dropped: dict[str, int] = {}
        self.outputs: Collection[str] = ()
        """Who is to be told; while that is nobody, nothing is written."""

    async def load(self) -> None:
        """Read what earlier processes told."""
        self._mark_ms = await to_its_end(self._book.mark_ms)
        last = 0
        while rows := await to_its_end(self._book.after, last, AT_ONCE):
            for row in rows:
                self._incidents.told(from_text(row.body, row.id))
            last = rows[-1].id
        self._newest = await to_its_end(self._book.newest)

    def newest(self) -> int:
        """The newest notice that `standing` takes into account."""
        return self._newest

    def standing(self) -> list[Notice]:
        """What was told and still holds."""
        return self._incidents.standing(self._breaches())

    def dropped(self) -> dict[str, int]:
        """How many notices went, since this was last asked, before an output had told them."""
        dropped, self._dropped = self._dropped, {}
        return dropped

    async def _step(self) -> Rest:
        now_ms = self._clock.now().wall_ms
        if self.outputs:
            await self._look(now_ms)
        elif self._mark_ms is not None:
            await self._book.unmark()
            self._mark_ms = None
        return Rest(LOOK_MS)

    async def _look(self, now_ms: int) -> None:
        """Decide what is to be told now, write it down, and say that it is."""
        begin_ms = now_ms if self._mark_ms is None else self._mark_ms
        found = await self._new_notices(now_ms, begin_ms)
        tidy = now_ms - self._tidied_ms >= TIDY_MS
        if not found and not tidy:
            return
        looked_ms = min(now_ms, self._measuring.judge.done_ms or now_ms)
        mark_ms = max(begin_ms, looked_ms - LOOK_BACK_MS)
        numbers = await self._book.append(now_ms, [one.to_text() for one in found], mark_ms)
        self._mark_ms = mark_ms
        for number, notice in zip(numbers, found, strict=True):
            self._incidents.told(replace(notice, number=number))
            self._newest = number
            _say(notice)
        if tidy:
            self._tidied_ms = now_ms
            keep = [one.number for one in self.standing()]
            self._dropped = await self._book.prune(now_ms, self.outputs, keep)
        self._told()

    async def _new_notices(self, now_ms: int, begin_ms: int) -> list[Notice]:
        settings, here = self._measuring.settings, self._measuring.standing
        statuses = self._measuring.live.statuses()
        live = {name: change for name, change in statuses.items() if name in here}
        judged_ms = self._measuring.judge.done_ms
        stored = await to_its_end(_outages, self._reader, settings.site, begin_ms)
        seen = Seen(now_ms, live, stored, judged_ms, self._breaches())
        return self._incidents.take(seen, lambda name: about(settings, name, here[name]))

    def _breaches(self) -> Breaches | None:
        judged, here = self._board.judged, self._measuring.standing
        if judged is None:
            return None
        return breaches(self._measuring.settings, [one for one in judged if one.circuit in here])

    def _lag(self) -> int:
        return 0

    async def _flush(self) -> None:
        """Each look waits for its own commit."""

    async def _close(self) -> None:
        self._book.close()
        self._reader.close()


def _outages(reader: SqliteReader, site: str, begin_ms: int) -> list[Outage]:
    """The site's outages that are open or ended after a time, by start."""
    return [one for one in reader.outages(from_ms=begin_ms) if one.site == site]


def _say(notice: Notice) -> None:
    """A line for the log, beside what is told."""
    facts = notice.facts
    if isinstance(facts, BreachFacts):
        return  # sla_watch.py has said so
    tell = log.info if notice.event is Event.OUTAGE_END else log.warning
    tell(
        f"notice.{notice.event}",
        circuit=notice.about.circuit,
        start_ms=facts.start_ms,
        end_ms=facts.end_ms,
        cause=facts.cause,
    )
