"""What the ledger reaches: appending, packing, and an exact month read back.

python -m tests.bench ledger

Jitter is normal with a sigma of 300 us around 20 ms unless a row says otherwise; files lie in the
directory for temporary files, reads find them in the page cache. The peer is one SQLite table with
the primary key (series, at), the schema that most would begin with, on the same machine in the same run.
"""

from __future__ import annotations

import resource
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from collector.ledger.archive import Chunk, put_bins, put_chunk
from collector.ledger.bins import UP, make_bins
from collector.ledger.chunks import HOUR_MS, decode, encode
from collector.ledger.compact import Pass, answered
from collector.ledger.ledger import Ledger
from collector.ledger.model import SeriesKey
from collector.ledger.opening import connect_writer
from collector.ledger.reader import SqliteReader
from collector.ledger.records import CircuitNow, Figures
from collector.ledger.registry import Registry
from collector.ledger.rounds import Rounds
from collector.ledger.store import put_circuit_now, put_figures
from probes.clock import NS_PER_SECOND, SystemClock
from probes.model import Outcome, Round
from tests.bench.table import Row, table

CLOCK = SystemClock()
BEGIN_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""
SECOND_MS = 1_000
HOUR_ROUNDS = 3_600
MONTH_HOURS = 30 * 24
RTT, SIGMA = 200_000, 3_000
"""20 ms and 300 us in units of 100 ns."""
PEER = "SQLite, primary key (series, at)"


def key(circuit: str) -> SeriesKey:
    """A packet a second over one circuit."""
    return SeriesKey("edge", "lon-01", "acme", circuit, "pe", "icmp", SECOND_MS, "bench")


def hour(begin_ms: int, rtts: NDArray[np.int64]) -> Rounds:
    """Rounds of one packet a second, every one answered."""
    n = len(rtts)
    ones = np.ones(n, np.int64)
    return Rounds(
        every_ms=SECOND_MS,
        at_ms=begin_ms + SECOND_MS * np.arange(n),
        epoch=ones,
        sent=ones,
        received=ones,
        reason=np.zeros(n, np.uint8),
        timing=np.zeros(n, np.uint8),
        first=np.arange(n + 1),
        answered=np.ones(n, np.bool_),
        rtts=rtts,
        detail=("",) * n,
    )


def normal(chance: np.random.Generator) -> NDArray[np.int64]:
    """An hour's RTTs."""
    return np.rint(chance.normal(RTT, SIGMA, HOUR_ROUNDS)).astype(np.int64)


def make_ledger(
    path: Path, rounds: int, *, circuits: int = 100, until_ms: int | None = None, with_bins: bool = False
) -> list[int]:
    """A ledger of about `rounds` rounds in chunks, the status and figures of its circuits; its series.

    The rounds are whole hours of a packet a second for each circuit, up to the hour before `until_ms`
    (now). Circuits share each hour's RTTs: what is read back costs the same, and it is made in seconds.
    """
    hours = max(1, round(rounds / HOUR_ROUNDS / circuits))
    now_ms = CLOCK.now().wall_ms if until_ms is None else until_ms
    end_ms = now_ms // HOUR_MS * HOUR_MS
    chance = np.random.default_rng(1)
    forever = 100 * 366 * 24 * HOUR_MS
    with Ledger.open(path, clock=CLOCK, reserve_bytes=0, keep_ms=forever, commit_every_ms=1) as ledger:
        numbers = [ledger.series(key(f"circuit-{i:04}")) for i in range(circuits)]
        ledger.open_epoch(CLOCK.now(), boot_id="bench", synchronised=True, why="start")
        for begin_ms in range(end_ms - hours * HOUR_MS, end_ms, HOUR_MS):
            packed = hour(begin_ms, normal(chance))
            ledger.write(_keep(numbers, packed, with_bins=with_bins)).result()
        ledger.write(lambda connection: _show(connection, circuits, now_ms)).result()
    return numbers


def _keep(numbers: Sequence[int], rounds: Rounds, *, with_bins: bool) -> Callable[[sqlite3.Connection], None]:
    data, number_of_hour = encode(rounds), int(rounds.at_ms[0]) // HOUR_MS
    bins = make_bins(rounds, np.full(len(rounds), UP, np.int8)) if with_bins else []

    def job(connection: sqlite3.Connection) -> None:
        for number in numbers:
            put_chunk(connection, Chunk(number_of_hour, number, len(rounds), data, None))
            if with_bins:
                put_bins(connection, number, number_of_hour, bins)

    return job


def _show(connection: sqlite3.Connection, circuits: int, now_ms: int) -> None:
    names = [f"circuit-{i:04}" for i in range(circuits)]
    put_circuit_now(
        connection,
        [
            CircuitNow(name, "lon-01", "up", now_ms - HOUR_MS, "", provisional=False, at_ms=now_ms)
            for name in names
        ],
    )
    put_figures(connection, [Figures(name, now_ms, "{}") for name in names])


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """The shortest of so many runs."""
    found = []
    for _ in range(times):
        started = CLOCK.now()
        work()
        found.append((CLOCK.now() - started) / NS_PER_SECOND)
    return min(found)


def appending(directory: Path, rounds: int = 400_000, series: int = 1_000) -> Iterator[Row]:
    """Rounds made durable, a thousand series in turn, from the call to the last commit."""
    batches = [
        [
            Outcome(Round(one, BEGIN_MS + slot * SECOND_MS, SECOND_MS, 1, 1, 1, (RTT + one,)))
            for one in range(1, series + 1)
        ]
        for slot in range(rounds // series)
    ]
    with Ledger.open(directory / "append.db", clock=CLOCK, reserve_bytes=0) as ledger:
        for i in range(series):
            ledger.series(key(f"circuit-{i:04}"))
        ledger.flush(60)

        def append() -> None:
            for batch in batches:
                ledger.append(batch)
                if ledger.statistics().queued > 50_000:
                    ledger.flush(60)
            ledger.flush(60)

        ours = rounds / seconds(append)
    yield Row(
        "rounds appended", ours, "rounds/s", at_least=50_000, peer=PEER, peer_figure=peer_appends(directory)
    )


def peer_appends(directory: Path, rounds: int = 100_000, series: int = 1_000) -> float:
    """Rounds a second into the peer's table, a transaction each 4,096, as durable as ours."""
    rows = [
        (one, BEGIN_MS + slot * SECOND_MS, 1, 1, RTT + one)
        for slot in range(rounds // series)
        for one in range(series)
    ]
    with closing(peer_table(directory / "peer-append.db")) as connection:

        def append() -> None:
            for first in range(0, len(rows), 4_096):
                connection.execute("BEGIN")
                connection.executemany(
                    "INSERT INTO round VALUES (?, ?, ?, ?, ?)", rows[first : first + 4_096]
                )
                connection.execute("COMMIT")

        return rounds / seconds(append)


def writing(directory: Path, series: int = 1_000, slots: int = 120) -> Iterator[Row]:
    """Bytes that reach the disk for a round when a thousand series commit once a second."""
    rounds = series * slots
    with Ledger.open(directory / "write.db", clock=CLOCK, reserve_bytes=0) as ledger:
        numbers = [ledger.series(key(f"circuit-{i:04}")) for i in range(series)]
        ledger.settle(60)
        before = written_bytes()
        for slot in range(slots):
            at_ms = BEGIN_MS + slot * SECOND_MS
            ledger.append([Outcome(Round(one, at_ms, SECOND_MS, 1, 1, 1, (RTT,))) for one in numbers])
            ledger.flush(60)
        ours = (written_bytes() - before) / rounds
    with closing(peer_table(directory / "peer-write.db")) as connection:
        before = written_bytes()
        for slot in range(slots):
            at_ms = BEGIN_MS + slot * SECOND_MS
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO round VALUES (?, ?, 1, 1, ?)", [(one, at_ms, RTT) for one in numbers]
            )
            connection.execute("COMMIT")
        theirs = (written_bytes() - before) / rounds
    yield Row("written to disk, a commit a second", ours, "bytes/round", peer=PEER, peer_figure=theirs)


def written_bytes() -> int:
    """What this process has given the disk to write."""
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counters["write_bytes"])


def peer_table(path: Path) -> sqlite3.Connection:
    """The schema that most would begin with."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE round (series INTEGER, at_ms INTEGER, sent INTEGER, received INTEGER, rtt INTEGER, "
        "PRIMARY KEY (series, at_ms)) WITHOUT ROWID"
    )
    return connection


def packing() -> Iterator[Row]:
    """What a packet takes in a chunk, and how fast it comes back."""
    chance = np.random.default_rng(1)
    uniform = np.rint(RTT + chance.uniform(-SIGMA, SIGMA, HOUR_ROUNDS)).astype(np.int64)
    for name, rtts in (("normal, sigma 300 us", normal(chance)), ("uniform, +-300 us", uniform)):
        size = len(encode(hour(BEGIN_MS, rtts))) / HOUR_ROUNDS
        yield Row(f"a packet in a chunk ({name})", size, "bytes", at_most=2.0)
    whole = hour(BEGIN_MS, normal(chance))
    data = encode(whole)
    yield Row("packets packed", HOUR_ROUNDS / seconds(lambda: encode(whole), 50) / 1e6, "million/s")
    yield Row("packets unpacked", HOUR_ROUNDS / seconds(lambda: decode(data), 200) / 1e6, "million/s")


def a_month(directory: Path, circuits: int = 50) -> Iterator[Row]:
    """Mean, p99 and loss of every packet of one circuit in 30 days, out of a ledger with others."""
    path, until_ms = directory / "month.db", BEGIN_MS + MONTH_HOURS * HOUR_MS
    packets = MONTH_HOURS * HOUR_ROUNDS
    numbers = make_ledger(path, packets * circuits, circuits=circuits, until_ms=until_ms)
    yield Row(
        "file, a packet (chunks alone, pages in use)", path.stat().st_size / packets / circuits, "bytes"
    )
    one = numbers[circuits // 2]

    def ours() -> tuple[float, float, float]:
        with SqliteReader(path) as reader:
            found = reader.rounds([one], BEGIN_MS, until_ms)[one]
        assert len(found) == packets
        return figures(found.rtts, int(found.sent.sum()))

    with closing(peer_table(directory / "peer-month.db")) as connection:
        rtts = np.rint(np.random.default_rng(2).normal(RTT, SIGMA, packets)).astype(np.int64)
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO round VALUES (1, ?, 1, 1, ?)",
            zip(range(BEGIN_MS, until_ms, SECOND_MS), rtts.tolist(), strict=True),
        )
        connection.execute("COMMIT")

        def peer() -> tuple[float, float, float]:
            found = connection.execute("SELECT rtt FROM round WHERE series = 1 ORDER BY at_ms").fetchall()
            return figures(np.array(found, np.int64).reshape(-1), packets)

        theirs = seconds(peer, 2) * 1e3
    yield Row(
        f"an exact month of one circuit of {circuits} (2.6 M packets)",
        seconds(ours, 5) * 1e3,
        "ms",
        at_most=400,
        peer=f"{PEER}, one circuit alone",
        peer_figure=theirs,
    )


def figures(rtts: NDArray[np.int64], sent: int) -> tuple[float, float, float]:
    """Exact mean, nearest-rank p99 and loss ratio."""
    rank = -(-99 * len(rtts) // 100) - 1
    return float(rtts.mean()), float(np.partition(rtts, rank)[rank]), 1 - len(rtts) / sent


def compacting(directory: Path, series: int = 1_000) -> Iterator[Row]:
    """A complete hour of a thousand series from the log to chunks and bins."""
    path = directory / "compact.db"
    with Ledger.open(path, clock=CLOCK, reserve_bytes=0) as ledger:
        numbers = [ledger.series(key(f"circuit-{i:04}")) for i in range(series)]
        chance = np.random.default_rng(1)
        for at_ms in range(BEGIN_MS, BEGIN_MS + HOUR_MS, SECOND_MS):
            rtts = np.rint(chance.normal(RTT, SIGMA, series)).astype(np.int64).tolist()
            ledger.append(
                [
                    Outcome(Round(one, at_ms, SECOND_MS, 1, 1, 1, (rtt,)))
                    for one, rtt in zip(numbers, rtts, strict=True)
                ],
                {"lon-01": at_ms},
            )
            if ledger.statistics().queued > 50_000:
                ledger.flush(60)
    with closing(connect_writer(path)) as connection:
        ends = {"lon-01": BEGIN_MS + HOUR_MS}
        work = Pass(connection, Registry(connection), answered, ends, BEGIN_MS).steps()
        before, resident, moments = resident_bytes(), [0], [CLOCK.now()]
        for _ in work:
            moments.append(CLOCK.now())
            resident.append(resident_bytes())
    steps = [(later - earlier) / NS_PER_SECOND for earlier, later in pairwise(moments)]
    yield Row("an hour of 1,000 series packed", sum(steps), "s")
    yield Row("its longest step between two commits", max(steps) * 1e3, "ms", at_most=500)
    yield Row("memory for it", (max(resident) - before) / 1e6, "MB", at_most=20)


def resident_bytes() -> int:
    """What this process holds of the machine's memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def rows() -> Iterator[Row]:
    """Every figure."""
    with tempfile.TemporaryDirectory(prefix="linkledger-bench-") as name:
        directory = Path(name)
        yield from compacting(directory)
        yield from appending(directory)
        yield from writing(directory)
        yield from packing()
        yield from a_month(directory)


if __name__ == "__main__":
    Console(width=160).print(table(rows()))
