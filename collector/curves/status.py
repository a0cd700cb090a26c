"""Up, down, unknown or no data: the stored status of a circuit as a strip, by day, and as a ratio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from collector.curves.band import Band, clipped
from collector.curves.grid import USUAL, Grid, grid
from collector.ledger.reader import SqliteReader
from collector.sla.calendar import day_start_ms, local_day
from config.settings import Settings

KINDS = ("up", "down", "unknown", "no_data")


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the site's calendar: how long the circuit was what, in milliseconds, by `KINDS`.

    What of the day lies outside of the strip counts nowhere.
    """

    day: date
    up_ms: int = 0
    down_ms: int = 0
    unknown_ms: int = 0
    no_data_ms: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class AvailabilityCurve:
    """n points: `ratio` is up / (up + down), NaN where it was neither."""

    circuit: str
    from_ms: int
    to_ms: int
    step_ms: int
    at_ms: NDArray[np.int64]
    ratio: NDArray[np.float64]


def strip(
    reader: SqliteReader, settings: Settings, circuit: str, from_ms: int, to_ms: int, now_ms: int
) -> tuple[Band, ...]:
    """The circuit's status over [from, to) without holes, as far as `now_ms`; nothing of the future.

    Up to the watermark it is the stored status, after it the provisional one; time that neither knows
    is no_data. Raises KeyError for a circuit that the configuration doesn't have.
    """
    known = clipped(_known(reader, settings.circuits[circuit].site, circuit, from_ms), from_ms, to_ms)
    return tuple(_filled(known, from_ms, min(to_ms, now_ms)))


def daily(bands: Sequence[Band], zone: str) -> tuple[Day, ...]:
    """How long each status lasted on each day that a strip touches, by the calendar of an IANA zone."""
    if not bands:
        return ()
    day, last = local_day(bands[0].from_ms, zone), local_day(bands[-1].to_ms - 1, zone)
    edges = [day_start_ms(day, zone)]
    days = []
    while day <= last:
        days.append(day)
        day += timedelta(days=1)
        edges.append(day_start_ms(day, zone))
    spent = [_lengths(bands, kind, np.array(edges)).astype(np.int64).tolist() for kind in KINDS]
    return tuple(Day(one, *lengths) for one, *lengths in zip(days, *spent, strict=True))


def availability(
    reader: SqliteReader,
    settings: Settings,
    circuit: str,
    from_ms: int,
    to_ms: int,
    now_ms: int,
    points: int = USUAL,
) -> AvailabilityCurve:
    """Which share of the known time the circuit was up, by the stored status; no contract's figure.

    Raises ValueError for the time or the number of points, KeyError for the circuit.
    """
    cut: Grid = grid(from_ms, to_ms, points, 1_000)
    bands = strip(reader, settings, circuit, from_ms, to_ms, now_ms)
    edges = np.append(cut.at_ms, cut.start_ms + cut.n * cut.step_ms)
    up, down = (_lengths(bands, kind, edges) for kind in ("up", "down"))
    ratio = np.where(up + down > 0, up / np.maximum(up + down, 1), np.nan)
    return AvailabilityCurve(circuit, from_ms, to_ms, cut.step_ms, cut.at_ms, ratio)


def _known(reader: SqliteReader, site: str, circuit: str, from_ms: int) -> Iterator[Band]:
    stored = reader.transitions(circuit, from_ms)
    watermark = reader.watermark(site)
    now = next((one for one in reader.circuit_now() if one.circuit == circuit), None)
    since = watermark if now is None else max(watermark, min(now.since_ms, now.at_ms))
    for one, following in pairwise(stored):
        yield Band(one.at_ms, following.at_ms, one.status, one.cause)
    if stored:
        yield Band(stored[-1].at_ms, since, stored[-1].status, stored[-1].cause)
    if now is not None:
        yield Band(max(since, now.since_ms), now.at_ms, now.status, now.cause)


def _filled(bands: Iterator[Band], from_ms: int, to_ms: int) -> Iterator[Band]:
    """The bands with what is between them; `bands` don't overlap and come in order."""
    done = from_ms
    for band in clipped(bands, from_ms, to_ms):
        if band.from_ms > done:
            yield Band(done, band.from_ms, "no_data")
        yield band
        done = band.to_ms
    if done < to_ms:
        yield Band(done, to_ms, "no_data")


def _lengths(bands: Sequence[Band], kind: str, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """How many milliseconds of a kind lie between each two edges; exact, as times in ms are in a double."""
    spans = [(band.from_ms, band.to_ms) for band in bands if band.kind == kind and band.from_ms < band.to_ms]
    if not spans:
        return np.zeros(len(edges) - 1)
    times = np.array(spans, np.float64)
    lengths = np.zeros(times.shape)
    lengths[:, 1] = times[:, 1] - times[:, 0]
    passed: NDArray[np.float64] = np.diff(np.interp(edges, times.ravel(), np.cumsum(lengths.ravel())))
    return passed
