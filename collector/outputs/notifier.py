"""Who is told, and the worker that tells him: every notice, in order, at least once, and not in a storm.

A notifier's place among the notices is saved once a message was taken, so that a notice is told twice
only when the daemon was killed between the two. What comes together goes into one message: the first
waits `gather_ms` for others, and the next comes no sooner than `apart_ms` after it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Protocol

from collector.ledger.model import Gap
from collector.ledger.notices import NoticeBook, NoticeRow, Told
from collector.notices.notice import Notice, from_text
from collector.outputs.answers import Action, Do
from collector.outputs.worker import Rest, State, Worker, to_its_end
from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock

AT_ONCE = 1_000
"""So many notices go into one message at most."""
IDLE_MS = 60_000
PATIENCE_NS = NS_PER_SECOND
"""So long an end waits for the disk."""


class Notifier(Protocol):
    """Takes notices to somebody."""

    @property
    def name(self) -> str:
        """As it is configured: its place's name and its label in /metrics."""

    @property
    def gather_ms(self) -> int:
        """How long a notice waits for others to go with it."""

    @property
    def apart_ms(self) -> int:
        """How long after a message the next one waits."""

    @property
    def resend_ms(self) -> int | None:
        """How often what stands is told again; None: never."""

    async def tell(self, notices: Sequence[Notice]) -> Action:
        """Tell them in one message; ACCEPT, RETRY, SLOW or HOLD. Raises only cancellation."""

    async def refresh(self, standing: Sequence[Notice]) -> Action:
        """Tell again what stands."""

    async def aclose(self) -> None:
        """Release connections."""


class Source(Protocol):
    """Who writes the notices."""

    def newest(self) -> int:
        """The newest notice that `standing` takes into account."""

    def standing(self) -> Sequence[Notice]:
        """Those that still hold."""


class NoticeWorker(Worker):
    """Takes a notifier through the notices; one task runs `run`. `wants` says which are for it."""

    def __init__(
        self,
        notifier: Notifier,
        book: NoticeBook,
        clock: Clock,
        source: Source,
        wants: Callable[[Notice], bool],
        spread: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(notifier.name, clock, spread)
        self._notifier = notifier
        self._book = book
        self._source = source
        self._wants = wants
        self._place: Told | None = None
        self._pending: list[Notice] = []
        self._beyond = 0
        self._told_ns: int | None = None
        self._refreshed_ns: int | None = None
        self._saving: set[asyncio.Future[None]] = set()

    def missed(self, count: int) -> None:
        """So many were dropped for their age before they could be told."""
        self._missing += count
        self._log.warning("output.gap", notices=count)

    def _lag(self) -> int:
        return len(self._pending) + self._beyond

    async def _step(self) -> Rest | None:
        """Tell what is due; else say again what stands."""
        self._woken.clear()
        place = self._place = self._place or await self._register()
        newest = self._source.newest()  # first: what is told must not contradict what stands
        found = await to_its_end(self._book.after, place.notice, AT_ONCE)
        rows = [row for row in found if row.id <= newest]
        more = await to_its_end(self._book.count_after, rows[-1].id) if len(rows) == AT_ONCE else 0
        notices = [from_text(row.body, row.id) for row in rows]
        self._pending, self._beyond = [one for one in notices if self._wants(one)], more
        wait_ms = self._wait_ms()
        if self._pending and wait_ms == 0:
            return self._apply(await self._notifier.tell(self._pending), rows)
        if rows and not self._pending:
            self._move(rows, place.told_ms)
            return None
        if not self._draining.is_set() and self._refresh_in_ms() == 0:
            standing = [one for one in self._source.standing() if self._wants(one)]
            return self._refreshed(await self._notifier.refresh(standing))
        if not self._pending and self._state in (State.STARTING, State.SENDING):
            self._state = State.IDLE
        return Rest(min(wait_ms or IDLE_MS, self._refresh_in_ms()), for_wake=True)

    async def _register(self) -> Told:
        """Where to begin: a new one is told what comes from now on."""
        known = (await to_its_end(self._book.told)).get(self.name)
        if known is None:
            known = Told(self.name, await to_its_end(self._book.newest), None)
            self._save(known)
        self._last_success_ms = known.told_ms
        self._log.info("output.started", notice=known.notice)
        return known

    def _wait_ms(self) -> int:
        """How long the pending notices wait for others, or for the last message's sake."""
        if not self._pending or self._draining.is_set():
            return 0
        now = self._clock.now()
        age_ms = now.wall_ms - self._pending[0].at_ms
        wait_ms = self._notifier.gather_ms - age_ms if age_ms >= 0 else 0  # the clock was set back
        if self._told_ns is not None:
            since_ms = (now.mono_ns - self._told_ns) // NS_PER_MS
            wait_ms = max(wait_ms, self._notifier.apart_ms - since_ms)
        return max(0, wait_ms)

    def _refresh_in_ms(self) -> int:
        every_ms = self._notifier.resend_ms
        if every_ms is None:
            return IDLE_MS
        if self._refreshed_ns is None:
            return 0
        return max(0, every_ms - (self._clock.now().mono_ns - self._refreshed_ns) // NS_PER_MS)

    def _apply(self, action: Action, rows: Sequence[NoticeRow]) -> Rest | None:
        """Do what the answer to the pending notices asks."""
        if action.do is not Do.ACCEPT:
            return self._put_off(action)
        now = self._clock.now()
        self._told_ns = now.mono_ns
        self._took(len(self._pending) - action.rejected)
        self._failure = "" if action.rejected else action.why
        gaps = []
        if action.rejected:
            first, last = self._pending[0].number, self._pending[-1].number
            why = f"refused by the receiver: {action.why}"
            gaps = [Gap(self.name, first, last, action.rejected, why, now.wall_ms)]
            self._rejected += action.rejected
        if action.why:
            self._log.warning("output.rejected", notices=action.rejected, why=action.why)
        self._pending = []
        self._move(rows, now.wall_ms, gaps)
        return None

    def _refreshed(self, action: Action) -> Rest | None:
        if action.do is not Do.ACCEPT:
            return self._put_off(action)
        self._refreshed_ns = self._clock.now().mono_ns
        self._took(0)
        self._state = State.IDLE
        self._rejected += action.rejected
        return None

    def _put_off(self, action: Action) -> Rest:
        return self._retry(action, State.HELD if action.do is Do.HOLD else State.RETRYING)

    def _move(self, rows: Sequence[NoticeRow], told_ms: int | None, gaps: Sequence[Gap] = ()) -> None:
        """These are told, or not for this one."""
        self._place = Told(self.name, rows[-1].id, told_ms)
        self._save(self._place, gaps)

    def _save(self, place: Told, gaps: Sequence[Gap] = ()) -> None:
        """Keep the place with the next commit; telling goes on, also while a disk takes nothing."""
        saving = self._book.save(place, gaps)
        self._saving.add(saving)
        saving.add_done_callback(self._saved)

    def _saved(self, saving: asyncio.Future[None]) -> None:
        self._saving.discard(saving)
        error = None if saving.cancelled() else saving.exception()
        if error is not None:
            self._log.warning("output.cursor_not_saved", why=repr(error))  # the next save says more

    async def _flush(self) -> None:
        if self._saving:
            await asyncio.wait(set(self._saving))

    async def _close(self) -> None:
        """Also when it is ended by a reload: who comes after it must find its place."""
        patience_ns = self._clock.now().mono_ns + PATIENCE_NS
        await self._first_of(self._flush(), self._clock.sleep_until(patience_ns))
        await self._notifier.aclose()
