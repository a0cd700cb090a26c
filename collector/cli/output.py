"""`linkledger output`: where the outputs are in the ledger, and how to change that."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.about import fed, outputs_now, sentence
from collector.cli.common import (
    UNREACHABLE,
    USAGE,
    clock_for,
    config_option,
    examples,
    fail,
    json_option,
    ledger_of,
    print_json,
    verbose_option,
)
from collector.cli.output_test import test_command
from collector.ledger import places, store
from collector.ledger.errors import LedgerError
from collector.ledger.opening import connect_reader, editing, reading
from collector.ledger.places import Place
from collector.times import parse_time, rfc3339

if TYPE_CHECKING:
    from sqlite3 import Connection


@click.group(
    "output",
    epilog=examples(
        "linkledger output list",
        "linkledger output rewind central --to 2026-10-01",
        "linkledger output drop former",
        "linkledger output test noc",
    ),
)
def output_command() -> None:
    """See where each output is in the ledger; send it again what it had, or let it go."""


output_command.add_command(test_command)


@output_command.command("list", epilog=examples("linkledger output list", "linkledger output list --json"))
@json_option
@config_option
@verbose_option
def list_command(as_json: bool, config: Path | None, verbose: int) -> None:
    """Show each output that has a place in the ledger: how far behind it is, and why."""
    path, now_ms = ledger_of(config), clock_for(config).now().wall_ms
    try:
        with reading(path), closing(connect_reader(path)) as connection:
            told = outputs_now(connection, store.heartbeat(connection), now_ms)
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    if as_json:
        print_json(told)
        return
    for one in told:
        click.echo(f"{one['output']}\t{sentence(one)}")
    if verbose or not told:
        click.echo(f"{path}: {len(told)} outputs", err=True)


@output_command.command(
    "rewind",
    epilog=examples(
        "linkledger output rewind central --to 2026-10-01",
        "linkledger output rewind central --to 2026-10-01T12:00:00Z",
        "linkledger output rewind central --to 2h",
    ),
)
@click.argument("name")
@click.option("--to", "time", required=True, help="RFC 3339, a date in UTC, or how long ago: 2h, 7d.")
@config_option
@verbose_option
def rewind_command(name: str, time: str, config: Path | None, verbose: int) -> None:
    """Send an output again what was measured since a time, also from packed hours.

    The lines are byte for byte those that were sent before, so that a store that has them keeps them.
    The daemon does it between two batches; if none runs, the next one does. A kill resumes.
    """
    path, now_ms = ledger_of(config), clock_for(config).now().wall_ms
    try:
        to_ms = parse_time(time, now_ms)
    except ValueError as error:
        fail(USAGE, str(error))
    if to_ms >= now_ms:
        fail(USAGE, f"--to {time}: lies in the future")
    try:
        with editing(path) as connection:
            _known(connection, name)
            places.ask(connection, name, to_ms)
            to_ms = places.asked(connection, name) or to_ms  # further back, as it was asked before
            connection.execute("SAVEPOINT rehearsal")
            places.rewind(connection, name)
            after = next(one for one in places.places(connection) if one.name == name)
            connection.execute("ROLLBACK TO rehearsal")
            oldest_ms, beat = store.oldest_ms(connection), store.heartbeat(connection)
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    feeds = name in fed(beat, now_ms)
    click.echo(f"{name} goes back to {rfc3339(to_ms)}: {_again(after)}; {_by_whom(feeds)}")
    if oldest_ms is not None and to_ms < oldest_ms:
        click.echo(f"the ledger begins at {rfc3339(oldest_ms)}: nothing of before can be sent", err=True)
    if after.again:
        click.echo("of packed hours outages are sent too, SLA figures as far as the log has them", err=True)
    if verbose:
        click.echo(f"asked for in {path}", err=True)


@output_command.command("drop", epilog=examples("linkledger output drop former"))
@click.argument("name")
@config_option
@verbose_option
def drop_command(name: str, config: Path | None, verbose: int) -> None:
    """Forget an output that is no longer configured, so that the log isn't kept for it.

    Were it configured again, it would begin as a new one.
    """
    path, now_ms = ledger_of(config), clock_for(config).now().wall_ms
    try:
        with editing(path) as connection:
            place = _known(connection, name)
            if name in fed(store.heartbeat(connection), now_ms):
                fail(USAGE, f"the daemon feeds {name}: take it out of `outputs` and reload the daemon first")
            places.drop(connection, name)
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    click.echo(f"{name} is dropped; it had {place.lag_rounds:,} rows still to take")
    if verbose:
        click.echo(f"dropped from {path}", err=True)


def _known(connection: Connection, name: str) -> Place:
    known = {place.name: place for place in places.places(connection)}
    if name not in known:
        if connection.execute("SELECT 1 FROM told WHERE output = ?", (name,)).fetchone():
            fail(USAGE, f"{name} is told of outages and breaches as they come: the log holds nothing for it")
        fail(USAGE, f"no output {name!r} has a place in the ledger; these have: {', '.join(known) or 'none'}")
    return known[name]


def _again(place: Place) -> str:
    parts = [f"{place.again_rounds:,} packed rounds"] if place.again else []
    return " and ".join([*parts, f"{place.lag_rounds:,} rows of the log"]) + " are sent"


def _by_whom(feeds: bool) -> str:
    return "the daemon begins with its next batch" if feeds else "it begins when a daemon feeds it"
