"""What was measured of circuits around a moment: up or down, round-trip times, loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from collector.circuits import Status
from collector.clerk import Desk
from collector.ledger.model import Series
from collector.sla.calendar import local_day
from probes.model import RTT_UNIT_NS

AROUND_MS = 900_000
"""Looked at is so long before and after."""
MOST = 12
"""So many circuits of a site are looked at."""


@dataclass(frozen=True, slots=True)
class Around:
    """One circuit in that time."""

    circuit: str
    carrier: str
    """Whose it was then."""
    status: Status
    """The worst that it was."""
    down_ms: int
    p50_seconds: float | None
    """None where nothing was answered."""
    p95_seconds: float | None
    sent: int
    received: int


def around(desk: Desk, circuits: Iterable[str], at_ms: int) -> Iterator[Around]:
    """What the ledger holds of these circuits around a moment; the first `MOST`. Raises LedgerError."""
    series = desk.reader.series()
    for name in list(circuits)[:MOST]:
        yield _of(desk, series, name, at_ms)


def _of(desk: Desk, series: Iterable[Series], name: str, at_ms: int) -> Around:
    circuit = desk.settings.circuits[name]
    standing = circuit.on(local_day(at_ms, desk.settings.sites[circuit.site].timezone))
    probes = standing.judges().rtt or ()
    numbers = [
        one.id
        for one in series
        if (one.key.site, one.key.circuit) == (circuit.site, name) and one.key.probe in probes[:1]
    ]
    from_ms, to_ms = at_ms - AROUND_MS, min(at_ms + AROUND_MS, desk.now.wall_ms)
    found = desk.reader.rounds(numbers, from_ms, max(from_ms, to_ms)).values()
    sent = sum(int(one.sent.sum()) for one in found)
    rtts = np.concatenate([one.rtts for one in found] or [np.array([], np.int64)])
    down_ms, status = _status(desk, name, from_ms, to_ms)
    return Around(
        circuit=name,
        carrier=standing.carrier,
        status=status if sent or status is Status.DOWN else Status.UNKNOWN,
        down_ms=down_ms,
        p50_seconds=_seconds(rtts, 50),
        p95_seconds=_seconds(rtts, 95),
        sent=sent,
        received=sum(int(one.received.sum()) for one in found),
    )


def _status(desk: Desk, name: str, from_ms: int, to_ms: int) -> tuple[int, Status]:
    """How long it was down in that time, and the worst that it was."""
    outages = desk.reader.outages(circuit=name, from_ms=from_ms, to_ms=to_ms)
    down_ms = sum(
        max(0, min(to_ms, to_ms if one.end_ms is None else one.end_ms) - max(from_ms, one.start_ms))
        for one in outages
    )
    if down_ms:
        return down_ms, Status.DOWN
    seen = {one.status for one in desk.reader.transitions(name, from_ms, to_ms)}
    return 0, Status.UNKNOWN if str(Status.UNKNOWN) in seen else Status.UP


def _seconds(rtts: np.typing.NDArray[np.int64], percentile: int) -> float | None:
    return float(np.percentile(rtts, percentile)) * RTT_UNIT_NS / 1e9 if len(rtts) else None
