"""What was measured of circuits around a moment: up or down, round-trip times, loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from collector.circuits import Status
from collector.clerk import Desk
from collector.ledger.model import Series
from collector.sla.calendar import local_day
from collector.times import span
from collector.web.views.page import percent
from probes.model import RTT_UNIT_NS

AROUND_MS = 900_000
"""Looked at is so long before and after."""
MOST = 12
"""So many circuits of a site are looked at."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One circuit; texts, empty where nothing was measured."""

    circuit: str
    carrier: str
    status: Status
    """The worst that it was in that time."""
    told: str
    """`down for 12 min`, or empty."""
    p50: str
    p95: str
    loss: str
    lossy: bool
    packets: int


def evidence(desk: Desk, circuits: Iterable[str], at_ms: int) -> Iterator[Evidence]:
    """What the ledger holds of these circuits around a moment. Raises LedgerError."""
    series = desk.reader.series()
    for name in list(circuits)[:MOST]:
        yield _of(desk, series, name, at_ms)


def _of(desk: Desk, series: Iterable[Series], name: str, at_ms: int) -> Evidence:
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
    received = sum(int(one.received.sum()) for one in found)
    rtts = np.concatenate([one.rtts for one in found] or [np.array([], np.int64)])
    down_ms, status = _status(desk, name, from_ms, to_ms)
    known = desk.settings.carriers.get(standing.carrier)
    return Evidence(
        circuit=name,
        carrier=known.name if known else standing.carrier,
        status=status if sent or status is Status.DOWN else Status.UNKNOWN,
        told=f"down for {span(down_ms // 1000)}" if down_ms else "" if sent else "nothing was measured",
        p50=_milliseconds(rtts, 50),
        p95=_milliseconds(rtts, 95),
        loss=percent(Fraction(sent - received, sent), 2) if sent else "",
        lossy=received < sent,
        packets=sent,
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


def _milliseconds(rtts: np.typing.NDArray[np.int64], percentile: int) -> str:
    if not len(rtts):
        return ""
    return f"{float(np.percentile(rtts, percentile)) * RTT_UNIT_NS / 1e6:.1f} ms"
