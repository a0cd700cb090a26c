"""When a contract calls a probe's target down: from loss in rounds to a timeline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from collector.circuits import Status
from collector.sla.timeline import Stretch, Timeline
from collector.sla.tracks import Flags, Ints, Track, runs
from config.outage import LossRule, SimpleRule

OTHER, LOSSY, NO_EVIDENCE = 0, 1, 2
SAID = {OTHER: Status.UP, LOSSY: Status.DOWN, NO_EVIDENCE: Status.UNKNOWN}


def lossy(track: Track, rule: LossRule) -> Flags:
    """Which rounds lost more than the rule allows; shape (n,), decided in integers."""
    share, itself = rule.threshold
    excess = track.failed * share.denominator - track.sent * share.numerator
    return excess >= 0 if itself else excess > 0


def simple(track: Track, rule: SimpleRule) -> Timeline:
    """Down from the first of lossy rounds in a row that last `for`, to the first of others that last `clear`.

    A round that is no evidence (nothing was sent, or our own side failed) and a gap end a run; their
    time is unknown, and the status on the far side goes on as it was. It starts up.
    """
    label = np.where(track.known, np.where(lossy(track, rule), LOSSY, OTHER), NO_EVIDENCE)
    first, last = runs(label, track.at_ms, track.end_ms)
    kind, begin, end = label[first], track.at_ms[first], track.end_ms[last]
    state = _settled(kind, end - begin, rule.lasting.ms, rule.clear.ms)
    said = np.where(kind == NO_EVIDENCE, NO_EVIDENCE, state)
    first, last = runs(said, begin, end)
    pieces = zip(begin[first].tolist(), end[last].tolist(), said[first].tolist(), strict=True)
    return Timeline.of(Stretch(start, until, SAID[what]) for start, until, what in pieces)


def _settled(kind: NDArray[np.int64], length_ms: Ints, down_ms: int, clear_ms: int) -> NDArray[np.int64]:
    """The state in each run: that of the last run that was long enough to decide, shape as `kind`."""
    decides = ((kind == LOSSY) & (length_ms >= down_ms)) | ((kind == OTHER) & (length_ms >= clear_ms))
    places = np.where(decides, np.arange(len(kind)), -1)
    latest = np.maximum.accumulate(places) if len(places) else places
    return np.where(latest >= 0, kind[latest], OTHER)
