"""Runs the benches, prints their table and writes bench.json; each in a process of its own.

python -m tests.bench                 all of them
python -m tests.bench ledger icmp     some
python -m tests.bench --one ledger    one in this process, its rows as JSON on stdout
"""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from rich.console import Console

from tests import bench
from tests.bench.table import Row, document, table

OUT = Path("bench.json")
FURNITURE = {"__main__", "table"}


def names() -> list[str]:
    """Every bench there is."""
    found = (module.name for module in pkgutil.iter_modules(bench.__path__))
    return [name for name in found if name not in FURNITURE and not name.startswith(("test_", "_"))]


def rows_here(name: str) -> Iterable[Row]:
    """The rows of one bench, measured in this process."""
    rows: Iterable[Row] = import_module(f"tests.bench.{name}").rows()
    return rows


def rows_apart(name: str) -> list[Row]:
    """The rows of one bench, measured in a fresh process: no other's memory or garbage counts."""
    words = [sys.executable, "-m", "tests.bench", "--one", name]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    return [Row(**row) for row in json.loads(done.stdout)]


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for; 1 when a bench could not be measured, whatever the figures are."""
    if arguments[:1] == ["--one"]:
        print(json.dumps([asdict(row) for row in rows_here(arguments[1])]))
        return 0
    screen = Console(stderr=True)
    rows: list[Row] = []
    failed: list[str] = []
    for name in arguments or names():
        screen.print(f"measuring {name} ...", style="dim")
        try:
            rows += rows_apart(name)
        except subprocess.CalledProcessError as error:
            failed.append(f"{name} (exit {error.returncode})")
        OUT.write_text(json.dumps(document(rows), indent=1) + "\n")
    Console(width=None if sys.stdout.isatty() else 140).print(table(rows))
    for failure in failed:
        screen.print(f"not measured: {failure}", style="red")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
