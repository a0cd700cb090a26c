"""Delay variation by the contract's own definition, over all of a circuit's tracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from collector.sla import packets, variation
from collector.sla.delays import lost_as
from collector.sla.objectives import Finding, Kept, whose
from collector.sla.packets import Delays, LostAs
from collector.sla.rounding import counted, in_words
from collector.sla.stat_words import above_words, packets_words, percentile_words
from collector.sla.tracks import Ints, Track
from collector.sla.windows import size
from config.objectives import JitterObjective, PdvAt
from config.terms import INFINITE, Figure

Least = Mapping[tuple[object, ...], int]
"""The least delay of tracks in units of 100 ns."""


def jitter(objective: JitterObjective, kept: Sequence[Kept], least: Least) -> Finding:
    """Delay variation in ms, or the share of it above a delay in percent.

    With several tracks ipdv and pdv are taken inside each and pooled; of the others the worst track's
    figure stands. `least` are those of the whole period where these rounds are a part of it.
    """
    if objective.definition in {"ipdv_mean", "rfc3550"}:
        return _of_pairs(objective, kept)
    lost = objective.lost or "ignore"
    parts = [packets.delays(track, keep) for track, keep in kept]
    if isinstance(objective.definition, PdvAt) or objective.stat is not None:
        floors = [_floor(one, track, least) for one, (track, _) in zip(parts, kept, strict=True)]
        above = [_above(one, floor, lost_as(lost)) for one, floor in zip(parts, floors, strict=True)]
        told = sum(len(one.units) for one in parts), sum(one.lost for one in parts)
        return _of_all(objective, _joined(above), LostAs(infinite=lost == "infinite"), told)
    of_one = variation.deviation if objective.definition == "stddev" else variation.spread
    what = "the standard deviation" if objective.definition == "stddev" else "the largest less the least"
    each = packets_words(sum(len(one.units) for one in parts), sum(one.lost for one in parts), lost)
    figure = _worst([_of_one(one, lost_as(lost), of_one) for one in parts])
    return Finding(figure, f"{what} of the delays of {each}{_of_worst(len(parts))}")


def _of_pairs(objective: JitterObjective, kept: Sequence[Kept]) -> Finding:
    """A lost packet breaks the pair, whatever it counts as elsewhere."""
    apart = [variation.steps(track, keep) for track, keep in kept]
    pairs = f"{counted(sum(map(len, apart)), 'pair')} of neighbouring packets"
    if objective.stat is None and objective.definition == "rfc3550":
        words = f"the running estimate of RFC 3550 over {pairs}{_of_worst(len(apart))}"
        return Finding(_worst([variation.rfc3550(one) for one in apart]), words)
    every = _joined([Delays(one, 0) for one in apart])
    figure = packets.statistic(every, objective.stat or "mean", LostAs())
    if objective.stat is None:
        return Finding(figure, f"the mean difference within {pairs}")
    above = int(figure * len(every.units) / 100) if isinstance(figure, Fraction) else 0
    return Finding(
        figure, f"{above:,} of {pairs} differed by more than {in_words(objective.stat.share_above)}"
    )


def _of_worst(tracks: int) -> str:
    return f", the worst of {tracks} series" if tracks > 1 else ""


def _of_all(objective: JitterObjective, above: Delays, lost: LostAs, told: tuple[int, int]) -> Finding:
    """`told`: how many packets were answered, and how many lost."""
    rule = objective.lost or "ignore"
    if objective.stat is not None:
        figure = packets.statistic(above, objective.stat, lost)
        limit = in_words(objective.stat.share_above)
        return Finding(
            figure, f"{above_words(figure, *told, rule)} took more than {limit} beyond the least delay"
        )
    definition = objective.definition
    percent = definition.pdv if isinstance(definition, PdvAt) else packets.percent_of("max")
    which = "the largest" if percent == 100 else percentile_words(percent)
    words = f"{which} of what {packets_words(*told, rule)} took beyond the least delay"
    return Finding(packets.percentile(above, percent, lost), words)


def _floor(one: Delays, track: Track, least: Least) -> int:
    """The period's least delay; 0 where nothing ever came back."""
    here = int(one.units.min()) if len(one.units) else 0
    return least.get(whose(track), here)


def _above(one: Delays, floor: int, lost: LostAs) -> Delays:
    """D(i) - D(min), RFC 5481's packet delay variation; a lost packet's delay is among them if it has one."""
    if lost.units is None:
        return Delays(one.units - floor, one.lost)
    gone = np.full(one.lost, max(lost.units - floor, 0), np.int64)
    return Delays(np.concatenate([one.units - floor, gone]), 0)


def _of_one(one: Delays, lost: LostAs, figure: variation.OfOne) -> Figure | None:
    if lost.infinite and one.lost:
        return INFINITE
    gone = np.full(one.lost if lost.units is not None else 0, lost.units or 0, np.int64)
    return figure(np.concatenate([one.units, gone]) if len(gone) else one.units)


def _joined(parts: Sequence[Delays]) -> Delays:
    if len(parts) == 1:
        return parts[0]
    none: Ints = np.empty(0, np.int64)
    return Delays(np.concatenate([none, *(one.units for one in parts)]), sum(one.lost for one in parts))


def least_delays(kept: Sequence[Kept]) -> Least:
    """The least delay of each track that has any."""
    found = ((track, packets.delays(track, keep).units) for track, keep in kept)
    return {whose(track): int(units.min()) for track, units in found if len(units)}


def _worst(figures: Sequence[Figure | None]) -> Figure | None:
    return max((figure for figure in figures if figure is not None), key=size, default=None)
