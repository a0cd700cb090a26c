"""`linkledger status` as a whole process, on a ledger of ten million rounds."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from probes.clock import SystemClock
from tests.bench.ledger import make_ledger
from tests.bench.table import Row

ROUNDS = 10_000_000
TIMES = 9


def milliseconds(*words: str, folder: Path) -> float:
    """The median wall time of a process."""
    clock, spent = SystemClock(), []
    for _ in range(TIMES):
        begun = clock.now()
        subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        spent.append((clock.now() - begun) / 1e6)
    return statistics.median(spent)


def rows() -> Iterator[Row]:
    """The command as a user runs it; beside it, what Python and click alone take."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_ledger(folder / "linkledger-data" / "ledger.db", ROUNDS)
        status = milliseconds(sys.executable, "-m", "collector", "status", folder=folder)
        bare = milliseconds(sys.executable, "-c", "import click, sqlite3", folder=folder)
    what = "python -c 'import click, sqlite3'"
    yield Row(f"`status`, {ROUNDS:,} rounds", status, "ms", at_most=200, peer=what, peer_figure=bare)
