"""What is analysed of a circuit, in steps of five minutes, out of the ledger.

Rounds that are packed come from their bins, which are decoded once for RTT, loss and jitter together;
`usage.py` reads the utilisation. Times are UTC in ms. The probe is the one that judges on the last day
asked for: what another probe measured before it lies on another level, and isn't read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from collector.analysis.readings import Floats, Readings
from collector.blame import phase, verdicts
from collector.curves.probes import NotMeasuredError, judging_series
from collector.curves.tally import Tally
from collector.ledger.bin_columns import BinColumns
from collector.ledger.bins import BIN_MS, make_bins
from collector.ledger.model import Series
from collector.ledger.reader import SqliteReader
from collector.performance.nightly.usage import utilisation
from collector.sla.calendar import local_day
from collector.verdicts import witnesses
from config.settings import Settings

_MEDIAN = Fraction(1, 2)
_USUAL_PACKETS = 10
"""Packets a round where no five minutes were measured through."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The three metrics that the same packets tell; each of the same length."""

    rtt: Readings
    """Median of each five minutes, seconds; within 1%."""
    loss: Readings
    """Share of the packets that were lost; NaN where some were and it may have been our own fault."""
    jitter: Readings
    """How far two answers of the same five minutes are apart on average, seconds."""

    def __iter__(self) -> Iterator[Readings]:
        yield from (self.rtt, self.loss, self.jitter)


def readings(
    reader: SqliteReader, settings: Settings, circuit: str, metric: str, from_ms: int, to_ms: int
) -> Readings:
    """One metric of METRICS in the five minutes that begin in [from, to), the newest rounds too.

    Raises NotMeasuredError for a circuit or a probe that nobody knows, KeyError for the metric. A
    circuit that was never measured has absences only.
    """
    if metric == "utilisation":
        return utilisation(reader, settings, circuit, from_ms, to_ms)
    found = measured(reader, settings, circuit, from_ms, to_ms)
    return {"rtt": found.rtt, "loss": found.loss, "jitter": found.jitter}[metric]


def measured(
    reader: SqliteReader,
    settings: Settings,
    circuit: str,
    from_ms: int,
    to_ms: int,
    *,
    newest: bool = True,
    judged_ms: int | None = None,
) -> Measured:
    """RTT, loss and jitter of the five minutes that begin in [from, to), from one look at the bins.

    Without `newest` the rounds that aren't packed yet are left out, of which reading takes long. With
    `judged_ms` the probe is the one that judges just before that, instead of before `to`. Raises
    NotMeasuredError.
    """
    rtt_of, loss_of = _probes(settings, circuit, to_ms if judged_ms is None else judged_ms)
    known = {
        name: _added(reader, settings, circuit, name, from_ms, to_ms, newest=newest)
        for name in dict.fromkeys([rtt_of, *loss_of])
    }
    start_ms = from_ms // BIN_MS * BIN_MS
    tally = known[rtt_of].tally
    losses = np.stack([known[name].loss() for name in loss_of or (rtt_of,)])
    return Measured(
        Readings(circuit, "rtt", start_ms, tally.quantiles(_MEDIAN)[0]),
        Readings(circuit, "loss", start_ms, np.fmin.reduce(losses)),
        Readings(circuit, "jitter", start_ms, tally.jitter),
    )


def _probes(settings: Settings, circuit: str, to_ms: int) -> tuple[str | None, tuple[str, ...]]:
    """The probe that judges RTT and jitter (None: whichever there is), and those that judge loss.

    A contract may count the smallest loss of several; otherwise the first one named counts.
    """
    if circuit not in settings.circuits:
        raise NotMeasuredError(f"there is no circuit {circuit!r}")
    facts = settings.circuits[circuit]
    standing = facts.on(local_day(to_ms - 1, settings.sites[facts.site].timezone))
    judges = standing.judges()
    rtt = next(iter([*(judges.rtt or ()), *standing.able]), None)
    loss = standing.able if judges.loss == "least" else tuple(judges.loss or ())[:1]
    return rtt, tuple(loss)


def _added(
    reader: SqliteReader,
    settings: Settings,
    circuit: str,
    probe: str | None,
    from_ms: int,
    to_ms: int,
    *,
    newest: bool,
) -> _Added:
    """What a probe's bins add up to."""
    start = from_ms // BIN_MS
    added = _Added(max(0, -(-to_ms // BIN_MS) - start))
    if probe is None:
        return added
    series = judging_series(reader, settings, circuit, to_ms - 1, probe)[1]
    pictures = reader.pictures()
    done = pictures.binned_until(one.id for one in series)
    for one in series:
        for part in pictures.bins(one.id, start * BIN_MS, min(to_ms, done[one.id])):
            added.add(part, start, one.key.every_ms)
        if newest and done[one.id] < to_ms:
            late = _unpacked(reader, settings, one, max(start * BIN_MS, done[one.id]), to_ms)
            added.add(late.between(start * BIN_MS, to_ms), start, one.key.every_ms)
    return added


def _unpacked(
    reader: SqliteReader, settings: Settings, series: Series, from_ms: int, to_ms: int
) -> BinColumns:
    """The bins that will be made of the newest rounds, judged as the compactor will judge them."""
    key = series.key
    rounds = reader.rounds([series.id], from_ms, to_ms)[series.id]
    if not len(rounds):
        return BinColumns.of([])
    needed = key.site not in settings.sites or settings.sites[key.site].reference is not None
    end_ms = int(rounds.at_ms[-1]) + 1
    seen = witnesses(reader, key.site, key.circuit, int(rounds.at_ms[0]), end_ms, needed=needed)
    said = verdicts(rounds, key.proves, seen, phase(key.site, key.circuit, key.probe))
    return BinColumns.of(make_bins(rounds, said))


@dataclass(slots=True, eq=False)
class _Added:
    """Bins of one probe, added up in each five minutes; `n` of them."""

    n: int
    tally: Tally = field(init=False)
    judged_ms: NDArray[np.int64] = field(init=False)
    """Time with a verdict."""
    sent_ms: Floats = field(init=False)
    """Time in which packets were sent."""

    def __post_init__(self) -> None:
        self.tally = Tally(self.n)
        self.judged_ms, self.sent_ms = np.zeros(self.n, np.int64), np.zeros(self.n)

    def add(self, bins: BinColumns, start: int, every_ms: int) -> None:
        """Add bins of a series that measures so often; `start` is the number of the first five minutes."""
        if not len(bins):
            return
        place = bins.number - start
        self.tally.add(bins, place)
        np.add.at(self.judged_ms, place, bins.up_ms + bins.down_ms)
        rounds = bins.sent / _packets(bins, every_ms)
        np.add.at(self.sent_ms, place, np.rint(rounds) * every_ms)

    def loss(self) -> Floats:
        """The share of packets that were lost, shape (n,); NaN where none was sent.

        It is NaN too where some were lost and more time has packets than a verdict: of such a silence
        nobody bore witness, so it may be our own (a bin doesn't tell its packets from the others').
        """
        sent, lost = self.tally.sent, self.tally.sent - self.tally.received
        unjudged = (lost > 0) & (np.minimum(self.sent_ms, BIN_MS) > self.judged_ms)
        return np.where((sent > 0) & ~unjudged, lost / np.maximum(sent, 1), np.nan)


def _packets(bins: BinColumns, every_ms: int) -> float:
    """How many packets a round of the series has: what five minutes that are judged through tell."""
    through = bins.sent[(bins.up_ms + bins.down_ms == BIN_MS) & (bins.sent > 0)]
    if not len(through):
        return min(_USUAL_PACKETS, max(1, int(bins.sent.max())))
    return max(1.0, float(np.rint(np.median(through) / max(1.0, BIN_MS / every_ms))))
