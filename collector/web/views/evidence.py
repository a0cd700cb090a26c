"""What was measured of circuits around a moment, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from collector.circuits import Status
from collector.clerk import Desk
from collector.performance.cycle.around import Around, around
from collector.times import span
from collector.web.views.page import percent


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
    for one in around(desk, circuits, at_ms):
        yield _of(desk, one)


def _of(desk: Desk, one: Around) -> Evidence:
    known = desk.settings.carriers.get(one.carrier)
    down = f"down for {span(one.down_ms // 1000)}" if one.down_ms else ""
    return Evidence(
        circuit=one.circuit,
        carrier=known.name if known else one.carrier,
        status=one.status,
        told=down or ("" if one.sent else "nothing was measured"),
        p50=_milliseconds(one.p50_seconds),
        p95=_milliseconds(one.p95_seconds),
        loss=percent(Fraction(one.sent - one.received, one.sent), 2) if one.sent else "",
        lossy=one.received < one.sent,
        packets=one.sent,
    )


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.1f} ms"
