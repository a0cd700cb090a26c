"""Made-up circuit-months of carriers with known truth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from collector.analysis.months import Down, Month, joined, repeated
from collector.sla.calendar import DAY_MS

MONTH_MS = 30 * DAY_MS
MONTH_SECONDS = MONTH_MS / 1000


def month(circuit: str = "c-1", carrier: str = "acme", number: int = 0, **more: Any) -> Month:  # noqa: ANN401
    """Thirty days without a fault."""
    start_ms = number * MONTH_MS
    usual: dict[str, Any] = {
        "service": "dia",
        "site": circuit,
        "start_ms": start_ms,
        "end_ms": start_ms + MONTH_MS,
        "up_seconds": MONTH_SECONDS,
        "down_seconds": 0.0,
        "judged": True,
    }
    return Month(circuit, carrier, **(usual | more))


def faulty(one: Month, *starts: float, seconds: float = 3600.0) -> Month:
    """The same with outages that begin so many days after its begin."""
    begins = [one.start_ms + round(days * DAY_MS) for days in starts]
    outages = tuple(Down(at, at + round(seconds * 1000), seconds) for at in begins)
    down = seconds * len(outages)
    return replace(
        one,
        outages=outages,
        repeats=len(repeated(joined(outages))),
        up_seconds=one.known_seconds - down,
        down_seconds=down,
        breached=down > MONTH_SECONDS * 0.0005,
    )


def carrier(
    name: str, circuits: int, months: int, faults: float, seed: int, minutes: float = 45.0
) -> list[Month]:
    """A carrier whose circuits have so many `faults` a month each (Poisson; circuits differ by a gamma)."""
    rng = np.random.default_rng(seed)
    found = []
    for place in range(circuits):
        rate = faults * rng.gamma(4.0, 0.25)
        for number in range(months):
            days = np.sort(rng.uniform(0, 29, rng.poisson(rate)))
            length = float(rng.exponential(minutes * 60)) + 60.0
            found.append(faulty(month(f"{place:03}-{name}", name, number), *days, seconds=length))
    return found
