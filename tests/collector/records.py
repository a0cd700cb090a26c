"""Rounds of every kind, and what a store must hold of them, worked out another way than the product does."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

from collector.ledger.model import OURS, REFERENCE, LogRow, Series, SeriesKey
from probes.model import Outcome, Reason, Round, Sample

START_MS = 1_767_225_600_000
EVERY_MS = 10_000

SERIES = (
    Series(1, SeriesKey("edge-1", "lon-01", "acme", "lon-acme", "pe", "icmp", EVERY_MS, "d1")),
    Series(2, SeriesKey("edge-1", "lon-01", "acme", "lon-acme", "web, a=b c", "tcp", EVERY_MS, "d2")),
    Series(3, SeriesKey("hôte-1", "lon-01", "zürich☃", "東京-7", "wé b", "tcp", EVERY_MS, "d3")),
    Series(4, SeriesKey("edge-1", "lon-01", OURS, REFERENCE, "gateway", "icmp", EVERY_MS, "d4", "ours")),
    Series(5, SeriesKey("edge-1", "lon-01", "acme", "lon-acme", '"quoted"', "icmp", EVERY_MS, "d5")),
)

Record = dict[str, object]


def outcomes(count: int, seed: int = 7, start_ms: int = START_MS) -> list[Outcome]:
    """`count` outcomes over SERIES in order of their slots: good, lossy, dead, counts only, unsendable ..."""
    chance = random.Random(seed)
    return [
        _outcome(chance, SERIES[i % len(SERIES)].id, start_ms + i // len(SERIES) * EVERY_MS)
        for i in range(count)
    ]


def _outcome(chance: random.Random, series: int, at_ms: int) -> Outcome:
    kind = chance.choice(("good", "good", "lossy", "dead", "counts", "unsent", "refused", "single"))
    rtts: tuple[int | None, ...] = tuple(chance.randrange(1, 3_000_000) for _ in range(10))
    if kind == "good":
        one = Round(series, at_ms, EVERY_MS, 0, 10, 10, rtts)
    elif kind == "lossy":
        rtts = tuple(rtt if chance.random() < 0.5 else None for rtt in rtts)
        one = Round(series, at_ms, EVERY_MS, 0, 10, 10 - rtts.count(None), rtts, Reason.TIMEOUT)
    elif kind == "dead":
        one = Round(series, at_ms, EVERY_MS, 0, 3, 0, (None,) * 3, Reason.UNREACHABLE, "host unreachable")
    elif kind == "counts":
        one = Round(series, at_ms, EVERY_MS, 0, 2, 1)
    elif kind == "unsent":
        one = Round(series, at_ms, EVERY_MS, 0, 0, 0, (), Reason.RESOLVE, "no such name")
    elif kind == "refused":
        one = Round(series, at_ms, EVERY_MS, 0, 1, 0, (None,), Reason.REFUSED)
    else:
        days = Sample(series, at_ms, 0, "tls_days_left", chance.choice((12, 88.5, -3.25)))
        verified = Sample(series, at_ms, 0, "tls_verified", chance.choice((0, 1)))
        return Outcome(Round(series, at_ms, EVERY_MS, 0, 1, 1, (7,)), (days, verified))
    return Outcome(one)


def status(row: LogRow) -> int:
    """A verdict that depends on the row alone."""
    one = row.outcome.round
    assert one is not None
    return -1 if one.sent == 0 else 1 if one.received else 0


def expected_rounds(rows: Sequence[LogRow], *, strings: bool = True) -> dict[tuple[object, ...], Record]:
    """Fields by (six tags, time in ms) of `linkledger_round`."""
    keys = {series.id: series.key for series in SERIES}
    return {
        (*tags(keys[row.series]).values(), row.outcome.round.at_ms): _fields(row, row.outcome.round, strings)
        for row in rows
        if row.outcome.round
    }


def expected_tls(rows: Sequence[LogRow]) -> dict[tuple[object, ...], Record]:
    """Fields by (six tags, time in ms) of `linkledger_tls`."""
    keys = {series.id: series.key for series in SERIES}
    return {
        (*tags(keys[row.series]).values(), row.outcome.samples[0].at_ms): {
            sample.name.removeprefix("tls_"): sample.value for sample in row.outcome.samples
        }
        for row in rows
        if row.outcome.samples
    }


def tags(key: SeriesKey) -> Mapping[str, str]:
    """The six tags in their order."""
    return {name: getattr(key, name) for name in ("host", "site", "carrier", "circuit", "probe", "kind")}


def _fields(row: LogRow, one: Round, strings: bool) -> Record:
    fields: Record = {"sent": one.sent, "received": one.received, "status": status(row)}
    if strings:
        fields["reason"] = one.reason.value
    rtts = sorted(Fraction(rtt, 10**7) for rtt in one.rtts if rtt is not None)
    if rtts:
        fields |= {
            "rtt_min_seconds": float(rtts[0]),
            "rtt_mean_seconds": float(sum(rtts, Fraction()) / len(rtts)),
            "rtt_max_seconds": float(rtts[-1]),
            "rtt_p50_seconds": float(rtts[math.ceil(Fraction(50, 100) * len(rtts)) - 1]),
            "rtt_p95_seconds": float(rtts[math.ceil(Fraction(95, 100) * len(rtts)) - 1]),
        }
    steps = []
    for before, after in zip(one.rtts[:-1], one.rtts[1:], strict=True):
        if before is not None and after is not None:
            steps.append(abs(Fraction(after - before, 10**7)))
    if steps:
        fields["jitter_seconds"] = float(sum(steps, Fraction()) / len(steps))
    return fields
