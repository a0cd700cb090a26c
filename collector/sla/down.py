"""When a contract calls a probe's target down: from loss in rounds to a timeline.

Every rule sees one track. A round belongs to a window when it begins in it. Whatever a rule says,
rounds that are no evidence are unknown time, and of time without a round nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.blame import OURS
from collector.circuits import Status
from collector.ledger.rounds import REASON_NUMBER
from collector.sla.timeline import Stretch, Timeline
from collector.sla.tracks import Flags, Ints, Track, runs
from config.outage import DenseRule, LossRule, MefRule, SimpleRule, SlidingRule

TrackRule = SimpleRule | MefRule | SlidingRule | DenseRule
Labels = NDArray[np.int64]

OTHER, LOSSY, NO_EVIDENCE = 0, 1, 2
SAID = {OTHER: Status.UP, LOSSY: Status.DOWN, NO_EVIDENCE: Status.UNKNOWN}
_EXACT = 2**62
"""Products below this are exact in 64 bits."""


def judged(track: Track, rule: TrackRule) -> Timeline:
    """The track's status by its rule, whatever the rule's direction."""
    if isinstance(rule, MefRule):
        return mef(track, rule)
    if isinstance(rule, SlidingRule):
        return sliding(track, rule)
    if isinstance(rule, DenseRule):
        return dense(track, rule)
    return simple(track, rule)


def lossy(track: Track, rule: LossRule) -> Flags:
    """Which rounds lost more than the rule allows; shape (n,), False where a round is no evidence."""
    return track.known & _over(track.failed, track.sent, rule)


def simple(track: Track, rule: SimpleRule) -> Timeline:
    """Down from the first of lossy rounds in a row that last `for`, to the first of others that last `clear`.

    A round that is no evidence (nothing was sent, or our own side failed) and a gap end a run; their
    time is unknown, and the status on the far side goes on as it was. It starts up. Where rounds
    begin at one time (a clock was set back) the last of them stands, since it has all the time.
    """
    standing = np.searchsorted(track.at_ms, track.at_ms, "right") - 1
    label = np.where(track.known, np.where(lossy(track, rule), LOSSY, OTHER), NO_EVIDENCE)[standing]
    rows = _Row(label, track.at_ms, track.end_ms, track.end_ms - track.at_ms)
    return _told(track, rows.settled(rule.lasting.ms, rule.clear.ms), track.known)


def mef(track: Track, rule: MefRule) -> Timeline:
    """Down from the first of n lossy intervals in a row, up from the first of n others (MEF 10.x).

    It starts available. An interval in which nothing was sent is not lossy; an absent one, or one in
    which our own side failed, ends a row, and the status on the far side goes on as it was.
    """
    whose, row = _intervals(track, rule)
    down = row.settled(rule.consecutive, rule.consecutive)
    return _told(track, down[whose], track.known | _quiet(track))


def high_loss(track: Track, rule: MefRule, start_ms: int, end_ms: int) -> int:
    """How many lossy intervals that begin in [start, end) are available time, n in a row being too few."""
    _, row = _intervals(track, rule)
    down = row.settled(rule.consecutive, rule.consecutive)
    inside = (row.begin_ms >= start_ms) & (row.begin_ms < end_ms)
    return int(row.weight[(row.label == LOSSY) & ~down & inside].sum())


def sliding(track: Track, rule: SlidingRule) -> Timeline:
    """Down while all packets of the window that ends with a round are lossy when taken together.

    Back-dated to the first lossy round of that window. A window that reaches further back than the
    rounds do is judged by those that are there.
    """
    places = np.arange(len(track))
    begin = np.minimum(np.searchsorted(track.at_ms, track.end_ms - rule.over.ms), places)
    sent, failed = (_sums(np.where(track.known, one, 0)) for one in (track.sent, track.failed))
    packets = sent[places + 1] - sent[begin]
    bad = (packets > 0) & _over(failed[places + 1] - failed[begin], packets, rule)
    # shares over the threshold together: at least one of them is over it alone
    culprits = np.flatnonzero(lossy(track, rule))
    first = culprits[np.searchsorted(culprits, begin[bad])]
    return _told(track, _covered(len(track), first, places[bad]), track.known)


def dense(track: Track, rule: DenseRule) -> Timeline:
    """Down from the first to the last lossy round of every window that holds so much lossy time.

    A lossy round counts its whole length. A window that begins with a lossy round holds no less than
    those that begin before it with the same first lossy round, so only these are looked at.
    """
    culprits = np.flatnonzero(lossy(track, rule))
    at, lasts = track.at_ms[culprits], (track.end_ms - track.at_ms)[culprits]
    places = np.arange(len(culprits))
    last = np.maximum(np.searchsorted(at, at + rule.within.ms) - 1, places)
    total = _sums(lasts)
    reached = total[last + 1] - total[places] >= _least_ms(rule)
    down = _covered(len(track), culprits[reached], culprits[last[reached]])
    return _told(track, down, track.known)


def _least_ms(rule: DenseRule) -> int:
    """The least whole milliseconds that reach the rule's seconds."""
    return -int(-Fraction(rule.seconds) * 1000 // 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """m rounds or intervals in time order: what each is, when, and how much it weighs in its run."""

    label: Labels
    begin_ms: Ints
    end_ms: Ints
    weight: Ints

    def settled(self, down_from: int, up_from: int) -> Flags:
        """Which are down, shape (m,): as the last run says that weighed enough to decide. It starts up."""
        first, last = runs(self.label, self.begin_ms, self.end_ms)
        kind, total = self.label[first], _sums(self.weight)
        weighs = total[last + 1] - total[first]
        decides = ((kind == LOSSY) & (weighs >= down_from)) | ((kind == OTHER) & (weighs >= up_from))
        latest = np.maximum.accumulate(np.where(decides, np.arange(len(kind)), -1))
        down = (latest >= 0) & (kind[latest] == LOSSY)
        return np.repeat(down, last - first + 1)


def _intervals(track: Track, rule: MefRule) -> tuple[Ints, _Row]:
    """Which interval each round belongs to, shape (n,), and the intervals.

    Rounds that are shorter than an interval are taken together on a grid since the epoch. A longer
    one is as many intervals as it is long. Rounds that begin at one time are one.
    """
    length_ms, at = rule.interval.ms, track.at_ms
    short = (track.end_ms - at)[np.searchsorted(at, at, "right") - 1] < length_ms
    cell = at // length_ms
    together = (at[1:] == at[:-1]) | (short[1:] & short[:-1] & (cell[1:] == cell[:-1]))
    first = np.flatnonzero(np.concatenate([np.ones(min(1, len(at)), np.bool_), ~together]))
    last = np.concatenate([first[1:], [len(at)]])[: len(first)] - 1
    gridded = short[first]
    begin = np.where(gridded, cell[first] * length_ms, at[first])
    end = np.where(gridded, begin + length_ms, track.end_ms[last])
    end[:-1] = np.minimum(end[:-1], begin[1:])
    weight = np.where(gridded, 1, (track.end_ms[last] - at[first]) // length_ms)
    row = _Row(_of_intervals(track, rule, first, last), begin, end, weight)
    return np.repeat(np.arange(len(first)), last - first + 1), row


def _of_intervals(track: Track, rule: MefRule, first: Ints, last: Ints) -> Labels:
    """What the intervals are whose first and last rounds these are."""
    columns = (
        np.where(track.known, track.sent, 0),
        np.where(track.known, track.failed, 0),
        (track.known | _quiet(track)).astype(np.int64),
    )
    sent, failed, present = (total[last + 1] - total[first] for total in map(_sums, columns))
    bad = (sent > 0) & _over(failed, sent, rule)
    return np.where(present > 0, np.where(bad, LOSSY, OTHER), NO_EVIDENCE)


def _quiet(track: Track) -> Flags:
    """Rounds in which nothing was sent, and not because our own side failed."""
    quiet: Flags = (track.sent == 0) & ~np.isin(track.reason, [REASON_NUMBER[one] for one in OURS])
    return quiet


def _over(failed: Ints, sent: Ints, rule: LossRule) -> Flags:
    """Whether failed/sent is over the rule's threshold, decided in integers."""
    share, itself = rule.threshold
    lost, whole = (_roomy(one, share, int(sent.max(initial=0))) for one in (failed, sent))
    excess = lost * share.denominator - whole * share.numerator
    return np.asarray(excess >= 0 if itself else excess > 0, np.bool_)


def _roomy(counts: Ints, share: Fraction, most: int) -> NDArray[Any]:
    """`counts` as they are, or as integers of any size where products with `share` need more than 64 bits."""
    fits = max(share.numerator, share.denominator) * max(most, 1) < _EXACT
    return counts if fits else counts.astype(object)


def _sums(counts: Ints) -> Ints:
    """Running sums from 0 on, shape (n + 1,)."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


def _covered(n: int, first: Ints, last: Ints) -> Flags:
    """Which of n rounds lie in any [first, last], both inside."""
    begun, ended = np.bincount(first, minlength=n + 1), np.bincount(last + 1, minlength=n + 1)
    inside: Flags = np.cumsum(begun - ended)[:n] > 0
    return inside


def _told(track: Track, down: Flags, evidence: Flags) -> Timeline:
    """A timeline from what each round is; shapes (n,)."""
    label = np.where(evidence, np.where(down, LOSSY, OTHER), NO_EVIDENCE)
    first, last = runs(label, track.at_ms, track.end_ms)
    begin, end = track.at_ms[first].tolist(), track.end_ms[last].tolist()
    pieces = zip(begin, end, label[first].tolist(), strict=True)
    return Timeline.of(Stretch(start, until, SAID[what]) for start, until, what in pieces)
