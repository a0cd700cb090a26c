"""What each objective of a contract measured: round-trip time, loss and jitter over all packets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from collector.sla import packets
from collector.sla.packets import UNITS_PER_MS, Delays
from collector.sla.rounding import counted
from collector.sla.rules import CircuitFacts, Window
from collector.sla.spans import Spans
from collector.sla.tracks import Flags, Track
from config.objectives import (
    JitterObjective,
    LossObjective,
    LostAs,
    MeansOf,
    PdvAt,
    RttObjective,
    percentile,
)
from config.terms import Figure

Kept = tuple[Track, Flags]


class Verdict(StrEnum):
    """Whether a promise was kept."""

    MET = "met"
    BREACHED = "breached"
    INSUFFICIENT_DATA = "insufficient_data"


@dataclass(frozen=True, slots=True)
class Finding:
    """A measured figure in the objective's unit, and in words how it came about."""

    figure: Figure | None
    words: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to look at: a circuit's tracks by probe, what is judged, and when it was down."""

    tracks: Mapping[str, Track]
    circuit: CircuitFacts
    window: Window
    down: Spans

    def probes(self, named: Sequence[str] | None) -> list[Track]:
        """The named probes' tracks, or all of them."""
        return [self.tracks[name] for name in (named or self.tracks) if name in self.tracks]

    def kept(self, tracks: Sequence[Track], *, available: bool) -> list[Kept]:
        """Which rounds of each probe are judged: known, in the window, and not in down time if so asked."""
        kept = []
        for track in tracks:
            inside = track.inside(self.window.start_ms, self.window.end_ms)
            kept.append((track, inside & ~self.down.hold(track.at_ms) if available else inside))
        return kept

    def known_ms(self, tracks: Sequence[Track]) -> int:
        """How much of the window any of the probes knows about."""
        known = Spans.of(pair for track in tracks for pair in track.known_time())
        return known.clip(self.window.start_ms, self.window.end_ms).total_ms


def rtt(objective: RttObjective, kept: Sequence[Kept], window: Window) -> Finding:
    """Round-trip time in ms, over packets or over the means of stretches."""
    lost = _lost(objective)
    if isinstance(objective.of, MeansOf):
        length = objective.of.means_of.ms
        figures = packets.stretch_means(kept, window.start_ms, length, lost)
        if objective.stat == "mean":
            figure = packets.mean_of_figures(figures)
        else:
            figure = packets.percentile_of_figures(figures, _percent(objective.stat))
        return Finding(figure, f"over {counted(len(figures), 'mean')} of {objective.of.means_of}")
    all_packets = _pooled(kept)
    if objective.stat == "mean":
        figure = packets.mean(all_packets, lost)
    else:
        figure = packets.percentile(all_packets, _percent(objective.stat), lost)
    answered = counted(len(all_packets.units), "answered packet")
    return Finding(figure, f"over {answered}, {_lost_words(objective, all_packets.lost)}")


def _percent(stat: object) -> Fraction:
    return Fraction(100) if stat == "max" else percentile(str(stat))


def _lost(objective: RttObjective) -> packets.LostAs:
    if isinstance(objective.lost, LostAs):
        return packets.LostAs(objective.lost.delay.ms * UNITS_PER_MS)
    return packets.LostAs(infinite=objective.lost == "infinite")


def _lost_words(objective: RttObjective, lost: int) -> str:
    if isinstance(objective.lost, LostAs):
        return f"{lost:,} lost counted as {objective.lost.delay}"
    return f"{lost:,} lost {'ignored' if objective.lost == 'ignore' else 'counted as infinite'}"


def _pooled(kept: Sequence[Kept]) -> Delays:
    parts = [packets.delays(track, keep) for track, keep in kept]
    if len(parts) == 1:
        return parts[0]
    units = np.concatenate([np.empty(0, np.int64), *(part.units for part in parts)])
    return Delays(units, sum(part.lost for part in parts))


def loss(kept: Sequence[Kept], *, least: bool) -> Finding:
    """Lost packets in percent of those sent; with `least` a slot's loss is the smallest over its probes."""
    if least and len(kept) > 1:
        sent, lost = _least(kept)
        how = f", in each slot by the best of {len(kept)} probes"
    else:
        sent = sum(int(track.sent[keep].sum()) for track, keep in kept)
        lost = sum(int(track.lost[keep].sum()) for track, keep in kept)
        how = ""
    figure = Fraction(100 * lost, sent) if sent else None
    return Finding(figure, f"= {lost:,} lost of {counted(sent, 'packet')} sent{how}")


def _least(kept: Sequence[Kept]) -> tuple[int, int]:
    """Sent and lost of the best probe in each slot; a slot is as long as the longest interval among them.

    Of equals the one that comes first in the configuration stands.
    """
    length = max(int((track.end_ms - track.at_ms)[keep].max(initial=1)) for track, keep in kept)
    slots = np.unique(np.concatenate([track.at_ms[keep] // length for track, keep in kept]))
    best_sent, best_lost = np.zeros(len(slots), np.int64), np.zeros(len(slots), np.int64)
    for track, keep in kept:
        place = np.searchsorted(slots, track.at_ms[keep] // length)
        sent, lost = np.zeros_like(best_sent), np.zeros_like(best_lost)
        np.add.at(sent, place, track.sent[keep])
        np.add.at(lost, place, track.lost[keep])
        better = (sent > 0) & ((best_sent == 0) | (lost * best_sent < best_lost * sent))
        best_sent, best_lost = np.where(better, sent, best_sent), np.where(better, lost, best_lost)
    return int(best_sent.sum()), int(best_lost.sum())


def jitter(objective: JitterObjective, kept: Sequence[Kept]) -> Finding:
    """Delay variation in ms by the contract's own definition.

    With several probes ipdv and pdv are taken inside each and pooled; of the others the worst probe's
    figure stands.
    """
    definition = objective.definition
    if definition in {"ipdv_mean", "rfc3550"}:
        apart = [packets.steps(track, keep) for track, keep in kept]
        pairs = f"over {counted(sum(map(len, apart)), 'pair')} of neighbouring packets"
        if definition == "ipdv_mean":
            return Finding(packets.mean(Delays(np.concatenate(apart), 0), packets.LostAs()), pairs)
        return Finding(_worst([packets.rfc3550(one) for one in apart]), pairs)
    units = [packets.delays(track, keep).units for track, keep in kept]
    words = f"over {counted(sum(map(len, units)), 'answered packet')}"
    if isinstance(definition, PdvAt):
        above = Delays(np.concatenate([packets.above_least(one) for one in units]), 0)
        return Finding(packets.percentile(above, definition.pdv, packets.LostAs()), words)
    of_one = packets.deviation if definition == "stddev" else packets.spread
    return Finding(_worst([of_one(one) for one in units]), words)


def _worst(figures: Sequence[Fraction | None]) -> Fraction | None:
    return max((figure for figure in figures if figure is not None), default=None)


def find(objective: RttObjective | LossObjective | JitterObjective, scene: Scene) -> tuple[Finding, Fraction]:
    """What an objective over packets measured, and the percent of the window that its probes know."""
    judges = scene.circuit.judged_by
    least = isinstance(objective, LossObjective) and judges.loss == "least"
    tracks = scene.probes(_named(objective, scene.circuit))
    kept = scene.kept(tracks, available=objective.only_available())
    coverage = Fraction(100 * scene.known_ms(tracks), scene.window.ms) if scene.window.ms else Fraction(0)
    if not kept:
        return Finding(None, "no probe of the circuit answers this"), coverage
    if isinstance(objective, RttObjective):
        return rtt(objective, kept, scene.window), coverage
    if isinstance(objective, LossObjective):
        return loss(kept, least=least), coverage
    return jitter(objective, kept), coverage


def _named(
    objective: RttObjective | LossObjective | JitterObjective, circuit: CircuitFacts
) -> Sequence[str] | None:
    judges = circuit.judged_by
    if isinstance(objective, RttObjective):
        return judges.rtt
    if isinstance(objective, LossObjective):
        return None if judges.loss == "least" else judges.loss
    return judges.jitter or judges.rtt
