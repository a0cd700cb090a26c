"""What the nightly analysis costs: circuits with 56 days of five-minute bins, beside a daemon.

python -m tests.bench analysis            as below, with CIRCUITS circuits: some minutes
python -m tests.bench.analysis 100        the table alone, with so many

Each circuit has ten packets in ten seconds, a daily swing and noise; every fourth one a device that is
polled each minute. A few of them are made, and written for all. One in eight has a level that rises in
the time that is watched. Each has a year of daily summaries, of which the look ahead at a night's end
draws its lines. What the daemon beside it feels is held against the same daemon alone just before.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from rich.console import Console

from collector.analysis.readings import METRICS, Day
from collector.apart import in_a_process
from collector.ledger import analysed
from collector.ledger.bulk import bins_of
from collector.ledger.chunks import HOUR_MS, encode_samples
from collector.ledger.ledger import Ledger
from collector.ledger.rounds import Rounds
from collector.performance.nightly.work import Analysed
from collector.targets import planned
from config.load import load_text
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant, SystemClock
from probes.model import Sample
from tests.bench._night import Spent, foreseen, spent
from tests.bench.sla import ALONE_SECONDS, TARGETS, lateness, targets
from tests.bench.table import Row, table
from tests.e2e.daemon import Daemon

CLOCK = SystemClock()
CIRCUITS = 1_000
DAYS, YEAR = 56, 365
NOW_MS = round(datetime(2026, 5, 1, 2, 30, tzinfo=UTC).timestamp() * 1000)
END_MS = NOW_MS // HOUR_MS * HOUR_MS
BEGIN_MS = END_MS - DAYS * 24 * HOUR_MS
KINDS = 8
"""So many different circuits are made."""
POLLED = 4
"""Every so many-th circuit has a device that is asked."""
ROUND_MS, PACKETS = 10_000, 10
POLL_MS = 60_000
CONFIG = """\
site: edge
sites: {edge: {timezone: Europe/Berlin, reference: none}}
carriers: {acme: {name: Acme}}
credentials: {all: {version: 2c, community: bench}}
circuits:
"""


def settings(ledger: Path, circuits: int) -> Settings:
    """The configuration of so many circuits."""
    icmp = f"pe: {{icmp: 192.0.2.1, every: 10s, packets: {PACKETS}}}"
    snmp = f"cpe: {{snmp: 192.0.2.2, credentials: all, interface: wan, every: {POLL_MS // 1000}s}}"
    lines = [
        f"  c{number:04}: {{carrier: acme, site: edge, bandwidth: {{down: 100M, up: 100M, commit: 50M}}, "
        f"probes: {{{f'{icmp}, {snmp}' if number % POLLED == 0 else icmp}}}}}"
        for number in range(circuits)
    ]
    text = f"ledger: {{path: {ledger}}}\n{CONFIG}" + "\n".join(lines)
    return load_text(text, "bench.yaml", host="bench", environ={}).settings


def rounds(kind: int, day: int) -> Rounds:
    """A day of a circuit of some kind."""
    chance = np.random.default_rng([kind, day])
    at_ms = BEGIN_MS + day * 24 * HOUR_MS + ROUND_MS * np.arange(24 * HOUR_MS // ROUND_MS)
    n = len(at_ms)
    swing = np.sin(at_ms / (24 * HOUR_MS) * 2 * np.pi) * 10_000
    level = 200_000 + swing + (60_000 if kind == 0 and day >= DAYS - 10 else 0)
    came = chance.random(n * PACKETS) > 1 / 1_000
    rtts = np.repeat(level, PACKETS) + chance.exponential(4_000 + 1_000 * kind, n * PACKETS)
    return Rounds(
        every_ms=ROUND_MS,
        at_ms=at_ms,
        epoch=np.ones(n, np.int64),
        sent=np.full(n, PACKETS),
        received=came.reshape(n, PACKETS).sum(axis=1),
        reason=np.zeros(n, np.uint8),
        timing=np.zeros(n, np.uint8),
        first=np.arange(n + 1) * PACKETS,
        answered=came,
        rtts=np.rint(rtts[came]).astype(np.int64),
        detail=("",) * n,
    )


def polled(hour: int) -> bytes:
    """An hour of a device's answers."""
    chance = np.random.default_rng(hour)
    rows = [
        Sample(1, hour * HOUR_MS + minute * POLL_MS, 1, f"if_{way}_utilisation_ratio", float(ratio))
        for minute in range(HOUR_MS // POLL_MS)
        for way, ratio in zip(("receive", "transmit"), 0.4 + 0.05 * chance.random(2), strict=True)
    ]
    return encode_samples(rows)


def days_of(circuit: str, number: int) -> Iterator[Day]:
    """A year of a circuit's days, its load growing slowly."""
    chance = np.random.default_rng(number)
    last = datetime.fromtimestamp(END_MS // 1000, UTC).date()
    for metric in METRICS if number % POLLED == 0 else METRICS[:-1]:
        for place, noise in enumerate(chance.normal(0, 0.01, YEAR)):
            value = 0.3 + 0.000_2 * place + noise
            day = last - timedelta(days=YEAR - place)
            yield Day(circuit, metric, day, 288, 288, value, value, 1.1 * value, 1.2 * value)


def make(path: Path, circuits: int) -> Settings:
    """The circuits' ledger, and its configuration."""
    read = settings(path, circuits)
    with Ledger.open(path, clock=CLOCK, reserve_bytes=0) as ledger:
        ledger.open_epoch(CLOCK.now(), boot_id="bench", synchronised=True, why="start")
        for plan in planned(read, date(2026, 4, 1)):
            ledger.series(plan.key)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        known = dict(connection.execute("SELECT circuit, id FROM series WHERE kind = 'icmp'"))
        by_kind = [
            [known[f"c{number:04}"] for number in range(kind, circuits, KINDS)] for kind in range(KINDS)
        ]
        for kind, numbers in enumerate(by_kind):
            for day in range(DAYS):
                made = rounds(kind, day)
                for hour, data in bins_of(made, np.ones(len(made), np.int8)):
                    connection.executemany(
                        "INSERT INTO bins VALUES (?, ?, ?)", ((number, hour, data) for number in numbers)
                    )
        for hour in range(BEGIN_MS // HOUR_MS, END_MS // HOUR_MS):
            connection.execute(
                "INSERT INTO chunk SELECT ?, id, 60, x'', ? FROM series WHERE kind = 'snmp'",
                (hour, polled(hour)),
            )
            connection.execute("INSERT INTO hour VALUES (?, 0, 0)", (hour,))
        connection.execute("INSERT INTO watermark VALUES ('edge', ?)", (NOW_MS,))
        connection.execute("INSERT INTO compaction VALUES ('edge', ?, 0)", (END_MS,))
        for number, name in enumerate(known):  # as if each night had been analysed
            analysed.put_until(connection, name, END_MS - 24 * HOUR_MS)
            analysed.put_days(connection, days_of(name, number))
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    return read


def night(read: Settings, ledger: Path) -> list[Spent]:
    """Everything, a process after the other, as the daemon does it."""
    left, found = list(read.here()), list[Spent]()
    while left:
        found.append(asyncio.run(in_a_process(spent, read, ledger, NOW_MS, left)))
        left = left[len(found[-1].done) :]
    return found


def look_ahead(read: Settings, ledger: Path) -> tuple[Spent, int]:
    """What ends a night, and of how many levels it tells."""
    return asyncio.run(in_a_process(foreseen, read, ledger, Instant(NOW_MS * NS_PER_MS, 0)))


def rows(circuits: int = CIRCUITS) -> Iterator[Row]:
    """Every figure."""
    with tempfile.TemporaryDirectory(prefix="linkledger-bench-") as name:
        folder = Path(name)
        ledger = folder / "ledger.db"
        read = make(ledger, circuits)
        yield Row(f"ledger of {circuits:,} circuits, {DAYS} days of bins", ledger.stat().st_size / 1e9, "GB")
        (folder / "daemon").mkdir()
        with Daemon(folder / "daemon", targets()) as daemon:
            daemon.until_ready()
            start = lateness(daemon)
            time.sleep(ALONE_SECONDS)
            before = lateness(daemon)
            found = night(read, ledger)
            ahead, levels = look_ahead(read, ledger)
            after = lateness(daemon)
            daemon.stop()
    done = [one for part in found for one in part.done]
    assert len(done) == circuits
    assert not any(one.problem for one in done)
    yield from _figures(circuits, [*found, ahead], done)
    yield Row(f"of it the look ahead, {levels:,} levels", ahead.cpu_seconds, "s")
    yield Row(
        f"daemon, {TARGETS:,} targets, meanwhile: schedule lateness p99, at most",
        *(after.since(before).p99_ms, "ms"),
        at_most=20,
        peer="the same alone",
        peer_figure=before.since(start).p99_ms,
    )


def _figures(circuits: int, found: Sequence[Spent], done: Sequence[Analysed]) -> Iterator[Row]:
    cpu = sum(one.cpu_seconds for one in found)
    yield Row(f"nightly analysis of {circuits:,} circuits, CPU of one core", cpu, "s", at_most=600)
    yield Row("of one circuit, four metrics", 1000 * cpu / circuits, "ms")
    yield Row("a process of it, at most", max(one.peak_bytes for one in found) / 2**20, "MiB", at_most=300)
    risen = {one.circuit for one in done for part in one.changed if part.findings}
    right = {f"c{number:04}" for number in range(0, circuits, KINDS)}
    yield Row("levels that rose and were found", 100 * len(right & risen) / len(right), "%", at_least=100)
    yield Row("circuits with a finding that nothing was done to", float(len(risen - right)), "circuits")


def main(arguments: Sequence[str]) -> None:
    """The table."""
    Console(width=160).print(table(rows(*map(int, arguments))))


if __name__ == "__main__":
    main(sys.argv[1:])
