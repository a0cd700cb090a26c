"""`linkledger export`: the raw rounds and samples, also while the daemon writes and while none runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from collector.cli.common import (
    BAD_ANSWER,
    UNREACHABLE,
    USAGE,
    config_option,
    fail,
    ledger_of,
    verbose_option,
)
from collector.ledger.errors import LedgerError
from collector.ledger.opening import reading
from collector.times import parse_rfc3339

if TYPE_CHECKING:
    from collector.ledger.reader import SqliteReader

    Stream = Callable[[SqliteReader, tuple[int, int], str | None, TextIO], int]
    """Writes what a reader has in a time, of a circuit or of all; returns how many rows."""

EXAMPLES = """\b
Examples:
  linkledger export > rounds.csv
  linkledger export --circuit lon-acme --from 2026-10-01 --to 2026-11-01 --out october.csv
  linkledger export --samples --circuit lon-acme > interface.csv
"""
FOREVER_MS = 2**62


@click.command("export", epilog=EXAMPLES)
@click.option("--from", "begin", help="From this time on (RFC 3339, or a date in UTC).")
@click.option("--to", "end", help="Before this time.")
@click.option("--circuit", help="Only this circuit; else all, and the reference targets.")
@click.option(
    "--samples",
    is_flag=True,
    help="What was found beside the rounds: interfaces, phases, paths, certificates.",
)
@click.option("--format", "form", type=click.Choice(["csv"]), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of stdout.")
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Another file than the configured: a backup, or a damaged one that was set aside.",
)
@config_option
@verbose_option
def export_command(
    begin: str | None,
    end: str | None,
    circuit: str | None,
    samples: bool,
    form: str,
    out: Path | None,
    ledger: Path | None,
    config: Path | None,
    verbose: int,
) -> None:
    """Write raw rounds as CSV, one row a round, RTTs in sending order with a gap for each loss.

    With --samples one row for each value that a probe found beside its round.
    """
    from collector.ledger.reader import SqliteReader

    try:
        span = (parse_rfc3339(begin) if begin else 0, parse_rfc3339(end) if end else FOREVER_MS)
    except ValueError as error:
        fail(USAGE, str(error))
    if span[0] >= span[1]:
        fail(USAGE, f"--to {end} lies before --from {begin}, or at it: there is nothing between")
    ledger = ledger or ledger_of(config)
    try:
        with reading(ledger), SqliteReader(ledger) as reader:
            if circuit and not reader.series(circuit=circuit):
                fail(USAGE, f"the ledger has no circuit {circuit!r}; it has {', '.join(_circuits(reader))}")
            stream = _stream_samples if samples else _stream
            written = _write(stream, reader, span, circuit, out)
            if verbose:
                click.echo(f"{written:,} {'samples' if samples else 'rounds'} of {ledger}", err=True)
            if reader.damaged:
                fail(BAD_ANSWER, f"{ledger}: {len(reader.damaged):,} hours of a series are damaged and left "
                     "out; `linkledger ledger check` names them")  # fmt: skip
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    except BrokenPipeError:
        sys.stderr.close()  # whoever read has seen enough
        sys.exit(0)


def _circuits(reader: SqliteReader) -> list[str]:
    return sorted({one.key.circuit for one in reader.series() if not one.key.circuit.startswith("_")}) or [
        "none"
    ]


def _write(
    stream: Stream, reader: SqliteReader, span: tuple[int, int], circuit: str | None, out: Path | None
) -> int:
    """Returns how many rows were written."""
    if out is None:
        return stream(reader, span, circuit, sys.stdout)
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            return stream(reader, span, circuit, file)
    except OSError as error:
        fail(UNREACHABLE, f"{out}: can't be written: {error.strerror}")


def _stream(reader: SqliteReader, span: tuple[int, int], circuit: str | None, file: TextIO) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from collector.csv_export import header, lines

    written = 0
    file.write(header())
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        total = None if circuit else reader.count_rounds(*span)
        task = progress.add_task("exporting rounds", total=total)
        for series, rounds in reader.iter_rounds(*span, circuit=circuit):
            file.write(lines(series, rounds))
            progress.advance(task, len(rounds))
            written += len(rounds)
    file.flush()
    return written


def _stream_samples(reader: SqliteReader, span: tuple[int, int], circuit: str | None, file: TextIO) -> int:
    from rich.console import Console

    from collector.csv_export import SAMPLE_HEADER, header, sample_lines

    written = 0
    file.write(header(SAMPLE_HEADER))
    console = Console(stderr=True)
    with console.status("exporting samples") if console.is_terminal else nullcontext():
        for series, samples in reader.iter_samples(*span, circuit=circuit):
            file.write(sample_lines(series, samples))
            written += len(samples)
    file.flush()
    return written
