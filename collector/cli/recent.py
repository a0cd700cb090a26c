"""The last half hour of every circuit, minute by minute, from the ledger alone: for `status --watch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probes.model import RTT_UNIT_NS

if TYPE_CHECKING:
    from collector.ledger.model import Series
    from collector.ledger.reader import SqliteReader
    from collector.ledger.rounds import Rounds

MINUTES = 30
MINUTE_MS = 60_000
_NOW = 3
"""So many minutes old an RTT may be to be the one now."""
KINDS = ("icmp", "stamp", "tcp", "http", "dns")
"""Whose RTT is shown of a circuit that has several: the first of these."""


@dataclass(frozen=True, slots=True)
class Recent:
    """RTTs in ms and lost packets in %, a place a minute, the newest last."""

    rtts: tuple[float | None, ...]
    """The median of a minute's answers; None without any."""
    losses: tuple[float | None, ...]
    """None where nothing was sent."""

    @property
    def rtt(self) -> float | None:
        """The newest of the last minutes; None where nothing was answered in them."""
        return next((rtt for rtt in reversed(self.rtts[-_NOW:]) if rtt is not None), None)

    @property
    def loss(self) -> float | None:
        """The mean over all minutes in which anything was sent."""
        known = [loss for loss in self.losses if loss is not None]
        return sum(known) / len(known) if known else None


def recent(reader: SqliteReader, now_ms: int) -> dict[str, Recent]:
    """Circuit -> its last half hour; a few milliseconds a circuit."""
    chosen = shown_series(reader.series())
    numbers = [number for some in chosen.values() for number in some]
    begin_ms = (now_ms // MINUTE_MS - MINUTES + 1) * MINUTE_MS
    found = reader.rounds(numbers, begin_ms, now_ms + 1)
    return {name: _of([found[number] for number in some], begin_ms) for name, some in chosen.items()}


def shown_series(known: Sequence[Series]) -> dict[str, list[int]]:
    """The series of the probe whose RTT is shown, by circuit; one changed since has several."""
    best: dict[str, tuple[int, str]] = {}
    for one in known:
        key = one.key
        if not key.owner and key.kind in KINDS:
            rank = KINDS.index(key.kind), key.probe
            best[key.circuit] = min(best.get(key.circuit, rank), rank)
    chosen: dict[str, list[int]] = {name: [] for name in best}
    for one in known:
        if one.key.circuit in best and best[one.key.circuit][1] == one.key.probe:
            chosen[one.key.circuit].append(one.id)
    return chosen


def _of(series: Sequence[Rounds], begin_ms: int) -> Recent:
    import numpy as np

    rtts: list[float | None] = [None] * MINUTES
    sent, lost = [0] * MINUTES, [0] * MINUTES
    for rounds in series:
        minutes = (rounds.at_ms - begin_ms) // MINUTE_MS
        of_rtts = np.repeat(minutes, np.diff(rounds.first))[rounds.answered]
        for minute in range(MINUTES):
            inside = minutes == minute
            sent[minute] += int(rounds.sent[inside].sum())
            lost[minute] += int((rounds.sent - rounds.received)[inside].sum())
            if len(mine := rounds.rtts[of_rtts == minute]):
                rtts[minute] = float(np.median(mine)) * RTT_UNIT_NS / 1e6
    losses = tuple(100 * gone / n if n else None for gone, n in zip(lost, sent, strict=True))
    return Recent(tuple(rtts), losses)


Recents = Mapping[str, Recent]
