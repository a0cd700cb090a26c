"""The share of a period that was not counted as down, and what it could have been at most and least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from collector.circuits import Status
from collector.sla import down
from collector.sla.outages import WholeOutage, outages
from collector.sla.rules import Rules, Window
from collector.sla.timeline import Timeline, judged_together
from collector.sla.tracks import Track

Policy = Literal["exclude", "up", "down", "carry"]


def status_of(tracks: Sequence[Track], rules: Rules, needed: int, window: Window, now_ms: int) -> Timeline:
    """The circuit's status by the contract's own rule, unknown wherever no probe says anything.

    It reaches beyond the window as far as rounds do (not past `now_ms`), since an outage over the
    period's edge is judged whole.
    """
    timelines = [down.simple(track, rules.down) for track in tracks if rules.down is not None]
    together = judged_together(timelines, needed) if timelines else Timeline()
    return together.clip(-(2**62), max(now_ms, window.end_ms)).filled(window.start_ms, window.end_ms)


@dataclass(frozen=True, slots=True)
class Account:
    """What one policy for unknown time makes of a status; times in milliseconds."""

    outages: tuple[WholeOutage, ...]
    counted_ms: int
    denominator_ms: Fraction
    unknown_ms: int
    """What is still unknown under the policy, and left the denominator."""

    @property
    def percent(self) -> Fraction | None:
        """1 - counted/denominator in 0..100%, exactly; None when the denominator is nothing."""
        if self.denominator_ms <= 0:
            return None
        return 100 * min(Fraction(1), max(Fraction(0), 1 - self.counted_ms / self.denominator_ms))


def account(
    status: Timeline, rules: Rules, policy: Policy, window: Window, denominator_ms: Fraction
) -> Account:
    """Downtime and denominator: the policy first, then merging, then the minimum, then the edge."""
    decided = _decided(status, policy)
    unknown = decided.where(Status.UNKNOWN).clip(window.start_ms, window.end_ms).total_ms
    found = tuple(
        one
        for one in outages(decided.where(Status.DOWN), rules.merge_within_ms, rules.minimum)
        if one.down.clip(window.start_ms, window.end_ms)
    )
    counted = sum(one.counted.clip(window.start_ms, window.end_ms).total_ms for one in found)
    return Account(found, counted, denominator_ms - unknown, unknown)


def bounds(
    status: Timeline, rules: Rules, window: Window, denominator_ms: Fraction, measured: Fraction | None
) -> tuple[Fraction, Fraction] | None:
    """[worst, best]: all unknown time down, and all of it up; what was measured lies between."""
    worst = account(status, rules, "down", window, denominator_ms).percent
    best = account(status, rules, "up", window, denominator_ms).percent
    known = [value for value in (worst, measured, best) if value is not None]
    return (min(known), max(known)) if known else None


def _decided(status: Timeline, policy: Policy) -> Timeline:
    if policy == "carry":
        return status.carried()
    if policy == "exclude":
        return status
    return status.over(status.where(Status.UNKNOWN), Status.UP if policy == "up" else Status.DOWN)
