"""A made estate under faults, and what the daemon's ledger says of it afterwards.

python -m tests.e2e.estate_run 10        250 circuits for ten minutes; prints the faults, then what was kept

The faults come one after another, each for a tenth of the time: a carrier's line is cut; another loses
a fifth of its packets; a far side's servers die while its addresses still answer; our own gateway is
unplugged; the daemon is killed with -9 and started again.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from collector.ledger.model import Outage
from collector.ledger.reader import SqliteReader
from probes.clock import SystemClock
from tests.e2e.daemon import Daemon
from tests.lab import Wan
from tests.lab.estate import Estate, estate

CARRIERS, CIRCUITS_A_CARRIER = 5, 50
CLOCK = SystemClock()


@dataclass(frozen=True)
class Fault:
    """What was done, when (ms), and until when."""

    name: str
    start_ms: int
    end_ms: int


@contextmanager
def cut(found: Estate, carrier: str) -> Iterator[None]:
    """A carrier's line carries nothing."""
    line = found.lines[carrier]
    line.cut()
    yield
    line.restore()


@contextmanager
def lossy(found: Estate, carrier: str, loss: float) -> Iterator[None]:
    """A carrier's line loses packets by chance, both ways."""
    line = found.lines[carrier]
    assert isinstance(line, Wan)
    line.set(loss=loss)
    yield
    line.set(loss=0)


@contextmanager
def servers_hang(found: Estate, carrier: str) -> Iterator[None]:
    """Nothing is answered at a far side but pings and handshakes, which its kernel answers."""
    process = found.servers[carrier]
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGCONT)


@contextmanager
def unplugged(found: Estate) -> Iterator[None]:
    """Our own gateway can't be reached."""
    found.cable.cut()
    yield
    found.cable.restore()


@contextmanager
def killed(daemon: Daemon) -> Iterator[None]:
    """The daemon is gone, and comes back."""
    daemon.kill()
    yield
    daemon.start()


def run(found: Estate, daemon: Daemon, seconds: float) -> list[Fault]:
    """Let the daemon run through all faults, each `seconds` long and as long apart."""
    first, second, third = list(found.lines)[:3]
    faults: dict[str, AbstractContextManager[None]] = {
        f"the line of {first} is cut": cut(found, first),
        f"the line of {second} loses a fifth": lossy(found, second, 0.2),
        f"the servers behind {third} hang": servers_hang(found, third),
        "our own gateway is unplugged": unplugged(found),
        "the daemon is killed with -9": killed(daemon),
    }
    done = []
    for name, fault in faults.items():
        time.sleep(seconds)
        print(f"{name} for {seconds:.0f} s", file=sys.stderr)
        start_ms = CLOCK.now().wall_ms
        with fault:
            time.sleep(seconds)
        done.append(Fault(name, start_ms, CLOCK.now().wall_ms))
    time.sleep(seconds)
    return done


def outages(daemon: Daemon) -> list[Outage]:
    """What the ledger keeps."""
    with SqliteReader(daemon.ledger) as reader:
        return list(reader.outages())


def main(minutes: float) -> None:
    """Run the estate and show what was kept."""
    with estate(CARRIERS, CIRCUITS_A_CARRIER, faults=True) as found, tempfile.TemporaryDirectory() as name:
        daemon = Daemon(Path(name), found.configuration(), found.edge)
        with daemon:
            faults = run(found, daemon, minutes * 60 / 11)
            print(daemon.command("status"))
            daemon.stop()
        for fault in faults:
            kept = [one for one in outages(daemon) if fault.start_ms <= one.start_ms < fault.end_ms]
            print(f"{fault.name}: {len(kept)} outages", *{one.cause for one in kept}, sep="\n    ")
        for words in (("export",), ("export", "--samples")):
            out = Path(name) / "out.csv"
            daemon.command(*words, "--out", str(out))
            print(" ".join(words), f"{len(out.read_text().splitlines()):,} lines")
            subprocess.run(["sed", "-n", "1p;1000,1012p", str(out)], check=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
