"""`linkledger sla`: what each contract got of its promises."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.common import (
    BAD_ANSWER,
    UNREACHABLE,
    USAGE,
    config_option,
    fail,
    json_option,
    print_json,
    verbose_option,
)

if TYPE_CHECKING:
    from rich.console import Console

    from collector.sla.judgement import Judgement
    from collector.sla.statement import Statement
    from config.settings import Settings

EXAMPLES = """\b
Examples:
  linkledger sla
  linkledger sla --period 2026-10 --carrier acme
  linkledger sla --period 2026-10-01..2026-10-15 --circuit lon-acme --json
"""
HEADER = ("circuit", "contract", "objective", "target", "measured", "verdict", "coverage", "downtime")
COLOURS = {"met": "green", "breached": "bold red", "insufficient_data": "yellow"}


@click.command("sla", epilog=EXAMPLES)
@click.option(
    "--period", default="current", show_default=True, help="2026-10, 2026-Q3, 2026, a day, FROM..TO."
)
@click.option("--circuit", help="Only this circuit.")
@click.option("--carrier", help="Only this carrier's circuits.")
@click.option("--fail-on-breach", is_flag=True, help="Exit 1 when a promise is broken.")
@json_option
@config_option
@verbose_option
def sla_command(
    period: str,
    circuit: str | None,
    carrier: str | None,
    fail_on_breach: bool,
    as_json: bool,
    config: Path | None,
    verbose: int,
) -> None:
    """Show what each contract got of its promises in a period; -v adds the arithmetic."""
    settings = _settings(config)
    found = _found(settings, _chosen(settings, circuit, carrier), period)
    if as_json:
        print_json([statement.as_json() for statement in found])
    else:
        _show(found, steps=verbose > 0)
    breached = any(statement.breached for statement in found)
    sys.exit(BAD_ANSWER if fail_on_breach and breached else 0)


def _settings(config: Path | None) -> Settings:
    from config.errors import ConfigErrors
    from config.light import find_config
    from config.load import load

    try:
        path = find_config(config)
        if path is None:
            fail(USAGE, "there is no configuration, and so no contract: write one with `linkledger init`")
        return load(path, need_secrets=False).settings
    except ConfigErrors as errors:
        fail(USAGE, f"the configuration can't be used:\n{errors}")
    except ValueError as error:
        fail(USAGE, str(error))


def _chosen(settings: Settings, circuit: str | None, carrier: str | None) -> list[str]:
    """The circuits to look at; one that is named must exist and have a contract."""
    if circuit is not None and circuit not in settings.circuits:
        fail(USAGE, f"the configuration has no circuit {circuit!r}; it has {_names(settings.circuits)}")
    if carrier is not None and carrier not in settings.carriers:
        fail(USAGE, f"the configuration has no carrier {carrier!r}; it has {_names(settings.carriers)}")
    if circuit is not None and not settings.circuits[circuit].contract.values:
        fail(USAGE, f"circuit {circuit!r} has no contract: it is measured, not judged")
    return [
        name
        for name, one in settings.circuits.items()
        if one.contract.values and circuit in {None, name} and carrier in {None, *one.carrier.values}
    ]


def _names(known: Iterable[str]) -> str:
    return ", ".join(sorted(known)) or "none"


def _found(settings: Settings, circuits: Sequence[str], period: str) -> list[Statement]:
    from collector.ledger.errors import LedgerError
    from collector.ledger.opening import reading
    from collector.ledger.reader import SqliteReader
    from collector.statements import each_statement
    from probes.clock import SystemClock

    try:
        with reading(settings.ledger.path), SqliteReader(settings.ledger.path) as reader:
            now = SystemClock().now()
            each = each_statement(settings, reader, period=period, circuits=circuits, now=now)
            return list(_with_progress(each, len(circuits)))
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    except ValueError as error:
        fail(USAGE, str(error))


def _with_progress(each: Iterator[Statement], total: int) -> Iterator[Statement]:
    """Pass on, with a bar on stderr where a person watches and it takes a while."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal or total < 2) as progress:
        yield from progress.track(each, total=total, description="judging circuits")


def _show(found: Sequence[Statement], *, steps: bool) -> None:
    from rich.console import Console

    console = Console()
    if not found:
        click.echo("no circuit here has a contract", err=True)
    elif console.is_terminal:
        _table(console, found)
    else:
        for row in (HEADER, *(row for statement in found for row in _rows(statement))):
            click.echo("\t".join(row))
    for statement in found if steps else ():
        click.echo("\n".join(("", f"{statement.circuit}, {statement.period.label}:", *statement.steps)))


def _table(console: Console, found: Sequence[Statement]) -> None:
    from rich.markup import escape
    from rich.table import Table

    labels = sorted({statement.period.label for statement in found})
    running = "" if all(statement.closed for statement in found) else ", so far"
    table = Table(title=f"{', '.join(labels)}{running}")
    for name in HEADER:
        table.add_column(name, justify="right" if name in {"measured", "coverage", "downtime"} else "left")
    for statement in found:
        for row, one in zip(_rows(statement), statement.objectives, strict=True):
            cells = [escape(cell) for cell in row]
            cells[5] = f"[{COLOURS[one.verdict]}]{cells[5]}[/]"
            table.add_row(*cells)
    console.print(table)


def _rows(statement: Statement) -> Iterator[tuple[str, ...]]:
    """One row an objective, in the order of HEADER."""
    from collector.sla.rounding import shown, shown_time

    counted = statement.times.counted_down
    down = shown_time(statement.times.down if counted is None else counted)
    for one in statement.objectives:
        yield (
            statement.circuit,
            statement.contract,
            one.id,
            str(one.target or ""),
            _measured(one),
            one.verdict.replace("_", " ") + (" (indicative)" if one.indicative else ""),
            f"{shown(one.coverage, 2)}%",
            down,
        )


def _measured(one: Judgement) -> str:
    from collector.sla.rounding import shown

    if one.measured is None:
        return "-"
    unit = "" if not isinstance(one.measured, Fraction) else "%" if one.unit == "%" else " ms"
    return f"{shown(one.measured, one.places)}{unit}"
