"""What is known of a circuit in one month, and how its outages are counted. Pure.

A month is a statement's period: whatever the contract cuts it into.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from collector.sla.calendar import DAY_MS

REPEAT_MS = 30 * DAY_MS
"""The field's measure: a trouble on the same line within 30 days of the last repair is a repeat."""
LIGHT_KM_A_SECOND = 200_000
"""In fibre: c over a refractive index of 1.5, to 0.1%."""


@dataclass(frozen=True, slots=True)
class Down:
    """An outage, or the piece of it that lies in a month; `end_ms` is outside."""

    start_ms: int
    end_ms: int
    seconds: float
    """How long the circuit was down in it."""


@dataclass(frozen=True, slots=True)
class Month:
    """A circuit (or several that are judged as one) in one month; None is what isn't known."""

    circuit: str
    carrier: str
    service: str
    site: str
    start_ms: int
    end_ms: int
    up_seconds: float
    down_seconds: float
    outages: tuple[Down, ...] = ()
    repeats: int = 0
    """How many of the outages that begin in it are repeats."""
    judged: bool = False
    """Whether the contract's promises could be judged."""
    breached: bool = False
    rtt_seconds: float | None = None
    """The median."""
    baseline_rtt_seconds: float | None = None
    """The median of the circuit's first 28 known days."""
    light_rtt_seconds: float | None = None
    """What light in fibre would take there and back."""
    loss_ratio: float | None = None
    jitter_seconds: float | None = None
    works_owed: int = 0
    """Announced work that the contract wants to know of in advance ..."""
    works_kept: int = 0
    """... and how much of it was announced in time."""
    credit_days: tuple[float, ...] = ()
    """For each claim of the month that was paid: days from its submission to the credit."""

    @property
    def known_seconds(self) -> float:
        """Up and down: what is unknown is left out, not guessed."""
        return self.up_seconds + self.down_seconds

    @property
    def whole_seconds(self) -> float:
        """The month's length."""
        return (self.end_ms - self.start_ms) / 1000


def light_rtt_seconds(kilometres: float) -> float:
    """What light takes for the way there and back in fibre."""
    return 2 * kilometres / LIGHT_KM_A_SECOND


def joined(pieces: Iterable[Down]) -> list[Down]:
    """Outages in order; one that goes on over a month's end is one."""
    found: list[Down] = []
    for one in sorted(pieces, key=lambda piece: (piece.start_ms, piece.end_ms)):
        if found and one.start_ms <= found[-1].end_ms:
            before = found.pop()
            end_ms = max(before.end_ms, one.end_ms)
            found.append(Down(before.start_ms, end_ms, before.seconds + one.seconds))
        else:
            found.append(one)
    return found


def repeated(outages: Sequence[Down]) -> list[tuple[Down, Down]]:
    """A circuit's outages (in order) that begin within 30 days of the end of another: (that one, it)."""
    return [(before, one) for before, one in pairwise(outages) if one.start_ms - before.end_ms < REPEAT_MS]
