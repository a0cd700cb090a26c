"""Ledgers with packed hours, and a slow reference for curves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from collector.ledger.archive import Chunk, put_bins, put_chunk
from collector.ledger.bins import UP, make_bins
from collector.ledger.chunks import encode, encode_samples
from collector.ledger.ledger import Ledger
from collector.ledger.model import HOUR_MS
from collector.ledger.reader import SqliteReader
from collector.ledger.rounds import Rounds
from config.settings import Settings
from probes.model import Reason, Round, Sample
from tests.collector.ledgers import BEGIN_MS, PATIENCE
from tests.config.estate import GOOD, load_text_at

HOUR = BEGIN_MS // HOUR_MS
DAY_MS = 24 * HOUR_MS
MINUTE_MS = 60_000


def settings_of(directory: Path, text: str = GOOD) -> Settings:
    """A configuration with the circuit lon-acme and its probe pe."""
    return load_text_at(directory, text).settings


def one_round(at_ms: int, *rtts: int | None, series: int = 1, every_ms: int = MINUTE_MS) -> Round:
    """A round with these RTTs, None for a lost packet."""
    received = len(rtts) - rtts.count(None)
    reason = Reason.NONE if received else Reason.TIMEOUT
    return Round(series, at_ms, every_ms, 1, len(rtts), received, rtts, reason)


def wavy(from_ms: int, to_ms: int, series: int = 1, every_ms: int = MINUTE_MS) -> list[Round]:
    """Rounds of three packets with a loss now and then, different at every slot, the same at every run."""
    found = []
    for at_ms in range(from_ms, to_ms, every_ms):
        number = at_ms // every_ms
        rtts = [200_000 + (number * 7_919 + packet * 104_729) % 30_011 for packet in range(3)]
        lost = number % 11
        found.append(
            one_round(
                at_ms,
                *(None if packet == lost or lost == 5 else rtt for packet, rtt in enumerate(rtts)),
                series=series,
                every_ms=every_ms,
            )
        )
    return found


def pack(ledger: Ledger, site: str, rounds: Iterable[Round], samples: Sequence[Sample] = ()) -> None:
    """Write whole hours of rounds as chunks and bins, and say that the site is packed up to their end."""
    by_hour: dict[tuple[int, int], list[Round]] = {}
    for one in rounds:
        by_hour.setdefault((one.at_ms // HOUR_MS, one.series), []).append(one)

    def job(connection: sqlite3.Connection) -> None:
        for (hour, series), some in sorted(by_hour.items()):
            columns = Rounds.of(some[0].every_ms, some)
            said = [one for one in samples if one.series == series and one.at_ms // HOUR_MS == hour]
            packed = encode_samples(said) if said else None
            put_chunk(connection, Chunk(hour, series, len(some), encode(columns), packed))
            put_bins(connection, series, hour, make_bins(columns, np.full(len(some), UP, np.int8)))
        end_ms = (max(hour for hour, _ in by_hour) + 1) * HOUR_MS
        connection.execute("INSERT OR REPLACE INTO compaction VALUES (?, ?, 0)", (site, end_ms))

    ledger.write(job).result(PATIENCE)


def write(ledger: Ledger, statement: str, *values: object) -> None:
    """One statement on the ledger's own connection."""
    ledger.write(lambda connection: connection.execute(statement, values)).result(PATIENCE)


def nearest(rtts: Sequence[int], percent: int) -> float:
    """The nearest-rank percentile in seconds, the slow way."""
    ordered = sorted(rtts)
    return ordered[max(1, -(-percent * len(ordered) // 100)) - 1] / 1e7


def read(path: Path) -> SqliteReader:
    """A reader of the file."""
    return SqliteReader(path)
