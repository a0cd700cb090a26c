"""`linkledger status`: the circuits as they are, and who measures them, from the ledger alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector.about import about, about_lines, is_alive
from collector.cli.common import (
    UNREACHABLE,
    USAGE,
    clock_for,
    config_option,
    fail,
    json_option,
    ledger_of,
    print_json,
    verbose_option,
)
from collector.ledger import store
from collector.ledger.aside import damage
from collector.ledger.errors import LedgerError
from collector.ledger.opening import connect_reader, reading
from collector.ledger.records import CircuitNow
from collector.times import rfc3339, span

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rich.console import RenderableType
    from rich.table import Table

    from collector.claims_open import ClaimLine
    from probes.clock import Clock

EXAMPLES = """\b
Examples:
  linkledger status
  linkledger status --watch
  linkledger status --json
"""
SHAPES = {"up": "▲", "down": "▼", "unknown": "?"}
STYLES = {"up": "green", "down": "bold red", "unknown": "yellow"}
URGENCY = {"down": 0, "unknown": 1, "up": 2}
FIGURES = ("availability", "budget left", "broken")
WIDEST = 100
"""Columns of the table at most: wider ones are read line by line with a finger on the screen."""


@dataclass(frozen=True, slots=True)
class View:
    """What is shown: the circuits, their figures by circuit, and what is wrong."""

    circuits: Sequence[CircuitNow]
    figures: dict[str, dict[str, Any]]
    trouble: str
    at_ms: int
    about: Callable[[], dict[str, Any]]
    """Who measures, looked up when it is asked for: a pipe gets the circuits alone."""
    claims: Callable[[], Sequence[ClaimLine]] = tuple
    """The open claims, as the newest sweep found them; looked up likewise."""


@click.command("status", epilog=EXAMPLES)
@click.option("--watch", is_flag=True, help="Stay, and show changes as they come.")
@json_option
@config_option
@verbose_option
def status_command(watch: bool, as_json: bool, config: Path | None, verbose: int) -> None:
    """Show each circuit's status, since when and why, and this period's figures; then who measures."""
    if watch and (as_json or not sys.stdout.isatty()):
        fail(USAGE, "--watch draws on a terminal; a script asks for --json as often as it needs it")
    clock, ledger = clock_for(config), ledger_of(config)
    if verbose:
        click.echo(f"read from {ledger}", err=True)
    try:
        with reading(ledger), closing(connect_reader(ledger)) as connection:
            if watch:
                _watch(connection, ledger, clock)
            elif as_json:
                print_json(document(look(connection, ledger, clock.now().wall_ms)))
            else:
                _print(look(connection, ledger, clock.now().wall_ms))
    except LedgerError as error:
        fail(UNREACHABLE, str(error))


OF_AN_OUTPUT = "output "
"""What the daemon says of an output stands in the output's own line already."""


def look(connection: Connection, ledger: Path, now_ms: int) -> View:
    """Read everything that is shown; a few milliseconds, however large the ledger."""
    beat = store.heartbeat(connection)
    figures = {one.circuit: json.loads(one.json) for one in store.figures(connection)}
    circuits = sorted(store.circuit_now(connection), key=lambda one: (URGENCY[one.status], one.circuit))
    known, claims = partial(about, connection, ledger, beat, now_ms), partial(_claims, connection)
    if beat is not None and is_alive(beat, now_ms):
        reasons = [one for one in json.loads(beat.state)["reasons"] if not one.startswith(OF_AN_OUTPUT)]
        return View(circuits, figures, "; ".join(reasons), now_ms, known, claims)
    trouble = "no daemon has measured yet"
    if beat is not None:
        trouble = f"no daemon has measured since {rfc3339(beat.at_ms // 1000 * 1000)}"
        circuits = [
            replace(one, status="unknown", since_ms=beat.at_ms, cause="no daemon") for one in circuits
        ]
    missing = damage(ledger)
    return View(circuits, figures, f"{trouble}; {missing}" if missing else trouble, now_ms, known, claims)


def _claims(connection: Connection) -> list[ClaimLine]:
    from collector.claims_open import ClaimLine
    from collector.ledger import watched

    return [ClaimLine.read(one.json) for one in watched.claims(connection)]


def document(view: View) -> dict[str, Any]:
    """What `--json` prints."""
    from collector.cli.claims_shown import claims_document

    return {
        "at": rfc3339(view.at_ms),
        "trouble": view.trouble or None,
        **view.about(),
        "circuits": [
            {
                "circuit": one.circuit,
                "site": one.site,
                "status": one.status,
                "since": rfc3339(one.since_ms),
                "cause": one.cause,
                "provisional": one.provisional,
                "figures": view.figures.get(one.circuit),
            }
            for one in view.circuits
        ],
        "claims": claims_document(view.claims(), view.at_ms),
    }


def _print(view: View) -> None:
    if sys.stdout.isatty():
        from rich.console import Console

        console = Console()
        console.print(_framed(view), width=min(console.width, WIDEST))
        return
    for one in view.circuits:
        click.echo(
            "\t".join((one.circuit, one.status, rfc3339(one.since_ms), one.cause, *figures_of(view, one)))
        )
    if view.trouble:
        click.echo(view.trouble, err=True)
    if not view.circuits:
        click.echo("the ledger holds no circuit yet", err=True)


def screen(view: View) -> RenderableType:
    """The circuits, below them what can be claimed, and who measures."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    below = Table.grid(padding=(0, 2))
    below.add_column(style="dim")
    below.add_column(overflow="fold")
    for name, text, wrong in about_lines(view.about(), view.at_ms):
        below.add_row(f" {name}", Text(text, style="yellow" if wrong else ""))
    title = Text(f"{rfc3339(view.at_ms // 1000 * 1000)}  {_counts(view)}", style="italic")
    return Group(title, table(view), "", *_claimed(view), below)


def _claimed(view: View) -> Iterator[RenderableType]:
    """The open claims, what lapses first on top."""
    from rich.table import Table
    from rich.text import Text

    from collector.cli.claims_shown import claim_rows, claims_title

    claims = view.claims()
    if not claims:
        return
    shown = Table(
        box=None, title=claims_title(claims, view.at_ms), title_justify="left", title_style="italic"
    )
    for name in ("lapses in", "claim", "carrier", "period", "state", "claimable", "next step"):
        right = name in ("lapses in", "claimable")
        shown.add_column(
            name, justify="right" if right else "left", no_wrap=name in ("lapses in", "claimable")
        )
    for soon, cells in claim_rows(claims, view.at_ms):
        shown.add_row(*map(Text, cells), style="yellow" if soon else "")
    yield shown
    yield ""


def table(view: View) -> Table:
    """The circuits, what needs a person first."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None)
    figures = [figures_of(view, one) for one in view.circuits]
    filled = [any(column) for column in zip(*figures, strict=True)]  # else the room is the cause's
    for name in ("circuit", "site", "status", "for", "cause", *compress(FIGURES, filled)):
        right = name in ("for", "availability", "budget left")
        shown.add_column(name, justify="right" if right else "left", no_wrap=name in ("status", "for"))
    for one, values in zip(view.circuits, figures, strict=True):
        status = Text(f"{SHAPES[one.status]} {one.status}", style=STYLES[one.status])
        since = span(max(view.at_ms - one.since_ms, 0) // 1000)
        cause = Text(one.cause)
        shown.add_row(one.circuit, one.site, status, since, cause, *compress(values, filled))
    return shown


def _counts(view: View) -> str:
    counts = {status: sum(one.status == status for one in view.circuits) for status in SHAPES}
    return ", ".join(f"{count} {status}" for status, count in counts.items())


def figures_of(view: View, one: CircuitNow) -> tuple[str, str, str]:
    """Availability, what is left of its budget, and the names of broken promises."""
    objectives = view.figures.get(one.circuit, {}).get("objectives", [])
    ours = next((each for each in objectives if each["metric"] == "availability_ratio"), None)
    broken = ", ".join(each["objective"] for each in objectives if each["verdict"] == "breached")
    if ours is None or ours["measured"] is None:
        return "", "", broken
    left = ours["budget_remaining_seconds"]
    budget = "" if left is None else f"{span(round(abs(left)))}{'' if left >= 0 else ' over'}"
    return f"{ours['measured']:.4%}", budget, broken


def _watch(connection: Connection, ledger: Path, clock: Clock) -> None:
    from collector.cli.recent import recent
    from collector.cli.watch import watch
    from collector.ledger.reader import SqliteReader

    with SqliteReader(ledger) as reader:
        watch(
            lambda: look(connection, ledger, clock.now().wall_ms),
            lambda: recent(reader, clock.now().wall_ms),
            clock,
        )


def _framed(view: View) -> RenderableType:
    """All that a terminal shows: there what is wrong is read last, so it stands last."""
    from rich.console import Group
    from rich.text import Text

    trouble = view.trouble if view.circuits else f"the ledger holds no circuit yet; {view.trouble}"
    return Group(screen(view), Text(trouble and f"\n{trouble}", style="yellow"))
