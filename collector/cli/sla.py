"""`linkledger sla`: what each contract got of its promises, and the numbered statements of closed periods."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from collector.cli.chosen import chosen_circuits, failing, read_settings
from collector.cli.common import (
    BAD_ANSWER,
    USAGE,
    config_option,
    fail,
    json_option,
    print_json,
    verbose_option,
)

if TYPE_CHECKING:
    from collector.ledger.revisions import Revision
    from collector.sla.statement import Statement
    from collector.standing import Standing
    from config.settings import Settings
    from probes.clock import Instant

Action = Literal["issue", "dismiss"]

EXAMPLES = """\b
Examples:
  linkledger sla
  linkledger sla --period 2026-10 --circuit lon-acme
  linkledger sla --period 2026-10-01..2026-10-15 --circuit lon-acme --json
  linkledger sla --period 2026-10 --circuit lon-acme --issue --reason 'agreed by mail of 3 November'
"""
AT_ONCE = 16
"""So many statements are settled between two steps of the progress bar."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    settings: Settings
    circuits: Sequence[str]
    period: str
    now: Instant
    again: str
    """The same question as a command, for what is to be done next."""
    verbose: int

    @property
    def ledger(self) -> Path:
        """The configured ledger."""
        return self.settings.ledger.path


@click.command("sla", epilog=EXAMPLES)
@click.option(
    "--period", default="current", show_default=True, help="2026-10, 2026-Q3, 2026, a day, FROM..TO."
)
@click.option("--circuit", help="Only this circuit: its whole statement.")
@click.option("--carrier", help="Only this carrier's circuits.")
@click.option("--recompute", is_flag=True, help="As it would be today, whatever was issued; keeps nothing.")
@click.option("--issue", is_flag=True, help="Issue the drafts of these circuits and period; with --reason.")
@click.option("--dismiss", is_flag=True, help="Say no to them; with --reason.")
@click.option("--reason", help="Why; it is kept with the revision.")
@click.option("--fail-on-breach", is_flag=True, help="Exit 1 when a promise is broken.")
@json_option
@config_option
@verbose_option
def sla_command(
    period: str,
    circuit: str | None,
    carrier: str | None,
    recompute: bool,
    issue: bool,
    dismiss: bool,
    reason: str | None,
    fail_on_breach: bool,
    as_json: bool,
    config: Path | None,
    verbose: int,
) -> None:
    """Show what each contract got of its promises in a period; -v adds the arithmetic.

    The statement of a period that is over has a number and stands. Where it would be another one today,
    a draft waits for a person to issue or dismiss.
    """
    from collector.clocks import clock_of
    from collector.standing import Office

    action = _action(recompute, issue, dismiss, reason)
    settings = read_settings(config)
    asked = Asked(
        settings,
        chosen_circuits(settings, circuit, carrier),
        period,
        clock_of(settings).now(),
        _again(period, circuit, carrier, config),
        verbose,
    )
    with failing():
        if action is not None:
            _decide(asked, action, reason or "", as_json=as_json)
            return
        found = list(_computed(asked))
        kept = recompute or _kept(asked, found)
        standing = Office(settings, asked.ledger).standing(found, recompute=recompute)
    told = [one.told for one in standing]
    if as_json:
        print_json(told)
    else:
        _show(told, whole=circuit is not None or verbose > 0, steps=verbose > 0)
    for line in _remarks(asked, standing, recompute=recompute, kept=kept):
        click.echo(line, err=True)
    sys.exit(BAD_ANSWER if fail_on_breach and any(one.breached for one in standing) else 0)


def _action(recompute: bool, issue: bool, dismiss: bool, reason: str | None) -> Action | None:
    if [recompute, issue, dismiss].count(True) > 1:
        fail(USAGE, "--recompute, --issue and --dismiss: only one of them at a time")
    if not issue and not dismiss:
        if reason is not None:
            fail(USAGE, "--reason goes with --issue or --dismiss")
        return None
    if not (reason or "").strip():
        fail(USAGE, f"--{'issue' if issue else 'dismiss'} needs --reason TEXT: it is kept with the revision")
    return "issue" if issue else "dismiss"


def _again(period: str, circuit: str | None, carrier: str | None, config: Path | None) -> str:
    from shlex import join

    given = (("-c", str(config) if config else None), ("--circuit", circuit), ("--carrier", carrier))
    words = [word for name, value in given if value is not None for word in (name, value)]
    return join(["linkledger", "sla", "--period", period, *words])


def _computed(asked: Asked) -> Iterator[Statement]:
    """The statements as they are today; a bar by circuit on stderr where a person watches."""
    from collector.ledger.opening import reading
    from collector.many import in_processes

    total = len(asked.circuits)
    with reading(asked.ledger), _bar("judging circuits", total) as told:
        yield from in_processes(
            asked.settings,
            asked.ledger,
            period=asked.period,
            circuits=asked.circuits,
            now=asked.now,
            done=told,
        )
        told(total)


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal or total < 2) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=min(done, total))


def _kept(asked: Asked, found: Sequence[Statement]) -> bool:
    """Keep what is new of closed periods; whether that could be done."""
    from collector.ledger.errors import LedgerUnwritable
    from collector.standing import Office

    new = Office(asked.settings, asked.ledger).unsettled(found)
    try:
        with _bar("settling periods", len(new)) as told:
            for place in range(0, len(new), AT_ONCE):
                _settle(asked, new[place : place + AT_ONCE])
                told(place + AT_ONCE)
    except LedgerUnwritable as error:
        if asked.verbose:
            click.echo(f"linkledger: no revision is made or drafted: {error}", err=True)
        return False
    return True


def _settle(asked: Asked, new: Sequence[Statement]) -> None:
    from collector.authors import login
    from collector.settling import settle

    circuits = [one.circuits[0] for one in new]
    settle(asked.settings, asked.ledger, period=asked.period, circuits=circuits, now=asked.now, by=login())


def _show(told: Sequence[dict[str, object]], *, whole: bool, steps: bool) -> None:
    from collector.cli.blocks_shown import show
    from collector.cli.sla_table import show_table

    if not told:
        click.echo("no circuit here had a contract then", err=True)
    elif whole:
        show(told, steps=steps)
    else:
        show_table(told)


def _remarks(asked: Asked, standing: Sequence[Standing], *, recompute: bool, kept: bool) -> Iterator[str]:
    """What a person should know beside the statements; on stderr."""
    from collector.standing import compared, drafted, waiting

    if recompute:
        yield from compared(standing)
        return
    yield from drafted(standing, asked.again)
    yield from waiting(standing, kept=kept)


def _decide(asked: Asked, action: Action, reason: str, *, as_json: bool) -> None:
    """A person's word on the drafts of the chosen circuits and period."""
    from collector import settling
    from collector.authors import login

    decide = settling.issue if action == "issue" else settling.dismiss
    done = decide(asked.ledger, _drafts(asked), now_ms=asked.now.wall_ms, by=login(), reason=reason)
    if as_json:
        print_json([one.statement for one in done])
        return
    for one in done:
        word = "is issued" if action == "issue" else "is dismissed"
        instead = f" in place of {one.statement['supersedes']}" if action == "issue" else ""
        click.echo(
            f"{one.key.scope}, {one.label}: revision {one.number} {word}{instead}, by {one.decided_by}"
        )


def _drafts(asked: Asked) -> list[Revision]:
    from collector.ledger.opening import reading
    from collector.ledger.reader import SqliteReader
    from collector.settling import drafts_of
    from collector.statements import Bench

    with reading(asked.ledger), SqliteReader(asked.ledger) as reader:
        causes = Bench(asked.settings, reader, asked.now.wall_ms).causes(asked.circuits, asked.period)
    wanted = {(one.scope, one.contract, one.period.start_ms, one.period.end_ms) for one in causes}
    found = [
        one
        for one in drafts_of(asked.ledger, asked.circuits)
        if (one.key.scope, one.key.contract, one.key.from_ms, one.key.to_ms) in wanted
    ]
    if not found:
        fail(USAGE, f"no draft waits for {asked.period}: `{asked.again}` computes it again, and drafts what "
             "is another statement now")  # fmt: skip
    return found
