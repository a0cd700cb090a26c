"""What a newcomer waits for: the whole demo, 40 circuits and a year of rounds, written to the disk.

Each closed month of it must hold a breached promise, and each quarter must recommend something: that is what
a demo is for, and only the whole year, judged, can tell.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from collector.clerk import Desk
from collector.demo.making import Demo, make
from collector.performance.advice.recommendations import recommendations
from collector.periods import read_period
from config.load import load
from probes.clock import NS_PER_MS, Instant, SystemClock
from tests.bench.table import Row

CLOCK = SystemClock()
CLOSED = 11
"""Months of the demo that are over at its clock."""


def rows() -> Iterator[Row]:
    """How long it takes, and how large it is."""
    with tempfile.TemporaryDirectory(prefix="linkledger-bench-") as name:
        begun = CLOCK.now()
        made = make(Path(name), listen="127.0.0.1:0")
        spent = (CLOCK.now() - begun) / 1e9
        size = made.ledger.stat().st_size / 1e6
        months = breaches(made.ledger)
        quarters = recommended(made)
    assert len(months) == CLOSED, f"only these months hold a breach: {sorted(months)}"
    assert all(quarters.values()), f"a quarter recommends nothing: {quarters}"
    yield Row(f"demo written, {made.rounds:,} rounds", spent, "s", at_most=60)
    yield Row("its ledger", size, "MB")
    yield Row("broken promises in its quietest month", float(min(months.values())), "statements")
    yield Row("recommendations of its quietest quarter", float(min(quarters.values())), "")


def breaches(ledger: Path) -> Counter[str]:
    """How many issued statements of each month say that a promise was broken."""
    found: Counter[str] = Counter()
    with closing(sqlite3.connect(ledger)) as connection:
        for label, text in connection.execute("SELECT label, json FROM revision WHERE state = 'issued'"):
            found[label] += any(one["verdict"] == "breached" for one in json.loads(text)["objectives"])
    return +found


def recommended(made: Demo) -> dict[str, int]:
    """How much arose in each quarter that a review recommends to do."""
    settings = load(made.config, host="demo", environ={}).settings
    assert settings.demo is not None
    now_ms = round(settings.demo.clock.timestamp() * 1000)
    desk = Desk(settings, made.ledger, Instant(now_ms * NS_PER_MS, 0))
    quarters = [read_period(f"2025-Q{number}", settings.zone, now_ms) for number in range(1, 5)]
    return {
        one.label: len(recommendations(desk, from_ms=one.start_ms, to_ms=min(one.end_ms, now_ms)))
        for one in quarters
    }
