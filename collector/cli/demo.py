"""`linkledger demo`: a made-up estate, to look at before there is one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.common import UNREACHABLE, USAGE, examples, fail, verbose_option
from collector.ledger.errors import LedgerError

if TYPE_CHECKING:
    from collector.demo.making import Demo

EXAMPLES = examples(
    "linkledger demo --out demo",
    "linkledger demo --out demo --no-serve",
    "linkledger report -c demo/linkledger.yaml --period 2025-11",
)


@click.command("demo", epilog=EXAMPLES)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write."
)
@click.option("--no-serve", is_flag=True, help="Write the files, and leave.")
@click.option(
    "--listen", default="127.0.0.1:9850", show_default=True, help="Where a new demo's page is served."
)
@click.option("--force", is_flag=True, help="Make a demo anew that is there already.")
@verbose_option
def demo_command(out: Path, no_serve: bool, listen: str, force: bool, verbose: int) -> None:
    """Make up an estate (3 carriers, 20 sites, 40 circuits) and a year of measurements, and serve its page.

    Nobody and nothing in it exists. Its clock stands at 2025-12-31T23:59:00Z: every command with
    `-c DIR/linkledger.yaml` goes by that. A demo that is there already is served as it is, with the
    notes that were tried on it.
    """
    from collector.demo.making import CONFIG, LEDGER, is_ours

    there = [out / name for name in (CONFIG, LEDGER) if (out / name).exists()]
    if there and not is_ours(out):
        fail(USAGE, f"{there[0]} is there already, and no demo's: give another folder")
    if there and not force:
        if no_serve:
            fail(USAGE, f"{out} holds a demo already: --force makes it anew")
        click.echo(f"{out} holds a demo already (--force makes it anew)", err=True)
    else:
        made = _made(out, listen, verbose)
        click.echo(f"{made.config} and {made.ledger}: {made.rounds:,} rounds, all of them made up", err=True)
    if not no_serve:
        serve_demo(out / CONFIG)


def _made(out: Path, listen: str, verbose: int) -> Demo:
    from rich.console import Console
    from rich.progress import Progress

    from collector.demo.making import make
    from config.errors import ConfigErrors

    console = Console(stderr=True)
    with Progress(console=console, transient=not verbose, disable=not console.is_terminal) as progress:
        bar = progress.add_task("starting", total=1.0)
        try:
            return make(
                out,
                listen=listen,
                told=lambda what, share: progress.update(bar, description=what, completed=share),
            )
        except ConfigErrors as errors:
            fail(USAGE, f"--listen {listen}: {errors.problems[0].text}")
        except (LedgerError, OSError) as error:
            fail(UNREACHABLE, f"the demo can't be written: {error}")


def serve_demo(config: Path) -> None:
    """Serve a demo's page until stopped."""
    import asyncio

    from collector.demo.serving import serve
    from collector.logs import configure
    from collector.web.server import WebUnavailable
    from collector.web.webconfig import WebConfigError
    from config.load import load

    configure(sys.stderr, level="warning")
    settings = load(config).settings
    try:
        asyncio.run(serve(settings, _say_where))
    except (LedgerError, WebUnavailable, WebConfigError) as error:
        fail(UNREACHABLE, str(error))


def _say_where(url: str) -> None:
    click.echo(f"the made-up estate is shown at {url}/ until you press Ctrl-C", err=True)
