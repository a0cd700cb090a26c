"""What pictures cost: two years from bins, a day from chunks, the sparklines of a thousand circuits.

python -m tests.bench curves

Ten packets every ten seconds, normal jitter of 300 us around 20 ms, and of 4 ms on a noisy line. A file
as large as one of 10 GB would take ten minutes to fill; what matters for reading is how deep its tables
are and how far apart a series' rows lie, so a file of some 700 MB is made whose newest days hold the
chunks of a thousand series and whose bins are two years of twelve. Pages are in the page cache; curves
are drawn in a fresh reader.
The log has no index by series: another file holds what two hours of a thousand circuits leave in it.
"""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from collector.charts.smoke import smoke
from collector.curves.grid import DAY_MS
from collector.curves.rtt import RttCurve, rtt_of
from collector.curves.shown import as_json
from collector.curves.sparks import sparks
from collector.ledger.archive import Chunk, put_bins, put_chunk
from collector.ledger.bins import UP, Bin, make_bins
from collector.ledger.chunks import HOUR_MS, encode
from collector.ledger.ledger import Ledger
from collector.ledger.model import SeriesKey
from collector.ledger.reader import SqliteReader
from collector.ledger.rounds import Rounds
from config.load import load
from config.settings import Settings
from tests.bench.ledger import BEGIN_MS, CLOCK, RTT, SIGMA, seconds
from tests.bench.table import Row

EVERY_MS, ROUNDS, PACKETS = 10_000, 360, 10
SERIES, LONG = 1_000, 12
YEARS_MS = 730 * DAY_MS
HOURS_OF_ALL = 60
"""Hours of which every series has a chunk and bins."""
DIFFERENT = 48
"""Different hours of packets; they are repeated."""
NOISY_SIGMA = 40_000
HOURS_OPEN = 2
Hour = tuple[Rounds, list[Bin], list[Bin]]
"""Rounds, their bins, and the bins of a noisy line."""


def rows() -> Iterator[Row]:
    """Every figure."""
    with tempfile.TemporaryDirectory(prefix="linkledger-bench-") as name:
        path = Path(name) / "curves.db"
        numbers = make(path)
        size = f"{path.stat().st_size / 1e9:.1f} GB"
        years, day = _drawn(path, numbers[LONG // 2], YEARS_MS), _drawn(path, numbers[SERIES // 2], DAY_MS)
        yield _row(f"two years of a circuit from bins ({size})", seconds(years, 5))
        noisy = _drawn(path, numbers[0], YEARS_MS)
        yield _row(f"two years of a noisy circuit from bins ({size})", seconds(noisy, 5))
        yield _row(f"a day of a circuit from chunks of {SERIES:,} series ({size})", seconds(day, 5))
        curve = years()
        yield Row("two years as JSON", seconds(lambda: as_json(curve), 5) * 1e3, "ms")
        yield Row("two years as SVG", seconds(lambda: smoke(curve, zone="UTC"), 5) * 1e3, "ms")
        yield from _sparks(path)
        yield _open_log(Path(name) / "log.db")


def make(path: Path) -> list[int]:
    """The file; its series' numbers, of which the first LONG have two years of bins."""
    chance = np.random.default_rng(1)
    forever = 100 * 366 * DAY_MS
    hours = [_made(chance) for _ in range(DIFFERENT)]
    end = (BEGIN_MS + YEARS_MS) // HOUR_MS
    with Ledger.open(path, clock=CLOCK, reserve_bytes=0, keep_ms=forever, commit_every_ms=1) as ledger:
        numbers = [ledger.series(_key(f"circuit-{i:04}")) for i in range(SERIES)]
        ledger.open_epoch(CLOCK.now(), boot_id="bench", synchronised=True, why="start")
        for first in range(end - YEARS_MS // HOUR_MS, end, 24):
            some = range(first, min(end, first + 24))
            ledger.write(_keep({hour: hours[hour % DIFFERENT] for hour in some}, numbers, end)).result()
        done = (("lon-01", end * HOUR_MS),)
        ledger.write(
            lambda connection: connection.executemany("INSERT INTO compaction VALUES (?, ?, 0)", done)
        ).result()
    return numbers


def _key(circuit: str) -> SeriesKey:
    return SeriesKey("edge", "lon-01", "acme", circuit, "pe", "icmp", EVERY_MS, "bench")


def _hour(chance: np.random.Generator, sigma: int) -> Rounds:
    """An hour from 0 on, one packet in a thousand lost."""
    answered = chance.random(ROUNDS * PACKETS) > 0.001
    return Rounds(
        every_ms=EVERY_MS,
        at_ms=EVERY_MS * np.arange(ROUNDS),
        epoch=np.ones(ROUNDS, np.int64),
        sent=np.full(ROUNDS, PACKETS),
        received=answered.reshape(ROUNDS, PACKETS).sum(axis=1),
        reason=np.zeros(ROUNDS, np.uint8),
        timing=np.zeros(ROUNDS, np.uint8),
        first=PACKETS * np.arange(ROUNDS + 1),
        answered=answered,
        rtts=np.rint(chance.normal(RTT, sigma, int(answered.sum()))).clip(1).astype(np.int64),
        detail=("",) * ROUNDS,
    )


def _made(chance: np.random.Generator) -> Hour:
    rounds, noisy = (_hour(chance, sigma) for sigma in (SIGMA, NOISY_SIGMA))
    said = np.full(ROUNDS, UP, np.int8)
    return rounds, make_bins(rounds, said), make_bins(noisy, said)


def _keep(hours: dict[int, Hour], numbers: Sequence[int], end: int) -> Callable[[sqlite3.Connection], None]:
    def job(connection: sqlite3.Connection) -> None:
        for hour, (rounds, *like) in hours.items():
            bins, noisy = ([replace(one, at_ms=one.at_ms + hour * HOUR_MS) for one in some] for some in like)
            of_all = hour >= end - HOURS_OF_ALL
            moved = replace(rounds, at_ms=rounds.at_ms + hour * HOUR_MS)
            data = encode(moved) if of_all else b""
            for number in numbers if of_all else numbers[:LONG]:
                put_bins(connection, number, hour, noisy if number == numbers[0] else bins)
                if of_all:
                    put_chunk(connection, Chunk(hour, number, ROUNDS, data, None))

    return job


def _drawn(path: Path, number: int, span_ms: int) -> Callable[[], RttCurve]:
    end_ms = BEGIN_MS + YEARS_MS

    def work() -> RttCurve:
        with SqliteReader(path) as reader:
            series = [one for one in reader.series() if one.id == number]
            found = rtt_of(reader, series, end_ms - span_ms, end_ms)
        assert found.sent.sum() == span_ms // EVERY_MS * PACKETS
        return found

    return work


def _open_log(path: Path) -> Row:
    """A day's chart where nothing is packed yet."""
    end_ms = BEGIN_MS + HOURS_OPEN * HOUR_MS
    packets = struct.pack(f"<{PACKETS}i", *range(RTT, RTT + PACKETS))
    with Ledger.open(path, clock=CLOCK, reserve_bytes=0, commit_every_ms=1) as ledger:
        numbers = [ledger.series(_key(f"circuit-{i:04}")) for i in range(SERIES)]
        ledger.open_epoch(CLOCK.now(), boot_id="bench", synchronised=True, why="start")

        def job(connection: sqlite3.Connection) -> None:
            for place, at_ms in enumerate(range(BEGIN_MS, end_ms, EVERY_MS)):
                connection.executemany(
                    "INSERT INTO log (series, at_ms, epoch, sent, received, reason, timing, rtts) "
                    "VALUES (?, ?, 1, ?, ?, 0, 0, ?)",
                    ((number, at_ms, PACKETS, PACKETS, packets) for number in numbers),
                )
                block = (place * SERIES + 1, (place + 1) * SERIES, at_ms, at_ms)
                connection.execute("INSERT INTO log_block VALUES (?, ?, ?, ?)", block)

        ledger.write(job).result()

    def day() -> None:
        with SqliteReader(path) as reader:
            series = [one for one in reader.series() if one.id == numbers[-1]]
            found = rtt_of(reader, series, end_ms - DAY_MS, end_ms)
        assert found.sent.sum() == HOURS_OPEN * HOUR_MS // EVERY_MS * PACKETS

    return _row(
        f"a day of a circuit beside an open log of {HOURS_OPEN} h x {SERIES:,} series", seconds(day, 5)
    )


def _row(name: str, taken: float) -> Row:
    return Row(name, taken * 1e3, "ms", at_most=300)


def _sparks(path: Path) -> Iterator[Row]:
    settings, now_ms = _settings(path.parent), BEGIN_MS + YEARS_MS + 60_000
    kept: dict[str, object] = {}
    with SqliteReader(path) as reader:
        first = seconds(lambda: sparks(reader, settings, now_ms, kept))
        again = seconds(lambda: sparks(reader, settings, now_ms + 60_000, kept), 3)
        found = sparks(reader, settings, now_ms, kept)
    assert not np.isnan(found.rtt[:, :-1]).any()
    yield Row(f"sparklines of {SERIES:,} circuits, the first time", first * 1e3, "ms")
    yield Row("the same again a minute later", again * 1e3, "ms")


def _settings(directory: Path) -> Settings:
    """A thousand circuits at one site."""
    path = directory / "linkledger.yaml"
    circuits = "".join(
        f"  circuit-{i:04}: {{carrier: acme, site: lon-01, probes: {{pe: {{icmp: 192.0.2.1}}}}}}\n"
        for i in range(SERIES)
    )
    sites = "site: lon-01\nsites:\n  lon-01: {timezone: Europe/London, reference: none}\n"
    path.write_text(f"{sites}carriers:\n  acme: {{name: Acme Telecom}}\ncircuits:\n{circuits}")
    return load(path, host="edge", environ={}).settings
