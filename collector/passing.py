"""A passing ledger: where rounds are kept while the configured one can't be had, and how they get home.

A disk that is full, read-only or gone at the start is no reason to stop measuring. The passing ledger
lies in memory (/dev/shm) where there is such a place, for the ordinary disk may be the full one. It
is bounded, and gone with the process; until then nothing of it is given up, because its rounds wait
for a consumer that only `take_home` is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from collector.ledger.errors import LedgerError, LedgerUnwritable
from collector.ledger.ledger import Ledger
from collector.ledger.reader import SqliteReader
from collector.ledger.store import move_cursor
from probes.clock import Instant
from probes.model import Outcome

PLACES = (Path("/dev/shm"), Path(tempfile.gettempdir()))  # noqa: S108 - a folder of our own is made there
MAX_BYTES = 256_000_000
"""Some hours of a thousand targets; beyond it the oldest hours go."""
PAGE_ROWS = 5_000
PAGE_SECONDS = 30.0
"""How long a page may take to be durable; after that it waits in the ledger's queue."""
_HOME = "passing:home"
"""The consumer that holds the passing log: it never moves."""

Opener = Callable[..., Ledger]


@contextmanager
def passing_ledger(opener: Opener) -> Iterator[Ledger]:
    """A ledger that is gone after the block, opened with `opener(path, max_bytes=, reserve_bytes=)`.

    The caller closes it. Raises LedgerUnwritable when no place takes it.
    """
    with ExitStack() as stack:
        ledger = _somewhere(opener, stack)
        ledger.write(lambda connection: move_cursor(connection, _HOME, 0))
        yield ledger


def _somewhere(opener: Opener, stack: ExitStack) -> Ledger:
    for place in PLACES:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="linkledger-", dir=place))
            return opener(Path(folder) / "ledger.db", max_bytes=MAX_BYTES, reserve_bytes=0)
        except (OSError, LedgerError):
            continue
    raise LedgerUnwritable(
        f"nothing can be written in {' or '.join(map(str, PLACES))} either: free some space"
    )


def take_home(passing: Path, home: Ledger) -> int:
    """Append everything that the passing ledger holds to the configured one; gives the number of rounds.

    Series keep their keys and epochs what they say, under the numbers that they have at home.
    """
    with SqliteReader(passing) as reader:
        series = {one.id: home.series(one.key) for one in reader.series()}
        epochs = {
            one.id: home.open_epoch(
                Instant(one.wall_ns, one.mono_ns),
                boot_id=one.boot_id,
                synchronised=one.synchronised,
                why=one.why,
            )
            for one in reader.epochs()
        }
        seq = taken = 0
        while rows := reader.scan(seq, PAGE_ROWS):
            home.append([_renumbered(row.outcome, series, epochs) for row in rows])
            home.flush(PAGE_SECONDS)
            seq, taken = rows[-1].seq, taken + len(rows)
    return taken


def _renumbered(outcome: Outcome, series: Mapping[int, int], epochs: Mapping[int, int]) -> Outcome:
    one = outcome.round
    return Outcome(
        one and replace(one, series=series[one.series], epoch=epochs[one.epoch]),
        tuple(
            replace(sample, series=series[sample.series], epoch=epochs[sample.epoch])
            for sample in outcome.samples
        ),
    )
