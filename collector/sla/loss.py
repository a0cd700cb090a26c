"""The share of sent packets that were lost."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from collector.sla.objectives import Finding, Kept
from collector.sla.rounding import counted


def loss(turns: Sequence[tuple[Sequence[Kept], bool]]) -> Finding:
    """Lost packets in percent of those sent, over all turns of who judges.

    Where a turn is told so, a slot's loss is the smallest over its probes.
    """
    sums = [_least(kept) if least and len(kept) > 1 else _all(kept) for kept, least in turns]
    sent, lost = sum(one[0] for one in sums), sum(one[1] for one in sums)
    most = max((len(kept) for kept, least in turns if least), default=0)
    how = f", in each slot by the best of {most} probes" if most > 1 else ""
    figure = Fraction(100 * lost, sent) if sent else None
    return Finding(figure, f"= {lost:,} lost of {counted(sent, 'packet')} sent{how}")


def _all(kept: Sequence[Kept]) -> tuple[int, int]:
    return (
        sum(int(track.sent[keep].sum()) for track, keep in kept),
        sum(int(track.lost[keep].sum()) for track, keep in kept),
    )


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
