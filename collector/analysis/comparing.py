"""Scorecards out of circuit-months: figures, score, rank and tier of each carrier of a service. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from collector.analysis.drawing import (
    LEAST_CIRCUITS,
    Sums,
    interval,
    points,
    resampled,
    scores,
    sums_of,
)
from collector.analysis.figures import BY_NAME, MEASURES, Measure
from collector.analysis.months import Month
from collector.analysis.ranking import beyond_noise, ranks, tellable
from collector.analysis.readings import Floats
from collector.analysis.scorecard import Card, Figure
from collector.analysis.tiers import tier_of
from collector.analysis.weighting import Circuits, Weighing, weighed
from collector.sla.rounding import joined
from config.scorecard import ScorecardSettings

THIN = 0.95
"""Where less of the time is known, that is said."""
Quarters = Mapping[str, Sequence[Month]]
"""Months by quarter, the oldest first."""
Trends = Mapping[str, tuple[tuple[str, float | None], ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """A carrier of the service with what is known of it."""

    carrier: str
    circuits: Circuits
    sums: Sums
    values: Floats
    """1 x figures."""

    @property
    def is_known(self) -> bool:
        return bool(self.values.size) and not np.isnan(self.values[0, 0])

    def value(self, place: int) -> float | None:
        known = float(self.values[0, place])
        return None if np.isnan(known) else known


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """The carriers of one service, and what each figure counts where all of them are known by it."""

    sides: Mapping[str, _Side]
    weights: Floats
    weighing: Weighing

    @property
    def known(self) -> dict[str, _Side]:
        return {name: one for name, one in self.sides.items() if one.is_known}

    def scores(self) -> dict[str, float]:
        found = {name: float(scores(one.values, self.weights)[0]) for name, one in self.known.items()}
        return {name: round(one, 9) for name, one in found.items() if not np.isnan(one)}


def compared(
    months: Sequence[Month],
    period: str,
    settings: ScorecardSettings,
    quarters: Quarters | None = None,
    *,
    seed: int = 0,
) -> list[Card]:
    """A card for each service and carrier, by service and rank; `quarters` are for the trends.

    The same months in another order give the same cards.
    """
    found = []
    for service in sorted({one.service for one in months}):
        some = [one for one in months if one.service == service]
        past = {
            label: [one for one in each if one.service == service] for label, each in (quarters or {}).items()
        }
        found += _cards(some, period, settings, past, seed)
    return found


def _cards(
    months: Sequence[Month], period: str, settings: ScorecardSettings, past: Quarters, seed: int
) -> list[Card]:
    service, field = months[0].service, _field(months, settings)
    known = field.scores()
    better = beyond_noise({name: field.sides[name].sums for name in known}, field.weights, seed)
    places = ranks(known, better) if len(known) > 1 else {}
    trends, score_trends = _trends(past, settings)
    cards = []
    for name, side in field.sides.items():
        draws = resampled(len(side.sums), seed) if len(side.sums) >= LEAST_CIRCUITS else None
        figures = tuple(_figures(field, side, draws, trends))
        score, rank = known.get(name), places.get(name)
        low, high = _score_interval(field, side, draws, score)
        told = {one.name: one.value for one in figures} | {"score": score}
        tier, reason = tier_of(settings.tiers, told) if score is not None else ("", "")
        cards.append(
            Card(
                carrier=name,
                service=service,
                period=period,
                circuits=tuple(side.circuits),
                figures=figures,
                score=score,
                rank=rank,
                of=len(known),
                tier=tier,
                tier_reason=reason,
                fairness=tuple(_fairness(field, side, known)),
                all_circuits=tuple(sorted({one.circuit for one in months if one.carrier == name})),
                score_low=low,
                score_high=high,
                shared=sum(one == rank for one in places.values()) > 1,
                score_trend=score_trends.get(name, ()),
            )
        )
    return sorted(cards, key=lambda one: (one.rank or len(cards) + 1, -(one.score or 0.0), one.carrier))


def _field(months: Sequence[Month], settings: ScorecardSettings) -> _Field:
    weighing = weighed(months)
    sides = {}
    for name, held in weighing.carriers.items():
        sums = sums_of(list(held.values()), weighing.weights[name])
        sides[name] = _Side(name, held, sums, sums.values())
    asked = np.array([settings.weights.get(one.name, 1) for one in MEASURES], dtype=np.float64)
    known = [points(one.values)[0] for one in sides.values() if one.is_known]
    shared = ~np.isnan(np.array(known)).any(axis=0) if known else np.zeros(len(MEASURES), bool)
    return _Field(sides, np.where(shared, asked, 0.0), weighing)


def _figures(
    field: _Field, side: _Side, draws: Floats | None, trends: Mapping[str, Trends]
) -> Iterator[Figure]:
    drawn = None if draws is None else side.sums.values(draws)
    given = points(side.values)[0]
    for place, measure in enumerate(MEASURES):
        value = side.value(place)
        others = [one.value(place) for name, one in field.sides.items() if name != side.carrier]
        peers = [one for one in others if one is not None]
        low, high = (None, None)
        rests = int(np.count_nonzero(side.sums.below[:, place]))
        if value is not None and drawn is not None:
            low, high = _within(measure, interval(value, drawn[:, place], rests))
        all_known = [*peers, *([] if value is None else [value])]
        yield Figure(
            name=measure.name,
            unit=measure.unit,
            value=value,
            low=low,
            high=high,
            peers=median(peers) if peers else None,
            best=(max if measure.higher_is_better else min)(all_known, default=None),
            circuits=rests,
            higher_is_better=measure.higher_is_better,
            trend=trends.get(side.carrier, {}).get(measure.name, ()),
            points=None if np.isnan(given[place]) or not side.is_known else float(given[place]),
            weight=int(field.weights[place]),
        )


def _within(measure: Measure, ends: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    """An interval that doesn't leave what there can be."""
    low, high = ends
    if low is None or high is None:
        return None, None
    most = 1.0 if measure.unit == "ratio" else high
    return max(0.0, low), min(high, most)


def _score_interval(
    field: _Field, side: _Side, draws: Floats | None, score: float | None
) -> tuple[float | None, float | None]:
    if score is None or draws is None:
        return None, None
    low, high = interval(score, scores(side.sums.values(draws), field.weights), len(side.sums))
    return (None, None) if low is None or high is None else (max(0.0, low), min(100.0, high))


def _trends(
    past: Quarters, settings: ScorecardSettings
) -> tuple[
    dict[str, dict[str, tuple[tuple[str, float | None], ...]]],
    dict[str, tuple[tuple[str, float | None], ...]],
]:
    """Each carrier's figures and scores by quarter; a quarter without it is an absence."""
    fields = {label: _field(months, settings) for label, months in past.items() if months}
    carriers = {name for one in fields.values() for name in one.sides}
    known = {label: one.scores() for label, one in fields.items()}
    figures = {
        name: {
            measure.name: tuple(
                (label, side.value(place) if (side := one.sides.get(name)) else None)
                for label, one in fields.items()
            )
            for place, measure in enumerate(MEASURES)
        }
        for name in carriers
    }
    return figures, {name: tuple((label, known[label].get(name)) for label in fields) for name in carriers}


def _fairness(field: _Field, side: _Side, known: Mapping[str, float]) -> Iterator[str]:
    if len(field.sides) == 1:
        yield "It is the only carrier of this service here: there is nobody to compare it with."
    yield from field.weighing.said.get(side.carrier, ())
    whole = sum(one.whole_seconds for some in side.circuits.values() for one in some)
    seen = sum(one.known_seconds for some in side.circuits.values() for one in some)
    if whole and seen < THIN * whole:
        yield f"Only {seen / whole:.0%} of its time is known: what is unknown is left out, not guessed."
    if len(side.sums) < LEAST_CIRCUITS:
        yield f"With fewer than {LEAST_CIRCUITS} circuits nothing says how far chance goes: no intervals."
    peers = [len(one.sums) for name, one in field.known.items() if name != side.carrier]
    if side.carrier in known and any(not tellable(len(side.sums), one, len(known)) for one in peers):
        yield "There are too few circuits to tell it from every other carrier beyond noise."
    left = [one.title for place, one in enumerate(MEASURES) if _is_left_out(field, side, place)]
    if left:
        yield f"The score is without {joined([one.lower() for one in left])}: not known of every carrier."


def _is_left_out(field: _Field, side: _Side, place: int) -> bool:
    """Whether a figure that is known of it isn't in the score, because it isn't known of all."""
    shared = all(not np.isnan(points(one.values)[0, place]) for one in field.known.values())
    return side.value(place) is not None and not shared


def title(figure: str) -> str:
    """What people call it."""
    return "Score" if figure == "score" else BY_NAME[figure].title
