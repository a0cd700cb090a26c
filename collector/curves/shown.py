"""Curves and bands as JSON takes them: seconds, ratios, null for nothing, no digit that means nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.analysis.readings import NotEnough
from collector.curves.band import Band
from collector.curves.grid import DAY_MS
from collector.curves.load import LoadCurve
from collector.curves.rtt import RttCurve
from collector.curves.status import AvailabilityCurve
from collector.curves.usual import LONGEST_MS, Usual

Curve = RttCurve | LoadCurve | AvailabilityCurve
_SECONDS = ("p5", "p25", "p50", "p75", "p95", "min", "max", "mean", "jitter")
_LOADS = ("receive_mean", "receive_max", "transmit_mean", "transmit_max")
_MICROSECOND, _MILLIONTH = 6, 6
_SIGNIFICANT = 4
"""Digits of a figure out of bins: it is right to 1%."""


def as_json(curve: Curve) -> dict[str, Any]:
    """The curve as the API shows it: lists of equal length, times in seconds since the Unix epoch."""
    if isinstance(curve, RttCurve):
        return _rtt(curve)
    if isinstance(curve, LoadCurve):
        ratios = {name: numbers(getattr(curve, name), _SIGNIFICANT) for name in _LOADS}
        read = {"hours_read": curve.hours_read, "hours_there": curve.hours_there}
        return _head(curve, "utilisation", "ratio") | {"probe": curve.probe} | ratios | read
    return _head(curve, "availability", "ratio") | {"ratio": numbers(curve.ratio, _MILLIONTH)}


def bands_as_json(bands: Iterable[Band]) -> list[list[Any]]:
    """`[from, to, kind, label]` each, times in seconds since the Unix epoch."""
    return [[seconds(one.from_ms), seconds(one.to_ms), one.kind, one.label] for one in bands]


def usual_as_json(band: Usual | NotEnough | None) -> dict[str, Any]:
    """`low`, `middle` and `high` in seconds at each point; or `problem`, why there is none."""
    if isinstance(band, Usual):
        lines = {name: numbers(getattr(band, name), _MICROSECOND) for name in ("low", "middle", "high")}
        return {"problem": None, **lines}
    why = f"the time is longer than {LONGEST_MS // DAY_MS} days" if band is None else str(band)
    return {"problem": why}


def numbers(values: NDArray[np.float64], decimals: int) -> list[float | None]:
    """Rounded, with None for NaN."""
    return [None if one != one else one for one in np.round(values, decimals).tolist()]


def seconds(at_ms: int) -> int | float:
    """Milliseconds as seconds, whole where they are."""
    return at_ms // 1_000 if at_ms % 1_000 == 0 else at_ms / 1_000


def _rtt(curve: RttCurve) -> dict[str, Any]:
    times = {name: numbers(getattr(curve, name), _MICROSECOND) for name in _SECONDS}
    return (
        _head(curve, "rtt", "seconds")
        | {
            "probe": curve.probe,
            "source": curve.source,
            "jitter_exact": curve.jitter_exact,
            "damaged_hours": curve.damaged_hours,
        }
        | times
        | {
            "loss": numbers(curve.loss, _MILLIONTH),
            "sent": curve.sent.tolist(),
            "received": curve.received.tolist(),
        }
    )


def _head(curve: Curve, metric: str, unit: str) -> dict[str, Any]:
    return {
        "circuit": curve.circuit,
        "metric": metric,
        "unit": unit,
        "from": seconds(curve.from_ms),
        "to": seconds(curve.to_ms),
        "step_seconds": curve.step_ms // 1_000,
        "at": (curve.at_ms // 1_000).tolist(),
    }
