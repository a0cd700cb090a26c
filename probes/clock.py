"""Time, as one value with two halves.

Nothing else in the code asks the time: a `Clock` is handed in, so a test decides when it is.
The wall half says *when* (and may step); the monotonic half says *how long* (and never does).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

NS_PER_MS = 1_000_000
NS_PER_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True, order=False)
class Instant:
    """One moment read from both clocks.

    `wall_ns` is nanoseconds since the Unix epoch in UTC, `mono_ns` nanoseconds of CLOCK_MONOTONIC.
    A difference uses the monotonic half only, so a stepped wall clock never bends a duration.
    """

    wall_ns: int
    mono_ns: int

    def __sub__(self, earlier: Instant) -> int:
        """Nanoseconds from `earlier` to this instant."""
        return self.mono_ns - earlier.mono_ns

    def plus(self, ns: int) -> Instant:
        """The instant `ns` nanoseconds later, if neither clock steps."""
        return Instant(self.wall_ns + ns, self.mono_ns + ns)

    @property
    def wall_ms(self) -> int:
        """Whole milliseconds since the Unix epoch."""
        return self.wall_ns // NS_PER_MS


class Clock(Protocol):
    """Where time comes from: `SystemClock` in the daemon, a fake one in tests."""

    def now(self) -> Instant:
        """Both clocks, read as close together as the system allows."""

    def slept_ns(self) -> int:
        """How long the machine has been suspended since its boot, while the monotonic half stood still."""

    async def sleep_until(self, mono_ns: int) -> None:
        """Return once the monotonic clock has reached `mono_ns` (at once if it has)."""


class SystemClock:
    """The kernel's clocks."""

    def now(self) -> Instant:
        """Read both clocks back to back."""
        return Instant(time.time_ns(), time.monotonic_ns())  # noqa: TID251 - the one place that asks

    def slept_ns(self) -> int:
        """CLOCK_BOOTTIME goes on in a suspend, CLOCK_MONOTONIC does not (clock_gettime(2))."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()  # noqa: TID251

    async def sleep_until(self, mono_ns: int) -> None:
        """Sleep on the event loop's timer, which is CLOCK_MONOTONIC too."""
        import asyncio

        await asyncio.sleep(max(0, mono_ns - time.monotonic_ns()) / NS_PER_SECOND)  # noqa: TID251


class StandingClock(SystemClock):
    """A clock whose wall half stands still while time passes: for what shows a made-up past."""

    def __init__(self, wall_ns: int) -> None:
        self._wall_ns = wall_ns

    def now(self) -> Instant:
        """The same wall time always."""
        return Instant(self._wall_ns, super().now().mono_ns)
