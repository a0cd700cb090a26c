"""What a newcomer waits for: the whole demo, 40 circuits and a year of rounds, written to the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from collector.demo.making import make
from probes.clock import SystemClock
from tests.bench.table import Row

CLOCK = SystemClock()


def rows() -> Iterator[Row]:
    """How long it takes, and how large it is."""
    with tempfile.TemporaryDirectory(prefix="linkledger-bench-") as name:
        begun = CLOCK.now()
        made = make(Path(name), listen="127.0.0.1:0")
        spent = (CLOCK.now() - begun) / 1e9
        size = made.ledger.stat().st_size / 1e6
    yield Row(f"demo written, {made.rounds:,} rounds", spent, "s", at_most=60)
    yield Row("its ledger", size, "MB")
