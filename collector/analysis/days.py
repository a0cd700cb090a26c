"""What a whole day of a metric was like, by the site's calendar. Pure."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from collector.analysis.readings import Day, Readings
from collector.ledger.bins import BIN_MS
from collector.sla.calendar import day_start_ms, local_day


def summed(readings: Readings, zone: str) -> list[Day]:
    """The days that the readings touch, without those of which nothing is known, in order.

    A day has 23, 24 or 25 hours of the IANA zone, or what else a government decrees; what of it lies
    outside of the readings is as unknown as what is absent inside. A step counts where it begins.
    """
    found = []
    day = local_day(readings.start_ms, zone)
    begin_ms = day_start_ms(day, zone)
    while begin_ms < readings.end_ms:
        end_ms = day_start_ms(day + timedelta(days=1), zone)
        values = readings.between(max(begin_ms, readings.start_ms), end_ms).values
        values = np.sort(values)[: np.count_nonzero(np.isfinite(values))]
        if n := len(values):
            found.append(
                Day(
                    circuit=readings.circuit,
                    metric=readings.metric,
                    day=day,
                    known=n,
                    steps=-(-end_ms // BIN_MS) - -(-begin_ms // BIN_MS),
                    median=float(values[(n - 1) // 2] + values[n // 2]) / 2,
                    mean=float(values.mean()),
                    p95=float(values[-(-95 * n // 100) - 1]),
                    highest=float(values[-1]),
                )
            )
        day, begin_ms = day + timedelta(days=1), end_ms
    return found
