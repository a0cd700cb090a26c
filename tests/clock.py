"""A clock that stands still until a test says otherwise.

`FakeClock` is the `Clock` of every timing test. Nobody waits: `sleep_until` returns when the test
advances time past it, at that exact virtual moment, so that a test can assert nanoseconds.
"""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from probes.clock import NS_PER_SECOND, Instant

START_WALL_NS = 1_767_225_600 * NS_PER_SECOND
"""2026-01-01T00:00:00Z, a multiple of every sensible `every`."""
START_MONO_NS = 1_000 * NS_PER_SECOND
SETTLE_TURNS = 25
"""Turns of the event loop that tasks get to react before time moves on."""


class FakeClock:
    """Two clocks that move together when told.

    With `autojump` nobody needs to tell: once the loop has done nothing to the clock for
    `SETTLE_TURNS` turns, time jumps to the next sleeper. It cannot see what other threads or real
    sockets are still busy with, so tests of those call `advance` themselves.
    """

    def __init__(self, *, autojump: bool = False) -> None:
        self._now = Instant(START_WALL_NS, START_MONO_NS)
        self._autojump = autojump
        self._slept_ns = 0
        self._order = count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._idle_turns = 0
        self._watching = False

    def now(self) -> Instant:
        """The virtual moment."""
        return self._now

    def slept_ns(self) -> int:
        """What `suspend` made of it."""
        return self._slept_ns

    async def sleep_until(self, mono_ns: int) -> None:
        """Return when the virtual monotonic clock has reached `mono_ns`."""
        self._idle_turns = 0
        if mono_ns <= self._now.mono_ns:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (mono_ns, next(self._order), woken))
        self._watch()
        await woken

    @property
    def next_wake(self) -> int | None:
        """The monotonic moment of the next sleeper, None when nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    async def advance(self, seconds: float) -> None:
        """Move both clocks on, waking each sleeper at its own moment in order of time."""
        await self.advance_ns(round(seconds * NS_PER_SECOND))

    async def advance_ns(self, ns: int) -> None:
        """Move both clocks on by `ns` nanoseconds; tasks get to run before and after."""
        goal = self._now.mono_ns + ns
        await settle()
        while (due := self.next_wake) is not None and due <= goal:
            self._wake(due)
            await settle()
        self._now = self._now.plus(goal - self._now.mono_ns)
        await settle()

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back, as an operator or NTP would; nobody wakes."""
        self._now = Instant(self._now.wall_ns + round(seconds * NS_PER_SECOND), self._now.mono_ns)

    def suspend(self, seconds: float) -> None:
        """Let the machine sleep: the wall clock goes on, the monotonic one stands still."""
        self.step_wall(seconds)
        self._slept_ns += round(seconds * NS_PER_SECOND)

    def _wake(self, due: int) -> None:
        self._now = self._now.plus(due - self._now.mono_ns)
        while self.next_wake == due:
            heapq.heappop(self._sleepers)[2].set_result(None)

    def _watch(self) -> None:
        if self._autojump and not self._watching:
            self._watching = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        due = self.next_wake
        if due is None:
            self._watching = False
            return
        self._idle_turns += 1
        if self._idle_turns > SETTLE_TURNS:
            self._idle_turns = 0
            self._wake(due)
        asyncio.get_running_loop().call_soon(self._turn)


async def settle(turns: int = SETTLE_TURNS) -> None:
    """Let every task that can run do so, a bounded number of loop turns."""
    for _ in range(turns):
        await asyncio.sleep(0)
