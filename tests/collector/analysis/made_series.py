"""Made-up five-minute readings whose truth is known: level, season, trend, noise, and what is injected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from collector.analysis.readings import BINS_A_DAY, Floats, Readings
from collector.analysis.season import cells, offsets_ms

START_MS = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) * 1000
"""A Monday."""
ZONE = "Europe/Berlin"
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Change:
    """What is injected in [begin, end) of the steps: added to the values; NaN takes them away."""

    begin: int
    end: int
    by: float


@dataclass(frozen=True, slots=True)
class Line:
    """How a made-up line behaves; seconds or ratios."""

    metric: str = "rtt"
    level: float = 0.020
    season: float = 0.004
    """How much higher the middle of a working day is; a third of it at the weekend."""
    noise: float = 0.000_4
    lasting: float = 0.6
    """How much of its noise a step takes over from the one before: real queues remember."""
    daily: float = 0.000_3
    """How much one day's level differs from another's."""
    trend_a_day: float = 0.0
    spikes: float = 0.002
    """Share of single steps that stand out by up to fifty times the noise."""
    gaps: float = 0.002
    """Share of steps at which a gap of up to three hours begins."""
    packets: int = 0
    """Of loss: so many a step; what is lost is counted."""


def made(
    seed: int,
    days: int,
    line: Line | None = None,
    changes: Sequence[Change] = (),
    *,
    start_ms: int = START_MS,
    zone: str = ZONE,
) -> Readings:
    """Readings of a line; the same for the same arguments."""
    line, chance, n = line or Line(), np.random.default_rng(seed), days * BINS_A_DAY
    at_ms = start_ms + np.arange(n, dtype=np.int64) * 300_000
    values = line.level + line.season * season(at_ms, zone) + line.trend_a_day * np.arange(n) / BINS_A_DAY
    if line.packets:
        return _counted(line, values, changes, start_ms, chance)
    values += line.noise * _remembering(chance.standard_normal(n), line.lasting)
    values += line.daily * np.repeat(chance.standard_normal(days), BINS_A_DAY)
    spiked = chance.random(n) < line.spikes
    values[spiked] += line.noise * chance.uniform(5, 50, int(spiked.sum()))
    for one in changes:
        values[one.begin : one.end] += one.by
    for begin in np.flatnonzero(chance.random(n) < line.gaps / 10).tolist():
        values[begin : begin + int(chance.integers(1, 36))] = np.nan
    return Readings("lon-acme", line.metric, start_ms, np.maximum(values, 0.0))


def season(at_ms: NDArray[np.int64], zone: str) -> Floats:
    """0 at night to 1 in the middle of a working day, by the clock of the zone."""
    here = (at_ms + offsets_ms(at_ms, zone)) % DAY_MS / DAY_MS
    weekend = cells(at_ms, zone) >= BINS_A_DAY
    shape: Floats = np.exp(-(((here - 0.58) / 0.13) ** 2)) * np.where(weekend, 1 / 3, 1.0)
    return shape


def step(day: float) -> int:
    """The step at which a day begins, counted from 0."""
    return round(day * BINS_A_DAY)


def at_ms(place: int) -> int:
    """When a step of a series begins that starts as usual."""
    return START_MS + place * 300_000


def _counted(
    line: Line, share: Floats, changes: Sequence[Change], start_ms: int, chance: np.random.Generator
) -> Readings:
    for one in changes:
        share[one.begin : one.end] += one.by
    there = np.nan_to_num(np.clip(share, 0, 1))
    lost = chance.binomial(line.packets, there) / line.packets
    return Readings("lon-acme", "loss", start_ms, np.where(np.isnan(share), np.nan, lost))


def _remembering(noise: Floats, share: float) -> Floats:
    """AR(1) of unit variance out of independent noise."""
    found, fresh, last = np.empty_like(noise), (1 - share**2) ** 0.5, 0.0
    for place, one in enumerate(noise.tolist()):
        last = share * last + fresh * one
        found[place] = last
    return found
