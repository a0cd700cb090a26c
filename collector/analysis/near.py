"""What lies near a finding: outages, announced work, restarts of our own, another route. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from collector.analysis.finding import Finding

Kind = Literal["outage", "maintenance", "restart", "route"]
How = Literal["during", "at", "end", "after", "before"]
AFTER_MS, BEFORE_MS = 2 * 3_600_000, 1_800_000
"""How long after something ended, and before it began, a change is told with it."""
_TOGETHER_MS = 600_000
"""Two five-minute steps: nothing is told apart within them."""
_CLOSE: tuple[How, ...] = ("end", "during", "at", "after", "before")
_FIRST: tuple[Kind, ...] = ("outage", "route", "maintenance", "restart")


@dataclass(frozen=True, slots=True)
class Event:
    """Something in [from, to) that may explain a change; a moment has both alike."""

    kind: Kind
    from_ms: int
    to_ms: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """How a finding's begin lies to an event: during it, at it, at its end, so many ms after or before it."""

    event: Event
    how: How
    apart_ms: int = 0


def near(finding: Finding, events: Iterable[Event]) -> tuple[Near, ...]:
    """What lies near the begin of a finding, the likeliest explanation first."""
    told = [(one, _how(finding.at_ms, one)) for one in events]
    found = [Near(one, *how) for one, how in told if how is not None]
    return tuple(
        sorted(
            found,
            key=lambda one: (
                _CLOSE.index(one.how),
                one.apart_ms,
                _FIRST.index(one.event.kind),
                one.event.from_ms,
            ),
        )
    )


def _how(at_ms: int, event: Event) -> tuple[How, int] | None:
    if event.from_ms == event.to_ms or event.kind in {"restart", "route"}:
        if abs(at_ms - event.from_ms) <= _TOGETHER_MS:
            return "at", 0
    elif abs(at_ms - event.to_ms) <= _TOGETHER_MS < (event.to_ms - event.from_ms) / 2:
        return "end", 0
    elif event.from_ms - _TOGETHER_MS <= at_ms < event.to_ms:
        return "during", 0
    if 0 <= at_ms - event.to_ms <= AFTER_MS:
        return "after", at_ms - event.to_ms
    if 0 < event.from_ms - at_ms <= BEFORE_MS:
        return "before", event.from_ms - at_ms
    return None
