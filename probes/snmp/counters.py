"""What happened to an interface's counters between two polls. Pure.

Counters go on, wrap, or begin anew; which of them it was decides whether their difference means
anything. A difference that may mean nothing is dropped: no spike, nothing negative. The rules, in
this order, on two readings of one interface:

- move: it stands at another ifIndex, or was gone in between.
- restart: sysUpTime went on by much less or more than our own clock did (it wraps by itself after 497
  days, RFC 3418), or a v3 agent's engine or count of boots changed.
- discontinuity: ifCounterDiscontinuityTime changed (RFC 2863 section 3.1.5). Many agents leave it at a
  constant 0, which says nothing.
- wrap: a 32-bit counter is smaller than before, by no more than the line can have carried (of unknown
  speed: by the shorter half of the way round).
- reset: a counter is smaller than before and it was no wrap, or it changed its width.
- ambiguous: at its speed the interface could have taken a 32-bit octet counter once round.
- lie: more octets than the line carries, by a wide margin.

A total is what a store takes a rate of, so it must not jump where a difference was dropped: where the
counters began anew it goes on from the agent's own value if the line can have carried the step that a
rate sees then, else from 0. Where they went on, in doubt, so does the total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.clock import NS_PER_SECOND

OCTETS = ("receive_bytes", "transmit_bytes")
"""The counters that the line's speed bounds."""
_TURN = 2**32
_TICKS_A_SECOND = 100
_SLACK_SECONDS = 5.0
_SLACK_RATIO = 0.1
"""How far sysUpTime and our own clock may differ: questions wait in queues, and agents' clocks drift."""
_WIDE_MARGIN = 2.0
_CACHE_SECONDS = 10.0
"""Agents that count in hardware refresh what they tell only so often."""
_SMALLEST_FRAME_OCTETS = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """What one poll read of one row."""

    mono_ns: int
    """When the question left, on our monotonic clock."""
    counters: Mapping[str, int]
    narrow: tuple[str, ...] = ()
    """Those of `counters` that have 32 bits; the others have 64."""
    uptime_ticks: int | None = None
    """sysUpTime in hundredths of a second, modulo 2^32; None where the agent has none."""
    engine: tuple[bytes, int] | None = None
    """Who answered and how often it has started, where the agent tells."""
    discontinuity: int = 0
    speed_bits_per_second: int = 0
    """0: unknown."""


@dataclass(frozen=True, slots=True)
class Track:
    """A row's counters up to a reading, and what passed since the one before."""

    reading: Reading
    totals: Mapping[str, int]
    """Continuous over wraps; after a restart, a reset or a move from the agent's own value or from 0."""
    seconds: float = 0.0
    """The agent's own time since the reading before."""
    deltas: Mapping[str, int] = field(default_factory=dict)
    """Since the reading before; empty for the first reading and for an interval that was dropped."""
    dropped: str = ""
    """Why the interval was dropped, as a sentence."""

    def utilisation(self, name: str) -> float | None:
        """Octets of `name` as a share of what the line carries, 0 to 1; None when it can't be told."""
        speed = self.reading.speed_bits_per_second
        if name not in self.deltas or not speed or self.seconds <= 0:
            return None
        return min(1.0, self.deltas[name] * 8 / self.seconds / speed)


def follow(before: Track | None, now: Reading, broken: str = "") -> Track:
    """The track with one more reading; `broken` says why the one before was of something else."""
    if before is None:
        return Track(now, now.counters)
    then = before.reading
    seconds, why = _time_passed(then, now)
    why = broken or why
    if not why and then.discontinuity != now.discontinuity:
        why = "the agent says that the counters began anew (ifCounterDiscontinuityTime)"
    deltas, why = ({}, why) if why else _differences(then, now, seconds)
    if why:
        return _anew(before, now, seconds, why)
    totals = {
        name: before.totals[name] + deltas[name] if name in deltas else count
        for name, count in now.counters.items()
    }
    if doubt := _doubt(then, now, deltas, seconds):
        return Track(now, totals, seconds, {}, _left_out(doubt))
    return Track(now, totals, seconds, deltas)


def line_octets(speed_bits_per_second: int, seconds: float) -> float:
    """The most octets that are believed of a line of this speed in this time."""
    return speed_bits_per_second / 8 * (_WIDE_MARGIN * seconds + _CACHE_SECONDS)


def uptime_seconds(before_ticks: int, now_ticks: int, elapsed_seconds: float) -> float | None:
    """How far sysUpTime went on, over its own wrap; None when it began anew (or stood, or jumped)."""
    seconds = (now_ticks - before_ticks) % _TURN / _TICKS_A_SECOND
    slack = _SLACK_SECONDS + _SLACK_RATIO * elapsed_seconds
    return seconds if abs(seconds - elapsed_seconds) <= slack else None


def difference(before: int, now: int, *, narrow: bool, most: float | None = None) -> int | None:
    """How far a counter went on, None when it was reset. `most`: what a wrap may amount to at most."""
    if now >= before:
        return now - before
    wrapped = now + _TURN - before
    limit = _TURN // 2 if most is None else most
    return wrapped if narrow and wrapped <= limit else None


def _time_passed(then: Reading, now: Reading) -> tuple[float, str]:
    """The agent's seconds between two readings, and why they mean nothing."""
    elapsed = (now.mono_ns - then.mono_ns) / NS_PER_SECOND
    if then.engine and now.engine and then.engine != now.engine:
        return elapsed, "the agent restarted or was swapped (its engine or its count of boots changed)"
    if then.uptime_ticks is None or now.uptime_ticks is None:
        return elapsed, ""
    seconds = uptime_seconds(then.uptime_ticks, now.uptime_ticks, elapsed)
    if seconds is None:
        was, now_is = then.uptime_ticks / _TICKS_A_SECOND, now.uptime_ticks / _TICKS_A_SECOND
        return elapsed, (
            f"the agent restarted (sysUpTime went from {was:.0f} s to {now_is:.0f} s in {elapsed:.0f} s)"
        )
    return seconds, ""


def _differences(then: Reading, now: Reading, seconds: float) -> tuple[dict[str, int], str]:
    """How far each counter went on, or the sentence that says that one began anew."""
    speed = _speed(then, now)
    carried = speed / 8 * (seconds + _SLACK_SECONDS)
    deltas = dict[str, int]()
    for name in then.counters.keys() & now.counters.keys():
        before, count, narrow = then.counters[name], now.counters[name], name in now.narrow
        delta = difference(before, count, narrow=narrow, most=carried / _smallest(name) if speed else None)
        if delta is None or narrow != (name in then.narrow):
            return {}, f"{name} was reset (from {before} to {count})"
        deltas[name] = delta
    return deltas, ""


def _doubt(then: Reading, now: Reading, deltas: Mapping[str, int], seconds: float) -> str:
    """Why differences may be wrong, or the speed; empty where nothing speaks against them."""
    speed = _speed(then, now)
    for name in OCTETS:
        if name in deltas and name in now.narrow and speed / 8 * seconds >= _TURN:
            return f"{name} has 32 bits and may have gone round at this speed: ask more often"
        if speed and deltas.get(name, 0) > line_octets(speed, seconds):
            return f"{name} went on by {deltas[name]} in {seconds:.0f} s, which {speed} bit/s can't carry"
    return ""


def _anew(before: Track, now: Reading, seconds: float, why: str) -> Track:
    """A track whose counters began anew."""
    speed = max(before.reading.speed_bits_per_second, now.speed_bits_per_second)
    most = line_octets(speed, seconds)
    totals = dict[str, int]()
    for name, count in now.counters.items():
        total = before.totals.get(name, count)
        step = count - total if count >= total else count  # a smaller one reads as a reset, from 0
        bound = most / _smallest(name) if speed else count * (count < total)
        totals[name] = count if step <= bound else 0
    return Track(now, totals, seconds, {}, _left_out(why))


def _speed(then: Reading, now: Reading) -> int:
    """The higher of both speeds, 0 where the newer is unknown."""
    speed = now.speed_bits_per_second
    return speed and max(speed, then.speed_bits_per_second)


def _smallest(name: str) -> int:
    """The octets that one more of a counter takes on the line at least."""
    return 1 if name in OCTETS else _SMALLEST_FRAME_OCTETS


def _left_out(why: str) -> str:
    return f"this interval is left out: {why}"
