"""Series, rounds and small ledgers, for tests of the ledger."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from collector.ledger.ledger import Ledger
from collector.ledger.model import OURS, REFERENCE, SeriesKey
from collector.ledger.rounds import Rounds
from probes.model import Outcome, Reason, Round, Sample, Timing
from tests.clock import FakeClock

BEGIN_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z, as the fake clock begins."""
HOUR_MS = 3_600_000
PATIENCE = 60.0
"""Seconds a test waits for the writer's thread before it fails."""


def key(circuit: str = "lon-acme", site: str = "lon", every_ms: int = 10_000, **more: object) -> SeriesKey:
    """A series of one circuit."""
    fields: dict[str, Any] = {"carrier": "acme", "probe": "pe", "kind": "icmp", "options": "d1"} | more
    return SeriesKey(host="edge", site=site, circuit=circuit, every_ms=every_ms, **fields)


def reference_key(site: str = "lon", every_ms: int = 10_000) -> SeriesKey:
    """A reference target of ours."""
    return key(REFERENCE, site, every_ms, carrier=OURS, probe="gateway", owner="ours")


def good(series: int, at_ms: int, *rtts: int | None, every_ms: int = 10_000, epoch: int = 1) -> Outcome:
    """A round with these RTTs (one of 20 ms unless given), None for a lost packet."""
    places = rtts or (200_000,)
    received = len(places) - places.count(None)
    reason = Reason.NONE if received else Reason.TIMEOUT
    return Outcome(Round(series, at_ms, every_ms, epoch, len(places), received, places, reason))


def hour_of_rounds(
    series: int, begin_ms: int, every_ms: int = 10_000, epoch: int = 1, seed: int = 1
) -> list[Outcome]:
    """An hour with jitter, a loss now and then, a count-only round and a sample."""
    chance = random.Random(seed * 1_000_003 + series)
    outcomes = []
    for at_ms in range(begin_ms, begin_ms + HOUR_MS, every_ms):
        lost = chance.random() < 0.02
        one = good(
            series, at_ms, None if lost else 200_000 + chance.randrange(6_000), every_ms=every_ms, epoch=epoch
        )
        outcomes.append(one)
    counted = Round(series, begin_ms, every_ms, epoch, 2, 1, (), Reason.NONE, "a second SYN", Timing.TCP_INFO)
    outcomes[0] = Outcome(counted, (Sample(series, begin_ms, epoch, "tls_days_left", 88.5),))
    return outcomes


@contextmanager
def ledger_at(path: Path, clock: FakeClock | None = None, **options: object) -> Iterator[Ledger]:
    """An open ledger without a reserve that commits quickly."""
    settings: dict[str, Any] = {"commit_every_ms": 10, "reserve_bytes": 0} | options
    with Ledger.open(path, clock=clock or FakeClock(), **settings) as ledger:
        yield ledger


def rows(found: Mapping[int, Rounds]) -> dict[int, list[Round]]:
    """Columns as values again."""
    return {series: [rounds.row(series, i) for i in range(len(rounds))] for series, rounds in found.items()}


def same(one: Rounds, other: Rounds) -> bool:
    """Whether two sets of columns are equal, field by field."""
    return (
        one.every_ms == other.every_ms
        and one.detail == other.detail
        and all(
            getattr(one, name).tolist() == getattr(other, name).tolist()
            and getattr(one, name).dtype == getattr(other, name).dtype
            for name in (
                *("at_ms", "epoch", "sent", "received", "reason", "timing", "first", "answered", "rtts"),
            )
        )
    )


def some_rounds(
    series: int = 1,
    every_ms: int = 10_000,
    slots: Iterable[int] = range(360),
    epochs: Iterable[int] = (1, 2, 3),
    begin_ms: int = BEGIN_MS,
) -> st.SearchStrategy[Round]:
    """Rounds of every kind of one series in the hour from `begin_ms`."""
    rtt = st.integers(0, 2**31 - 1) | st.integers(190_000, 210_000) | st.integers(0, 2**62)
    places = st.lists(st.none() | rtt, max_size=6).map(tuple)
    counts = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (max(pair), min(pair)))

    def make(
        slot: int,
        epoch: int,
        rtts: tuple[int | None, ...],
        alone: tuple[int, int],
        reason: Reason,
        detail: str,
        timing: Timing,
    ) -> Round:
        sent, received = (len(rtts), len(rtts) - rtts.count(None)) if rtts else alone
        at_ms = begin_ms + slot * every_ms
        return Round(series, at_ms, every_ms, epoch, sent, received, rtts, reason, detail, timing)

    return st.builds(
        make,
        st.sampled_from(list(slots)),
        st.sampled_from(list(epochs)),
        places,
        counts,
        st.sampled_from(Reason),
        st.sampled_from(["", "host unreachable", "é☃"]) | st.text(max_size=8),
        st.sampled_from(Timing),
    )
