"""From stamps to a round-trip time (RFC 2681 3.7: the two stamps at the wire, or what is closest).

The kernel stamps with the wall clock, which may step while a packet is away. Both clocks are read
before a packet is sent and after its reply was read; a stamp that lies outside is not believed.
"""

from __future__ import annotations

from typing import NamedTuple

from probes.clock import Instant
from probes.model import RTT_UNIT_NS, Timing

STEP_NS = 100_000
"""Both clocks are slewed alike, so a difference between their advances is a step of the wall clock.

Two readings of a pair lie within a microsecond of each other, unless the process was interrupted.
"""


class Measured(NamedTuple):
    """A round-trip time in units of 100 ns, which clock gave it, and how many stamps were not believed."""

    rtt: int
    timing: Timing
    discarded: int


def measure(sent: Instant, left_ns: int | None, came_ns: int | None, read: Instant) -> Measured:
    """The round-trip time of a packet sent after `sent`, whose reply was in our hands at `read`.

    `left_ns` and `came_ns` are the kernel's stamps (wall clock, None where it gave none). An end
    without a believable stamp is taken from the monotonic clock of our own reading, which can only
    make the time longer.
    """
    given = (left_ns is not None) + (came_ns is not None)
    stepped = abs((read.wall_ns - sent.wall_ns) - (read.mono_ns - sent.mono_ns)) > STEP_NS
    left = None if stepped else _within(left_ns, sent.wall_ns, read.wall_ns)
    came = None if stepped else _within(came_ns, sent.wall_ns, read.wall_ns)
    if left is not None and came is not None and came >= left:
        return Measured(_units(came - left), Timing.KERNEL, 0)
    if left is not None and came is not None:
        left = came = None
    begin = sent.mono_ns if left is None else sent.mono_ns + (left - sent.wall_ns)
    end = read.mono_ns if came is None else read.mono_ns - (read.wall_ns - came)
    kept = (left is not None) + (came is not None)
    return Measured(_units(max(0, end - begin)), Timing.MONOTONIC, given - kept)


def _within(stamp_ns: int | None, earliest_ns: int, latest_ns: int) -> int | None:
    return stamp_ns if stamp_ns is not None and earliest_ns <= stamp_ns <= latest_ns else None


def _units(ns: int) -> int:
    return (ns + RTT_UNIT_NS // 2) // RTT_UNIT_NS
