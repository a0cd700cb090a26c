"""The figures of a scorecard: how each is made of circuit-months, and what it gives of 100 points. Pure.

Each is a quotient of two sums over circuits, so that circuits can be weighed and drawn again. The
points halve at `half`: 100 * half / (half + how far it is from ideal). That never ends at a limit: the
better one always has more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from collector.analysis.months import Down, Month, joined
from collector.analysis.readings import Floats
from config.scorecard import FIGURES

MONTH_SECONDS = 30 * 86_400
FULL = 100.0
Sums = tuple[float, float]
"""What stands above and below the line."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure; `sums` are those of one circuit's months."""

    name: str
    title: str
    told: str
    """What it is, in a sentence."""
    sums: Callable[[Sequence[Month]], Sums]
    half: float
    """So far from ideal it gives half of the points; in the figure's unit."""
    ideal: float = 0.0
    higher_is_better: bool = False
    none_is_ideal: bool = False
    """Whether who is known and has none of it gets all points: without outages nothing is repaired."""

    @property
    def unit(self) -> str:
        """ratio, seconds, a month, times or days."""
        return FIGURES[self.name]

    def points(self, values: Floats) -> Floats:
        """Of 100, for each value; NaN where there is none, unless none is ideal."""
        away = self.ideal - values if self.higher_is_better else values - self.ideal
        found = FULL * self.half / (self.half + np.maximum(away, 0.0))
        return np.where(np.isnan(found), FULL, found) if self.none_is_ideal else found


def _availability(months: Sequence[Month]) -> Sums:
    return sum(one.up_seconds for one in months), _known(months)


def _outages(months: Sequence[Month]) -> Sums:
    return len(_all(months)), _known(months) / MONTH_SECONDS


def _repeats(months: Sequence[Month]) -> Sums:
    return sum(one.repeats for one in months), _known(months) / MONTH_SECONDS


def _mttr(months: Sequence[Month]) -> Sums:
    outages = _all(months)
    return sum(one.seconds for one in outages), len(outages)


def _rtt_distance(months: Sequence[Month]) -> Sums:
    return _mean(months, lambda one: _over(one.rtt_seconds, one.light_rtt_seconds))


def _rtt_baseline(months: Sequence[Month]) -> Sums:
    return _mean(months, lambda one: _over(one.rtt_seconds, one.baseline_rtt_seconds))


def _loss(months: Sequence[Month]) -> Sums:
    return _mean(months, lambda one: one.loss_ratio)


def _jitter(months: Sequence[Month]) -> Sums:
    return _mean(months, lambda one: one.jitter_seconds)


def _breaches(months: Sequence[Month]) -> Sums:
    judged = [one.breached for one in months if one.judged]
    return sum(judged), len(judged)


def _notice(months: Sequence[Month]) -> Sums:
    return sum(one.works_kept for one in months), sum(one.works_owed for one in months)


def _days_to_credit(months: Sequence[Month]) -> Sums:
    days = [each for one in months for each in one.credit_days]
    return sum(days), len(days)


def _known(months: Sequence[Month]) -> float:
    return sum(one.known_seconds for one in months)


def _all(months: Sequence[Month]) -> list[Down]:
    return joined(each for one in months for each in one.outages)


def _over(value: float | None, by: float | None) -> float | None:
    return value / by if value is not None and by else None


def _mean(months: Sequence[Month], of: Callable[[Month], float | None]) -> Sums:
    """A mean over the time that is known."""
    found = [(value, one.known_seconds) for one in months if (value := of(one)) is not None]
    return sum(value * seconds for value, seconds in found), sum(seconds for _, seconds in found)


MEASURES: tuple[Measure, ...] = (
    Measure(
        "availability",
        "Availability",
        "up, of the time that is known",
        _availability,
        half=0.001,
        ideal=1.0,
        higher_is_better=True,
    ),
    Measure("outages", "Outages", "a circuit and 30 known days", _outages, half=0.5),
    Measure(
        "repeats",
        "Repeat faults",
        "outages within 30 days of the circuit's last repair, a circuit and 30 known days",
        _repeats,
        half=0.1,
    ),
    Measure("mttr", "Time to repair", "the mean over all outages", _mttr, half=4 * 3600, none_is_ideal=True),
    Measure(
        "rtt_distance",
        "RTT against distance",
        "median RTT over what light in fibre takes, there and back",
        _rtt_distance,
        half=1.0,
        ideal=1.0,
    ),
    Measure(
        "rtt_baseline",
        "RTT against its own baseline",
        "median RTT over that of the circuit's first 28 days",
        _rtt_baseline,
        half=0.2,
        ideal=1.0,
    ),
    Measure("loss", "Packet loss", "the mean share of packets lost", _loss, half=0.001),
    Measure("jitter", "Jitter", "the mean delay variation", _jitter, half=0.005),
    Measure(
        "breaches", "Months with a breach", "of the circuit-months that could be judged", _breaches, half=0.1
    ),
    Measure(
        "notice",
        "Maintenance notice kept",
        "announced as early as the contract wants",
        _notice,
        half=0.1,
        ideal=1.0,
        higher_is_better=True,
    ),
    Measure("days_to_credit", "Days to credit", "from a claim to its credit note", _days_to_credit, half=60),
)
"""In the order in which they are shown; the same keys as `config.scorecard.FIGURES`."""
BY_NAME = {one.name: one for one in MEASURES}
