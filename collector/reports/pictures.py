"""The charts of a circuit in a report: round-trip times, days, utilisation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from collector.charts.lines import load
from collector.charts.palette import PRINT
from collector.charts.smoke import smoke
from collector.charts.strip import timeline
from collector.curves.bands import bands
from collector.curves.load import LoadCurve, utilisation
from collector.curves.probes import NotMeasuredError
from collector.curves.rtt import RttCurve, rtt
from collector.curves.status import strip
from collector.ledger.reader import SqliteReader
from collector.periods import ReportPeriod
from collector.reports.report import Picture
from config.settings import Settings

POINTS = 240
"""A line of a chart is 17 cm on paper: a point is two thirds of a millimetre."""
WIDTH, TALL, LOW = 800, 200, 150
"""Of 800 the words are 7 points high on paper, and large enough on a telephone."""
STATUS_WORDS = "as the probes saw it, before the contract's rules"


def pictures_of(
    reader: SqliteReader, settings: Settings, circuit: str, period: ReportPeriod, as_of_ms: int
) -> Iterator[Picture]:
    """What there is to see of a circuit; a chart without data is left out."""
    zone = settings.zone_of(circuit)
    begin, end = period.start_ms, period.end_ms
    status = strip(reader, settings, circuit, begin, end, as_of_ms)
    yield Picture(f"{circuit}: status", timeline(status, zone=zone, width=WIDTH), STATUS_WORDS, low=True)
    shaded = bands(reader, settings, circuit, begin, end, as_of_ms)
    try:
        curve = rtt(reader, settings, circuit, begin, end, POINTS)
    except NotMeasuredError:
        curve = None
    if curve is not None and np.isfinite(curve.p50).any():
        drawn = smoke(curve, shaded, zone=zone, width=WIDTH, height=TALL, palette=PRINT)
        yield Picture(f"{circuit}: round-trip time, probe {curve.probe}", drawn, _rtt_words(curve))
    try:
        used = utilisation(reader, settings, circuit, begin, end, POINTS)
    except NotMeasuredError:
        return
    if np.isfinite(used.receive_mean).any() or np.isfinite(used.transmit_mean).any():
        drawn = load(used, shaded, zone=zone, width=WIDTH, height=LOW, palette=PRINT)
        yield Picture(f"{circuit}: utilisation, probe {used.probe}", drawn, _load_words(used))


def _rtt_words(curve: RttCurve) -> str:
    middle = float(np.nanmedian(curve.p50)) * 1000
    sent, received = int(curve.sent.sum()), int(curve.received.sum())
    lost = f"{100 * (sent - received) / sent:.2f}% of {sent:,} packets lost" if sent else "no packets"
    return f"median {middle:.1f} ms, {lost}"


def _load_words(used: LoadCurve) -> str:
    parts = [
        f"{name} {100 * float(np.nanmean(values)):.0f}% on average"
        for name, values in (("receive", used.receive_mean), ("transmit", used.transmit_mean))
        if np.isfinite(values).any()
    ]
    return ", ".join(parts)
