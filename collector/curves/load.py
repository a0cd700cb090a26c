"""How full a circuit was, as its own device says: SNMP utilisation over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.curves.grid import USUAL, Grid, grid
from collector.curves.probes import polled_series
from collector.ledger.model import HOUR_MS, Series
from collector.ledger.reader import SqliteReader
from config.settings import Settings
from probes.model import Sample

Floats = NDArray[np.float64]
MOST_HOURS = 800
"""Hours of samples that are read for one curve: they are kept as JSON, some 0.3 ms an hour."""
_NAMES = ("if_receive_utilisation_ratio", "if_transmit_utilisation_ratio")
_STRIDES = (1, 5, 7, 11, 13, 17, 19, 23, 25, 29, 31, 37, 41)
"""Without a common factor with 24: each hour of the day is read as often as the others."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadCurve:
    """n points; ratios of the line rate, NaN where the device told nothing.

    Of a long time one hour in several is read: `hours_read` of `hours_there`. Then a mean is one over
    the hours read, and a maximum may miss a higher one between them.
    """

    circuit: str
    probe: str
    from_ms: int
    to_ms: int
    step_ms: int
    at_ms: NDArray[np.int64]
    receive_mean: Floats
    receive_max: Floats
    transmit_mean: Floats
    transmit_max: Floats
    hours_read: int
    hours_there: int


def utilisation(
    reader: SqliteReader,
    settings: Settings,
    circuit: str,
    from_ms: int,
    to_ms: int,
    points: int = USUAL,
    probe: str | None = None,
) -> LoadCurve:
    """The curve of a circuit's SNMP probe, of its first unless named; without polls all is NaN.

    Raises NotMeasuredError for the circuit, ValueError for the time or the number of points.
    """
    series = polled_series(reader, settings, circuit, probe)
    cut = grid(from_ms, to_ms, points, max((one.key.every_ms for one in series), default=1_000))
    hours = reader.pictures().hours(from_ms, to_ms) if series else []
    stride = _stride(len(hours))
    read = [hour for hour in hours if hour % stride == 0]
    if stride > 1:
        cut = grid(from_ms, to_ms, points, stride * HOUR_MS)
    samples = _samples(reader, series, (from_ms, to_ms), read if stride > 1 else None)
    ways = [_reduced(samples, name, cut) for name in _NAMES]
    found = series[-1].key.probe if series else probe or ""
    return LoadCurve(
        *(circuit, found, from_ms, to_ms, cut.step_ms, cut.at_ms, *ways[0], *ways[1], len(read), len(hours))
    )


def _stride(hours: int) -> int:
    """Every how many hours one is read, so that no more than about MOST_HOURS are."""
    return next((one for one in _STRIDES if hours <= one * MOST_HOURS), _STRIDES[-1])


def _samples(
    reader: SqliteReader, series: Sequence[Series], span: tuple[int, int], hours: Sequence[int] | None
) -> list[Sample]:
    """All samples of [from, to), or those of some hours that chunks hold."""
    numbers = [one.id for one in series]
    if not numbers:
        return []
    found: Iterable[Sample] = (
        reader.samples(numbers, *span) if hours is None else _each(reader.pictures().samples(numbers, hours))
    )
    return [one for one in found if one.name in _NAMES and span[0] <= one.at_ms < span[1]]


def _each(parts: Iterable[Sequence[Sample]]) -> Iterator[Sample]:
    for part in parts:
        yield from part


def _reduced(samples: Sequence[Sample], name: str, cut: Grid) -> tuple[Floats, Floats]:
    """Mean and maximum of one value in each point."""
    pairs = [
        (one.at_ms, float(one.value))
        for one in samples
        if one.name == name and not isinstance(one.value, str)
    ]
    place = cut.place(np.array([at_ms for at_ms, _ in pairs], np.int64))
    values = np.array([value for _, value in pairs], np.float64)
    counts = np.bincount(place, minlength=cut.n)
    total = np.bincount(place, weights=values, minlength=cut.n)
    highest = np.full(cut.n, -np.inf)
    np.maximum.at(highest, place, values)
    nothing = counts == 0
    return np.where(nothing, np.nan, total / np.maximum(counts, 1)), np.where(nothing, np.nan, highest)
