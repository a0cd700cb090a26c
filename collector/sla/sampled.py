"""What objectives over packets measured: which tracks answer, in which direction, and the figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from collector.sla.delays import delay
from collector.sla.jitter import jitter, least_delays
from collector.sla.loss import loss
from collector.sla.mos import Answers, Codec, mean_score
from collector.sla.objectives import Finding, Kept, Pick, Scene
from collector.sla.packets import by_round
from collector.sla.rounding import counted
from collector.sla.spans import Spans
from collector.sla.tracks import Direction, Track, Tracks, chosen
from collector.sla.windows import worse
from config.objectives import (
    Available,
    JitterObjective,
    LossObjective,
    MosObjective,
    OneWayDelayObjective,
    RttObjective,
    Sampled,
)
from config.settings import JudgedBy

CODECS = {
    ("g711", False): Codec(Fraction(0), Fraction("4.3")),
    ("g711", True): Codec(Fraction(0), Fraction("25.1")),
    ("g729a", False): Codec(Fraction(11), Fraction(19)),
    ("g729a", True): Codec(Fraction(11), Fraction(19)),  # it always conceals
}
ONE_WAY = {"half_rtt": Fraction(1, 2), "rtt": Fraction(1), "one_way": Fraction(1)}
_WAYS = {"forward": ", forward", "reverse": ", reverse", "both": ", both ways together"}
BOTH: tuple[Direction, Direction] = ("forward", "reverse")


def find(objective: Sampled, scene: Scene) -> Finding:
    """What the objective measured in the scene's window."""
    if objective.direction != "worst":
        finding = _find(objective, scene, _pick(objective, _directions(objective)))
        return replace(finding, words=finding.words + _WAYS.get(objective.direction or "", ""))
    found = {way: _find(objective, scene, _pick(objective, (way,))) for way in BOTH}
    having = {way: one.figure for way, one in found.items() if one.figure is not None}
    if not having:
        return found["forward"]
    way = worse(having, wants_more=objective.target.wants_more)
    words = found[way].words
    return replace(found[way], words=f"{words}, {way}" + (", the worse way" if len(having) > 1 else ""))


def in_parts(objective: Sampled, scene: Scene) -> Scene:
    """The scene as its parts are to be looked at: delay variation is above the least of the whole."""
    if not isinstance(objective, JitterObjective):
        return scene
    return replace(scene, least=least_delays(_kept(objective, scene, tracks_of(objective))))


def tracks_of(objective: Sampled) -> Pick:
    """All tracks that an objective looks at, whatever their direction where it wants the worse one."""
    return _pick(objective, BOTH if objective.direction == "worst" else _directions(objective))


def _directions(objective: Sampled) -> tuple[Direction, ...] | None:
    if objective.direction in BOTH:
        return (objective.direction,)
    if _one_way(objective) or objective.direction == "both":
        return BOTH
    return None


def _one_way(objective: Sampled) -> bool:
    """Whether a round trip can't stand in for a direction."""
    if isinstance(objective, MosObjective):
        return objective.delay == "one_way"
    return isinstance(objective, OneWayDelayObjective)


def _pick(objective: Sampled, directions: Sequence[Direction] | None) -> Pick:
    """Which tracks: of the classes and family that are asked for; by direction where a probe splits it.

    Without a direction the round trip is looked at, and both ways where there is none. Both ways
    together are a round trip where a probe doesn't split it.
    """
    family = None if objective.family is None else int(objective.family)
    split = objective.direction in {"forward", "reverse", "worst"} or _one_way(objective)

    def pick(tracks: Tracks, judges: JudgedBy) -> Sequence[Track]:
        found = list[Track]()
        for probe in _named(objective, judges) or tracks:
            those = chosen(tracks, [probe], dscp=objective.dscp, family=family)
            directed = [one for one in those if one.direction in (directions or BOTH)]
            whole = [one for one in those if one.direction is None]
            if split:
                found += directed
            else:
                found += (whole or directed) if directions is None else (directed or whole)
        return found

    return pick


def _named(objective: Sampled, judges: JudgedBy) -> Sequence[str] | None:
    if isinstance(objective, LossObjective):
        return None if judges.loss == "least" else judges.loss
    if isinstance(objective, JitterObjective):
        return judges.jitter or judges.rtt
    return judges.rtt


def _kept(objective: Sampled, scene: Scene, pick: Pick) -> list[Kept]:
    left_out = scene.left_out if objective.only_available() else Spans()
    if isinstance(objective.during, Available) and objective.during.utilisation_below is not None:
        left_out |= scene.busy(objective.during.utilisation_below)
    return scene.kept(pick, left_out)


def _find(objective: Sampled, scene: Scene, pick: Pick) -> Finding:
    if isinstance(objective, LossObjective):
        turns = [
            (_kept(objective, scene.between(start, end), pick), judges.loss == "least")
            for judges, start, end in scene.sittings()
        ]
        if any(kept for kept, _ in turns):
            return loss([(kept, least) for kept, least in turns if kept])
    elif kept := _kept(objective, scene, pick):
        if isinstance(objective, RttObjective | OneWayDelayObjective):
            return delay(objective.stat, objective.of, objective.lost, kept, scene)
        if isinstance(objective, JitterObjective):
            return jitter(objective, kept, scene.least)
        if isinstance(objective, MosObjective):
            return mos(objective, kept)
    return Finding(None, "no probe of the circuit answers this")


def mos(objective: MosObjective, kept: Sequence[Kept]) -> Finding:
    """The mean opinion score over the rounds that have an answer."""
    columns = [(*by_round(track, keep), track.sent[keep]) for track, keep in kept]
    units, answered, lost, sent = (np.concatenate(column) for column in zip(*columns, strict=True))
    came = answered > 0
    if not came.all():
        units, answered, lost, sent = units[came], answered[came], lost[came], sent[came]
    figure = mean_score(
        Answers(units, answered, lost, sent),
        replace(CODECS[objective.codec, objective.plc], burst=objective.burst_ratio),
        one_way=ONE_WAY[objective.delay],
        method=objective.method,
    )
    conceals = " with loss concealment" if objective.plc else ""
    words = (
        f"the mean score of {counted(len(units), 'answered round')} for {objective.codec.upper()}{conceals}"
    )
    return Finding(figure, words)
