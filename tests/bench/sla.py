"""What statements cost: a month of one circuit, a thousand circuits beside a daemon, a history file.

python -m tests.bench sla              as below, with CIRCUITS circuits
python -m tests.bench.sla 1000         the table alone, with so many
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from collector.history import read_csv, read_history
from collector.ledger.reader import SqliteReader
from collector.many import MOST_WORKERS as WORKERS
from collector.many import in_processes
from collector.statements import statements
from probes.clock import NS_PER_MS, Instant, SystemClock
from tests.bench import _months as months
from tests.bench.table import Row, table
from tests.e2e.daemon import Daemon

CLOCK = SystemClock()
NOW = Instant(months.NOW_MS * NS_PER_MS, 0)
TIMES = 7
CIRCUITS, MOST = 200, 1_000
TARGETS = 1_000
ALONE_SECONDS = 20
LATENESS = "linkledger_scheduler_lateness_seconds_bucket"
OBJECTIVES = 9


class Lateness(NamedTuple):
    """How many slots were served at most so late, by seconds."""

    up_to: dict[float, float]

    def since(self, before: Lateness) -> Lateness:
        """Those that came after `before`."""
        return Lateness({edge: n - before.up_to[edge] for edge, n in self.up_to.items()})

    @property
    def p99_ms(self) -> float:
        """The upper edge of the bucket that the 99th percentile lies in."""
        wanted = 0.99 * max(self.up_to.values())
        return 1000 * min(edge for edge, n in self.up_to.items() if n >= wanted)


def measure_month(ledger: Path) -> dict[str, float]:
    """The shortest time (ms) of a statement, and the most bytes that this process held for the first one."""
    read = months.settings(ledger, 1)
    spent, peak_bytes = list[float](), 0
    for _ in range(TIMES):
        begun = CLOCK.now()
        with SqliteReader(ledger) as reader:
            (found,) = statements(read, reader, period=months.PERIOD, circuits=[months.name_of(0)], now=NOW)
        spent.append((CLOCK.now() - begun) / 1e6)
        peak_bytes = peak_bytes or peak()
        assert len(found.objectives) == OBJECTIVES
        assert found.credit.amount
    return {"ms": min(spent), "bytes": peak_bytes}


def peak() -> int:
    """The most memory that this process has held; getrusage would tell our parent's."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) * 1024


def a_month(folder: Path) -> Iterator[Row]:
    """One circuit's month, judged in a process of its own."""
    months.make(folder / "one.db", 1)
    found = apart("month", folder / "one.db")
    what = f"a month's statement, {months.PACKETS_IN_ALL:,} packets, {OBJECTIVES} objectives"
    yield Row(what, found["ms"], "ms", at_most=400)
    yield Row("the process that made it, at most", found["bytes"] / 2**20, "MiB", at_most=200)


def apart(what: str, path: Path) -> dict[str, float]:
    """What is measured in a fresh process: no other's memory or garbage counts."""
    words = [sys.executable, "-m", "tests.bench.sla", what, str(path)]
    found: dict[str, float] = json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)
    return found


def targets() -> dict[str, Any]:
    """A configuration of a thousand circuits on loopback, one packet a second each."""
    probe = {"every": "1s", "packets": 1, "timeout": "900ms"}
    circuits = {
        f"t{n:04}": {
            "carrier": "acme",
            "site": "near",
            "probes": {"far": {"icmp": f"127.1.{n // 250}.{n % 250 + 1}", **probe}},
        }
        for n in range(TARGETS)
    }
    return {
        "site": "near",
        "sites": {"near": {"timezone": "UTC", "reference": [{"icmp": "127.0.0.1", "owner": "ours"}]}},
        "carriers": {"acme": {"name": "Acme"}},
        "circuits": circuits,
    }


def lateness(daemon: Daemon) -> Lateness:
    """Since the daemon's start."""
    cells = {dict(labels)["le"]: n for (name, labels), n in daemon.metrics().items() if name == LATENESS}
    return Lateness({float(edge): n for edge, n in cells.items()})


def many(folder: Path, circuits: int) -> Iterator[Row]:
    """The statements of so many circuits in worker processes, and what a daemon beside them feels."""
    ledger = folder / "many.db"
    begun = CLOCK.now()
    read = months.make(ledger, circuits, margin_hours=24)
    made = (CLOCK.now() - begun) / 1e9
    size = ledger.stat().st_size / 1e9
    yield Row(f"ledger of {circuits:,} such circuits, made in {made:.0f} s", size, "GB")
    names = [months.name_of(number) for number in range(circuits)]
    (folder / "daemon").mkdir()
    with Daemon(folder / "daemon", targets()) as daemon:
        daemon.until_ready()
        start = lateness(daemon)
        time.sleep(ALONE_SECONDS)
        before, begun, used = lateness(daemon), CLOCK.now(), workers_cpu_seconds()
        found = sum(1 for _ in in_processes(read, ledger, period=months.PERIOD, circuits=names, now=NOW))
        spent, after = (CLOCK.now() - begun) / 1e9, lateness(daemon)
        used = workers_cpu_seconds() - used
        skipped = daemon.total("linkledger_scheduler_skipped_total")
        daemon.stop()
    assert found == circuits
    yield Row(f"statements of {circuits:,} circuits, {WORKERS} worker processes", spent, "s")
    yield Row("CPU for each of them, the workers' start included", 1000 * used / circuits, "ms")
    whole = f"the same of {MOST:,} circuits" + (f", from {circuits:,}" if circuits != MOST else "")
    yield Row(whole, spent * MOST / circuits, "s", at_most=300)
    beside = f"daemon, {TARGETS:,} targets, meanwhile"
    late = f"{beside}: schedule lateness p99, at most"
    yield Row(
        late,
        after.since(before).p99_ms,
        "ms",
        at_most=20,
        peer="the same alone",
        peer_figure=before.since(start).p99_ms,
    )
    sent, lost = packets(daemon.ledger)
    yield Row(
        f"{beside}: packets not answered of {sent:,}, slots skipped", lost + skipped, "packets", at_most=0
    )


def workers_cpu_seconds() -> float:
    """What all worker processes that have ended took: that no other work on the machine changes."""
    for child in multiprocessing.active_children():
        child.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def packets(ledger: Path) -> tuple[int, int]:
    """Sent and lost, by the ledger's account."""
    sent = received = 0
    with SqliteReader(ledger) as reader:
        for _, rounds in reader.iter_rounds():
            sent, received = sent + int(rounds.sent.sum()), received + int(rounds.received.sum())
    return sent, sent - received


def a_history(folder: Path) -> Iterator[Row]:
    """The same month out of a file, as `replay` reads it."""
    rows = list(months.as_history())
    whole, table_of_them = folder / "month.json", folder / "month.csv"
    whole.write_text(json.dumps({"circuit": {"id": "c0000", "timezone": "UTC"}, "rounds": rows}))
    with table_of_them.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(
            {**row, "rtt_ms": ";".join("" if one is None else str(one) for one in row["rtt_ms"])}
            for row in rows
        )
    for path in (whole, table_of_them):
        found = apart("history", path)
        what = f"a month's history file read ({path.suffix[1:].upper()}, {path.stat().st_size / 1e6:.0f} MB)"
        yield Row(what, found["ms"] / 1000, "s")
        yield Row("the process that read it, at most", found["bytes"] / 2**20, "MiB")


def measure_history(path: Path) -> dict[str, float]:
    """The time of one reading, and the most bytes that this process held."""
    begun = CLOCK.now()
    history = read_history(path) if path.suffix == ".json" else read_csv(None, path)
    spent = (CLOCK.now() - begun) / 1e6
    ((_, seen),) = history.circuits.values()
    assert len(seen.measured[0].rounds) == months.HOURS * months.ROUNDS
    return {"ms": spent, "bytes": peak()}


def rows(circuits: int = CIRCUITS) -> Iterator[Row]:
    """Every figure."""
    with tempfile.TemporaryDirectory(prefix="linkledger-bench-") as name:
        folder = Path(name)
        yield from a_month(folder)
        yield from many(folder, circuits)
        yield from a_history(folder)


MEASURE = {"month": measure_month, "history": measure_history}


def main(arguments: Sequence[str]) -> None:
    """One figure for `apart`, or the table."""
    if arguments[:1] and arguments[0] in MEASURE:
        print(json.dumps(MEASURE[arguments[0]](Path(arguments[1]))))
        return
    Console(width=160).print(table(rows(*map(int, arguments))))


if __name__ == "__main__":
    main(sys.argv[1:])
