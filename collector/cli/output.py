"""`linkledger output`: where the outputs are in the ledger, and how to change that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector.cli.common import (
    UNREACHABLE,
    USAGE,
    config_option,
    examples,
    fail,
    is_alive,
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
from collector.ledger.records import Heartbeat
from collector.times import parse_time, rfc3339, span
from probes.clock import SystemClock

if TYPE_CHECKING:
    from sqlite3 import Connection


_NO_PLACE = {"lag_seconds": None, "gap_rounds": 0, "rewind_to": None, "again": None}


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
    path, now_ms = ledger_of(config), SystemClock().now().wall_ms
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
    path, now_ms = ledger_of(config), SystemClock().now().wall_ms
    try:
        to_ms = parse_time(time, now_ms)
    except ValueError as error:
        fail(USAGE, str(error))
    if to_ms >= now_ms:
        fail(USAGE, f"--to {time}: lies in the future")
    try:
        with editing(path) as connection:
            _known(places.places(connection), name)
            places.ask(connection, name, to_ms)
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
    path, now_ms = ledger_of(config), SystemClock().now().wall_ms
    try:
        with editing(path) as connection:
            place = _known(places.places(connection), name)
            if name in fed(store.heartbeat(connection), now_ms):
                fail(USAGE, f"the daemon feeds {name}: take it out of `outputs` and reload the daemon first")
            places.drop(connection, name)
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    click.echo(f"{name} is dropped; it had {place.lag_rounds:,} rows still to take")
    if verbose:
        click.echo(f"dropped from {path}", err=True)


def fed(beat: Heartbeat | None, now_ms: int) -> dict[str, Any]:
    """The outputs that a running daemon feeds, by name, each as its last sign of life says."""
    if beat is None or not is_alive(beat, now_ms):
        return {}
    found: dict[str, Any] = json.loads(beat.state).get("outputs", {})
    return found


def outputs_now(connection: Connection, beat: Heartbeat | None, now_ms: int) -> list[dict[str, Any]]:
    """Each output as `--json` shows it here and in `status`.

    First those with a place in the log; then those that a running daemon tells of outages and breaches.
    """
    running = fed(beat, now_ms)
    found = [_with_place(place, running.pop(place.name, {}), now_ms) for place in places.places(connection)]
    return [*found, *({"output": name, **_running(one), **_NO_PLACE} for name, one in running.items())]


def _with_place(place: Place, one: dict[str, Any], now_ms: int) -> dict[str, Any]:
    waits, again = place.waits_since_ms, place.again
    return {
        "output": place.name,
        **_running(one),
        "lag_rounds": place.lag_rounds,
        "lag_seconds": 0 if waits is None else max(0, now_ms - waits) / 1000,
        "gap_rounds": place.gap_rounds,
        "rewind_to": None if place.asked_ms is None else rfc3339(place.asked_ms),
        "again": None if again is None else {**asdict(again), "rounds": place.again_rounds},
    }


def _running(one: dict[str, Any]) -> dict[str, Any]:
    success_ms = one.get("last_success_ms")
    return {
        "state": one.get("state"),
        "failure": one.get("failure") or None,
        "last_success": None if success_ms is None else rfc3339(success_ms),
        "lag_rounds": one.get("lag"),
    }


def sentence(one: dict[str, Any]) -> str:
    """How an output is, for a person; of what `as_told` gives."""
    what = "notices" if one["lag_seconds"] is None else "rows"
    parts = [one["state"] or "not fed by a daemon", f"{one['lag_rounds']:,} {what} behind"]
    if one["lag_rounds"] and one["lag_seconds"] is not None:
        parts[1] += f" ({span(round(one['lag_seconds']))})"
    if one["again"]:
        parts.append(f"{one['again']['rounds']:,} packed rounds to send again")
    if one["rewind_to"]:
        parts.append(f"a rewind to {one['rewind_to']} is asked for")
    if one["gap_rounds"]:
        parts.append(f"{one['gap_rounds']:,} never taken")
    return ", ".join(parts) + (f": {one['failure']}" if one["failure"] else "")


def _known(found: Sequence[Place], name: str) -> Place:
    known = {place.name: place for place in found}
    if name not in known:
        fail(USAGE, f"no output {name!r} has a place in the ledger; these have: {', '.join(known) or 'none'}")
    return known[name]


def _again(place: Place) -> str:
    parts = [f"{place.again_rounds:,} packed rounds"] if place.again else []
    return " and ".join([*parts, f"{place.lag_rounds:,} rows of the log"]) + " are sent"


def _by_whom(feeds: bool) -> str:
    return "the daemon begins with its next batch" if feeds else "it begins when a daemon feeds it"
