"""`linkledger init`: a first configuration from what this host has, or from SmokePing's."""

from __future__ import annotations

from pathlib import Path

import click

from collector.cli.common import UNREACHABLE, USAGE, fail, verbose_option
from config.errors import ConfigErrors, Place
from config.files import Unreadable
from config.light import DEFAULT_LEDGER, LOCAL, STARTER_LEDGER
from config.load import load_text
from config.smokeping import Note, hosts
from config.starter import Found, find, plan, starter_text
from config.takeover import takeover_text

EXAMPLES = """\b
Examples:
  linkledger init
  linkledger init --out /etc/linkledger/linkledger.yaml
  linkledger init --from-smokeping /etc/smokeping/config
"""


@click.command("init", epilog=EXAMPLES)
@click.option(
    "--out",
    "-c",
    "--config",
    "out",
    type=click.Path(path_type=Path),
    default=LOCAL,
    show_default=True,
    help="Where to write it; a file that is there is never overwritten. `-` prints it.",
)
@click.option(
    "--from-smokeping",
    "smokeping",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take over the hosts of SmokePing's Targets (the whole configuration, or this section's file).",
)
@verbose_option
def init_command(out: Path, smokeping: Path | None, verbose: int) -> None:
    """Write a first configuration from this host's gateway, resolvers, name and time zone."""
    found = find()
    text = _taken_over(found, smokeping, out) if smokeping else starter_text(found, ledger_for(out))
    try:
        load_text(text, str(out), host=found.host)
    except ConfigErrors as errors:
        fail(USAGE, f"what this host says of itself makes no good configuration:\n{errors}")
    for sentence in found.sentences():
        click.echo(f"found: {sentence}", err=True)
    if not smokeping:
        click.echo(f"measures: {plan(found).reason}", err=True)
    if str(out) == "-":
        click.echo(text, nl=False)
        return
    _write(out, text)
    if verbose:
        click.echo(text, err=True, nl=False)
    click.echo(f"wrote {out}: read it, put your carrier's facts in, then `linkledger check {out}`", err=True)


def _taken_over(found: Found, path: Path, out: Path) -> str:
    """The configuration made from SmokePing's; what has no place in it is told with its line."""
    notes = list[Note]()
    try:
        text = takeover_text(found, hosts(path, notes), notes, ledger_for(out))
    except (Unreadable, ValueError) as error:
        text = ""
        notes.append(Note(Place(str(path)), str(error)))
    for note in sorted(notes):
        click.echo(str(note), err=True)
    return text or fail(USAGE, f"nothing could be taken over from {path}")


def ledger_for(out: Path) -> Path:
    """A service's configuration in /etc has its ledger in /var/lib, any other beside itself."""
    return DEFAULT_LEDGER if Path("/etc") in out.absolute().parents else STARTER_LEDGER


def _write(out: Path, text: str) -> None:
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fail(USAGE, f"{out} is there already: move it away, or name another file with --out")
    except OSError as error:
        fail(UNREACHABLE, f"{out} can't be written: {error.strerror}")
