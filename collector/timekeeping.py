"""Watches the clocks: when they part, a new epoch begins.

An epoch is a stretch in which wall and monotonic clocks agree. A step over 500 ms ends it, and so
does a suspend, in which the wall clock goes on and CLOCK_MONOTONIC stands still.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from probes.clock import NS_PER_MS, Clock, Instant

STEP_NS = 500 * NS_PER_MS
STA_UNSYNC = 0x0040
"""<linux/timex.h>: nobody disciplines the clock."""


class _Timex(ctypes.Structure):
    """The head of `struct timex`; the rest is padding that the kernel may fill."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    ]


def synchronised() -> bool:
    """Whether the kernel believes that its clock is disciplined (adjtimex(2)); False if it can't say."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        timex = _Timex()
        return bool(libc.adjtimex(ctypes.byref(timex)) >= 0 and not timex.status & STA_UNSYNC)
    except (OSError, AttributeError):
        return False


def boot_id() -> str:
    """The kernel's name for this boot, or an empty text where there is none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Step:
    """The wall clock went `ns` further than the monotonic one: it was set, or the machine was asleep."""

    ns: int
    why: Literal["step", "suspend"]


class ClockWatch:
    """Compares each look at the clocks with the begin of the epoch, so that small steps add up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begin(clock.now())

    def look(self) -> tuple[Instant, Step | None]:
        """The time now, and how the clocks parted since the epoch began (None: they didn't)."""
        now = self._clock.now()
        if self._has_parted(now):
            now = self._clock.now()  # the process may have been held up between the halves of the first
        if not self._has_parted(now):
            return now, None
        slept_ns = self._clock.slept_ns() - self._slept_ns
        step = Step(_apart(now) - self._apart_ns, "suspend" if slept_ns > STEP_NS else "step")
        self._begin(now)
        return now, step

    def _begin(self, now: Instant) -> None:
        self._apart_ns, self._slept_ns = _apart(now), self._clock.slept_ns()

    def _has_parted(self, now: Instant) -> bool:
        return abs(_apart(now) - self._apart_ns) > STEP_NS


def _apart(now: Instant) -> int:
    return now.wall_ns - now.mono_ns
