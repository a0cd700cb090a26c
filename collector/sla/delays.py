"""Delay over packets: round trip or one way, over samples or over the means of stretches."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from collector.sla import packets
from collector.sla.objectives import Finding, Kept, Scene
from collector.sla.packets import UNITS_PER_MS, Delays
from collector.sla.rounding import counted, in_words
from collector.sla.stat_words import above_words, lost_words, packets_words, stat_words
from collector.sla.windows import edges
from config.objectives import Lost, LostAs, MeansOf, Of, ShareAbove, Stat
from config.terms import Figure


def delay(stat: Stat, of: Of, lost: Lost, kept: Sequence[Kept], scene: Scene) -> Finding:
    """A delay in ms, or the share of packets (or of stretches' means) above one in percent."""
    rule = lost_as(lost)
    if isinstance(of, MeansOf):
        window = scene.window
        cuts = np.array(edges(window.start_ms, window.end_ms, of.means_of.ms, scene.zone), np.int64)
        figures = packets.stretch_means(kept, cuts, rule)
        figure = packets.statistic_of_figures(figures, stat)
        return Finding(figure, _of_means(stat, of, lost, figure, len(figures)))
    every = pooled(kept)
    figure, n = packets.statistic(every, stat, rule), len(every.units)
    if isinstance(stat, ShareAbove):
        many = above_words(figure, n, every.lost, lost)
        return Finding(figure, f"{many} took more than {in_words(stat.share_above)}")
    return Finding(figure, f"{stat_words(stat)} of {packets_words(n, every.lost, lost)}")


def _of_means(stat: Stat, of: MeansOf, lost: Lost, figure: Figure | None, n: int) -> str:
    means = f"{counted(n, 'mean')} of {in_words(of.means_of)} (lost packets {lost_words(lost)})"
    if not isinstance(stat, ShareAbove):
        return f"{stat_words(stat)} of {means}"
    above = int(figure * n / 100) if isinstance(figure, Fraction) else 0
    return f"{above:,} of {means} were more than {in_words(stat.share_above)}"


def lost_as(lost: Lost) -> packets.LostAs:
    """The contract's word as what is computed with."""
    if isinstance(lost, LostAs):
        return packets.LostAs(lost.delay.ms * UNITS_PER_MS)
    return packets.LostAs(infinite=lost == "infinite")


def pooled(kept: Sequence[Kept]) -> Delays:
    """The packets of all tracks together."""
    parts = [packets.delays(track, keep) for track, keep in kept]
    if len(parts) == 1:
        return parts[0]
    units = np.concatenate([np.empty(0, np.int64), *(part.units for part in parts)])
    return Delays(units, sum(part.lost for part in parts))
