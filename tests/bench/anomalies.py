"""How often the analysis is wrong: on made-up lines without a change, and with one of a known size.

python -m tests.bench anomalies

Lines of tests/collector/analysis/made_series.py over 56 days, of which the last 28 are watched: season,
noise that remembers (AR(1), 0.6), days that differ, spikes and gaps. A false alarm is anything found on a
line in which nothing was injected; a shift is found when one is told within an hour of it, of the right
sign, and the delay is from the shift to when it could have been told.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from collector.analysis.changes import LEARN_DAYS, detect
from collector.analysis.finding import Finding
from tests.bench.table import Row
from tests.collector.analysis.made_series import ZONE, Change, Line, at_ms, made, step

DAYS, LINES, SHIFTED = 56, 300, 100
MONTHS = LINES * (DAYS - LEARN_DAYS) / 30.4
CALM = {
    "rtt": Line(),
    "rtt, noise that lasts (0.9)": Line(lasting=0.9),
    "rtt, restless days (1 ms)": Line(daily=0.001, noise=0.000_3),
    "rtt, drift of 3 ms a month": Line(trend_a_day=0.000_1),
    "jitter": Line("jitter", 0.001, 0.000_5, 0.000_1, daily=0.000_05),
    "loss 0.05% of 300 packets": Line("loss", 0.000_5, 0, packets=300),
    "loss 0.05 to 0.15% of 15 packets": Line("loss", 0.000_5, 0.001, packets=15),
    "utilisation": Line("utilisation", 0.2, 0.4, 0.03, daily=0.02, spikes=0.01),
}
SHIFTS = (
    ("rtt by 1 ms", Line(), 0.001),
    ("rtt by 2 ms", Line(), 0.002),
    ("rtt by 4 ms", Line(), 0.004),
    ("rtt by 13 ms", Line(), 0.013),
    ("loss by 0.5 points of 300 packets", CALM["loss 0.05% of 300 packets"], 0.005),
    ("loss by 2 points of 15 packets", CALM["loss 0.05 to 0.15% of 15 packets"], 0.02),
)


def rows() -> Iterator[Row]:
    """False alarms, then power and delay by size, then what it costs."""
    for name, line in CALM.items():
        alarms = sum(len(_found(seed, line)) for seed in range(LINES))
        yield Row(f"anomalies: false alarms, {name}", alarms / MONTHS, "a circuit-month", at_most=1)
    for name, line, size in SHIFTS:
        yield from _power(name, line, size)
    readings = made(0, DAYS)
    begin = time.process_time()
    for _ in range(20):
        detect(readings, ZONE)
    yield Row(
        "anomalies: 56 days of a circuit's metric",
        (time.process_time() - begin) / 20 * 1000,
        "ms of CPU",
        at_most=150,
    )


def _power(name: str, line: Line, size: float) -> Iterator[Row]:
    delays, off = [], []
    for seed in range(SHIFTED):
        at = step(35) + 97 * seed % (14 * 288)
        told = [
            one
            for one in _found(seed, line, [Change(at, step(DAYS), size)])
            if one.kind == "shift" and one.worse and abs(one.at_ms - at_ms(at)) <= 3_600_000
        ]
        if told:
            delays.append((told[0].known_ms - at_ms(at)) / 60_000)
            off.append(abs(told[0].at_ms - at_ms(at)) / 60_000)
    yield Row(f"anomalies: shift of {name}, found", 100 * len(delays) / SHIFTED, "%")
    if delays:
        yield Row(f"anomalies: shift of {name}, known after", median(delays), "min")
        yield Row(f"anomalies: shift of {name}, time off by", median(off), "min")


def _found(seed: int, line: Line, changes: list[Change] | None = None) -> list[Finding]:
    told = detect(made(seed, DAYS, line, changes or []), ZONE)
    return told if isinstance(told, list) else []
