"""Scorecards as a page shows them: who is better at a glance, and each figure beside the peers'. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from collector.analysis.comparing import title
from collector.analysis.figures import BY_NAME
from collector.analysis.scorecard import Card, Figure
from collector.analysis.shown_figures import spoken
from collector.charts.svg import number
from collector.charts.trend import last_point, trend_path
from collector.sla.rounding import joined
from config.settings import Settings

ICONS = {"first": "★", "middle": "◆", "last": "⚠"}
"""Beside the tier's word: its place among the tiers, so that colour is not needed."""
KINDS = {"first": "good", "middle": "info", "last": "soon"}


@dataclass(frozen=True, slots=True)
class TierSeen:
    """A tier as a badge."""

    name: str
    icon: str
    kind: str
    reason: str
    means: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A line over quarters, and the same in words."""

    line: str
    dot: str
    width: int
    told: str


@dataclass(frozen=True, slots=True)
class Row:
    """A carrier in the picture of scores; coordinates of 0 to 100."""

    key: str
    name: str
    rank: str
    score: str
    told: str
    """The interval in words; empty: none is known."""
    interval: str
    """The `d` of its line."""
    dot: str
    tier: TierSeen | None
    trend: Trend


@dataclass(frozen=True, slots=True)
class FigureCell:
    """A figure of one carrier."""

    text: str
    note: str
    best: bool
    trend: Trend


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure of every carrier."""

    title: str
    told: str
    counts: str
    """What it counts in the score; empty: as much as the others."""
    cells: tuple[FigureCell, ...]


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """The cards of one service."""

    rows: tuple[Row, ...]
    figures: tuple[FigureRow, ...]
    verdict: str
    """Who is better, in a sentence."""
    said: tuple[tuple[str, tuple[str, ...]], ...]
    """What makes it less than fair: (whom it is about; empty: all, sentences)."""


def scoreboard(settings: Settings, cards: Sequence[Card]) -> Scoreboard:
    """The cards of one service as they are shown, by rank."""
    names = {one.carrier: _name(settings, one.carrier) for one in cards}
    return Scoreboard(
        rows=tuple(_row(settings, one, names[one.carrier]) for one in cards),
        figures=tuple(_figure_rows(cards)),
        verdict=_verdict(cards, names),
        said=tuple(_said(cards, names)),
    )


def tier_seen(settings: Settings, card: Card) -> TierSeen | None:
    """The tier's badge; None where no rule says."""
    tiers = list(settings.scorecard.tiers)
    if card.tier not in tiers:
        return None
    place = tiers.index(card.tier)
    last = len(tiers) > 1 and place == len(tiers) - 1
    where = "first" if place == 0 else "last" if last else "middle"
    means = settings.scorecard.tiers[card.tier].means
    return TierSeen(card.tier, ICONS[where], KINDS[where], card.tier_reason, means)


def _name(settings: Settings, carrier: str) -> str:
    known = settings.carriers.get(carrier)
    return known.name if known else carrier


def _row(settings: Settings, card: Card, name: str) -> Row:
    low, high, score = card.score_low, card.score_high, card.score
    has = low is not None and high is not None
    return Row(
        key=card.carrier,
        name=name,
        rank=card.rank_text,
        score=spoken(score, "points"),
        told=f"{spoken(low, 'points')} to {spoken(high, 'points')}" if has else "",
        interval=f"M{number(low)} 8H{number(high)}" if low is not None and high is not None else "",
        dot="" if score is None else f"M{number(score)} 8h0",
        tier=tier_seen(settings, card),
        trend=_trend(card.score_trend, "points"),
    )


def _trend(points: Sequence[tuple[str, float | None]], unit: str) -> Trend:
    values = [value for _, value in points]
    told = ", ".join(f"{label} {spoken(value, unit)}" for label, value in points)
    return Trend(trend_path(values), last_point(values), max(1, len(values) - 1), told)


def _figure_rows(cards: Sequence[Card]) -> Iterator[FigureRow]:
    """One for each figure that is known of anybody."""
    for name, measure in BY_NAME.items():
        figures = [one.figure(name) for one in cards]
        if any(one is not None and one.value is not None for one in figures):
            weights = {one.weight for one in figures if one}
            yield FigureRow(
                title(name),
                measure.told,
                _counts(max(weights), cards),
                tuple(_cell(one, [each for each in figures if each is not one]) for one in figures),
            )


def _counts(weight: int, cards: Sequence[Card]) -> str:
    usual = {one.weight for card in cards for one in card.figures if one.weight}
    if weight == 0:
        return "not in the score"
    return f"counts {weight}" if len(usual) > 1 else ""


def _cell(figure: Figure | None, others: Sequence[Figure | None]) -> FigureCell:
    if figure is None or figure.value is None:
        return FigureCell("–", "", best=False, trend=_trend((), ""))
    unit, notes = figure.unit, []
    if figure.low is not None and figure.high is not None:
        notes.append(f"{spoken(figure.low, unit)} to {spoken(figure.high, unit)}")
    if figure.peers is not None:
        notes.append(f"peers {spoken(figure.peers, unit)}")
    best = bool(others) and all(_outside(figure.value, one) for one in others)
    best = best and figure.value == figure.best
    return FigureCell(spoken(figure.value, unit), "; ".join(notes), best, _trend(figure.trend, unit))


def _outside(value: float, other: Figure | None) -> bool:
    """Whether a value lies outside of another's interval: nobody is called best by chance."""
    if other is None or other.low is None or other.high is None:
        return False
    return not other.low <= value <= other.high


def _verdict(cards: Sequence[Card], names: Mapping[str, str]) -> str:
    ranked = [one for one in cards if one.rank is not None]
    if len(ranked) < 2:
        return ""
    by_rank: dict[int, list[str]] = {}
    for one in ranked:
        by_rank.setdefault(one.rank or 0, []).append(names[one.carrier])
    if len(by_rank) == 1:
        return f"{joined(by_rank[1])} differ within noise: they share rank 1."
    told = "; ".join(f"{rank}: {joined(some)}" for rank, some in sorted(by_rank.items()))
    shared = " Who shares a rank can't be told apart." if any(one.shared for one in ranked) else ""
    return (
        f"{joined(by_rank[1])} {'is' if len(by_rank[1]) == 1 else 'are'} better beyond noise. {told}.{shared}"
    )


def _said(cards: Sequence[Card], names: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is said of all first, then what is said of one alone."""
    common = [text for text in cards[0].fairness if all(text in one.fairness for one in cards)]
    if common:
        yield "", tuple(common)
    for one in cards:
        if own := tuple(text for text in one.fairness if text not in common):
            yield names[one.carrier], own


def figure_lines(card: Card) -> Iterator[tuple[str, str, str, str, str, str, str, Trend]]:
    """Title, meaning, value, interval, peers' median, best, points and trend of each figure that is known."""
    for one in card.figures:
        if one.value is not None:
            low, high = one.low, one.high
            interval = f"{spoken(low, one.unit)} to {spoken(high, one.unit)}" if low is not None else "–"
            points = spoken(one.points, "points") if one.weight else "not in the score"
            yield (
                title(one.name),
                BY_NAME[one.name].told,
                spoken(one.value, one.unit),
                interval,
                spoken(one.peers, one.unit),
                spoken(one.best, one.unit),
                points,
                _trend(one.trend, one.unit),
            )
