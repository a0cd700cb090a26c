"""How full a circuit was, in steps of five minutes: what its own device said by SNMP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from collector.analysis.readings import Floats, Readings
from collector.curves.probes import polled_series
from collector.ledger.bins import BIN_MS
from collector.ledger.reader import SqliteReader
from config.settings import Settings

NAMES = ("if_receive_utilisation_ratio", "if_transmit_utilisation_ratio")


@dataclass(slots=True, eq=False)
class _Way:
    """What was polled of a direction: when (ms), and the ratio of the line rate."""

    at_ms: list[int] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)

    def means(self, start: int, n: int) -> Floats:
        """The mean in each five minutes from number `start` on, shape (n,); NaN without polls."""
        place = np.array(self.at_ms, np.int64) // BIN_MS - start
        inside = (place >= 0) & (place < n)
        place, ratios = place[inside], np.array(self.ratios, np.float64)[inside]
        counts = np.bincount(place, minlength=n)
        totals = np.bincount(place, weights=ratios, minlength=n)
        return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)


def utilisation(
    reader: SqliteReader, settings: Settings, circuit: str, from_ms: int, to_ms: int, *, newest: bool = True
) -> Readings:
    """The fuller direction's mean ratio in the five minutes that begin in [from, to); NaN without polls.

    Of the circuit's first SNMP probe. Without `newest` what isn't packed yet is left out. Raises
    NotMeasuredError for a circuit that isn't configured.
    """
    start = from_ms // BIN_MS
    n = max(0, -(-to_ms // BIN_MS) - start)
    series = [one.id for one in polled_series(reader, settings, circuit)]
    if not series or not n:
        return Readings(circuit, "utilisation", start * BIN_MS, np.full(n, np.nan))
    ways = _polled(reader, series, start * BIN_MS, to_ms, newest=newest)
    received, sent = (way.means(start, n) for way in ways)
    return Readings(circuit, "utilisation", start * BIN_MS, np.fmax(received, sent))


def _polled(
    reader: SqliteReader, series: Sequence[int], from_ms: int, to_ms: int, *, newest: bool
) -> tuple[_Way, _Way]:
    """What was received and sent, of packed hours and, where wanted, what is in none yet."""
    ways = {name: _Way() for name in NAMES}
    pictures = reader.pictures()
    done_ms = min(to_ms, *pictures.binned_until(series).values())
    hours = pictures.hours(from_ms, done_ms) if done_ms > from_ms else []
    for rows in pictures.sample_rows(series, hours):
        for at_ms, _, name, value in rows:
            way = ways.get(name)
            if way is not None and not isinstance(value, str):
                way.at_ms.append(at_ms)
                way.ratios.append(value)
    if newest and done_ms < to_ms:
        for one in reader.samples(series, max(from_ms, done_ms), to_ms):
            if one.name in ways and not isinstance(one.value, str):
                ways[one.name].at_ms.append(one.at_ms)
                ways[one.name].ratios.append(one.value)
    return ways[NAMES[0]], ways[NAMES[1]]
